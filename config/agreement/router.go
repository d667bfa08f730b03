package agreement

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// router says what there is to say about one virtual router.
func (c *comparer) router(r *router) {
	c.alone(r)
	if len(r.members) < 2 {
		return
	}
	c.adverts(r)
	if c.sources(r) {
		c.peers(r)
	}
	c.addresses(r)
	c.routes(r)
	c.priorities(r)
	c.failures(r)
	c.tracking(r)
	c.hardware(r)
	c.accepting(r)
	c.settings(r)
}

// hardware is the hardware address that clients know.
func (c *comparer) hardware(r *router) {
	type hardware struct {
		virtual bool
		mac     [6]byte
	}
	for m, u := range unlike(r.members, func(m member) hardware { return hardware{m.in.VMAC.Use, m.in.VMAC.MAC} }) {
		if m.in.VMAC.Use && u.in.VMAC.Use {
			c.say(syntax.Warning, "pair-virtual-mac-differs", m.at("use_vmac"), u.at("use_vmac"), "another hardware address",
				"(%s) use_vmac has another hardware address than in %s: it changes with the master", m.in.Name, u.host.File)
			continue
		}
		with, without := m, u
		if u.in.VMAC.Use {
			with, without = u, m
		}
		c.say(syntax.Warning, "pair-virtual-mac-differs", with.at("use_vmac"), without.at(), "without use_vmac",
			"(%s) use_vmac in %s and not in %s: the hardware address of the addresses changes with the master, and "+
				"gratuitous ARP "+
				"has to tell of it", m.in.Name, with.host.File, without.host.File)
	}
}

// accepting is whether packets to the addresses are taken. An owner takes them in any case.
func (c *comparer) accepting(r *router) {
	var all []member
	for _, m := range r.members {
		if m.in.Priority != owner {
			all = append(all, m)
		}
	}
	word := func(m member) spot {
		at := m.at("accept", "no_accept", "strict_mode")
		if general, ok := m.host.global("vrrp_strict"); ok && at.pos == m.in.Pos {
			return general
		}
		return at
	}
	for m, u := range unlike(all, func(m member) bool { return m.in.Accept }) {
		with, without := m, u
		if u.in.Accept {
			with, without = u, m
		}
		c.say(syntax.Warning, "pair-accept-differs", word(without), word(with), "they are taken here",
			"(%s) as master %s takes packets to the addresses and %s drops them: pings, and services on the directors",
			m.in.Name, with.host.File, without.host.File)
	}
}

// A setting that two directors may have in different ways.
type setting struct {
	word string
	of   func(*config.Instance) any
}

// habits are what a master does otherwise on another director, and what nobody minds.
func habits() []setting {
	return []setting{
		{"down_timer_adverts", func(in *config.Instance) any { return in.DownTimerAdverts }},
		{"garp_master_delay", func(in *config.Instance) any { return in.GARPDelay }},
		{"garp_master_repeat", func(in *config.Instance) any { return in.GARPRepeat }},
		{"garp_master_refresh", func(in *config.Instance) any { return in.GARPRefresh }},
		{"garp_master_refresh_repeat", func(in *config.Instance) any { return in.GARPRefreshRepeat }},
		{"garp_lower_prio_delay", func(in *config.Instance) any { return in.GARPLowerPrioDelay }},
		{"garp_lower_prio_repeat", func(in *config.Instance) any { return in.GARPLowerPrioRepeat }},
		{"garp_interval", func(in *config.Instance) any { return in.GARPInterval }},
		{"gna_interval", func(in *config.Instance) any { return in.GNAInterval }},
		{"garp_extra_if", func(in *config.Instance) any { return in.GARPExtra }},
		{"lower_prio_no_advert", func(in *config.Instance) any { return in.LowerPrioNoAdvert }},
		{"higher_prio_send_advert", func(in *config.Instance) any { return in.HigherPrioSendAdvert }},
		{"dont_track_primary", func(in *config.Instance) any { return in.DontTrackPrimary }},
	}
}

func (c *comparer) settings(r *router) {
	u := r.members[0]
	for _, m := range r.members[1:] {
		var words []string
		for _, s := range habits() {
			if s.of(m.in) != s.of(u.in) {
				words = append(words, s.word)
			}
		}
		if len(words) > 0 {
			c.say(syntax.Note, "pair-settings-differ", m.at(words...), u.at(words...), "otherwise here",
				"(%s) %s not as in %s", m.in.Name, strings.Join(words, ", "), u.host.File)
		}
	}
}

// tracking says what one director watches and another does not. Interfaces may be called otherwise there.
func (c *comparer) tracking(r *router) {
	names := func(m member) []string {
		var all []string
		tracks := m.in.Tracks
		if g := groupOf(m); g != nil {
			tracks = slices.Concat(tracks, g.Tracks)
		}
		for _, t := range tracks {
			if t.Kind != config.TrackedInterface {
				all = append(all, t.Kind.String()+" "+t.Name)
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for m, u := range unlike(r.members, func(m member) string { return strings.Join(names(m), "\n") }) {
		here, there := without(names(m), names(u)), without(names(u), names(m))
		var parts []string
		if len(here) > 0 {
			parts = append(parts, "only here "+some(here))
		}
		if len(there) > 0 {
			parts = append(parts, fmt.Sprintf("only in %s %s", u.host.File, some(there)))
		}
		c.say(syntax.Note, "pair-tracking-differs", m.at(trackWords()...), u.at(trackWords()...),
			"tracked by the other director",
			"(%s) tracked is %s", m.in.Name, strings.Join(parts, ", and "))
	}
}

func trackWords() []string {
	return []string{"track_script", "track_file", "track_process", "track_bfd"}
}

// without are the names that are not among others.
func without(names, others []string) []string {
	var all []string
	for _, n := range names {
		if !slices.Contains(others, n) {
			all = append(all, n)
		}
	}
	return all
}
