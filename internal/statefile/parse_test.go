package statefile

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

var someone = Owner{
	Process: Process{PID: 1234, Start: 5678901}, Parent: Process{PID: 1200, Start: 5678000},
	PIDSpace: 4026531836, NetSpace: 4026531840, Boot: "6d7e1a0c-1b1e-4a52-9d8e-0a5d2c3b4f50",
}

func TestFormatThenParse(t *testing.T) {
	lines := []string{"inet tcp 10.0.0.1 80", "with  spaces and \x00 bytes", strings.Repeat("x", maxLine)}
	for _, o := range []Owner{someone, {}} {
		text, err := format(o, lines)
		if err != nil {
			t.Fatal(err)
		}
		got, gotLines, err := parse(text)
		if err != nil || got != o || !slices.Equal(gotLines, lines) {
			t.Errorf("%+v %q, %v", got, gotLines, err)
		}
	}
	for _, bad := range []string{"two\nlines", strings.Repeat("x", maxLine+1)} {
		if _, err := format(someone, []string{bad}); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
	if _, err := format(someone, slices.Repeat([]string{strings.Repeat("x", maxLine)}, maxSize/maxLine)); err == nil {
		t.Error("a file larger than what is read was taken")
	}
}

func TestParseSaysWhatItLeavesOut(t *testing.T) {
	head := header(someone) + "\n"
	for _, test := range []struct{ name, text, err string }{
		{"nothing", "", errNoOwner.Error()},
		{"no header", "inet tcp 10.0.0.1 80\n", errNoOwner.Error()},
		{"header cut", head[:len(head)-20], ""},
		{"half a header", head[:30], errNoOwner.Error()},
		{"another version", strings.Replace(head, "holdfast 1", "holdfast 2", 1), errNoOwner.Error()},
		{"a sign", strings.Replace(head, "pid 1234", "pid +1234", 1), errNoOwner.Error()},
		{"a negative number", strings.Replace(head, "pid 1234", "pid -1234", 1), errNoOwner.Error()},
		{"a long first line", strings.Repeat("x", 100_000) + "\n" + head, errNoOwner.Error()},
		{"a long line", head + "a\n" + strings.Repeat("x", 100_000) + "\nb\n", "line 3: 100000 bytes are more than 1000"},
		{"the last line without its end", head + "a\nb", ""},
	} {
		_, lines, err := parse([]byte(test.text))
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.HasPrefix(err.Error(), test.err)) {
			t.Errorf("%s: %v, want %s", test.name, err, test.err)
		}
		if strings.Contains(test.text, "a\n") && !slices.Equal(lines, []string{"a", "b"}) {
			t.Errorf("%s: lines %q", test.name, lines)
		}
	}
}

func TestParseStat(t *testing.T) {
	tail := " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21"
	for _, name := range []string{"(x)", "(a b)", "(a) Z 9 (b)"} {
		if ticks, state, err := parseStat("77 " + name + tail); err != nil || ticks != 4242 || state != 'S' {
			t.Errorf("%s: %d %c %v", name, ticks, state, err)
		}
	}
	for _, bad := range []string{"", "77 (x)", "77 (x) S 1", strings.Replace("77 (x)"+tail, "4242", "x", 1)} {
		if _, _, err := parseStat(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestNames(t *testing.T) {
	p := Process{PID: 12, Start: 345}
	if got, ok := parseName("a.b", nameOf("a.b", p)); !ok || got != p {
		t.Errorf("%v %v", got, ok)
	}
	for _, bad := range []string{"a.b", "a.b.", "a.b.12", "a.b.12.", "a.b.12.345.6", "a.b.12.0345", "a.b.+12.345", "x.b.12.345", ".a.b.12.345.6"} {
		if p, ok := parseName("a.b", bad); ok {
			t.Errorf("%s: %v", bad, p)
		}
	}
	if got, ok := parseTemporary("a.b", ".a.b.12.345.987"); !ok || got != p {
		t.Errorf("temporary: %v %v", got, ok)
	}
	for _, bad := range []string{"a.b.12.345.987", ".a.b.12.345", ".a.b.987", ".", ""} {
		if p, ok := parseTemporary("a.b", bad); ok {
			t.Errorf("temporary %s: %v", bad, p)
		}
	}
}

// What is read was written by whoever: it gives lines within bounds, or says what it left out,
// and what it takes for ours is what we would write.
func FuzzParse(f *testing.F) {
	f.Add([]byte(header(someone) + "\ninet tcp 10.0.0.1 80\n\ntimeouts 1 2 3"))
	f.Add([]byte(header(Owner{})))
	f.Add([]byte(header(someone) + "\n" + strings.Repeat("x", maxLine+1)))
	f.Add([]byte("inet fwmark 5\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, lines, err := parse(text)
		if errors.Is(err, errNoOwner) {
			if lines != nil || o != (Owner{}) {
				t.Fatalf("lines of nobody: %q", lines)
			}
			return
		}
		again, ferr := format(o, lines)
		if ferr != nil {
			t.Fatalf("%q: %v", lines, ferr)
		}
		if o2, lines2, err2 := parse(again); err2 != nil || o2 != o || !slices.Equal(lines2, lines) {
			t.Fatalf("%+v %q %v, then %+v %q %v", o, lines, err, o2, lines2, err2)
		}
		kept := bytes.Count(text, []byte("\n")) + 1
		if len(lines) > kept {
			t.Fatalf("%d lines of %d", len(lines), kept)
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add("77 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21")
	f.Add("77 (x")
	f.Fuzz(func(t *testing.T, text string) {
		if _, state, err := parseStat(text); err == nil && state == 0 {
			t.Fatalf("%q has no state", text)
		}
	})
}
