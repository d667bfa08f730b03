package language

import (
	"fmt"
	"slices"

	"holdfast/config/syntax"
)

// ErrorTexts are the errors among findings, without their places: a line added above an
// error does not make it a new one. What an include does not find or skips is among them.
func ErrorTexts(diags []syntax.Diagnostic) map[string]bool {
	texts := map[string]bool{}
	for _, d := range diags {
		// Not what is fatal: with that nothing runs, so there is no start at which it was known.
		if atReload(d).Severity == syntax.Error {
			texts[d.Text] = true
		}
	}
	return texts
}

// atReload is a finding as it counts for a reload. At start keepalived does without a file that an include
// names or matches and that it cannot read; what such a file has brought before must not go with it.
func atReload(d syntax.Diagnostic) syntax.Diagnostic {
	switch d.ID {
	case "file-missing", "file-unreadable", "file-not-regular":
		// What is fatal already stays so.
		d.Severity = max(d.Severity, syntax.Error)
	}
	return d
}

// NewError says why a configuration must not replace a running one, whose errors are known: it has
// one that the running one does not have, or cannot be run at all. At start keepalived runs what is left
// of a file with errors, and so do we; but what is left of a file that was cut in half, or has lost a
// brace, would take addresses and services away from a director that works. Errors that were there at
// start are no reason to refuse a reload.
func NewError(known map[string]bool, diags []syntax.Diagnostic) (syntax.Diagnostic, bool) {
	isNew := func(d syntax.Diagnostic) bool {
		return d.Severity == syntax.Fatal || d.Severity == syntax.Error && !known[d.Text]
	}
	var first *syntax.Diagnostic
	for i, d := range diags {
		switch d = atReload(d); {
		case !isNew(d) || d.ID == ForeignFile: // which is as bad as others are
		case !isConsequence(d):
			return withNature(d, diags), true
		// A consequence is said only if nothing else is new.
		case first == nil:
			first = &diags[i]
		}
	}
	if first == nil {
		return syntax.Diagnostic{}, false
	}
	if i := slices.IndexFunc(diags, losesObjects); i >= 0 && isDangling(*first) && !known[diags[i].Text] {
		return diags[i], true // a warning is a reason too, if an error comes of it
	}
	return withNature(*first, diags), true
}

// withNature is an error behind what its file seems to be, if that is no configuration.
func withNature(d syntax.Diagnostic, diags []syntax.Diagnostic) syntax.Diagnostic {
	i := slices.IndexFunc(diags,
		func(f syntax.Diagnostic) bool { return f.ID == ForeignFile && f.Pos.File == d.Pos.File })
	if i < 0 {
		return d
	}
	// A copy: the list of findings stays as it is.
	f := diags[i]
	f.Text += fmt.Sprintf("; %d:%d %s", d.Pos.Line, d.Pos.Col, d.Text)
	return f
}
