//go:build e2e

package anycast

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

// quorums are the scenarios of a director whose quorum comes and goes: its address is to be announced only while it is there.
func quorums() []scenario {
	flaps := 30
	if nightly() {
		flaps = 100
	}
	ours := func(hold string) anycast.Plan {
		p := plan()
		p.Service = anycast.Agreed + "\n  @holdfast announce dev lo\n  @holdfast announce_hold " + hold
		return p
	}
	all := []scenario{
		{"the quorum is lost and regained", 0, func(s *scene) { s.loses("holdfast, `announce`", ours("1"), time.Second) }},
		{"the quorum flaps", 0, func(s *scene) { s.flaps("holdfast, `announce`", ours("0"), flaps) }},
	}
	if nightly() {
		theirs := keepalived("lb_algo mh")
		all = append(all,
			scenario{"scripts: the quorum is lost and regained", 0, func(s *scene) { s.loses("keepalived 2.2.7, scripts", theirs, 0) }},
			scenario{"scripts: the quorum flaps", 0, func(s *scene) { s.flaps("keepalived 2.2.7, scripts", theirs, flaps) }},
		)
	}
	return all
}

// keepalived is what people have done so far: scripts that add the address to lo, where the routing daemon finds it.
func keepalived(words string) anycast.Plan {
	return anycast.Plan{
		Program: "keepalived", Options: []string{"-C"}, Before: scripted,
		Service: words + "\n  alpha\n  omega\n" +
			fmt.Sprintf("  quorum_up \"/usr/sbin/ip address add %[1]v/32 dev lo\"\n  quorum_down \"/usr/sbin/ip address del %[1]v/32 dev lo\"", anycast.VIP),
	}
}

// scripted has scripts run as root, who owns them.
const scripted = "global_defs {\n  script_user root\n}\n"

// A switchboard is a checker that says what a file says, and when it was asked last.
type switchboard struct {
	s    *scene
	down string // a file that is there while servers are down
	told string // a line for each time that it said so
}

// switched has one director run a plan whose only server is up or down as a file says.
func (s *scene) switched(p anycast.Plan) switchboard {
	s.Helper()
	d := s.Directors[0]
	b := switchboard{s, filepath.Join(d.Dir, "down"), filepath.Join(d.Dir, "told")}
	b.up()
	script, err := d.WriteFile("check.sh", fmt.Sprintf("#!/bin/sh\n[ -e %s ] || { date +%%s%%N >>%s.up; exit 0; }\ndate +%%s%%N >>%s\nexit 1\n",
		b.down, b.told, b.told))
	s.must(err)
	s.must(os.Chmod(script, 0o755))
	p.Check = fmt.Sprintf("MISC_CHECK {\n      misc_path %s\n      misc_timeout 30\n    }", script)
	p.Before = scripted
	p.Timers = "delay_loop 0.2\n  warmup 0"
	s.must(s.Prepare(p, 1))
	s.must(s.Start(0))
	s.Witness(d.Proc.Log)
	s.routed(0)
	return b
}

func (b switchboard) up() {
	b.s.Helper()
	if err := os.Remove(b.down); err != nil && !os.IsNotExist(err) {
		b.s.must(err)
	}
}

// fails has the server go down, and forgets when it was asked before.
func (b switchboard) fails() {
	b.s.Helper()
	b.s.must(os.RemoveAll(b.told))
	b.s.must(os.WriteFile(b.down, nil, 0o644))
}

// comes is the opposite.
func (b switchboard) comes() {
	b.s.Helper()
	b.s.must(os.RemoveAll(b.told + ".up"))
	b.up()
}

// first is when a result was there for the first time.
func (b switchboard) first(file string) time.Time {
	b.s.Helper()
	text, err := os.ReadFile(file)
	b.s.must(err)
	line, _, _ := strings.Cut(string(text), "\n")
	ns, err := strconv.ParseInt(line, 10, 64)
	b.s.must(err)
	return time.Unix(0, ns)
}

// withdrawal is the time that a router may take, from the result of the check that ends the quorum.
const withdrawal = 100 * time.Millisecond

// loses has the quorum go and come back, and looks at the router.
func (s *scene) loses(whom string, p anycast.Plan, hold time.Duration) {
	b := s.switched(p)
	const rounds = 5
	var gone, back []time.Duration
	for range rounds {
		b.fails()
		gone = append(gone, s.routed().Sub(b.first(b.told)))
		b.comes()
		back = append(back, s.routed(0).Sub(b.first(b.told+".up")))
	}
	s.row("the quorum is lost and regained", whom, "route gone %s after the result of the check, back after %s, %d times", span(gone), span(back), rounds)
	for i := range rounds {
		if p.Program == lab.Program() && (gone[i] > withdrawal || back[i] < hold || back[i] > hold+2*withdrawal) {
			s.must(fmt.Errorf("routes went after %v, allowed are %v, and came after %v, %v to %v", gone, withdrawal, back, hold, hold+2*withdrawal))
		}
	}
}

// span is the least and the most of times.
func span(all []time.Duration) string {
	least, most := all[0], all[0]
	for _, d := range all {
		least, most = min(least, d), max(most, d)
	}
	return fmt.Sprintf("%d to %d ms", least.Milliseconds(), most.Milliseconds())
}

// flaps has the quorum come and go in irregular time, and looks what is announced each time that it stays.
func (s *scene) flaps(whom string, p anycast.Plan, times int) {
	b := s.switched(p)
	const rounds = 10
	right := 0
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		for range times / rounds {
			b.fails()
			pause(rnd)
			b.comes()
			pause(rnd)
		}
		var want []int
		if round%2 == 0 {
			want = []int{0}
		} else {
			b.fails()
		}
		if s.ends(want) {
			right++
		}
	}
	s.row(fmt.Sprintf("the quorum flaps %d times", times), whom, "%d of %d end states are right", right, rounds)
	if p.Program == lab.Program() && right != rounds {
		s.must(fmt.Errorf("%d of %d times the right thing was announced in the end", right, rounds))
	}
}

// pause is part of what is played: long enough for one check, or for none.
func pause(rnd *rand.Rand) { time.Sleep(time.Duration(50+rnd.IntN(250)) * time.Millisecond) }

// ends reports whether the router's directors are these in the end, and stay so: a state that was missed stays missed.
func (s *scene) ends(want []int) bool {
	s.Helper()
	is := func() (bool, string) {
		got, err := s.Hops()
		s.must(err)
		return fmt.Sprint(got) == fmt.Sprint(want), fmt.Sprint(got)
	}
	return lab.Eventually(20*time.Second, "the end", is) == nil && lab.Throughout(time.Second, "the end", is) == nil
}
