package language

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A decimal number of seconds as the language writes it is kept in microseconds.
const (
	microsPerSecond = 1_000_000
	// maxMicros is what a time.Duration can hold; keepalived's own limits beyond
	// it (584,000 years) are cut to it.
	maxMicros = math.MaxInt64 / 1000
)

// parseInt reads text as strtol base 10 does (grammar 8.1): a sign, digits. With
// junk behind the digits it gives what the digits say and junk = true.
func parseInt(text string) (n int64, junk bool) {
	// A quoted word may begin with blanks, which strtol skips.
	digits := strings.TrimLeft(text, " \t")
	neg := false
	if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		neg = digits[0] == '-'
		digits = digits[1:]
	}
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	// strtol would give 0: nothing of the text is a number.
	if end == 0 {
		return 0, true
	}
	// More digits than 64 bits hold are as large as can be: outside of every range.
	n, err := strconv.ParseInt(digits[:end], 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	if neg {
		n = -n
	}
	return n, end < len(digits)
}

// parseMicros reads decimal seconds (grammar 8.3) rounded to places decimals;
// long tells that digits were lost.
func parseMicros(text string, places int) (n int64, long, ok bool) {
	digits := strings.TrimPrefix(text, "+")
	// A sign of each kind may stand there, and `+-1` is -1; no junk is taken behind the number.
	neg := strings.HasPrefix(digits, "-")
	digits = strings.TrimPrefix(digits, "-")
	// `.5` and `2.` are numbers too, and `.` alone is none (grammar 8.3).
	whole, frac, _ := strings.Cut(digits, ".")
	if (whole == "" && frac == "") || !allDigits(whole) || !allDigits(frac) {
		return 0, false, false
	}
	up := false
	// Rounded to the nearest, as keepalived does it, by the first digit that is lost.
	if len(frac) > places {
		long, up = true, frac[places] >= '5'
		frac = frac[:places]
	}
	// Millionths: `.5` is 500000. places is 6 at most, so there is something to fill or nothing.
	frac += strings.Repeat("0", 6-len(frac))
	f, err := strconv.ParseUint(frac, 10, 32)
	if err != nil {
		return 0, false, false
	}
	// The 0 stands for the whole part of `.5`.
	w, err := strconv.ParseUint("0"+whole, 10, 63)
	switch {
	case err != nil || w > math.MaxUint64/microsPerSecond ||
		w == math.MaxUint64/microsPerSecond && f >= math.MaxUint64%microsPerSecond:
		// Beyond what keepalived counts in: outside every range.
		if neg {
			return math.MinInt64, long, true
		}
		return math.MaxInt64, long, true
	// Within what keepalived counts in, but more than a time.Duration holds: as long as can be.
	case w > maxMicros/microsPerSecond-1:
		w = maxMicros/microsPerSecond - 1
	}
	n = int64(w)*microsPerSecond + int64(f)
	// One in the last place that is kept: 1000 with three places.
	if up {
		n += int64(math.Pow10(6 - places))
	}
	if neg {
		n = -n
	}
	return n, long, true
}

// allDigits reports whether there is nothing but digits; "" has nothing else.
func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// parseBool reads exactly true on yes false off no (grammar 8.4).
func parseBool(text string) (value, ok bool) {
	switch text {
	case "true", "on", "yes":
		return true, true
	case "false", "off", "no":
		return false, true
	}
	return false, false
}

// integer reads argument i as a number in [lo, hi]. With tolerant set, junk
// behind the digits is only warned about when the daemon runs (grammar 8.1).
func (s *stmt) integer(i int, lo, hi int64, tolerant bool) (int64, bool) {
	text := s.word(i)
	n, junk := parseInt(text)
	// strtol gives 0 for "", with nothing left behind it that would be junk.
	junk = junk && !s.empty(i)
	switch {
	// A running daemon must not lose a virtual router to `garp_master_delay 5s`, and a test is there to find it.
	case junk && (!tolerant || s.env.Test):
		s.errorf(s.at(i), "invalid-number", "%s: '%s' is not a whole number; write a number from %d to %d", s.title(),
			text, lo, hi)
		return 0, false
	case n < lo || n > hi:
		s.errorf(s.at(i), "number-out-of-range", "%s: number '%s' is outside range [%d, %d]", s.title(), text, lo, hi)
		return 0, false
	case junk:
		s.warnf(s.at(i), "invalid-number", "%s: '%s' is not a whole number, using %d", s.title(), text, n)
	}
	return n, true
}

// empty reports whether argument i is "", which keepalived takes for 0 without a word.
func (s *stmt) empty(i int) bool {
	if i >= len(s.args) || s.word(i) != "" {
		return false
	}
	s.mutedf(s.at(i), "invalid-number", "%s: an empty word is taken for 0; write the number", s.title())
	return true
}

// micros reads argument i as decimal seconds with at most six decimals.
func (s *stmt) micros(i int, lo, hi int64) (int64, bool) {
	text := s.word(i)
	n, long, ok := parseMicros(text, 6)
	ok = ok || s.empty(i)
	if !ok {
		s.errorf(s.at(i), "invalid-number", "%s: '%s' is not a number of seconds (units such as 's' are not written)",
			s.title(), text)
		return 0, false
	}
	if long {
		s.warnf(s.at(i), "number-rounded", "%s: number '%s' has too many decimal places, rounded to %s", s.title(),
			text, secondsText(n))
	}
	// It is the rounded number that has to be in the range.
	if n < lo || n > hi {
		s.errorf(s.at(i), "number-out-of-range", "%s: number '%s' is outside range [%s, %s] seconds", s.title(), text,
			secondsText(lo), secondsText(hi))
		return 0, false
	}
	return n, true
}

// title names the keyword, with the object it belongs to, in a diagnostic.
func (s *stmt) title() string {
	name := s.keywordName()
	// A setting at the root or of a service is of no vrrp object; services are named where they are complete.
	if s.object == "" {
		return name
	}
	return "(" + s.object + ") " + name
}

// keywordName is the keyword, or in an entry of a list, which has none, its first word.
func (s *stmt) keywordName() string {
	if s.kw != nil {
		return s.kw.Name
	}
	return s.node.Keyword()
}

// secondsText is a number of microseconds as the language writes seconds: "1", "0.25".
func secondsText(micros int64) string {
	if micros%microsPerSecond == 0 {
		return strconv.FormatInt(micros/microsPerSecond, 10)
	}
	return trimZeros(fmt.Sprintf("%d.%06d", micros/microsPerSecond, micros%microsPerSecond))
}

// trimZeros shortens a decimal fraction. Text without a point would become another number.
func trimZeros(decimal string) string { return strings.TrimRight(decimal, "0") }

// fromMicros is a number of microseconds as a Duration, cut where that ends.
func fromMicros(n int64) time.Duration {
	if n > maxMicros {
		n = maxMicros
	}
	return time.Duration(n) * time.Microsecond
}

// micros is a Duration in whole microseconds; what is less goes.
func micros(d time.Duration) int64 { return int64(d / time.Microsecond) }
