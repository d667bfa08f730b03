package house

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/role"
)

// TestRightsAreDocumented: docs/operating.md has a row for each role with what it keeps.
func TestRightsAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs/operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range role.All() {
		besides := r.InTable.String()
		if besides == "" {
			besides = "-"
		}
		row := fmt.Sprintf("| %s (`%s`) | %s | %s |", r.Name, r.Process, r.Rights, besides)
		if !strings.Contains(string(b), row) {
			t.Errorf("docs/operating.md has no row\n%s", row)
		}
	}
}
