package language

import (
	"slices"
	"strings"

	"holdfast/config/syntax"
)

// isConsequence reports whether a finding is about an object that refers to another which is not there, or
// that lacks what it needs: another finding may say why.
func isConsequence(d syntax.Diagnostic) bool {
	switch d.ID {
	case "no-virtual-router-id", "no-interface", "no-address", "no-real-servers", "incomplete-block":
		return true
	}
	return isDangling(d)
}

// isDangling reports whether a finding is about a name that no object has, and what comes of it.
func isDangling(d syntax.Diagnostic) bool {
	switch d.ID {
	case "unknown-member", "group-without-members", "group-of-one",
		"unknown-script", "unknown-tracker", "unknown-track-group", "unknown-server-group":
		return true
	}
	return false
}

// losesObjects reports whether a finding may be the reason why an object is not there, or has another
// name than its author meant.
func losesObjects(d syntax.Diagnostic) bool {
	switch d.ID {
	// A keyword of the top level that is unknown takes its block with it, and the objects in it.
	case "unknown-keyword":
		return d.About.Block == ""
	case "undefined-reference":
		// An object keeps its name, whichever of its settings is not replaced; a reference in place of
		// the name takes it away.
		return d.About.Object == "" || strings.HasPrefix(d.About.Object, "$")
	case "missing-close-brace", "missing-open-brace", "extra-close-brace", "unexpected-open-brace":
		// As a note it is advice about a brace, and nothing is lost by it.
		return d.Severity > syntax.Note
	case "unmatched-quote", "unterminated-quote", "bad-name", "bad-loop", "embedded-nul", "line-too-long",
		"file-missing", "file-unreadable", "file-not-regular":
		return true
	}
	return false
}

// causesFirst puts findings about names that no object has, among others in the order of the text, behind
// the last one that may tell why.
func causesFirst(diags []syntax.Diagnostic) []syntax.Diagnostic {
	last := -1
	for i, d := range diags {
		if losesObjects(d) {
			last = i
		}
	}
	// Nothing dangles above the last cause: the order of the text is right.
	if last < 0 || !slices.ContainsFunc(diags[:last], isDangling) {
		return diags
	}
	// Both keep the order of the text among themselves.
	out, behind := make([]syntax.Diagnostic, 0, len(diags)), []syntax.Diagnostic(nil)
	for _, d := range diags[:last+1] {
		if isDangling(d) {
			behind = append(behind, d)
		} else {
			out = append(out, d)
		}
	}
	return append(append(out, behind...), diags[last+1:]...)
}
