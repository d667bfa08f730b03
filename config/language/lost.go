package language

import (
	"slices"

	"holdfast/config/syntax"
)

// A setting that stands in the text and does not count - its value was refused, its keyword
// is misspelt, it stands behind another statement - is the cause of what is said of the
// object without it. The cause comes first.

// setting is a keyword within a statement of the top level.
type setting struct {
	root    syntax.Pos
	keyword key
}

// lose remembers a setting of the object being bound that does not count.
func (b *binder) lose(keyword key, pos syntax.Pos) {
	if b.lost == nil {
		b.lost = map[setting]syntax.Pos{}
	}
	// The first such place is where to begin mending.
	if _, ok := b.lost[setting{b.root, keyword}]; !ok {
		b.lost[setting{b.root, keyword}] = pos
	}
}

// without is the place for a finding that the object at root lacks a setting, and the text:
// where the setting stands, if it does not count there, else the place given.
func (b *binder) without(root syntax.Pos, keyword key, pos syntax.Pos, text string) (syntax.Pos, string) {
	// Where the author wrote it is where it is to be mended, not at the head of the block.
	if lost, ok := b.lost[setting{root, keyword}]; ok {
		return lost, text + "; what stands here does not count"
	}
	return pos, text
}

// defaulted warns that an object does without a setting.
func (b *binder) defaulted(root syntax.Pos, keyword key, pos syntax.Pos, id, text string) {
	pos, text = b.without(root, keyword, pos, text)
	b.warnf(pos, id, "%s", text)
}

// afterCauses puts what was said of a block as a whole behind the errors within it that it
// comes of: the findings from ended on, and those from begun on.
func (s *stmt) afterCauses(begun, ended int) {
	within := s.diags[begun:ended]
	wrong := func(d syntax.Diagnostic) bool { return d.Severity >= syntax.Error }
	if !slices.ContainsFunc(within, wrong) {
		return
	}
	for i := range s.diags[ended:] {
		d := &s.diags[ended+i]
		// Other findings at the end of a block are about settings that are there.
		if d.Pos != s.pos() || d.ID != "incomplete-block" && d.ID != "no-command" {
			continue
		}
		// The last of them: the finding then comes behind all.
		for _, cause := range within {
			if wrong(cause) {
				d.Pos = cause.Pos
			}
		}
	}
}
