//go:build e2e

package meaning

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"holdfast/test/lab"
)

// bfdScenes are about sessions with a keepalived on another host, and what they do to instances and groups.
func bfdScenes() []scene {
	return []scene{
		{
			name: "tracked sessions",
			shows: "root: bfd_instance; bfd_instance: neighbor_ip neighbour_ip source_ip min_rx min_tx idle_tx multiplier " +
				"passive ttl hoplimit max_hops weight vrrp; vrrp_instance: track_bfd; vrrp_sync_group: track_bfd; " +
				"global_defs: bfd_priority bfd_no_swap bfd_process_name",
			conf: secure + `
global_defs {
    bfd_priority -3
    bfd_no_swap
    process_name director
    vrrp_process_name routers
    bfd_process_name sessions
}
bfd_instance plain {
    neighbor_ip 192.168.1.152
    source_ip 192.168.1.151
    min_rx 60
    min_tx 70
    multiplier 9
    ttl 200
}
bfd_instance six {
    neighbour_ip fd00:9::2
    source_ip fd00:9::1
    min_rx 110
    min_tx 120
    idle_tx 1200
    hoplimit 100
    max_hops 36
    weight -20
    vrrp
}
bfd_instance waits {
    neighbor_ip 10.9.0.2
    min_rx 100
    min_tx 100
    idle_tx 1100
    multiplier 10
    passive
    weight 20 reverse
}
vrrp_sync_group G {
    group {
        in_group
    }
    track_bfd {
        plain
    }
    notify "/run/case/note"
}
` + fast("fault", 51, "priority 150\n    notify \"/run/case/note\"\n    track_bfd {\n        plain\n    }") +
				fast("minus", 52, "priority 150\n    track_bfd {\n        six\n    }") +
				fast("plus", 53, "priority 150\n    track_bfd {\n        plain weight 30\n    }") +
				fast("reverse", 54, "priority 150\n    track_bfd {\n        waits\n    }") +
				fast("in_group", 55, "priority 150"),
			peer: `
bfd_instance plain {
    neighbor_ip 192.168.1.151
    min_rx 100
    min_tx 100
    multiplier 10
    max_hops 55
}
bfd_instance six {
    neighbor_ip fd00:9::1
    min_rx 100
    min_tx 100
    multiplier 10
    hoplimit 64
}
bfd_instance waits {
    neighbor_ip 10.9.0.1
    min_rx 100
    min_tx 100
    multiplier 10
}
`,
			play: playSessions,
		},
		{
			name:  "servers that follow sessions",
			ipvs:  true,
			slow:  true,
			shows: "bfd_instance: checker; real_server: BFD_CHECK notify_up notify_down inhibit_on_failure; BFD_CHECK: name alpha",
			conf: secure + bfdSession("both", "192.168.1.152", "") + bfdSession("own", "10.9.0.2", "checker") + `
virtual_server 10.2.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    quorum_up "/run/case/note quorum up"
    quorum_down "/run/case/note quorum down"
    quorum 2
` + followed(1, "", "both") + followed(2, "", "own\n alpha") + followed(3, "inhibit_on_failure", "both", "own\n alpha") + `
}
`,
			peer: bfdSession("both", "192.168.1.151", "") + bfdSession("own", "10.9.0.1", ""),
			play: playFollowed,
		},
	}
}

// bfdSession is a bfd_instance for a kernel that is slow.
func bfdSession(name, neighbor, more string) string {
	return fmt.Sprintf("bfd_instance %s {\n neighbor_ip %s\n min_rx 400\n min_tx 400\n multiplier 8\n %s\n}\n", name, neighbor, more)
}

// followed is a real server that follows sessions; what stands behind a name belongs to its BFD_CHECK.
func followed(n int, more string, names ...string) string {
	text := fmt.Sprintf("    real_server 10.1.0.%[1]d 80 {\n        %[2]s\n        notify_up \"/run/case/note up %[1]d\"\n"+
		"        notify_down \"/run/case/note down %[1]d\"\n", n, more)
	for _, name := range names {
		text += "        BFD_CHECK {\n            name " + name + "\n        }\n"
	}
	return text + "    }"
}

// playFollowed has both sessions come, one of them go, and both end with the neighbour.
func playFollowed(b *bench) {
	b.nextAddresses()
	b.start()
	b.look("nobody there")
	b.must(b.peer.Start())
	b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "-r 10.1.0.3:80")
	b.look("up")
	_, err := b.neighbour.Run("ip", "addr", "del", "10.9.0.2/24", "dev", "eth0")
	b.must(err)
	b.inTable("-r 10.1.0.1:80", "!-r 10.1.0.2:80")
	b.look("one down")
	b.must(b.peer.Proc.Signal(syscall.SIGTERM))
	b.inTable("!-r 10.1.0.1:80", "!-r 10.1.0.2:80")
	b.look("down")
	b.stop()
}

// nextAddresses gives both hosts an address more for each family.
func (b *bench) nextAddresses() {
	for i, h := range []lanHost{b.host, b.neighbour} {
		for _, form := range []string{"10.9.0.%d/24", "fd00:9::%d/64"} {
			_, err := h.Run("ip", "addr", "add", fmt.Sprintf(form, i+1), "dev", "eth0")
			b.must(err)
		}
	}
}

// playSessions has the neighbour come, go and come again.
func playSessions(b *bench) {
	b.nextAddresses()
	all, err := b.lan.CaptureAll()
	b.must(err)
	defer all.Close()
	b.start()
	b.logged("(fault) entering FAULT state", 1)
	b.logged("(in_group) entering FAULT state", 1)
	for _, name := range []string{"minus", "plus", "reverse"} {
		b.logged("("+name+") Entering MASTER STATE", 1)
	}
	b.logged("Changing effective priority", 1)
	b.hailed(all, 1, 2) // nothing to the neighbour that is waited for
	b.further(3, 52, 53, 54)
	b.called(2)
	b.look("nobody there")
	b.peerComes(all, 0)
	b.must(b.peer.Proc.Signal(syscall.SIGTERM))
	for _, name := range []string{"fault", "in_group"} {
		b.logged("("+name+") Entering FAULT STATE", 1)
	}
	b.logged("Entering Down state", 3)
	b.logged("Tracked BFD instance", 10)
	b.logged("Changing effective priority", 7)
	b.hailed(all, 1, 2)
	b.further(3, 52, 53, 54)
	b.called(8)
	b.look("down")
	b.peerComes(all, 1)
	b.scheduling("bfd.pid")
	b.processes("up")
	b.stop()
}

// peerComes starts the neighbour, which has come and gone so many times.
func (b *bench) peerComes(all *lab.Capture, before int) {
	b.must(b.peer.Start())
	for _, name := range []string{"fault", "in_group"} {
		b.logged("("+name+") Entering MASTER STATE", 1+before)
	}
	b.logged("Tracked BFD instance", 5+10*before)
	b.logged("Changing effective priority", 4+6*before)
	b.hailed(all, 3, 3)
	b.further(3, 51, 52, 53, 54, 55)
	b.called(6 * (1 + before))
	b.look("up")
}

// A lanHost runs programs.
type lanHost interface {
	Run(name string, args ...string) (string, error)
}

// Fields of a control packet of BFD (RFC 5880 section 4.1).
const (
	protoUDP  = 17
	udpHeader = 8
	bfdPort   = 3784
	bfdLen    = 24
	bfdState  = 6    // shift, in the second byte
	bfdTurns  = 0x30 // Poll and Final
)

// A hail is what was last sent to a neighbour.
type hail struct {
	state byte
	turn  bool // a poll sequence goes on
	text  string
}

// hails are the last control packets of this host, by neighbour.
func hails(all *lab.Capture) map[netip.Addr]hail {
	out := map[netip.Addr]hail{}
	for _, f := range all.Frames() {
		if net.HardwareAddr(f.Data[6:12]).String() != ownMAC {
			continue
		}
		ip, src, dst, hops := f.Data[ethHeader:], netip.Addr{}, netip.Addr{}, byte(0)
		switch kind := binary.BigEndian.Uint16(f.Data[12:]); {
		case kind == typeIPv4 && ip[9] == protoUDP:
			src, dst, hops = netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:])), ip[8]
			ip = ip[int(ip[0]&15)*4:]
		case kind == typeIPv6 && ip[6] == protoUDP:
			src, dst, hops = netip.AddrFrom16([16]byte(ip[8:])), netip.AddrFrom16([16]byte(ip[24:])), ip[7]
			ip = ip[ipv6Header:]
		default:
			continue
		}
		if binary.BigEndian.Uint16(ip[2:]) != bfdPort || len(ip) < udpHeader+bfdLen {
			continue
		}
		p := ip[udpHeader:]
		out[dst] = hail{state: p[1] >> bfdState, turn: p[1]&bfdTurns != 0, text: fmt.Sprintf(
			"%v to %v, %d hops, first bytes %x, sends each %d us, takes each %d us, echoes %d",
			src, dst, hops, p[:3], binary.BigEndian.Uint32(p[12:]),
			binary.BigEndian.Uint32(p[16:]), binary.BigEndian.Uint32(p[20:]))}
	}
	return out
}

// hailed waits until so many neighbours have last heard that their session is in a state, and writes down what each
// heard.
func (b *bench) hailed(c *lab.Capture, state byte, n int) {
	b.until(fmt.Sprintf("state %d sent to %d neighbours", state, n), func() (bool, string) {
		have, all := 0, hails(c)
		for _, h := range all {
			if h.state == state && !h.turn {
				have++
			}
		}
		return have >= n, fmt.Sprint(all)
	})
	all := hails(c)
	for _, dst := range slices.SortedFunc(maps.Keys(all), netip.Addr.Compare) {
		b.seen.add(secSteps, "%s", all[dst].text)
	}
}
