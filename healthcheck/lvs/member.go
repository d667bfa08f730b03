package lvs

import (
	"slices"
	"strconv"

	"holdfast/config"
	"holdfast/ipvs"
)

// ID identifies a virtual server over reloads: what it is in the kernel, or its group
// and its number among the services of that group (semantics 8.18).
type ID struct {
	Service ipvs.ServiceID // zero for a service of a group
	Group   string
	Ordinal int
}

func idOf(v *config.VirtualServer) ID {
	if v.Group != "" {
		return ID{Group: v.Group, Ordinal: v.Ordinal}
	}
	return ID{Service: serviceID(v)}
}

// member is one service in the kernel: a virtual server has one, that of a group one
// for each address and each mark (semantics 8.15).
type member struct {
	id      ipvs.ServiceID
	grouped bool
}

// membersOf are the services in the kernel that v asks for: addresses in the order
// of the group, then marks.
func (c *Core) membersOf(v *config.VirtualServer) []member {
	if v.Group == "" {
		return []member{{id: serviceID(v)}}
	}
	g := groupOf(c.setup, v)
	if g == nil {
		return nil
	}
	family := ipvs.IPv4
	if v.IPv6 {
		family = ipvs.IPv6
	}
	var out, marks []member
	for _, e := range v.EntriesOf(g) {
		if e.ByMark() {
			marks = append(marks, member{ipvs.ServiceID{Family: family, FWMark: e.FWMark}, true})
			continue
		}
		for a := e.First; a.IsValid(); a = a.Next() {
			out = append(out, member{ipvs.ServiceID{Family: family, Protocol: ipvs.Protocol(v.Protocol), Addr: a, Port: e.Port}, true})
			if a == e.Last {
				break
			}
		}
	}
	return append(out, marks...)
}

// groupOf is the group of v in a configuration, nil if it has none.
func groupOf(s Setup, v *config.VirtualServer) *config.ServerGroup {
	for i := range s.Groups {
		if s.Groups[i].Name == v.Group {
			return &s.Groups[i]
		}
	}
	return nil
}

// settle gives v the members that no other virtual server has, and tells whether a
// reload changed them.
func (c *Core) settle(a *actions, v *virtual, fresh bool) bool {
	old := v.members
	v.members = nil
	twice := false
	for _, m := range c.membersOf(v.cfg) {
		if owner := c.owners[m.id]; owner != nil {
			twice = twice || owner != v
			continue
		}
		c.owners[m.id] = v
		v.members = append(v.members, m)
	}
	if twice {
		a.log(Error, v.name, "VS "+v.name+": some of its addresses or marks belong to another virtual server - ignoring them here")
	}
	if fresh || slices.Equal(old, v.members) {
		return false
	}
	for _, m := range old {
		if c.owners[m.id] != v {
			v.left = append(v.left, m)
		}
	}
	return true
}

// sayEntries says which entries of its group a reload took from v, or brought.
func (v *virtual) sayEntries(a *actions, old, new *config.ServerGroup) {
	if old == nil || new == nil {
		return
	}
	before, after := v.cfg.EntriesOf(old), v.cfg.EntriesOf(new)
	for _, marks := range []bool{false, true} {
		for _, e := range before {
			if e.ByMark() == marks && !listed(after, e) {
				a.log(Info, v.name, "VS ["+v.entryName(e, "")+"] in group "+new.Name+" no longer exists")
			}
		}
	}
	for _, marks := range []bool{false, true} {
		for _, e := range after {
			if e.ByMark() == marks && !listed(before, e) {
				a.log(Info, v.name, "VS ["+v.entryName(e, "FWM ")+"] added into group "+new.Name)
			}
		}
	}
}

func listed(entries []config.GroupEntry, e config.GroupEntry) bool {
	return slices.ContainsFunc(entries, func(o config.GroupEntry) bool { return o.String() == e.String() })
}

// entryName is an entry as those lines spell it; mark stands before a firewall mark.
func (v *virtual) entryName(e config.GroupEntry, mark string) string {
	if e.ByMark() {
		return mark + strconv.FormatUint(uint64(e.FWMark), 10)
	}
	name := endpoint(e.First, v.cfg.Protocol, e.Port)
	if e.Last != e.First {
		name += "-" + e.Last.String()
	}
	return name
}

// dest is where a real server is found from this service: with DR and TUN a packet
// keeps the port it came to (semantics 8.5), with NAT 0 is that port for the kernel.
func (m member) dest(s *config.RealServer) ipvs.DestID {
	id := destID(s)
	if m.grouped && s.Method != config.NAT {
		id.Port = m.id.Port // 0 under a mark
	}
	return id
}
