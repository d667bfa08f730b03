package language

import (
	"strconv"
)

// noDefault is no weight.
const noDefault = -1000

// maxTrackWeight is the largest weight of files and processes.
const maxTrackWeight = 254

// weightForm takes a weight and perhaps reverse.
// keepalived does not take it a second time once it is another than def.
func weightForm[T any](p func(*T) (*int, *bool), def int, lo, hi int64) Keyword {
	k := custom(Range{Min: lo, Max: hi}.String()+" [reverse]", 1, func(s *stmt, t *T) bool {
		n, ok := s.integer(0, lo, hi, false)
		if !ok {
			return false
		}
		weight, reverse := p(t)
		// So a weight that says the default may be followed by another one: 2.2.7 does not tell it from none.
		if def != noDefault && *weight != def {
			s.warnf(s.pos(), "duplicate-setting", "%s already set - ignoring %s; remove one of the two", s.title(),
				s.word(0))
			return false
		}
		*weight = int(n)
		// A word that is no `reverse` costs itself only; the weight counts.
		switch s.word(1) {
		case "":
		case "reverse":
			*reverse = true
		default:
			s.errorf(s.at(1), "unknown-option", "%s: unknown weight option %s - ignored; the only one is reverse",
				s.title(), s.word(1))
		}
		return true
	})
	k.bind.show = showing(func(t *T) []writing {
		weight, reverse := p(t)
		args := []string{strconv.Itoa(*weight)}
		if *reverse {
			args = append(args, "reverse")
		}
		return written(args...)
	})
	return k
}

// pick is a where first is set, else b.
func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// maxWeight is the largest amount a tracker may move a priority by; one more
// is accepted in the text and cut (grammar 8.6).
const maxWeight = 253
