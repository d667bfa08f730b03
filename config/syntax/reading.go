package syntax

// What is out of place costs, so that ways to read a text can be compared.
const (
	costKeyword = 40 // a keyword that is none where it stands, a brace that is missing or does nothing
	costSkipped = 20 // a statement in an unknown block, where nothing is out of place
	costBrace   = 3  // a '}' that is not below the statement of its block
	costIndent  = 1  // a statement that is not below the first one of its block
)

// A reading goes through events as Parse does, and adds up what is out of place.
type reading struct {
	shape  Shape
	stack  []opening
	path   []string
	root   opening // what is told of a block, of the root
	last   opening // the statement before, if ok; it may open a block
	form   Form    // of it
	ok     bool
	closed []string // path of the block closed last
	shared bool     // another reading has closed too
	before Pos      // place of the event before
	cost   int
	// unbalanced tells that braces do not match, as parser has it.
	unbalanced bool
}

// An opening is an open block.
type opening struct {
	keyword string
	pos     Pos   // of the keyword
	indent  int32 // column of the keyword, 0 if it does not begin its line
	inner   int32 // column of the first statement in it that begins its line, 0 if none does
	unknown bool  // nothing is known of what is in it
	list    bool  // in it are entries, not keywords
}

// A placing is how an event fits in.
type placing struct {
	misfit  bool // a keyword that is none here, or a brace that does nothing
	outside bool // that keyword would be one in a block around this one
	inside  bool // it would be one in the block closed last
	slipped bool // the line does not begin where the block wants it
}

func (r *reading) clone() reading { return r.copied(&reading{}) }

// copied is a copy that goes into the memory of another reading, which is over.
func (r *reading) copied(old *reading) reading {
	// The path in closed is not copied: both readings have it now, and neither may write over it.
	r.shared = true
	out := *r
	out.stack, out.path = append(old.stack[:0], r.stack...), append(old.path[:0], r.path...)
	return out
}

// top is the innermost open block; a statement that wants one has opened it.
func (r *reading) top() opening {
	if r.opens() {
		return r.last
	}
	if len(r.stack) == 0 {
		return opening{}
	}
	return r.stack[len(r.stack)-1]
}

// opens reports whether the statement before opens a block even without a brace.
func (r *reading) opens() bool { return r.ok && r.form == FormBlock }

func (r *reading) settle() {
	if r.opens() {
		r.cost += costKeyword
		r.push()
	}
	r.ok = false
}

func (r *reading) push() {
	if len(r.stack) == MaxBlockDepth { // ignored, as Parse does
		r.ok = false
		r.cost += costKeyword
		return
	}
	block := r.last
	block.unknown = r.top().unknown && len(r.stack) > 0 || r.form == FormUnknown
	r.ok = false
	r.path = append(r.path, block.keyword)
	// No keyword is called so: a block that takes it as a line takes any word, as lists do.
	block.list = !block.unknown && r.shape(r.path, "\x00") == FormLine
	r.stack = append(r.stack, block)
}

// close closes the innermost block.
func (r *reading) close() {
	r.settle()
	if n := len(r.stack) - 1; n >= 0 {
		if r.shared {
			r.closed, r.shared = nil, false
		}
		r.closed = append(r.closed[:0], r.path...)
		r.stack, r.path = r.stack[:n], r.path[:n]
	}
}

// step takes one event.
func (r *reading) step(ev event) (at placing) {
	indent := ev.pos.Col
	// Only what begins a line says something about indentation.
	if ev.pos.File == r.before.File && ev.pos.Line == r.before.Line {
		indent = 0
	}
	// A '}' that an edit put in stands nowhere, and the event behind it begins no line by that.
	if ev.pos.IsValid() {
		r.before = ev.pos
	}
	switch ev.kind {
	case 's':
		r.settle()
		at = r.statement(ev, indent)
	case '{':
		if at.misfit = !r.ok || r.form == FormLine; !at.misfit {
			r.push()
		}
		r.unbalanced = r.unbalanced || r.ok && at.misfit
	case '}':
		r.settle()
		if at.misfit = len(r.stack) == 0 && ev.pos.IsValid(); len(r.stack) > 0 {
			// It is 0 for a keyword that does not begin its line: then any column will do.
			want := r.top().indent
			at.slipped = indent > 0 && want > 0 && indent != want
		}
		r.unbalanced = r.unbalanced || at.misfit
		r.close()
	}
	if at.misfit {
		r.cost += costKeyword
	}
	switch {
	case at.slipped && ev.kind == '}':
		r.cost += costBrace
	case at.slipped:
		r.cost += costIndent
	}
	return at
}

func (r *reading) statement(ev event, indent int32) (at placing) {
	block := &r.root
	if n := len(r.stack); n > 0 {
		block = &r.stack[n-1]
	}
	r.form = FormUnknown
	if !block.unknown {
		r.form = r.shape(r.path, ev.keyword)
	}
	switch {
	// Nothing can be out of place here; without a price the way that skips most would be the best.
	case block.unknown:
		r.cost += costSkipped
	case r.form == FormUnknown || block.list:
		at.outside = r.around(ev.keyword)
		at.misfit = r.form == FormUnknown || at.outside
		at.inside = at.misfit && r.within(ev.keyword)
	}
	if indent > 0 {
		// The first statement of a block sets the column for the others.
		if block.inner == 0 {
			block.inner = indent
		}
		at.slipped = indent != block.inner
	}
	r.last, r.ok = opening{keyword: ev.keyword, pos: ev.pos, indent: indent}, true
	return at
}

// around reports whether a word is a keyword in a block around the innermost one.
func (r *reading) around(keyword string) bool {
	for depth := len(r.stack) - 1; depth >= 0; depth-- {
		// A list would take any word as an entry, which proves nothing.
		if (depth == 0 || !r.stack[depth-1].list) && r.shape(r.path[:depth], keyword) != FormUnknown {
			return true
		}
	}
	return false
}

// within reports whether a word is a keyword in the block closed last, or in one around that.
func (r *reading) within(keyword string) bool {
	for depth := len(r.closed); depth > len(r.path); depth-- {
		path := r.closed[:depth]
		if r.shape(path, "\x00") == FormUnknown && r.shape(path, keyword) != FormUnknown {
			return true
		}
	}
	return false
}
