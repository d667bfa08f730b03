package lvs

import (
	"holdfast/config"
	"holdfast/ipvs"
)

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

// serviceSettings are the settings of a service of v in the kernel, for one family (semantics 8.27).
func serviceSettings(v *config.VirtualServer, family ipvs.Family) ipvs.ServiceSettings {
	s := ipvs.ServiceSettings{
		Scheduler: v.Scheduler,
		Flags:     ipvs.Flags(v.SchedulerFlags),
	}
	if v.OnePacket {
		s.Flags |= ipvs.OnePacket
	}
	s.PrefixLen = 32
	if family == ipvs.IPv6 {
		s.PrefixLen = 128
	}
	if v.Persistent {
		s.Flags |= ipvs.Persistent
		s.Timeout = v.PersistenceTimeout
		s.Engine = v.PersistenceEngine
		// It is of the family of the virtual server: a group may have entries of the other one besides.
		if v.PersistenceGranularity != 0 && family == serviceID(v).Family {
			s.PrefixLen = v.PersistenceGranularity
		}
	}
	return s
}

// encapsulation is how packets are wrapped for a server behind a tunnel, as the kernel numbers it.
func encapsulation(s *config.RealServer) ipvs.Encapsulation {
	if s.Method != config.TUN {
		return ipvs.Encapsulation{}
	}
	e := ipvs.Encapsulation{Port: s.Tunnel.Port}
	switch s.Tunnel.Type {
	case config.GUE:
		e.Type = ipvs.GUE
	case config.GRE:
		e.Type = ipvs.GRE
	}
	switch s.Tunnel.Checksum {
	case config.Checksum:
		e.Checksum = ipvs.Checksum
	case config.RemoteChecksum:
		e.Checksum = ipvs.RemoteChecksum
	}
	return e
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
