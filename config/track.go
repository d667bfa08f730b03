package config

import (
	"strings"

	"holdfast/config/syntax"
)

// maxWeight is the largest amount a tracker may move a priority by; one more
// is accepted in the text and cut (grammar 8.6).
const maxWeight = 253

// addInterface reads one line of track_interface.
func (s *stmt) addInterface(tracks []Track) []Track {
	name := s.word(0)
	if duplicate(tracks, name) {
		s.warnf(s.at(0), "duplicate-entry", "(%s) duplicate track_interface %s - ignoring; remove one of the two", s.object, name)
		return tracks
	}
	s.requireInterface(s.at(0), name, "track_interface of "+s.object)
	t := Track{Name: name, Pos: s.pos()}
	if !s.trackWords(&t, maxWeight, "reverse") {
		return tracks
	}
	return append(tracks, t)
}

// addScript reads one line of track_script. The weight of the script holds where
// none is written (semantics 5.2).
func (s *stmt) addScript(tracks []Track) []Track {
	name := s.word(0)
	sc := s.findScript(name)
	if sc == nil {
		s.scriptNotFound(name)
		return tracks
	}
	if duplicate(tracks, name) {
		s.warnf(s.at(0), "duplicate-entry", "(%s) duplicate track_script %s - ignoring; remove one of the two", s.object, name)
		return tracks
	}
	t := Track{Name: name, Weight: sc.Weight, Reverse: sc.Reverse, Pos: s.pos()}
	if !s.trackWords(&t, maxWeight, "reverse", "noreverse") {
		return tracks
	}
	return append(tracks, t)
}

// scriptNotFound says that a script is not there, or not as it is written.
func (s *stmt) scriptNotFound(name string) {
	if defined := s.scriptsNamed[name]; len(defined) > 0 {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Error, Class: syntax.ClassConfigError, ID: "unknown-script",
			Text:    sprintf("(%s) track script %s not found, ignoring: it is removed because of the error in its block", s.object, name),
			Related: defined[0].Pos, RelatedText: "defined here"})
		return
	}
	names := make([]string, 0, len(s.scripts))
	for _, d := range s.scripts {
		names = append(names, d.Name)
	}
	s.errorf(s.at(0), "unknown-script", "(%s) track script %s not found, ignoring; define vrrp_script %s before this place%s", s.object, name, name, DidYouMean(name, names))
}

func (b *binder) findScript(name string) *scriptDraft {
	for _, d := range b.scriptsNamed[name] {
		if !d.unusable {
			return d
		}
	}
	return nil
}

func duplicate(tracks []Track, name string) bool {
	for _, t := range tracks {
		if t.Name == name {
			return true
		}
	}
	return false
}

// trackWords reads `weight N` and the word of words that may follow it. A number that
// is none leaves the weight as it is; ok is false if the entry says something else.
func (s *stmt) trackWords(t *Track, limit int64, words ...string) (ok bool) {
	if len(s.args) < 2 {
		return true
	}
	if s.word(1) != "weight" {
		s.errorf(s.at(1), "unknown-option", "(%s) unknown option '%s' for %s - the entry is ignored; write weight N and %s", s.object, s.word(1), t.Name, words[0])
		return false
	}
	if len(s.args) < 3 {
		s.errorf(s.at(1), "missing-value", "(%s) weight without a value for %s - the entry is ignored", s.object, t.Name)
		return false
	}
	if n, ok := s.trackWeight(2, t.Name, limit); ok {
		t.Weight = n // the direction of the object holds unless another is written
	}
	switch word := s.word(3); {
	case word == "":
	case contains(words, word):
		t.Reverse = word == "reverse"
	default:
		s.errorf(s.at(3), "unknown-option", "(%s) unknown weight option '%s' for %s - ignoring; write %s", s.object, word, t.Name, strings.Join(words, " or "))
	}
	return true
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
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
		s.errorf(s.at(i), "number-out-of-range", "(%s) weight '%s' for %s must be between [-%d..%d]. Ignoring", s.object, s.word(i), name, limit, limit)
		return 0, false
	case junk:
		s.warnf(s.at(i), "invalid-number", "(%s) weight '%s' for %s is not a whole number, using %d", s.object, s.word(i), name, n)
	}
	if c := min(max(n, -limit), limit); c != n {
		s.warnf(s.at(i), "number-corrected", "(%s) weight for %s cannot be +/-%d. Setting to +/-%d", s.object, name, limit+1, limit)
		n = c
	}
	return int(n), true
}

// dropWeighted leaves the trackers that keep returns true for.
func dropWeighted(tracks []Track, keep func(Track) bool) []Track {
	var out []Track
	for _, t := range tracks {
		if keep(t) {
			out = append(out, t)
		}
	}
	return out
}

// dropOwnInterface drops a tracker of the interface the instance is on (semantics 4.6).
func (b *binder) dropOwnInterface(d *instanceDraft) {
	d.TrackInterfaces = dropWeighted(d.TrackInterfaces, func(t Track) bool {
		if t.Name == d.Interface {
			b.warnf(t.Pos, "own-interface-tracked", "(%s) Ignoring track_interface %s since own interface; remove it, it is always tracked", d.Name, t.Name)
			return false
		}
		return true
	})
}

// checkTrackedTwice reports an interface that a member of a sync group tracks and the
// group does as well.
func (b *binder) checkTrackedTwice(d *instanceDraft) {
	if d.group == nil {
		return
	}
	for _, t := range d.group.TrackInterfaces {
		own := t.Name == d.Interface && !d.DontTrackPrimary
		if own || duplicate(d.TrackInterfaces, t.Name) {
			why := "remove one of the two"
			if own {
				why = "remove it from the group, the interface of a member is always tracked"
			}
			b.warnf(t.Pos, "duplicate-entry", "(%s) track_interface %s is configured on VRRP instance and sync group %s; %s", d.Name, t.Name, d.group.Name, why)
		}
	}
}

// dropOwnerWeights drops weighted trackers of an address owner, whose priority
// does not move (semantics 1.8).
func (b *binder) dropOwnerWeights(d *instanceDraft) {
	if d.Priority != ownerPriority {
		return
	}
	drop := func(what string) func(Track) bool {
		return func(t Track) bool {
			if t.Weight == 0 {
				return true
			}
			b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring %s %s with a weight due to address owner; priority 255 never moves - use a lower priority", d.Name, what, t.Name)
			return false
		}
	}
	d.TrackInterfaces = dropWeighted(d.TrackInterfaces, drop("tracked interface"))
	d.TrackScripts = dropWeighted(d.TrackScripts, drop("tracked script"))
	b.dropTrackerWeights(d, "address owner; priority 255 never moves - use a lower priority")
}

// dropGroupWeights resolves the trackers of a member of a sync group: weights do
// not count in a group (semantics 5.16), but for those of interfaces, of which
// keepalived says that it ignores them and does not.
func (b *binder) dropGroupWeights(d *instanceDraft) {
	if d.group == nil || d.group.TrackingWeight {
		return
	}
	for _, t := range d.TrackInterfaces {
		if t.Weight != 0 {
			b.warnf(t.Pos, "weight-in-group", "(%s) tracked interface %s has a weight, which moves the priority in sync group %s too, though keepalived says it ignores it; set sync_group_tracking_weight there, or write no weight to have a fault instead", d.Name, t.Name, d.group.Name)
		}
	}
	d.TrackScripts = dropWeighted(d.TrackScripts, func(t Track) bool {
		if t.Weight == 0 {
			return true
		}
		b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring tracked script %s with weights due to sync group %s; set sync_group_tracking_weight there to keep it", d.Name, t.Name, d.group.Name)
		return false
	})
	b.dropTrackerWeights(d, "sync group "+d.group.Name+"; set sync_group_tracking_weight there to keep it")
}

// dropTrackerWeights drops files and BFD sessions whose weight cannot move the
// priority. A file whose weight was not written here is tracked without it; processes
// keep theirs.
func (b *binder) dropTrackerWeights(d *instanceDraft, reason string) {
	d.TrackBFDs = dropWeighted(d.TrackBFDs, func(t Track) bool {
		if t.Weight != 0 {
			b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring tracked bfd %s with weight %d due to %s", d.Name, t.Name, t.Weight, reason)
		}
		return t.Weight == 0
	})
	kept := d.TrackFiles[:0:0]
	for _, t := range d.TrackFiles {
		own, _ := trackedFiles().find(b.cfg, t.Name)
		switch {
		case t.Weight == 0:
		case t.Weight == own.Weight:
			b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring the weight of tracked file %s due to %s, or write weight 0", d.Name, t.Name, reason)
			t.Weight = 0
		default:
			b.warnf(t.Pos, "weight-without-effect", "(%s) ignoring tracked file %s with weight %d due to %s", d.Name, t.Name, t.Weight, reason)
			continue
		}
		kept = append(kept, t)
	}
	d.TrackFiles = kept
}
