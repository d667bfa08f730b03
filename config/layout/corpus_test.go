//go:build acceptance

package layout

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFormatOfRealFiles lays out every file there is.
func TestFormatOfRealFiles(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(os.Getenv("HOLDFAST_CORPUS"), "*.conf"))
	if err != nil || len(names) < 200 {
		t.Fatalf("HOLDFAST_CORPUS: %d files (%v)", len(names), err)
	}
	left := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		check(t, string(text))
		if _, found := Format(text); len(found) > 0 {
			left++
			t.Logf("%s: %v", filepath.Base(name), found)
		}
	}
	t.Logf("%d of %d left as they are", left, len(names))
}
