package lvs

import (
	"net/netip"
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

// IDOf is the ID of a virtual server.
func IDOf(v *config.VirtualServer) ID {
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
	g := c.groups[v.Group]
	if g == nil {
		return nil
	}
	if mark := c.marks.of[groupOf(v)]; mark != 0 {
		return markedMembers(v.EntriesOf(g), mark)
	}
	var out, marks []member
	for _, e := range v.EntriesOf(g) {
		if e.ByMark() {
			marks = append(marks, member{ipvs.ServiceID{Family: markFamily(v, e), FWMark: e.FWMark}, true})
			continue
		}
		for a := e.First; a.IsValid(); a = a.Next() {
			id := ipvs.ServiceID{Family: familyOf(a), Protocol: ipvs.Protocol(v.Protocol), Addr: a, Port: e.Port}
			out = append(out, member{id, true})
			if a == e.Last {
				break
			}
		}
	}
	return append(out, marks...)
}

// markFamily is the family of an entry by mark: that of the virtual server, if it has none of its own.
func markFamily(v *config.VirtualServer, e config.GroupEntry) ipvs.Family {
	if e.Family == config.IPv6 || e.Family == config.AnyFamily && v.IPv6 {
		return ipvs.IPv6
	}
	return ipvs.IPv4
}

func familyOf(a netip.Addr) ipvs.Family {
	if a.Is6() {
		return ipvs.IPv6
	}
	return ipvs.IPv4
}

// GroupsOf are the groups of a configuration by their names; of one that is there twice the
// first counts.
func GroupsOf(s Setup) map[string]*config.ServerGroup {
	groups := make(map[string]*config.ServerGroup, len(s.Groups))
	for i := range s.Groups {
		if g := &s.Groups[i]; groups[g.Name] == nil {
			groups[g.Name] = g
		}
	}
	return groups
}

// claimMembers gives v the members that no other virtual server has, and reports whether a
// reload changed them.
func (c *Core) claimMembers(a *pending, v *virtual, fresh bool) bool {
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
		v.sayTaken(a)
	}
	if fresh || slices.Equal(old, v.members) {
		return false
	}
	v.left = append(v.left, slices.DeleteFunc(old, func(m member) bool { return c.owners[m.id] == v })...)
	return true
}

func (v *virtual) sayTaken(a *pending) {
	a.log(Error, v.name, "VS "+v.name+": some of its addresses or marks "+
		"belong to another virtual server - ignoring them here")
}

// sayEntries says which entries of its group a reload took from v, or brought.
func (v *virtual) sayEntries(a *pending, old, new *config.ServerGroup) {
	if old == nil || new == nil {
		return
	}
	before, after := v.cfg.EntriesOf(old), v.cfg.EntriesOf(new)
	gone, came := absent(before, after), absent(after, before)
	for _, marks := range []bool{false, true} {
		for _, e := range gone {
			if e.ByMark() == marks {
				a.log(Info, v.name, "VS ["+v.entryName(e, "")+"] in group "+new.Name+" no longer exists")
			}
		}
	}
	for _, marks := range []bool{false, true} {
		for _, e := range came {
			if e.ByMark() == marks {
				a.log(Info, v.name, "VS ["+v.entryName(e, "FWM ")+"] added into group "+new.Name)
			}
		}
	}
}

// entryOf is what makes an entry the same one wherever it stands in the file.
func entryOf(e config.GroupEntry) config.GroupEntry {
	if e.ByMark() {
		return config.GroupEntry{FWMark: e.FWMark, Family: e.Family}
	}
	return config.GroupEntry{First: e.First, Last: e.Last, Port: e.Port}
}

// absent are the entries that are not among others, wherever these stand. Of thousands most are where they were, which
// takes no memory.
func absent(entries, others []config.GroupEntry) []config.GroupEntry {
	first := 0
	for first < min(len(entries), len(others)) && entryOf(entries[first]) == entryOf(others[first]) {
		first++
	}
	moved := map[config.GroupEntry]bool{}
	for _, e := range entries[first:] {
		moved[entryOf(e)] = true
	}
	for _, e := range others {
		delete(moved, entryOf(e))
	}
	var list []config.GroupEntry
	for _, e := range entries[first:] {
		if moved[entryOf(e)] {
			list = append(list, e)
		}
	}
	return list
}

// entryName is an entry as those lines spell it; mark stands before a firewall mark.
func (v *virtual) entryName(e config.GroupEntry, mark string) string {
	if e.ByMark() {
		return mark + strconv.FormatUint(uint64(e.FWMark), 10)
	}
	name := config.Endpoint(e.First, v.cfg.Protocol, e.Port)
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
