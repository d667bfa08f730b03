package config

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

func (b *binder) defined(kind, name string) bool { return b.named[kind+" "+name] }
