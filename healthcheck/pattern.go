package healthcheck

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2"

	"holdfast/config"
)

// matchTimeout bounds one search; running out of it is a failure, whatever the pattern is
// to show.
const matchTimeout = time.Second

// Pattern is the compiled regex of a URL. Patterns mean what PCRE2 makes of them: bytes,
// not characters, `$` also before a final newline. Those that Go's own regexp reads in
// the same way run on it, the others on a backtracking engine.
type Pattern struct {
	linear *regexp.Regexp
	full   *regexp2.Regexp
	// atStart is set for a linear pattern that may ask for the start of the text: no part of
	// the text can be left out before it.
	atStart bool
	// Where a match may start, both inclusive; last < 0 is anywhere (semantics 10.7).
	first, last int
}

// CompilePattern compiles the regex of u; nil without an error when u has none.
func CompilePattern(u config.URL) (*Pattern, error) {
	if u.Regex == "" {
		return nil, nil
	}
	p := &Pattern{first: u.RegexMin, last: -1}
	if u.RegexMax > 0 {
		p.last = u.RegexMax
	}
	opt, err := options(u.RegexOptions)
	if err != nil {
		return nil, fmt.Errorf("invalid regex %q: %w", u.Regex, err)
	}
	if p.first == 0 && !opt.full && linearSafe(u.Regex) {
		if re, err := regexp.Compile(opt.prefix() + u.Regex); err == nil {
			p.linear = re
			// A `^` inside of a class counts as well: then a little more is searched than needed.
			p.atStart = strings.Contains(u.Regex, "^") || strings.Contains(u.Regex, `\A`)
			return p, nil
		}
	}
	// Here is also what RE2 lacks: look-behind, references to groups.
	re, err := regexp2.Compile(opt.anchor(translate(u.Regex)), opt.flags)
	if err != nil {
		return nil, fmt.Errorf("invalid regex %q: %w", u.Regex, err)
	}
	re.MatchTimeout = matchTimeout
	p.full = re
	return p, nil
}

// patternKey is what makes a compiled regex the same one.
type patternKey struct {
	regex, options string
	first, last    int
}

// preparePatterns compiles the regexes of k. One that does not compile is missing.
func preparePatterns(p *Preparer, k *config.Checker) (parts Parts, err error) {
	for i, u := range k.HTTP.URLs {
		if u.Regex == "" {
			continue
		}
		// Servers mostly share their regex: each is compiled once for a configuration.
		key := patternKey{u.Regex, strings.Join(u.RegexOptions, " "), u.RegexMin, u.RegexMax}
		pat := p.compiled[key]
		if pat == nil {
			var bad error
			if pat, bad = CompilePattern(u); bad != nil {
				err = errors.Join(err, fmt.Errorf("url %s: %w", u.Path, bad))
				// The other URLs go on: every regex that is wrong is told, not only the first.
				continue
			}
			if p.compiled == nil {
				p.compiled = map[patternKey]*Pattern{}
			}
			p.compiled[key] = pat
		}
		if parts.Patterns == nil {
			parts.Patterns = make([]*Pattern, len(k.HTTP.URLs))
		}
		parts.Patterns[i] = pat
	}
	return parts, err
}

// linearSafe reports whether Go's regexp gives a pattern the meaning PCRE2 does, if it
// compiles at all: no `$`, no escapes that differ or may name bytes beyond ASCII.
func linearSafe(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x80 || c == '$':
			return false
		case c == '\\' && i+1 < len(s):
			i++
			if strings.IndexByte("zZsSvVCQExpP01234567", s[i]) >= 0 {
				return false
			}
		}
	}
	return true
}

// patternOptions are regex_options as the two engines take them.
type patternOptions struct {
	full     bool // needs the backtracking engine
	letters  string
	anchored bool
	flags    regexp2.RegexOptions
}

func (o patternOptions) prefix() string {
	if o.letters == "" {
		return ""
	}
	return "(?" + o.letters + ")"
}

func (o patternOptions) anchor(s string) string {
	if o.anchored {
		return `\G(?:` + s + `)`
	}
	return s
}

// options reads regex_options: PCRE2's compile options by name, with or without
// PCRE2_ in front, in either case. Those that only tune are taken and change nothing.
func options(names []string) (patternOptions, error) {
	var o patternOptions
	tuning := []string{"utf", "ucp", "no_utf_check", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor",
		"no_start_optimize", "never_backslash_c", "never_ucp", "never_utf", "dupnames", "auto_callout", "use_offset_limit",
		"match_unset_backref", "literal_newline"}
	for _, name := range names {
		n := strings.TrimPrefix(strings.ToLower(name), "pcre2_")
		switch n {
		case "caseless":
			o.letters += "i"
			o.flags |= regexp2.IgnoreCase
		case "multiline":
			o.letters += "m"
			o.flags |= regexp2.Multiline
		case "dotall":
			o.letters += "s"
			o.flags |= regexp2.Singleline
		case "extended", "extended_more":
			o.full = true
			o.flags |= regexp2.IgnorePatternWhitespace
		case "anchored":
			o.full, o.anchored = true, true
		case "ungreedy":
			// Greed does not decide whether there is a match, nor where it starts.
		case "dollar_endonly":
			return o, fmt.Errorf("option %s is not supported", name)
		default:
			if !slices.Contains(tuning, n) {
				return o, fmt.Errorf("option %s is not known", name)
			}
		}
	}
	return o, nil
}

// posix are the named classes of PCRE2, which the backtracking engine lacks.
func posix(name string) (string, bool) {
	classes := map[string]string{
		"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "word": `\w`,
		"space": `\s`, "blank": ` \t`, "xdigit": "0-9a-fA-F", "cntrl": `\x00-\x1f\x7f`, "print": ` -~`, "graph": `!-~`,
		"punct": `!-/:-@\[-\x60{-~`, "ascii": `\x00-\x7f`,
	}
	c, ok := classes[name]
	return c, ok
}

// translate writes a pattern of PCRE2 as the backtracking engine takes it: bytes as runes
// (see asRune), Perl's spelling of named groups, named classes spelled out.
func translate(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		switch {
		case len(rest) >= 4 && rest[:2] == `\x` && highHex(rest[2:4]):
			b.WriteString(`\uE0` + rest[2:4])
			i += 3
		case rest[0] == '\\' && len(rest) > 1:
			b.WriteString(string(runes([]byte(rest[:2]))))
			i++
		case strings.HasPrefix(rest, "(?P<"):
			b.WriteString("(?<")
			i += 3
		case strings.HasPrefix(rest, "(?P=") && strings.Contains(rest, ")"):
			end := strings.Index(rest, ")")
			b.WriteString(`\k<` + rest[4:end] + ">")
			i += end
		case strings.HasPrefix(rest, "[:"):
			name, _, closed := strings.Cut(rest[2:], ":]")
			class, known := posix(name)
			if !closed || !known {
				b.WriteByte('[')
				continue
			}
			b.WriteString(class)
			i += len("[:"+name+":]") - 1
		default:
			b.WriteString(string(runes([]byte{rest[0]})))
		}
	}
	return b.String()
}

func highHex(s string) bool {
	return strings.IndexByte("89abcdefABCDEF", s[0]) >= 0 && strings.IndexByte("0123456789abcdefABCDEF", s[1]) >= 0
}

// runes makes one rune of each byte, so that offsets are bytes.
func runes(b []byte) []rune {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = asRune(c)
	}
	return r
}

// asRune is a byte as a rune. Those beyond ASCII become private ones, which are neither
// letters nor blanks: PCRE2 without UCP knows none there.
func asRune(c byte) rune {
	if c >= 0x80 {
		return rune(c) + 0xe000
	}
	return rune(c)
}
