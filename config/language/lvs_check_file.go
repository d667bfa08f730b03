package language

import (
	"slices"

	"holdfast/config"
)

func fileCheck() checkKind {
	return checkKind{
		rows:  fileCheckRows,
		begin: func(c *config.Checker) { c.File = &config.FileCheck{} },
		usable: func(s *stmt, d *checkerDraft) bool {
			if d.File.TrackFile == "" {
				s.dropped(d, "track_file", "FILE_CHECK has no track_file specified - ignoring; write track_file NAME")
			}
			return d.File.TrackFile != ""
		},
	}
}

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
		if d.File.Weight == nil {
			return nil
		}
		w := inRange(int64(*d.File.Weight), -maxInt32, maxInt32)
		if d.File.Reverse && w != nil {
			w[0].args = append(w[0].args, "reverse")
		}
		return w
	})
	return k
}

// forCheckers reports whether the checker role is told of a session.
func forCheckers(c *config.Config, name string) bool {
	return slices.ContainsFunc(c.BFDs, func(b config.BFD) bool { return b.Name == name && b.Checker })
}

// bfdName is the bfd_instance to follow; the first one counts.
func bfdName() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *checkerDraft) bool {
		name := s.word(0)
		switch {
		case d.BFD != "":
			s.errorf(s.at(0), "duplicate-setting", "BFD_CHECK - BFD %s already specified as %s; keep one", name, d.BFD)
			return false
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

func fileCheckRows() []Keyword {
	return []Keyword{
		row("track_file", fileName(), "required", "the track_file to follow"),
		row("weight",
			fileWeight(),
			"of the track_file", "what the number is multiplied by; 0: any number but 0 is down", soft),
	}
}

func bfdCheckRows() []Keyword {
	return []Keyword{
		row("name", bfdName(), "required", "the bfd_instance to follow", soft),
		row("alpha",
			tristate(func(d *checkerDraft) **bool { return &d.alpha }),
			"of real_server", "down until the session is up"),
	}
}
