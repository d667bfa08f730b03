package syntax

import (
	"errors"
	"path"
	"sort"
	"strings"
)

// MaxGlobNames bounds the names a pattern may stand for after its braces are expanded.
const MaxGlobNames = 10_000

var errTooManyNames = errors.New("pattern stands for too many names")

// expandBraces is what keepalived makes of "a{b,c{d,e}}f". Braces around one word, or
// none, are dropped; those that do not match stand for themselves.
func expandBraces(pattern string) ([]string, error) {
	out := []string{}
	work := []string{pattern}
	for len(work) > 0 {
		head := work[len(work)-1]
		work = work[:len(work)-1]
		open, parts, end := firstBraces(head)
		if parts == nil {
			out = append(out, head)
		}
		// Backwards onto a stack, so that they come off it in the order they are written in.
		for i := len(parts) - 1; i >= 0; i-- {
			work = append(work, head[:open]+parts[i]+head[end:])
		}
		// At every step: {a,b}{a,b}{a,b} doubles with each pair, and need not be finished.
		if len(out)+len(work) > MaxGlobNames {
			return nil, errTooManyNames
		}
	}
	return out, nil
}

// firstBraces finds the first pair of braces that can be expanded: the offset
// of its '{', what stands between the commas, and the offset after its '}'.
func firstBraces(s string) (open int, parts []string, end int) {
	for open = 0; open < len(s); open++ {
		switch s[open] {
		case '\\':
			open++
		case '{':
			if parts, end = braceParts(s, open); parts != nil {
				return open, parts, end
			}
		}
	}
	return 0, nil, 0
}

func braceParts(s string, open int) (parts []string, end int) {
	depth, start := 0, open+1
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts = append(parts, s[start:i])
				start = i + 1
			}
		case '}':
			if depth--; depth == 0 {
				return append(parts, s[start:i]), i + 1
			}
		}
	}
	// Nothing closes it: this brace stands for itself.
	return nil, 0
}

// hasWildcard reports whether glob(3) would look into directories for name.
func hasWildcard(name string) bool { return strings.ContainsAny(name, "*?[") }

// glob finds the names that one pattern without braces stands for, sorted.
// A leading dot is only matched by a dot, as in glob(3).
func glob(src Source, pattern string) []string {
	if !hasWildcard(pattern) {
		name := unescape(pattern)
		if _, err := src.Stat(name); err != nil || name == "" {
			return nil
		}
		return []string{name}
	}
	dir, last := path.Split(pattern)
	dirs := []string{unescape(dir)}
	// "sites/*/vip.conf": the directories are found by the same rules.
	if hasWildcard(dir) {
		dirs = glob(src, strings.TrimRight(dir, "/"))
		for i := range dirs {
			dirs[i] += "/"
		}
	}
	var names []string
	for _, dir := range dirs {
		names = append(names, globDir(src, dir, last)...)
	}
	// Over all directories together: what matches is read in sorted order (grammar 7.1).
	sort.Strings(names)
	return names
}

func globDir(src Source, dir, last string) []string {
	if !hasWildcard(last) {
		if _, err := src.Stat(dir + unescape(last)); err != nil {
			return nil
		}
		return []string{dir + unescape(last)}
	}
	read := dir
	// "*.conf" is looked for in the working directory.
	if read == "" {
		read = "."
	}
	entries, err := src.ReadDir(read)
	// A directory that cannot be read has no names, as for glob(3) without GLOB_ERR.
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if strings.HasPrefix(entry, ".") && !strings.HasPrefix(last, ".") {
			continue
		}
		// A pattern that is none, such as "[a", matches nothing.
		if ok, err := path.Match(last, entry); ok && err == nil {
			names = append(names, dir+entry)
		}
	}
	return names
}

// unescape drops the backslashes that quote the next character of a pattern.
func unescape(pattern string) string {
	if !strings.Contains(pattern, `\`) {
		return pattern
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}
