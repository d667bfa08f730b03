package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// This file is what makes one advert different from the next: the authentication header (semantics 2.13) and the
// trailer of auth_hmac (semantics 2.14).

// UsesAH reports whether adverts of an instance have an authentication header, which makes them another IP protocol.
func UsesAH(cfg *config.Instance) bool { return authOf(cfg) == wire.AuthAH }

// authOf is the authentication type of an instance's adverts. Over IPv6 there is no room for one, and in version 3
// there is none.
func authOf(cfg *config.Instance) wire.AuthType {
	switch {
	case cfg.Version != 2 || cfg.IPv6:
		return wire.AuthNone
	case cfg.Auth == config.AuthPass:
		return wire.AuthPass
	case cfg.Auth == config.AuthAH:
		return wire.AuthAH
	}
	return wire.AuthNone
}

// send sends adverts that are built, once for all destinations.
func (c *Core) send(now time.Time, m *machine, packets []Transmit) {
	switch {
	case m.expect.AH != nil:
		c.sendSealed(m, packets)
	case signs(m.cfg):
		c.sendSigned(now, m, packets)
	default:
		c.out.Send = append(c.out.Send, packets...)
	}
}

func (c *Core) sendSigned(now time.Time, m *machine, packets []Transmit) {
	stamp := c.nextStamp(now, m)
	for _, t := range packets {
		room := make([]byte, 0, len(t.Payload)+wire.TrailerLen)
		t.Payload = m.expect.Keys.Sign(room, t.Src, t.Dst, t.Payload, m.cfg.HMAC.Active, stamp)
		c.out.Send = append(c.out.Send, t)
	}
}

func (c *Core) sendSealed(m *machine, packets []Transmit) {
	// One number for all peers, as 2.2.7 has it: each sees it once.
	sequence, id := c.nextSequence(m), m.nextIdent()
	for _, t := range packets {
		h := wire.Header4{Src: t.Src, Dst: t.Dst, TTL: t.TTL, Protocol: wire.AHProtocol, ID: id}
		t.AH, t.ID = true, id
		t.Payload = m.expect.AH.Seal(make([]byte, 0, wire.AHLen+len(t.Payload)), h, sequence, t.Payload)
		c.out.Send = append(c.out.Send, t)
	}
}

// nextSequence is the number after the last one that was sent or heard.
func (c *Core) nextSequence(m *machine) uint32 {
	if m.leaveOut && m.expect.Sequence < wire.MaxSequence-1 {
		m.expect.Sequence++
	}
	m.leaveOut = false
	if m.expect.Sequence < wire.MaxSequence {
		m.expect.Sequence++
		return m.expect.Sequence
	}
	// Only somebody who has the password can bring it here. Beginning anew would not help: the others have this number.
	if m.firstBit(loggedSequence) {
		c.log(Error, m, "the sequence numbers of authentication headers are used up; the others ignore what is sent - "+
			"stop all of its routers, then start them with another auth_pass")
	}
	return wire.MaxSequence
}

// heardSequence takes note of the number in an authentication header, whatever else is wrong with the advert: ours must
// come after it to be heard.
//
// Two masters that send at the same time, with the same number, do not hear each other, and may go on like that. So a
// master leaves out a number when it has heard another one, and when it has refused the number of its own last advert
// from a lower address: it is ahead of the other one then. Whoever repeats old adverts can make us leave out one number
// an advert.
func (c *Core) heardSequence(m *machine, v wire.Verdict, src netip.Addr) {
	tie := v.Reason == wire.Replayed && uint32(v.Got) == m.expect.Sequence && src.Less(c.source(m))
	if v.Sequence != 0 {
		m.expect.Sequence = v.Sequence
	}
	if m.state == Master && (tie || v.Sequence != 0) {
		m.leaveOut = true
	}
}

// nextIdent numbers datagrams. The kernel would put a number of its own in the place of 0, and the check covers it.
func (m *machine) nextIdent() uint16 {
	if m.ident++; m.ident == 0 {
		m.ident = 1
	}
	return m.ident
}
