package syntax

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A cell is a byte and the place it came from: the model of a line.
type cell struct {
	char byte
	pos  Pos
}

func cells(l Line) []cell {
	out := []cell{}
	for i := range len(l.Text) {
		out = append(out, cell{l.Text[i], l.At(i)})
	}
	return out
}

// TestLineKeepsPlaces cuts, joins and replaces lines at random, and compares
// with the same done to bytes that carry their place.
func TestLineKeepsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := Line{File: "a", Line: 1, Col: 5, Text: rapid.StringMatching(`[a-e ]{1,20}`).Draw(t, "text")}
		model := cells(line)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			if line.Text == "" {
				break
			}
			from := rapid.IntRange(0, len(line.Text)).Draw(t, "from")
			to := rapid.IntRange(from, len(line.Text)).Draw(t, "to")
			switch rapid.IntRange(0, 2).Draw(t, "operation") {
			case 0:
				line, model = line.cut(from, to), model[from:to:to]
			case 1:
				if from == to {
					continue
				}
				value := rapid.StringMatching(`[x-z]{0,3}`).Draw(t, "value")
				next := append([]cell{}, model[:from]...)
				for i := range len(value) {
					next = append(next, cell{value[i], model[from].pos})
				}
				line, model = line.replace(from, to, value, 0, false), append(next, model[to:]...)
			case 2:
				other := Line{File: "b", Line: 7, Col: 2, Text: rapid.StringMatching(`[p-r]{1,3}`).Draw(t, "other")}
				line, model = line.join(other), append(model[:len(model):len(model)], cells(other)...)
			}
			if diff := cmp.Diff(model, cells(line), cmp.AllowUnexported(cell{})); diff != "" {
				t.Fatalf("%+v: -want +got:\n%s", line, diff)
			}
			if line.Text != "" && (Pos{line.File, int(line.Line), line.Col, line.Via}) != line.At(0) {
				t.Fatalf("%+v begins at %v", line, line.At(0))
			}
		}
	})
}

func TestLineAtIsClamped(t *testing.T) {
	line := Line{File: "a", Line: 3, Col: 4, Text: "xyz"}
	for offset, want := range map[int]string{-1: "a:3:4", 0: "a:3:4", 2: "a:3:6", 3: "a:3:7", 9: "a:3:7"} {
		if got := line.At(offset).String(); got != want {
			t.Errorf("At(%d) = %s, want %s", offset, got, want)
		}
	}
}
