package fake

import (
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs"
)

// Services draws identities from few addresses and ports, so that they repeat.
func Services() *rapid.Generator[ipvs.ServiceID] {
	return rapid.Custom(func(t *rapid.T) ipvs.ServiceID {
		// One in four is a firewall mark, which has no address, protocol or port.
		if rapid.IntRange(0, 3).Draw(t, "mark?") == 0 {
			return ipvs.ServiceID{
				Family: rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family"),
				FWMark: rapid.Uint32Range(1, 2).Draw(t, "mark"),
			}
		}
		a := rapid.SampledFrom(addrs("10.0.0.1", "fd00::1")).Draw(t, "address")
		return ipvs.ServiceID{
			Family:   ipvs.FamilyOf(a),
			Protocol: rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol"),
			Addr:     a,
			Port:     rapid.SampledFrom([]uint16{80, 443}).Draw(t, "port"),
		}
	})
}

// ServiceSettings draws settings the kernel takes, among them all schedulers.
func ServiceSettings(id ipvs.ServiceID) *rapid.Generator[ipvs.ServiceSettings] {
	return rapid.Custom(func(t *rapid.T) ipvs.ServiceSettings {
		s := ipvs.ServiceSettings{
			// All that checkSettings takes, so that no command is lost to an unknown one.
			Scheduler: rapid.SampledFrom([]string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr",
				"sh", "mh", "dh", "fo", "ovf", "sed", "nq"}).Draw(t, "scheduler"),
		}
		for _, f := range []ipvs.Flags{ipvs.Sched1, ipvs.Sched2, ipvs.Sched3, ipvs.OnePacket} {
			if rapid.Bool().Draw(t, "flag") {
				s.Flags |= f
			}
		}
		if rapid.Bool().Draw(t, "persistent") {
			// Only a persistent service has a timeout, a mask and an engine.
			longest := uint8(32)
			if id.Family == ipvs.IPv6 {
				longest = 128
			}
			s.Flags |= ipvs.Persistent
			s.Timeout = time.Duration(rapid.Uint32Range(1, 100000).Draw(t, "timeout")) * time.Second
			s.PrefixLen = rapid.Uint8Range(0, longest).Draw(t, "prefix")
			if id.Family == ipvs.IPv4 && rapid.IntRange(0, 9).Draw(t, "odd mask?") == 0 {
				s.PrefixLen, s.OddMask = ipvs.NotPrefix, [4]byte{255, 0, 255, 0}
			}
			s.Engine = rapid.SampledFrom([]string{"", "sip"}).Draw(t, "engine")
		}
		return s
	})
}

// Dests draws destinations a service can have; of another family one time in ten,
// which then has to be a tunnel.
func Dests(id ipvs.ServiceID) *rapid.Generator[ipvs.DestID] {
	return rapid.Custom(func(t *rapid.T) ipvs.DestID {
		mine, other := addrs("10.1.0.1", "10.1.0.2"), addrs("fd00:1::1", "fd00:1::2")
		if id.Family == ipvs.IPv6 {
			mine, other = other, mine
		}
		if rapid.IntRange(0, 9).Draw(t, "other family?") == 0 {
			mine = other
		}
		return ipvs.DestID{
			Addr: rapid.SampledFrom(mine).Draw(t, "address"),
			Port: rapid.SampledFrom([]uint16{80, 8080}).Draw(t, "port"),
		}
	})
}

// DestSettings draws settings the kernel takes for the destination.
func DestSettings(id ipvs.ServiceID, d ipvs.DestID) *rapid.Generator[ipvs.DestSettings] {
	return rapid.Custom(func(t *rapid.T) ipvs.DestSettings {
		s := ipvs.DestSettings{
			Method: rapid.SampledFrom([]ipvs.Method{ipvs.Masq, ipvs.Tunnel, ipvs.Route}).Draw(t, "method"),
			Weight: rapid.OneOf(rapid.Int32Range(0, 3), rapid.Int32Range(0, 1<<31-1)).Draw(t, "weight"),
		}
		if ipvs.FamilyOf(d.Addr) != id.Family {
			s.Method = ipvs.Tunnel
		}
		if s.Method == ipvs.Tunnel {
			s.Tunnel = rapid.SampledFrom([]ipvs.Encapsulation{
				{}, {}, {Type: ipvs.GRE}, {Type: ipvs.GRE, Checksum: ipvs.Checksum},
				{Type: ipvs.GUE, Port: 6080}, {Type: ipvs.GUE, Port: 65535, Checksum: ipvs.Checksum},
				{Type: ipvs.GUE, Port: 1, Checksum: ipvs.RemoteChecksum},
			}).Draw(t, "tunnel")
		}
		if rapid.Bool().Draw(t, "thresholds") {
			s.UpperThreshold = rapid.Uint32().Draw(t, "upper")
			s.LowerThreshold = rapid.Uint32Range(0, s.UpperThreshold).Draw(t, "lower")
		}
		return s
	})
}

// Tables draws tables of up to 8 services the kernel takes.
func Tables() *rapid.Generator[ipvs.Table] {
	return rapid.Custom(func(t *rapid.T) ipvs.Table {
		table := ipvs.Table{}
		for _, id := range rapid.SliceOfNDistinct(Services(), 0, 8, rapid.ID).Draw(t, "services") {
			s := ipvs.Service{
				Settings: ServiceSettings(id).Draw(t, "settings"),
				Dests:    map[ipvs.DestID]ipvs.DestSettings{},
			}
			for _, d := range rapid.SliceOfNDistinct(Dests(id), 0, 4, rapid.ID).Draw(t, "destinations") {
				s.Dests[d] = DestSettings(id, d).Draw(t, "destination")
			}
			table[id] = s
		}
		return table
	})
}

// Commands draws commands of which many fail: on what is not there or is there
// already, with settings the kernel refuses.
func Commands() *rapid.Generator[ipvs.Command] {
	return rapid.Custom(func(t *rapid.T) ipvs.Command {
		id := Services().Draw(t, "service")
		ops := []ipvs.Op{ipvs.AddService, ipvs.AddService, ipvs.EditService, ipvs.DeleteService,
			ipvs.AddDest, ipvs.AddDest, ipvs.AddDest, ipvs.EditDest, ipvs.EditDest, ipvs.DeleteDest}
		c := ipvs.Command{Op: rapid.SampledFrom(ops).Draw(t, "op"), Service: id}
		spoil := rapid.IntRange(0, 9).Draw(t, "spoil?")
		switch c.Op {
		case ipvs.AddService, ipvs.EditService:
			c.Settings = ServiceSettings(id).Draw(t, "settings")
			switch spoil {
			case 0:
				c.Settings.Scheduler = "absent"
			case 1:
				c.Settings.Engine = "absent"
			case 2:
				if id.Family == ipvs.IPv6 {
					c.Settings.PrefixLen = 129
				}
			}
		case ipvs.AddDest, ipvs.EditDest, ipvs.DeleteDest:
			c.Dest = Dests(id).Draw(t, "destination")
			if c.Op == ipvs.DeleteDest {
				break
			}
			c.DestSettings = DestSettings(id, c.Dest).Draw(t, "destination settings")
			switch spoil {
			case 0:
				c.DestSettings.Method = rapid.SampledFrom([]ipvs.Method{ipvs.Masq, ipvs.Route}).Draw(t, "method")
			case 1:
				c.DestSettings.Weight = -1
			case 2:
				c.DestSettings.LowerThreshold, c.DestSettings.UpperThreshold = 2, 1
			case 3:
				odd := addrs("224.0.0.1", "0.0.0.0", "255.255.255.255", "ff02::1", "::")
				c.Dest.Addr = rapid.SampledFrom(odd).Draw(t, "address")
			}
		}
		return c
	})
}

func addrs(s ...string) []netip.Addr {
	out := make([]netip.Addr, len(s))
	for i, a := range s {
		out[i] = netip.MustParseAddr(a)
	}
	return out
}

// Daemon draws what a synchronisation daemon can be started with on eth0 or eth1.
func Daemon() *rapid.Generator[ipvs.Daemon] {
	return rapid.Custom(func(t *rapid.T) ipvs.Daemon {
		return ipvs.Daemon{
			Interface: rapid.SampledFrom([]string{"eth0", "eth1"}).Draw(t, "interface"),
			ID:        rapid.Uint8Range(0, 2).Draw(t, "id"),
			MaxLen:    rapid.SampledFrom([]uint16{0, 0, 1, 1000, 1024, 9000, 65507, 65535}).Draw(t, "maxlen"),
			Group:     rapid.SampledFrom(append(addrs("224.0.0.81", "239.1.2.3", "ff02::81"), netip.Addr{})).Draw(t, "group"),
			Port:      rapid.SampledFrom([]uint16{0, 1, 8848, 65535}).Draw(t, "port"),
			TTL:       rapid.SampledFrom([]uint8{0, 1, 255}).Draw(t, "ttl"),
		}
	})
}

// DaemonCommands draws commands about daemons, among them such that the kernel refuses.
func DaemonCommands() *rapid.Generator[ipvs.DaemonCommand] {
	return rapid.Custom(func(t *rapid.T) ipvs.DaemonCommand {
		c := ipvs.DaemonCommand{
			Stop:  rapid.Bool().Draw(t, "stop"),
			State: rapid.SampledFrom([]ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon, 0, 3}).Draw(t, "state"),
		}
		if c.Stop {
			return c
		}
		c.Daemon = Daemon().Draw(t, "daemon")
		switch rapid.IntRange(0, 9).Draw(t, "spoilt") {
		case 0:
			c.Daemon.Interface = "nowhere"
		case 1:
			c.Daemon.Group = rapid.SampledFrom(addrs("10.0.0.1", "fd00::1")).Draw(t, "unicast")
		}
		return c
	})
}
