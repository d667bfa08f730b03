package language

import (
	"time"

	"holdfast/config"
)

// maxExtra is the longest time between two announcements on other interfaces, in seconds.
const maxExtra = 86400

// extraInterfaces takes a time, perhaps after `all`. Like keepalived it takes the words in
// any order, and the last of several times.
func extraInterfaces[T any](p func(*T) *config.GARPExtra, lo int64) Keyword {
	k := custom("[all] "+rangeText("SECONDS", lo, maxExtra), 1, func(s *stmt, t *T) bool {
		//	garp_extra_if all 30
		e, timed := config.GARPExtra{}, false
		for i := 0; i < len(s.args) || !timed; i++ {
			if s.word(i) == "all" {
				e.All = true
				continue
			}
			// Also past the last word, where it says that the time is missing.
			n, ok := s.integer(i, lo, maxExtra, true)
			if !ok {
				return false
			}
			e.Interval, timed = time.Duration(n)*time.Second, true
		}
		*p(t) = e
		return true
	})
	k.bind.show = showing(func(t *T) []writing {
		e := *p(t)
		out := inRange(int64(e.Interval/time.Second), lo, maxExtra)
		// `all` without a time is nothing that can be written.
		if e.All && out != nil {
			out[0].args = append([]string{"all"}, out[0].args...)
		}
		return out
	})
	return k
}
