package config

import "holdfast/config/syntax"

// Objects without effect that others name: they are remembered so that a name
// that leads nowhere is found, as keepalived finds it.

// define remembers a named object of a kind; false if it is there already.
func (b *binder) define(kind, name string) bool {
	if b.named == nil {
		b.named = map[string]bool{}
	}
	key := kind + " " + name
	known := b.named[key]
	b.named[key] = true
	return !known
}

func (b *binder) defined(kind, name string) bool { return b.named[kind+" "+name] }

// nameOf is a keyword that names one object of a kind.
func nameOf(kind string) Keyword {
	return checkedLater("NAME", 1, func(s *stmt) bool {
		if !s.defined(kind, s.word(0)) {
			s.errorf(s.at(0), "%s %s not found; define it before this place", kind, s.word(0))
		}
		return true
	})
}

// settingIn gives the first word after one of the keywords in the statement's
// block, "" if none is there.
func (s *stmt) settingIn(keywords ...string) (string, syntax.Pos) {
	if s.node.Block != nil {
		for _, n := range s.node.Block.Nodes {
			if contains(keywords, n.Keyword()) && len(n.Words) > 1 {
				return n.Words[1].Text, n.Words[1].Pos
			}
		}
	}
	return "", s.pos()
}
