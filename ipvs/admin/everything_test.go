package admin_test

import (
	"net/netip"
	"time"

	"holdfast/ipvs"
)

// everything makes a table with a bit of everything, in the order in which the kernel is told. ipvsadm sorts it by an
// order that is one: no address is above 127.255.255.255.
func everything() []ipvs.Command {
	var cmds []ipvs.Command
	add := func(id ipvs.ServiceID, s ipvs.ServiceSettings, dests ...ipvs.Command) {
		cmds = append(cmds, ipvs.Command{Op: ipvs.AddService, Service: id, Settings: s})
		for _, d := range dests {
			d.Op, d.Service = ipvs.AddDest, id
			cmds = append(cmds, d)
		}
	}
	at := func(p ipvs.Protocol, s string) ipvs.ServiceID {
		a := netip.MustParseAddrPort(s)
		return ipvs.ServiceID{Family: ipvs.FamilyOf(a.Addr()), Protocol: p, Addr: a.Addr(), Port: a.Port()}
	}
	to := func(s string, settings ipvs.DestSettings) ipvs.Command {
		a := netip.MustParseAddrPort(s)
		return ipvs.Command{Dest: ipvs.DestID{Addr: a.Addr(), Port: a.Port()}, DestSettings: settings}
	}
	sticky := func(scheduler string, seconds int, prefix uint8) ipvs.ServiceSettings {
		return ipvs.ServiceSettings{Scheduler: scheduler, Flags: ipvs.Persistent, Timeout: time.Duration(seconds) * time.Second, PrefixLen: prefix}
	}
	odd := sticky("wlc", 50, ipvs.NotPrefix)
	odd.OddMask = [4]byte{255, 0, 255, 0}
	sip := sticky("sh", 50, 32)
	sip.Engine, sip.Flags = "sip", sip.Flags|ipvs.OnePacket|ipvs.Sched1|ipvs.Sched2
	tunnel := func(e ipvs.Encapsulation) ipvs.DestSettings {
		return ipvs.DestSettings{Method: ipvs.Tunnel, Weight: 1, Tunnel: e}
	}
	add(at(ipvs.TCP, "10.0.0.1:80"), ipvs.ServiceSettings{Scheduler: "wlc"},
		to("10.1.0.1:80", ipvs.DestSettings{Method: ipvs.Route, Weight: 1}),
		to("10.1.0.2:8080", ipvs.DestSettings{Method: ipvs.Masq, Weight: 0, UpperThreshold: 100, LowerThreshold: 80}),
		to("10.1.0.3:80", tunnel(ipvs.Encapsulation{})),
		to("10.1.0.4:80", tunnel(ipvs.Encapsulation{Type: ipvs.GUE, Port: 6080, Checksum: ipvs.RemoteChecksum})),
		to("10.1.0.5:80", tunnel(ipvs.Encapsulation{Type: ipvs.GUE, Port: 65535, Checksum: ipvs.Checksum})),
		to("10.1.0.6:80", tunnel(ipvs.Encapsulation{Type: ipvs.GRE})),
		to("10.0.0.2:80", ipvs.DestSettings{Method: ipvs.Route, Weight: 2147483647}),
		to("[fd00:1::1]:80", tunnel(ipvs.Encapsulation{})))
	add(at(ipvs.TCP, "10.0.0.1:443"), sticky("rr", 360, 24))
	add(at(ipvs.TCP, "10.0.0.1:0"), odd)
	add(at(ipvs.UDP, "10.0.0.1:5060"), sip)
	add(at(ipvs.UDP, "10.0.0.1:53"), ipvs.ServiceSettings{Scheduler: "mh", Flags: ipvs.Sched2})
	add(at(ipvs.SCTP, "10.0.0.2:9"), ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Sched1 | ipvs.Sched3})
	add(at(ipvs.TCP, "[fd00::1]:80"), sticky("wrr", 360, 64),
		to("[fd00::2]:80", ipvs.DestSettings{Method: ipvs.Masq, Weight: 1}),
		to("[fd00:1234:5678:9abc:def0:1234:5678:9abc]:65535", ipvs.DestSettings{Method: ipvs.Route, Weight: 123456789}))
	add(ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 5}, ipvs.ServiceSettings{Scheduler: "sed"},
		to("10.1.0.1:0", ipvs.DestSettings{Method: ipvs.Route, Weight: 1}),
		to("10.1.0.1:80", ipvs.DestSettings{Method: ipvs.Masq, Weight: 1}))
	add(ipvs.ServiceID{Family: ipvs.IPv6, FWMark: 5}, sticky("nq", 2678400, 128))
	return cmds
}

// goldens are files with what ipvsadm shows of it, and how.
func goldens() map[string]string {
	return map[string]string{
		"testdata/list.txt":        "-L -n",
		"testdata/names.txt":       "-L",
		"testdata/stats.txt":       "-L -n --stats",
		"testdata/rate.txt":        "-L --rate",
		"testdata/thresholds.txt":  "-L -n --thresholds",
		"testdata/persistence.txt": "-L -n --persistent-conn",
		"testdata/tunnels.txt":     "-L -n --tun-info",
		"testdata/save.txt":        "-S -n",
		"testdata/one.txt":         "-L -n -t 10.0.0.1:80",
	}
}

// entries is a table without what is known of how it came to be.
func entries(t ipvs.Table) ipvs.Table {
	out := ipvs.Table{}
	for id, s := range t {
		s.History = nil
		out[id] = s
	}
	return out
}
