package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
	"pgregory.net/rapid"
)

// reloadPair is a running core (one master, one backup) before a reload.
func reloadPair(t *testing.T) (*Core, Setup, time.Time) {
	s := &stage{core: New(), now: epoch}
	for _, line := range []string{
		"link eth0",
		"instance VI_1 TrackScripts=chk:5 GARPRefresh=10s",
		"instance VI_2 VRID=52 PreemptDelay=60s",
		"instance VI_3 VRID=53 Version=3 UnicastPeers=10.0.0.2",
		"group G1 VI_1 VI_3",
		"configure", "track chk ok", "at 3s", "recv VRID=52 Prio=50", "at 4s",
	} {
		words := strings.Fields(line)
		if err := s.command(words[0], words[1:]); err != nil {
			t.Fatal(line, err)
		}
	}
	return s.core, s.setup, s.now
}

// deadlines are all timers that are set.
func deadlines(c *Core) []string {
	var all []string
	for _, m := range c.machines {
		for k := range m.timers {
			if t := &m.timers[k]; t.IsSet() {
				all = append(all, fmt.Sprintf("%s %d %s", m.cfg.Name, k, t.At.Sub(epoch)))
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestSemantics7_2_ReloadPlans: for each change, exactly these actions, and timers only
// of the instances named move.
func TestSemantics7_2_ReloadPlans(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Setup)
		want   string
		moved  string // prefix of the timers that may move
	}{
		"nothing": {func(*Setup) {}, "", "-"},
		"lines moved in the file": {func(s *Setup) {
			for i := range s.Instances {
				in := &s.Instances[i]
				in.Pos = syntax.Pos{File: "other.conf", Line: 99, Col: 1}
				in.VIPs = slices.Clone(in.VIPs)
				in.VIPs[0].Pos = in.Pos
			}
		}, "", "-"},
		"order of instances":    {func(s *Setup) { slices.Reverse(s.Instances) }, "", "-"},
		"notify script":         {func(s *Setup) { s.Instances[0].Notify.Master.Argv = []string{"/bin/true"} }, "", "-"},
		"garp_master_repeat":    {func(s *Setup) { s.Instances[0].GARPRepeat = 9 }, "", "-"},
		"garp_master_refresh":   {func(s *Setup) { s.Instances[0].GARPRefresh = 0 }, "", "VI_1 3"},
		"nopreempt of a backup": {func(s *Setup) { s.Instances[1].PreemptDelay, s.Instances[1].NoPreempt = 0, true }, "", "VI_2 1"},
		"detail":                {func(s *Setup) { s.Detail = true }, "", "-"},
		"priority of a master":  {func(s *Setup) { s.Instances[0].Priority = 150 }, "send VI_1 v2 prio 155; log (VI_1) Changing effective priority from 105 to 155", "VI_1 0"},
		"priority of a backup":  {func(s *Setup) { s.Instances[1].Priority = 150 }, "log (VI_2) Changing effective priority from 100 to 150", "VI_2 0"},
		"password":              {func(s *Setup) { s.Instances[0].Auth = config.AuthPass; s.Instances[0].AuthPass = [8]byte{'x'} }, "send VI_1 v2 prio 105", "VI_1 0"},
		"interval":              {func(s *Setup) { s.Instances[0].AdvertInt = 2 * time.Second }, "send VI_1 v2 prio 105", "VI_1 0"},
		"an address more":       {func(s *Setup) { s.Instances[0].VIPs = append(slices.Clip(s.Instances[0].VIPs), address("10.0.0.7/24")) }, "send VI_1 v2 prio 105; vips VI_1 on; garp VI_1 x5 of the new", "VI_1 0"},
		"an excluded address":   {func(s *Setup) { s.Instances[0].ExcludedVIPs = []config.Address{address("10.0.0.8/24")} }, "vips VI_1 on; garp VI_1 x5 of the new", "-"},
		"prefix length":         {func(s *Setup) { s.Instances[0].VIPs = []config.Address{address("10.0.0.100/32")} }, "vips VI_1 on; garp VI_1 x5 of the new", "-"},
		"addresses of a backup": {func(s *Setup) { s.Instances[1].VIPs = []config.Address{address("10.0.0.9/24")} }, "", "-"},
		"a peer more": {func(s *Setup) {
			s.Instances[2].UnicastPeers = append(slices.Clip(s.Instances[2].UnicastPeers), config.Peer{Addr: netip.MustParseAddr("10.0.0.3"), MaxTTL: 255})
		}, "send VI_3 v3 prio 100; send VI_3 v3 prio 100", "VI_3 0"},
		"unicast_ttl":       {func(s *Setup) { s.Instances[2].UnicastTTL = 9 }, "send VI_3 v3 prio 100", "VI_3 0"},
		"the group is gone": {func(s *Setup) { s.Groups = nil }, "", "-"},
		"the group has a new name": {func(s *Setup) {
			s.Groups = []config.SyncGroup{{Name: "G2", Members: s.Groups[0].Members, TrackingWeight: true}}
		}, "notify GROUP \"G2\" MASTER 0", "-"},
		"weight dropped":            {func(s *Setup) { s.Groups = nil; s.Instances[0].Tracks = nil }, "", "-"},
		"down_timer_adverts":        {func(s *Setup) { s.Instances[1].DownTimerAdverts = 5 }, "", "VI_2 0"},
		"another instance is added": {func(s *Setup) { s.Instances = append(s.Instances, other()) }, "vips VI_9 off; log (VI_9) Entering BACKUP STATE (init); notify INSTANCE \"VI_9\" BACKUP 100", "VI_9"},
		"an instance is removed":    {func(s *Setup) { s.Instances = s.Instances[:2]; s.Groups = nil }, "send VI_3 v3 prio 0; vips VI_3 off; notify INSTANCE \"VI_3\" FAULT 100", "VI_3"},
		"a backup is removed":       {func(s *Setup) { s.Instances = slices.Delete(s.Instances, 1, 2) }, "notify INSTANCE \"VI_2\" FAULT 100", "VI_2"},
		"multicast becomes unicast": {func(s *Setup) { s.Instances[1].UnicastPeers = s.Instances[2].UnicastPeers }, "vips VI_2 off; log (VI_2) Entering BACKUP STATE (init); notify INSTANCE \"VI_2\" FAULT 100; notify INSTANCE \"VI_2\" BACKUP 100", "VI_2"},
	} {
		t.Run(name, func(t *testing.T) {
			c, setup, now := reloadPair(t)
			// In a group weights of members do not count: allow them.
			setup.Groups = []config.SyncGroup{{Name: "G1", Members: []string{"VI_1", "VI_3"}, TrackingWeight: true}}
			c.Configure(now, setup)
			before, states := deadlines(c), c.Status()
			setup.Instances, setup.Groups = slices.Clone(setup.Instances), slices.Clone(setup.Groups)
			tc.change(&setup)
			if name == "weight dropped" {
				tc.want = "send VI_1 v2 prio 100; log (VI_1) Changing effective priority from 105 to 100"
				tc.moved = "VI_1 0"
			}
			now = now.Add(100 * time.Millisecond)
			var got []string
			names := namesOf(c, setup)
			out := c.Configure(now, setup)
			out.Changes = nil // stories show them
			for _, l := range lines(out, names) {
				line, _, _ := strings.Cut(l, " every ")
				got = append(got, line)
			}
			if plan := strings.Join(got, "; "); plan != tc.want {
				t.Errorf("plan %q\nwant %q", plan, tc.want)
			}
			still := func(s string) bool { return strings.HasPrefix(s, tc.moved) }
			after := slices.DeleteFunc(deadlines(c), still)
			if want := slices.DeleteFunc(before, still); !slices.Equal(after, want) {
				t.Errorf("timers moved:\n%s\n%s", strings.Join(want, "\n"), strings.Join(after, "\n"))
			}
			sameStates(t, states, c.Status())
			if in := c.machines[1].cfg; in.Name == "VI_2" && in.NoPreempt && c.machines[1].timers[timerPreempt].IsSet() {
				t.Error("preempt_delay runs on under nopreempt")
			}
		})
	}
}

// sameStates: what has the same identity has the same state, transition time and
// counters (but for what a reload itself sends).
func sameStates(t *testing.T, before, after []Status) {
	t.Helper()
	for _, b := range before {
		for _, a := range after {
			if a.Config.Router() == b.Config.Router() && (a.State != b.State || a.LastTransition != b.LastTransition || a.Counters.AdvertReceived != b.Counters.AdvertReceived) {
				t.Errorf("%s: %s since %s, was %s since %s", a.Config.Name, a.State, a.LastTransition, b.State, b.LastTransition)
			}
		}
	}
}

func address(s string) config.Address {
	return config.Address{Prefix: netip.MustParsePrefix(s), Dev: "eth0"}
}

func other() config.Instance {
	in := baseInstance("VI_9")
	in.VRID = 59
	return in
}

// TestNoAdvertIsMissed: whatever unchanged reloads come between, a master's adverts go
// out at the very same times.
func TestNoAdvertIsMissed(t *testing.T) {
	sent := func(reloads []time.Duration) []string {
		in := baseInstance("VI_1")
		setup := Setup{Instances: []config.Instance{in}}
		s := &stage{core: New(), now: epoch, setup: setup}
		if err := s.link([]string{"eth0"}); err != nil {
			t.Fatal(err)
		}
		s.core.Configure(epoch, setup)
		for _, at := range reloads {
			s.runTo(epoch.Add(at))
			s.core.Configure(s.now, setup)
		}
		s.runTo(epoch.Add(20 * time.Second))
		var lines []string
		for l := range strings.SplitSeq(s.out.String(), "\n") {
			if strings.Contains(l, " send ") {
				lines = append(lines, l)
			}
		}
		return lines
	}
	want := sent(nil)
	if len(want) != 17 {
		t.Fatalf("%d adverts in 20 s", len(want))
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.IntRange(0, 19999), 0, 30).Draw(t, "reloads")
		slices.Sort(at)
		var reloads []time.Duration
		for _, ms := range at {
			reloads = append(reloads, time.Duration(ms)*time.Millisecond)
		}
		if got := sent(reloads); !slices.Equal(got, want) {
			t.Fatalf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestSameIdentityTwice: several unicast instances may share VRID and interface
// (semantics 2.11); the name tells them apart.
func TestSemantics7_1_SameIdentityTwice(t *testing.T) {
	a, b := baseInstance("A"), baseInstance("B")
	a.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("10.0.0.2"), MaxTTL: 255}}
	b.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("10.0.0.3"), MaxTTL: 255}}
	b.Priority = 200
	s := &stage{core: New(), now: epoch}
	if err := s.link([]string{"eth0"}); err != nil {
		t.Fatal(err)
	}
	s.core.Configure(epoch, Setup{Instances: []config.Instance{a, b}})
	if err := s.recv([]string{"Prio=255", "Src=10.0.0.3", "Dst=10.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	if got := lines(s.core.Configure(epoch, Setup{Instances: []config.Instance{b, a}}), nil); len(got) != 0 {
		t.Errorf("%s", got)
	}
	if got := lines(s.core.Configure(epoch, Setup{Instances: []config.Instance{b}}), nil); len(got) != 2 ||
		got[0] != `notify INSTANCE "A" FAULT 100` || got[1] != "change (A) BACKUP -> FAULT: removed by a reload" {
		t.Errorf("%v", got)
	}
	if st := s.core.Status(); len(st) != 1 || st[0].MasterPriority != 255 {
		t.Errorf("%+v", st)
	}
}
