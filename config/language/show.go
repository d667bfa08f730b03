package language

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// A writing is one time a keyword is written to give a draft what it has.
type writing struct {
	args []string // as they stand in the text, quoted where needed
	// Not all of these are set: a line has args only, a block inner or entries or drafts.
	inner   any        // draft of the block that it opens
	entries [][]string // lines of the list block that it opens
	// place orders what stands for items of one list that several keywords write; 0 is
	// before those, where the row of the keyword stands.
	place  int
	drafts []any // entries of that block whose words are rows
	own    bool  // it stands on a line that keepalived drops, whatever its keyword
}

// showing puts the type of the draft back, as custom does on the way in.
func showing[T any](f func(t *T) []writing) func(any) []writing {
	return func(target any) []writing { return f(target.(*T)) }
}

// written is a keyword with these arguments, once.
func written(args ...string) []writing { return []writing{{args: args}} }

// when is a keyword without arguments, if it is to be written at all.
func when(given bool) []writing {
	if !given {
		return nil
	}
	return written()
}

// inRange is a keyword with a number; one outside the range has not been given.
func inRange(n, lo, hi int64) []writing {
	if n < lo || n > hi {
		return nil
	}
	return written(strconv.FormatInt(n, 10))
}

// secondsIn is a keyword with decimal seconds between lo and hi microseconds.
func secondsIn(d time.Duration, lo, hi int64) []writing {
	if n := micros(d); n >= lo && n <= hi {
		return written(secondsText(n))
	}
	return nil
}

// wordIf is a keyword with a word, if it is not empty.
func wordIf(text string) []writing {
	if text == "" {
		return nil
	}
	return written(quoted(text))
}

// wordsIf is a keyword with words up to the first empty one, if there are any.
func wordsIf(words ...string) []writing {
	var args []string
	for _, w := range words {
		// Words are told apart by their place, so nothing can stand behind one that is missing.
		if w == "" {
			break
		}
		args = append(args, quoted(w))
	}
	if args == nil {
		return nil
	}
	return written(args...)
}

// addressIf is a keyword with an address, if there is one.
func addressIf(a netip.Addr) []writing {
	if !a.IsValid() {
		return nil
	}
	return written(a.String())
}

// commandIf is a keyword with a command, its user and its group.
func commandIf(c config.Command) []writing {
	if !c.IsSet() {
		return nil
	}
	// The words go into quotes together: outside of them the second would be a user.
	args := []string{syntax.QuoteCommand(c.Argv)}
	// Without a user there is no place for a group: words are told apart by their place (grammar 5.4).
	if c.User != "" {
		args = append(args, quoted(c.User))
		if c.Group != "" {
			args = append(args, quoted(c.Group))
		}
	}
	return written(args...)
}

// listed is a keyword that opens a list block, if there are entries.
func listed(entries [][]string) []writing {
	if len(entries) == 0 {
		return nil
	}
	return []writing{{entries: entries}}
}

// each is a keyword that opens a block, once for each draft; args are the words
// after it.
func each[T any](drafts []*T, args func(*T) []string) []writing {
	out := make([]writing, len(drafts))
	for i, d := range drafts {
		out[i] = writing{args: args(d), inner: d}
	}
	return out
}

// quoted is a word as it is written: in quotes where it would not be one word or
// would be read as something else.
func quoted(word string) string {
	// A comment or a brace begins anywhere outside of quotes (grammar 3.1, 6.1); a condition, a definition and a loop
	// only at the beginning of a word.
	if word == "" || strings.ContainsAny(word, " \t#!{}") || strings.ContainsAny(word[:1], "$@~") {
		return `"` + word + `"`
	}
	return word
}

// onlyIf is a keyword with arguments, if it is to be written at all.
func onlyIf(given bool, args ...string) []writing {
	if !given {
		return nil
	}
	return written(args...)
}

// namesByLine writes names, one a line.
func namesByLine(names []string) [][]string {
	var out [][]string
	for _, name := range names {
		out = append(out, []string{quoted(name)})
	}
	return out
}

// redacted stands in place of a secret.
const redacted = config.Redacted
