package main

import (
	"slices"
	"testing"

	"holdfast/config/syntax"
	"holdfast/test/mutate"
)

func TestOutputOfKeepalivedIsRead(t *testing.T) {
	got := parseOutput("(Line 3) Unknown keyword 'x'\n(/run/v1.conf: Line 3) Unknown keyword 'x'\n(A) no VIP\n\n(a.conf: Line 7) y\n")
	want := []complaint{{3, "Unknown keyword 'x'"}, {0, "(A) no VIP"}, {7, "y"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestDifferencesAreGroupedByCause(t *testing.T) {
	r := report{statuses: map[int]int{}}
	add := func(theirs, mine verdict) {
		r.add(difference{Variant: mutate.Variant{Name: "f"}, theirs: theirs, ours: mine}, []syntax.Diagnostic{{Class: syntax.ClassConfigError, Text: "priority: '7x' is bad"}})
	}
	add(verdict{5, []complaint{{3, "number '300' outside range [1, 255]"}}}, verdict{0, nil})
	add(verdict{5, []complaint{{9, "number '400' outside range [1, 255]"}}}, verdict{5, []complaint{{9, "x"}}})
	add(verdict{0, nil}, verdict{5, []complaint{{2, "priority: '7x' is bad"}}})
	add(verdict{139, nil}, verdict{0, nil})        // they crashed
	add(verdict{0, nil}, verdict{statusHang, nil}) // we hung
	causes := make([]string, len(r.verdicts))
	for i, d := range r.verdicts {
		causes[i] = d.cause
	}
	want := []string{"keepalived 5, here 0: number _ outside range _", "keepalived 0, here 5: priority: _ is bad", "keepalived 0, here 124: "}
	if !slices.Equal(causes, want) || len(r.lines) != 1 {
		t.Errorf("causes %q, %d lines", causes, len(r.lines))
	}
}

func TestFaultsAreSpreadOverTheFile(t *testing.T) {
	var all []mutate.Fault
	for i := range 10 {
		all = append(all, mutate.Fault{Variant: mutate.Variant{Kind: "k", Line: i}})
	}
	var lines []int
	for _, f := range mutate.Some(all, 3) {
		lines = append(lines, f.Line)
	}
	if !slices.Equal(lines, []int{1, 4, 7}) || len(mutate.Some(all, 0)) != 10 {
		t.Errorf("got %v", lines)
	}
}
