// Package roff writes manual pages in the man(7) macros, in the small part of them
// that man, groff and mandoc show alike.
package roff

import "strings"

// A Page collects the text of a manual page. The zero value is empty.
type Page struct{ b strings.Builder }

// Title begins the page: name, section, the date of the text, and what it belongs to.
func (p *Page) Title(name, section, date, source string) {
	p.b.WriteString(".\\\" Made by \"make\" from the tables of the program; do not edit.\n")
	head := []string{quote(strings.ToUpper(name)), quote(section), `"` + date + `"`, quote(source)}
	p.b.WriteString(".TH " + strings.Join(head, " ") + "\n")
}

// Section begins a section.
func (p *Page) Section(name string) { p.b.WriteString(".SH " + quote(strings.ToUpper(name)) + "\n") }

// Subsection begins a part of a section.
func (p *Page) Subsection(name string) { p.b.WriteString(".SS " + quote(name) + "\n") }

// Paragraph begins a paragraph.
func (p *Page) Paragraph(text string) {
	p.b.WriteString(".PP\n")
	p.Text(text)
}

// Item writes a tagged paragraph.
func (p *Page) Item(tag, text string) {
	p.b.WriteString(".TP\n" + guard(escape(tag)) + "\n")
	p.Text(text)
}

// Text writes text on lines of moderate length.
func (p *Page) Text(text string) {
	const width = 76
	n := 0
	for i, word := range strings.Fields(text) {
		word = escape(word)
		switch {
		case i == 0:
		case n+1+len(word) > width:
			p.b.WriteByte('\n')
			n = 0
		default:
			p.b.WriteByte(' ')
			n++
		}
		if n == 0 {
			word = guard(word)
		}
		p.b.WriteString(word)
		n += len(word)
	}
	p.b.WriteByte('\n')
}

// Example writes lines as they are.
func (p *Page) Example(text string) {
	p.b.WriteString(".PP\n.RS 4\n.EX\n")
	for line := range strings.Lines(text) {
		p.b.WriteString(guard(escape(strings.TrimRight(line, " \n"))) + "\n")
	}
	p.b.WriteString(".EE\n.RE\n")
}

// String is the page.
func (p *Page) String() string { return p.b.String() }

// escape makes characters stand for themselves.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`,
		bold, `\fB`, italic, `\fI`, roman, `\fR`).Replace(text)
}

// guard keeps a line from being taken for a macro.
func guard(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, `\(aq`) {
		return `\&` + line
	}
	return line
}

func quote(text string) string { return `"` + escape(text) + `"` }

// Marks of fonts in text: no text has these bytes.
const (
	bold   = "\x01"
	italic = "\x02"
	roman  = "\x03"
)

// Bold marks text as literal: what is typed as it is.
func Bold(text string) string { return bold + text + roman }

// Italic marks text as a place for something else.
func Italic(text string) string { return italic + text + roman }
