package engine

import (
	"net/netip"
	"testing"

	"holdfast/config"
	"holdfast/internal/netif"
)

// Where the kinds of lodgings receive, send, and have their addresses (semantics 3.13, 3.14, 3.17).
func TestLodgings(t *testing.T) {
	peer := []config.Peer{{Addr: netip.MustParseAddr("10.0.0.2")}}
	group := "eth0 with group 224.0.0.18"
	for _, tt := range []struct {
		name        string
		change      func(*config.Instance)
		port        string
		below       bool // adverts leave by the interface below that of the port
		sends, home string
	}{
		{"plain", func(*config.Instance) {}, group, false, "eth0", "eth0"},
		{"plain unicast", func(i *config.Instance) { i.UnicastPeers = peer }, "eth0", false, "eth0", "eth0"},
		{"macvlan", func(i *config.Instance) { i.VMAC.Use = true }, "vrrp.51 with group 224.0.0.18 for VRID 51", false,
			"vrrp.51", "vrrp.51"},
		{"macvlan, from below", func(i *config.Instance) { i.VMAC = config.VMAC{Use: true, XmitBase: true} },
			"vrrp.51 with group 224.0.0.18 for VRID 51", true, "eth0", "vrrp.51"},
		{"macvlan unicast", func(i *config.Instance) {
			i.VMAC, i.UnicastPeers = config.VMAC{Use: true, XmitBase: true}, peer
		}, "eth0", false, "eth0", "vrrp.51"},
		{"ipvlan", func(i *config.Instance) { i.IPVLAN = config.IPVLAN{Use: true, Name: "gate"} },
			"gate with group 224.0.0.18", false, "gate", "eth0"},
		{"ipvlan unicast", func(i *config.Instance) {
			i.IPVLAN, i.UnicastPeers = config.IPVLAN{Use: true, Name: "gate"}, peer
		}, "gate", false, "gate", "eth0"},
		{"both", func(i *config.Instance) { i.VMAC.Use, i.IPVLAN.Use = true, true },
			"vrrp.51 with group 224.0.0.18 for VRID 51", false, "vrrp.51", "vrrp.51"},
	} {
		i := instance("VI_1", 51, 100, "10.0.0.9/24")
		i.Interface = "eth0"
		tt.change(&i)
		e := New(Options{})
		e.host = newHost(netif.State{Links: []netif.Link{link(2, "eth0")}})
		e.vmacs.VMACs = netif.NewVMACs(netif.NewFake("eth0"))
		e.vmacs.devices = map[string]bool{}
		e.cfg = &config.Config{Global: config.Global{VMACPrefix: "vrrp"}, Instances: []config.Instance{i}}
		r := &router{cfg: &e.cfg.Instances[0]}
		e.placeRouter(r)
		if got := r.port.String(); got != tt.port || r.port.below != tt.below || r.sends != tt.sends ||
			r.addresses[0].Dev != tt.home {
			t.Errorf("%s: port %s, below %t, sends by %s, address on %s", tt.name, got, r.port.below, r.sends,
				r.addresses[0].Dev)
		}
		if r.also != (portKey{}) {
			t.Errorf("%s: listens to %v although unknown routers are not logged", tt.name, r.also)
		}
		e.cfg.Global.LogUnknownVRIDs = true
		e.placeRouter(r)
		if deaf := r.port.vrid != 0; deaf != (r.also == portTo("eth0", groupA)) || !deaf && r.also != (portKey{}) {
			t.Errorf("%s: with log_unknown_vrids it listens to %v too", tt.name, r.also)
		}
		if made := tt.sends != "eth0" || tt.home != "eth0"; made != (len(r.made) == 1) || made != (r.own != "") {
			t.Errorf("%s: made %v, own %q", tt.name, r.made, r.own)
		}
	}
}
