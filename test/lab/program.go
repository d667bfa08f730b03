package lab

import (
	"os"
	"path/filepath"
	"strings"
)

// Program is the daemon under test, as DIRECTOR names it: a name to look up in PATH, or the whole path of what DIRECTOR
// says from the root of the module on. Without DIRECTOR it is bin/holdfast. It is for tests in test/e2e/NAME.
func Program() string {
	d := os.Getenv("DIRECTOR")
	if d == "" {
		d = "bin/holdfast"
	}
	if strings.Contains(d, "/") && !filepath.IsAbs(d) {
		d, _ = filepath.Abs(filepath.Join("../../..", d)) // fails only without a working directory
	}
	return d
}
