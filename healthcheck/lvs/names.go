package lvs

import (
	"net/netip"
	"strconv"

	"holdfast/config"
	"holdfast/ipvs"
)

// ServiceName is a virtual server as log lines, FIFO lines and mails spell it
// (semantics 8.22): "[10.0.0.1]:tcp:80", "FWM 5" or
// "[group]:0".
func ServiceName(v config.VirtualServer) string {
	if v.Group != "" {
		return "[" + v.Group + "]:" + strconv.Itoa(v.Ordinal)
	}
	if v.FWMark != 0 {
		return "FWM " + strconv.FormatUint(uint64(v.FWMark), 10)
	}
	return endpoint(v.Addr, v.Protocol, v.Port)
}

// ServerName is a real server of v as log lines spell it. Under a firewall mark its
// protocol is "none".
func ServerName(v config.VirtualServer, s config.RealServer) string {
	p := v.Protocol
	if v.FWMark != 0 {
		p = config.ProtocolNone
	}
	return endpoint(s.Addr, p, s.Port)
}

func endpoint(a netip.Addr, p config.Protocol, port uint16) string {
	return "[" + a.String() + "]:" + protocolName(p) + ":" + strconv.Itoa(int(port))
}

func protocolName(p config.Protocol) string {
	switch p {
	case config.TCP:
		return "tcp"
	case config.UDP:
		return "udp"
	case config.SCTP:
		return "sctp"
	}
	return "none"
}

// serviceID is the identity of v in the kernel.
func serviceID(v *config.VirtualServer) ipvs.ServiceID {
	id := ipvs.ServiceID{Family: ipvs.IPv4}
	if v.IPv6 || v.Addr.Is6() {
		id.Family = ipvs.IPv6
	}
	if v.FWMark != 0 {
		id.FWMark = v.FWMark
		return id
	}
	id.Addr, id.Port, id.Protocol = v.Addr, v.Port, ipvs.Protocol(v.Protocol)
	return id
}

// serviceSettings are the settings of v in the kernel (semantics 8.27).
func serviceSettings(v *config.VirtualServer) ipvs.ServiceSettings {
	s := ipvs.ServiceSettings{
		Scheduler: v.Scheduler,
		Flags:     ipvs.Flags(v.SchedulerFlags),
	}
	if v.OnePacket {
		s.Flags |= ipvs.OnePacket
	}
	full := uint8(32)
	if v.IPv6 || v.Addr.Is6() {
		full = 128
	}
	s.PrefixLen = full
	if v.Persistent {
		s.Flags |= ipvs.Persistent
		s.Timeout = v.PersistenceTimeout
		s.Engine = v.PersistenceEngine
		if v.PersistenceGranularity != 0 {
			s.PrefixLen = v.PersistenceGranularity
		}
	}
	return s
}

// method is m as the kernel numbers it.
func method(m config.Method) ipvs.Method {
	switch m {
	case config.DR:
		return ipvs.Route
	case config.TUN:
		return ipvs.Tunnel
	}
	return ipvs.Masq
}
