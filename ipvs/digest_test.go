package ipvs_test

import (
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// digested is a table of one service with a scheduler and two destinations.
func digested(scheduler string, change func(*ipvs.Service)) (ipvs.Table, ipvs.ServiceID) {
	id := ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("192.0.2.1"), Port: 80}
	s := ipvs.Service{
		Settings: ipvs.ServiceSettings{Scheduler: scheduler},
		Dests:    map[ipvs.DestID]ipvs.DestSettings{server(1): {Weight: 3, Method: ipvs.Route}, server(2): {Weight: 1, Method: ipvs.Route}},
	}
	if scheduler == ipvs.Maglev {
		s.History = &ipvs.History{}
	}
	if change != nil {
		change(&s)
	}
	return ipvs.Table{id: s}, id
}

func server(n byte) ipvs.DestID {
	return ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 0, 0, n}), Port: 80}
}

func TestDigest(t *testing.T) {
	weigh := func(n byte, weight int32) func(*ipvs.Service) {
		return func(s *ipvs.Service) { s.Dests[server(n)] = ipvs.DestSettings{Weight: weight, Method: ipvs.Route} }
	}
	both := func(all ...func(*ipvs.Service)) func(*ipvs.Service) {
		return func(s *ipvs.Service) {
			for _, f := range all {
				f(s)
			}
		}
	}
	const same, other, unknown = "same", "other", "unknown"
	for _, c := range []struct {
		name, scheduler string
		change          func(*ipvs.Service)
		want            string
	}{
		{"nothing", "wlc", nil, same},
		{"weight", "wlc", weigh(1, 4), other},
		{"a destination more", "wlc", weigh(3, 1), other},
		{"one without weight", "wlc", weigh(3, 0), same},
		{"one that fails", "wlc", weigh(1, 0), other},
		{"scheduler", "wlc", func(s *ipvs.Service) { s.Settings.Scheduler = "wrr" }, other},
		{"what the kernel keeps", "wlc", func(s *ipvs.Service) { s.Settings.Flags = 2 }, same},
		{"its own address", "wlc", func(s *ipvs.Service) { s.Dests[server(1)] = ipvs.DestSettings{Weight: 3, Method: ipvs.Local} }, same},
		{"persistence", "wlc", func(s *ipvs.Service) { s.Settings.Flags, s.Settings.Timeout = ipvs.Persistent, time.Minute }, other},
		{"what needs persistence", "wlc", func(s *ipvs.Service) { s.Settings.Timeout, s.Settings.PrefixLen = time.Minute, 24 }, same},
		{"mh: nothing", "mh", nil, same},
		{"mh: the order of addresses, written down", "mh", func(s *ipvs.Service) {
			s.History = &ipvs.History{Order: []ipvs.DestID{server(1), server(2)}}
		}, same},
		{"mh: another order", "mh", func(s *ipvs.Service) {
			s.History = &ipvs.History{Order: []ipvs.DestID{server(2), server(1)}}
		}, other},
		{"mh: one that fails", "mh", both(weigh(1, 0), func(s *ipvs.Service) {
			s.History = &ipvs.History{Last: map[ipvs.DestID]int32{server(1): 3}}
		}), same},
		{"mh: one that fails and had another weight", "mh", both(weigh(1, 0), func(s *ipvs.Service) {
			s.History = &ipvs.History{Last: map[ipvs.DestID]int32{server(1): 2}}
		}), other},
		{"mh: one without slots", "mh", both(weigh(3, 0), func(s *ipvs.Service) {
			s.History = &ipvs.History{Last: map[ipvs.DestID]int32{server(3): 0}}
		}), same},
		{"mh: whose weight is not known", "mh", weigh(1, 0), unknown},
		{"mh: whose order is not known", "mh", func(s *ipvs.Service) { s.History = nil }, unknown},
		{"mh: a flag", "mh", func(s *ipvs.Service) { s.Settings.Flags = ipvs.MaglevFallback }, other},
	} {
		table, id := digested(c.scheduler, nil)
		usual, known := ipvs.Digest(table, id)
		if !known || usual >= 1<<48 {
			t.Fatalf("%s: %x, %v", c.name, usual, known)
		}
		changed, _ := digested(c.scheduler, c.change)
		is := unknown
		if d, known := ipvs.Digest(changed, id); known && d == usual {
			is = same
		} else if known {
			is = other
		}
		if is != c.want {
			t.Errorf("%s: %s, want %s", c.name, is, c.want)
		}
	}
	table, id := digested("wlc", nil)
	if _, known := ipvs.Digest(table); known {
		t.Error("of nothing")
	}
	if _, known := ipvs.Digest(table, id, ipvs.ServiceID{FWMark: 3}); known {
		t.Error("of what is not there")
	}
}

// Whatever a service has been through, what Diff makes of it has the digest of one that was made anew.
func TestDigestOfWhatIsMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := fake.New()
		var want ipvs.Table
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			want = fake.Tables().Draw(t, "table")
			have, err := k.Read()
			if err != nil {
				t.Fatal(err)
			}
			for id := range want {
				s := want[id]
				if s.Settings.Scheduler == ipvs.Maglev {
					s.History = &ipvs.History{Last: map[ipvs.DestID]int32{}}
					for d, settings := range s.Dests {
						if settings.Weight == 0 {
							s.History.Last[d] = rapid.Int32Range(0, 3).Draw(t, "last")
						}
					}
					want[id] = s
				}
			}
			for id := range have { // what the kernel does not tell, and a daemon knows
				have[id] = k.Known(id)
			}
			for _, err := range k.Apply(ipvs.Diff(have, want)) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		fresh := fake.New()
		fresh.Apply(ipvs.Diff(nil, want))
		for _, id := range slices.Collect(maps.Keys(want)) {
			a, known := ipvs.Digest(ipvs.Table{id.Canonical(): k.Known(id)}, id)
			b, too := ipvs.Digest(ipvs.Table{id.Canonical(): fresh.Known(id)}, id)
			if a != b || !known || !too {
				t.Fatalf("%v: %x, %v, made anew %x, %v\n%s", id, a, known, b, too, k)
			}
		}
	})
}
