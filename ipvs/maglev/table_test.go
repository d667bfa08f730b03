package maglev_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// fleet is servers 10.0.0.1:80 and so on with these weights.
func fleet(weights ...int32) []maglev.Server {
	out := make([]maglev.Server, len(weights))
	for i, w := range weights {
		addr := netip.AddrFrom4([4]byte{10, 0, byte((i + 1) >> 8), byte(i + 1)})
		out[i] = maglev.Server{ID: ipvs.DestID{Addr: addr, Port: 80}, Weight: w}
	}
	return out
}

func even(n int) []maglev.Server { return fleet(slices.Repeat([]int32{1}, n)...) }

func table(servers []maglev.Server) *maglev.Table {
	return maglev.New(maglev.Service{Family: ipvs.IPv4, Servers: servers}, maglev.Slots)
}

// share is how many of a thousand clients each server gets; the last counts those that nobody serves.
func share(t *maglev.Table, servers int) []int {
	out := make([]int, servers+1)
	for i := range 1000 {
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), uint16(20000+i))
		if at, ok := t.Pick(client); ok {
			out[at]++
		} else {
			out[servers]++
		}
	}
	return out
}

// A known flow is a client, and which of six servers a kernel gave it.
type known struct {
	service maglev.Service
	flows   map[string]int
}

// knownFlows were seen in a kernel, and TestKernelGivesTheKnownFlows looks again.
func knownFlows() []known {
	four := fleet(1, 2, 3, 4, 5, 6)
	six := slices.Clone(four)
	for i := range six {
		six[i].ID.Addr = netip.MustParseAddr(fmt.Sprintf("fd00::%d", i+1))
	}
	return []known{
		{maglev.Service{Family: ipvs.IPv4, Servers: four}, map[string]int{
			"1.2.3.4:2000": 1, "1.2.3.4:2001": 1, "198.51.100.7:2000": 5, "198.51.100.8:2000": 2}},
		{maglev.Service{Family: ipvs.IPv4, Servers: four, Port: true}, map[string]int{
			"1.2.3.4:2000": 3, "1.2.3.4:2001": 3, "198.51.100.7:2000": 3, "198.51.100.8:2000": 4}},
		{maglev.Service{Family: ipvs.IPv6, Servers: six}, map[string]int{
			"[2001:db8::1]:2000": 4, "[2001:db8::1]:2001": 4, "[2001:db8:1:2:3:4:5:6]:2000": 4}},
		{maglev.Service{Family: ipvs.IPv6, Servers: six, Port: true}, map[string]int{
			"[2001:db8::1]:2000": 2, "[2001:db8::1]:2001": 5, "[2001:db8:1:2:3:4:5:6]:2000": 4}},
	}
}

func TestKnownFlows(t *testing.T) {
	for _, k := range knownFlows() {
		table := maglev.New(k.service, maglev.Slots)
		for client, want := range k.flows {
			if got, ok := table.Pick(netip.MustParseAddrPort(client)); !ok || got != want {
				t.Errorf("%s gets server %d (%v), want %d (port %v)", client, got, ok, want, k.service.Port)
			}
		}
	}
}

func TestClientsAreSharedByWeight(t *testing.T) {
	for _, test := range []struct {
		name    string
		weights []int32
		want    []int // of a thousand, about
	}{
		{"even", []int32{1, 1}, []int{500, 500}},
		{"what divides all does not count", []int32{7, 7, 14}, []int{250, 250, 500}},
		{"three to one", []int32{1, 3}, []int{250, 750}},
		{"63 to one", []int32{1, 63}, []int{16, 984}},
		{"beyond six bits it is flat", []int32{1, 1000}, []int{16, 984}},
		{"weight 0 has none", []int32{0, 5}, []int{0, 1000}},
		{"nobody", []int32{0, 0}, []int{0, 0}},
	} {
		got := share(table(fleet(test.weights...)), len(test.weights))
		for i, want := range test.want {
			if got[i] < want-60 || got[i] > want+60 {
				t.Errorf("%s: server %d gets %d of 1000 clients, want about %d", test.name, i, got[i], want)
			}
		}
	}
}

// With mh-fallback the clients of a server that is out go to the others, and nobody else
// moves; without it nobody serves them.
func TestOneIsOut(t *testing.T) {
	servers := even(4)
	before := maglev.New(maglev.Service{Family: ipvs.IPv4, Fallback: true, Servers: servers}, maglev.Slots)
	out := slices.Clone(servers)
	out[2].Out = true
	fallback := maglev.New(maglev.Service{Family: ipvs.IPv4, Fallback: true, Servers: out}, maglev.Slots)
	without := table(out)
	if maglev.Fingerprint(before) != maglev.Fingerprint(fallback) || maglev.Moved(before, fallback) != 0 {
		t.Error("a server that is out has not kept its slots")
	}
	rapid.Check(t, func(rt *rapid.T) {
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(rt, "address"))), 2000)
		was, _ := before.Pick(client)
		now, served := fallback.Pick(client)
		_, kept := without.Pick(client)
		switch {
		case was != 2 && (now != was || !kept):
			rt.Fatalf("%v moved from %d to %d (served without fallback: %v)", client, was, now, kept)
		case was == 2 && (now == 2 || !served || kept):
			rt.Fatalf("%v was with the server that is out: now with %d (%v), without fallback served: %v",
				client, now, served, kept)
		}
	})
	for i := range out {
		out[i].Out = true
	}
	if _, served := maglev.New(maglev.Service{Family: ipvs.IPv4, Fallback: true, Servers: out}, maglev.Slots).
		Pick(netip.MustParseAddrPort("192.0.2.9:2000")); served {
		t.Error("a client is served though all servers are out")
	}
}

// The order of additions and the weights are all that makes a table.
func TestTheOrderOfAdditionsCounts(t *testing.T) {
	servers := even(10)
	other := append(append(slices.Clone(servers[:4]), servers[5:]...), servers[4])
	a, b := table(servers), table(other)
	if maglev.Fingerprint(a) == maglev.Fingerprint(b) {
		t.Error("tables of two orders have one fingerprint")
	}
	if moved := maglev.Moved(a, b); moved <= 0 || moved > 0.02 {
		t.Errorf("%.4f of the clients move with the order of one of ten servers", moved)
	}
	if maglev.Fingerprint(table(slices.Clone(servers))) != maglev.Fingerprint(a) {
		t.Error("the same table has two fingerprints")
	}
}

func TestMoved(t *testing.T) {
	ten := table(even(10))
	for _, test := range []struct {
		name       string
		other      *maglev.Table
		least, max float64
	}{
		{"the same", table(even(10)), 0, 0},
		{"one more", table(even(11)), 1. / 11, 1./11 + 0.02},
		{"one less", table(even(9)), 1. / 10, 1./10 + 0.02},
		{"none left", table(nil), 1, 1},
		{"the port counts now", maglev.New(maglev.Service{Family: ipvs.IPv4, Port: true, Servers: even(10)}, maglev.Slots),
			0.89, 0.91},
		{"another size", maglev.New(maglev.Service{Family: ipvs.IPv4, Servers: even(10)}, 251), 0.89, 0.91},
	} {
		for _, got := range []float64{maglev.Moved(ten, test.other), maglev.Moved(test.other, ten)} {
			if got < test.least-0.002 || got > test.max+0.002 {
				t.Errorf("%s: %.4f moves, want %.4f to %.4f", test.name, got, test.least, test.max)
			}
		}
	}
	if got := maglev.Moved(table(nil), table(nil)); got != 0 {
		t.Errorf("%.4f moves between two empty tables", got)
	}
}

func TestMoreServersThanSlots(t *testing.T) {
	full := maglev.New(maglev.Service{Family: ipvs.IPv4, Servers: even(252)}, 251)
	if _, ok := full.Pick(netip.MustParseAddrPort("192.0.2.9:2000")); ok {
		t.Error("there is a table with more servers than slots")
	}
	if got := maglev.Moved(full, full); got != 0 {
		t.Errorf("%.4f moves between two tables without slots", got)
	}
	at := maglev.New(maglev.Service{Family: ipvs.IPv4, Servers: even(251)}, 251)
	seen := map[int]bool{}
	for i := range 20000 {
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}), 2000)
		s, ok := at.Pick(client)
		if !ok {
			t.Fatalf("%v has no server", client)
		}
		seen[s] = true
	}
	if len(seen) != 251 {
		t.Errorf("%d of 251 servers with a slot each get clients", len(seen))
	}
}
