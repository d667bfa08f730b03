package rehearsal

import (
	"fmt"
	"testing"
	"time"

	"holdfast/internal/metric/exposed"
	"holdfast/internal/report/routers"
	"holdfast/vrrp"
)

const alerts = "../../examples/prometheus/alerts.yml"

// recorded plays an incident and records what a scrape each second tells of the directors that are on.
func recorded(t *testing.T, script string, end time.Duration) *exposed.Recording {
	t.Helper()
	events, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(bound(t, alertPair(100), alertPair(90)))
	for _, h := range s.hosts {
		s.start(h)
	}
	r := &exposed.Recording{}
	for at := time.Duration(0); at <= end; at += time.Second {
		for len(events) > 0 && events[0].At <= at {
			s.run(epoch().Add(events[0].At))
			if err := s.happen(events[0]); err != nil {
				t.Fatal(err)
			}
			events = events[1:]
		}
		s.run(epoch().Add(at))
		for _, h := range s.hosts {
			if h.core != nil {
				r.Scrape(t, h.name, exposed.Plain(t, routers.Metrics(seen(h, s.now)).Tables))
			}
		}
		r.Tick()
	}
	return r
}

// seen is a director as its daemon would show it: it has the addresses that it wants.
func seen(h *host, now time.Time) *routers.Snapshot {
	s := &routers.Snapshot{At: now, Global: h.cfg.Global, Instances: h.core.Status(), Tracked: h.core.TrackedValues(),
		Addresses: map[vrrp.ID][]routers.Address{}}
	for _, i := range s.Instances {
		for a := range i.Config.Addresses() {
			s.Addresses[i.Router] = append(s.Addresses[i.Router],
				routers.Address{Prefix: a.Prefix, Dev: a.Dev, Wanted: i.VIPsWanted, Present: i.VIPsWanted})
		}
	}
	return s
}

func alertPair(priority int) string {
	return fmt.Sprintf(`vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    priority %d
    advert_int 1
    track_interface {
        eth1
    }
    virtual_ipaddress {
        10.0.0.150/24
    }
}
`, priority)
}

// What happens to a pair, and which alerts of the example fire when.
func TestAlerts(t *testing.T) {
	second := func(n int, alerts string) exposed.Firing {
		return exposed.Firing{At: time.Duration(n) * time.Second, Alerts: alerts}
	}
	for name, c := range map[string]struct {
		script string
		end    time.Duration
		want   []exposed.Firing
	}{
		"all is well": {"", time.Minute, []exposed.Firing{second(30, ""), second(60, "")}},
		"the master dies": {"20 kill d1\n", time.Minute,
			[]exposed.Firing{second(22, ""), second(30, ""), second(60, "")}},
		"both die": {"20 unplug d1 eth1\n20 unplug d2 eth1\n60 plug d1 eth1\n60 plug d2 eth1\n", 2 * time.Minute,
			[]exposed.Firing{second(19, ""), second(27, "VRRPNoMaster 1"), second(55, "VRRPFault 2, VRRPNoMaster 1"), second(75, "")}},
		"the network is parted": {"20 cut d1\n50 heal d1\n", 90 * time.Second,
			[]exposed.Firing{second(19, ""), second(40, "VRRPTwoMasters 1"), second(60, "")}},
		"flapping": {"20 kill d2\n30 unplug d1 eth1\n31 plug d1 eth1\n40 unplug d1 eth1\n41 plug d1 eth1\n50 unplug d1 eth1\n" +
			"51 plug d1 eth1\n60 unplug d1 eth1\n61 plug d1 eth1\n", 90 * time.Second,
			[]exposed.Firing{second(29, ""), second(80, "VRRPFlapping 1")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded(t, c.script, c.end).Judge(t, alerts, c.want...)
		})
	}
}
