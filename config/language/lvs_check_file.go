package language

import (
	"slices"

	"holdfast/config"
)

// fileCheck is FILE_CHECK: it follows the number in a track_file (semantics 10.13).
func fileCheck() checkKind {
	return checkKind{
		rows:  fileCheckRows,
		begin: func(c *config.Checker) { c.File = &config.FileCheck{} },
		usable: func(s *stmt, d *checkerDraft) bool {
			// A name that was refused has its finding already, and dropped says nothing more then.
			if d.File.TrackFile == "" {
				s.dropped(d, "track_file", "FILE_CHECK has no track_file specified - ignoring; write track_file NAME")
			}
			return d.File.TrackFile != ""
		},
	}
}

// bfdCheck is BFD_CHECK: it follows a session (semantics 10.14). A name is all it has, so it
// needs no struct to begin with.
func bfdCheck() checkKind {
	return checkKind{
		rows: bfdCheckRows,
		usable: func(s *stmt, d *checkerDraft) bool {
			if d.BFD == "" {
				s.dropped(d, "name", "No name has been specified for BFD_CHECK - skipping; write name BFD_INSTANCE")
			}
			return d.BFD != ""
		},
	}
}

// fileName is the track_file to follow.
func fileName() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *checkerDraft) bool {
		// Only a track_file that stands above is found (grammar 6.9).
		if !s.defined("track_file", s.word(0)) {
			s.errorf(s.at(0), "unknown-tracker", "track_file %s not found; define it before this place%s", s.word(0),
				s.meant("track_file", s.word(0)))
			return false
		}
		d.File.TrackFile = s.word(0)
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.File.TrackFile) })
	return k
}

// fileWeight is what the number in the file is multiplied by.
func fileWeight() Keyword {
	k := custom("-2147483647..2147483647 [reverse|noreverse]", 1, func(s *stmt, d *checkerDraft) bool {
		//	weight 2 reverse
		n, junk := parseInt(s.word(0))
		if junk || n < -maxInt32 || n > maxInt32 {
			s.errorf(s.at(0), "number-out-of-range", "weight '%s' for track file must be in [-%d..%d]; ignored",
				s.word(0), maxInt32, maxInt32)
			return false
		}
		reverse := false
		switch s.word(1) {
		case "", "noreverse":
		case "reverse":
			reverse = true
		default:
			s.errorf(s.at(1), "unknown-option",
				"unknown track file weight option %s - ignoring; write reverse or noreverse", s.word(1))
			return false
		}
		// 0 is a weight, and means that any number but 0 is down (semantics 10.13); nil is "that of the track_file".
		weight := int(n)
		d.File.Weight, d.File.Reverse = &weight, reverse
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing {
		// nil: what the track_file says holds, and has to go on holding when this is read again.
		if d.File.Weight == nil {
			return nil
		}
		w := inRange(int64(*d.File.Weight), -maxInt32, maxInt32)
		// inRange gives nothing for a weight that no text has; a direction alone cannot be written.
		if d.File.Reverse && w != nil {
			w[0].args = append(w[0].args, "reverse")
		}
		return w
	})
	return k
}

// forCheckers reports whether the checker role is told of a session.
func forCheckers(c *config.Config, name string) bool {
	return slices.ContainsFunc(c.Sessions(), func(b config.BFD) bool { return b.Name == name && b.Checker })
}

// bfdName is the bfd_instance to follow; the first one counts.
func bfdName() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *checkerDraft) bool {
		name := s.word(0)
		switch {
		case d.BFD != "":
			s.errorf(s.at(0), "duplicate-setting", "BFD_CHECK - BFD %s already specified as %s; keep one", name, d.BFD)
			return false
		// A session that is only for the vrrp role cannot be followed (semantics 10.14).
		case !forCheckers(s.cfg, name):
			s.errorf(s.at(0), "unknown-tracker", "bfd_instance %s not found; define it before this place%s", name,
				s.meant("bfd_instance", name))
			return false
		}
		d.BFD = name
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.BFD) })
	return k
}

// fileCheckRows are the keywords of FILE_CHECK. It follows events, so it has no timings.
func fileCheckRows() []Keyword {
	return []Keyword{
		row("track_file", fileName(), "required", "the track_file to follow"),
		row("weight",
			fileWeight(),
			"of the track_file", "what the number is multiplied by; 0: any number but 0 is down", soft),
	}
}

// bfdCheckRows are the keywords of BFD_CHECK, which has no timings either.
func bfdCheckRows() []Keyword {
	return []Keyword{
		row("name", bfdName(), "required", "the bfd_instance to follow", soft),
		// A session starts as down (semantics 10.14), which takes a server with alpha out.
		row("alpha",
			tristate(func(d *checkerDraft) **bool { return &d.alpha }),
			"of real_server", "down until the session is up"),
	}
}
