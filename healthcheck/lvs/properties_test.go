package lvs

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// drawSetup draws a configuration from few identities, so that reloads meet them again.
func drawSetup(t *rapid.T) Setup {
	s := Setup{Files: drawFiles(t)}
	for i := range rapid.IntRange(0, 3).Draw(t, "services") {
		v := config.VirtualServer{
			Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(1, 4).Draw(t, "vip") + i*4)}), Port: 80,
			Protocol: config.TCP, Scheduler: rapid.SampledFrom([]string{"rr", "wlc"}).Draw(t, "scheduler"),
			Quorum: rapid.Uint32Range(1, 4).Draw(t, "quorum"), Hysteresis: rapid.Uint32Range(0, 1).Draw(t, "hysteresis"),
			Alpha: rapid.Bool().Draw(t, "alpha"), Omega: rapid.Bool().Draw(t, "omega"), SMTPAlert: true,
		}
		if rapid.Bool().Draw(t, "sorry") {
			sorry := drawServer(t, false)
			sorry.Checkers = nil
			v.Sorry, v.SorryInhibit = &sorry, rapid.Bool().Draw(t, "sorry_server_inhibit")
		}
		for range rapid.IntRange(1, 4).Draw(t, "servers") {
			v.RealServers = append(v.RealServers, drawServer(t, v.Alpha))
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}

// drawFiles draws track_files whose weights make all the difference.
func drawFiles(t *rapid.T) []config.TrackFile {
	var files []config.TrackFile
	for _, name := range []string{"a", "b"} {
		files = append(files, config.TrackFile{Name: name, Weight: drawFactor(t), Reverse: rapid.Bool().Draw(t, "reverse")})
	}
	return files
}

func drawFactor(t *rapid.T) int {
	return rapid.SampledFrom([]int{0, 1, -1, 3, math.MaxInt32, -math.MaxInt32}).Draw(t, "factor")
}

func drawServer(t *rapid.T, alpha bool) config.RealServer {
	r := config.RealServer{
		Addr: netip.AddrFrom4([4]byte{10, 1, 0, byte(rapid.IntRange(1, 5).Draw(t, "server"))}), Port: 80,
		Weight: rapid.IntRange(0, 3).Draw(t, "weight"), InhibitOnFailure: rapid.Bool().Draw(t, "inhibit"),
		Method: config.Method(rapid.IntRange(0, 2).Draw(t, "method")), Alpha: alpha,
		Backup:    rapid.IntRange(0, 3).Draw(t, "backup") == 0,
		SlowStart: time.Duration(rapid.IntRange(0, 4).Draw(t, "slow start")) * time.Second,
	}
	for range rapid.IntRange(0, 2).Draw(t, "checkers") {
		k := config.Checker{
			Kind: rapid.SampledFrom([]config.CheckKind{config.CheckTCP, config.CheckHTTP, config.CheckSSL, config.CheckMisc,
				config.CheckSMTP, config.CheckFile}).Draw(t, "kind"), Alpha: alpha,
			Connect: netip.AddrPortFrom(r.Addr, r.Port), ConnectTimeout: time.Duration(rapid.IntRange(1, 2).Draw(t, "timeout")) * time.Second,
			DelayLoop: time.Duration(rapid.IntRange(1, 3).Draw(t, "loop")) * time.Second, DelayBeforeRetry: time.Second,
			Retry: rapid.IntRange(0, 2).Draw(t, "retry"),
		}
		switch k.Kind {
		case config.CheckHTTP, config.CheckSSL:
			k.HTTP = &config.HTTPCheck{
				FastRecovery: rapid.Bool().Draw(t, "fast"),
				URLs:         []config.URL{{Path: "/a"}, {Path: "/b"}},
			}
		case config.CheckMisc:
			k.Misc = &config.MiscCheck{Dynamic: true}
		case config.CheckSMTP:
			k.SMTP = &config.SMTPCheck{}
		case config.CheckFile:
			k.File = &config.FileCheck{TrackFile: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "file")}
			if rapid.Bool().Draw(t, "own") {
				factor := drawFactor(t)
				k.File.Weight = &factor
			}
		}
		r.Checkers = append(r.Checkers, k)
	}
	return r
}

// model is what an engine would hold: the table as the outputs made it.
type model struct {
	table  ipvs.Table
	asked  map[CheckID]bool
	values map[Followed]int
	said   map[ServerOf]override.Override // that are in force
}

// override has an operator change something of a server that there may be, or end it.
func (m *model) override(t *rapid.T, c *Core, now time.Time) override.Target {
	name := func(third, last int) string {
		return config.Endpoint(netip.AddrFrom4([4]byte{10, byte(third), 0, byte(last)}), config.TCP, 80)
	}
	of := override.Target{Kind: override.Server, Service: name(0, rapid.IntRange(1, 12).Draw(t, "of")),
		Name: name(1, rapid.IntRange(1, 5).Draw(t, "server"))}
	o := override.Override{Target: of, Value: rapid.IntRange(0, 5).Draw(t, "weight"),
		Action: rapid.SampledFrom([]override.Action{"", override.Drain, override.Maint, override.Weight}).Draw(t, "action")}
	if o.Action == "" {
		o = override.Override{}
		delete(m.said, ServerOf{of.Service, of.Name})
	} else {
		m.said[ServerOf{of.Service, of.Name}] = o
	}
	m.do(t, c.Override(now, of, o))
	return of
}

func newModel() *model {
	return &model{table: ipvs.Table{}, asked: map[CheckID]bool{}, values: map[Followed]int{}, said: map[ServerOf]override.Override{}}
}

// configure has a configuration taken over as the engine does it.
func (m *model) configure(t *rapid.T, c *Core, now time.Time, s Setup) (o Output) {
	s.Values = map[Followed]int{}
	for _, what := range s.Followed() {
		if _, known := m.values[what]; !known {
			m.values[what] = drawFactor(t)
		}
		s.Values[what] = m.values[what]
	}
	o = c.Configure(now, s)
	for _, what := range s.Followed() {
		o.Append(c.Tell(now, what, m.values[what]))
	}
	return o
}

// checkFiles looks whether everybody goes by what is in the files.
func (m *model) checkFiles(t *rapid.T, c *Core) {
	for _, k := range c.checks {
		if k.cfg.Kind != config.CheckFile {
			continue
		}
		points, fault := fileEffect(c, k.cfg, m.values[Followed{k.cfg.Kind, k.cfg.File.TrackFile}])
		if k.up == fault || k.points != points {
			t.Fatalf("%s: up %v with %d points, want %v and %d", k.kind.subject(k), k.up, k.points, !fault, points)
		}
	}
}

// idle reports whether an output asks for nothing.
func idle(o Output) bool {
	return len(o.Tables)+len(o.Forget)+len(o.Probe)+len(o.Log)+len(o.Notify)+len(o.Changes) == 0
}

func (m *model) do(t *rapid.T, o Output) {
	for _, a := range o.Tables {
		if a.Gone {
			delete(m.table, a.Service)
		} else {
			m.table[a.Service] = a.Want
		}
	}
	for _, id := range o.Forget {
		delete(m.asked, id)
	}
	for _, p := range o.Probe {
		if m.asked[p.ID] {
			t.Fatalf("checker %d is tried twice at once", p.ID)
		}
		m.asked[p.ID] = true
	}
}

// check compares the model with the core's own idea, and looks for what must never be.
func (m *model) check(t *rapid.T, c *Core, s Setup) {
	want := desired(c)
	if diff := ipvs.Diff(m.table, want); len(diff) > 0 {
		t.Fatalf("the outputs made another table than wanted: %v", diff)
	}
	seen := map[ipvs.ServiceID]bool{}
	for _, v := range s.VirtualServers {
		id := serviceID(&v)
		if seen[id] {
			continue
		}
		seen[id] = true
		have, ok := m.table[id]
		if !ok {
			t.Fatalf("configured service %s is not there", id)
		}
		configured := map[ipvs.DestID]bool{}
		for _, r := range v.RealServers {
			configured[destID(&r)] = true
		}
		if v.Sorry != nil {
			configured[destID(v.Sorry)] = true
		}
		for d, set := range have.Dests {
			if !configured[d] {
				t.Fatalf("service %s has %s, which is not configured", id, d)
			}
			if set.Weight < 0 {
				t.Fatalf("weight %d", set.Weight)
			}
		}
		m.checkQuorum(t, c, id, have)
	}
	if len(m.table) != len(seen) {
		t.Fatalf("%d services, %d configured", len(m.table), len(seen))
	}
}

func (m *model) checkQuorum(t *rapid.T, c *Core, id ipvs.ServiceID, have ipvs.Service) {
	st, _ := c.Status(ID{Service: id})
	v := st.Config
	if st.Quorum == "up" && (st.Live == 0 || st.Live < int64(v.Quorum)-int64(v.Hysteresis)) {
		t.Fatalf("%s: quorum is up with live weight %d of %d-%d", id, st.Live, v.Quorum, v.Hysteresis)
	}
	if st.Quorum != "up" && st.Live >= int64(v.Quorum)+int64(v.Hysteresis) && st.Live > 0 {
		t.Fatalf("%s: quorum is %s with live weight %d of %d+%d", id, st.Quorum, st.Live, v.Quorum, v.Hysteresis)
	}
	live := int64(0)
	for _, s := range st.Servers {
		if s.Config.Backup && s.Up {
			live += int64(s.Weight)
		}
	}
	if want := poolOf(v, st.Quorum, live); st.Pool != want {
		t.Fatalf("%s: the %s serve with quorum %s and backup weight %d, not the %s", id, st.Pool, st.Quorum, live, want)
	}
	for _, s := range st.Servers {
		m.checkServer(t, st, s, have)
	}
}

// poolOf is who has to serve.
func poolOf(v config.VirtualServer, quorum string, backup int64) string {
	switch {
	case quorum != "down":
		return "real servers"
	case backup > 0:
		return "backup servers"
	case v.Sorry != nil:
		return "sorry server"
	}
	return "real servers"
}

func (m *model) checkServer(t *rapid.T, st VirtualStatus, s ServerStatus, have ipvs.Service) {
	d := ipvs.DestID{Addr: s.Config.Addr, Port: s.Config.Port}
	set, in := have.Dests[d]
	used := st.Pool == "real servers" && !s.Config.Backup || st.Pool == "backup servers" && s.Config.Backup
	said := m.said[ServerOf{st.Name, s.Name}]
	if said != s.Override {
		t.Fatalf("server %s shows %v, in force is %v", s.Name, s.Override, said)
	}
	if said.Action == override.Weight && int(s.Weight) != said.Value {
		t.Fatalf("server %s has weight %d, and is to have %d", s.Name, s.Weight, said.Value)
	}
	if s.Written > s.Weight || s.Written == 0 && s.Weight > 0 || s.Grown.IsZero() && s.Written != s.Weight {
		t.Fatalf("server %s of weight %d has %d until %v", s.Name, s.Weight, s.Written, s.Grown)
	}
	switch {
	case st.Config.Sorry != nil && destID(st.Config.Sorry) == d:
	case said.Action == override.Drain && (!in || set.Weight != 0 || s.Weight != 0):
		t.Fatalf("drained server %s: %v %v, counts %d", s.Name, in, set, s.Weight)
	case said.Action == override.Maint && (in || s.Weight != 0):
		t.Fatalf("server %s is out and in, counts %d", s.Name, s.Weight)
	case said.Action == override.Drain || said.Action == override.Maint:
	case s.Up && used && (!in || set.Weight != s.Written):
		t.Fatalf("server %s serves but %v %v", s.Name, in, set)
	case (!s.Up || !used) && s.Config.InhibitOnFailure && (!in || set.Weight != 0):
		t.Fatalf("inhibited server %s: %v %v", s.Name, in, set)
	case (!s.Up || !used) && !s.Config.InhibitOnFailure && in:
		t.Fatalf("server %s is in and does not serve", s.Name)
	}
}

// TestAnyHistoryKeepsTheTableTrue draws configurations, outcomes and reloads. After each
// step the table is what the states say, has nothing that is not configured, the quorum
// fits the live weight, and the same configuration again changes nothing.
func TestAnyHistoryKeepsTheTableTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(rapid.Uint64().Draw(t, "seed"))
		m := newModel()
		now := time.Unix(1000, 0)
		s := drawSetup(t)
		m.override(t, c, now) // also before there is anything
		m.do(t, m.configure(t, c, now, s))
		m.check(t, c, s)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0:
				s = drawSetup(t)
				m.do(t, m.configure(t, c, now, s))
			case 10, 11:
				m.override(t, c, now)
			case 1:
				if again := m.configure(t, c, now, s); !idle(again) && !duplicates(s) {
					t.Fatalf("the same configuration again gives %v", again)
				}
			case 2:
				what := Followed{config.CheckFile, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "file")}
				if _, known := m.values[what]; known {
					m.values[what] = drawFactor(t)
					m.do(t, c.Tell(now, what, m.values[what]))
				}
			default:
				if next, ok := c.Next(); ok && next.After(now) {
					now = next
				}
				m.do(t, c.Expire(now))
				now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
				for id := range m.asked {
					delete(m.asked, id)
					m.do(t, c.Observe(now, id, drawOutcome(t)))
				}
			}
			m.check(t, c, s)
			m.checkFiles(t, c)
		}
		m.do(t, c.Stop(config.FlushEntries))
		if len(m.table) != 0 {
			t.Fatalf("after stop: %s", ipvs.Format(m.table))
		}
		if _, ok := c.Next(); ok {
			t.Fatal("after stop something is due")
		}
	})
}

func drawOutcome(t *rapid.T) attempt.Outcome {
	o := attempt.Outcome{Line: "x"}
	switch rapid.IntRange(0, 3).Draw(t, "outcome") {
	case 0, 1:
		o.Verdict = attempt.Passed
		o.Exit.Status = rapid.SampledFrom([]int{0, 2, 3, 9}).Draw(t, "status")
	case 2:
		o.Exit.Status = 1
	case 3:
		o.Verdict = attempt.Local
	}
	return o
}

// duplicates reports whether a definition is given twice, which is said at every reload.
func duplicates(s Setup) bool {
	services := map[ipvs.ServiceID]bool{}
	for _, v := range s.VirtualServers {
		if services[serviceID(&v)] {
			return true
		}
		services[serviceID(&v)] = true
		servers := map[ipvs.DestID]bool{}
		for _, r := range v.RealServers {
			if servers[destID(&r)] {
				return true
			}
			servers[destID(&r)] = true
		}
	}
	return false
}

func TestSemantics9_1_FirstChecksAreSpreadOverWarmup(t *testing.T) {
	now := time.Unix(1000, 0)
	s := big(100, 10, 30*time.Second)
	c := New(7)
	c.Configure(now, s)
	buckets := make([]int, 30)
	for _, k := range c.checks {
		d := k.due.At.Sub(now) - time.Second
		if d < 0 || d > 30*time.Second {
			t.Fatalf("first check after %s", d+time.Second)
		}
		buckets[min(int(d/time.Second), 29)]++
	}
	for i, n := range buckets {
		if n < 10 || n > 60 {
			t.Errorf("second %d: %d of 1000 first checks", i, n)
		}
	}
	again := New(7)
	again.Configure(now, s)
	for id, k := range c.checks {
		if !again.checks[id].due.At.Equal(k.due.At) {
			t.Fatal("the same seed gives another schedule")
		}
	}
	seeded := New(8)
	seeded.Seed(7)
	seeded.Configure(now, s)
	for id, k := range c.checks {
		if !seeded.checks[id].due.At.Equal(k.due.At) {
			t.Fatal("a seed of the configuration gives another schedule")
		}
	}
	none := New(7)
	none.Configure(now, big(1, 10, 0))
	for _, k := range none.checks {
		if k.due.At.Sub(now) != time.Second {
			t.Errorf("without warmup after %s", k.due.At.Sub(now))
		}
	}
}

func TestSemantics9_10_ReloadLeavesTheScheduleAlone(t *testing.T) {
	now := time.Unix(1000, 0)
	c := New(3)
	s := big(3, 3, 20*time.Second)
	c.Configure(now, s)
	before := map[CheckID]time.Time{}
	for id, k := range c.checks {
		before[id] = k.due.At
	}
	s.VirtualServers[0].Quorum = 2
	s.VirtualServers = append(s.VirtualServers, big(5, 1, 0).VirtualServers[4])
	c.Configure(now.Add(time.Second), s)
	for id, at := range before {
		if k := c.checks[id]; k == nil || !k.due.At.Equal(at) {
			t.Errorf("checker %d was due at %s and is now %v", id, at, k)
		}
	}
}

// big is n services with m servers each, one TCP_CHECK every 10 s.
func big(n, m int, warmup time.Duration) Setup {
	var s Setup
	for i := range n {
		v := config.VirtualServer{
			Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 80, Protocol: config.TCP,
			Scheduler: "rr", Quorum: 1,
		}
		for j := range m {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1 + byte(j), byte(i >> 8), byte(i)}), 80)
			v.RealServers = append(v.RealServers, config.RealServer{
				Addr: at.Addr(), Port: 80, Weight: 1,
				Checkers: []config.Checker{{Connect: at, DelayLoop: 10 * time.Second, Warmup: warmup, ConnectTimeout: time.Second}},
			})
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}

// BenchmarkObserve shows that an outcome costs the same with 10 and with 1,000 services.
func BenchmarkObserve(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("%dx10", n), func(b *testing.B) {
			now := time.Unix(1000, 0)
			c := New(1)
			c.Configure(now, big(n, 10, 10*time.Second))
			up := false
			for b.Loop() {
				now, _ = c.Next()
				for _, p := range c.Expire(now).Probe {
					up = !up
					c.Observe(now, p.ID, attempt.Outcome{Verdict: verdict(up), Line: "x"})
				}
			}
		})
	}
}

func BenchmarkReloadSame(b *testing.B) {
	c := New(1)
	s := big(1000, 10, 0)
	c.Configure(time.Unix(1000, 0), s)
	for b.Loop() {
		if o := c.Configure(time.Unix(1001, 0), s); !idle(o) {
			b.Fatal(o)
		}
	}
}

// desired is the whole table as it should be.
func desired(c *Core) ipvs.Table {
	t := ipvs.Table{}
	for _, v := range c.virtuals {
		maps.Copy(t, v.whole())
	}
	return t
}
