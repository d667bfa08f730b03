//go:build e2e && uml

package faults

import (
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A cable that delays, reorders and doubles packets changes no master. One that loses many may; when it is mended there is
// one master, the better one, and the address is nowhere else.
func TestANoisyCable(t *testing.T) {
	for _, peer := range []string{lab.Program(), "keepalived"} {
		t.Run(peer[strings.LastIndex(peer, "/")+1:], func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) { noisyCable(t, peer) })
		})
	}
}

func noisyCable(t *lab.Trial, program string) {
	s := newSite(t)
	a, b := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
	const interval = 500 * time.Millisecond
	conf := func(prio int) string { return router("V", "eth0", 51, prio, interval.Seconds(), shared+"/32") }
	first := s.start(a, conf(200))
	s.logged(first, 0, "(V) Entering MASTER STATE")
	second := lab.NewDirector(b, program)
	s.must(second.Configure(conf(100)))
	s.must(second.Start())
	s.logged(second, 0, "(V) Entering BACKUP STATE")
	s.heard(ours, 3)
	cable := func(noise ...string) {
		for _, h := range []*lab.Host{a, b} {
			s.run(h, append([]string{"tc", "qdisc", "replace", "dev", "eth0", "root", "netem"}, noise...)...)
		}
	}
	marks := []int{first.Proc.LogSize(), second.Proc.LogSize()}
	changes := func() (n int) {
		for i, d := range []*lab.Director{first, second} {
			n += strings.Count(d.Proc.LogSince(marks[i]), " STATE")
		}
		return n
	}
	cable("delay", "100ms", "60ms", "reorder", "25%", "duplicate", "20%")
	s.heard(ours, 30)
	if n := changes(); n > 0 {
		s.Errorf("%d changes of state by packets that were late or came twice:\n%s\n%s", n,
			first.Proc.LogSince(marks[0]), second.Proc.LogSince(marks[1]))
	}
	cable("loss", "60%", "delay", "20ms", "20ms")
	s.heard(ours, 20)
	lossy := changes()
	for _, h := range []*lab.Host{a, b} {
		s.run(h, "tc", "qdisc", "del", "dev", "eth0", "root")
	}
	s.has(b, "eth0", shared, false)
	s.has(a, "eth0", shared, true)
	marks = []int{first.Proc.LogSize(), second.Proc.LogSize()}
	s.heard(ours, 10)
	if n := changes(); n > 0 {
		s.Errorf("the cable is mended, and there are %d changes of state", n)
	}
	s.has(b, "eth0", shared, false)
	s.has(a, "eth0", shared, true)
	s.Logf("%d changes of state while 60 %% were lost", lossy)
}
