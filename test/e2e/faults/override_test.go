//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// command has a director's daemon asked or told something, and gives what was written; it fails where ok does not.
func (s *site) command(d *lab.Director, ok bool, words ...string) string {
	s.Helper()
	out, err := d.Run(lab.Program(), append(words, "-p", d.Dir+"/parent.pid")...)
	if (err == nil) != ok {
		s.must(fmt.Errorf("holdfast %s: %v\n%s\n%s", strings.Join(words, " "), err, out, d.Logs()))
	}
	return out
}

// A master in maintenance gives its address up, to holdfast and to keepalived alike, and does not take it back over a
// reload, the death of its process and of its daemon; when that is over it does. A failover leaves it to the other one
// for a time, and where there is no other one it is back.
func TestMaintenanceAndFailover(t *testing.T) {
	t.Parallel()
	for _, peer := range []string{"holdfast", "keepalived"} {
		t.Run(peer, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { maintain(newSite(t), peer) })
		})
	}
}

func maintain(s *site, peer string) {
	const interval = 0.3
	h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
	a := s.start(h, router("V", "eth0", 51, 200, interval, shared+"/32"))
	s.logged(a, 0, "(V) Entering MASTER STATE")
	low := router("V", "eth0", 51, 100, interval, shared+"/32")
	var b *lab.Director
	if peer == "keepalived" {
		b = s.keepalived(other, low)
	} else {
		b = s.start(other, low)
	}
	s.logged(b, 0, "(V) Entering BACKUP STATE")

	mark := a.Proc.LogSize()
	s.command(a, true, "maintenance", "on", "V", "--for", "1h")
	s.logged(a, mark, "(V): in maintenance by root (0) for 1h")
	s.logged(a, mark, "(V) Entering BACKUP STATE")
	away := func(what string) {
		s.Helper()
		s.has(other, "eth0", shared, true)
		s.must(lab.Throughout(2*time.Second, what+": no address in maintenance", func() (bool, string) {
			n, err := h.CountAddr("eth0", netip.MustParseAddr(shared))
			s.must(err)
			return n == 0, a.Logs()
		}))
		if out := s.command(a, true, "status"); !strings.Contains(out, "MAINTENANCE") {
			s.Errorf("%s: %s", what, out)
		}
	}
	away("at first")
	mark = a.Proc.LogSize()
	s.must(a.Edit("priority 200", "priority 210"))
	s.must(a.Reload())
	s.logged(a, mark, "Reload complete")
	away("after a reload")
	pid, err := a.RolePid("vrrp")
	s.must(err)
	mark = a.Proc.LogSize()
	s.must(syscall.Kill(pid, syscall.SIGKILL))
	s.logged(a, mark, "(V) Entering BACKUP STATE")
	away("after the death of the role")
	s.must(a.Proc.KillTree())
	s.must(a.Start())
	s.logged(a, 0, "(V): still in maintenance by root (0) since ")
	s.logged(a, 0, "Startup complete")
	away("after the death of the daemon")

	s.command(a, true, "maintenance", "off", "V")
	s.logged(a, 0, "(V) Entering MASTER STATE")
	s.logged(b, 0, "(V) Master received advert from "+ours+" with higher priority 210, ours 100")
	s.has(h, "eth0", shared, true)

	mark = a.Proc.LogSize()
	if out := s.command(a, true, "failover", "V", "--for", "2s"); !strings.Contains(out, peers+" is master with priority 100") {
		s.Errorf("failover: %s", out)
	}
	s.has(other, "eth0", shared, true)
	s.logged(a, mark, "(V): no longer handing over, its time is over")
	s.logged(a, mark, "(V) Entering MASTER STATE")
	since := time.Now()
	s.must(b.Proc.Signal(syscall.SIGTERM))
	_, _, err = b.Proc.Wait(since, patience)
	s.must(err)
	s.command(a, false, "failover", "all")
	s.has(h, "eth0", shared, true)
}
