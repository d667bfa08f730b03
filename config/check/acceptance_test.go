//go:build acceptance

package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config/source"
	"holdfast/config/syntax"
)

// A file that keepalived has nothing against has no errors, but for includes that
// are not there.
func TestCorpusHasNoFalseErrors(t *testing.T) {
	dir := os.Getenv("HOLDFAST_CORPUS")
	table, err := os.ReadFile(filepath.Join(dir, "verdicts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, line := range strings.Split(string(table), "\n")[1:] {
		column := strings.Split(line, "\t")
		if len(column) < 5 || column[1] != "0" || column[3] != "0" {
			continue
		}
		files++
		r := File(source.OS{}, filepath.Join(dir, column[0]), Options{ConfigID: "director", Dir: dir, AllowEmpty: true})
		for _, d := range Deciding(r.Findings, Policy{AllowUnsupported: true}) {
			// keepalived is silent about a command that never runs.
			if d.Severity == syntax.Error && (strings.Contains(d.Text, "missing '") || d.ID == "command-not-quoted") {
				continue
			}
			t.Error(d)
		}
	}
	if files < 80 {
		t.Errorf("%d files", files)
	}
}
