package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// route is a route as `10.8.0.0/16 via 192.168.1.9 dev eth0`, with more behind that: src, metric, table, tos,
// mtu, proto, weight and several nexthops, onlink, blackhole in front, pref, expires, alone.
func route(t *testing.T, line string) Route {
	t.Helper()
	words := strings.Fields(line)
	r := Route{Type: unix.RTN_UNICAST, Table: unix.RT_TABLE_MAIN, Proto: protoKeepalived, TTLPropagate: unset}
	if words[0] == "blackhole" {
		r.Type, words = unix.RTN_BLACKHOLE, words[1:]
	}
	r.Dst = netip.MustParsePrefix(words[0])
	r.IPv6 = r.Dst.Addr().Is6()
	hop := &Hop{}
	if r.legs() && !strings.Contains(line, "nexthop") {
		r.Hops = []Hop{{}}
		hop = &r.Hops[0]
	}
	for words = words[1:]; len(words) > 0; {
		word, value := words[0], ""
		words = words[1:]
		switch word {
		case "onlink":
			hop.OnLink = true
			continue
		case "alone":
			r.Alone = true
			continue
		case "append":
			r.Append = true
			continue
		case "nexthop":
			r.Hops = append(r.Hops, Hop{Weight: 1})
			hop = &r.Hops[len(r.Hops)-1]
			continue
		}
		value, words = words[0], words[1:]
		n := 0
		_, err := fmt.Sscan(value, &n)
		switch word {
		case "via":
			hop.Via = netip.MustParseAddr(value)
			continue
		case "dev":
			hop.Dev = value
			continue
		case "src":
			r.PrefSrc = netip.MustParseAddr(value)
			continue
		case "from":
			r.Src = netip.MustParsePrefix(value)
			continue
		case "vrf":
			r.VRF = value
			continue
		}
		if err != nil {
			t.Fatalf("%s: %q is no number", word, value)
		}
		switch word {
		case "metric":
			r.Metric = uint32(n)
		case "table":
			r.Table = uint32(n)
		case "tos":
			r.TOS = uint8(n)
		case "proto":
			r.Proto = uint8(n)
		case "mtu":
			r.Metrics.Values[unix.RTAX_MTU] = uint32(n)
		case "weight":
			hop.Weight = n
		case "realm":
			hop.Flow = uint32(n)
		case "pref":
			r.Pref = uint8(n)
		case "expires":
			r.Expires = uint32(n)
		default:
			t.Fatalf("unknown word %q", word)
		}
	}
	return r
}

func routesOf(t *testing.T, lines ...string) []Route {
	t.Helper()
	var list []Route
	for _, l := range lines {
		list = append(list, route(t, l))
	}
	return list
}

// routeLines prints routes so that all differences are seen.
func routeLines(list []Route, names map[int]string) []string {
	var out []string
	for _, r := range list {
		r.Hops = slices.Clone(r.Hops)
		for i := range r.Hops {
			if r.Hops[i].Dev == "" {
				r.Hops[i].Dev = names[r.Hops[i].Index]
			}
		}
		if r.IPv6 && r.Metric == 1024 {
			r.Metric = 0 // what the kernel makes of none
		}
		s := r.String()
		if m := r.Metrics.Values[unix.RTAX_MTU]; m != 0 {
			s += fmt.Sprintf(" mtu %d", m)
		}
		if r.Proto != protoKeepalived {
			s += fmt.Sprintf(" proto %d", r.Proto)
		}
		if r.Pref != 0 {
			s += fmt.Sprintf(" pref %d", r.Pref)
		}
		out = append(out, s)
	}
	return out
}

// routeSteps run on the fake kernel and on the real one alike; eth0 has 192.168.1.1/24 and fd01::1/64, eth1 10.9.0.1/24.
var routeSteps = []struct {
	name         string
	before       []string // put there by somebody else first
	want, owned  []string
	added, there []string
	err          string
	once         bool
}{
	{
		name: "add, of all kinds",
		want: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1 metric 5 table 1000", "blackhole 10.6.0.0/16",
			"10.5.0.0/16 nexthop via 192.168.1.9 dev eth0 weight 5 nexthop via 10.9.0.9 dev eth1", "2001:db8:1::/48 via fe80::9 dev eth0",
			"10.4.0.0/16 via 192.168.1.9 src 192.168.1.1 mtu 1400", "0.0.0.0/0 via 192.168.1.254 dev eth0 metric 77 tos 4",
			"::/0 via fd01::9 dev eth0 metric 7 pref 1"},
		added: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1 table 1000 metric 5", "blackhole 10.6.0.0/16",
			"10.5.0.0/16 nexthop via 192.168.1.9 dev eth0 weight 5 nexthop via 10.9.0.9 dev eth1 weight 1", "2001:db8:1::/48 via fe80::9 dev eth0",
			"10.4.0.0/16 via 192.168.1.9 src 192.168.1.1 mtu 1400", "0.0.0.0/0 tos 0x04 via 192.168.1.254 dev eth0 metric 77",
			"::/0 via fd01::9 dev eth0 metric 7 pref 1"},
		there: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1 table 1000 metric 5", "blackhole 10.6.0.0/16",
			"10.5.0.0/16 nexthop via 192.168.1.9 dev eth0 weight 5 nexthop via 10.9.0.9 dev eth1 weight 1", "2001:db8:1::/48 via fe80::9 dev eth0",
			"10.4.0.0/16 via 192.168.1.9 dev eth0 src 192.168.1.1 mtu 1400", "0.0.0.0/0 tos 0x04 via 192.168.1.254 dev eth0 metric 77",
			"::/0 via fd01::9 dev eth0 metric 7 pref 1"},
	},
	{
		name:   "what is there is not added, what is ours and not wanted goes, what is foreign stays",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1", "10.6.0.0/16 dev eth1", "10.5.0.0/16 dev eth1 proto 4"},
		want:   []string{"10.8.0.0/16 via 192.168.1.9 dev eth0"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1", "10.5.0.0/16 dev eth1", "10.4.0.0/16 dev eth1"},
		there:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.6.0.0/16 dev eth1", "10.5.0.0/16 dev eth1 proto 4"},
	},
	{
		name:   "another gateway takes the place of ours",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "2001:db8:1::/48 via fe80::8 dev eth0"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		added:  []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "2001:db8:1::/48 via fe80::8 dev eth0"},
		there:  []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "2001:db8:1::/48 via fe80::8 dev eth0"},
	},
	{
		name:   "another MTU",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1400", "2001:db8:1::/48 via fe80::9 dev eth0 mtu 1400"},
		want:   []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "2001:db8:1::/48 via fe80::9 dev eth0 mtu 1300"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1400", "2001:db8:1::/48 via fe80::9 dev eth0 mtu 1400"},
		added:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "2001:db8:1::/48 via fe80::9 dev eth0 mtu 1300"},
		there:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "2001:db8:1::/48 via fe80::9 dev eth0 mtu 1300"},
	},
	{
		name:   "an MTU and a source where none was",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.9.0.0/16 via 192.168.1.9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "10.9.0.0/16 via 192.168.1.9 dev eth0 src 192.168.1.1"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.9.0.0/16 via 192.168.1.9 dev eth0"},
		added:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "10.9.0.0/16 via 192.168.1.9 dev eth0 src 192.168.1.1"},
		there:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 mtu 1300", "10.9.0.0/16 via 192.168.1.9 dev eth0 src 192.168.1.1"},
	},
	{
		name:   "another gateway that the kernel refuses: ours stays",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 172.16.0.8 dev eth0", "2001:db8:1::/48 via fd09::8 dev eth0"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		there:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		err: "change route 10.8.0.0/16 via 172.16.0.8 dev eth0: network is unreachable; it stays as it was before\n" +
			"change route 2001:db8:1::/48 via fd09::8 dev eth0: no route to host; it stays as it was before",
	},
	{
		name:   "somebody else's in the same slot stays, and goes not with ours",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 proto 4", "2001:db8:1::/48 via fe80::9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "2001:db8:1::/48 via fe80::8 dev eth0"},
		added:  []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "2001:db8:1::/48 via fe80::8 dev eth0"},
		there: []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "10.8.0.0/16 via 192.168.1.9 dev eth0 proto 4",
			"2001:db8:1::/48 via fe80::8 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
	},
	{
		name:   "one leg of several goes",
		before: []string{"2001:db8:1::/48 via fe80::8 dev eth0", "2001:db8:1::/48 via fe80::9 dev eth0"},
		owned:  []string{"2001:db8:1::/48 via fe80::8 dev eth0"},
		there:  []string{"2001:db8:1::/48 via fe80::9 dev eth0"},
	},
	{
		name: "what cannot be set, and the rest",
		want: []string{"10.8.0.0/16 via 172.16.0.9 dev eth0", "10.7.0.0/16 dev eth9", "10.6.0.0/16 dev eth1", "10.5.0.0/16 dev eth1 src 172.16.0.1",
			"10.4.0.0/16 dev eth0 vrf eth0"},
		added: []string{"10.6.0.0/16 dev eth1"},
		there: []string{"10.6.0.0/16 dev eth1"},
		err: "add route 10.7.0.0/16 dev eth9: no such device\nadd route 10.4.0.0/16 dev eth0 vrf eth0: invalid argument\n" +
			"add route 10.8.0.0/16 via 172.16.0.9 dev eth0: network is unreachable\n" +
			"add route 10.5.0.0/16 dev eth1 src 172.16.0.1: invalid argument",
	},
	{
		name:  "a gateway that is not on the link",
		want:  []string{"10.8.0.0/16 via 172.16.0.9 dev eth0 onlink"},
		added: []string{"10.8.0.0/16 via 172.16.0.9 dev eth0"},
		there: []string{"10.8.0.0/16 via 172.16.0.9 dev eth0"},
	},
	{
		name:   "one that is to be alone in its slot, and one behind the others",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 via 192.168.1.9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 192.168.1.8 dev eth0 alone", "10.7.0.0/16 via 192.168.1.8 dev eth0 append"},
		added:  []string{"10.7.0.0/16 via 192.168.1.8 dev eth0"},
		there:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 via 192.168.1.8 dev eth0"},
	},
	{
		name:   "ones that are to be alone in the place of ours",
		before: []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 via 192.168.1.9 dev eth0"},
		want:   []string{"10.8.0.0/16 via 192.168.1.8 dev eth0 alone", "blackhole 10.7.0.0/16 alone"},
		owned:  []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 via 192.168.1.9 dev eth0"},
		added:  []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "blackhole 10.7.0.0/16"},
		there:  []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "blackhole 10.7.0.0/16"},
	},
	{
		name:   "the same twice, and an interface that is gone",
		before: []string{"10.8.0.0/16 dev eth1"},
		want:   []string{"10.7.0.0/16 dev eth1", "10.7.0.0/16 dev eth1"},
		owned:  []string{"10.8.0.0/16 dev eth9"},
		added:  []string{"10.7.0.0/16 dev eth1"},
		there:  []string{"10.8.0.0/16 dev eth1", "10.7.0.0/16 dev eth1"},
	},
}

// routeHost is what both kernels are.
type routeHost interface {
	addressKernel
	routeKernel
	ruleKernel
}

// routeHosts runs a test on a fake host and on the real kernel, with the same interfaces and addresses.
func routeHosts(t *testing.T, test func(t *testing.T, k routeHost)) {
	furnish := func(t *testing.T, k routeHost) {
		if _, err := NewAddresses(k).Apply(addrs(t, "192.168.1.1/24@eth0", "10.9.0.1/24@eth1", "fd01::1/64@eth0"), nil); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("fake", func(t *testing.T) {
		f := NewFake("eth0", "eth1")
		furnish(t, f)
		test(t, f)
	})
	t.Run("kernel", func(t *testing.T) {
		veth(t, "eth0", "eth1")
		k := openKernel(t)
		furnish(t, k)
		t.Cleanup(func() { // what does not go with the interfaces
			have, err := k.Routes([]uint8{4, protoKeepalived})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := NewRoutes(k).Apply(nil, have); err != nil {
				t.Fatal(err)
			}
		})
		test(t, k)
	})
}

func indexNames(t *testing.T, k interface{ Index(string) (int, error) }) map[int]string {
	names := map[int]string{}
	for _, n := range []string{"eth0", "eth1"} {
		i, err := k.Index(n)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = n
	}
	return names
}

func TestSemantics3_15_ApplyRoutes(t *testing.T) {
	for _, s := range routeSteps {
		t.Run(s.name, func(t *testing.T) {
			routeHosts(t, func(t *testing.T, k routeHost) {
				names := indexNames(t, k)
				if _, err := NewRoutes(k).Apply(routesOf(t, s.before...), nil); err != nil {
					t.Fatal(err)
				}
				a := NewRoutes(k)
				added := s.added
				for _, round := range []string{"first", "second"} {
					got, err := a.Apply(routesOf(t, s.want...), routesOf(t, s.owned...))
					if text := errorText(err); text != s.err {
						t.Errorf("%s: error %q, want %q", round, text, s.err)
					}
					if d := cmp.Diff(added, routeLines(got.Added, nil)); d != "" {
						t.Errorf("%s: added (-want +got):\n%s", round, d)
					}
					have, err := k.Routes([]uint8{4, protoKeepalived})
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(sorted(s.there), sorted(routeLines(have, names))); d != "" {
						t.Errorf("%s: there (-want +got):\n%s", round, d)
					}
					added = nil
				}
			})
		})
	}
}

// What the kernel takes along with an address or a link is put back, or gone for good.
func TestRoutesGoWithWhatTheyStandOn(t *testing.T) {
	routeHosts(t, func(t *testing.T, k routeHost) {
		a := NewRoutes(k)
		want := routesOf(t, "10.8.0.0/16 dev eth1", "10.7.0.0/16 dev eth0 src 10.9.0.1", "10.6.0.0/16 via 192.168.1.9 dev eth0")
		if _, err := a.Apply(want, nil); err != nil {
			t.Fatal(err)
		}
		if out, err := NewAddresses(k).Apply(nil, addrs(t, "10.9.0.1/24@eth1")); err != nil || len(out.Removed) != 1 {
			t.Fatal(out, err)
		}
		have, err := k.Routes([]uint8{protoKeepalived})
		if d := cmp.Diff([]string{"10.6.0.0/16 via 192.168.1.9 dev eth0"}, routeLines(have, indexNames(t, k))); d != "" || err != nil {
			t.Errorf("left (-want +got), %v:\n%s", err, d)
		}
		out, err := a.Apply(want, want)
		if len(out.Added) != 1 || out.Added[0].String() != "10.8.0.0/16 dev eth1" || len(out.Refused) != 1 || !errors.Is(err, unix.EINVAL) {
			t.Errorf("then %+v, %v", out, err)
		}
	})
}

// The errors of the fake are the kernel's.
func TestFakeRefusesRoutesAsTheKernelDoes(t *testing.T) {
	steps := []Change[Route]{
		{Add, route(t, "10.8.0.0/16 dev eth1")}, {Add, route(t, "10.8.0.0/16 dev eth1")}, {Add, route(t, "10.8.0.0/16 dev eth0 alone")},
		{Add, route(t, "10.8.0.0/16 dev eth0")}, {Delete, route(t, "10.8.0.0/16 dev eth0")}, {Delete, route(t, "10.8.0.0/16 dev eth0")},
		{Delete, route(t, "10.8.0.0/16 dev eth1 proto 4")}, {Delete, route(t, "10.8.0.0/16 dev eth1 metric 3")},
		{Add, route(t, "10.8.0.0/16 via 172.16.0.9")}, {Add, route(t, "10.8.0.0/16 via 192.168.1.9 dev eth1")},
		{Add, route(t, "2001:db8::/32 via fd01::9 dev eth0")}, {Add, route(t, "2001:db8::/32 via fd01::9 dev eth0 mtu 1400")},
		{Add, route(t, "2001:db8::/32 via fd01::8 dev eth0")}, {Delete, route(t, "2001:db8::/32 via fd01::9 dev eth0")},
		{Add, route(t, "2001:db8::/32 via fd01::7 dev eth0 alone")}, {Add, route(t, "2001:db8::/32 via fd09::7 dev eth0")},
		{Delete, route(t, "2001:db8::/32 via fd01::9 dev eth0")}, {Add, route(t, "2001:db8::/32 dev eth0 src fd09::1")},
		{Add, route(t, "blackhole 10.3.0.0/16")}, {Add, route(t, "blackhole 10.3.0.0/16")}, {Delete, route(t, "blackhole 10.3.0.0/16")},
	}
	var answers [][]string
	routeHosts(t, func(t *testing.T, k routeHost) {
		var list []string
		for _, s := range steps {
			r, err := routes{k}.resolve(s.What, k.Index)
			if err == nil {
				err = k.ChangeRoutes([]Change[Route]{{s.Op, r}})[0]
			}
			list = append(list, fmt.Sprintf("%d %v: %v", s.Op, s.What, err))
		}
		answers = append(answers, list)
	})
	if d := cmp.Diff(answers[1], answers[0]); d != "" {
		t.Errorf("(-kernel +fake):\n%s", d)
	}
}

// Everything a route can have comes back from the kernel as it was sent.
func TestRouteAttributesOnTheRealKernel(t *testing.T) {
	veth(t, "eth0", "eth1")
	k := openKernel(t)
	if _, err := NewAddresses(k).Apply(addrs(t, "192.168.1.1/24@eth0", "fd01::1/64@eth0"), nil); err != nil {
		t.Fatal(err)
	}
	all := route(t, "10.8.0.0/16 via 192.168.1.9 dev eth0 src 192.168.1.1 metric 5 tos 4 table 5000 realm 196612")
	for _, typ := range []int{unix.RTAX_LOCK, unix.RTAX_WINDOW, unix.RTAX_RTT, unix.RTAX_RTTVAR, unix.RTAX_SSTHRESH, unix.RTAX_CWND, unix.RTAX_REORDERING,
		unix.RTAX_INITCWND, unix.RTAX_RTO_MIN, unix.RTAX_INITRWND, unix.RTAX_QUICKACK, unix.RTAX_FASTOPEN_NO_COOKIE} {
		all.Metrics.Values[typ] = uint32(typ)
	}
	all.Metrics.Values[unix.RTAX_MTU], all.Metrics.Values[unix.RTAX_ADVMSS], all.Metrics.Values[unix.RTAX_HOPLIMIT] = 99999, 99999, 33
	all.Metrics.Values[unix.RTAX_FEATURES] = unix.RTAX_FEATURE_ECN
	all.Metrics.CongCtl = "cubic"
	tunnel := route(t, "10.7.0.0/16 dev eth0")
	tunnel.Hops[0].Encap = Encap{Kind: unix.LWTUNNEL_ENCAP_IP, ID: 7, Dst: netip.MustParseAddr("10.0.0.9"), TTL: 9, TOS: 4}
	six := route(t, "10.6.0.0/16 dev eth0")
	six.Hops[0].Encap = Encap{Kind: unix.LWTUNNEL_ENCAP_IP6, ID: 1 << 40, Dst: netip.MustParseAddr("fd00::9"), Src: netip.MustParseAddr("fd00::1"), TTL: 3}
	want := []Route{all, tunnel, six, route(t, "2001:db8::/48 from 2001:db8:1::/48 via fe80::9 dev eth0 expires 300 pref 1 metric 9 mtu 1400"),
		route(t, "2001:db8:5::/48 nexthop via fe80::1 dev eth0 weight 3"), route(t, "2001:db8:5::/48 via fe80::2 dev eth0"),
		route(t, "10.5.0.0/16 nexthop via 192.168.1.8 dev eth0 weight 256 onlink nexthop dev eth1 weight 2 realm 9"), route(t, "blackhole 2001:db8:9::/48")}
	a := NewRoutes(k)
	out, err := a.Apply(want, nil)
	if err != nil || len(out.Added) != len(want) {
		t.Fatalf("added %v, %v", out.Added, err)
	}
	if out, err = a.Apply(want, want); err != nil || len(out.Added)+len(out.Removed) > 0 {
		t.Errorf("a second time: %+v, %v", out, err)
	}
	if out, err = a.Apply(nil, want); err != nil || len(out.Removed) != len(want) {
		t.Errorf("removed %v, %v", out.Removed, err)
	}
	if have, err := k.Routes([]uint8{protoKeepalived}); err != nil || len(have) > 0 {
		t.Errorf("left %v, %v", have, err)
	}
}

func TestRivals(t *testing.T) {
	r := route(t, "10.8.0.0/16 via 192.168.1.9 dev eth0 metric 5 table 100")
	for line, want := range map[string]bool{
		"10.8.0.0/16 dev eth1 metric 5 table 100 proto 4":               true,
		"blackhole 10.8.0.0/16 metric 5 table 100":                      true,
		"10.8.0.0/16 via 192.168.1.9 dev eth0 metric 5 vrf red":         true, // whose table that is, the kernel knows
		"10.8.0.0/17 via 192.168.1.9 dev eth0 metric 5 table 100":       false,
		"10.8.0.0/16 via 192.168.1.9 dev eth0 metric 6 table 100":       false,
		"10.8.0.0/16 via 192.168.1.9 dev eth0 metric 5":                 false,
		"10.8.0.0/16 via 192.168.1.9 dev eth0 metric 5 table 100 tos 4": false,
	} {
		if got := route(t, line).Rivals(r); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
	six := route(t, "2001:db8::/32 dev eth0")
	if have := route(t, "2001:db8::/32 dev eth0 metric 1024"); !have.Rivals(six) {
		t.Error("the kernel's metric of IPv6 is not known")
	}
}
