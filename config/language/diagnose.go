package language

import (
	"fmt"
	"strings"
	"unicode"

	"holdfast/config/syntax"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// report takes a finding. What keeps only a part from running that is left out keeps nothing from it.
func (b *binder) report(d syntax.Diagnostic) {
	if d.Severity == syntax.Fatal && d.About.Part != syntax.WholeProgram && d.About.Part == b.env.Without {
		d.Severity = syntax.Error
	}
	b.diags = append(b.diags, d)
}

// say reports a finding under the id of a rule, one of those in the table of package finding. It gives the
// finding, to be completed at once.
func (b *binder) say(sev syntax.Severity, class syntax.Class, pos syntax.Pos, id, format string,
	args ...any) *syntax.Diagnostic {
	return b.sayAbout(b.about(pos), sev, class, pos, id, fmt.Sprintf(format, args...))
}

// sayAbout reports a finding about something.
func (b *binder) sayAbout(about syntax.About, sev syntax.Severity, class syntax.Class, pos syntax.Pos,
	id, text string) *syntax.Diagnostic {
	d := syntax.Diagnostic{Pos: pos, Severity: sev, Class: class, ID: id, Text: text, About: about}
	if d.About.Reference != "" {
		// Nobody writes a reference to be refused as a number or a name: this is why it is refused.
		d.Text += "; " + d.About.Reference + notDefined
	}
	b.report(d)
	return &b.diags[len(b.diags)-1]
}

// about is what a finding at a place is about while a statement is being bound: between statements
// findings are about whole objects, and nothing decides by what those are about.
func (b *binder) about(pos syntax.Pos) syntax.About {
	// Setters report through the binder that their statement embeds, so the statement is not an argument.
	s := b.statements.last()
	if s == nil {
		return syntax.About{}
	}
	// An entry of a list has no row, and is about the block of its words.
	about := syntax.About{Block: s.list, Keyword: s.keywordName(), Object: b.object}
	if s.kw != nil {
		about.Block = s.kw.Block
	}
	if outer := b.statements.first(); outer.kw != nil {
		about.Part = outer.kw.part
	}
	for _, w := range s.args {
		// Only the word that the finding points at: another one in the line is not its reason.
		if w.Pos == pos {
			about.Reference = undefined(w.Text)
		}
	}
	return about
}

const notDefined = " is not defined before this place" // behind the name of a reference

// undefined is a word that is a whole reference: it would not be there if its name were defined. "" for
// any other word.
func undefined(word string) string {
	name, ok := strings.CutPrefix(word, "$")
	// `$A/24` is no reference (grammar 7.4), and of `$A,$B` each is only a part of the word.
	if !ok || name == "" || strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) >= 0 {
		return ""
	}
	return word
}

// notef is advice: not counted by a configuration test.
func (b *binder) notef(pos syntax.Pos, id, format string, args ...any) {
	b.say(syntax.Note, syntax.ClassNone, pos, id, format, args...)
}

// mutedf is a warning that keepalived's configuration test does not count.
func (b *binder) mutedf(pos syntax.Pos, id, format string, args ...any) {
	b.say(syntax.Warning, syntax.ClassNone, pos, id, format, args...)
}

// warnf is something corrected.
func (b *binder) warnf(pos syntax.Pos, id, format string, args ...any) {
	b.say(syntax.Warning, syntax.ClassConfigError, pos, id, format, args...)
}

// errorf is something wrong that costs a part of the configuration.
func (b *binder) errorf(pos syntax.Pos, id, format string, args ...any) {
	b.say(syntax.Error, syntax.ClassConfigError, pos, id, format, args...)
}

// fatalf makes it impossible to run the vrrp role (grammar 9.2): all of it is of that.
func (b *binder) fatalf(pos syntax.Pos, id, format string, args ...any) {
	about := b.about(pos)
	about.Part = syntax.VRRPPart
	b.sayAbout(about, syntax.Fatal, syntax.ClassConfigError, pos, id, fmt.Sprintf(format, args...))
}

// unbuiltf says that something of a statement has no effect yet; what names it.
func (s *stmt) unbuiltf(pos syntax.Pos, class syntax.Class, what, format string, args ...any) {
	s.say(syntax.Warning, class, pos, "not-supported-yet", format, args...).About.Unbuilt = what
}

// missing reports a mandatory argument that is not there (grammar 9.1); word
// counts from 1 with the keyword as 1.
func (s *stmt) missing(word int) {
	if s.kw != nil {
		// The object will be said to lack this setting: that is to be said here.
		s.lose(s.name(), s.pos())
	}
	s.say(syntax.Fatal, syntax.ClassMissingParam, s.pos(), "missing-parameter",
		"%s is missing a parameter at word position %d; write: %s %s", s.title(), word+1, s.keywordName(), s.argsText())
}

// cut says that a keyword lacks an argument because of a quote that is not closed, which the parser has
// said of the line: keepalived goes on without the line, but not without a word that must be there.
func (b *binder) cut(s *stmt) {
	// A command is read from the rest of the line by rules of its own (grammar 5.1), which have their own words for
	// an open quote.
	if len(s.args) >= s.kw.need || s.kw.soft || s.kw.Script {
		return
	}
	s.say(syntax.Fatal, syntax.ClassMissingParam, s.pos(), "missing-parameter",
		"%s is missing a parameter: close the quote", s.title())
}

// name is the keyword of a statement under its first name.
func (s *stmt) name() key { return s.kw.key() }

// key is the first name of a keyword.
func (k *Keyword) key() key {
	if k.AliasOf != "" {
		return key(k.AliasOf)
	}
	return key(k.Name)
}

// argsText is what may stand behind the keyword, for "write: ..".
func (s *stmt) argsText() string {
	if s.kw == nil {
		return ""
	}
	return s.kw.Args
}

// unknown reports a word that is no keyword of the block, with the nearest known
// one or the block it belongs to.
func (b *binder) unknown(block string, n syntax.Node) {
	name := n.Keyword()
	text := "Unknown keyword '" + name
	if block != "" {
		text += "' in " + block
	} else {
		text += "'"
	}
	// The first cause that explains the word is the one that is said: what the text itself shows, then other
	// spellings, then other blocks, then a slip of the fingers.
	switch homes := b.lang.Blocks(name); {
	case undefined(name) != "" && strings.HasPrefix(strings.Join(wordsText(n.Args()), ""), "="):
		text += "; a definition has no blank before the ="
	case undefined(name) != "":
		text += "; it is not defined before this place"
	case strings.HasSuffix(name, `\`):
		text += "; a backslash at the end of the line, of a comment too, belongs to the word before it: remove it"
	case b.lang.otherName(block, name, homes) != "":
		text += "; write '" + b.lang.otherName(block, name, homes) + "'"
	case b.lang.equals(block, name) != "":
		text += "; write a blank, no =: " + b.lang.equals(block, name)
	case strings.HasPrefix(name, "//"), strings.HasPrefix(name, "/*"):
		text += "; a comment begins with # or ! and ends with the line"
	// `priority:` and a `;` alone, as other languages have them.
	case name == ";", b.lang.find(block, strings.TrimRight(name, ":;")) != nil:
		text += "; a blank or the end of the line parts words and statements: remove '" + name[len(name)-1:] + "'"
	case len(homes) > 0:
		// A keyword that belongs in a block around this one stands behind a brace too few. The other homes would lead
		// astray.
		if around := enclosing(block, homes); around != nil {
			homes = around
		}
		text += "; it belongs in " + homesText(homes)
	default:
		if near := b.lang.Nearest(block, name); near != "" {
			text += fmt.Sprintf("; did you mean '%s'?", near)
			// What is meant is not set: a finding that the object lacks it is to point here.
			if k := b.lang.find(block, near); k != nil {
				b.lose(k.key(), n.Pos())
			}
		}
	}
	if n.Block != nil {
		text += " (its block is skipped)"
	}
	b.report(syntax.Diagnostic{Pos: n.Pos(), Severity: syntax.Error, Class: syntax.ClassConfigError,
		ID: "unknown-keyword", Text: text, About: syntax.About{Block: block, Keyword: name, Object: b.object}})
}

// equals is a statement that was written with = in place of a blank, as it should be.
func (l *Language) equals(block, word string) string {
	//	priority=100
	// is one word, and no keyword.
	name, value, ok := strings.Cut(word, "=")
	if !ok || l.find(block, name) == nil {
		return ""
	}
	return name + " " + value
}

// otherName is what a keyword that is another name in the blocks homes is called in block.
func (l *Language) otherName(block, name string, homes []string) string {
	for _, home := range homes {
		if k := l.find(home, name); k.AliasOf != "" && l.find(block, k.AliasOf) != nil {
			return k.AliasOf
		}
	}
	return ""
}

// enclosing are those of some blocks that stand around a block.
func enclosing(block string, homes []string) []string {
	var out []string
	for _, home := range homes {
		if home != "" && strings.HasPrefix(block, home+"/") {
			out = append(out, home)
		}
	}
	return out
}

// homesText names the blocks a keyword belongs in, three at most.
func homesText(blocks []string) string {
	const shown = 3
	out := make([]string, 0, shown)
	for _, b := range blocks {
		if b == "" {
			b = "the top level"
		}
		out = append(out, b)
	}
	// Some words, such as delay_loop, belong in a dozen blocks.
	if len(out) > shown {
		out = append(out[:shown], "others")
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}
