package language

import (
	"slices"
	"strconv"

	"holdfast/config/syntax"
)

// ForeignFile is the rule of a file that is something else than a configuration.
const ForeignFile = "foreign-file"

// A stranger is a file that seems to be something else than a configuration.
type stranger struct {
	syntax.Foreign
	ours bool // it has blocks of a configuration all the same
}

// withForeign puts before the findings of a file that it seems to be something else.
func withForeign(strangers []stranger, diags []syntax.Diagnostic) []syntax.Diagnostic {
	for _, f := range strangers {
		var of, rest []syntax.Diagnostic
		// Where among the others the findings of this file begin.
		at := -1
		for _, d := range diags {
			if d.Pos.File != f.File {
				rest = append(rest, d)
				continue
			}
			// The findings of a file go together to where its first one stood.
			if at < 0 {
				at = len(rest)
			}
			of = append(of, d)
		}
		// A file about which there is nothing but advice can be read: whatever it looks like, it
		// works.
		if slices.ContainsFunc(of, func(d syntax.Diagnostic) bool { return d.Severity > syntax.Note }) {
			diags = slices.Insert(rest, at, f.before(of)...)
		}
	}
	return diags
}

// before gives the findings of a file behind the one that it is something else, which is as bad as the
// worst of them and counts as they do.
func (f stranger) before(of []syntax.Diagnostic) []syntax.Diagnostic {
	// It counts as they do, so the exit status stays what keepalived has.
	head := syntax.Diagnostic{Pos: syntax.Pos{File: f.File, Line: 1, Col: 1}, Class: syntax.Class(ExitStatus(of)),
		ID:   ForeignFile,
		Text: "this is no configuration of keepalived: it " + f.What}
	for _, d := range of {
		head.Severity = max(head.Severity, d.Severity)
	}
	// With blocks of ours in it each finding may be about them.
	shown := of
	if !f.ours {
		shown = withoutCrop(of)
	}
	switch more := len(of) - len(shown); {
	case more == 1:
		head.Text += "; 1 more finding follows from that"
	case more > 1:
		head.Text += "; " + strconv.Itoa(more) + " more findings follow from that"
	}
	return append([]syntax.Diagnostic{head}, shown...)
}

// withoutCrop leaves three of the many errors of a file in which nothing is ours. Where there are so few
// that they can all be read, only advice goes.
func withoutCrop(of []syntax.Diagnostic) []syntax.Diagnostic {
	const most = 3
	var errors, faults []syntax.Diagnostic
	for _, d := range of {
		if d.Severity >= syntax.Error {
			errors = append(errors, d)
		}
		if d.Severity > syntax.Note {
			faults = append(faults, d)
		}
	}
	switch {
	// Warnings only: the file was understood, so each of them may help.
	case len(errors) == 0:
		return of
	case len(errors) > most:
		return errors[:most]
	}
	return faults
}
