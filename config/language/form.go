package language

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The forms of arguments. Each gives a row its argument text and the function
// that checks the words and sets the field that p points at; T is the draft the
// enclosing block fills.

// Ranges that many keywords share.
const (
	// Limits of keepalived's C types.
	maxUint32 = 1<<32 - 1
	maxInt32  = 1<<31 - 1
	// the longest time in whole seconds that 2.2.7 keeps in microseconds of 32 bits
	maxGARPSecs   = 4294
	maxTimerTicks = 4294_967295 // microseconds of the longest 32-bit timer
)

// custom is a form with its own function; need words must follow the keyword.
func custom[T any](args string, need int, f func(s *stmt, t *T) bool) Keyword {
	// The one place where the draft gets its type back; a row in a block of another draft would
	// panic here.
	return Keyword{Args: args, need: need, bind: binding{set: func(s *stmt, target any) bool {
		return f(s, target.(*T))
	}}}
}

// ranged is a custom form of one number.
func ranged[T any](r Range, f func(s *stmt, t *T) bool) Keyword {
	k := custom(r.argument(), 1, f)
	k.ranges = []Range{r}
	return k
}

// block is a form that opens a block; open gives the draft of the block, nil to
// skip it.
func block[T, U any](args string, open func(s *stmt, t *T) *U, done func(s *stmt, u *U)) Keyword {
	return Keyword{Args: args, Opens: true, bind: binding{
		// A nil *U in an any is not nil: a refused block must be told from an empty draft.
		open: func(s *stmt, target any) any {
			if u := open(s, target.(*T)); u != nil {
				return u
			}
			return nil
		},
		done: func(s *stmt, target any) {
			if done != nil {
				done(s, target.(*U))
			}
		},
	}}
}

// list is a form that opens a block of entries.
func list[T any](args string, entry func(s *stmt, t *T)) Keyword {
	return Keyword{Args: args, Opens: true, List: true, bind: binding{
		// The entries go into the draft of the block around the list.
		open:  func(_ *stmt, target any) any { return target },
		entry: func(s *stmt, target any) { entry(s, target.(*T)) },
	}}
}

// switchOn sets a field to true; surplus words are ignored (grammar 4.6).
func switchOn[T any](p func(*T) *bool) Keyword {
	k := custom("", 0, func(_ *stmt, t *T) bool { *p(t) = true; return true })
	k.bind.show = showing(func(t *T) []writing { return when(*p(t)) })
	return k
}

// switchOff sets a field to false.
func switchOff[T any](p func(*T) *bool) Keyword {
	return custom("", 0, func(_ *stmt, t *T) bool { *p(t) = false; return true })
}

// boolean takes an optional BOOL (grammar 8.4).
func boolean[T any](p func(*T) *bool) Keyword {
	k := custom("[true|on|yes|false|off|no]", 0, func(s *stmt, t *T) bool {
		// The bare keyword is true (grammar 8.4).
		if len(s.args) == 0 {
			*p(t) = true
			return true
		}
		// `TRUE` and `1` are none (grammar 8.4), and what stood before them stays.
		v, ok := parseBool(s.word(0))
		if !ok {
			s.errorf(s.at(0), "invalid-boolean", "%s: invalid value '%s'; write true, on, yes, false, off or no",
				s.title(), s.word(0))
			return false
		}
		*p(t) = v
		return true
	})
	// Also false, which may be needed against a default that is true.
	k.bind.show = showing(func(t *T) []writing { return written(strconv.FormatBool(*p(t))) })
	return k
}

// lenientBoolean is boolean for a keyword of which 2.2.7 does not read the word: what
// is no BOOL means true, and is not counted.
func lenientBoolean[T any](p func(*T) *bool) Keyword {
	k := boolean(p)
	// 2.2.7 does not look at the word; a word that says the opposite is taken at its word here all the same.
	strict := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		if _, ok := parseBool(s.word(0)); ok || len(s.args) == 0 {
			return strict(s, target)
		}
		s.mutedf(s.at(0), "invalid-boolean", "%s: '%s' is taken for true; write true, on, yes, false, off or no",
			s.title(), s.word(0))
		if t, ok := target.(*T); ok {
			*p(t) = true
		}
		return true
	}
	return k
}

// tristate is boolean for a setting that is inherited when absent.
func tristate[T any](p func(*T) **bool) Keyword {
	// A new bool for each statement: nil is "not given", which is not false for what is inherited.
	k := boolean(func(t *T) *bool {
		v := new(bool)
		*p(t) = v
		return v
	})
	k.bind.show = showing(func(t *T) []writing {
		if v := *p(t); v != nil {
			return written(strconv.FormatBool(*v))
		}
		return nil
	})
	return k
}

// number takes a whole number in [lo, hi]. Digits with junk behind them count,
// with a warning; -t refuses them (grammar 8.1).
func number[T any, N ~int | ~uint8 | ~uint16 | ~uint32](p func(*T) *N, lo, hi int64) Keyword {
	return whole(p, lo, hi, true)
}

// exact is number for the few keywords that refuse junk at run time too.
func exact[T any, N ~int | ~uint8 | ~uint16 | ~uint32](p func(*T) *N, lo, hi int64) Keyword {
	return whole(p, lo, hi, false)
}

// whole is number and exact; tolerant tells them apart.
func whole[T any, N ~int | ~uint8 | ~uint16 | ~uint32](p func(*T) *N, lo, hi int64, tolerant bool) Keyword {
	k := ranged(Range{Min: lo, Max: hi}, func(s *stmt, t *T) bool {
		n, ok := s.integer(0, lo, hi, tolerant)
		if ok {
			// Callers give ranges within their type, so nothing is cut.
			*p(t) = N(n)
		}
		return ok
	})
	k.bind.show = showing(func(t *T) []writing { return inRange(int64(*p(t)), lo, hi) })
	return k
}

// atLeastOne is number for a count of which 0 becomes 1 (grammar 8.6).
func atLeastOne[T any](p func(*T) *int) Keyword {
	k := ranged(Range{Min: 1, Max: maxInt32}, func(s *stmt, t *T) bool {
		// From 0 on, although 1 is the least: 0 is corrected, and less is refused.
		n, ok := s.integer(0, 0, maxInt32, true)
		if !ok {
			return false
		}
		if n == 0 {
			s.warnf(s.at(0), "number-corrected", "%s must be greater than 0, setting to 1", s.title())
			n = 1
		}
		*p(t) = int(n)
		return true
	})
	k.bind.show = showing(func(t *T) []writing { return inRange(int64(*p(t)), 1, maxInt32) })
	return k
}

// wholeSeconds takes seconds without a fraction in [lo, hi].
func wholeSeconds[T any](p func(*T) *time.Duration, lo, hi int64) Keyword {
	k := ranged(Range{Min: lo, Max: hi, Unit: WholeSeconds}, func(s *stmt, t *T) bool {
		n, ok := s.integer(0, lo, hi, true)
		if ok {
			*p(t) = time.Duration(n) * time.Second
		}
		return ok
	})
	// A value that no statement can have given, such as a default out of the range, is not
	// written.
	k.bind.show = showing(func(t *T) []writing { return inRange(int64(*p(t)/time.Second), lo, hi) })
	return k
}

// seconds takes decimal seconds; lo and hi are microseconds.
func seconds[T any](p func(*T) *time.Duration, lo, hi int64) Keyword {
	k := ranged(Range{Min: lo, Max: hi, Unit: DecimalSeconds}, func(s *stmt, t *T) bool {
		n, ok := s.micros(0, lo, hi)
		if ok {
			*p(t) = fromMicros(n)
		}
		return ok
	})
	k.bind.show = showing(func(t *T) []writing { return secondsIn(*p(t), lo, hi) })
	return k
}

// secondsPtr is seconds for a setting that is inherited when absent.
func secondsPtr[T any](p func(*T) **time.Duration, lo, hi int64) Keyword {
	// As for tristate: nil is "not given", and 0 is a value.
	k := seconds(func(t *T) *time.Duration {
		d := new(time.Duration)
		*p(t) = d
		return d
	}, lo, hi)
	k.bind.show = showing(func(t *T) []writing {
		if d := *p(t); d != nil {
			return secondsIn(*d, lo, hi)
		}
		return nil
	})
	return k
}

// text takes one word.
func text[T any](args string, p func(*T) *string) Keyword {
	// Any word will do, also "" in quotes.
	k := custom(args, 1, func(s *stmt, t *T) bool { *p(t) = s.word(0); return true })
	k.bind.show = showing(func(t *T) []writing { return wordIf(*p(t)) })
	return k
}

// address takes a numeric IP address (grammar 8.5).
func address[T any](p func(*T) *netip.Addr) Keyword {
	k := custom("IP", 1, func(s *stmt, t *T) bool {
		a, ok := s.socketAddress(0)
		if !ok {
			s.errorf(s.at(0), "invalid-address", "%s: '%s' is not an IP address (names are not looked up)", s.title(),
				s.word(0))
			return false
		}
		*p(t) = a
		return true
	})
	k.bind.show = showing(func(t *T) []writing { return addressIf(*p(t)) })
	return k
}

// socketAddress reads word i as the address of a socket. What stands behind / or - is
// cut off, as keepalived does it: a prefix length has no place there.
func (s *stmt) socketAddress(i int) (netip.Addr, bool) {
	text := s.word(i)
	host := text
	//	mcast_src_ip 10.0.0.1/24
	// is 10.0.0.1 to keepalived, without a word.
	if cut := strings.IndexAny(text, "/-"); cut >= 0 {
		host = text[:cut]
	}
	a, ok := parseAddr(host)
	if ok && host != text {
		s.mutedf(s.at(i), "extra-address-part", "%s: '%s' is not part of an address; %s is used", s.title(),
			text[len(host):], a)
	}
	return a, ok
}

// parseAddr reads a numeric address; zones and IPv4-mapped forms are refused.
func parseAddr(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	// Neither has a place in an advert: a zone means something on one host only, and a mapped address would be of
	// one family in the text and of the other on the wire.
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return netip.Addr{}, false
	}
	return a, true
}

// choice takes one of some words; the value is the place of the word, and the first
// is the default.
func choice[T any, E ~uint8](p func(*T) *E, words ...string) Keyword {
	k := custom(strings.Join(words, "|"), 1, func(s *stmt, t *T) bool {
		// The order of the words is that of the constants of E.
		i := slices.Index(words, s.word(0))
		if i < 0 {
			s.errorf(s.at(0), "unknown-value", "%s: unknown value '%s'; write %s", s.title(), s.word(0), s.argsText())
			return false
		}
		*p(t) = E(i)
		return true
	})
	// The default is written by leaving the keyword out.
	k.bind.show = showing(func(t *T) []writing { return onlyIf(*p(t) != 0, words[*p(t)]) })
	return k
}

// wordsOf are the words of all constants of a type, in their order.
func wordsOf[E fmt.Stringer](all ...E) []string {
	words := make([]string, len(all))
	for i, e := range all {
		words[i] = e.String()
	}
	return words
}

// port takes 1..65535.
func port[T any](p func(*T) *uint16) Keyword { return number(p, 1, 65535) }

// rangeText is a range in an argument text, as rangesIn finds it: "SECONDS 1..4294".
func rangeText(unit string, lo, hi int64) string { return fmt.Sprintf("%s %d..%d", unit, lo, hi) }

// maxLabel is the length of an address label (IFNAMSIZ without its NUL).
const maxLabel = 15

// prefix reads IP[/LEN] from word i; a bad length becomes the full one (grammar 8.5).
func (s *stmt) prefix(i int) (p netip.Prefix, given, ok bool) {
	word := s.word(i)
	host, length, given := strings.Cut(word, "/")
	a, ok := parseAddr(host)
	if !ok {
		s.errorf(s.at(i), "invalid-address",
			"'%s' is not an IP address - skipping; write a numeric address such as 192.0.2.1/24", word)
		return netip.Prefix{}, given, false
	}
	// Without a length it is that of a single address: 32 or 128.
	bits := a.BitLen()
	if given {
		n, junk := parseInt(length)
		// Only digits count, as for other numbers; a length without one is never 0,
		// which would be a route to everywhere.
		bare := length == "" || !allDigits(length[:1])
		switch {
		case n < 0 || n > int64(bits) || junk && (bare || s.env.Test):
			s.errorf(s.at(i), "invalid-prefix-length",
				"Invalid address prefix len %s for address %s - using %d; write a number from 0 to %d", length, word,
				bits, bits)
		default:
			if bits = int(n); junk {
				s.warnf(s.at(i), "invalid-number", "'%s' is not a prefix length, using %d for address %s", length, bits,
					word)
			}
		}
	}
	return netip.PrefixFrom(a, bits), given, true
}
