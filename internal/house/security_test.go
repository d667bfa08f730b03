package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityIsShown: each row of docs/security.md names tests, and they are there.
func TestSecurityIsShown(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile("((?:`(?:Test|Fuzz)[A-Za-z0-9_]+`,? ?)+)in `([a-z0-9/]+)`")
	rows := 0
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what |") {
			continue
		}
		rows++
		places := place.FindAllStringSubmatch(line, -1)
		if len(places) == 0 {
			t.Errorf("no test in %s", line)
		}
		for _, p := range places {
			for _, name := range quoted.FindAllStringSubmatch(p[1], -1) {
				if !hasTest(t, p[2], name[1]) {
					t.Errorf("%s has no %s", p[2], name[1])
				}
			}
		}
	}
	if rows < 20 {
		t.Errorf("%d rows", rows)
	}
}

// hasTest reports whether a package has a test of that name.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
