package language

import (
	"slices"
	"strings"

	"holdfast/config"
)

// A Difference is what sets one object of two configurations apart.
type Difference struct {
	Class string // keyword of its block, or of the setting at the top level
	Name  string // "" for an object of which there is one; "A -> B" if it was renamed
	Kind  Kind
	Lines []LineChange // of a changed object
	// Effect is what a reload does beyond the change itself, "" if nothing.
	Effect string
	// Was and Is are a virtual server that stays; nil for everything else.
	Was, Is *config.VirtualServer
}

// Kind tells what happened to an object or a line.
type Kind uint8

// The kinds.
const (
	Added Kind = iota
	Removed
	Changed
)

// String is the word in listings.
func (k Kind) String() string { return [...]string{"added", "removed", "changed"}[k] }

// A LineChange is one statement that differs, as Print writes it.
type LineChange struct {
	In       []string // headers of the blocks around it, below the object
	Kind     Kind
	Old, New string
	Block    bool // a whole block came or went; Old or New is its header
}

// String is one line: "+ real_server 192.0.2.3 80", "priority 100 -> 90".
func (l LineChange) String() string {
	var b strings.Builder
	for _, h := range l.In {
		b.WriteString(h + ": ")
	}
	switch l.Kind {
	case Added:
		return "+ " + b.String() + l.New
	case Removed:
		return "- " + b.String() + l.Old
	}
	// `priority 100 -> 90`: the keyword is said once.
	word, _, _ := strings.Cut(l.Old, " ")
	b.WriteString(l.Old + " -> " + strings.TrimPrefix(l.New, word+" "))
	return b.String()
}

// Compare tells what a reload from old to new changes, object by object: those of
// the new configuration in its order, then what is gone. Nothing is changed by
// positions, order of keywords, or how a value is written. Virtual routers are
// matched as a reload matches them (semantics 7.1), not by name.
func Compare(old, new *config.Config) []Difference { return comparison{}.compare(old, new) }

// CompareRedacted is Compare without passwords and keys: one that differs is said to be another one.
func CompareRedacted(old, new *config.Config) []Difference {
	return comparison{redact: true}.compare(old, new)
}

// A comparison is how differences are written.
type comparison struct{ redact bool }

// text is a statement as it is shown.
func (c comparison) text(it item) string {
	if c.redact {
		it = it.redact()
	}
	return it.text()
}

// change is a statement that has another value.
func (c comparison) change(in []string, o, n item) LineChange {
	l := LineChange{In: in, Kind: Changed, Old: c.text(o), New: c.text(n)}
	if l.Old == l.New {
		l.New += " (another one)"
	}
	return l
}

func (c comparison) compare(old, new *config.Config) []Difference {
	// In the order of Print, with the defaults filled in: a default that is written out is no
	// difference.
	before, after := objects(old), objects(new)
	// By what makes an object the same one for a reload: order and place in the file do not count.
	byKey := map[string]object{}
	for _, o := range before {
		byKey[o.key] = o
	}
	var out []Difference
	for _, n := range after {
		o, known := byKey[n.key]
		if !known {
			out = append(out, Difference{Class: n.class(), Name: n.name, Kind: Added, Effect: n.effect(appearing)})
			continue
		}
		// What is left in the map at the end is what the new configuration has not.
		delete(byKey, n.key)
		d := Difference{Class: n.class(), Name: n.name, Kind: Changed, Lines: c.object(o, n),
			Effect: n.effect(staying), Was: o.service, Is: n.service}
		if o.name != n.name {
			d.Name = o.name + " -> " + n.name
		}
		// A name alone is a difference only where a reload does not go by it: an instance that
		// was renamed.
		if len(d.Lines) > 0 || o.name != n.name {
			out = append(out, d)
		}
	}
	for _, o := range before {
		// What is gone comes last, in the order in which it stood.
		if _, left := byKey[o.key]; left {
			out = append(out, Difference{Class: o.class(), Name: o.name, Kind: Removed, Effect: o.effect(disappearing)})
		}
	}
	return out
}

// effect is what of says of the object.
func (o object) effect(of map[string]string) string { return of[o.class()] }

// What a reload does about objects of some classes.
var (
	appearing = map[string]string{
		"vrrp_instance":  "starts as a backup",
		"virtual_server": "real servers without alpha are used before their first check",
	}
	staying = map[string]string{
		"vrrp_instance":  "keeps its state",
		"virtual_server": "connections go on",
	}
	disappearing = map[string]string{
		"vrrp_instance":  "as master resigns and gives its addresses up",
		"virtual_server": "its table entries go",
	}
)

// An object is a statement of the top level with what identifies it.
type object struct {
	item
	key  string // the same in both configurations if it is the same object
	name string
	// service is nil of what is no virtual server.
	service *config.VirtualServer
}

func (o object) class() string { return o.words[0] }

// objects are the statements of the top level.
func objects(c *config.Config) []object {
	var out []object
	seen := map[string]int{}
	instances, services := 0, 0
	for _, it := range outline(c) {
		o := object{item: it, name: strings.Join(it.words[1:], " ")}
		switch {
		// A setting at the top level is one of its keyword; its value is its text.
		case !it.opens:
			o.name = ""
			o.key = it.words[0]
		case o.class() == "vrrp_instance":
			// The outline has them in the order of the configuration, so counting finds the one
			// it comes from.
			o.key = c.Instances[instances].Router().String()
			instances++
		case o.class() == "virtual_server":
			// The protocol is no word of the header, and two services may differ in nothing else.
			o.service = &c.VirtualServers[services]
			if p := o.service.Protocol; p != config.ProtocolNone {
				o.name += " " + p.String()
			}
			o.key = o.class() + " " + o.name
			services++
		default:
			o.key = o.class() + " " + o.name
		}
		// Of several with one key the first is compared with the first.
		o.key = numbered(seen, o.key)
		out = append(out, o)
	}
	return out
}

// object lists the lines of an object that differ, none if it is the same.
func (c comparison) object(o, n object) []LineChange {
	if !o.opens {
		if o.text() == n.text() {
			return nil
		}
		return []LineChange{c.change(nil, o.item, n.item)}
	}
	return c.items(nil, o.items, n.items)
}

// items compares the statements of a block: blocks by their header, lines and
// entries by their first word.
func (c comparison) items(in []string, old, new []item) []LineChange {
	var out []LineChange
	oldKeys, newKeys := keys(old), keys(new)
	at := map[string]int{}
	// Lines of one keyword are told apart by their number, and so are equal entries of a list.
	for i, k := range oldKeys {
		at[k] = i
	}
	kept := map[string]bool{}
	for i, n := range new {
		j, known := at[newKeys[i]]
		if !known {
			out = append(out, LineChange{In: in, Kind: Added, New: c.text(n), Block: n.opens})
			continue
		}
		kept[newKeys[i]] = true
		o := old[j]
		switch {
		// Headers are the same, because they are the key: only what is inside can differ. A block
		// with another header went and came.
		case n.opens:
			out = append(out, c.items(append(slices.Clone(in), c.text(n)), o.items, n.items)...)
		case o.text() != n.text():
			out = append(out, c.change(in, o, n))
		}
	}
	// Behind what is new or changed, in the order in which it stood.
	for i, o := range old {
		if !kept[oldKeys[i]] {
			out = append(out, LineChange{In: in, Kind: Removed, Old: c.text(o), Block: o.opens})
		}
	}
	return out
}

// keys tells the statements of a block apart: lines by keyword, so that another value is a change
// and not a loss, and blocks by their whole header.
func keys(items []item) []string {
	out := make([]string, len(items))
	seen := map[string]int{}
	for i, it := range items {
		key := it.words[0]
		if it.opens {
			key = it.text()
		}
		out[i] = numbered(seen, key)
	}
	return out
}
