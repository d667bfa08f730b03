package config

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"holdfast/config/syntax"
)

// AnyBlock is the Block of the words of the preprocessor, which stand anywhere.
const AnyBlock = "(any)"

// Entry is the last element of the Block of words that stand inside an entry of
// a list block, as in "vrrp_instance/virtual_ipaddress/<entry>".
const Entry = "<entry>"

// Support tells what becomes of a keyword.
type Support uint8

// Works has its full effect. Accepted is read and checked, and needs no effect
// here. NotYet is recognised, reported with its position and otherwise skipped.
const (
	Works Support = iota
	Accepted
	NotYet
)

// String is the word used in listings.
func (s Support) String() string {
	return [...]string{"works", "accepted", "not supported yet"}[s]
}

// A Keyword is one row of the language: everything the binder, the diagnostics
// and the reference know of it.
type Keyword struct {
	Block   string // path of enclosing blocks, "" at the root, or AnyBlock
	Name    string
	Args    string  // form and range of the arguments, "" for none
	Ranges  []Range // of the numbers among the arguments, in their order
	Default string  // effective value when absent, "" when there is none
	Help    string  // one line
	Since   string  // first keepalived release with it, "" = 2.2.7 or earlier
	AliasOf string  // the keyword to use instead, "" if this is the one
	// Deprecated aliases and keywords are reported when used (grammar 9.6).
	Deprecated bool
	Support    Support
	// Opens tells that a `{` follows; List that each line between the braces is
	// an entry (grammar 6.8) and not a keyword.
	Opens, List bool
	// Script tells that the line is read with the second tokenizer (grammar 5).
	Script bool

	path string // of the block it opens
	need int    // words that must follow (grammar 9.1)
	soft bool   // fewer words are an error, but do not stop the program
	// lenient: fewer words are reported and do not count for a configuration test.
	lenient bool
	bind    binding
}

// Path is the block path inside the keyword's block.
func (k *Keyword) Path() string {
	if k.path != "" {
		return k.path
	}
	return join(k.Block, k.Name)
}

func join(block, name string) string {
	if block == "" {
		return name
	}
	return block + "/" + name
}

// binding carries the functions that give a keyword its effect. target is the
// draft that the enclosing block fills.
type binding struct {
	set   func(s *stmt, target any) bool // false: the value was refused
	open  func(s *stmt, target any) any  // the draft of the block, nil to skip it
	entry func(s *stmt, target any)      // one line of a list block
	done  func(s *stmt, target any)      // at the end of the block
	// show is the way back: how the keyword is written to give the draft what it
	// has, once for each time it is to be written.
	show func(target any) []writing
}

// A Language is the keyword table with its indexes. It is immutable.
type Language struct {
	rows   [][]Keyword
	inner  []Keyword // words listed with another word
	blocks map[string]map[string]*Keyword
	// order gives for a block its keywords in the order of the reference; made when a
	// configuration is printed.
	order func() map[string][]*Keyword
}

// Table gives the language that Bind reads.
func Table() *Language { return table() }

// table makes the language at its first use; it never changes.
var table = sync.OnceValue(func() *Language { return newLanguage(allRows(), innerRouteRows()) })

// allRows lists the blocks in the order of the reference.
func allRows() [][]Keyword {
	return [][]Keyword{
		preprocessorRows(), rootRows(),
		globalRows(), globalProcessRows(), globalLaterRows(),
		staticRows(), groupRows(), instanceRows(), instanceLaterRows(),
		scriptRows(), trackProcessRows(), trackFileRows("track_file"), trackFileRows("vrrp_track_file"), sslRows(),
		serverGroupEntryRows(), serviceRows(), realServerRows(), webCheckRows(), connectCheckRows(), unbuiltCheckRows(),
		bfdRows(),
	}
}

// newLanguage makes a language of rows; inner are words that are listed with another
// word.
func newLanguage(rows [][]Keyword, inner []Keyword) *Language {
	l := &Language{rows: rows, inner: inner, blocks: map[string]map[string]*Keyword{}}
	l.order = sync.OnceValue(l.ordered)
	for k := range l.withInner() {
		if l.blocks[k.Block] == nil {
			l.blocks[k.Block] = map[string]*Keyword{}
		}
		k.path = k.Path()
		l.blocks[k.Block][k.Name] = k
	}
	for k := range l.withInner() {
		if k.Support == Works && l.insideUnbuilt(k.Block) {
			k.Support = NotYet
		}
	}
	return l
}

func (l *Language) ordered() map[string][]*Keyword {
	order := map[string][]*Keyword{}
	for k := range l.withInner() {
		order[k.Block] = append(order[k.Block], k)
	}
	return order
}

// all goes through the rows in the order of the reference.
func (l *Language) all() iter.Seq[*Keyword] { return inOrder(l.rows) }

// withInner goes through all, then the words that are listed with another word.
func (l *Language) withInner() iter.Seq[*Keyword] {
	return inOrder(append(l.rows[:len(l.rows):len(l.rows)], l.inner))
}

func inOrder(rows [][]Keyword) iter.Seq[*Keyword] {
	return func(yield func(*Keyword) bool) {
		for _, some := range rows {
			for i := range some {
				if !yield(&some[i]) {
					return
				}
			}
		}
	}
}

// insideUnbuilt tells whether a block, or one around it, has no effect yet.
func (l *Language) insideUnbuilt(block string) bool {
	for block != "" {
		outer, name := "", block
		if i := strings.LastIndexByte(block, '/'); i >= 0 {
			outer, name = block[:i], block[i+1:]
		}
		if k := l.find(outer, name); k != nil && k.Support == NotYet {
			return true
		}
		block = outer
	}
	return false
}

// Keywords lists every row, in the order of the reference.
func (l *Language) Keywords() []Keyword { return slices.Concat(l.rows...) }

// Find looks a keyword up in a block.
func (l *Language) Find(block, name string) (Keyword, bool) {
	k := l.find(block, name)
	if k == nil {
		return Keyword{}, false
	}
	return *k, true
}

func (l *Language) find(block, name string) *Keyword { return l.blocks[block][name] }

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
	out := make([]string, 0, len(l.blocks[block]))
	for n := range l.blocks[block] {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// stmt is one statement that is being bound.
type stmt struct {
	*binder
	kw   *Keyword // nil in an entry of a list
	node *syntax.Node
	args []syntax.Word

	list  string // path of the words, in an entry of a list
	taken int    // how many of args a word in an entry takes
}

func (s *stmt) pos() syntax.Pos { return s.node.Pos() }

// word is the text of argument i, "" if it is absent.
func (s *stmt) word(i int) string {
	if i >= len(s.args) {
		return ""
	}
	return s.args[i].Text
}

// at is the position of argument i, or of the keyword if it is absent.
func (s *stmt) at(i int) syntax.Pos {
	if i >= len(s.args) {
		return s.pos()
	}
	return s.args[i].Pos
}

// option changes a row.
type option func(*Keyword)

func since(release string) option { return func(k *Keyword) { k.Since = release } }
func alias(of string) option      { return func(k *Keyword) { k.AliasOf = of } }
func deprecated(k *Keyword)       { k.Deprecated = true }
func accepted(k *Keyword)         { k.Support = Accepted }

// notYet: the keyword is bound and has no effect yet.
func notYet(k *Keyword) { k.Support = NotYet }

// soft: keepalived reports a missing word and goes on.
func soft(k *Keyword) { k.soft = true }

// lenient: keepalived goes on without a word when one is missing.
func lenient(k *Keyword)     { k.soft, k.lenient = true, true }
func needs(words int) option { return func(k *Keyword) { k.need = words } }

// exactly: more words than these are refused.
func exactly(words int) option {
	return guarded(func(s *stmt, _ any) bool {
		if len(s.args) <= words {
			return true
		}
		s.errorf(s.at(words), "extra-parameters", "%s: '%s' is a word too many - ignored; write: %s %s", s.title(), s.word(words), s.kw.Name, s.kw.Args)
		return false
	})
}

// firstCounts: a second statement is reported and ignored.
func firstCounts(k *Keyword) {
	guarded(func(s *stmt, target any) bool {
		d, ok := target.(interface{ has(string) bool })
		if !ok || !d.has(s.kw.Name) {
			return true
		}
		s.warnf(s.pos(), "duplicate-setting", "%s already specified - ignoring %s; remove one of the two", s.title(), s.word(0))
		return false
	})(k)
}

// guarded asks before a keyword is bound.
func guarded(ask func(s *stmt, target any) bool) option {
	return func(k *Keyword) {
		set := k.bind.set
		k.bind.set = func(s *stmt, target any) bool { return ask(s, target) && set(s, target) }
	}
}

// shows gives a keyword its way back into text.
func shows[T any](f func(t *T) []writing) option {
	return func(k *Keyword) { k.bind.show = showing(f) }
}

// row makes a row out of a form, its default, its help and options.
func row(name string, f Keyword, def, help string, opts ...option) Keyword {
	f.Name, f.Default, f.Help = name, def, help
	for _, o := range opts {
		o(&f)
	}
	if f.Ranges == nil {
		f.Ranges = rangesIn(f.Args)
	}
	return f
}

// inBlock puts rows into a block.
func inBlock(block string, rows ...Keyword) []Keyword {
	for i := range rows {
		rows[i].Block = block
	}
	return rows
}
