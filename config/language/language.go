package language

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// A Language is the keyword table with its indexes. It does not change, but most of it
// is only made when it is asked for: a configuration uses a few blocks.
type Language struct {
	chapters []chapter // in the order of the reference
	listed   int       // the first of them; the words of the others are listed with another word
	blocks   map[string]func() map[string]*Keyword
	general  general
	// order gives for a block its keywords in the order of the reference; made when a
	// configuration is printed.
	order func() map[string][]*Keyword
}

// general is the block that other blocks take defaults from. There the names of some keywords begin with a
// prefix, because the block is about more than theirs.
type general struct{ block, prefix string }

// A chapter is keywords of a block.
type chapter struct {
	block string
	rows  func() []Keyword
}

// newLanguage makes a language of chapters; inner are those of words that are listed with
// another word.
func newLanguage(general general, chapters, inner []chapter) *Language {
	l := &Language{general: general, chapters: slices.Concat(chapters, inner), listed: len(chapters),
		blocks: map[string]func() map[string]*Keyword{}}
	l.order = sync.OnceValue(l.ordered)
	parts := map[string][]*chapter{}
	for i := range l.chapters {
		c := &l.chapters[i]
		// A block that no configuration of this host uses costs nothing.
		c.rows = sync.OnceValue(c.rows)
		parts[c.block] = append(parts[c.block], c)
	}
	// The rows of a block are made when it is first asked for.
	for block, some := range parts {
		l.blocks[block] = sync.OnceValue(func() map[string]*Keyword { return l.index(block, some) })
	}
	return l
}

// index finishes the rows of a block.
func (l *Language) index(block string, chapters []*chapter) map[string]*Keyword {
	words := map[string]*Keyword{}
	// A keyword works only if all the blocks around it do.
	unbuilt := l.inside(block, func(k *Keyword) bool { return k.Support == NotYet })
	own := l.inside(block, func(k *Keyword) bool { return k.Since == Ours })
	for _, c := range chapters {
		rows := c.rows()
		for i := range rows {
			k := &rows[i]
			k.Block = block
			k.path = k.Path()
			// So it says "not yet" in the reference, and a later row needs no mark of its own.
			if k.Support == Works && unbuilt {
				k.Support = NotYet
			}
			// Its block stands on @holdfast lines, and all that is in it.
			if k.inOurs = own; own {
				k.Since = Ours
			}
			// A pointer into the rows of the chapter, which are made once and stay.
			words[k.Name] = k
		}
	}
	return words
}

// block gives the keywords of a block by name, nil if there is no such block.
func (l *Language) block(path string) map[string]*Keyword {
	if words := l.blocks[path]; words != nil {
		return words()
	}
	return nil
}

// ordered has also the chapters that the reference lists with another word.
func (l *Language) ordered() map[string][]*Keyword {
	order := map[string][]*Keyword{}
	for k := range l.in(l.chapters) {
		order[k.Block] = append(order[k.Block], k)
	}
	return order
}

// all goes through the rows in the order of the reference.
func (l *Language) all() iter.Seq[*Keyword] { return l.in(l.chapters[:l.listed]) }

// in goes through the rows of chapters, finished: with their block and path.
func (l *Language) in(chapters []chapter) iter.Seq[*Keyword] {
	return func(yield func(*Keyword) bool) {
		for i := range chapters {
			l.block(chapters[i].block) // finishes the rows
			rows := chapters[i].rows()
			for j := range rows {
				if !yield(&rows[j]) {
					return
				}
			}
		}
	}
}

// inside reports whether the keyword of a block, or of one around it, is of a kind.
func (l *Language) inside(block string, of func(k *Keyword) bool) bool {
	// From the inside out.
	for block != "" {
		outer, name := "", block
		if i := strings.LastIndexByte(block, '/'); i >= 0 {
			outer, name = block[:i], block[i+1:]
		}
		if k := l.find(outer, name); k != nil && of(k) {
			return true
		}
		block = outer
	}
	return false
}

// Keywords lists every row, in the order of the reference.
func (l *Language) Keywords() []Keyword {
	var out []Keyword
	for k := range l.all() {
		out = append(out, *k)
	}
	return out
}

// Find looks a keyword up in a block.
func (l *Language) Find(block, name string) (Keyword, bool) {
	k := l.find(block, name)
	if k == nil {
		return Keyword{}, false
	}
	return *k, true
}

// find is the row of a keyword in a block, nil if there is none.
func (l *Language) find(block, name string) *Keyword { return l.block(block)[name] }

// Blocks lists the blocks in which name is a keyword, in reference order; the
// words of list entries are left out.
func (l *Language) Blocks(name string) []string {
	var out []string
	for k := range l.all() {
		if k.Name == name && k.Block != AnyBlock && !strings.HasSuffix(k.Block, Entry) {
			out = append(out, k.Block)
		}
	}
	return out
}

// names lists the keywords of a block in a stable order.
func (l *Language) names(block string) []string {
	words := l.block(block)
	out := make([]string, 0, len(words))
	for n := range words {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
