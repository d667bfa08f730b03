package realserver

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The kernel tells of the ports of both families at once, and of those that take no GUE.
func TestPortsOfBothFamilies(t *testing.T) {
	got := unwrapping([]netlink.Fou{
		{Family: unix.AF_INET, Port: 6080, EncapType: netlink.FOU_ENCAP_GUE},
		{Family: unix.AF_INET6, Port: 6081, EncapType: netlink.FOU_ENCAP_GUE},
		{Family: unix.AF_INET, Port: 5555, EncapType: netlink.FOU_ENCAP_DIRECT, Protocol: 4},
	})
	if want := []Fou{{false, 6080}, {true, 6081}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// However many addresses use them, each port is made once in each family.
func TestAPortIsMadeOnce(t *testing.T) {
	var four, six []netip.Addr
	for i := range 40 {
		four = append(four, netip.MustParseAddr(fmt.Sprint("192.0.2.", i)))
		six = append(six, netip.MustParseAddr(fmt.Sprint("2001:db8::", i+1)))
	}
	w := Wish{}
	for i := range four {
		w = w.With([]netip.Addr{four[i], six[i]}, Method{Type: GUE, Port: uint16(6080 + i%2)})
	}
	made := map[Fou]int{}
	steps, _ := Plan(w, machine().Host, Record{})
	for _, s := range steps {
		if s.Kind == AddFou {
			made[s.Fou]++
		}
	}
	if want := (map[Fou]int{{false, 6080}: 1, {false, 6081}: 1, {true, 6080}: 1, {true, 6081}: 1}); fmt.Sprint(made) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", made, want)
	}
}
