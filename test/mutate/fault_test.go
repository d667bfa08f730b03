package mutate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// floor is the share of faults of a kind that must be reported on the right line, in
// percent.
const floor = 97

// goodFiles are the realistic configurations in testdata.
func goodFiles(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	return files
}

// director is a host with a few interfaces and every program.
func director() language.Env {
	interfaces := []string{"lo", "eth0", "eth1", "eth2", "bond0"}
	return language.Env{
		HostName: "director", Test: true,
		Interface: func(name string) bool { return slices.Contains(interfaces, name) },
		User:      func(name string) bool { return name == "root" || name == "nobody" },
		Group:     func(name string) bool { return name == "root" || name == "nogroup" },
	}
}

func loaded(text string) syntax.Snapshot {
	return syntax.Load(syntax.MapSource{"f.conf": text}, "f.conf", syntax.Options{ConfigID: "director"})
}

func found(text string, env language.Env) []syntax.Diagnostic {
	_, all := language.Bind(loaded(text), env)
	return all
}

// said are the findings about a text that are more than advice.
func said(text string, env language.Env) []Report {
	var out []Report
	for _, d := range found(text, env) {
		if d.Severity > syntax.Note {
			out = append(out, Report{d.Pos.Line, d.Text})
		}
	}
	return out
}

// One fault in a good file is reported where it is.
func TestFaultsAreReportedOnTheirLine(t *testing.T) {
	tally := Tally{}
	for name, text := range goodFiles(t) {
		good := said(text, director())
		for _, f := range Faults(language.Table(), name, text) {
			if bad := said(f.Text, director()); !tally.Count(f, good, bad) {
				line := strings.Split(f.Text, "\n")[f.Lines[0]-1]
				t.Logf("%s: %s at %v %q: %v", f.Name, f.Kind, f.Lines, line, bad)
			}
		}
	}
	for kind, s := range tally {
		if s.Share() < floor {
			t.Errorf("%s: %d of %d on the right line", kind, s.Right, s.Faults)
		}
	}
	if len(tally) != len(Kinds()) || tally.Total().Faults < 1400 || tally.Total().Share() < 97 {
		t.Errorf("%d kinds, %d faults", len(tally), tally.Total().Faults)
	}
	Table(t.Output(), []string{"holdfast"}, []Tally{tally})
}
