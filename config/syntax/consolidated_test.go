package syntax

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func texts(s Snapshot) []string {
	var out []string
	for _, l := range s.Lines {
		out = append(out, l.Text)
	}
	return out
}

// What was written is read as the same lines.
func TestWriteToIsReadAgain(t *testing.T) {
	files, err := filepath.Glob("../language/testdata/*/*.conf")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	src := MapSource{
		"own.conf":  "$A=10\n$LIST=\\\n one $A\\\n two\n~SEQ(N,1,2) word$N \"a # b\" {\ninclude sub.conf\n$LIST\n}\n",
		"sub.conf":  "x !y\n",
		"odd\n.txt": "# a name with a line end\nfoo\n",
	}
	names := []string{"own.conf", "odd\n.txt"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src[file] = string(text)
		names = append(names, file)
	}
	for _, name := range names {
		s := Load(src, name, Options{ConfigID: "node"})
		var b bytes.Buffer
		n, err := s.WriteTo(&b)
		if err != nil || n != int64(b.Len()) {
			t.Errorf("%s: %d bytes of %d, %v", name, n, b.Len(), err)
		}
		again := Load(MapSource{"again": b.String()}, "again", Options{ConfigID: "node"})
		if !slices.Equal(texts(s), texts(again)) {
			t.Errorf("%s: %q, read again %q", name, texts(s), texts(again))
		}
	}
}

func TestWriteToTellsErrors(t *testing.T) {
	s := Load(MapSource{"a": "foo\n"}, "a", Options{})
	if _, err := s.WriteTo(shut{}); err != io.ErrClosedPipe {
		t.Errorf("%v", err)
	}
}

type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
