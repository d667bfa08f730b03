package language

import (
	"slices"
	"strings"
)

// Objects that others name: they are remembered so that a name
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

// meant is the name of a kind that looks most like one that is not there, as a question.
func (b *binder) meant(kind, name string) string {
	var names []string
	for key := range b.named {
		if known, ok := strings.CutPrefix(key, kind+" "); ok {
			names = append(names, known)
		}
	}
	return DidYouMean(name, names)
}

// DidYouMean asks for the one of some names that looks most like a name, "" if none does. A name that was
// to be replaced by another is none to mean.
func DidYouMean(name string, names []string) string {
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "$") })
	if near := nearestOf(name, names); near != "" {
		return "; did you mean '" + near + "'?"
	}
	return ""
}

func (b *binder) defined(kind, name string) bool { return b.named[kind+" "+name] }
