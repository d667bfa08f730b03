package language

import (
	"testing"
	"time"

	"holdfast/config"
)

// routeValues are the lists of addresses, routes and rules that are set besides the virtual addresses.
func routeValues() []value {
	routes := inst(func(i *config.Instance) any {
		if len(i.Routes) == 0 {
			return "none"
		}
		r := i.Routes[0]
		return []any{r.Dest, r.Via, r.Dev, r.Metric, r.Table, len(r.NextHops), r.NoTrack}
	})
	rules := inst(func(i *config.Instance) any {
		if len(i.Rules) == 0 {
			return "none"
		}
		r := i.Rules[0]
		return []any{r.From, r.InIf, r.Table, r.Preference, r.Proto, r.NoTrack}
	})
	addresses := first1(func(c *config.Config) []config.Address { return c.StaticAddresses },
		func(a *config.Address) any { return []any{a.Prefix, a.Dev} })
	static := first1(func(c *config.Config) []config.Route { return c.StaticRoutes },
		func(r *config.Route) any { return []any{r.Type, r.Dest} })
	policies := first1(func(c *config.Config) []config.Rule { return c.StaticRules },
		func(r *config.Rule) any { return []any{r.To, r.Action, r.Preference} })
	return []value{
		{"vrrp_instance", "virtual_routes", "{\n 10.8.0.0/16 via 10.0.0.9 dev eth0 metric 5 table 100\n}", routes, "none",
			"[10.8.0.0/16 10.0.0.9 eth0 5 100 0 false]"},
		{"vrrp_instance", "virtual_rules", "{\n from 10.8.0.0/16 iif eth0 table 100 preference 5 no_track\n}", rules,
			"none", "[10.8.0.0/16 eth0 100 5 18 true]"},
		{"", "static_ipaddress", "{\n 10.1.1.1/24 dev eth1\n}", addresses, "none", "[10.1.1.1/24 eth1]"},
		{"", "static_routes", "{\n blackhole 10.8.0.0/16 no_track\n}", static, "none", "[blackhole 10.8.0.0/16]"},
		{"", "static_rules", "{\n to 10.8.0.0/16 prohibit preference 9\n}", policies, "none", "[10.8.0.0/16 6 9]"},
	}
}

// What 2.2.7 makes of times: a bare number is in the kernel's units, and none is below 200 ms.
func TestTimesOfRoutes(t *testing.T) {
	for _, tt := range []struct {
		words            string
		rtt, rttvar, rto time.Duration
	}{
		{"rtt 300ms rttvar 250ms rto_min 300ms", 300 * time.Millisecond, 250 * time.Millisecond, 300 * time.Millisecond},
		{"rtt 5s rttvar 0.5s rto_min 1s", 5 * time.Second, 500 * time.Millisecond, time.Second},
		{"rtt 2000 rttvar 900 rto_min 250", 250 * time.Millisecond, 225 * time.Millisecond, 250 * time.Millisecond},
		{"rtt 1601", 200*time.Millisecond + time.Millisecond/8, 0, 0},
		{"rtt 1599 rttvar 799 rto_min 199", 200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond},
		{"rtt 100ms rttvar 0 rto_min 50", 200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond},
	} {
		cfg, findings := bind(t, "static_routes {\n 10.1.0.0/16 dev eth0 "+tt.words+"\n}\n"+instance())
		m := cfg.StaticRoutes[0].Metrics
		if m.RTT.Time != tt.rtt || m.RTTVar.Time != tt.rttvar || m.RTOMin.Time != tt.rto {
			t.Errorf("%s: %v %v %v", tt.words, m.RTT, m.RTTVar, m.RTOMin)
		}
		if ExitStatus(findings) != 0 {
			t.Errorf("%s: %v", tt.words, findings)
		}
	}
}
