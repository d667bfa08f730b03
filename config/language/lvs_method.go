package language

import (
	"strconv"

	"holdfast/config"
)

// forwarding is how a forwarding method is written.
const forwarding = "NAT|DR|TUN [type ipip|gue|gre] [port 1..65535] [nocsum|csum|remcsum]"

// methodWords are the words of a forwarding method.
func methodWords(m config.Method, t config.Tunnel) []string {
	words := []string{m.String()}
	// Plain IP in IP, and the methods that are no tunnel.
	if t == (config.Tunnel{}) {
		return words
	}
	words = append(words, "type", t.Type.String())
	if t.Port != 0 {
		words = append(words, "port", strconv.Itoa(int(t.Port)))
	}
	if t.Checksum != config.NoChecksum {
		words = append(words, t.Checksum.String())
	}
	return words
}

// method takes a forwarding method.
func method[T any](what string, p func(*T) (*config.Method, *config.Tunnel)) Keyword {
	k := custom(forwarding, 1, func(s *stmt, t *T) bool {
		m, tunnel, ok := s.method(what)
		if ok {
			at, how := p(t)
			*at, *how = m, tunnel
		}
		return ok
	})
	k.bind.show = showing(func(t *T) []writing {
		m, tunnel := p(t)
		return written(methodWords(*m, *tunnel)...)
	})
	return k
}

// method reads a forwarding method. Wrong words behind it are reported, and the
// method is taken without them.
func (s *stmt) method(what string) (m config.Method, t config.Tunnel, ok bool) {
	switch s.word(0) {
	case "NAT":
		m = config.NAT
	case "DR":
		m = config.DR
	case "TUN":
		m = config.TUN
	default:
		text := ""
		if near := nearestOf(s.word(0), []string{"NAT", "DR", "TUN"}); near != "" {
			text = "; did you mean '" + near + "'?"
		}
		s.errorf(s.at(0), "unknown-value", "unknown [%s] routing method for %s server; write NAT, DR or TUN%s",
			s.word(0), what, text)
		return 0, t, false
	}
	// The words that were wrong have been said.
	if !s.tunnel(what, &t) {
		return m, config.Tunnel{}, true
	}
	// They were looked at for their mistakes; without a tunnel they mean nothing.
	if m != config.TUN {
		t = config.Tunnel{}
	}
	return m, t, true
}

// tunnel reads the words behind a method; they are looked at whatever it is.
func (s *stmt) tunnel(what string, t *config.Tunnel) bool {
	// where the word about checksums stands, to point at
	csum := 0
	for i := 1; i < len(s.args); i++ {
		switch s.word(i) {
		case "type":
			i++
			if !s.tunnelType(i, what, t) {
				return false
			}
		case "port":
			i++
			// A number that is missing is no number; the finding then points at the keyword (at).
			n, junk := parseInt(s.word(i))
			if junk || n < 1 || n > 65535 {
				s.errorf(s.at(i), "number-out-of-range",
					"Invalid tunnel port '%s' for %s server; write a number from 1 to 65535", s.word(i), what)
				return false
			}
			t.Port = uint16(n)
		// The last word about checksums counts.
		case "nocsum":
			t.Checksum, csum = config.NoChecksum, i
		case "csum":
			t.Checksum, csum = config.Checksum, i
		case "remcsum":
			t.Checksum, csum = config.RemoteChecksum, i
		default:
			text := ""
			if near := nearestOf(s.word(i), []string{"type", "port", "nocsum", "csum", "remcsum"}); near != "" {
				text = "; did you mean '" + near + "'?"
			}
			s.errorf(s.at(i), "unknown-option",
				"Invalid tunnel option %s for %s server; write type, port, nocsum, csum or remcsum%s", s.word(i), what,
				text)
			return false
		}
	}
	// Last, because the words stand in any order.
	return s.tunnelFits(csum, *t)
}

// tunnelType reads the word behind `type`.
func (s *stmt) tunnelType(i int, what string, t *config.Tunnel) bool {
	for _, known := range []config.TunnelType{config.IPIP, config.GUE, config.GRE} {
		if s.word(i) == known.String() {
			t.Type = known
			return true
		}
	}
	s.errorf(s.at(i), "unknown-value", "Unknown tunnel type '%s' for %s server; write ipip, gue or gre", s.word(i),
		what)
	return false
}

// tunnelFits looks at how type, port and checksum go together.
func (s *stmt) tunnelFits(csum int, t config.Tunnel) bool {
	switch {
	// GUE is a tunnel in UDP, which is what has a port.
	case (t.Type == config.GUE) != (t.Port != 0):
		s.errorf(s.pos(), "tunnel-settings",
			"%s: gue tunnels require a port, others cannot have one; write type gue port N", s.title())
	case t.Type == config.IPIP && t.Checksum != config.NoChecksum:
		s.errorf(s.at(csum), "tunnel-settings",
			"%s: ipip tunnels do not support %s; write type gue or gre, or remove it", s.title(), s.word(csum))
	case t.Type == config.GRE && t.Checksum == config.RemoteChecksum:
		s.errorf(s.at(csum), "tunnel-settings", "%s: gre tunnels do not support remcsum; write csum or nocsum",
			s.title())
	default:
		return true
	}
	return false
}
