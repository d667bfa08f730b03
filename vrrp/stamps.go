package vrrp

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// This file is auth_hmac without what it looks like on the wire: keys, stamps and clocks (semantics 2.14).
//
// A stamp is fresh when it is near our own clock. Clocks are set, and a director that took all masters for dead
// because of that would be a second one. So a sender that was heard lately, as the monotonic clock has it, may go on
// from where it was, whatever ours shows now, and may jump ahead: what was recorded before is not after what was heard,
// and whoever holds an advert back can do it for no longer than the window.

// maxSenders is how many senders' stamps are remembered; only whoever has a key gets there.
const maxSenders = 32

// stamps are the replay protection of one virtual router, kept over reloads.
type stamps struct {
	sent    uint64 // last
	sentAt  time.Time
	senders []sender
}

// A sender is another router whose signed advert was accepted.
type sender struct {
	addr netip.Addr
	last uint64
	at   time.Time // when that was heard
}

// Clock tells what the clock of the host shows at a moment of the time that the other calls get. It is to be called
// whenever the clock may have been set; without it the two are the same. Only auth_hmac asks for it.
func (c *Core) Clock(now, wall time.Time) { c.clock.now, c.clock.wall = now, wall }

// clock is a moment in both times.
type clock struct{ now, wall time.Time }

// micros is what the host's clock shows, in microseconds since 1970, never 0.
func (c *Core) micros(now time.Time) uint64 {
	wall := now
	if !c.clock.wall.IsZero() {
		wall = c.clock.wall.Add(now.Sub(c.clock.now))
	}
	return uint64(max(wall.UnixMicro(), 1))
}

// hmacKeys is the ring of an instance's keys, nil without auth_hmac.
func hmacKeys(h *config.HMAC) *wire.Keyring {
	if !h.Use {
		return nil
	}
	keys := make([]wire.Key, len(h.Keys))
	for i, k := range h.Keys {
		keys[i] = wire.Key{ID: k.ID, Secret: []byte(k.Text)}
	}
	return wire.NewKeyring(keys)
}

// signs reports whether adverts of an instance have a trailer.
func signs(cfg *config.Instance) bool { return cfg.HMAC.Use && cfg.HMAC.Mode != config.HMACReceiveOnly }

// nextStamp is the clock's, but later than the last one. When the clock was set back, it goes on at half the pace until
// the clock has caught up: receivers who know us find it fresh, and those who begin then soon do.
func (c *Core) nextStamp(now time.Time, m *machine) uint64 {
	s := &m.stamps
	least := uint64(0)
	if s.sent > 0 {
		least = s.sent + uint64(max(now.Sub(s.sentAt).Microseconds()/2, 1))
	}
	s.sent, s.sentAt = max(c.micros(now), least), now
	return s.sent
}

// accepts are the stamps that are taken from a sender now.
func (c *Core) accepts(now time.Time, m *machine, src netip.Addr) wire.Stamps {
	h := &m.cfg.HMAC
	window := uint64(h.Window.Microseconds())
	s := wire.Stamps{Any: h.AntiReplay == config.ReplayMonotonic}
	wall := c.micros(now)
	s.Spans[0] = wire.Around(wall, window)
	i := m.stamps.find(src)
	if i < 0 {
		return s
	}
	known := m.stamps.senders[i]
	silent := uint64(max(now.Sub(known.at).Microseconds(), 0))
	s.After = known.last
	s.Any = s.Any || silent <= window
	s.Spans[1] = wire.Around(known.last+silent, window)
	if silent > window && known.last > s.Spans[0].To {
		// It was ahead of us and has fallen silent. When it comes back it may have been set right, and would be behind
		// what we know for as long as it was ahead.
		s.After = 0
	}
	return s
}

func (s *stamps) find(addr netip.Addr) int {
	return slices.IndexFunc(s.senders, func(x sender) bool { return x.addr == addr })
}

// heard notes the stamp of an advert that was accepted.
func (s *stamps) heard(now time.Time, addr netip.Addr, stamp uint64) {
	i := s.find(addr)
	if i < 0 && len(s.senders) == maxSenders { // whoever has been silent for the longest time goes
		i = 0
		for n := range s.senders {
			if s.senders[n].at.Before(s.senders[i].at) {
				i = n
			}
		}
	}
	if i < 0 {
		s.senders = append(s.senders, sender{addr, stamp, now})
		return
	}
	s.senders[i] = sender{addr, stamp, now}
}
