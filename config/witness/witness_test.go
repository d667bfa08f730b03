package witness

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/golden"
)

// compare tells in what ours differs from what keepalived makes of a text, "" if in
// nothing.
func compare(theirs, ours answer) string {
	if theirs.exit == crashes { // or ended itself because of another user
		theirs.exit = ours.exit
	}
	return cmp.Diff(theirs.lines(), ours.lines())
}

// undecided tells that keepalived crashed, or did not end: nothing is to be compared.
func (a answer) undecided() bool {
	return slices.Contains(a.facts, crashes) || slices.Contains(a.facts, hangs)
}

func (a answer) lines() []string { return append([]string{"exit " + a.exit}, a.facts...) }

// Both make the same of every text, unless docs/compatibility.md says why not.
func TestTextsMeanTheSame(t *testing.T) {
	theirs := answers(t, recorded)
	var other []text
	var otherwise []answer
	for _, c := range texts() {
		dir := t.TempDir()
		if err := c.write(dir); err != nil {
			t.Fatal(err)
		}
		mine := ours(dir, c)
		want, ok := theirs[c.name]
		diff := compare(want, mine)
		switch {
		case !ok:
			t.Errorf("%s: nothing is recorded", c.name)
		case want.undecided():
			other, otherwise = append(other, c), append(otherwise, mine)
		case diff == "" && c.differs != "":
			t.Errorf("%s: no difference any more", c.name)
		case diff != "" && c.differs == "":
			t.Errorf("%s (-keepalived +holdfast):\n%s\n%s", c.name, diff, c.main)
		case diff != "":
			other, otherwise = append(other, c), append(otherwise, mine)
		}
		delete(theirs, c.name)
	}
	for name := range theirs {
		t.Errorf("%s is recorded, but there is no such text", name)
	}
	golden.Equal(t, "testdata/holdfast.txt", written(other, otherwise))
}

func TestDifferencesAreListed(t *testing.T) {
	all, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Join(strings.Fields(string(all)), " ")
	var names []string
	for _, c := range texts() {
		if !strings.Contains(listed, c.differs) {
			t.Errorf("%s: docs/compatibility.md does not say %q", c.name, c.differs)
		}
		if slices.Contains(names, c.name) {
			t.Errorf("two texts are called %q", c.name)
		}
		names = append(names, c.name)
	}
	t.Logf("%d texts", len(names))
}
