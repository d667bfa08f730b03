package config

import "holdfast/config/syntax"

// A setting that stands in the text and does not count - its value was refused, its keyword
// is misspelt, it stands behind another statement - is the cause of what is said of the
// object without it. The cause comes first.

// setting is a keyword of a vrrp object.
type setting struct{ object, keyword string }

// lose remembers a setting of the object being bound that does not count.
func (b *binder) lose(keyword string, pos syntax.Pos) {
	if b.object == "" {
		return
	}
	if b.lost == nil {
		b.lost = map[setting]syntax.Pos{}
	}
	if _, ok := b.lost[setting{b.object, keyword}]; !ok {
		b.lost[setting{b.object, keyword}] = pos
	}
}

// required says that an object lacks a setting without which nothing can run: where it
// stands, if it does not count there.
func (b *binder) required(d *instanceDraft, keyword, id, text string) {
	pos := d.Pos
	if lost, ok := b.lost[setting{d.Name, keyword}]; ok {
		pos = lost
		text += "; what stands here does not count"
	}
	b.fatalf(pos, id, "%s", text)
}
