package lvs

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// common are n virtual servers with the same m real servers.
func common(n, m int) Setup {
	s := Setup{}
	for i := range n {
		v := config.VirtualServer{
			Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Port: 80, Protocol: config.TCP, Scheduler: "rr", Quorum: 1,
		}
		for j := range m {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(j)}), 80)
			v.RealServers = append(v.RealServers, config.RealServer{Addr: at.Addr(), Port: 80, Weight: 1,
				Checkers: []config.Checker{{
					Kind: config.CheckTCP, Connect: at, ConnectTimeout: time.Second, DelayLoop: 10 * time.Second,
					Warmup: 10 * time.Second, Retry: 1, DelayBeforeRetry: time.Second,
				}}})
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}

// checkOf is the checker of a real server of a virtual server, both by number.
func checkOf(s Setup, v, r int) *config.Checker {
	return &s.VirtualServers[v].RealServers[r].Checkers[0]
}

// A party is a core whose attempts take a while.
type party struct {
	*Core
	now    time.Time
	passes func(*config.Checker) bool
	flying []Probe
	out    Output
	count  int
}

// run lets time pass; each attempt takes 10 ms.
func (p *party) run(d time.Duration) {
	for end := p.now.Add(d); ; {
		at, ok := p.Next()
		if !ok || at.After(end) {
			p.now = end
			return
		}
		p.now = at
		p.begin()
		p.now = p.now.Add(10 * time.Millisecond)
		p.land()
	}
}

// begin begins the attempts that are due, land ends them.
func (p *party) begin() {
	o := p.Expire(p.now)
	p.flying = append(p.flying, o.Probe...)
	p.count += len(o.Probe)
}

func (p *party) land() {
	for _, f := range p.flying {
		o := attempt.Outcome{Verdict: attempt.Passed}
		if p.passes != nil && !p.passes(f.Checker) {
			o = attempt.Outcome{Line: "no", Reason: reason.Reason{Code: reason.NotConnected}}
		}
		p.out.Append(p.Observe(p.now, f.ID, o))
	}
	p.flying = nil
}

func newParty(s Setup) *party {
	p := &party{Core: New(1), now: time.Unix(0, 0)}
	p.out = p.Configure(p.now, s)
	return p
}

// TestSharedServersAreAskedOnce: a hundred virtual servers with the same ten servers take ten attempts in each
// delay_loop, from the first on, and those are spread.
func TestSharedServersAreAskedOnce(t *testing.T) {
	p := newParty(common(100, 10))
	busy := 0
	for range 11 {
		before := p.count
		p.run(time.Second)
		if p.count > before {
			busy++
		}
	}
	if p.count != 10 || busy < 4 {
		t.Errorf("%d first attempts in %d different seconds, want 10", p.count, busy)
	}
	p.run(100 * time.Second)
	if n := p.count - 10; n < 90 || n > 100 {
		t.Errorf("%d attempts in 100 s, want one each 10 s for each of 10 servers", n)
	}
	dead := p.now
	p.out = Output{}
	p.passes = func(k *config.Checker) bool { return k.Connect.Addr() != netip.MustParseAddr("10.1.0.3") }
	p.run(15 * time.Second)
	out := map[ID]bool{}
	for _, table := range p.out.Tables {
		out[table.Of] = len(table.Want.Dests) == 9
	}
	if len(out) != 100 {
		t.Errorf("%v after it died a server has left %d of 100 virtual servers", p.now.Sub(dead), len(out))
	}
	if n := slices.IndexFunc(p.out.Notify, func(n Notify) bool { return n.Object == "RS [10.1.0.3]:tcp:80 [10.0.0.99]:tcp:80" }); n < 0 {
		t.Error("nobody was told of the last virtual server")
	}
}

// TestAStallDoesNotGatherChecks: after one all are due at once, and they are spread again from the next round on.
func TestAStallDoesNotGatherChecks(t *testing.T) {
	p := newParty(big(100, 10, 10*time.Second))
	p.run(35 * time.Second)
	p.now = p.now.Add(33 * time.Second)
	before := p.count
	p.begin()
	if p.count != before+1000 {
		t.Fatalf("%d attempts after the stall, want all 1000", p.count-before)
	}
	p.now = p.now.Add(10 * time.Millisecond)
	p.land()
	for s := range 30 {
		before := p.count
		p.run(time.Second)
		if n := p.count - before; n < 40 || n > 200 {
			t.Errorf("%d attempts in second %d after it, want some 100", n, s)
		}
	}
}

// TestWhatIsShared: a word that can be seen on the wire, or says how often, makes another attempt of it.
func TestWhatIsShared(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Checker)
		shared bool
	}{
		"the same":           {func(*config.Checker) {}, true},
		"alpha":              {func(k *config.Checker) { k.Alpha = true }, true},
		"warmup":             {func(k *config.Checker) { k.Warmup = 0 }, true},
		"place":              {func(k *config.Checker) { k.Own, k.Pos.Line = true, 7 }, true},
		"log_all_failures":   {func(k *config.Checker) { k.LogAllFailures = true }, true},
		"retry":              {func(k *config.Checker) { k.Retry = 2 }, false},
		"delay_before_retry": {func(k *config.Checker) { k.DelayBeforeRetry = 2 * time.Second }, false},
		"delay_loop":         {func(k *config.Checker) { k.DelayLoop = 9 * time.Second }, false},
		"connect_timeout":    {func(k *config.Checker) { k.ConnectTimeout = 2 * time.Second }, false},
		"fwmark":             {func(k *config.Checker) { k.FWMark = 1 }, false},
		"bindto":             {func(k *config.Checker) { k.BindAddr = netip.MustParseAddr("10.2.0.1") }, false},
		"bind_port":          {func(k *config.Checker) { k.BindPort = 1 }, false},
		"bind_if":            {func(k *config.Checker) { k.BindIf = "eth0" }, false},
		"connect_port":       {func(k *config.Checker) { k.Connect = netip.AddrPortFrom(k.Connect.Addr(), 81) }, false},
		"page":               {func(k *config.Checker) { k.Kind, k.HTTP = config.CheckHTTP, page("/") }, false},
	} {
		s := common(2, 1)
		c.change(checkOf(s, 1, 0))
		wantShared(t, name, s, c.shared)
	}
	web := common(2, 1)
	for i := range 2 {
		k := checkOf(web, i, 0)
		k.Kind, k.HTTP = config.CheckHTTP, page("/")
	}
	wantShared(t, "the same page", web, true)
	checkOf(web, 1, 0).HTTP = page("/other")
	wantShared(t, "another page", web, false)
	script := common(2, 1)
	for i := range 2 {
		k := checkOf(script, i, 0)
		k.Kind, k.Misc = config.CheckMisc, &config.MiscCheck{}
	}
	wantShared(t, "a program", script, false)
	udp := common(2, 1)
	udp.VirtualServers[1].Protocol = config.UDP
	wantShared(t, "a server of another name", udp, false)
}

// A checker that moves in the file, to lines that keepalived drops too, goes on over a reload as it was.
func TestAMovedCheckerGoesOn(t *testing.T) {
	p := newParty(common(1, 1))
	p.passes = func(*config.Checker) bool { return false }
	p.run(60 * time.Second)
	moved := common(1, 1)
	before := p.status(t, moved, 0)
	r := &moved.VirtualServers[0].RealServers[0]
	r.Own, r.Pos.Line, r.Checkers[0].Own, r.Checkers[0].Pos.Line = true, 6, true, 7
	p.Configure(p.now, moved)
	after := p.status(t, moved, 0)
	was, is := before.Checkers[0], after.Checkers[0]
	if before.Up || after.Up || is.Up || is.Next != was.Next || is.Started != was.Started {
		t.Errorf("%+v\nis now %+v", was, is)
	}
}

func page(path string) *config.HTTPCheck { return &config.HTTPCheck{URLs: []config.URL{{Path: path}}} }

// wantShared checks how many attempts two checkers make in 20 rounds.
func wantShared(t *testing.T, name string, s Setup, shared bool) {
	t.Helper()
	p := newParty(s)
	p.run(200 * time.Second)
	if shared && p.count > 22 || !shared && p.count < 36 {
		t.Errorf("%s: %d attempts in 20 rounds, shared: %v", name, p.count, shared)
	}
}

// TestSharersHaveTheirOwnState: one that has just come and one that has retries make of an outcome what is theirs.
func TestSharersHaveTheirOwnState(t *testing.T) {
	s := common(2, 1)
	checkOf(s, 1, 0).Alpha = true
	p := newParty(s)
	p.passes = func(*config.Checker) bool { return false }
	p.run(12 * time.Second)
	for i, want := range []bool{false, false} {
		if st := p.status(t, s, i); st.Up != want || !st.Checkers[0].Ran {
			t.Errorf("service %d: %+v", i, st)
		}
	}
	// The alpha one was down from the start, the other one went down: only that had been in the table.
	if st := p.status(t, s, 0); st.Checkers[0].History.Failures != p.status(t, s, 1).Checkers[0].History.Failures {
		t.Error("they have not had the same attempts")
	}
	p.passes = nil
	p.run(11 * time.Second)
	if !p.status(t, s, 0).Up || !p.status(t, s, 1).Up {
		t.Error("not both came back")
	}
}

func (p *party) status(t *testing.T, s Setup, i int) ServerStatus {
	t.Helper()
	st, ok := p.Status(IDOf(&s.VirtualServers[i]))
	if !ok {
		t.Fatalf("no service %d", i)
	}
	return st.Servers[0]
}

// TestReloadsAndSharers: a virtual server that comes joins the others, one that goes in the middle of an attempt for
// all of them takes nobody's outcome along, and a changed word parts them.
func TestReloadsAndSharers(t *testing.T) {
	p := newParty(common(3, 1))
	p.run(30 * time.Second)
	p.Configure(p.now, common(4, 1))
	p.run(21 * time.Second)
	before := p.count
	p.run(100 * time.Second)
	if n := p.count - before; n > 11 {
		t.Errorf("%d attempts in 10 rounds after one more has come", n)
	}
	at, _ := p.Next()
	p.now = at
	p.begin()
	if len(p.flying) != 1 {
		t.Fatalf("%d attempts", len(p.flying))
	}
	s := common(4, 1)
	s.VirtualServers = s.VirtualServers[1:] // whose checker makes it
	p.Configure(p.now, s)
	p.land()
	for i := range s.VirtualServers {
		if st := p.status(t, s, i).Checkers[0]; st.Running || st.Next.After(p.now) {
			t.Errorf("service %d has no attempt to come: %+v", i, st)
		}
	}
	before = p.count
	p.run(time.Second)
	if p.count != before+1 {
		t.Errorf("%d attempts at once, want 1 for all", p.count-before)
	}
	parted := common(4, 1)
	parted.VirtualServers = parted.VirtualServers[1:]
	checkOf(parted, 0, 0).DelayLoop = 5 * time.Second
	p.Configure(p.now, parted)
	p.run(20 * time.Second)
	before = p.count
	p.run(100 * time.Second)
	if n := p.count - before; n < 28 || n > 32 {
		t.Errorf("%d attempts, want 20 of one and 10 of the others", n)
	}
}

// TestSuspendedSharersWait: the attempts of others are none of a virtual server that is not checked.
func TestSuspendedSharersWait(t *testing.T) {
	s := common(2, 1)
	s.VirtualServers[1].HASuspend = true
	p := newParty(s)
	p.passes = func(*config.Checker) bool { return false }
	p.run(30 * time.Second)
	if p.status(t, s, 0).Up || !p.status(t, s, 1).Up {
		t.Error("a suspended checker has taken an outcome")
	}
	p.Addresses(map[netip.Addr]bool{s.VirtualServers[1].Addr: true})
	p.run(30 * time.Second)
	if p.status(t, s, 1).Up {
		t.Error("it is not checked although its address is here")
	}
}

// TestNotesNameTheirOwnService: a note of an attempt names the virtual server of whoever makes it.
func TestNotesNameTheirOwnService(t *testing.T) {
	p := newParty(common(2, 1))
	at, _ := p.Next()
	p.now = at
	p.begin()
	made := p.flying[0]
	out := p.Observe(p.now, made.ID, attempt.Outcome{
		Verdict: attempt.Passed, Notes: []string{"http_check for RS x VS " + made.Service + " url y"},
	})
	var said []string
	for _, l := range out.Log {
		if l.Text == "http_check for RS x VS "+l.Service+" url y" {
			said = append(said, l.Service)
		}
	}
	if want := []string{"[10.0.0.0]:tcp:80", "[10.0.0.1]:tcp:80"}; !slices.Equal(said, want) {
		t.Errorf("notes of %v, want %v: %v", said, want, out.Log)
	}
}
