package services

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/golden"
	"holdfast/internal/metric"
	"holdfast/internal/metric/exposed"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/ipvs"
)

var begin = time.UnixMilli(1764533930123)

// farmed is a virtual server with so many real servers, each with a checker.
func farmed(n int) config.VirtualServer {
	v := config.VirtualServer{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP, Quorum: 1,
		Announce: &config.Announce{Dev: "lo"}}
	for i := range n {
		addr := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		v.RealServers = append(v.RealServers, config.RealServer{Addr: addr, Port: 8080, Weight: 3, Checkers: []config.Checker{{
			Kind: config.CheckTCP, DelayLoop: time.Second, Connect: netip.AddrPortFrom(addr, 8080)}}})
	}
	return v
}

// farm is a core with that virtual server.
func farm(n int) *lvs.Core {
	c := lvs.New(1)
	c.Configure(begin, lvs.Setup{VirtualServers: []config.VirtualServer{farmed(n)}})
	return c
}

// listing is the kernel's table with these servers.
func listing(n int) []ipvs.ListedService {
	s := ipvs.ListedService{ID: ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: 80}}
	for i := range n {
		c := ipvs.Counters{Connections: 5, PacketsIn: 60, PacketsOut: 70, BytesIn: 80_000, BytesOut: 1 << 40}
		s.Dests = append(s.Dests, ipvs.ListedDest{
			ID:    ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), Port: 8080},
			Stats: ipvs.DestStats{Counters: c, Active: 2, Inactive: 3}})
		s.Counters.Connections += c.Connections
	}
	return []ipvs.ListedService{s}
}

func countedOf(table []ipvs.ListedService) Counted {
	all := Counted{}
	for n := range table {
		all.Add(&table[n])
	}
	return all
}

func gen2brain(table []ipvs.ListedService) []metric.Table {
	g := NewGen2brain()
	for n := range table {
		g.Add(&table[n])
	}
	return g.Tables()
}

// run has all attempts that are due at a time end after 30 ms, as a function of their number says.
func run(c *lvs.Core, at time.Time, verdict func(int) attempt.Verdict) {
	for n, p := range c.Expire(at).Probe {
		c.Observe(at.Add(30*time.Millisecond), p.ID, attempt.Outcome{Verdict: verdict(n)})
	}
}

func TestMetrics(t *testing.T) {
	c := farm(3)
	later := begin.Add(time.Minute)
	run(c, later, func(n int) attempt.Verdict {
		return []attempt.Verdict{attempt.Passed, attempt.Failed, attempt.Local}[n]
	})
	run(c, later.Add(time.Minute), func(int) attempt.Verdict { return attempt.Passed })
	m := NewMeter(countedOf(listing(2))) // the third one is not in the table
	m.Digest = func(of []ipvs.ServiceID) (uint64, bool) { return 1<<48 - uint64(len(of)), true }
	c.Measure(m)
	r := m.Report(Tally{At: begin, Durations: c.Durations(), Repaired: 4, Marks: 5, Neighbors: []speaker.Session{
		{Neighbor: netip.MustParseAddr("10.0.0.66"), State: talk.Established, Since: begin, Told: 3, BFD: "peer", Way: speaker.WayUp},
		{Neighbor: netip.MustParseAddr("fd00::66"), State: talk.Active, Since: begin, Losses: 2},
	}})
	text := exposed.Text(t, r.Tables)
	golden.Equal(t, "testdata/metrics.txt", text)
	exposed.Lint(t, text)
	exposed.Series(t, text)
	exposed.Complete(t, "checker", text)
	if len(r.NotReady) != 0 {
		t.Errorf("not ready: %q", r.NotReady)
	}
}

func TestGen2brain(t *testing.T) {
	table := append(listing(1), ipvs.ListedService{ID: ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 7}})
	series := exposed.Series(t, exposed.Text(t, gen2brain(table)))
	for name, want := range map[string]string{
		`vip_conn{addr="10.0.0.1:80",proto="6"}`: "5", `vip_conn{addr="fwmark:7",proto="0"}`: "0",
		`rs_out_packets{vip="10.0.0.1:80",addr="10.1.0.0:8080",proto="6"}`: "70",
	} {
		if got := series["keepalived_lvs_"+name]; got != want {
			t.Errorf("%s: %q, want %s", name, got, want)
		}
	}
	if len(series) != 15 {
		t.Errorf("%d series: %v", len(series), series)
	}
}

func TestMetricsBeforeTheFirstCheck(t *testing.T) {
	c := farm(2)
	m := NewMeter(nil)
	c.Measure(m)
	r := m.Report(Tally{At: begin})
	series := exposed.Series(t, exposed.Text(t, r.Tables))
	labels := `{service="[10.0.0.1]:tcp:80",server="[10.1.0.1]:tcp:8080"`
	if v := series[metric.RSUp+labels+"}"]; v == "" {
		t.Errorf("a server is missing: %v", series)
	}
	for _, family := range []string{metric.CheckUp, metric.CheckLastRun} {
		if v, is := series[family+labels+`,check="1",kind="TCP_CHECK"}`]; is {
			t.Errorf("%s is %s of a checker that has not run", family, v)
		}
	}
	if v, is := series[metric.IPVSServerActive+labels+"}"]; is {
		t.Errorf("there are %s connections in a kernel that was not asked", v)
	}
	if want := "[2 checks have not run yet, TCP_CHECK of [10.1.0.0]:tcp:8080 for [10.0.0.1]:tcp:80 first]"; fmt.Sprint(r.NotReady) != want {
		t.Errorf("%v, want %v", r.NotReady, want)
	}
}

// Servers fail and come back, and their checks stop: which alerts of the example fire when.
func TestAlerts(t *testing.T) {
	start := time.Unix(0, 0)
	c := lvs.New(1)
	c.Configure(start, lvs.Setup{VirtualServers: []config.VirtualServer{farmed(2)}})
	r := &exposed.Recording{}
	for n := range 3950 {
		now := start.Add(time.Duration(n) * time.Second)
		verdict := attempt.Passed
		switch {
		case n >= 30 && n < 120:
			verdict = attempt.Failed
		case n >= 150 && n < 160:
			verdict = attempt.Local
		}
		if n < 300 { // and then nothing is checked any more
			run(c, now, func(int) attempt.Verdict { return verdict })
		}
		m := NewMeter(nil)
		c.Measure(m)
		r.Scrape(t, "d1", exposed.Plain(t, m.Report(Tally{At: now}).Tables))
		r.Tick()
	}
	at := func(n int, alerts string) exposed.Firing {
		return exposed.Firing{At: time.Duration(n) * time.Second, Alerts: alerts}
	}
	r.Judge(t, "../../../examples/prometheus/alerts.yml", at(25, ""), at(50, "QuorumLost 1"), at(115, "QuorumLost 1, RealServerDown 2"),
		at(140, ""), at(165, "CheckerCannotRun 2"), at(1000, ""), at(3940, "CheckerStale 2"))
}

// Two directors have different tables for a while, and one of them none for another while.
func TestAlertOfDirectorsThatDisagree(t *testing.T) {
	c := farm(1)
	r := &exposed.Recording{}
	for n := range 200 {
		for d, name := range []string{"d1", "d2"} {
			m := NewMeter(nil)
			m.Digest = func([]ipvs.ServiceID) (uint64, bool) {
				digest := uint64(1)<<48 - 2
				if d == 1 && (n >= 10 && n < 20 || n >= 40 && n < 100) {
					digest++
				}
				return digest, d == 0 || n < 150
			}
			c.Measure(m)
			r.Scrape(t, name, exposed.Plain(t, m.Report(Tally{At: begin}).Tables))
		}
		r.Tick()
	}
	at := func(n int, alerts string) exposed.Firing {
		return exposed.Firing{At: time.Duration(n) * time.Second, Alerts: alerts}
	}
	r.Judge(t, "../../../examples/prometheus/alerts.yml", at(15, ""), at(65, ""), at(75, "DirectorsDisagree 1"), at(105, ""), at(190, ""))
}

// Three directors get a new file, one after the other within a minute; the second is forgotten, and reloaded later.
func TestAlertOfADirectorThatIsBehind(t *testing.T) {
	core := func(servers int) *lvs.Core { return farm(servers) }
	old, new := core(1), core(2)
	r := &exposed.Recording{}
	for n := range 400 {
		for d, name := range []string{"d1", "d2", "d3"} {
			c, written := old, 1000.
			if n >= []int{20, 300, 60}[d] {
				c, written = new, 2000+float64(d)
			}
			m := NewMeter(nil)
			c.Measure(m)
			one := metric.One()
			one.Add(metric.ConfigWritten, "", metric.Numbers(written))
			r.Scrape(t, name, exposed.Plain(t, append(m.Report(Tally{At: begin}).Tables, one)))
		}
		r.Tick()
	}
	at := func(n int, alerts string) exposed.Firing {
		return exposed.Firing{At: time.Duration(n) * time.Second, Alerts: alerts}
	}
	r.Judge(t, "../../../examples/prometheus/alerts.yml", at(15, ""), at(100, ""), at(150, "DirectorIsBehind 1"), at(295, "DirectorIsBehind 1"), at(305, ""))
}

// A scrape of ten thousand real servers, as the role and the supervisor do it but for the way between them.
func BenchmarkTenThousandServers(b *testing.B) {
	const n = 10_000
	c, table := farm(n), countedOf(listing(n))
	run(c, begin.Add(time.Minute), func(int) attempt.Verdict { return attempt.Passed })
	b.Run("measure", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := NewMeter(table)
			c.Measure(m)
		}
	})
	m := NewMeter(table)
	c.Measure(m)
	r := m.Report(Tally{At: begin, Durations: c.Durations()})
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		var w counter
		for b.Loop() {
			w = 0
			if err := metric.Write(&w, r.Tables); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(w), "bytes/scrape")
	})
}

// A counter counts bytes.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
