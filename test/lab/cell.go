package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Cells is the name of the environment variable that has the file Cell writes to.
const Cells = "INTEROP_CELLS"

// Cell says what came out of a test for a cell of the table of docs/interop.md, with row and column as in test/interop;
// the text is made of format and args. It counts if the test passes: then a line of row, column and text with tabs
// between is added to the file that $INTEROP_CELLS names, if it names one.
func Cell(t testing.TB, row, column, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Logf("%s, %s: %s", row, column, text)
	file := os.Getenv(Cells)
	if file == "" {
		return
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		// One write: tests in other processes write to the same file.
		if _, err := f.WriteString(strings.Join([]string{row, column, text}, "\t") + "\n"); err != nil {
			t.Error(err)
		}
	})
}
