package syntax

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// check is a set of include checks (grammar 7.1): what fails one of them makes
// the configuration unusable instead of being only reported.
type check uint8

const (
	checkRead     check = 1 << iota // not a regular file, or unreadable; every other check includes it
	checkMatch                      // a plain name that does not exist
	checkWildcard                   // a wildcard without match
	checkBrace                      // a brace alternative without match
	checkAll      = checkRead | checkMatch | checkWildcard | checkBrace
)

// directive recognises an include line: its checks beyond those in force and
// its pattern, with the offset of the pattern. What follows the word up to the
// end of the line is the pattern, blanks and all.
func directive(text string) (extra check, pattern string, at int, ok bool) {
	word, rest, found := cutBlank(text)
	if !found || !strings.HasPrefix(word, "include") {
		return 0, "", 0, false
	}
	switch word[len("include"):] {
	case "":
	case "r":
		extra = checkRead
	case "m":
		extra = checkMatch
	case "w":
		extra = checkMatch | checkWildcard
	case "b":
		extra = checkBrace
	case "a":
		extra = checkAll
	// `include_check` is a keyword, and "includex" an unknown one.
	default:
		return 0, "", 0, false
	}
	rest = strings.TrimLeft(rest[1:], blanks)
	pattern, at = strings.TrimRight(rest, blanks), len(text)-len(rest)
	return extra, pattern, at, pattern != ""
}

// cutBlank splits text after its first word.
func cutBlank(text string) (word, rest string, found bool) {
	i := strings.IndexAny(text, spaces)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i:], true
}

// include reads the files of an include line. The checks given by its letter
// hold for the line only, not inside the files.
func (l *loader) include(line Line, extra check, pattern string, at int) {
	checks := l.checks | extra
	pos := line.At(at)
	fail := func(check check, id, format string, args ...any) {
		switch {
		case checks&check != 0:
			l.report(pos, Fatal, ClassSecurityError, id, format, args...)
		case l.opt.MissingIsError:
			l.report(pos, Error, ClassNone, id, format, args...)
		default:
			l.report(pos, Warning, ClassNone, id, format, args...)
		}
	}
	// Relative to the file it stands in (grammar 7.1), whose directory is a name and no pattern.
	full := pattern
	if dir := path.Dir(l.file); !path.IsAbs(pattern) && dir != "." {
		full = quoteDir(dir) + "/" + pattern
	}
	l.pattern(full, pattern, pos, checks, fail)
}

// pattern reads the files that full stands for; shown is how it is spelled in
// messages.
func (l *loader) pattern(full, shown string, pos Pos, checks check,
	fail func(check check, id, format string, args ...any)) {
	patterns, err := expandBraces(full)
	if err != nil {
		l.stop(pos, "bound-names", "include '%s': %v (%d)", shown, err, MaxGlobNames)
		return
	}
	var names []string
	missing := false
	for _, pattern := range patterns {
		if !l.spend(len(pattern)+workPerPattern, pos) {
			return
		}
		found := glob(l.src, pattern)
		missing = missing || len(found) == 0 && !l.mayBeEmpty(pattern)
		names = append(names, found...)
	}
	braces := strings.Contains(shown, "{")
	why := l.notReplaced(shown)
	switch {
	case len(names) == 0 && missing && braces:
		fail(checkBrace, "file-missing", "Config files missing '%s'.%s", shown, why)
	case len(names) == 0 && missing:
		fail(checkMatch, "file-missing", "Config files missing '%s'.%s", shown, why)
	case len(names) == 0 && checks&checkWildcard != 0:
		fail(checkWildcard, "file-missing", "No config files matched '%s'.", shown)
	case missing:
		fail(checkBrace, "file-missing", "Some config files missing: \"%s\".", shown)
	}
	for _, name := range names {
		if l.stopped {
			return
		}
		l.match(name, pos, fail)
	}
}

// notReplaced tells, behind what is wrong with a pattern, of a name in it that nothing defines.
func (l *loader) notReplaced(pattern string) string {
	_, rest, _ := strings.Cut(pattern, "$")
	rest = strings.TrimPrefix(rest, "{")
	name := rest[:identifier(rest)]
	if _, defined := l.definitions[name]; defined || name == "" {
		return ""
	}
	return " $" + name + " is not defined before this place"
}

// mayBeEmpty reports whether a pattern without match is none of our business: it
// is a wildcard, and the directory it looks into exists.
func (l *loader) mayBeEmpty(pattern string) bool {
	i := strings.IndexAny(pattern, "*?[")
	if i < 0 {
		return false
	}
	// The x makes a last part for Dir to take off where the wildcard begins its part: "conf.d/*".
	dir := path.Dir(unescape(pattern[:i]) + "x")
	kind, err := l.src.Stat(dir)
	return err == nil && kind == Directory
}

// match reads one file that a pattern stood for.
func (l *loader) match(name string, pos Pos, fail func(check check, id, format string, args ...any)) {
	kind, err := l.src.Stat(name)
	if err == nil {
		switch kind {
		case Regular:
			err = l.readFile(name, pos)
		case Directory:
			fail(checkAll, "file-not-regular",
				"Configuration file '%[1]s/' is a directory - skipping; write %[1]s/*.conf for the files in it",
				strings.TrimRight(name, "/"))
		case Executable:
			fail(checkAll, "file-not-regular",
				"Configuration file '%s' is not a regular non-executable file - skipping; chmod a-x it", name)
		default:
			fail(checkAll, "file-not-regular",
				"Configuration file '%s' is not a regular non-executable file - skipping", name)
		}
	}
	if err != nil {
		fail(checkAll, "file-unreadable", "Configuration file '%s' open problem (%s) - skipping", name, reason(err))
	}
}

// reason is err without the operation and name that the message has already.
func reason(err error) string {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err.Error()
	}
	return err.Error()
}

// mainFile reads the file of the command line (grammar 9.4).
func (l *loader) mainFile(file string) {
	class := ClassNone
	if l.opt.AllIncludes {
		class = ClassCannotRun
	}
	pos := Pos{File: file}
	fail := func(_ check, id, format string, args ...any) {
		l.report(pos, Fatal, class, id, format, args...)
	}
	l.pattern(file, file, pos, checkAll, fail)
}

// quoteDir is dir as a pattern that stands for itself.
func quoteDir(dir string) string {
	if !strings.ContainsAny(dir, `*?[{}\,`) {
		return dir
	}
	var b strings.Builder
	for i := 0; i < len(dir); i++ {
		if strings.IndexByte(`*?[{}\,`, dir[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(dir[i])
	}
	return b.String()
}

// follow keeps track of the outermost block, because include_check is a keyword
// of global_defs.
func (l *loader) follow(line Line, brace byte) {
	switch {
	case brace == '{':
		if word := firstWord(line.Text); l.blocks == 0 && word != "{" {
			l.root = strings.TrimSuffix(word, "{")
		}
		l.blocks++
	case brace == '}':
		// A '}' too many is Parse's to report; what follows it is at the root.
		l.blocks = max(0, l.blocks-1)
	// The '{' may come on the next line (grammar 6.1), and then this is its keyword.
	case l.blocks == 0:
		l.root = firstWord(line.Text)
	case l.blocks == 1 && l.root == "global_defs" && firstWord(line.Text) == "include_check":
		l.includeCheck(line)
	}
}

func firstWord(text string) string {
	word, _, _ := cutBlank(text)
	return word
}

// includeCheck carries out an include_check line (grammar 7.1): it sets what is
// checked up to the end of the file.
func (l *loader) includeCheck(line Line) {
	words, _ := splitWords(line, nil)
	if len(words) <= 1 {
		l.checks = checkAll
		return
	}
	set := l.checks
	for i, word := range words[1:] {
		name := strings.TrimLeft(word.Text, "+-")
		bit, ok := checkNames(name)
		sign := word.Text[:len(word.Text)-len(name)]
		switch {
		case !ok:
			l.report(word.Pos, Error, ClassConfigError, "bad-include-check",
				"Unknown include_check type '%s'; it is left out", word.Text)
		case sign == "+":
			set |= bit
		case sign == "-":
			set &^= bit
		// The first word without a sign replaces the set (grammar 7.1).
		case sign == "" && i == 0:
			set = bit
		default:
			l.report(word.Pos, Error, ClassConfigError, "bad-include-check",
				"Duplicate include_check '%s' specified - ignoring", word.Text)
		}
	}
	l.checks = set
}

func checkNames(name string) (check, bool) {
	switch name {
	case "read":
		return checkRead, true
	case "match":
		return checkMatch, true
	case "wildcard_match":
		return checkWildcard, true
	case "brace_match":
		return checkBrace, true
	}
	return 0, false
}
