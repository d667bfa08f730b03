package vrrp

import (
	"net/netip"
	"slices"
	"time"
)

// A stranger is who sends adverts for a virtual router that is not configured here.
type stranger struct {
	iface string
	vrid  uint8
	src   netip.Addr
}

// strangers are those that were named in the log (log_unknown_vrids). Each is named once, and whoever forges
// senders gets few lines and a fixed piece of our memory.
type strangers struct {
	heard map[stranger]time.Time // when last
	order []stranger             // as named
	hand  int                    // whose place in order is given away next, if it is silent
	lines int                    // that may be written now
	since time.Time              // lines were counted
	more  uint64                 // adverts of those that were not named
}

const (
	maxStrangers   = 256
	strangerSilent = 10 * time.Minute // whoever is silent for so long may be forgotten
	strangerLines  = 64               // at once
	strangerPause  = 10 * time.Second // for each line beyond those
)

// name reports whether a sender is to be named now, and how many adverts of others were not told of since the
// last one that was.
func (s *strangers) name(now time.Time, who stranger) (say bool, more uint64) {
	if _, known := s.heard[who]; known {
		s.heard[who] = now
		return false, 0
	}
	if s.heard == nil {
		s.heard, s.lines, s.since = map[stranger]time.Time{}, strangerLines, now
	}
	if n := int(now.Sub(s.since) / strangerPause); n > 0 {
		s.lines, s.since = min(s.lines+n, strangerLines), s.since.Add(time.Duration(n)*strangerPause)
	}
	if s.lines == 0 || !s.room(now) {
		s.more++
		return false, 0
	}
	s.lines--
	s.heard[who] = now
	if len(s.order) < maxStrangers {
		s.order = append(s.order, who)
	} else {
		s.order[s.hand] = who
		s.hand = (s.hand + 1) % maxStrangers
	}
	more, s.more = s.more, 0
	return true, more
}

// room reports whether there is a place for another one. It looks at one each time, so an advert costs the same
// whoever sends it.
func (s *strangers) room(now time.Time) bool {
	if len(s.order) < maxStrangers {
		return true
	}
	old := s.order[s.hand]
	if now.Sub(s.heard[old]) < strangerSilent {
		s.hand = (s.hand + 1) % maxStrangers
		return false
	}
	delete(s.heard, old)
	return true
}

// livesAbove reports whether a virtual router lives on an interface of its own upon that of a key: it hears its
// adverts there.
func (c *Core) livesAbove(k routerKey) bool {
	return slices.ContainsFunc(c.machines, func(m *machine) bool {
		return m.place.Own != "" && routerKey{m.cfg.Interface, m.cfg.VRID, m.cfg.IPv6} == k
	})
}

// unknown handles an advert for a virtual router that is not configured.
func (c *Core) unknown(now time.Time, vrid uint8, d Datagram) {
	if !c.setup.LogUnknown || c.livesAbove(routerKey{d.Interface, vrid, !d.Src.Is4()}) {
		return
	}
	say, more := c.strangers.name(now, stranger{d.Interface, vrid, d.Src})
	if !say {
		return
	}
	c.log(Info, nil, "Unknown VRID(%d) received on interface(%s). ignoring... (from %s, said once)",
		vrid, d.Interface, d.Src)
	if more > 0 {
		c.log(Info, nil, "Unknown VRIDs: %d adverts of other senders were not told of", more)
	}
}
