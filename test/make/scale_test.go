package stages

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The rows that tests printed take the place of those of before, in order, and nothing else of the page changes.
func TestScaleTable(t *testing.T) {
	const page = "# A page\n\n<!-- table: other -->\n| x |\n<!-- end -->\n\n<!-- figures -->\nold\n<!-- end -->\n\nThe rest.\n"
	const log = "=== RUN   TestX\nfigure: | b | who | 2 |\n    figure: | no | row | 0 |\nfigure: | a | who | 1 |\nfigure: | b | who | 2 |\n--- PASS: TestX\n"
	const want = "# A page\n\n<!-- table: other -->\n| x |\n<!-- end -->\n\n<!-- figures -->\n| what | who | what came of it |\n| --- | --- | --- |\n" +
		"| a | who | 1 |\n| b | who | 2 |\n<!-- end -->\n\nThe rest.\n"
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("page", page)
	if out, err := exec.Command("./scale-table", write("empty", "ok\n"), file).CombinedOutput(); err == nil {
		t.Errorf("a log without figures: %s", out)
	}
	carry := write("carry", "# Other\n<!-- carry -->\n<!-- end -->\n<!-- figures -->\nx\n<!-- end -->\n")
	lines := write("lines", "measuring\ncarry: | way | x |\ncarry: | --- | --- |\ncarry: | b | 1 |\ncarry: | a | 2 |\ncarry:\ncarry: more\n")
	for range 2 {
		if out, err := exec.Command("./scale-table", lines, carry, "carry").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		const want = "# Other\n<!-- carry -->\n| way | x |\n| --- | --- |\n| b | 1 |\n| a | 2 |\n\nmore\n<!-- end -->\n<!-- figures -->\nx\n<!-- end -->\n"
		if got, _ := os.ReadFile(carry); string(got) != want {
			t.Errorf("%s", got)
		}
	}
	if out, err := exec.Command("./scale-table", lines, file, "carry").CombinedOutput(); err == nil {
		t.Errorf("a page without a place: %s", out)
	}
	for range 2 {
		if out, err := exec.Command("./scale-table", write("log", log), file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got, _ := os.ReadFile(file); string(got) != want {
			t.Errorf("%s", got)
		}
	}
}
