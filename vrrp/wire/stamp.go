package wire

import "fmt"

// Stamps are those that a receiver takes from a sender at a moment, in microseconds since 1970 (semantics 2.14).
type Stamps struct {
	After uint64 // the highest one that was heard; 0 for none
	// Any is whether every later one is fresh; otherwise it has to be in one of the spans.
	Any   bool
	Spans [2]Span
}

// A Span is from one stamp to another, both included.
type Span struct{ From, To uint64 }

// Around is the span of so many microseconds before and behind a stamp.
func Around(at, by uint64) Span {
	s := Span{To: at + by}
	if at > by {
		s.From = at - by
	}
	return s
}

func (s Span) has(stamp uint64) bool { return stamp >= s.From && stamp <= s.To }

// check reports Accepted, Replay or Stale. The order matters: an advert that was heard before is a replay however old.
func (s Stamps) check(stamp uint64) Reason {
	switch {
	case stamp <= s.After:
		return Replay
	case s.Any || s.Spans[0].has(stamp) || s.Spans[1].has(stamp):
		return Accepted
	}
	return Stale
}

// checkTrailer checks what is behind a packet for a receiver with keys.
func checkTrailer(p Packet, message, trailer []byte, e Expect) (stamp uint64, v Verdict) {
	if len(trailer) == 0 {
		if e.Unsigned {
			return 0, Verdict{}
		}
		return 0, Verdict{Reason: TrailerMissing}
	}
	if stamp, v = e.Keys.open(p, message, trailer); v.Reason != Accepted {
		return 0, v
	}
	if v.Reason = e.Stamps.check(stamp); v.Reason != Accepted {
		stamp = 0
	}
	return stamp, v
}

// trailerText says why a packet was refused for its trailer or the lack of one.
func (v Verdict) trailerText() string {
	switch v.Reason {
	case TrailerMissing:
		return "auth_hmac: the advert is not signed"
	case TrailerMalformed:
		return fmt.Sprintf("auth_hmac: malformed trailer of %d bytes", v.Got)
	case UnknownKey:
		return fmt.Sprintf("auth_hmac: signed with key %d, which is not configured here", v.Got)
	case InvalidHMAC:
		return fmt.Sprintf("auth_hmac: invalid HMAC with key %d: changed on the way, or the key is not the same there", v.Got)
	case Replay:
		return "auth_hmac: not newer than what was heard before. Packet dropped"
	}
	return "auth_hmac: too old, or from the future; compare the clocks. Packet dropped"
}
