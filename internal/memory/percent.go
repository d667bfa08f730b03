package memory

import (
	"os"
	"runtime/debug"
)

// decided reports whether the administrator has said how often garbage is collected. It is asked
// each time: as a variable of the package it would be state that tests share.
func decided() bool { return os.Getenv("GOGC") != "" }

// setPercent is debug.SetGCPercent, unless the administrator has decided.
func setPercent(percent int) {
	if !decided() {
		debug.SetGCPercent(percent)
	}
}
