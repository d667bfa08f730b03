package language

import (
	"time"

	"holdfast/config"
)

// garpGroupDraft is a garp_group while it is being read. It has no name, so nothing refers to
// it.
type garpGroupDraft struct {
	draft
	config.GARPGroup
}

// garpGroupRows are the keywords of garp_group (semantics 3.9).
func garpGroupRows() []Keyword {
	// Decimal seconds, which may be 0; the limit is in microseconds.
	interval := func(p func(*garpGroupDraft) *time.Duration) Keyword { return seconds(p, 0, maxInt32) }
	return []Keyword{
		row("garp_interval",
			interval(func(d *garpGroupDraft) *time.Duration { return &d.ARPInterval }),
			"0", "pause between two gratuitous ARPs"),
		row("gna_interval",
			interval(func(d *garpGroupDraft) *time.Duration { return &d.NAInterval }),
			"0", "pause between two unsolicited neighbour advertisements"),
		// One name behind `interface`, or a block of several names in `interfaces`: both add to one
		// list.
		row("interface",
			// A name that is refused has its finding and costs itself: the keyword was given all
			// the same.
			custom("IF", 1, func(s *stmt, d *garpGroupDraft) bool { s.limitInterface(d, 0); return true }),
			"", "one interface"),
		row("interfaces", garpInterfaces(), "", "interfaces that share the limit"),
	}
}

// openGARPGroup remembers where the block stands, which is all that it can be called by.
func openGARPGroup(s *stmt, b *binder) *garpGroupDraft {
	return &garpGroupDraft{GARPGroup: config.GARPGroup{Pos: s.pos()}}
}

// closeGARPGroup takes a group that has a limit.
func closeGARPGroup(s *stmt, d *garpGroupDraft) {
	// It limits nothing.
	if !d.has("garp_interval") && !d.has("gna_interval") {
		s.errorf(s.pos(), "incomplete-block",
			"garp_group does not have any delay set - removing; write garp_interval or gna_interval")
		return
	}
	s.cfg.GARPGroups = append(s.cfg.GARPGroups, d.GARPGroup)
}

func garpInterfaces() Keyword {
	k := list("IF ...", func(s *stmt, d *garpGroupDraft) {
		// Several names a line are fine (grammar 6.8).
		for i := range s.args {
			s.limitInterface(d, i)
		}
	})
	k.bind.done = func(s *stmt, _ any) {
		// `interfaces { }` has no entry, so nothing else has looked at it.
		if s.node.Block == nil || len(s.node.Block.Nodes) == 0 {
			s.warnf(s.pos(), "empty-block",
				"empty garp_group interfaces block; write the names of interfaces or remove it")
		}
	}
	k.bind.show = showing(func(d *garpGroupDraft) []writing { return listed(namesByLine(d.Interfaces)) })
	return k
}

// limitInterface adds an interface to a garp_group; it belongs to one only.
func (s *stmt) limitInterface(d *garpGroupDraft, i int) {
	name := s.word(i)
	// Reported there; without the interface there is nothing to limit.
	if !s.requireInterface(s.at(i), name, "garp_group") {
		return
	}
	// The group of an interface is one: two limits would have to be kept at once.
	if !s.define("interface of a garp_group", name) {
		s.warnf(s.at(i), "duplicate-setting",
			"garp_group already specified for %s - ignoring; an interface belongs to one", name)
		return
	}
	d.Interfaces = append(d.Interfaces, name)
}

// showGARPGroups writes a block for each group, in the order of the text.
func showGARPGroups(b *binder) []writing {
	var out []writing
	for _, g := range b.cfg.GARPGroups {
		out = append(out, writing{inner: &garpGroupDraft{GARPGroup: g}})
	}
	return out
}
