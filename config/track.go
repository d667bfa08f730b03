package config

import "holdfast/config/syntax"

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
	w, ok := s.trackWords(&t, "reverse")
	if ok && w != nil {
		t.Weight = *w
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
	w, ok := s.trackWords(&t, "reverse", "noreverse")
	if !ok {
		return tracks
	}
	if w != nil {
		t.Weight = *w
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
	s.errorf(s.at(0), "unknown-script", "(%s) track script %s not found, ignoring; define vrrp_script %s before this place", s.object, name, name)
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

// trackWords reads `weight N` and the words that follow it. The weight is nil if
// none was given; ok is false if it was refused.
func (s *stmt) trackWords(t *Track, words ...string) (weight *int, ok bool) {
	ok = true
	for i := 1; i < len(s.args); i++ {
		word := s.word(i)
		switch {
		case word == "weight":
			i++
			if weight, ok = s.trackWeight(i, t.Name); !ok {
				return nil, false
			}
		case word == "reverse" && contains(words, word):
			t.Reverse = true
		case word == "noreverse" && contains(words, word):
			t.Reverse = false
		default:
			s.errorf(s.at(i), "unknown-option", "(%s) unknown option '%s' for %s - ignoring; write weight N and %s", s.object, word, t.Name, words[0])
		}
	}
	return weight, ok
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// trackWeight reads a weight; one beyond the limit by one is cut.
func (s *stmt) trackWeight(i int, name string) (*int, bool) {
	n, junk := parseInt(s.word(i))
	if junk || n < -maxWeight-1 || n > maxWeight+1 {
		s.errorf(s.at(i), "number-out-of-range", "(%s) weight '%s' for %s must be between [-%d..%d]. Ignoring", s.object, s.word(i), name, maxWeight, maxWeight)
		return nil, false
	}
	if c := min(max(n, -maxWeight), maxWeight); c != n {
		s.warnf(s.at(i), "number-corrected", "(%s) weight for %s cannot be +/-%d. Setting to +/-%d", s.object, name, maxWeight+1, maxWeight)
		n = c
	}
	w := int(n)
	return &w, true
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
