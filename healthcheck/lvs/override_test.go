package lvs

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// Two cores live through the same; an operator overrides servers of one of them. When all that is over, both want the
// same table, and do the same from then on. Without a hysteresis, which remembers what was.
func TestOverridesLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		with, without := New(seed), New(seed)
		m, plain := newModel(), newModel()
		now := time.Unix(1000, 0)
		both := func(f func(m *model, c *Core) Output) {
			m.do(t, f(m, with))
			plain.do(t, f(plain, without))
		}
		configure := func() {
			s := drawSetup(t)
			for i := range s.VirtualServers {
				s.VirtualServers[i].Hysteresis = 0
			}
			s.Files = nil
			for i := range s.VirtualServers {
				for j := range s.VirtualServers[i].RealServers {
					r := &s.VirtualServers[i].RealServers[j]
					r.SlowStart = 0
					var checkers []config.Checker
					for _, k := range r.Checkers {
						if k.Kind != config.CheckFile {
							checkers = append(checkers, k)
						}
					}
					r.Checkers = checkers
				}
			}
			both(func(m *model, c *Core) Output { return c.Configure(now, s) })
		}
		configure()
		live := func(steps int, overriding bool) {
			for range steps {
				switch rapid.IntRange(0, 9).Draw(t, "step") {
				case 0:
					configure()
				case 1, 2, 3:
					if overriding {
						m.override(t, with, now)
					}
				default:
					if next, ok := without.Next(); ok && next.After(now) {
						now = next
					}
					both(func(_ *model, c *Core) Output { return c.Expire(now) })
					now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
					for id := range plain.asked {
						delete(plain.asked, id)
						delete(m.asked, id)
						o := drawOutcome(t)
						both(func(_ *model, c *Core) Output { return c.Observe(now, id, o) })
					}
				}
			}
		}
		live(rapid.IntRange(1, 30).Draw(t, "steps"), true)
		for of := range m.said {
			m.do(t, with.Override(now, override.Target{Kind: override.Server, Service: of.Service, Name: of.Server}, override.Override{}))
		}
		if diff := ipvs.Diff(m.table, plain.table); len(diff) > 0 {
			t.Fatalf("without overrides: %v", diff)
		}
		live(rapid.IntRange(0, 10).Draw(t, "more"), false)
		if diff := ipvs.Diff(m.table, plain.table); len(diff) > 0 {
			t.Fatalf("later: %v", diff)
		}
	})
}

// shopOf is a service with two servers of weight 3 and a quorum.
func shopOf(quorum uint32) Setup {
	v := config.VirtualServer{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP, Scheduler: "rr", Quorum: quorum}
	for last := byte(1); last <= 2; last++ {
		addr := netip.AddrFrom4([4]byte{10, 1, 0, last})
		v.RealServers = append(v.RealServers, config.RealServer{Addr: addr, Port: 80, Weight: 3, Checkers: []config.Checker{{
			Kind: config.CheckTCP, Connect: netip.AddrPortFrom(addr, 80), DelayLoop: time.Hour, ConnectTimeout: time.Second}}})
	}
	return Setup{VirtualServers: []config.VirtualServer{v}}
}

var first = override.Target{Kind: override.Server, Service: "[10.0.0.1]:tcp:80", Name: "[10.1.0.1]:tcp:80"}

func said(o Output) string {
	var all []string
	for _, l := range o.Log {
		all = append(all, l.Text)
	}
	for _, n := range o.Notify {
		if n.Line != "" {
			all = append(all, n.Line)
		}
	}
	return strings.Join(all, "\n")
}

// The words about a server that is drained while its checks find it down and up again: they are those of a weight and
// of inhibit_on_failure, which keeps one in the table too.
func TestWordsAboutADrainedServer(t *testing.T) {
	c, now := New(1), time.Unix(1000, 0)
	c.Configure(now, shopOf(4))
	drained := override.Override{Target: first, Action: override.Drain}
	for _, step := range []struct {
		do   func() Output
		want string
	}{
		{func() Output { return c.Override(now, first, drained) },
			"Changing weight from 3 to 0 for active service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80\n" +
				"Lost quorum 4-0=4 > 3 for VS [10.0.0.1]:tcp:80\nVS [10.0.0.1]:tcp:80 DOWN"},
		{func() Output { return c.Override(now, first, drained) }, ""},
		{func() Output {
			c.Hasten(now, first.Service, first.Name)
			out := c.Expire(now)
			if len(out.Probe) != 1 || out.Probe[0].Server != first.Name {
				t.Errorf("probes %v", out.Probe)
			}
			return c.Observe(now, out.Probe[0].ID, attempt.Outcome{})
		}, "TCP_CHECK on service [10.1.0.1]:tcp:80 failed.\n" +
			"Disabling service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80\nRS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN"},
		{func() Output {
			c.Hasten(now, "", "")
			out := c.Expire(now)
			if len(out.Probe) != 2 {
				t.Errorf("probes %v", out.Probe)
			}
			return c.Observe(now, out.Probe[0].ID, attempt.Outcome{Verdict: attempt.Passed})
		}, "TCP connection to [10.1.0.1]:tcp:80 success.\n" +
			"Enabling service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80\nRS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 UP"},
		{func() Output { return c.Override(now, first, override.Override{}) },
			"Changing weight from 0 to 3 for active service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80\n" +
				"Gained quorum 4+0=4 <= 6 for VS [10.0.0.1]:tcp:80\nVS [10.0.0.1]:tcp:80 UP"},
	} {
		if got := said(step.do()); got != step.want {
			t.Errorf("said\n%s\nwant\n%s", got, step.want)
		}
	}
}

// What is not about servers, or about one that there is not, does nothing; a check that is under way is not made twice.
func TestOverridesOfOthers(t *testing.T) {
	c, now := New(1), time.Unix(1000, 0)
	c.Configure(now, shopOf(1))
	for _, of := range []override.Target{{Kind: override.Log}, {Kind: override.Server, Service: "x", Name: first.Name},
		{Kind: override.Server, Service: first.Service, Name: "x"}} {
		if out := c.Override(now, of, override.Override{Target: of, Action: override.Drain}); !idle(out) {
			t.Errorf("%v gives %v", of, out)
		}
	}
	c.Hasten(now, "", "")
	if out := c.Expire(now); len(out.Probe) != 2 {
		t.Fatalf("%v", out)
	}
	c.Hasten(now, "", "")
	if out := c.Expire(now); len(out.Probe) != 0 {
		t.Fatalf("twice: %v", out)
	}
}

// A life that is told of a drained server before its first Configure finds it in the table, which says nothing about
// its checks: with alpha it is down until they have found it up.
func TestADrainedServerAfterACrash(t *testing.T) {
	now, s := time.Unix(1000, 0), shopOf(1)
	v := &s.VirtualServers[0]
	for i := range v.RealServers {
		v.RealServers[i].Checkers[0].Alpha = true
	}
	v.Alpha = true
	before := New(1)
	before.Configure(now, s)
	drained := override.Override{Target: first, Action: override.Drain}
	before.Override(now, first, drained)
	after := New(2)
	after.Override(now, first, drained)
	s.Left = Left{Table: desired(before), Servers: before.Standings()}
	after.Configure(now, s)
	if diff := ipvs.Diff(desired(before), desired(after)); len(diff) > 0 {
		t.Errorf("another table: %v", diff)
	}
	after.Override(now, first, override.Override{})
	st, _ := after.Status(ID{Service: serviceID(v)})
	if st.Servers[0].Up || st.Servers[0].InTable {
		t.Errorf("%+v", st.Servers[0])
	}
}

// A quorum that is down because of drains comes back when what is left would keep one up: the hysteresis is against
// servers that come and go. What checks have taken meanwhile counts as ever.
func TestAQuorumComesBackAfterADrain(t *testing.T) {
	second := first
	second.Name = "[10.1.0.2]:tcp:80"
	for _, c := range []struct {
		name               string
		quorum, hysteresis uint32
		steps, want        string // 1, 2: drained; a, b: no longer; x, y: fails, X, Y: is up again
	}{
		{"no hysteresis", 4, 0, "1a", "du"},
		{"it holds in the band", 4, 2, "1a", "--"},
		{"below the band", 4, 2, "12ab", "-du-"}, // 3 is enough for 4-2, and not for 4+2
		{"a check takes the same, before it ends", 4, 2, "12xyaXbY", "-d-----u"},
		{"out of reach from the start", 7, 2, "1a", "--"},
		{"a check fails, too", 5, 1, "1xaX", "d--u"},
		{"a check fails beside it", 5, 1, "1yaY", "d--u"},
		{"a check fails that comes back before the end", 5, 1, "1yYa", "d--u"},
	} {
		core, now := New(1), time.Unix(1000, 0)
		s := shopOf(c.quorum)
		s.VirtualServers[0].Hysteresis = c.hysteresis
		core.Configure(now, s)
		observe := func(server string, o attempt.Outcome) Output {
			core.Hasten(now, first.Service, server)
			var id CheckID
			for _, p := range core.Expire(now).Probe {
				if p.Server == server {
					id = p.ID
				}
			}
			return core.Observe(now, id, o)
		}
		got := ""
		for _, step := range c.steps {
			var out Output
			switch step {
			case '1', '2':
				at := []override.Target{first, second}[step-'1']
				out = core.Override(now, at, override.Override{Target: at, Action: override.Drain})
			case 'a', 'b':
				out = core.Override(now, []override.Target{first, second}[step-'a'], override.Override{})
			case 'x', 'y':
				out = observe([]override.Target{first, second}[step-'x'].Name, attempt.Outcome{})
			case 'X', 'Y':
				out = observe([]override.Target{first, second}[step-'X'].Name, attempt.Outcome{Verdict: attempt.Passed})
			}
			switch text := said(out); {
			case strings.Contains(text, "Lost quorum"):
				got += "d"
			case strings.Contains(text, "Gained quorum"):
				got += "u"
			default:
				got += "-"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s gives %s, want %s", c.name, c.steps, got, c.want)
		}
	}
}

// At a start, too, overrides alone take no quorum that what is left would keep: a reload with the same configuration finds
// nothing to do.
func TestAStartWithAnOverride(t *testing.T) {
	core, now := New(1), time.Unix(1000, 0)
	s := shopOf(4)
	s.VirtualServers[0].Hysteresis = 2
	core.Override(now, first, override.Override{Target: first, Action: override.Drain})
	if text := said(core.Configure(now, s)); !strings.Contains(text, "Gained quorum") {
		t.Errorf("the start says %q", text)
	}
	if again := core.Configure(now, s); !idle(again) {
		t.Errorf("the same configuration again gives %v", again)
	}
}
