package config

import (
	"net/netip"
	"slices"
	"testing"
)

func TestInterfacesInUse(t *testing.T) {
	c := &Config{Instances: []Instance{{Interface: "eth0"}, {Interface: "eth1", VIPs: []Address{{Dev: "eth1"}},
		ExcludedVIPs: []Address{{Dev: "eth2"}}, Tracks: Tracks{{Kind: TrackedInterface, Name: "eth4"}, {Kind: TrackedScript, Name: "eth5"}}}},
		Groups: []SyncGroup{{Tracks: Tracks{{Kind: TrackedInterface, Name: "eth6"}}}}}
	for dev, want := range map[string]bool{"eth0": true, "eth1": true, "eth2": true, "eth3": false, "": false,
		"eth4": true, "eth5": false, "eth6": true} {
		if c.UsesInterface(dev) != want {
			t.Errorf("%q: not %v", dev, want)
		}
	}
}

// The addresses come in the order of the lists, are those of the instance itself, and end when nobody wants more.
func TestAddressesOfAnInstance(t *testing.T) {
	at := func(s string) Address { return Address{Prefix: netip.MustParsePrefix(s)} }
	i := Instance{VIPs: []Address{at("10.0.0.2/32"), at("10.0.0.1/32")}, ExcludedVIPs: []Address{at("10.0.0.3/32")}}
	var got []string
	for a := range i.Addresses() {
		got = append(got, a.Prefix.String())
		a.Dev = "eth0"
	}
	if want := []string{"10.0.0.2/32", "10.0.0.1/32", "10.0.0.3/32"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if i.VIPs[1].Dev != "eth0" || i.ExcludedVIPs[0].Dev != "eth0" {
		t.Error("copies were given")
	}
	for a := range i.Addresses() {
		if a != &i.VIPs[0] {
			t.Error("not the first one, or one too many")
		}
		break
	}
}
