package language

import "holdfast/config"

// trackGroupDraft is a track_group while it is being read.
type trackGroupDraft struct {
	draft
	config.TrackGroup
}

// trackGroupRows are the keywords of track_group.
func trackGroupRows() []Keyword {
	return []Keyword{row("group", trackGroupMembers(), "", "the virtual routers that fail")}
}

// openTrackGroup begins a track_group, if its name is free.
func openTrackGroup(s *stmt, b *binder) *trackGroupDraft {
	if len(s.args) != 1 {
		s.errorf(s.pos(), "bad-name", "track_group must have a name of one word - skipping")
		return nil
	}
	// By name from now on; its members are looked for when a static thing fails, and need not exist here (grammar
	// 6.9).
	if !s.define("track_group", s.word(0)) {
		s.errorf(s.at(0), "duplicate-name", "track_group %s already defined; give it another name", s.word(0))
		return nil
	}
	return &trackGroupDraft{TrackGroup: config.TrackGroup{Name: s.word(0), Pos: s.pos()}}
}

// closeTrackGroup takes it, also without members.
func closeTrackGroup(s *stmt, d *trackGroupDraft) {
	s.cfg.TrackGroups = append(s.cfg.TrackGroups, d.TrackGroup)
}

// trackGroupMembers is the list of those who fail.
func trackGroupMembers() Keyword {
	k := list("INSTANCE ...",
		func(s *stmt, d *trackGroupDraft) { d.Members = append(d.Members, wordsText(s.words())...) })
	k.bind.open = func(s *stmt, target any) any {
		d := target.(*trackGroupDraft)
		//	group {
		//	    VI_1
		//	}
		// one list for each track_group; a second one is left out.
		if d.has("group") {
			s.errorf(s.pos(), "duplicate-setting", "Group list already specified for track_group %s; write one list",
				d.Name)
			return nil
		}
		return d
	}
	k.bind.done = func(s *stmt, target any) {
		if d := target.(*trackGroupDraft); len(d.Members) == 0 {
			s.warnf(s.pos(), "empty-block",
				"track group %s has an empty group block; write the names of vrrp_instances", d.Name)
		}
	}
	k.bind.show = showing(func(d *trackGroupDraft) []writing { return listed(namesByLine(d.Members)) })
	return k
}

// trackGroupWord takes the name of a track_group, in an entry of a static list.
func trackGroupWord[T any](p func(*T) *string) Keyword {
	k := custom("NAME", 1, func(s *stmt, t *T) bool {
		switch {
		// The first one counts, and so does the entry.
		case *p(t) != "":
			s.errorf(s.at(0), "duplicate-setting", "track_group %s is a duplicate - ignored; an entry has one",
				s.word(0))
		case !s.defined("track_group", s.word(0)):
			s.errorf(s.at(0), "unknown-track-group",
				"track_group %s not found - ignored; define it before this place%s", s.word(0),
				s.meant("track_group", s.word(0)))
		default:
			*p(t) = s.word(0)
		}
		return true
	})
	k.bind.show = showing(func(t *T) []writing { return wordIf(*p(t)) })
	return k
}

// showTrackGroups writes a block for each of them.
func showTrackGroups(b *binder) []writing {
	var out []writing
	for _, g := range b.cfg.TrackGroups {
		out = append(out, writing{args: []string{quoted(g.Name)}, inner: &trackGroupDraft{TrackGroup: g}})
	}
	return out
}
