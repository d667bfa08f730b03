package language

import (
	"cmp"
	"slices"
	"strconv"

	"holdfast/config/syntax"
)

// InFileOrder sorts findings about a snapshot by where they stand in the text as read,
// includes in place, those without a place last, and drops repetitions. What another finding may be the
// reason of comes behind it.
func InFileOrder(s syntax.Snapshot, diags []syntax.Diagnostic) []syntax.Diagnostic {
	if len(diags) > 1 {
		index := ranks(s.Lines, diags)
		slices.SortStableFunc(diags, func(a, b syntax.Diagnostic) int {
			return cmp.Or(index[placeOf(a.Pos)]-index[placeOf(b.Pos)], a.Pos.Line-b.Pos.Line, int(a.Pos.Col-b.Pos.Col))
		})
		// From the findings that are the same to those that only look so: each step has fewer to look at.
		diags = causesFirst(withoutCrowds(withoutTurns(withoutEchoes(syntax.Once(diags)))))
	}
	for i := range diags {
		diags[i].Text = shortened(diags[i].Text)
	}
	s.Trace(diags) // of what is left: many repetitions have a long way each
	return diags
}

// A place is a line of a file.
type place struct {
	file string
	line int
}

func placeOf(p syntax.Pos) place { return place{p.File, p.Line} }

// ranks gives the places of findings their order in the text as read. A line of which
// nothing is left, such as an include of nothing, stands between those around it in its
// file; a file of which nothing is left comes last.
func ranks(lines []syntax.Line, diags []syntax.Diagnostic) map[place]int {
	// Each line has an odd number, so that a place without a line fits between two of them.
	last := 2 * len(lines)
	index := make(map[place]int, len(diags))
	for _, d := range diags {
		// Only lines with a finding are looked for: a configuration may have a million, and most
		// have none.
		index[placeOf(d.Pos)] = last
	}
	for i, l := range lines {
		at := place{l.File, int(l.Line)}
		// A line that is read several times, as in a loop, stands where it was read first.
		if first, ok := index[at]; ok && 2*i+1 < first {
			index[at] = 2*i + 1
		}
	}
	// Places of findings of which no line is left.
	gone := map[string][]int{} // lines by file
	for p, i := range index {
		// Without a line it is about the file as a whole, and stays at the end.
		if i == last && p.line > 0 {
			gone[p.file] = append(gone[p.file], p.line)
		}
	}
	for file, missing := range gone {
		// A file is read from top to bottom, so one walk over its lines places all of them.
		slices.Sort(missing)
		after := last
		for i, l := range lines {
			if l.File != file {
				continue
			}
			for len(missing) > 0 && missing[0] < int(l.Line) {
				index[place{file, missing[0]}] = 2 * i
				missing = missing[1:]
			}
			after = 2*i + 2
		}
		// Behind the last line of their file, which is before the next line of the file that
		// includes it.
		for _, line := range missing {
			index[place{file, line}] = after
		}
	}
	return index
}

// withoutTurns leaves one of the findings that many turns of a loop, or many uses of a
// line, have at one place, and says how many there are.
func withoutTurns(diags []syntax.Diagnostic) []syntax.Diagnostic {
	const few = 3
	type kind struct {
		place
		col      int32
		id       string
		severity syntax.Severity
		class    syntax.Class
	}
	of := func(d syntax.Diagnostic) kind {
		return kind{placeOf(d.Pos), d.Pos.Col, d.ID, d.Severity, d.Class}
	}
	type use struct {
		kind
		via int32
	}
	uses, found := map[use]bool{}, map[kind]int{}
	for _, d := range diags {
		// Via tells the turns of a loop, and the uses of a definition, apart.
		if u := (use{of(d), d.Pos.Via}); d.Pos.Via != 0 && !uses[u] {
			uses[u] = true
			found[u.kind]++
		}
	}
	told := map[kind]bool{}
	out := diags[:0]
	for _, d := range diags {
		switch k := of(d); {
		case found[k] <= few:
		case told[k]:
			continue
		default:
			told[k] = true
			d.Text += "; " + strconv.Itoa(found[k]-1) + " more turns or uses of this line have the like"
		}
		out = append(out, d)
	}
	return out
}

// withoutEchoes drops what is said of a line only because a reference in it could not
// be replaced: that is reported already. What is fatal stays. That a reference was taken as it
// stands is dropped where an error says so.
func withoutEchoes(diags []syntax.Diagnostic) []syntax.Diagnostic {
	undefined, refused := map[place]bool{}, map[syntax.Pos]bool{}
	asItStands := false
	for _, d := range diags {
		switch {
		// Something else that is wrong with the very word that is a reference says already that
		// it is not defined.
		case d.ID != "undefined-reference" && d.ID != "reference-not-last":
			refused[d.Pos] = refused[d.Pos] || d.Severity >= syntax.Error && d.About.Reference != ""
		case d.Severity >= syntax.Error:
			undefined[placeOf(d.Pos)] = true
		default:
			asItStands = true
		}
	}
	// Most texts have no reference that fails.
	if len(undefined) == 0 && !asItStands {
		return diags
	}
	return slices.DeleteFunc(diags, func(d syntax.Diagnostic) bool {
		if d.ID == "undefined-reference" || d.ID == "reference-not-last" {
			return d.Severity < syntax.Error && refused[d.Pos]
		}
		// What keeps from running is said whatever its cause, and so is what counts more than an error does.
		return undefined[placeOf(d.Pos)] && d.Severity != syntax.Fatal && d.Class <= syntax.ClassConfigError
	})
}
