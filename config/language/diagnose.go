package language

import (
	"fmt"
	"strings"
	"unicode"

	"holdfast/config/syntax"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func (b *binder) report(d syntax.Diagnostic) { b.diags = append(b.diags, d) }

// say reports a finding under the id of a rule, one of those in the table of package finding.
func (b *binder) say(sev syntax.Severity, class syntax.Class, pos syntax.Pos, id, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if name := undefined(text); name != "" {
		text += "; " + name + notDefined
	}
	b.report(syntax.Diagnostic{Pos: pos, Severity: sev, Class: class, ID: id, Text: text})
}

// undefined is a quoted word of a text that is a reference: it would not be there if its
// name were defined.
func undefined(text string) string {
	_, rest, _ := strings.Cut(text, "'$")
	name, _, quoted := strings.Cut(rest, "'")
	if !quoted || name == "" ||
		strings.IndexFunc(name,
			func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) >= 0 {
		return ""
	}
	return "$" + name
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

// fatalf makes it impossible to run (grammar 9.2).
func (b *binder) fatalf(pos syntax.Pos, id, format string, args ...any) {
	b.say(syntax.Fatal, syntax.ClassConfigError, pos, id, format, args...)
}

// missing reports a mandatory argument that is not there (grammar 9.1); word
// counts from 1 with the keyword as 1.
func (s *stmt) missing(word int) {
	if s.kw != nil {
		s.lose(s.name(), s.pos())
	}
	s.say(syntax.Fatal, syntax.ClassMissingParam, s.pos(), "missing-parameter",
		"%s is missing a parameter at word position %d; write: %s %s", s.title(), word+1, s.keywordName(), s.argsText())
}

// cut makes the finding about a quote that is not closed count as a missing argument,
// for a keyword that must have one.
func (b *binder) cut(s *stmt) {
	if len(s.args) >= s.kw.need || s.kw.soft || s.kw.Script {
		return
	}
	for i := range b.diags {
		if d := &b.diags[i]; d.Pos == s.pos() && d.Class == syntax.ClassConfigError {
			d.Severity, d.Class = syntax.Fatal, syntax.ClassMissingParam
			d.Text += "; " + s.keywordName() + " is missing a parameter: close the quote"
			return
		}
	}
}

// name is the keyword of a statement under its first name.
func (s *stmt) name() string {
	if s.kw.AliasOf != "" {
		return s.kw.AliasOf
	}
	return s.kw.Name
}

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
		text += inBlock + block
	} else {
		text += "'"
	}
	switch homes := b.lang.Blocks(name); {
	case undefined("'"+name+"'") != "" && strings.HasPrefix(strings.Join(wordsText(n.Args()), ""), "="):
		text += "; a definition has no blank before the ="
	case undefined("'"+name+"'") != "":
		text += "; it is not defined before this place"
	case strings.HasSuffix(name, `\`):
		text += "; a backslash at the end of the line, of a comment too, belongs to the word before it: remove it"
	case b.lang.otherName(block, name, homes) != "":
		text += "; write '" + b.lang.otherName(block, name, homes) + "'"
	case b.lang.equals(block, name) != "":
		text += "; write a blank, no =: " + b.lang.equals(block, name)
	case strings.HasPrefix(name, "//"), strings.HasPrefix(name, "/*"):
		text += "; a comment begins with # or ! and ends with the line"
	case name == ";", b.lang.find(block, strings.TrimRight(name, ":;")) != nil:
		text += "; a blank or the end of the line parts words and statements: remove '" + name[len(name)-1:] + "'"
	case len(homes) > 0:
		if around := enclosing(block, homes); around != nil {
			homes = around
		}
		text += "; it belongs in " + homesText(homes)
	default:
		if near := b.lang.Nearest(block, name); near != "" {
			text += fmt.Sprintf("; did you mean '%s'?", near)
			if k := b.lang.find(block, near); k != nil && k.AliasOf != "" {
				near = k.AliasOf
			}
			b.lose(near, n.Pos())
		}
	}
	if n.Block != nil {
		text += " (its block is skipped)"
	}
	b.report(syntax.Diagnostic{Pos: n.Pos(), Severity: syntax.Error, Class: syntax.ClassConfigError,
		ID: "unknown-keyword", Text: text})
}

// equals is a statement that was written with = in place of a blank, as it should be.
func (l *Language) equals(block, word string) string {
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
	if len(out) > shown {
		out = append(out[:shown], "others")
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}
