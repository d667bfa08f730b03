package engine

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
)

// What a line of virtual_ipaddress asks of the kernel.
func TestWhatALineAsksFor(t *testing.T) {
	four, six := prefix("10.0.0.1/24"), prefix("fd00::1/64")
	for name, c := range map[string]struct {
		line config.Address
		want netif.Address
	}{
		"IPv4":             {config.Address{Prefix: four}, netif.Address{Prefix: four}},
		"IPv6":             {config.Address{Prefix: six}, netif.Address{Prefix: six, Flags: unix.IFA_F_NODAD}},
		"-nodad":           {config.Address{Prefix: six, DAD: true}, netif.Address{Prefix: six}},
		"IPv4 with -nodad": {config.Address{Prefix: four, DAD: true, Home: true, MngTmpAddr: true}, netif.Address{Prefix: four}},
		"flags": {config.Address{Prefix: six, DAD: true, Home: true, MngTmpAddr: true, NoPrefixRoute: true, AutoJoin: true},
			netif.Address{Prefix: six, Flags: unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN}},
		"peer": {config.Address{Prefix: prefix("10.0.0.1/32"), Peer: prefix("10.0.0.2/30")},
			netif.Address{Prefix: prefix("10.0.0.1/30"), Peer: netip.MustParseAddr("10.0.0.2")}},
		"its own peer": {config.Address{Prefix: four, Peer: prefix("10.0.0.1/30")}, netif.Address{Prefix: four}},
		"lifetime":     {config.Address{Prefix: four, LftGiven: true, PreferredLft: 90 * time.Second}, netif.Address{Prefix: four, Preferred: 90}},
		"endless":      {config.Address{Prefix: four, LftGiven: true, PreferredLft: 1 << 62}, netif.Address{Prefix: four}},
		"the rest": {config.Address{Prefix: four, Scope: unix.RT_SCOPE_LINK, Label: "eth0:1", Broadcast: netip.MustParseAddr("10.0.0.255")},
			netif.Address{Prefix: four, Scope: unix.RT_SCOPE_LINK, Label: "eth0:1", Broadcast: netip.MustParseAddr("10.0.0.255")}},
	} {
		c.line.Dev = "eth0"
		if c.want.Preferred == 0 {
			c.want.Preferred = netif.Forever
		}
		if got := wantedOf(c.line); got != (netif.Wanted{Dev: "eth0", Address: c.want}) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestAddressesInTheOrderOfAnnouncement(t *testing.T) {
	i := config.Instance{VIPs: vips("10.0.0.2/32", "10.0.0.1/32"), ExcludedVIPs: vips("fd00::1/64")}
	i.VIPs[1].NoTrack = true
	got := ""
	for _, a := range addressesOf(&i) {
		got += a.Prefix.String()
		if a.excluded {
			got += " excluded"
		}
		if a.noTrack {
			got += " untracked"
		}
		got += "; "
	}
	if want := "10.0.0.2/32; 10.0.0.1/32 untracked; fd00::1/64 excluded; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
