package language

import (
	"slices"
	"strings"

	"holdfast/config"
)

// dnsType is the type of record to ask for.
func dnsType() Keyword {
	// The help, the finding and the check have the list from one place (dnsTypes).
	var names []string
	for _, t := range dnsTypes() {
		names = append(names, t.String())
	}
	k := custom(strings.Join(names, "|"), 1, func(s *stmt, d *checkerDraft) bool {
		for _, t := range dnsTypes() {
			//	type aaaa
			if strings.EqualFold(s.word(0), t.String()) {
				d.DNS.Type = t
				return true
			}
		}
		text := ""
		if near := nearestOf(s.word(0), names); near != "" {
			text = "; did you mean '" + near + "'?"
		}
		s.errorf(s.at(0), "unknown-value", "Unknown DNS check type %s - ignoring; write %s%s", s.word(0), s.kw.Args,
			text)
		return false
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return written(d.DNS.Type.String()) })
	return k
}

// dnsName is the name to ask for; the first one counts.
func dnsName() Keyword {
	k := custom("DOMAIN", 1, func(s *stmt, d *checkerDraft) bool {
		name := s.word(0)
		first, rest, dotted := strings.Cut(name, ".")
		switch {
		// The first one counts (grammar 6.10).
		case d.has("name"):
			s.errorf(s.at(0), "duplicate-setting", "DNS_CHECK name already specified - ignoring; keep one")
			return false
		// The root, which is the default too.
		case name == ".":
		//	name a.example.com
		// is refused by keepalived for its first part of one letter, as an empty part is.
		case strings.HasPrefix(name, ".") || strings.Contains(name, "..") || dotted && rest != "" && len(first) == 1:
			s.errorf(s.at(0), "invalid-dns-name",
				"DNS_CHECK name '%s' has empty label - ignoring; "+
					"keepalived takes no first part of one letter, write another name", name)
			return false
		}
		for _, label := range strings.Split(name, ".") {
			if len(label) > maxDNSLabel {
				// Only said: the name is asked for as it is written.
				s.mutedf(s.at(0), "invalid-dns-name",
					"DNS_CHECK name '%s' has a part of more than %d characters: no server knows it", name, maxDNSLabel)
			}
		}
		d.DNS.Name = name
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.DNS.Name) })
	return k
}

// dnsTypes are the types that can be asked for.
func dnsTypes() []config.DNSType { return []config.DNSType{1, 2, 5, 6, 15, 16, 28, 46, 48} }

// maxDNSLabel is the longest part of a name (RFC 1035).
const maxDNSLabel = 63

// dnsCheck is DNS_CHECK (semantics 10.10).
func dnsCheck() checkKind {
	return checkKind{
		// The pause before it is tried again is its delay_loop (semantics 9.2).
		rows: dnsCheckRows, retry: 3, pauseLoop: true,
		// The root and its SOA hold unless something is set (semantics 10.10).
		begin: func(c *config.Checker) { c.DNS = &config.DNSCheck{Type: config.DNSTypeSOA, Name: "."} },
	}
}

// dnsCheckRows are the keywords of DNS_CHECK.
func dnsCheckRows() []Keyword {
	return slices.Concat(targetRows(), timingRows("3", "delay_loop"), []Keyword{
		row("type", dnsType(), "SOA", "record to ask for"),
		row("name", dnsName(), ". (the root)", "name to ask for"),
	})
}
