package language

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// isTracked reports whether an object of a kind is in a list.
func isTracked(ts config.Tracks, kind config.TrackKind, name string) bool {
	return slices.ContainsFunc(ts, func(t config.Track) bool { return t.Kind == kind && t.Name == name })
}

// byKind puts tracks kind by kind; within a kind their written order stays.
func byKind(ts config.Tracks) {
	slices.SortStableFunc(ts, func(x, y config.Track) int { return cmp.Compare(x.Kind, y.Kind) })
}

// A trackedKind is what the track_* list of a kind has in it.
type trackedKind struct {
	what  string // an entry in the help
	said  string // an object in findings
	limit int64  // the largest weight
	words []string
	// find gives the object of a name with its own weight, which holds where none is written;
	// what it does not find it says.
	find func(s *stmt, name string) (config.Track, bool)
}

// kindOf gives what is known of a kind. An interface has no direction of its own, so there is
// none for noreverse to take back.
func kindOf(kind config.TrackKind) trackedKind {
	both := []string{"reverse", "noreverse"}
	return [...]trackedKind{
		config.TrackedInterface: {"IF", "track_interface", maxWeight, both[:1], (*stmt).trackedInterface},
		config.TrackedScript:    {"SCRIPT", "track_script", maxWeight, both, (*stmt).trackedScript},
		config.TrackedFile: {"FILE", "track_file", maxTrackWeight, both,
			defined("track_file", func(c *config.Config) []config.TrackFile { return c.TrackFiles },
				func(f config.TrackFile) config.Track {
					return config.Track{Name: f.Name, Weight: f.Weight, Reverse: f.Reverse}
				})},
		config.TrackedProcess: {"PROCESS", "vrrp_track_process", maxTrackWeight, both,
			defined("vrrp_track_process", func(c *config.Config) []config.TrackProcess { return c.TrackProcesses },
				func(p config.TrackProcess) config.Track {
					return config.Track{Name: p.Name, Weight: p.Weight, Reverse: p.Reverse}
				})},
		config.TrackedBFD: {"BFD", "bfd_instance", maxWeight, both,
			defined("bfd_instance", forVRRP,
				func(b config.BFD) config.Track {
					return config.Track{Name: b.Name, Weight: b.Weight, Reverse: b.Reverse}
				})},
	}[kind]
}

// forVRRP are the sessions that the vrrp role is told of; the others cannot be tracked.
func forVRRP(c *config.Config) []config.BFD {
	return slices.DeleteFunc(c.Sessions(), func(b config.BFD) bool { return !b.VRRP })
}

// trackedList is a list of trackers of a kind with their weights.
func trackedList[T any](kind config.TrackKind, p func(*T) *config.Tracks) Keyword {
	of := kindOf(kind)
	args := of.what + " [weight " + Range{Min: -of.limit, Max: of.limit}.String() + " [" + strings.Join(of.words, "|") +
		"]]"
	k := list(args, func(s *stmt, t *T) { *p(t) = s.addTracked(*p(t), kind, &of) })
	// A kind whose objects have a direction of their own can say noreverse.
	k.bind.show = showing(func(t *T) []writing { return listed(trackLines(p(t).Of(kind), len(of.words) > 1)) })
	return k
}

// addTracked reads one line of such a list.
func (s *stmt) addTracked(tracks config.Tracks, kind config.TrackKind, of *trackedKind) config.Tracks {
	name := s.word(0)
	// The first entry of an object counts; the weights of two would be added.
	if isTracked(tracks, kind, name) {
		s.warnf(s.at(0), "duplicate-entry", "(%s) duplicate %s %s - ignoring; remove one of the two", s.object, of.said,
			name)
		return tracks
	}
	t, ok := of.find(s, name)
	if !ok {
		return tracks
	}
	// What find gave is the weight of the object itself, which the words behind the name change.
	t.Kind, t.Name, t.Pos = kind, name, s.pos()
	if !s.trackWords(&t, of.limit, of.words...) {
		return tracks
	}
	return append(tracks, t)
}

// trackedInterface finds any interface: its weight is nobody's, so it is none until the entry
// says one.
func (s *stmt) trackedInterface(name string) (config.Track, bool) {
	// Tracked all the same: the finding is fatal, or the interface may come (dynamic_interfaces).
	s.requireInterface(s.at(0), name, "track_interface of "+s.object)
	return config.Track{}, true
}

// trackedScript finds a script that can be used.
func (s *stmt) trackedScript(name string) (config.Track, bool) {
	sc := s.findScript(name)
	if sc == nil {
		s.scriptNotFound(name)
		return config.Track{}, false
	}
	return config.Track{Weight: sc.Weight, Reverse: sc.Reverse}, true
}

// defined finds an object in those of a block that stand before.
func defined[T any](block kind, list func(c *config.Config) []T,
	own func(T) config.Track) func(*stmt, string) (config.Track, bool) {
	return func(s *stmt, name string) (config.Track, bool) {
		// These are complete when their block ends, so only those above are found (grammar 6.9).
		for _, o := range list(s.cfg) {
			if t := own(o); t.Name == name {
				return t, true
			}
		}
		if s.defined(block, name) { // it is there, but the vrrp role is not told of it
			s.errorf(s.at(0), "unknown-tracker", "(%s) %s %s not found, ignoring; it is only for checkers: add vrrp to it",
				s.object, block, name)
			return config.Track{}, false
		}
		s.errorf(s.at(0), "unknown-tracker", "(%s) %s %s not found, ignoring; define %s %s before this place%s",
			s.object, block, name, block, name, s.meant(block, name))
		return config.Track{}, false
	}
}

// trackLines writes trackers, perhaps with noreverse.
func trackLines(tracks []config.Track, own bool) [][]string {
	var out [][]string
	for _, t := range tracks {
		line := []string{quoted(t.Name), "weight", strconv.Itoa(t.Weight)}
		switch {
		case t.Reverse:
			line = append(line, "reverse")
		case own:
			line = append(line, "noreverse")
		}
		out = append(out, line)
	}
	return out
}

// scriptNotFound says that a script is not there, or not as it is written.
func (s *stmt) scriptNotFound(name string) {
	// Its author sees the script in the file and would look for a typing error in the name.
	if defined := s.vrrp().scriptsNamed[name]; len(defined) > 0 {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Error, Class: syntax.ClassConfigError,
			ID: "unknown-script",
			Text: sprintf("(%s) track script %s not found, ignoring: it is removed because "+
				"of the error in its block", s.object, name),
			Related: defined[0].Pos, RelatedText: "defined here"})
		return
	}
	names := make([]string, 0, len(s.vrrp().scripts))
	for _, d := range s.vrrp().scripts {
		names = append(names, d.Name)
	}
	s.errorf(s.at(0), "unknown-script",
		"(%s) track script %s not found, ignoring; define vrrp_script %s before this place%s", s.object, name, name,
		DidYouMean(name, names))
}

// findScript gives the script that counts of those with a name, nil for none.
func (b *binder) findScript(name string) *scriptDraft {
	// The first that is usable: a broken one does not hide a good one of the same name.
	for _, d := range b.vrrp().scriptsNamed[name] {
		if !d.unusable {
			return d
		}
	}
	return nil
}

// trackWords reads `weight N` and the word of words that may follow it. A number that
// is none leaves the weight as it is; ok is false if the entry says something else.
func (s *stmt) trackWords(t *config.Track, limit int64, words ...string) (ok bool) {
	if len(s.args) < 2 {
		return true
	}
	if s.word(1) != "weight" {
		s.errorf(s.at(1), "unknown-option",
			"(%s) unknown option '%s' for %s - the entry is ignored; write weight N and %s", s.object, s.word(1),
			t.Name, words[0])
		return false
	}
	if len(s.args) < 3 {
		s.errorf(s.at(1), "missing-value", "(%s) weight without a value for %s - the entry is ignored", s.object,
			t.Name)
		return false
	}
	if n, ok := s.trackWeight(2, t.Name, limit); ok {
		t.Weight = n // the direction of the object holds unless another is written
	}
	switch word := s.word(3); {
	case word == "":
	case slices.Contains(words, word):
		t.Reverse = word == "reverse"
	default:
		s.errorf(s.at(3), "unknown-option", "(%s) unknown weight option '%s' for %s - ignoring; write %s", s.object,
			word, t.Name, strings.Join(words, " or "))
	}
	return true
}

// trackWeight reads a weight. One beyond the limit of interfaces and scripts by one is
// cut; junk behind the digits counts as for other numbers (grammar 8.1).
func (s *stmt) trackWeight(i int, name string, limit int64) (int, bool) {
	n, junk := parseInt(s.word(i))
	most := limit
	if limit == maxWeight {
		most++
	}
	switch {
	case n < -most || n > most || junk && s.env.Test:
		s.errorf(s.at(i), "number-out-of-range", "(%s) weight '%s' for %s must be between [-%d..%d]. Ignoring",
			s.object, s.word(i), name, limit, limit)
		return 0, false
	case junk:
		s.warnf(s.at(i), "invalid-number", "(%s) weight '%s' for %s is not a whole number, using %d", s.object,
			s.word(i), name, n)
	}
	if c := min(max(n, -limit), limit); c != n {
		s.warnf(s.at(i), "number-corrected", "(%s) weight for %s cannot be +/-%d. Setting to +/-%d", s.object, name,
			limit+1, limit)
		n = c
	}
	return int(n), true
}

// dropTracks removes what out reports true for.
func dropTracks(ts *config.Tracks, out func(*config.Track) bool) {
	var kept config.Tracks
	for _, t := range *ts {
		if !out(&t) {
			kept = append(kept, t)
		}
	}
	*ts = kept
}

// dropOwnInterface drops a tracker of the interface the instance is on (semantics 4.6).
func (b *binder) dropOwnInterface(d *instanceDraft) {
	dropTracks(&d.Tracks, func(t *config.Track) bool {
		own := t.Kind == config.TrackedInterface && t.Name == d.Interface
		// Without dont_track_primary the own interface is looked at anyway (semantics 4.1).
		if own {
			b.warnf(t.Pos, "own-interface-tracked",
				"(%s) Ignoring track_interface %s since own interface; remove it, it is always tracked", d.Name, t.Name)
		}
		return own
	})
}

// checkTrackedTwice reports an interface that a member of a sync group tracks and the
// group does as well.
func (b *binder) checkTrackedTwice(d *instanceDraft) {
	if d.group == nil {
		return
	}
	for _, t := range d.group.Tracks.Of(config.TrackedInterface) {
		own := t.Name == d.Interface && !d.DontTrackPrimary
		if own || isTracked(d.Tracks, config.TrackedInterface, t.Name) {
			why := "remove one of the two"
			if own {
				why = "remove it from the group, the interface of a member is always tracked"
			}
			b.warnf(t.Pos, "duplicate-entry",
				"(%s) track_interface %s is configured on VRRP instance and sync group %s; %s", d.Name, t.Name,
				d.group.Name, why)
		}
	}
}

// dropOwnerWeights drops weighted trackers of an address owner, whose priority
// does not move (semantics 1.8).
func (b *binder) dropOwnerWeights(d *instanceDraft) {
	if d.Priority != ownerPriority {
		return
	}
	dropTracks(&d.Tracks, func(t *config.Track) bool {
		// Without a weight failure is FAULT, which an owner goes into as others do (semantics 1.8).
		switch {
		case t.Weight == 0:
			return false
		case t.Kind == config.TrackedInterface || t.Kind == config.TrackedScript:
			b.warnf(t.Pos, "weight-without-effect",
				"(%s) ignoring tracked %s %s with a weight due to address owner; "+
					"priority 255 never moves - use a lower priority", d.Name, t.Kind, t.Name)
			return true
		}
		return b.dropsWeight(d, t, "address owner; priority 255 never moves - use a lower priority")
	})
}

// dropGroupWeights resolves the trackers of a member of a sync group: weights do
// not count in a group (semantics 5.16), but for those of interfaces, of which
// keepalived says that it ignores them and does not, and of processes.
func (b *binder) dropGroupWeights(d *instanceDraft) {
	if d.group == nil || d.group.TrackingWeight {
		return
	}
	dropTracks(&d.Tracks, func(t *config.Track) bool {
		switch {
		case t.Weight == 0:
			return false
		case t.Kind == config.TrackedInterface:
			b.warnf(t.Pos, "weight-in-group",
				"(%s) tracked interface %s has a weight, which moves the priority in sync group %s too, though "+
					"keepalived says it ignores it; set sync_group_tracking_weight there, or write no weight "+
					"to have a fault instead", d.Name, t.Name, d.group.Name)
			return false
		case t.Kind == config.TrackedScript:
			b.warnf(t.Pos, "weight-without-effect",
				"(%s) ignoring tracked script %s with weights due to sync group %s; "+
					"set sync_group_tracking_weight there to keep it", d.Name, t.Name, d.group.Name)
			return true
		}
		return b.dropsWeight(d, t, "sync group "+d.group.Name+"; set sync_group_tracking_weight there to keep it")
	})
}

// dropsWeight is what becomes of a file, process or BFD session whose weight cannot move the
// priority. A file with the weight 1, which it has if none is written, is tracked without it; processes keep theirs.
func (b *binder) dropsWeight(d *instanceDraft, t *config.Track, reason string) (out bool) {
	switch t.Kind {
	case config.TrackedBFD:
		b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring tracked bfd %s with weight %d due to %s", d.Name, t.Name,
			t.Weight, reason)
		return true
	case config.TrackedFile:
		if t.Weight != 1 {
			b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring tracked file %s with weight %d due to %s", d.Name,
				t.Name, t.Weight, reason)
			return true
		}
		b.warnf(t.Pos, "weight-without-effect",
			"(%s) ignoring the weight of tracked file %s due to %s, or write weight 0", d.Name, t.Name, reason)
		t.Weight = 0
	}
	return false
}
