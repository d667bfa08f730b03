package reference

import (
	"slices"
	"strings"

	"holdfast/config/language"
)

// A Block is a block or list with the keywords that may stand in it.
type Block struct {
	Name     string  `json:"name"` // joined with dots, "" for the top level
	Keywords []Entry `json:"keywords"`
}

// An Answer is what a question found: keywords of that name, and blocks of that
// name with what may stand in them. Both are empty if there is no such word;
// Near then has the names that look most like it.
type Answer struct {
	Entries []Entry  `json:"entries,omitempty"`
	Blocks  []Block  `json:"blocks,omitempty"`
	Near    []string `json:"-"`
}

// Found reports whether there is an answer.
func (a Answer) Found() bool { return len(a.Entries)+len(a.Blocks) > 0 }

// Lookup finds KEYWORD or BLOCK.KEYWORD. The block may be named by the end of its
// path, joined with dots or slashes.
func Lookup(query string) Answer {
	//	vrrp_instance/track_script, vrrp_instance.track_script
	// are the same question.
	query = strings.ReplaceAll(query, "/", ".")
	within, word := "", query
	// A dot in front is no block.
	if i := strings.LastIndex(query, "."); i > 0 {
		within, word = query[:i], query[i+1:]
	}
	var a Answer
	all := Entries()
	for _, e := range all {
		if strings.EqualFold(e.Keyword, word) && (within == "" || endsWith(e.Block, within)) {
			a.Entries = append(a.Entries, e)
		}
	}
	a.Entries = exactCase(a.Entries, word)
	// `weight` is a keyword of many blocks: those that work come first, and words inside of entries last.
	slices.SortStableFunc(a.Entries, func(x, y Entry) int { return weight(x) - weight(y) })
	for _, e := range a.Entries {
		if e.Opens == "" {
			continue
		}
		if b := keywordsIn(all, e.Name()); len(b.Keywords) > 0 {
			a.Blocks = append(a.Blocks, b)
		}
	}
	// Names are only proposed where there is no answer.
	if !a.Found() {
		a.Near = near(within, word)
	}
	return a
}

// weight sorts what is asked for most often to the front.
func weight(e Entry) int {
	switch {
	case e.InEntry:
		return 2
	case !e.Built():
		return 1
	}
	return 0
}

// exactCase drops what differs in case if something does not.
func exactCase(found []Entry, word string) []Entry {
	// Case counts in a file (grammar 4.5). In a question it does so only where there is a keyword
	// that is spelled like it.
	if !slices.ContainsFunc(found, func(e Entry) bool { return e.Keyword == word }) {
		return found
	}
	return slices.DeleteFunc(found, func(e Entry) bool { return e.Keyword != word })
}

// endsWith reports whether the path of a block ends with the blocks named.
func endsWith(path, end string) bool {
	return path == end || strings.HasSuffix(path, "."+end)
}

func keywordsIn(all []Entry, block string) Block {
	b := Block{Name: block}
	for _, e := range all {
		if e.Block == block && !e.Anywhere {
			b.Keywords = append(b.Keywords, e)
		}
	}
	return b
}

// Blocks lists the top level, every block and every list, in the order of the
// reference, with their keywords.
func Blocks() []Block {
	all := Entries()
	out := []Block{keywordsIn(all, "")}
	for _, e := range all {
		if e.Opens == "" {
			continue
		}
		// A block of which the table knows no keywords has nothing to list.
		if b := keywordsIn(all, e.Name()); len(b.Keywords) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// near gives the names that look most like a word, in a block if one is named.
func near(within, word string) []string {
	lang := language.Table()
	if within == "" {
		return lang.NearestAnywhere(word)
	}
	var out []string
	for _, b := range Blocks() {
		// In the blocks that were named first: the word may be mistyped and the block not.
		if !endsWith(b.Name, within) {
			continue
		}
		if name := lang.Nearest(strings.ReplaceAll(b.Name, ".", "/"), word); name != "" {
			out = append(out, b.Name+"."+name)
		}
	}
	if out != nil {
		return out
	}
	return lang.NearestAnywhere(word)
}
