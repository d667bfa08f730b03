package lvs

import (
	"holdfast/config"
	"holdfast/ipvs"
)

// ServerName is a real server of v as log lines spell it. Under a firewall mark its
// protocol is "none".
func ServerName(v config.VirtualServer, s config.RealServer) string {
	if v.FWMark != 0 {
		return s.Name(config.ProtocolNone)
	}
	return s.Name(v.Protocol)
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
