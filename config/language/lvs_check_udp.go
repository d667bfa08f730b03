package language

import (
	"fmt"
	"strings"
	"time"

	"holdfast/config"
)

// defaultMaxReply is the longest answer to a UDP_CHECK that passes.
const defaultMaxReply = 255

// udpCheck is UDP_CHECK: a datagram, and what its answer has to be (semantics 10.11).
func udpCheck() checkKind {
	return checkKind{
		rows: udpCheckRows, retry: 1, pause: time.Second,
		begin: func(c *config.Checker) { c.UDP = &config.UDPCheck{MaxReply: defaultMaxReply} },
		usable: func(s *stmt, d *checkerDraft) bool {
			// Only reported: both limits stay as they were written.
			if u := d.UDP; u.MinReply > u.MaxReply {
				s.warnf(d.at("min_reply_length", d.Pos), "limits-swapped",
					"UDP_CHECK min_reply length %d > max_reply_length %d - will always fail; swap them", u.MinReply,
					u.MaxReply)
			}
			return true
		},
	}
}

// udpCheckRows are the keywords of UDP_CHECK.
func udpCheckRows() []Keyword {
	return append(connectRows(),
		row("payload", udpPayload(), "a fixed text", "what to send", soft),
		// Alone it wants any answer at all; digits behind it say what the answer begins with.
		row("require_reply", udpReply(), "none needed", "an answer must come, and look like this"),
		row("min_reply_length",
			udpLength(func(u *config.UDPCheck) *uint16 { return &u.MinReply }),
			"0", "shortest answer that passes"),
		row("max_reply_length",
			udpLength(func(u *config.UDPCheck) *uint16 { return &u.MaxReply }),
			"255", "longest answer that passes"),
	)
}

// udpPayload is what a UDP_CHECK sends.
func udpPayload() Keyword {
	k := custom("HEX ..", 1, func(s *stmt, d *checkerDraft) bool {
		// Not masked: what is sent has no digit that could be left open.
		b, _, ok := s.hex("payload", false)
		if ok {
			d.UDP.Payload = b
		}
		return ok
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(hexBytes(d.UDP.Payload, nil)) })
	return k
}

// udpReply is what the answer must look like.
func udpReply() Keyword {
	k := custom("[HEX .., x for any digit]", 0, func(s *stmt, d *checkerDraft) bool {
		// Before the digits: an answer is wanted, also where the pattern behind the word is
		// refused.
		d.UDP.RequireReply = true
		if len(s.args) == 0 {
			return true
		}
		b, mask, ok := s.hex("reply", true)
		if ok {
			d.UDP.Reply, d.UDP.Mask = b, mask
		}
		return ok
	})
	k.bind.show = showing(func(d *checkerDraft) []writing {
		switch {
		case !d.UDP.RequireReply:
			return nil
		case d.UDP.Reply == nil:
			return written()
		}
		return written(hexBytes(d.UDP.Reply, d.UDP.Mask))
	})
	return k
}

// hex reads all words of a statement as bytes, and reports what is none.
func (s *stmt) hex(what string, masked bool) (b, mask []byte, ok bool) {
	b, mask, ok = parseHex(wordsText(s.words()), masked)
	if !ok {
		more := ""
		if masked {
			more = ", x for any digit"
		}
		s.errorf(s.at(0), "invalid-hex", "Invalid hex string for UDP_CHECK %s; write pairs of hexadecimal digits%s",
			what, more)
		return nil, nil, false
	}
	// A file that is to work with 2.2.7 too needs other bytes.
	if last := len(b) - 1; b[last] == 0xff && mask[last] == 0xff {
		s.warnf(s.at(0), "later-keepalived",
			"UDP_CHECK %s ends with ff, which keepalived 2.2.7 refuses; it is taken here", what)
	}
	return b, mask, true
}

// udpLength is a limit of the length of the answer.
func udpLength(p func(*config.UDPCheck) *uint16) Keyword {
	// The block began with a UDPCheck (begin), so there is a field to point at.
	return number(func(d *checkerDraft) *uint16 { return p(d.UDP) }, 0, 65535)
}

// hexBytes writes bytes as payload and require_reply read them: pairs of digits, with
// x for digits that mask leaves out.
func hexBytes(b, mask []byte) string {
	var out strings.Builder
	for i, c := range b {
		digits := []byte(fmt.Sprintf("%02x", c))
		// payload has no mask: each of its digits counts.
		if mask != nil {
			if mask[i]&0xf0 == 0 {
				digits[0] = 'x'
			}
			if mask[i]&0x0f == 0 {
				digits[1] = 'x'
			}
		}
		out.Write(digits)
	}
	return out.String()
}

// parseHex reads bytes: hexadecimal digits in pairs, blanks between bytes, a digit
// alone is a byte of its own. With masked, x stands for a digit that does not matter.
func parseHex(words []string, masked bool) (b, mask []byte, ok bool) {
	// Blanks within a quoted word part bytes, as those between words do.
	for _, text := range strings.Fields(strings.Join(words, " ")) {
		for ; text != ""; text = text[min(2, len(text)):] {
			var value, care byte
			for _, c := range []byte(text[:min(2, len(text))]) {
				digit, known := hexDigit(c)
				switch {
				case known:
					value, care = value<<4|digit, care<<4|0xf
				case masked && (c == 'x' || c == 'X'):
					value, care = value<<4, care<<4
				default:
					return nil, nil, false
				}
			}
			//	payload 1 2 ff
			// is three bytes.
			if len(text) == 1 {
				care |= 0xf0 // the other digit is 0
			}
			b, mask = append(b, value), append(mask, care)
		}
	}
	// `payload ""` is a word without a byte, and is refused.
	return b, mask, len(b) > 0
}

// hexDigit is the value of a hexadecimal digit in either case.
func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
