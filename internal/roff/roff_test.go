package roff

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPage(t *testing.T) {
	var p Page
	p.Title("name", "5", "2026-01-02", "source 1")
	p.Section("Name")
	p.Text("name - what it is")
	p.Subsection("part")
	p.Paragraph(Bold("-f") + " " + Italic("FILE") + ` is 'it', \ "and" ^ ~ ` + "`x`")
	p.Item(Bold("--tag"), ".dot first")
	p.Example("a {\n    'b'\n\n.c\n}\n")
	want := `.\" Made by "make" from the tables of the program; do not edit.
.TH "NAME" "5" "2026-01-02" "source 1"
.SH "NAME"
name \- what it is
.SS "part"
.PP
\fB\-f\fR \fIFILE\fR is \(aqit\(aq, \e \(dqand\(dq \(ha \(ti \(gax\(ga
.TP
\fB\-\-tag\fR
\&.dot first
.PP
.RS 4
.EX
a {
    \(aqb\(aq

\&.c
}
.EE
.RE
`
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Text loses no word, keeps lines short and never begins one like a macro.
func TestTextIsBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[.']?[a-z\\]{1,12}`)).Draw(t, "words")
		var p Page
		p.Text(strings.Join(words, " "))
		for line := range strings.Lines(p.String()) {
			if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
				t.Fatalf("%q is a macro", line)
			}
			if len(line) > 80 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Fatalf("%d bytes: %q", len(line), line)
			}
		}
		plain := strings.NewReplacer(`\&`, "", `\e`, `\`, `\(aq`, "'").Replace(p.String())
		if got, want := strings.Fields(plain), words; strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}
