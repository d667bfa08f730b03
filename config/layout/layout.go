// Package layout writes a configuration file in its canonical layout: four spaces for
// each block, one statement a line, "keyword {" on one line and "}" alone.
package layout

import (
	"bytes"
	"strings"

	"holdfast/config/syntax"
)

const blanks = " \t\f\v\r"

// Format gives a file in canonical layout. Comments stay where they are, those at the
// end of a line two blanks after it, others indented as what follows; of blank lines
// one stays. Definitions, conditions, loops and includes are kept as written. A file
// that could not be laid out without changing its meaning is returned as it is, with
// a finding that says why.
func Format(text []byte) ([]byte, []syntax.Diagnostic) {
	source := string(text)
	if d, bad := unsafe(source); bad {
		return text, []syntax.Diagnostic{d}
	}
	out := lay(source)
	// The second time is not the same when a statement that looks like a loop or a definition
	// comes to the beginning of a line: it would be kept as written from then on.
	if !same(source, out) || lay(out) != out {
		return text, []syntax.Diagnostic{{Severity: syntax.Error, ID: "layout-unsafe",
			Text: "another layout would change what the file means: left as it is"}}
	}
	return []byte(out), nil
}

// lay writes source anew.
func lay(source string) string {
	w := &writer{}
	for line := range strings.SplitSeq(strings.TrimSuffix(source, "\n"), "\n") {
		w.line(strings.TrimRight(line, "\r"))
	}
	w.comments(w.depth)
	out := strings.TrimRight(strings.Join(w.out, "\n"), "\n") + "\n"
	if strings.TrimSpace(out) == "" {
		return ""
	}
	return out
}

// unsafe is what keeps a file from being laid out: braces and quotes that do not match,
// and what Load does not read.
func unsafe(source string) (syntax.Diagnostic, bool) {
	s := syntax.Load(syntax.MapSource{"": source, "f": source}, "f", syntax.Options{})
	_, found := syntax.Parse(s, nil)
	for _, d := range append(s.Diagnostics, found...) {
		switch d.ID {
		case "file-missing", "file-not-regular", "file-unreadable", "undefined-reference",
			"reference-not-last", "reference-run-together", "escaped-comment",
			"long-line", "bad-include-check":
			continue
		}
		if d.Severity > syntax.Note {
			d.Pos.File, d.Related.File = "", ""
			d.Text += "; the layout is left as it is"
			return d, true
		}
	}
	return syntax.Diagnostic{}, false
}

// same reports whether two files mean the same, on every host one of them names and for keepalived, which drops
// the lines of syntax.OwnID.
func same(a, b string) bool {
	ids := map[string]bool{"": true}
	for line := range strings.SplitSeq(a, "\n") {
		if id, ok := strings.CutPrefix(strings.Trim(line, blanks), "@"); ok && len(ids) < 16 {
			id, _, _ = strings.Cut(strings.TrimPrefix(id, "^"), " ")
			ids[id] = true
		}
	}
	for id := range ids {
		for _, keepalived := range []bool{false, true} {
			if !bytes.Equal(meaning(a, id, keepalived), meaning(b, id, keepalived)) {
				return false
			}
		}
	}
	return true
}

// meaning is what is read of a file, without places.
func meaning(text, id string, keepalived bool) []byte {
	s := syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{ConfigID: id, Keepalived: keepalived})
	tree, _ := syntax.Parse(s, nil)
	var b bytes.Buffer
	write(&b, tree)
	return b.Bytes()
}

func write(b *bytes.Buffer, block syntax.Block) {
	for _, n := range block.Nodes {
		for _, w := range n.Words {
			if w.Quoted {
				b.WriteByte('"')
			}
			b.WriteString(w.Text + "\x00")
		}
		b.WriteString(n.Rest + "\n")
		if n.Block != nil {
			b.WriteString("{\n")
			write(b, *n.Block)
			b.WriteString("}\n")
		}
	}
}
