//go:build e2e

package meaning

import (
	"strings"
	"syscall"
)

// linkScenes are about when a link counts as up.
func linkScenes() []scene {
	tracking := func(name string, vrid int, more string) string {
		return fast(name, vrid, "priority 150\n    "+more+"\n    track_interface {\n        eth1 weight -20\n    }")
	}
	// A kernel in a process may stand still for longer than three intervals of a fast router.
	calm := func(text string) string { return strings.ReplaceAll(text, "advert_int 0.1", "advert_int 0.5") }
	return []scene{
		{
			name:  "an ipvlan interface",
			ipvs:  true,
			slow:  true,
			shows: "vrrp_instance: use_ipvlan",
			conf: calm(fast("VI_1", 51, "priority 100\n    use_ipvlan gate 192.168.1.9/24 bridge") +
				fast("VI_2", 52, "priority 100\n    use_ipvlan 192.168.1.10")),
			peer: calm(peerPrefers("150")),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				b.logged("(VI_2) Entering MASTER STATE", 1)
				b.look("backup")
				b.must(b.peer.Proc.Signal(syscall.SIGTERM))
				b.masters()
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "an interface in a VRF",
			ipvs:  true,
			slow:  true,
			shows: "virtual_routes/<entry>: vrf; static_routes/<entry>: vrf",
			conf: "static_routes {\n    10.6.0.0/24 via 192.168.1.152 dev eth0 vrf blue\n}\n" + calm(fast("VI_1", 51, "priority 100\n    virtual_routes {\n        10.9.0.0/24 via 192.168.1.152 dev eth0 vrf blue\n"+
				"        10.8.0.0/24 dev eth0\n    }\n    virtual_rules {\n        from 10.7.0.0/24 l3mdev preference 30\n    }")+
				fast("own", 52, "priority 100\n    use_vmac own")),
			peer: calm(peerPrefers("50")),
			play: func(b *bench) {
				for _, line := range []string{"link add blue type vrf table 10", "link set blue up", "link set eth0 master blue"} {
					_, err := b.host.Run("ip", strings.Fields(line)...)
					b.must(err)
				}
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.masters()
				out, err := b.host.Run("ip", "-br", "link", "show", "master", "blue")
				b.must(err)
				for line := range strings.Lines(out) {
					name, _, _ := strings.Cut(line, "@")
					b.seen.add(secSteps, "%s is in the VRF", name)
				}
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "a change of a link that has to last",
			shows: "root: interface_up_down_delays",
			conf:  "interface_up_down_delays {\n    eth1 0.5 0.3\n    eth0 9\n}\n" + tracking("VI_1", 51, ""),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.must(b.host.SetLink("eth1p", false))
				b.logged("eth1: Adding flags change", 1)
				b.must(b.host.SetLink("eth1p", true))
				b.adverts(8) // more than the delay: it was not down
				b.look("it came back in time")
				b.must(b.host.SetLink("eth1p", false))
				b.logged("Changing effective priority", 1)
				b.adverts(3)
				b.look("eth1 down")
				b.must(b.host.SetLink("eth1p", true))
				b.logged("Changing effective priority", 2)
				b.adverts(3)
				b.look("eth1 up")
				b.stop()
			},
		},
		{
			name:  "a link that is polled",
			shows: "root: linkbeat_interfaces",
			conf: "linkbeat_interfaces {\n    eth1 MII\n    lo IOCTL\n}\ninterface_up_down_delays {\n    eth1 100 100\n}\n" +
				tracking("VI_1", 51, ""),
			play: polledDownAndUp("Linkbeat reports eth1"),
		},
		{
			name:  "all own interfaces are polled, and none other",
			shows: "root: linkbeat_use_polling",
			conf:  "linkbeat_use_polling\n" + tracking("VI_1", 51, ""),
			play:  polledDownAndUp("Netlink reports eth1"),
		},
		{
			name:  "the interface of an instance is polled",
			shows: "vrrp_instance: linkbeat_use_polling",
			conf:  tracking("VI_1", 51, "linkbeat_use_polling") + fast("VI_2", 52, "priority 150"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.must(b.host.CutCable())
				b.logged("Linkbeat reports eth0 down", 1)
				b.logged("(VI_2) Entering FAULT STATE", 1)
				b.look("cable cut")
				b.must(b.host.PlugCable())
				b.logged("(VI_2) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("master")
				b.stop()
			},
		},
	}
}

// polledDownAndUp sets the other end of eth1 down and up; word is how the log begins to tell of it.
func polledDownAndUp(word string) func(*bench) {
	return func(b *bench) {
		b.link("eth1")
		b.start()
		b.masters()
		b.look("master")
		b.must(b.host.SetLink("eth1p", false))
		b.logged(word+" down", 1)
		b.adverts(3)
		b.look("eth1 down")
		b.must(b.host.SetLink("eth1p", true))
		b.logged(word+" up", 1)
		b.adverts(3)
		b.look("eth1 up")
		b.stop()
	}
}
