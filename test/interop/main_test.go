package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func small() []table {
	return []table{{"T", []string{"a / b", "b / a", "a / F"}, []row{{"one", nil}, {"two", map[string]string{"F": "F cannot", "b / a": "no"}}}}}
}

func TestWrite(t *testing.T) {
	results := map[place]string{{"one", "a / b"}: "1 s", {"one", "b / a"}: "2 s", {"one", "a / F"}: "3 s", {"two", "a / b"}: "4 s"}
	page, problems := write(small(), results, []string{"a 1.0"})
	want := "- a 1.0\n\n## T\n\n| | a / b | b / a | a / F |\n| --- | --- | --- | --- |\n| one | 1 s | 2 s | 3 s |\n| two | 4 s | *no* | *F cannot* |\n"
	if !strings.HasSuffix(page, want) || len(problems) > 0 {
		t.Errorf("%s\n%v", page, problems)
	}
}

// What did not pass, what nobody asked for, and what has a reason not to be is said.
func TestProblems(t *testing.T) {
	page, problems := write(small(), map[place]string{{"two", "a / F"}: "x", {"three", "a / b"}: "y"}, nil)
	text := strings.Join(problems, "\n")
	for _, want := range []string{
		"one, a / b: no test said anything", "two, a / F: has a result and a reason", "three, a / b: no table has this cell",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if !strings.Contains(page, "**failed**") {
		t.Error(page)
	}
}

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cells")
	if err := os.WriteFile(file, []byte("one\ta / b\told\none\ta / b\tnew\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	results, err := read(file)
	if err != nil || results[place{"one", "a / b"}] != "new" || len(results) != 1 {
		t.Errorf("%v, %v", results, err)
	}
	if err := os.WriteFile(file, []byte("one\ta / b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read(file); err == nil {
		t.Error("a line that lacks its text is taken")
	}
}

// The rows are told apart by their names, and every reason is about a column.
func TestTables(t *testing.T) {
	for _, tab := range tables() {
		seen := map[string]bool{}
		for _, r := range tab.rows {
			if seen[r.name] {
				t.Errorf("%s: twice", r.name)
			}
			seen[r.name] = true
			for what := range r.reasons {
				if !strings.Contains(strings.Join(tab.columns, "\n"), what) {
					t.Errorf("%s: a reason for %s, which is in no column", r.name, what)
				}
			}
		}
	}
}
