package check

import (
	"slices"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// forKeepalived are the findings of the files without the lines that keepalived drops, as far as this program,
// which reads them, has not found the same: a block that begins on such a line and goes on without, a definition
// that only we have. Only what counts for a configuration test is worth a word.
func forKeepalived(found []syntax.Diagnostic, s syntax.Snapshot, env language.Env) []syntax.Diagnostic {
	_, theirs := language.Bind(s, env)
	var out []syntax.Diagnostic
	for _, d := range theirs {
		known := slices.ContainsFunc(found, func(f syntax.Diagnostic) bool { return f.Pos == d.Pos && f.ID == d.ID })
		if known || d.Class == syntax.ClassNone && d.Severity < syntax.Error {
			continue
		}
		out = append(out, syntax.Diagnostic{Pos: d.Pos, Severity: syntax.Warning, ID: "keepalived-reads-otherwise",
			Text: "keepalived, which drops the lines of @" + syntax.OwnID + ", finds here: " + d.Text, Trail: d.Trail})
	}
	return out
}
