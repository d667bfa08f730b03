package mutate

import (
	"fmt"
	"io"
	"slices"
)

// A Report is one thing a program says about a file: where, 0 for nowhere, and what.
type Report struct {
	Line int
	Text string
}

// Found reports whether a fault is reported at all, and whether on a right line. What is
// said of the good file as well does not count.
func (f Fault) Found(good, bad []Report) (anywhere, right bool) {
	for _, r := range bad {
		if slices.ContainsFunc(good, func(g Report) bool { return g.Text == r.Text }) {
			continue
		}
		anywhere = true
		right = right || slices.Contains(f.Lines, r.Line)
	}
	return anywhere, right
}

// A Score counts faults of one kind and those that were found.
type Score struct{ Faults, Anywhere, Right int }

// Share is the percentage reported on a right line.
func (s Score) Share() float64 { return share(s.Right, s.Faults) }

func share(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

func (s *Score) add(anywhere, right bool) {
	s.Faults++
	if anywhere {
		s.Anywhere++
	}
	if right {
		s.Right++
	}
}

// A Tally has the scores of one program, by kind of fault.
type Tally map[string]*Score

// Count adds what became of a fault.
func (t Tally) Count(f Fault, good, bad []Report) (right bool) {
	anywhere, right := f.Found(good, bad)
	if t[f.Kind] == nil {
		t[f.Kind] = &Score{}
	}
	t[f.Kind].add(anywhere, right)
	return right
}

// Total is the score over all kinds.
func (t Tally) Total() Score {
	var sum Score
	for _, s := range t {
		sum.Faults += s.Faults
		sum.Anywhere += s.Anywhere
		sum.Right += s.Right
	}
	return sum
}

// Table prints the scores of programs side by side: the share reported on the right
// line, and in brackets that reported anywhere.
func Table(w io.Writer, programs []string, tallies []Tally) {
	fmt.Fprintf(w, "%-24s %7s", "fault", "number")
	for _, p := range programs {
		fmt.Fprintf(w, "  %20s", p)
	}
	fmt.Fprintln(w)
	line := func(name string, of func(Tally) Score) {
		fmt.Fprintf(w, "%-24s %7d", name, of(tallies[0]).Faults)
		for _, t := range tallies {
			s := of(t)
			fmt.Fprintf(w, "  %9.1f %% (%5.1f %%)", s.Share(), share(s.Anywhere, s.Faults))
		}
		fmt.Fprintln(w)
	}
	for _, kind := range Kinds() {
		if tallies[0][kind] != nil {
			line(kind, func(t Tally) Score { return *t[kind] })
		}
	}
	line("all", Tally.Total)
}
