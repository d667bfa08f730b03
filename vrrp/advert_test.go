package vrrp

import (
	"testing"

	"holdfast/config"
)

// The numbers for IPv4 are keepalived 2.2.7's own, read from its adverts at these MTUs; those
// for IPv6 are what its rule gives.
func TestPacketCapacityIsKeepaliveds(t *testing.T) {
	for _, c := range []struct {
		version int
		ipv6    bool
		mtu     int
		want    int
	}{
		{3, false, 300, 64}, {3, false, 301, 64}, {3, false, 302, 65}, {3, false, 303, 65},
		{3, false, 576, 133}, {3, false, 577, 133}, {3, false, 578, 134}, {3, false, 580, 134},
		{3, false, 1061, 254}, {3, false, 1062, 255}, {3, false, 1500, 255}, {3, false, 9000, 255},
		{2, false, 300, 62}, {2, false, 302, 63}, {2, false, 576, 131}, {2, false, 577, 131}, {2, false, 578, 132},
		{3, true, 1280, 76}, {3, true, 1500, 89}, {3, true, 1502, 90}, {3, true, 9000, 255},
		{3, false, 68, 6}, {2, false, 68, 4}, {3, false, 41, 0}, {3, false, 1, 0}, {3, false, 0, 255},
	} {
		if got := packetCapacity(&config.Instance{Version: c.version, IPv6: c.ipv6}, c.mtu); got != c.want {
			t.Errorf("version %d, IPv6 %v, MTU %d: %d addresses, want %d", c.version, c.ipv6, c.mtu, got, c.want)
		}
	}
}

// TestSemantics2_13_CapacityWithHeader: an authentication header takes the room of six addresses. The numbers are
// keepalived 2.2.7's, read from its adverts at these MTUs.
func TestSemantics2_13_CapacityWithHeader(t *testing.T) {
	in := config.Instance{Version: 2, Auth: config.AuthAH}
	for mtu, want := range map[int]int{150: 19, 153: 19, 154: 20, 157: 20, 158: 21, 161: 21, 164: 22, 174: 25, 178: 26} {
		if got := packetCapacity(&in, mtu); got != want {
			t.Errorf("MTU %d: %d addresses, want %d", mtu, got, want)
		}
	}
}
