package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// This file builds and sends adverts (semantics 2.1-2.4, 2.10).

// advertise sends one advert: to the group, or to every peer.
func (c *Core) advertise(now time.Time, m *machine) {
	if m.packets == nil { // encoded once: they are the same until priority, addresses or source change
		m.ownAddr = c.source(m)
		m.packets = c.packets(m, m.prio, m.ownAddr)
	}
	m.masterAddr, m.masterPrio = m.ownAddr, m.prio
	if len(m.packets) > 0 {
		m.counters.AdvertSent++
		c.send(now, m, m.packets)
	}
}

// resign sends an advert with priority 0: the master stops.
func (c *Core) resign(now time.Time, m *machine) {
	if c.sendZero(now, m) {
		c.detail(m, "sent 0 priority")
	}
}

// sendZero sends an advert with priority 0, unless m has nothing to send from. A master that
// has just lost its address says so from that address: the others know it by it.
func (c *Core) sendZero(now time.Time, m *machine) bool {
	src := c.source(m)
	if !src.IsValid() && c.links[m.cfg.Interface].Exists {
		src = m.ownAddr
	}
	packets := c.packets(m, 0, src) // not kept: m.packets are those of the master it may become again
	if len(packets) == 0 {
		return false
	}
	m.counters.AdvertSent++
	m.counters.PriorityZeroSent++
	c.send(now, m, packets)
	return true
}

// packets builds the advert as it is sent to every destination. Without a source
// address there is none.
func (c *Core) packets(m *machine, prio uint8, src netip.Addr) []Transmit {
	if !src.IsValid() {
		return []Transmit{}
	}
	dsts, ttl := []netip.Addr{MulticastGroup(m.cfg)}, uint8(wire.TTL)
	if m.unicast() {
		dsts = dsts[:0]
		for _, p := range m.cfg.UnicastPeers {
			dsts = append(dsts, p.Addr)
		}
		if m.cfg.UnicastTTL != 0 {
			ttl = m.cfg.UnicastTTL
		}
	}
	a := wire.Advert{
		Version: uint8(m.cfg.Version), VRID: m.cfg.VRID, Priority: prio,
		Interval: m.expect.Interval, Auth: m.expect.Auth, AuthData: m.expect.Password,
		Addrs: c.advertised(m),
	}
	all := make([]Transmit, 0, len(dsts))
	for _, dst := range dsts {
		// Old keepalived computes the checksum of version 3 over the multicast group although it sends
		// to a peer (semantics 2.3). A peer that does so expects it.
		covered := dst
		if m.oldChecksum(dst) {
			covered = wire.Group4()
		}
		b, err := wire.Append(nil, a, wire.Path{Src: src, Dst: covered, Bare: m.cfg.V3ChecksumAsV2})
		if err != nil {
			c.log(Error, m, "cannot encode advert to %s: %v", dst, err)
			continue
		}
		all = append(all, Transmit{Router: m.id, Interface: m.port(), Src: src, Dst: dst, TTL: ttl, Payload: b})
	}
	return all
}

// oldChecksum reports whether what is sent to a peer has the unicast checksum of old versions (semantics 2.3).
func (m *machine) oldChecksum(peer netip.Addr) bool {
	switch m.cfg.UnicastChecksum {
	case config.ChecksumOld:
		return m.unicast() && m.cfg.Version == 3 && !m.cfg.IPv6
	case config.ChecksumNew:
		return false
	}
	return m.oldPeers[peer]
}

// source is the address adverts are sent from: the configured one, else the
// interface's first, in IPv6 a link-local one; zero if there is none (semantics 2.4).
func (c *Core) source(m *machine) netip.Addr {
	if m.cfg.SourceIP.IsValid() {
		return m.cfg.SourceIP.WithZone("")
	}
	l := c.links[m.cfg.Interface]
	if !m.cfg.IPv6 {
		return l.Addr4
	}
	for _, a := range l.Addrs {
		if a.Is6() && a.IsLinkLocalUnicast() {
			return a.WithZone("")
		}
	}
	return netip.Addr{}
}

// MulticastGroup is where a multicast instance sends to and listens (semantics 2.1).
func MulticastGroup(cfg *config.Instance) netip.Addr {
	switch {
	case cfg.MulticastGroup.IsValid():
		return cfg.MulticastGroup
	case cfg.IPv6:
		return wire.Group6()
	}
	return wire.Group4()
}

// advertised are the addresses an advert carries: those of the instance's family,
// as many as fit into one packet (semantics 1.31).
func (c *Core) advertised(m *machine) []netip.Addr {
	addrs := make([]netip.Addr, 0, len(m.cfg.VIPs))
	for i := range m.cfg.VIPs {
		if a := m.cfg.VIPs[i].Prefix.Addr(); a.IsValid() && a.Is6() == m.cfg.IPv6 {
			addrs = append(addrs, a)
		}
	}
	limit := packetCapacity(m.cfg, c.links[m.cfg.Interface].MTU)
	if len(addrs) <= limit {
		return addrs
	}
	if !m.cut {
		m.cut = true
		c.log(Warning, m,
			"Number of VIPs (%d) exceeds maximum/space available in packet (max %d addresses) - excess moved to eVIPs",
			len(addrs), limit)
	}
	return addrs[:limit]
}

// DatagramSize is the size in bytes of an advert of an instance on a link with this MTU, with its IP header.
func DatagramSize(cfg *config.Instance, mtu int) int {
	addrs := 0
	for i := range cfg.VIPs {
		if cfg.VIPs[i].Prefix.Addr().Is6() == cfg.IPv6 {
			addrs++
		}
	}
	fixed, size := sizes(cfg)
	return fixed + size*min(addrs, packetCapacity(cfg, mtu))
}

// sizes are the length in bytes of an advert without addresses but with its IP header, and of an address.
func sizes(cfg *config.Instance) (fixed, address int) {
	fixed = wire.HeaderLen
	if cfg.HMAC.Use { // also while nothing is signed: the list must be the same in every mode
		fixed += wire.TrailerLen
	}
	if cfg.IPv6 {
		return 40 + fixed, 16
	}
	fixed, address = 20+fixed, 4
	if cfg.Version == 2 {
		fixed += wire.AuthLen // there with and without a password
	}
	if UsesAH(cfg) {
		fixed += wire.AHLen
	}
	return fixed, address
}

// packetCapacity is how many addresses an advert carries on a link with this MTU. It is what
// keepalived counts, which has the Ethernet header in the MTU: with another number its backups
// would refuse our list and take over.
func packetCapacity(cfg *config.Instance, mtu int) int {
	if mtu <= 0 {
		return wire.MaxAddrs
	}
	const ethernet = 14
	fixed, size := sizes(cfg)
	return min(max((mtu-ethernet-fixed)/size, 0), wire.MaxAddrs)
}
