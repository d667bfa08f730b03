package agreement

import (
	"fmt"
	"net/netip"
	"slices"

	"holdfast/config"
	"holdfast/config/syntax"
)

// sourceOf is the address that adverts come from, as far as the file tells: else it is the first of the interface.
func sourceOf(m member) netip.Addr {
	if !m.in.SourceIP.IsValid() && m.in.IPVLAN.Use {
		return m.in.IPVLAN.Addr.Addr()
	}
	return m.in.SourceIP.WithZone("")
}

// sources says which directors send from one address, and reports whether none do.
func (c *comparer) sources(r *router) bool {
	before := len(c.said)
	where := []string{"unicast_src_ip", "mcast_src_ip", "use_ipvlan"}
	first := map[netip.Addr]member{}
	for _, m := range r.members {
		addr := sourceOf(m)
		if o, ok := first[addr]; ok && addr.IsValid() {
			c.say(syntax.Error, "pair-source-equal", m.at(where...), o.at(where...), "also the source here",
				"(%s) adverts are sent from %s here and in %s: each takes those of the other for its own, %s", m.in.Name, addr,
				o.host.File, bothMasters)
			continue
		}
		first[addr] = m
	}
	return len(c.said) == before
}

// peers says who is not told, of directors that send to each other.
func (c *comparer) peers(r *router) {
	var all []member
	for _, m := range r.members {
		if len(m.in.UnicastPeers) > 0 {
			all = append(all, m)
		}
	}
	if len(all) < 2 {
		return // the others multicast, which is said
	}
	known := true
	for _, m := range all {
		addr := sourceOf(m)
		if known = known && addr.IsValid(); !addr.IsValid() {
			continue
		}
		for _, o := range all {
			if o.host != m.host {
				c.toldBy(o, m, addr)
			}
		}
	}
	if known {
		c.strangers(r, all)
		return
	}
	c.tooFew(all)
}

func peerOf(m member, addr netip.Addr) *config.Peer {
	i := slices.IndexFunc(m.in.UnicastPeers, func(p config.Peer) bool { return p.Addr.WithZone("") == addr })
	if i < 0 {
		return nil
	}
	return &m.in.UnicastPeers[i]
}

// toldBy looks whether a sender sends to the address of another director, and takes what comes from there.
func (c *comparer) toldBy(sender, m member, addr netip.Addr) {
	p := peerOf(sender, addr)
	if p == nil {
		c.say(syntax.Error, "pair-peer-missing", sender.at("unicast_peer"),
			m.at("unicast_src_ip", "mcast_src_ip", "use_ipvlan"), "adverts are sent from "+addr.String(),
			"(%s) unicast_peer lacks %s, from which %s sends: that director hears nothing from here, and may be master beside "+
				"this one", sender.in.Name, addr, m.host.File)
		return
	}
	if ttl := m.in.UnicastTTL; ttl != 0 && ttl < p.MinTTL {
		c.say(syntax.Error, "pair-peer-ttl", spot{sender.host, p.Pos}, m.at("unicast_ttl"), fmt.Sprintf("unicast_ttl %d",
			ttl),
			"(%s) adverts of %s have to come with a TTL of %d at least, and are sent with %d in %s: they are refused, %s",
			sender.in.Name, addr, p.MinTTL, ttl, m.host.File, bothMasters)
	}
}

// strangers are peers from which no director sends whose file is here. A third one may.
func (c *comparer) strangers(r *router, all []member) {
	from := map[netip.Addr]bool{}
	for _, m := range all {
		from[sourceOf(m)] = true
	}
	for _, m := range all {
		for _, p := range m.in.UnicastPeers {
			if !from[p.Addr.WithZone("")] {
				o := r.members[0]
				if o.host == m.host {
					o = r.members[1]
				}
				c.say(syntax.Note, "pair-peer-unknown", spot{m.host, p.Pos}, o.at("unicast_src_ip"), "another director",
					"(%s) unicast_peer %s is the source address of none of these files", m.in.Name, p.Addr)
			}
		}
	}
}

// tooFew counts peers where the files do not tell who sends from where. A list may have the director itself, as one has
// that all of them share.
func (c *comparer) tooFew(all []member) {
	every := map[netip.Addr]bool{}
	for _, m := range all {
		if addr := sourceOf(m); addr.IsValid() {
			every[addr] = true
		}
		others := map[netip.Addr]bool{}
		for _, p := range m.in.UnicastPeers {
			every[p.Addr] = true
			others[p.Addr] = p.Addr != sourceOf(m)
		}
		delete(others, sourceOf(m))
		if len(others) < len(all)-1 {
			o := all[0]
			if o.host == m.host {
				o = all[1]
			}
			c.say(syntax.Error, "pair-peer-missing", m.at("unicast_peer"), o.at(), "one of the other directors",
				"(%s) unicast_peer has %d of the %d other directors: one of them hears nothing from here, %s", m.in.Name,
				len(others), len(all)-1, bothMasters)
			return
		}
	}
	if len(every) < len(all) {
		c.say(syntax.Error, "pair-peer-missing", all[1].at("unicast_peer"), all[0].at("unicast_peer"), "the same peers",
			"(%s) unicast_peer is %s here and in %s: none of the two sends to the other, %s; each lists the addresses of "+
				"the others",
			all[1].in.Name, all[1].in.UnicastPeers[0].Addr, all[0].host.File, bothMasters)
	}
}
