//go:build e2e

package witness

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var record = flag.Bool("record", false, "write down what keepalived makes of the texts instead of comparing")

func TestMain(m *testing.M) { os.Exit(isolate(m.Run)) }

// What is recorded is what the program says today. With -short some of it is asked.
func TestRecordedAnswersAreThoseOfTheProgram(t *testing.T) {
	list := texts()
	if testing.Short() && !*record {
		const some = 12
		list = slices.Collect(func(yield func(text) bool) {
			for i := 0; i < len(list) && yield(list[i]); i += some {
			}
		})
	}
	got, err := askAll("/run/texts", list)
	if err != nil {
		t.Fatal(err)
	}
	if *record {
		if err := os.WriteFile(recorded, []byte(written(list, got)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := answers(t, recorded)
	for i, c := range list {
		if diff := cmp.Diff(want[c.name].lines(), got[i].lines()); diff != "" {
			t.Errorf("%s (-recorded +keepalived):\n%s\n%s", c.name, diff, c.main)
		}
	}
}
