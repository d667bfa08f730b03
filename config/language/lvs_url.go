package language

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// urlDraft is a url block while it is being read.
type urlDraft struct {
	draft
	config.URL
	// where the url goes when it is complete
	checker *checkerDraft
	tls     *bool
}

// openURL begins a url block within HTTP_GET or SSL_GET.
func openURL(_ *stmt, d *checkerDraft) *urlDraft { return &urlDraft{checker: d} }

// closeURL takes a url that has a path.
func closeURL(s *stmt, u *urlDraft) {
	// 2.2.7 crashes with such a url (semantics 10.5).
	if !u.has("path") {
		s.errorf(s.pos(), "incomplete-block", "%s url has no path - ignoring; write path / or another", u.checker.Kind)
		return
	}
	// Also with a digest or a pattern (semantics 10.3).
	if len(u.Status) == 0 {
		u.Status = config.StatusSet{{200, 299}}
	}
	// Reported (semantics 10.19), and cleared so that no half of a pattern is left.
	if u.Regex == "" &&
		(u.RegexNoMatch || len(u.RegexOptions) > 0 || u.has("regex_min_offset") || u.has("regex_max_offset") ||
			u.has("regex_stack")) {
		s.mutedf(s.pos(), "setting-without-effect", "%s url has regex settings without a regex - ignoring them",
			u.checker.Kind)
		u.RegexNoMatch, u.RegexOptions, u.RegexMin, u.RegexMax, u.RegexStack = false, nil, 0, 0, config.RegexStack{}
	}
	u.checker.HTTP.URLs = append(u.checker.HTTP.URLs, u.URL)
	// Beside the url: nil is "as the checker", and what that says is known at its end.
	u.checker.urlTLS = append(u.checker.urlTLS, u.tls)
}

// digest is the MD5 sum that the body must have.
func digest() Keyword {
	k := custom("32 hexadecimal digits", 1, setDigest)
	k.bind.show = showing(func(u *urlDraft) []writing {
		if !u.HasDigest {
			return nil
		}
		return written(hex.EncodeToString(u.Digest[:]))
	})
	return k
}

// setDigest takes an MD5 sum as 32 digits.
func setDigest(s *stmt, u *urlDraft) bool {
	text := s.word(0)
	// The length comes first: Decode writes as many bytes as there are pairs of digits, and there
	// is room for sixteen.
	if len(text) != 2*len(u.Digest) {
		s.errorf(s.at(0), "invalid-hex",
			"digest '%s' must have %d hexadecimal digits, it has %d; holdfast genhash prints it", text, 2*len(u.Digest),
			len(text))
		return false
	}
	if _, err := hex.Decode(u.Digest[:], []byte(text)); err != nil {
		s.errorf(s.at(0), "invalid-hex", "digest '%s' has a character that is no hexadecimal digit", text)
		// Some bytes were decoded before the bad character.
		u.Digest = [16]byte{}
		return false
	}
	u.HasDigest = true
	return true
}

// statusCodes are the codes that pass.
func statusCodes() Keyword {
	k := custom("N | N-M .. (100..599)", 1, setStatus)
	k.bind.show = showing(func(u *urlDraft) []writing { return written(u.Status.String()) })
	return k
}

// setStatus takes codes and ranges of codes; more lines add to the first.
func setStatus(s *stmt, u *urlDraft) bool {
	took := false
	for i := range s.args {
		//	status_code 200-299 301
		// Words out of range are left out, and the others count (semantics 10.20).
		lo, hi, ranged := strings.Cut(s.word(i), "-")
		from, junk1 := parseInt(lo)
		// A single code is a range of one.
		to, junk2 := from, false
		if ranged {
			to, junk2 = parseInt(hi)
		}
		if junk1 || junk2 || from < 100 || to > 599 || from > to {
			s.errorf(s.at(i), "invalid-status-code",
				"Invalid %s status code '%s'; write codes or ranges from 100 to 599, such as 200-299", u.checker.Kind,
				s.word(i))
			continue
		}
		u.Status = append(u.Status, [2]uint16{uint16(from), uint16(to)})
		took = true
	}
	// Without a good word there is no status at all, and closeURL puts 200-299 in its place.
	return took
}

// regex is the pattern that must be found.
func regex() Keyword {
	k := custom("PATTERN", 1, setRegex)
	k.Script = true
	k.bind.show = showing(func(u *urlDraft) []writing {
		if u.Regex == "" {
			return nil
		}
		return written(syntax.QuoteWord(u.Regex))
	})
	return k
}

// setRegex takes the pattern.
func setRegex(s *stmt, u *urlDraft) bool {
	// By the rules for commands, in which a backslash escapes (grammar 5.1): `"\\d"` is the pattern \d.
	words, err := syntax.ScriptWords(*s.node)
	if err != nil || len(words) == 0 {
		s.errorf(s.pos(), "invalid-command", "regex cannot be read: %v; quote the pattern", err)
		return false
	}
	u.Regex = words[0]
	return true
}

// regexOptions are options of the pattern.
func regexOptions() Keyword {
	k := custom("OPTION ..", 1, setRegexOptions)
	k.bind.show = showing(func(u *urlDraft) []writing { return wordsIf(u.RegexOptions...) })
	return k
}

// setRegexOptions takes options of PCRE2, in either case, with or without their prefix.
func setRegexOptions(s *stmt, u *urlDraft) bool {
	for i, w := range s.words() {
		//	regex_options PCRE2_CASELESS multiline
		name := strings.TrimPrefix(strings.ToLower(w.Text), "pcre2_")
		if known := pcreOptions(); !slices.Contains(known, name) {
			text := ""
			if near := nearestOf(name, known); near != "" {
				text = "; did you mean '" + near + "'?"
			}
			s.mutedf(s.at(i), "unknown-option", "%s: option %s is not known%s", s.title(), w.Text, text)
		}
		// Kept as it was written, so that it is printed as it was read.
		u.RegexOptions = append(u.RegexOptions, w.Text)
	}
	return true
}

// pcreOptions are the compile options of PCRE2.
func pcreOptions() []string {
	return []string{"allow_empty_class", "allow_lookaround_bsk", "alt_bsux", "alt_circumflex", "alt_extended_class",
		"alt_verbnames",
		"anchored", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames", "endanchored", "extended",
		"extended_more",
		"firstline", "literal", "literal_newline", "match_invalid_utf", "match_unset_backref", "multiline",
		"never_backslash_c",
		"never_ucp", "never_utf", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor", "no_start_optimize",
		"no_utf_check",
		"ucp", "ungreedy", "use_offset_limit", "utf"}
}

// regexOffset is a limit of where a match may start. keepalived takes any word for it
// and says nothing.
func regexOffset(p func(*urlDraft) *int) Keyword {
	k := custom(Range{Max: maxInt32}.argument(), 1, func(s *stmt, u *urlDraft) bool {
		n, ok := s.lenientNumber(0, maxInt32)
		if ok {
			*p(u) = int(n)
		}
		return ok
	})
	k.bind.show = showing(func(u *urlDraft) []writing {
		if *p(u) == 0 {
			return nil
		}
		return written(strconv.Itoa(*p(u)))
	})
	return k
}

// regexStack is the memory of the matcher.
func regexStack() Keyword {
	k := custom("START MAX, 0..4294967295", 0, func(s *stmt, u *urlDraft) bool {
		start, ok1 := s.lenientNumber(0, maxUint32)
		most, ok2 := s.lenientNumber(1, maxUint32)
		switch {
		case !ok1 || !ok2:
			return false
		case start > most || most == 0:
			s.mutedf(s.at(1), "limits-swapped",
				"%s: %d bytes at first and %d at most - ignoring; write the smaller number first", s.title(), start,
				most)
			return false
		}
		u.RegexStack = config.RegexStack{Start: uint32(start), Max: uint32(most)}
		return true
	})
	k.bind.show = showing(func(u *urlDraft) []writing {
		if u.RegexStack == (config.RegexStack{}) {
			return nil
		}
		return written(fmt.Sprint(u.RegexStack.Start), fmt.Sprint(u.RegexStack.Max))
	})
	return k
}

// lenientNumber reads argument i as a number up to hi. A configuration test of
// keepalived does not count what is wrong with it.
func (s *stmt) lenientNumber(i int, hi int64) (int64, bool) {
	n, junk := parseInt(s.word(i))
	if junk || n < 0 || n > hi {
		s.mutedf(s.at(i), "invalid-number", "%s: '%s' is not a number from 0 to %d", s.title(), s.word(i), hi)
		return 0, false
	}
	return n, true
}

// urlRows are the keywords of url.
func urlRows(kind config.CheckKind) []Keyword {
	rows := []Keyword{
		row("path", text("STRING", func(d *urlDraft) *string { return &d.Path }), "required",
			"path of the request, sent as it is",
			// Always written: a url without path is dropped (semantics 10.5).
			shows(func(d *urlDraft) []writing { return written(quoted(d.Path)) })),
		row("digest", digest(), "none", "MD5 that the body must have"),
		row("status_code", statusCodes(), "200-299", "status codes that pass", lenient),
		row("virtualhost",
			text("NAME", func(d *urlDraft) *string { return &d.Host }),
			"of the checker", "Host header of this URL", soft),
		row("regex", regex(), "none", "pattern that must be found", lenient),
		row("regex_no_match",
			switchOn(func(d *urlDraft) *bool { return &d.RegexNoMatch }),
			"off", "the pattern must not be found"),
		row("regex_options", regexOptions(), "none", "options of PCRE2 by name", lenient),
		row("regex_min_offset",
			regexOffset(func(d *urlDraft) *int { return &d.RegexMin }),
			"0", "where the match may start at the earliest", lenient),
		row("regex_max_offset",
			regexOffset(func(d *urlDraft) *int { return &d.RegexMax }),
			"unlimited", "where the match may start at the latest", lenient),
		row("regex_stack", regexStack(), "of the library", "no effect: a search takes the memory that it needs", accepted),
	}
	if kind == config.CheckSSL {
		rows = append(rows, row("tls_compliant",
			tristate(func(d *urlDraft) **bool { return &d.tls }),
			"of the checker", "end TLS with close_notify", since("2.2.8")))
	}
	return rows
}

// writeURLs writes the url blocks of a checker.
func writeURLs(d *checkerDraft) []writing {
	out := make([]writing, len(d.HTTP.URLs))
	for i, u := range d.HTTP.URLs {
		inner := &urlDraft{URL: u}
		// The row is there for SSL_GET only.
		if d.Kind == config.CheckSSL {
			inner.tls = &inner.TLSCompliant
		}
		out[i] = writing{inner: inner}
	}
	return out
}
