package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/config/syntax"
)

// ForeignFile is the rule of a file that is something else than a configuration.
const ForeignFile = "foreign-file"

// withForeign puts first that a file seems to be something else, and leaves three of the
// findings that follow from it. They come in the order of the text, and what they count for
// a configuration test stays.
func withForeign(s syntax.Snapshot, diags []syntax.Diagnostic) []syntax.Diagnostic {
	for _, f := range s.Foreign {
		var of, rest []syntax.Diagnostic
		at := -1
		for _, d := range diags {
			if d.Pos.File != f.File {
				rest = append(rest, d)
				continue
			}
			if at < 0 {
				at = len(rest)
			}
			of = append(of, d)
		}
		if slices.ContainsFunc(of, func(d syntax.Diagnostic) bool { return d.Severity > syntax.Note }) {
			diags = slices.Insert(rest, at, onlyForeign(f, of)...)
		}
	}
	return diags
}

// strangers are files of which no statement begins with a keyword, or a word like one, and that are not
// known to be something else.
func (l *Language) strangers(known []syntax.Foreign, statements syntax.Statements) (out []syntax.Foreign) {
	top, suspect := l.block(""), false
	statements.Each(func(keyword string) bool { suspect = suspect || top[keyword] == nil; return false }, func(syntax.Node) {})
	if !suspect {
		return nil
	}
	ours, words, first := map[string]bool{}, map[string]int{}, map[string]syntax.Word{}
	var files []string
	for _, f := range known {
		ours[f.File] = true
	}
	statements.Each(func(string) bool { return true }, func(n syntax.Node) {
		word, file := n.Keyword(), n.Pos().File
		ours[file] = ours[file] || len(l.Blocks(word)) > 0 || l.Nearest("", word) != "" || strings.HasPrefix(word, "$") || word == "}"
		if words[file] == 0 && len(n.Words) > 0 {
			files, first[file] = append(files, file), n.Words[0]
		}
		words[file] += len(n.Words)
		if n.Rest != "" {
			words[file]++
		}
	})
	for _, file := range files {
		if w := first[file]; !ours[file] && words[file] > 1 { // one word is not much to tell by
			what := fmt.Sprintf("has no statement of keepalived: %d:%d '%s' is none", w.Pos.Line, w.Pos.Col, w.Text)
			out = append(out, syntax.Foreign{File: file, What: what})
		}
	}
	return out
}

// onlyForeign is that a file is something else, with the first of its findings.
func onlyForeign(f syntax.Foreign, of []syntax.Diagnostic) []syntax.Diagnostic {
	const shown = 3
	head := syntax.Diagnostic{Pos: syntax.Pos{File: f.File, Line: 1, Col: 1}, Severity: syntax.Error, Class: syntax.Class(ExitStatus(of)), ID: ForeignFile,
		Text: "this is no configuration of keepalived: it " + f.What}
	out := []syntax.Diagnostic{head}
	for _, d := range of {
		out[0].Severity = max(out[0].Severity, d.Severity)
		if d.Severity >= syntax.Error && len(out) <= shown {
			out = append(out, d)
		}
	}
	switch more := len(of) - len(out) + 1; {
	case more == 1:
		out[0].Text += "; 1 more finding follows from that"
	case more > 1:
		out[0].Text += "; " + strconv.Itoa(more) + " more findings follow from that"
	}
	return out
}
