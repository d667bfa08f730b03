package config

import (
	"slices"
	"strconv"

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
