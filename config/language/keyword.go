package language

import "holdfast/config/syntax"

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
	Args    string // form and range of the arguments, "" for none
	Default string // effective value when absent, "" when there is none
	Help    string // one line
	Since   string // first keepalived release with it, "" = 2.2.7 or earlier; Ours = none
	AliasOf string // the keyword to use instead, "" if this is the one
	// Deprecated aliases and keywords are reported when used (grammar 9.6).
	Deprecated bool
	Support    Support
	// Opens tells that a `{` follows; List that each line between the braces is
	// an entry (grammar 6.8) and not a keyword.
	Opens, List bool
	// Script tells that the line is read with the second tokenizer (grammar 5).
	Script bool

	// path is set once the block of the row is known; a chapter gives its rows without it.
	path   string  // of the block it opens
	inOurs bool    // its block is one of Ours
	ranges []Range // nil: those in the text of the arguments
	need   int     // words that must follow (grammar 9.1)
	soft   bool    // fewer words are an error, but do not stop the program
	// lenient: fewer words are reported and do not count for a configuration test.
	lenient bool
	part    syntax.Part // of the program, for a row of the top level
	secret  string      // what is written in place of the last word where secrets are not shown; "" = it is none
	// bind has no function for a word that is only there for the reference and for "did you mean", such as those of
	// the preprocessor.
	bind binding
}

// Ranges are those of the numbers among the arguments, in their order.
func (k *Keyword) Ranges() []Range {
	if k.ranges != nil {
		return k.ranges
	}
	return rangesIn(k.Args)
}

// Path is the block path inside the keyword's block.
func (k *Keyword) Path() string {
	// A row that is not in a language yet, as in a chapter, has no path.
	if k.path != "" {
		return k.path
	}
	return join(k.Block, k.Name)
}

// join is the path of a block in another; the top level has none.
func join(block, name string) string {
	if block == "" {
		return name
	}
	return block + "/" + name
}

// binding carries the functions that give a keyword its effect. target is the
// draft that the enclosing block fills.
type binding struct {
	// A row is made for drafts of one type, and the table has rows for drafts of many: target is that draft behind an
	// any, and custom, block and list put the type back in one place.
	set   func(s *stmt, target any) bool // false: the value was refused
	reset func(target any)               // after a refused value, where the one before does not stay
	open  func(s *stmt, target any) any  // the draft of the block, nil to skip it
	entry func(s *stmt, target any)      // one line of a list block
	done  func(s *stmt, target any)      // at the end of the block
	// show is the way back: how the keyword is written to give the draft what it
	// has, once for each time it is to be written.
	show func(target any) []writing
}

// stmt is one statement that is being bound.
type stmt struct {
	*binder
	kw   *Keyword // nil in an entry of a list
	node *syntax.Node
	args []syntax.Word

	list  string // path of the words, in an entry of a list
	taken int    // how many of args a word in an entry takes

	// What was not looked at when a statement is complete is surplus, and worth a word (surplus).
	looked int // how many of args were looked at
}

// pos is where the statement begins.
func (s *stmt) pos() syntax.Pos { return s.node.Pos() }

// word is the text of argument i, "" if it is absent.
// A setter asks for the words that it takes, so this is also where they count as looked at.
func (s *stmt) word(i int) string {
	s.looked = max(s.looked, i+1)
	if i >= len(s.args) {
		return ""
	}
	return s.args[i].Text
}

// words are all arguments.
func (s *stmt) words() []syntax.Word {
	s.looked = len(s.args)
	return s.args
}

// at is the position of argument i, or of the keyword if it is absent.
// A finding points at the word that is wrong, and at the keyword if the word is what is missing.
func (s *stmt) at(i int) syntax.Pos {
	if i >= len(s.args) {
		return s.pos()
	}
	return s.args[i].Pos
}

// Ours is the release of a keyword that keepalived does not know at all. It stands on a line that begins
// with @holdfast, which keepalived drops (syntax.OwnID).
const Ours = syntax.OwnID

// option changes a row.
type option func(*Keyword)

func since(release string) option { return func(k *Keyword) { k.Since = release } }
func ours(k *Keyword)             { k.Since = Ours }
func alias(of string) option      { return func(k *Keyword) { k.AliasOf = of } }
func deprecated(k *Keyword)       { k.Deprecated = true }
func accepted(k *Keyword)         { k.Support = Accepted }

// notYet: the keyword is bound and has no effect yet.
func notYet(k *Keyword) { k.Support = NotYet }

// of: what stands in the block concerns one part of the program.
func of(part syntax.Part) option { return func(k *Keyword) { k.part = part } }

// secret: the last word is not for everybody's eyes; the filler is a word that may stand in its place.
func secret(filler string) option { return func(k *Keyword) { k.secret = filler } }

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
		// Nearly all keywords ignore surplus words (grammar 4.6); the few with exactly refuse the whole line, so that
		// nothing of it counts.
		s.errorf(s.at(words), "extra-parameters", "%s: '%s' is a word too many - ignored; write: %s %s", s.title(),
			s.word(words), s.kw.Name, s.kw.Args)
		return false
	})
}

// firstCounts: a second statement is reported and ignored.
func firstCounts(k *Keyword) {
	guarded(func(s *stmt, target any) bool {
		// A target that remembers nothing cannot have been given the keyword before.
		d, ok := target.(interface{ has(key) bool })
		if !ok || !d.has(s.name()) {
			return true
		}
		s.warnf(s.pos(), "duplicate-setting", "%s already specified - ignoring %s; remove one of the two", s.title(),
			s.word(0))
		return false
	})(k)
}

// resets gives a keyword what holds after a refused value, also if a good one stood before.
func resets[T any](f func(t *T)) option {
	return func(k *Keyword) { k.bind.reset = func(target any) { f(target.(*T)) } }
}

// guarded asks before a keyword is bound.
func guarded(ask func(s *stmt, target any) bool) option {
	return func(k *Keyword) {
		// The guard stands before whatever was there, so several guards ask one after another.
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
	// A form knows its arguments and not what it is called; one form serves many rows.
	f.Name, f.Default, f.Help = name, def, help
	// In their order: a guard goes around what an option before it has set.
	for _, o := range opts {
		o(&f)
	}
	return f
}

// wordsText are words without their places and quotes.
func wordsText(words []syntax.Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Text
	}
	return out
}
