package language

import (
	"math"
	"strconv"
	"strings"

	"holdfast/config"
)

// The tables of names. Those of iproute2 are called like its files.
const (
	tablesOfRoutes = "rt_tables"
	protocolsOf    = "rt_protos"
	scopesOf       = "rt_scopes"
	realmsOf       = "rt_realms"
	servicesOf     = "rt_dsfield"
	groupsOf       = "group"
	transportsOf   = "protocols"
)

// wellKnown are the names that mean the same on every host.
func wellKnown(table, name string) (uint32, bool) {
	// Scopes are those that addresses know too.
	if table == scopesOf {
		n, ok := scopeNames()[name]
		return uint32(n), ok
	}
	n, ok := map[string]map[string]uint32{
		// Numbers of the kernel's headers, which no table of a host can change.
		tablesOfRoutes: {"main": 254, "local": 255, "default": 253},
		protocolsOf:    {"kernel": 2, "boot": 3, "static": 4, "ra": 9, "dhcp": 16, "keepalived": protocolKeepalived},
		transportsOf:   {"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58},
		groupsOf:       {"default": 0},
	}[table][name]
	return n, ok
}

// parseC reads a number as C does: decimal, octal after 0, hexadecimal after 0x, with a
// plus before it or not.
func parseC(text string) (uint64, bool) {
	text = strings.TrimPrefix(text, "+")
	digits, base := text, 10
	// As strtoul with base 0 reads it, unlike other numbers of the language (grammar 8.1).
	switch lower := strings.ToLower(text); {
	case strings.HasPrefix(lower, "0x"):
		digits, base = text[2:], 16
	case len(text) > 1 && text[0] == '0':
		digits, base = text[1:], 8
	}
	n, err := strconv.ParseUint(digits, base, 64)
	return n, err == nil
}

// lookUp reads a number up to most, or a name that the host knows.
func (s *stmt) lookUp(table, text string, most uint64) (config.Named, bool) {
	// Too large a number is none, and is looked for nowhere else.
	if n, ok := parseC(text); ok {
		return config.Named{Set: true, Number: uint32(n)}, n <= most
	}
	// strtoul takes -1 for the largest number. Where there is a limit, that is beyond it.
	if n, ok := parseC(strings.TrimPrefix(text, "-")); ok && most == anyNumber {
		return config.Named{Set: true, Number: uint32(-n)}, true
	}
	if n, ok := wellKnown(table, text); ok {
		return config.Named{Set: true, Number: n}, true
	}
	// What begins like a number is a mistyped number and no name. Whether the name is in the table is asked last:
	// that is a file of the host.
	if text == "" || strings.ContainsAny(text[:1], "-0123456789") {
		return config.Named{}, false
	}
	named := config.Named{Set: true, Name: text}
	if s.env.Named == nil {
		return named, true
	}
	var known bool
	named.Number, known = s.env.Named(table, text)
	return named, known
}

// named takes a number up to most or a name out of a table.
func named[T any](table string, most uint64, p func(*T) *config.Named) Keyword {
	k := custom(namedArgs(most), 1, func(s *stmt, t *T) bool {
		n, ok := s.lookUp(table, s.word(0), most)
		if !ok {
			s.errorf(s.at(0), "unknown-name",
				"%s: '%s' is not found - the entry is ignored; write %s with a name in %s", s.title(), s.word(0),
				s.argsText(), table)
			return false
		}
		*p(t) = n
		return true
	})
	k.bind.show = showing(func(t *T) []writing { return namedIf(*p(t)) })
	return k
}

// anyNumber: no number is too large, the lowest 32 bits count.
const anyNumber = math.MaxUint64

// namedArgs is how such a word is written.
func namedArgs(most uint64) string {
	if most == anyNumber {
		return "N|NAME"
	}
	return "N 0.." + strconv.FormatUint(most, 10) + "|NAME"
}

// namedIf is a keyword with such a number or name, if there is one.
func namedIf(n config.Named) []writing {
	// A number of 0 is one that was given, so Set tells.
	if !n.Set {
		return nil
	}
	return written(quoted(n.String()))
}

// realms takes [FROM/]TO.
func realms[T any](p func(*T) *config.Realms) Keyword {
	k := custom("[FROM/]TO", 1, func(s *stmt, t *T) bool {
		var r config.Realms
		to, ok := s.word(0), true
		//	realms 10/20
		// is from 10 to 20; one number alone is where the packet goes to.
		if from, behind, both := strings.Cut(to, "/"); both {
			r.From, ok = s.lookUp(realmsOf, from, 255)
			to = behind
		}
		if ok {
			r.To, ok = s.lookUp(realmsOf, to, 255)
		}
		if !ok {
			s.errorf(s.at(0), "unknown-name",
				"%s: invalid realms %s - the entry is ignored; "+
					"write [FROM/]TO, numbers up to 255 or names in rt_realms", s.title(), s.word(0))
			return false
		}
		*p(t) = r
		return true
	})
	k.bind.show = showing(func(t *T) []writing {
		switch r := *p(t); {
		case !r.To.Set:
			return nil
		case r.From.Set:
			return written(quoted(r.From.String() + "/" + r.To.String()))
		default:
			return written(quoted(r.To.String()))
		}
	})
	return k
}

// scopeNames are the names of rtnetlink scopes.
func scopeNames() map[string]uint8 {
	return map[string]uint8{"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
}

// protocolKeepalived is RTPROT_KEEPALIVED, the mark on what we set.
const protocolKeepalived = 18
