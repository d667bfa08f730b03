package language

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
)

// How long a virtual server has to be able to serve before what was withdrawn is shown again: an hour at most, in
// microseconds, and what holds without the word.
const (
	maxAnnounceHold     = 3600 * 1_000_000
	defaultAnnounceHold = 5 * time.Second
)

// announce is how the addresses of a service are shown.
func announce() Keyword {
	k := custom("[dev IF | table N|NAME | bgp]", 0, func(s *stmt, d *serviceDraft) bool {
		var way config.Announce
		switch what := s.word(0); {
		case len(s.args) == 0:
			way.Dev = "lo"
		case what == "dev" && s.word(1) != "":
			way.Dev = s.word(1)
		case what == "table" && s.word(1) != "":
			n, ok := s.lookUp(tablesOfRoutes, s.word(1), anyNumber)
			if !ok {
				s.errorf(s.at(1), "unknown-name", "%s: '%s' is not found; write a number, or a name in %s", s.title(),
					s.word(1), tablesOfRoutes)
				return false
			}
			way.Table = n
		case what == "bgp":
			way.BGP = true
		default:
			s.errorf(s.at(0), "announce-how", "%s: '%s' is not a way to show addresses; write: announce %s", s.title(),
				what, s.kw.Args)
			return false
		}
		d.Announce = &way
		return true
	})
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if d.Announce == nil {
			return nil
		}
		how := d.Announce.Words()
		for n := range how {
			how[n] = quoted(how[n])
		}
		return []writing{{args: how}}
	})
	return k
}

// announcePrefixes are shown in place of the addresses.
func announcePrefixes() Keyword {
	k := custom("PREFIX..", 1, func(s *stmt, d *serviceDraft) bool {
		for i := range s.words() {
			p, given, ok := s.prefix(i)
			switch {
			case !ok:
				return false
			case given && p != p.Masked():
				s.warnf(s.at(i), "announce-host-bits", "%s: %v is %v", s.title(), p, p.Masked())
			}
			d.shown = append(d.shown, p.Masked())
		}
		return true
	})
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if len(d.shown) == 0 {
			return nil
		}
		w := writing{}
		for _, p := range d.shown {
			w.args = append(w.args, p.String())
		}
		return []writing{w}
	})
	return k
}

// completeAnnounce settles what a service shows.
func (b *binder) completeAnnounce(d *serviceDraft, g *config.ServerGroup) {
	a := d.Announce
	if a == nil {
		if len(d.shown) > 0 || d.hold != nil {
			at := d.at("announce_prefix", d.at("announce_hold", d.Pos))
			b.mutedf(at, "announce-nothing", "virtual_server %s shows nothing: announce is missing", d.Name())
		}
		return
	}
	a.Hold = firstOf(defaultAnnounceHold, d.hold)
	slices.SortFunc(d.shown, netip.Prefix.Compare)
	a.Prefixes = slices.Compact(d.shown)
	if _, ok := d.Announced(g); !ok {
		b.errorf(d.at("announce", d.Pos), "announce-what", "virtual_server %s: announce has no addresses to show, or more "+
			"than %d - nothing is shown; write announce_prefix", d.Name(), config.MaxAnnounced)
		d.Announce = nil
	}
	if a.BGP {
		b.completeAnnounceBGP(d, g)
	}
}

// completeAnnounceBGP looks whether somebody hears of what a service shows by BGP.
func (b *binder) completeAnnounceBGP(d *serviceDraft, g *config.ServerGroup) {
	at := d.at("announce", d.Pos)
	if b.cfg.BGP == nil {
		b.errorf(at, "announce-what", "virtual_server %s: announce bgp - nothing is shown; write %s", d.Name(),
			ownLine+"bgp { .. } with a neighbor")
		d.Announce = nil
		return
	}
	prefixes, _ := d.Announced(g)
	for _, p := range prefixes {
		if !b.cfg.BGP.Hears(p.Addr().Is6()) {
			b.errorf(at, "announce-what", "virtual_server %s: no neighbor hears of %v; write families in one", d.Name(), p)
			return
		}
	}
}
