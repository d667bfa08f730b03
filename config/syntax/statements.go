package syntax

import "slices"

// Statements are those at the root of a snapshot, with their blocks. They are parsed
// when they are asked for: a tree of hundreds of thousands of lines is large, and what
// reads it needs one of them at a time.
type Statements struct {
	lines  []Line
	shape  Shape
	starts []start
	mended bool
	nodes  []Node // of a snapshot that was mended
}

// A start is where a statement begins: the number of its line, if it is the first on
// it, else that of the statement before.
type start struct {
	line    int
	keyword string
}

// Read looks a snapshot through and says what is wrong with it, as Parse does.
func Read(s Snapshot, shape Shape) (Statements, []Diagnostic) {
	all := Statements{lines: s.Lines, shape: shape}
	p := &parser{shape: shape, skip: true}
	p.begins = func(keyword string) {
		line := p.number
		if n := len(all.starts); n > 0 && p.tokens > p.before {
			line = all.starts[n-1].line
		}
		all.starts = append(all.starts, start{line, keyword})
	}
	if parse(s, p); p.unbalanced {
		p = mend(s, shape, p.tokens)
		all = Statements{mended: true, nodes: p.nodes}
	}
	return all, p.diagnostics
}

// Each calls take with those statements whose keyword is wanted, in the order of the
// text. A statement, its words and its block are there until take returns, no longer;
// the texts stay.
func (s Statements) Each(want func(keyword string) bool, take func(Node)) {
	if s.mended {
		for _, n := range s.nodes {
			if want(n.Keyword()) {
				take(n)
			}
		}
		return
	}
	p := &parser{shape: s.shape, taken: take}
	// What is not wanted is gone through, and no tree is made of it.
	p.begins = func(keyword string) { p.skip = !want(keyword) }
	p.push(Node{}, Pos{}, false)
	for from := s.starts; len(from) > 0; {
		line, end := from[0].line, len(s.lines)
		next := slices.IndexFunc(from, func(at start) bool { return at.line > line })
		if next >= 0 {
			end = from[next].line
		} else {
			next = len(from)
		}
		if slices.ContainsFunc(from[:next], func(at start) bool { return want(at.keyword) }) {
			p.lines(s.lines[line:end], line)
		}
		from = from[next:]
	}
	p.eof()
}
