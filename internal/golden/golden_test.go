package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// failures counts what Equal says of a test.
type failures struct {
	testing.TB
	errors, fatals int
}

func (f *failures) Helper()               {}
func (f *failures) Errorf(string, ...any) { f.errors++ }
func (f *failures) Fatal(...any)          { f.fatals++; panic(f) }

func (f *failures) equal(file, got string) {
	defer func() { _ = recover() }()
	Equal(f, file, got)
}

func TestEqual(t *testing.T) {
	file := filepath.Join(t.TempDir(), "want")
	if err := os.WriteFile(file, []byte("a\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, got string
		want            failures
	}{
		{"the same", file, "a\nb\n", failures{}},
		{"a line differs", file, "a\nc\n", failures{errors: 1}},
		{"the last newline lacks", file, "a\nb", failures{errors: 1}},
		{"no file", file + "2", "a\nb\n", failures{fatals: 1}},
	} {
		var f failures
		if f.equal(tt.file, tt.got); f != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, f, tt.want)
		}
	}
}

func TestUpdate(t *testing.T) {
	*update = true
	defer func() { *update = false }()
	file := filepath.Join(t.TempDir(), "new")
	Equal(t, file, "a\n")
	if data, err := os.ReadFile(file); err != nil || string(data) != "a\n" {
		t.Errorf("wrote %q, %v", data, err)
	}
}
