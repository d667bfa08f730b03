package language

import "holdfast/config"

// groupUse is what a virtual_server is reached by: its own address or mark, or those
// entries of its group that are of its family.
type groupUse struct {
	group            *config.ServerGroup // nil for none, or one that is not defined
	addresses, marks bool
	zeroPort         bool // some address stands for all its ports
}

// usedGroup looks at what a service is reached by.
func (b *binder) usedGroup(d *serviceDraft) groupUse {
	if d.Group == "" {
		marked := d.FWMark != 0
		return groupUse{addresses: !marked, marks: marked, zeroPort: !marked && d.Port == 0}
	}
	g := b.serverGroup(d.Group)
	if g == nil {
		return groupUse{}
	}
	use := groupUse{group: g}
	// A group may have entries of both families: a service has those of its own.
	for _, e := range d.EntriesOf(g) {
		use.marks = use.marks || e.ByMark()
		use.addresses = use.addresses || !e.ByMark()
		use.zeroPort = use.zeroPort || !e.ByMark() && e.Port == 0
	}
	// Taken as it stands: the group is right, and the service is not of its family.
	if !use.marks && !use.addresses {
		b.mutedf(d.Pos, "mixed-families",
			"Virtual server %s: no entry of group %s is of the family of its real servers; it serves nothing", d.Name(),
			g.Name)
	}
	return use
}

// comparePorts reports a server port that the forwarding method does not reach from
// some entry of the group: the packet keeps its own (semantics 8.5).
func (b *binder) comparePorts(d *serviceDraft, r *config.RealServer, use groupUse, what func() string) {
	// NAT reaches any port, and a server without one has that of the packet.
	if r.Method == config.NAT || r.Port == 0 || use.group == nil {
		return
	}
	for _, e := range d.EntriesOf(use.group) {
		switch {
		case e.ByMark():
			b.warnf(r.Pos, "port-without-effect",
				"fwmark virtual server %s, %s has port specified - port will be ignored; "+
					"DR and TUN keep the port of the packet", d.Name(), what())
			return
		case e.Port != r.Port:
			b.warnf(r.Pos, "port-without-effect",
				"virtual server %s:[%s,%d] and %s ports don't match; "+
					"DR and TUN keep the port of the packet, use lb_kind NAT to change it", d.Name(), e.First, e.Port,
				what())
			return
		}
	}
}

// nearGroup proposes a group of a similar name.
func (b *binder) nearGroup(name string) string {
	names := make([]string, len(b.cfg.ServerGroups))
	for i, g := range b.cfg.ServerGroups {
		names[i] = g.Name
	}
	return DidYouMean(name, names)
}
