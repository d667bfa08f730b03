package talk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// words are some that differ, as they go.
func words(t *rapid.T) (all []Word, text []byte) {
	var b bytes.Buffer
	for i := range rapid.IntRange(1, 8).Draw(t, "words") {
		w := Word{Done: uint64(i), Log: strings.Repeat("x", rapid.IntRange(0, 6000).Draw(t, "long"))}
		if err := Write(&b, &w); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return all, b.Bytes()
}

// slow gives a text in pieces, with a passing error behind each.
type slow struct {
	text []byte
	t    *rapid.T
	late bool
}

func (s *slow) Read(b []byte) (int, error) {
	if s.late = !s.late; s.late {
		return 0, os.ErrDeadlineExceeded
	}
	if len(s.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.text[:rapid.IntRange(1, len(s.text)).Draw(s.t, "piece")])
	s.text = s.text[n:]
	return n, nil
}

// However a text comes, and whoever reads on behind whom: each line is given once.
func TestLinesAreReadByOneAfterTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, text := words(t)
		from := &slow{text: text, t: t}
		r := NewReader(from)
		var got []Word
		for {
			var w Word
			err := r.Read(&w)
			switch {
			case errors.Is(err, io.EOF):
				if len(r.Rest()) > 0 || !reflect.DeepEqual(got, all) {
					t.Fatalf("%d of %d words, rest %q", len(got), len(all), r.Rest())
				}
				return
			case errors.Is(err, os.ErrDeadlineExceeded):
				r = Continue(from, bytes.Clone(r.Rest()))
			case err != nil:
				t.Fatal(err)
			default:
				got = append(got, w)
			}
		}
	})
}

// Where somebody else has read a part of a line, or nothing, what comes behind it is given.
func TestALineThatSomebodyElseBegan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, text := words(t)
		read := rapid.IntRange(0, bytes.IndexByte(text, '\n')).Draw(t, "read")
		r := NewReader(bytes.NewReader(text[read:]))
		r.Again()
		want := all
		if read > 0 {
			want = all[1:]
		}
		for _, w := range want {
			var got Word
			if err := r.Read(&got); err != nil || !reflect.DeepEqual(got, w) {
				t.Fatalf("%+v, %v, want %+v", got, err, w)
			}
		}
		if err := r.Read(&Word{}); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
	// Only of the first one is that believed.
	r := NewReader(strings.NewReader("}\n\n{}\n}\n"))
	r.Again()
	var syntax *json.SyntaxError
	if err := r.Read(&Word{}); err != nil {
		t.Error(err)
	}
	if err := r.Read(&Word{}); !errors.As(err, &syntax) {
		t.Error(err)
	}
}

// A field that a program of before does not know makes another form.
func TestFormKnowsEveryField(t *testing.T) {
	n := ""
	for _, of := range []reflect.Type{reflect.TypeFor[Order](), reflect.TypeFor[Setup](), reflect.TypeFor[Neighbor](),
		reflect.TypeFor[Word](), reflect.TypeFor[Session]()} {
		n += fmt.Sprint(of.NumField(), " ")
	}
	if want := "4 8 13 6 3 "; n != want || Form != 1 {
		t.Errorf("%sfields, form %d: with other fields it is another form; raise it, then write both anew", n, Form)
	}
}
