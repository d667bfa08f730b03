package fake

import (
	"net/netip"
	"slices"
	"syscall"
	"time"

	"holdfast/ipvs"
)

// kernelFlags are the service flags the kernel keeps and reports of those we set.
const kernelFlags = ipvs.Persistent | ipvs.OnePacket | ipvs.Sched1 | ipvs.Sched2 | ipvs.Sched3

// change carries out a command and gives the errno the kernel would.
func (k *Kernel) change(c ipvs.Command) syscall.Errno {
	id, d := c.Service.Canonical(), c.Dest.Canonical()
	switch {
	case id.Family != ipvs.IPv4 && id.Family != ipvs.IPv6:
		return syscall.EAFNOSUPPORT
	case id.FWMark == 0 && !id.Addr.IsValid(), id.Family == ipvs.IPv4 && c.Settings.PrefixLen > 32 &&
		c.Settings.PrefixLen != ipvs.NotPrefix:
		return syscall.EINVAL
	}
	s, ok := k.table[id]
	// As in the kernel, whether it is there comes before what is wrong with its settings.
	switch {
	case c.Op == ipvs.AddService && ok:
		return syscall.EEXIST
	case c.Op != ipvs.AddService && !ok:
		return syscall.ESRCH
	}
	switch c.Op {
	case ipvs.AddService, ipvs.EditService:
		if errno := checkSettings(id, c.Settings); errno != 0 {
			return errno
		}
		// An edit leaves the destinations alone.
		if s.Dests == nil {
			s.Dests = map[ipvs.DestID]ipvs.DestSettings{}
			s.History = &ipvs.History{Order: []ipvs.DestID{}}
		}
		s.Settings = stored(id, c.Settings)
		k.table[id] = s
	case ipvs.DeleteService:
		delete(k.table, id)
		delete(k.stats, id)
	case ipvs.DeleteDest:
		// A destination that is missing is ENOENT, a service is ESRCH.
		if _, ok := s.Dests[d]; !ok {
			return syscall.ENOENT
		}
		k.take(id, s, c)
	case ipvs.AddDest, ipvs.EditDest:
		_, there := s.Dests[d]
		// The messages of a synchronisation daemon cannot tell of two families.
		if ipvs.FamilyOf(d.Addr) != id.Family && len(k.daemons) > 0 {
			return syscall.EINVAL
		}
		if errno := checkDest(c.Op, id, there, d, c.DestSettings); errno != 0 {
			return errno
		}
		k.take(id, s, c)
	default:
		return syscall.EINVAL
	}
	return 0
}

// take carries out a command about a destination that nothing is wrong with.
func (k *Kernel) take(id ipvs.ServiceID, s ipvs.Service, c ipvs.Command) {
	c.Service, c.Dest = id, c.Dest.Canonical()
	s.Take(c)
	k.table[id] = s
}

// checkSettings is the kernel's judgement of a service: EINVAL for an IPv6 prefix
// length out of range, ENOENT for an unknown scheduler or engine.
func checkSettings(id ipvs.ServiceID, s ipvs.ServiceSettings) syscall.Errno {
	schedulers := []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq"}
	switch {
	case !slices.Contains(schedulers, s.Scheduler), s.Engine != "" && s.Engine != "sip":
		return syscall.ENOENT
	case id.Family == ipvs.IPv6 && s.Prefix(id) > 128:
		return syscall.EINVAL
	}
	return 0
}

// stored is what the kernel reports of settings it was given.
func stored(id ipvs.ServiceID, s ipvs.ServiceSettings) ipvs.ServiceSettings {
	s.Flags &= kernelFlags
	s.PrefixLen = s.Prefix(id)
	s.Timeout = time.Duration(s.Seconds()) * time.Second
	return s
}

// checkDest is the kernel's judgement of a destination, in the kernel's order.
func checkDest(op ipvs.Op, id ipvs.ServiceID, there bool, d ipvs.DestID, s ipvs.DestSettings) syscall.Errno {
	switch {
	case ipvs.FamilyOf(d.Addr) != id.Family && s.Method != ipvs.Tunnel:
		return syscall.EINVAL
	case s.Weight < 0, s.LowerThreshold > s.UpperThreshold:
		return syscall.ERANGE
	case op == ipvs.AddDest && there:
		return syscall.EEXIST
	case op == ipvs.EditDest && !there:
		return syscall.ENOENT
	case op == ipvs.AddDest && !reachable(d.Addr):
		return syscall.EINVAL
	}
	return 0
}

// reachable reports whether the kernel takes an address as a destination's.
func reachable(a netip.Addr) bool {
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return a.IsValid() && !a.IsMulticast() && !a.IsUnspecified() && !a.IsLinkLocalUnicast() && a != broadcast
}
