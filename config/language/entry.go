package language

import "holdfast/config/syntax"

// Lists whose entries are words with values of their own, such as routes: every
// word is a row of the list's [Entry] block, bound and written like a keyword.

// leadWord is the row of words that stand for themselves in an entry: the
// destination of a route.
const leadWord = "DESTINATION"

// wordList is a list block of such entries. open makes the draft of an entry, done
// takes it when all its words were taken, all gives the drafts to write.
func wordList[T, E any](args string, open func(s *stmt, t *T) *E, done func(s *stmt, t *T, e *E),
	all func(t *T) []*E) Keyword {
	k := Keyword{Args: args, Opens: true, List: true}
	// A list block has no draft of its own: its entries are added to what its owner has.
	k.bind.open = func(_ *stmt, target any) any { return target }
	k.bind.entry = func(s *stmt, target any) {
		t := target.(*T)
		// An entry counts as a whole or not at all: half a route would lead somewhere else.
		if e := open(s, t); s.readWords(s.list, e) {
			done(s, t, e)
		}
	}
	k.bind.show = showing(func(t *T) []writing {
		var w writing
		for _, e := range all(t) {
			w.drafts = append(w.drafts, e)
		}
		if w.drafts == nil {
			return nil
		}
		return []writing{w}
	})
	return k
}

// readWords gives the words of an entry to their rows, until one refuses.
func (s *stmt) readWords(block string, target any) bool {
	// All words are somebody's here, so none is surplus.
	s.looked = len(s.args)
	//	10.1.0.0/16 via 10.0.0.254 dev eth0 metric 5
	// Each row takes its keyword and as many words behind it as it needs.
	for i := 0; i < len(s.args); {
		n, ok := s.readWord(block, i, target)
		if !ok {
			return false
		}
		i += n
	}
	return true
}

// readWord gives word i and what follows to its row; n is how many were taken.
func (s *stmt) readWord(block string, i int, target any) (n int, ok bool) {
	k, values := s.lang.find(block, s.word(i)), i+1
	// A word that is no keyword stands for itself, in blocks that have such words: the destination of a route needs
	// no `to` in front of it.
	if k == nil || k.Name == leadWord {
		if k = s.lang.find(block, leadWord); k == nil {
			s.errorf(s.at(i), "unknown-word", "unknown word '%s' in %s - the entry is ignored%s", s.word(i),
				s.keywordName(), s.didYouMean(block, s.word(i)))
			return 0, false
		}
		values = i
	}
	// To the setter of the row it looks as if its keyword began a line.
	w := &stmt{binder: s.binder, kw: k, list: block, node: &syntax.Node{Words: s.args[i:]}, args: s.args[values:],
		taken: k.need}
	if k.Deprecated {
		s.deprecation(w)
	}
	// The place of the word is counted in the line, not from its keyword.
	if len(w.args) < k.need {
		w.missing(values + len(w.args))
		return 0, false
	}
	before := len(s.diags)
	if !k.bind.set(w, target) {
		s.sayLeftOut(before, "with the entry")
		return 0, false
	}
	if m, is := target.(marker); is {
		m.mark(w.name(), w.pos())
	}
	// The keyword, if it was written, and its values.
	return values - i + w.taken, true
}

// more takes one more value, after those that the row needs.
func (s *stmt) more() bool {
	if s.taken >= len(s.args) {
		s.missing(s.taken + 1)
		return false
	}
	s.taken++
	return true
}

// wordsOf writes an entry.
func (l *Language) wordsOf(block string, target any) []string {
	var words []string
	// In the order of the reference, which any order of words comes back to.
	for _, k := range l.order()[block] {
		if k.AliasOf != "" || k.Deprecated || k.bind.show == nil {
			continue
		}
		for _, w := range k.bind.show(target) {
			if k.Name != leadWord {
				words = append(words, k.Name)
			}
			words = append(words, w.args...)
			// A nexthop or a tunnel has words of its own behind its keyword.
			for _, inner := range w.drafts {
				words = append(words, l.wordsOf(join(block, k.Name), inner)...)
			}
		}
	}
	return words
}

// didYouMean proposes the word that looks most like one that is not known.
func (s *stmt) didYouMean(block, word string) string {
	if near := s.lang.Nearest(block, word); near != "" && near != leadWord {
		return "; did you mean '" + near + "'?"
	}
	return ""
}
