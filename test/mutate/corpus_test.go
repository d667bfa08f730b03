//go:build acceptance

package mutate

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

const (
	corpusEach = 8   // faults of each kind put into a file
	corpusSize = 600 // lines of the largest file taken, expanded
)

// anyHost is a host that has every interface and user there is a name for.
func anyHost() language.Env {
	yes := func(string) bool { return true }
	return language.Env{HostName: "director", Test: true, Interface: yes, User: yes, Group: yes}
}

// damaged reports whether something is wrong with a file as it is: what else is wrong
// with it may not be seen then.
func damaged(text string) bool {
	for _, d := range found(text, anyHost()) {
		if d.ID == "duplicate-name" || d.Severity > syntax.Warning && d.Class != syntax.ClassSecurityError {
			return true
		}
	}
	return false
}

// One fault in a real file is reported where it is, whoever wrote the file.
func TestFaultsInRealFilesAreReportedOnTheirLine(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(os.Getenv("HOLDFAST_CORPUS"), "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	tally, files := Tally{}, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(loaded(string(text)).Lines) > corpusSize || damaged(string(text)) {
			continue
		}
		files++
		good := said(string(text), anyHost())
		for _, f := range Some(Faults(language.Table(), filepath.Base(name), string(text)), corpusEach) {
			if bad := said(f.Text, anyHost()); !tally.Count(f, good, bad) {
				t.Logf("%s: %s at %v: %v", f.Name, f.Kind, f.Lines, bad)
			}
		}
	}
	Table(t.Output(), []string{"holdfast"}, []Tally{tally})
	if files < 100 || len(tally) != len(Kinds()) || tally.Total().Share() < floor {
		t.Errorf("%d files, %d kinds", files, len(tally))
	}
	for kind, s := range tally {
		if s.Share() < floor {
			t.Errorf("%s: %d of %d on the right line", kind, s.Right, s.Faults)
		}
	}
}
