package slots_test

import (
	"math"
	"net/netip"
	"testing"

	"holdfast/config"
	"holdfast/config/slots"
	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

func hashed(flags ipvs.Flags, weights ...int) *config.VirtualServer {
	v := &config.VirtualServer{Scheduler: "mh", SchedulerFlags: uint32(flags)}
	for i, w := range weights {
		v.RealServers = append(v.RealServers,
			config.RealServer{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), Port: 80, Weight: w})
	}
	return v
}

func reversed(v *config.VirtualServer) *config.VirtualServer {
	r := *v
	r.RealServers = nil
	for i := len(v.RealServers) - 1; i >= 0; i-- {
		r.RealServers = append(r.RealServers, v.RealServers[i])
	}
	r.RealServers = append(r.RealServers, v.RealServers[0]) // twice in the file
	return &r
}

func TestMoved(t *testing.T) {
	base := hashed(ipvs.MaglevFallback, 1, 1, 1, 1)
	weighted := *base
	weighted.Scheduler = "wrr"
	for _, test := range []struct {
		name  string
		to    *config.VirtualServer
		share float64
		ok    bool
	}{
		{"the same", hashed(ipvs.MaglevFallback, 1, 1, 1, 1), 0, true},
		{"in another order in the file", reversed(base), 0, true},
		{"without mh-fallback", hashed(0, 1, 1, 1, 1), 0, true},
		{"one more", hashed(ipvs.MaglevFallback, 1, 1, 1, 1, 1), 0.2, true},
		{"one less", hashed(ipvs.MaglevFallback, 1, 1, 1), 0.25, true},
		{"a weight of 0", hashed(ipvs.MaglevFallback, 1, 1, 1, 0), 0.25, true},
		{"all weights doubled", hashed(ipvs.MaglevFallback, 2, 2, 2, 2), 0, true},
		{"with mh-port", hashed(ipvs.MaglevPort, 1, 1, 1, 1), 0.75, true},
		{"another scheduler", &weighted, 0, false},
	} {
		got, ok := slots.Moved(base, test.to)
		if ok != test.ok || math.Abs(got-test.share) > 0.02 || test.share == 0 && got != 0 {
			t.Errorf("%s: %.4f moves (%v), want %.2f (%v)", test.name, got, ok, test.share, test.ok)
		}
	}
}

// What the configuration says is what is made of it.
func TestServiceIsThatOfTheKernel(t *testing.T) {
	v := reversed(hashed(ipvs.MaglevFallback|ipvs.MaglevPort, 3, 0, 7))
	made := ipvs.Service{
		Settings: ipvs.ServiceSettings{Scheduler: "mh", Flags: ipvs.MaglevFallback | ipvs.MaglevPort},
		Dests:    map[ipvs.DestID]ipvs.DestSettings{},
		History:  &ipvs.History{},
	}
	for _, r := range v.RealServers {
		made.Dests[ipvs.DestID{Addr: r.Addr, Port: r.Port}] = ipvs.DestSettings{Weight: int32(r.Weight)}
	}
	id := ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("192.0.2.1"), Port: 80}
	got := maglev.Fingerprint(maglev.New(slots.Service(v), maglev.Slots))
	if want := maglev.Fingerprint(maglev.New(maglev.Of(id, made), maglev.Slots)); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}
