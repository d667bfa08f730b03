package language

import (
	"slices"

	"holdfast/config/syntax"
)

// ExitStatus is the exit status of a configuration test (grammar 9.4): a missing
// parameter gives 2 at once, otherwise the numerically highest class wins.
func ExitStatus(diags []syntax.Diagnostic) int {
	status := 0
	for _, d := range diags {
		// 2.2.7 ends at once, so what else it would have found does not count.
		if d.Class == syntax.ClassMissingParam {
			return int(syntax.ClassMissingParam)
		}
		status = max(status, int(d.Class))
	}
	return status
}

// Runnable reports whether a daemon can run with a configuration that has these
// findings (grammar 9.2).
func Runnable(diags []syntax.Diagnostic) bool {
	return !slices.ContainsFunc(diags, func(d syntax.Diagnostic) bool { return d.Severity == syntax.Fatal })
}
