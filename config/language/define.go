package language

import (
	"slices"
	"strings"
)

// Objects that others name: they are remembered so that a name
// that leads nowhere is found, as keepalived finds it.

// A nameOfKind is what others name: a kind of things, most often a block, and the name of one.
type nameOfKind struct {
	kind kind
	name string
}

// A kind is what objects are told apart by before their names. Each that is written out is one that
// something defines (a test of internal/house).
type kind string

// define remembers a named object of a kind; false if it is there already.
func (b *binder) define(of kind, name string) bool {
	if b.named == nil {
		b.named = map[nameOfKind]bool{}
	}
	known := b.named[nameOfKind{of, name}]
	b.named[nameOfKind{of, name}] = true
	return !known
}

// meant is the name of a kind that looks most like one that is not there, as a question.
func (b *binder) meant(of kind, name string) string {
	var names []string
	for o := range b.named {
		if o.kind == of {
			names = append(names, o.name)
		}
	}
	return DidYouMean(name, names)
}

// DidYouMean asks for the one of some names that looks most like a name, "" if none does. A name that was
// to be replaced by another is none to mean.
func DidYouMean(name string, names []string) string {
	// Of two names at the same distance the first one is proposed, and maps have no order.
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "$") })
	if near := nearestOf(name, names); near != "" {
		return "; did you mean '" + near + "'?"
	}
	return ""
}

func (b *binder) defined(of kind, name string) bool { return b.named[nameOfKind{of, name}] }
