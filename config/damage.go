package config

import "holdfast/config/syntax"

// ErrorTexts are the errors among findings, without their places: a line added above an
// error does not make it a new one.
func ErrorTexts(diags []syntax.Diagnostic) map[string]bool {
	texts := map[string]bool{}
	for _, d := range diags {
		if d.Severity == syntax.Error {
			texts[d.Text] = true
		}
	}
	return texts
}

// NewError is the first error that a running configuration, whose errors are known, does not
// have. At start keepalived runs what is left of a file with errors, and so do we; but what
// is left of a file that was cut in half, or has lost a brace, would take addresses and services
// away from a director that works. Errors that were there at start are no reason to refuse a
// reload.
func NewError(known map[string]bool, diags []syntax.Diagnostic) (syntax.Diagnostic, bool) {
	for _, d := range diags {
		if d.Severity == syntax.Error && !known[d.Text] {
			return d, true
		}
	}
	return syntax.Diagnostic{}, false
}
