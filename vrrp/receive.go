package vrrp

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// This file is the way of a received datagram to its machine: finding it, the
// checks of semantics 2.5 in their order, counting, the rate limited log of what
// was refused (semantics 2.8).

// routerKey is what a datagram tells of the virtual router it is for.
type routerKey struct {
	iface string
	vrid  uint8
	ipv6  bool
}

// Receive handles one received datagram. A datagram that is refused is counted by
// its reason and changes nothing else. In particular it does not put off the next
// advert of a master, as it would in keepalived (semantics 1.21): anybody could
// silence a master with garbage.
func (c *Core) Receive(now time.Time, d Datagram) Output {
	c.out.reset()
	if c.stopped || now.Before(c.startAt) || !d.Src.IsValid() {
		return c.out
	}
	// The interface says more than a zone, and addresses of the configuration have none.
	d.Src, d.Dst = d.Src.Unmap().WithZone(""), d.Dst.Unmap().WithZone("")
	vrid, ok := wire.VRID(d.Payload)
	if !ok {
		c.runt(d)
		return c.out
	}
	m := c.route(routerKey{d.Interface, vrid, !d.Src.Is4()}, d)
	if m == nil {
		c.unknown(now, vrid, d)
		return c.out
	}
	if m.state != Backup && m.state != Master {
		return c.out // semantics 2.9
	}
	c.check(now, m, d)
	return c.out
}

// runt handles a datagram too short to carry a header. If it has two bytes it still
// tells whom it was for.
func (c *Core) runt(d Datagram) {
	if len(d.Payload) >= 2 {
		if m := c.route(routerKey{d.Interface, d.Payload[1], !d.Src.Is4()}, d); m != nil {
			m.counters.LengthErrors++
		}
	}
	if !c.shortSeen[d.Interface] && c.linkUsers[d.Interface] != nil {
		c.shortSeen[d.Interface] = true
		v := 4
		if !d.Src.Is4() {
			v = 6
		}
		with := ""
		if d.AH != nil {
			with = " with AH"
		}
		c.log(Info, nil, "IPv%d VRRP packet%s too short - %d bytes", v, with, d.HeaderLen+len(d.AH)+len(d.Payload))
	}
}

// route finds the machine a datagram is for. Several unicast instances may share a
// VRID if their peers are disjoint (semantics 2.11).
func (c *Core) route(k routerKey, d Datagram) *machine {
	all := c.routers[k]
	if len(all) == 1 { // also when it cannot be meant: the checks then say what is wrong with the datagram
		return all[0]
	}
	for _, m := range all {
		if !m.unicast() {
			if MulticastGroup(m.cfg) == d.Dst {
				return m
			}
			continue
		}
		for _, p := range m.peers {
			if p.Addr == d.Src {
				return m
			}
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// check applies the checks and hands what passes them to the state.
func (c *Core) check(now time.Time, m *machine, d Datagram) {
	p := wire.Packet{
		Src: d.Src, Dst: d.Dst, TTL: d.TTL,
		TotalLength: d.TotalLength, HeaderLen: d.HeaderLen, Payload: d.Payload, Header: d.Header, AH: d.AH,
	}
	if m.expect.Keys != nil {
		m.expect.Stamps = c.accepts(now, m, d.Src)
	}
	a, v := wire.Check(p, m.expect, c.scratch[:0])
	c.heardSequence(m, v, d.Src)
	if v.Reason == wire.Accepted && m.owner() && m.cfg.OwnerIgnoreAdverts && !m.handicapped() {
		v.Reason = wire.OwnerIgnores
	}
	if v.Reason == wire.Accepted && d.Src == c.source(m) {
		v.Reason = wire.OwnAddress
	}
	if v.Reason != wire.Accepted {
		c.refuse(now, m, v, a.Priority, d.Src)
		return
	}
	c.scratch = a.Addrs // what Check has appended to; kept so that the next one allocates nothing
	m.counters.AdvertReceived++
	if a.Priority == 0 {
		m.counters.PriorityZeroReceived++
	}
	// As 2.2.7 has it, a stranger's advert counts as received and its list is compared before it is
	// refused for being a stranger's (semantics 2.5).
	c.compareAddresses(m, a.Addrs, d.Src)
	if m.unicast() {
		if v := wire.CheckPeer(d.Src, d.TTL, m.peers, m.peersListed); v.Reason != wire.Accepted {
			c.refuse(now, m, v, a.Priority, d.Src)
			return
		}
	}
	if v.Stamp != 0 {
		m.stamps.heard(now, d.Src, v.Stamp)
	} else if m.expect.Keys != nil {
		m.counters.AuthExtMissing++ // in a mode that takes it: whoever wants to enforce has to know
	}
	if m.cfg.UnicastChecksum == config.ChecksumDetect && v.Old != m.oldPeers[d.Src] {
		c.learnChecksum(m, d.Src, v.Old)
	}
	if m.state == Master {
		c.masterReceive(now, m, a, d)
	} else {
		c.backupReceive(now, m, a, d)
	}
}

// learnChecksum answers each peer with the unicast checksum it uses itself; a pair
// of different versions and a third router do not disturb each other.
func (c *Core) learnChecksum(m *machine, peer netip.Addr, old bool) {
	if !slices.ContainsFunc(m.peers, func(p wire.Peer) bool { return p.Addr == peer }) {
		return
	}
	word := "new"
	if old {
		word = "old"
	}
	c.log(Info, m, "Setting unicast VRRPv3 checksum to %s version", word)
	if m.oldPeers == nil {
		m.oldPeers = map[netip.Addr]bool{}
	}
	m.oldPeers[peer], m.packets = old, nil
}

// refuse counts a datagram by its reason and logs the first of each kind, with its sender: behind the words of
// keepalived, which does not name it.
func (c *Core) refuse(now time.Time, m *machine, v wire.Verdict, prio uint8, src netip.Addr) {
	if n := m.counters.Refused(v.Reason); n != nil {
		*n++
		m.refused(src, v.Reason)
	}
	if of := misfitOf(v.Reason); of != MisfitNone {
		m.misfit = of
	}
	c.changeRefusal(now, m, v, src)
	// Whoever sends garbage could fill a disk with lines otherwise (semantics 2.8); counters go on.
	if v.Reason == wire.OwnerIgnores || !m.first(v.Reason) {
		return
	}
	switch v.Reason {
	case wire.OwnAddress:
		equal := ""
		if prio == m.prio {
			equal = "equal priority "
		}
		c.log(Warning, m, "WARNING - %sadvert received from remote host with our IP address.", equal)
	case wire.NotAPeer: // the text is about the sender
		c.log(Info, m, "%s", v.Text())
	default:
		c.log(Info, m, "%s (from %v)", v.Text(), src)
	}
}

// maxRefused is how many senders and reasons of one virtual router are told apart: whoever forges senders gets no more
// of our memory.
const maxRefused = 16

// refused counts a datagram by its sender and its reason.
func (m *machine) refused(src netip.Addr, why wire.Reason) {
	at := func(addr netip.Addr) *Refusal {
		for n := range m.refusals {
			if r := &m.refusals[n]; r.Reason == why && r.Addr == addr {
				return r
			}
		}
		return nil
	}
	r := at(src)
	if r == nil && len(m.refusals) >= maxRefused {
		src = netip.Addr{} // one for each reason: there are not many
		r = at(src)
	}
	if r == nil {
		m.refusals = append(m.refusals, Refusal{Addr: src, Reason: why})
		r = &m.refusals[len(m.refusals)-1]
	}
	r.Count++
}

// Refused is the counter of a reason, nil if it has none.
func (n *Counters) Refused(r wire.Reason) *uint64 {
	switch r {
	case wire.TooShort, wire.TooLong, wire.BadIPLength:
		return &n.LengthErrors
	case wire.BadTTL:
		return &n.TTLErrors
	case wire.WrongVersion:
		return &n.VersionErrors
	case wire.UnknownAuth:
		return &n.AuthInvalidType
	case wire.AuthMismatch, wire.WrongCarrier:
		return &n.AuthTypeMismatch
	case wire.AuthFailure, wire.BadICV, wire.BadSPI, wire.Replayed:
		return &n.AuthFailure
	case wire.TrailerMissing:
		return &n.AuthExtMissing
	case wire.TrailerMalformed:
		return &n.AuthExtMalformed
	case wire.UnknownKey:
		return &n.AuthExtUnknownKey
	case wire.InvalidHMAC:
		return &n.AuthExtInvalidHMAC
	case wire.Stale:
		return &n.AuthExtStale
	case wire.Replay:
		return &n.AuthExtReplay
	case wire.IntervalMismatch:
		return &n.IntervalErrors
	case wire.InvalidType:
		return &n.InvalidTypeErrors
	case wire.BadChecksum:
		return &n.ChecksumErrors
	case wire.NoAddresses:
		return &n.AddressListErrors
	case wire.WrongCast, wire.NotAPeer, wire.PeerTTL:
		return &n.UnexpectedSource
	case wire.OwnAddress:
		return &n.OwnAddress
	}
	return nil
}

// compareAddresses counts and logs an address list that is not ours. The advert
// counts all the same (semantics 2.7): two masters would be worse.
func (c *Core) compareAddresses(m *machine, got []netip.Addr, src netip.Addr) {
	if m.cfg.SkipCheckAdvAddr && src == m.masterAddr { // checked when it became the master
		return
	}
	if m.addrs == nil {
		m.addrs = c.advertised(m)
	}
	if slices.Equal(got, m.addrs) {
		return
	}
	if len(got) != len(m.addrs) {
		m.counters.AddressListErrors++
		if m.firstBit(loggedCount) {
			c.log(Info, m, "received an unexpected ip number count %d, expected %d! (from %v)", len(got), len(m.addrs), src)
		}
		return
	}
	for _, want := range m.addrs {
		if slices.Contains(got, want) {
			continue
		}
		m.counters.AddressListErrors++
		if m.firstBit(loggedList) {
			c.log(Info, m, "ip address associated with VRID %d not present in MASTER advert: %s (from %v)",
				m.cfg.VRID, want, src)
		}
		return
	}
}
