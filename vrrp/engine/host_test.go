package engine

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/internal/conformance"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

const upFlags = unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_MULTICAST

func link(index int, name string) netif.Link {
	return netif.Link{Index: index, Name: name, Flags: upFlags, MTU: 1500}
}

func onHost(index int, p string) netif.Address {
	return netif.Address{Index: index, Prefix: netip.MustParsePrefix(p)}
}

// sourceHost has eth0 with a list of addresses; 10.0.0.100/32, 10.0.0.5/24 and 10.0.0.7/24 are
// virtual, of which the last is the host's own; 10.0.0.66/32 is left from a former configuration.
func sourceHost(list ...string) *host {
	s := netif.State{Links: []netif.Link{link(2, "eth0")}}
	for _, p := range list {
		s.Addresses = append(s.Addresses, onHost(2, p))
	}
	h := newHost(s)
	h.vips = map[vip]bool{
		{"eth0", netip.MustParsePrefix("10.0.0.100/32")}: true,
		{"eth0", netip.MustParsePrefix("10.0.0.5/24")}:   true,
		{"eth0", netip.MustParsePrefix("10.0.0.7/24")}:   true,
	}
	h.theirs = map[vip]bool{{"eth0", netip.MustParsePrefix("10.0.0.7/24")}: true}
	h.mine = map[placed]netif.Wanted{{vip: vip{"eth0", netip.MustParsePrefix("10.0.0.66/32")}}: {}}
	return h
}

func TestSemantics2_4_SourceIsTheFirstAddressThatIsNotVirtual(t *testing.T) {
	conformance.Shows(t, "R1")
	conformance.Refuses(t, "R1")
	for _, c := range []struct {
		name  string
		addrs []string
		want  string // "" = none
	}{
		{"one", []string{"10.0.0.1/24"}, "10.0.0.1"},
		{"the first", []string{"10.0.0.1/24", "10.0.0.2/24"}, "10.0.0.1"},
		{"a virtual one before it", []string{"10.0.0.100/32", "10.0.0.5/24", "10.0.0.1/24"}, "10.0.0.1"},
		{"the same address with another length is the interface's own", []string{"10.0.0.100/24", "10.0.0.1/24"}, "10.0.0.100"},
		{"nothing but one that we have set", []string{"10.0.0.100/32"}, ""},
		{"two of ours, in a subnet and alone", []string{"10.0.0.5/24", "10.0.0.100/32"}, ""},
		{"one that the configuration does not have any more, but we have set", []string{"10.0.0.66/32"}, ""},
		{"the host's own, which is a virtual one as well", []string{"10.0.0.7/24"}, "10.0.0.7"},
		{"after one of ours", []string{"10.0.0.100/32", "10.0.0.7/24"}, "10.0.0.7"},
		{"IPv6 only", []string{"fd00::1/64"}, ""},
		{"IPv6 first", []string{"fd00::1/64", "10.0.0.1/24"}, "10.0.0.1"},
		{"none", nil, ""},
	} {
		got := sourceHost(c.addrs...).report("eth0").Addr4
		if c.want == "" && got.IsValid() || c.want != "" && got != netip.MustParseAddr(c.want) {
			t.Errorf("%s: source %v, want %q", c.name, got, c.want)
		}
	}
}

func TestHostFollowsEvents(t *testing.T) {
	h := sourceHost("10.0.0.1/24")
	if r := h.report("eth9"); r.Exists || r.Name != "eth9" {
		t.Errorf("missing interface: %+v", r)
	}
	h.setAddress(onHost(2, "10.0.0.2/24"))
	h.setAddress(onHost(2, "10.0.0.2/24")) // told again, as after a change of lifetime
	h.removeAddress(onHost(2, "10.0.0.1/24"))
	want := vrrp.Link{Name: "eth0", Index: 2, Exists: true, Up: true, Multicast: true, MTU: 1500,
		Addr4: netip.MustParseAddr("10.0.0.2"), Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.2")}}
	if d := cmp.Diff(want, h.report("eth0"), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	down := link(2, "eth0")
	down.Flags &^= unix.IFF_RUNNING
	h.setLink(down)
	if h.report("eth0").Up {
		t.Error("up without a carrier (semantics 4.1)")
	}
	// Semantics 4.4: a rename is the end of one interface and the beginning of another.
	h.setLink(link(2, "wan0"))
	if h.report("eth0").Exists || !h.report("wan0").Exists {
		t.Error("renaming eth0 to wan0 is not seen")
	}
	// A new eth0 while the old index still says goodbye.
	h.setLink(link(7, "eth0"))
	h.removeLink(link(2, "eth0"))
	if r := h.report("eth0"); r.Index != 7 || h.report("wan0").Exists {
		t.Errorf("after the new one came and the old one went: %+v", r)
	}
	h.removeLink(link(7, "eth0"))
	h.removeLink(link(7, "eth0"))
	if h.report("eth0").Exists {
		t.Error("removed interface is there")
	}
}

func TestEqualLinks(t *testing.T) {
	a := vrrp.Link{Name: "eth0", Index: 1, Exists: true, Up: true, Multicast: true, MTU: 1500,
		Addr4: netip.MustParseAddr("10.0.0.1"), Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
	if !equalLinks(a, a) {
		t.Error("a link is not equal to itself")
	}
	for name, change := range map[string]func(*vrrp.Link){
		"index": func(l *vrrp.Link) { l.Index = 2 }, "exists": func(l *vrrp.Link) { l.Exists = false },
		"up": func(l *vrrp.Link) { l.Up = false }, "multicast": func(l *vrrp.Link) { l.Multicast = false },
		"mtu": func(l *vrrp.Link) { l.MTU = 9000 }, "addr4": func(l *vrrp.Link) { l.Addr4 = netip.Addr{} },
		"addrs": func(l *vrrp.Link) { l.Addrs = nil }, "name": func(l *vrrp.Link) { l.Name = "x" },
	} {
		b := a
		change(&b)
		if equalLinks(a, b) {
			t.Errorf("a change of %s is not seen", name)
		}
	}
}
