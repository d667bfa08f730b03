package syntax

import "fmt"

// maxEdits is how many braces Parse puts in or leaves out; beyond that it reads them
// as they are.
const maxEdits = 16

// An edit is what is done to one token so that braces match: a '}' is put in before
// it, or it is a '}' and left out.
type edit struct {
	insert  bool
	finding Diagnostic
}

// edit counts a token, writes it down if blame wants to know, and carries out its
// edit. It is true if the token is to be left out.
func (p *parser) edit(kind byte, pos Pos, keyword string) (leaveOut bool) {
	p.token++
	if len(p.edits) == 0 && p.events == nil {
		return false
	}
	e, ok := p.edits[p.token]
	if ok {
		p.settle()
		p.add(e.finding)
		if e.insert && len(p.stack) > 1 {
			p.pop(Pos{})
		}
	}
	if p.events != nil {
		if ok && e.insert {
			*p.events = append(*p.events, event{kind: '}'})
		}
		if !ok || e.insert {
			*p.events = append(*p.events, event{kind, pos, keyword, p.token})
		}
	}
	return ok && !e.insert
}

// An event is a token as blame sees it: 's' for a statement, or a brace.
type event struct {
	kind    byte
	pos     Pos // none: it was put in by an edit
	keyword string
	token   int
}

// blame finds the brace that is missing, or is too many, in a text in which they do
// not match: the place before which a '}' has to be, or the '}' without which the
// keywords that follow are where they belong and are indented as those before.
func blame(s Snapshot, shape Shape, edits map[int]edit) (token int, e edit, ok bool) {
	var events []event
	parse(s, shape, edits, &events)
	b := balance{shape: shape, events: events}
	b.survey()
	if b.extra {
		return b.tooMany()
	}
	return b.missing()
}

// The bounds of what blame compares.
const (
	maxCandidates = 64
	maxReach      = 5000 // events from the first to the last candidate
	lookAhead     = 40   // events after the one that shows that something is wrong
)

// A balance looks at events of which it is known that braces do not match.
type balance struct {
	shape  Shape
	events []event
	// What survey finds out: the event that shows that something is wrong, the
	// number of events if it is the end; that of the statement around it at the
	// root; and whether there is a '}' too many rather than one that is missing.
	shown, start int
	extra        bool
}

// survey looks for the first statement that would be right if there were a '}' more,
// or less, before it; failing that for the '}' that closes nothing.
func (b *balance) survey() {
	r := reading{shape: b.shape}
	more, less := -1, -1 // first statements
	startMore, startLess, startExtra, start, extra := 0, 0, 0, 0, -1
	var roots [4]int // the last statements at the root: some may be there by mistake
	for i, ev := range b.events {
		depth := len(r.stack)
		at := r.step(ev)
		switch {
		case ev.kind == 's' && len(r.stack) == 0 && !at.misfit:
			start = i
			roots = [4]int{roots[1], roots[2], roots[3], i}
		case ev.kind == '}' && depth == 0 && len(r.stack) == 0 && at.misfit && extra < 0:
			extra, startExtra = i, roots[0]
		case at.outside && more < 0:
			more, startMore = i, start
		}
		if at.inside && less < 0 {
			less, startLess = i, roots[0]
		}
	}
	r.settle()
	unclosed := len(r.stack) > 0
	switch {
	case extra >= 0 && less >= 0 && less < extra && (!unclosed || more < 0 || less < more):
		b.extra, b.shown, b.start = true, less, startLess
	case extra >= 0 && (!unclosed || more < 0 || extra < more):
		b.extra, b.shown, b.start = true, extra, startExtra
	case more >= 0:
		b.shown, b.start = more, startMore
	default:
		b.shown, b.start = len(b.events), start
	}
}

// cost goes on with a reading up to a little after what was shown, and tells what
// is out of place in it altogether.
func (b *balance) cost(r reading, from int) int {
	for _, ev := range b.events[from:min(len(b.events), b.shown+lookAhead)] {
		r.step(ev)
	}
	return r.cost
}

// candidates are the events from start on, up to and with what was shown, that ok
// picks by what they are in the reading before them; the last ones if there are many.
func (b *balance) candidates(ok func(i int, r *reading, at placing) bool) (at []int, before []reading) {
	r := reading{shape: b.shape}
	for i := b.start; i <= b.shown && i < len(b.events); i++ {
		saved := r.clone()
		if placed := r.step(b.events[i]); b.shown-i > maxReach || !ok(i, &saved, placed) {
			continue
		}
		at, before = append(at, i), append(before, saved)
		if len(at) > maxCandidates {
			at, before = at[1:], before[1:]
		}
	}
	return at, before
}

// missing finds the place of a '}' that is missing.
func (b *balance) missing() (token int, e edit, ok bool) {
	at, before := b.candidates(func(i int, r *reading, placed placing) bool {
		near := b.events[i].kind == '}' && b.shown-i < lookAhead
		return b.events[i].kind != '{' && (i == b.shown || placed.slipped || near) && (len(r.stack) > 0 || r.opens())
	})
	best, least, sure := -1, b.cost(reading{shape: b.shape}, b.start), true
	for k, i := range at {
		r := before[k].clone()
		r.close()
		cost := b.cost(r, i)
		switch {
		case cost < least:
			best, least, sure = k, cost, true
		case cost == least && best >= 0 && before[k].top().pos != before[best].top().pos:
			best, sure = k, false
		}
	}
	if best < 0 {
		return 0, edit{}, false
	}
	ev, block := b.events[at[best]], before[best].top()
	d := Diagnostic{Severity: Error, Class: ClassConfigError, ID: "missing-close-brace"}
	name := "this '}'"
	if ev.kind == 's' {
		name = "'" + ev.keyword + "'"
	}
	if sure {
		d.Pos, d.Text = block.pos, fmt.Sprintf(notClosed, 1, block.keyword)
		d.Related, d.RelatedText = ev.pos, "the '}' is probably missing before "+name
	} else {
		d.Pos, d.Text = ev.pos, "There are 1 missing '}'s or extra '{'s: probably one is missing before "+name
		d.Related, d.RelatedText = block.pos, "the block '"+block.keyword+"' opened here is not closed"
	}
	return ev.token, edit{insert: true, finding: d}, true
}

// tooMany finds a '}' that is too many.
func (b *balance) tooMany() (token int, e edit, ok bool) {
	at, before := b.candidates(func(i int, _ *reading, _ placing) bool {
		return b.events[i].kind == '}' && b.events[i].pos.IsValid()
	})
	best, least := -1, b.cost(reading{shape: b.shape}, b.start)
	for k, i := range at {
		r := before[k].clone()
		r.settle()
		if cost := b.cost(r, i+1); cost < least || cost == least && best >= 0 {
			best, least = k, cost
		}
	}
	if best < 0 {
		return 0, edit{}, false
	}
	ev, block := b.events[at[best]], before[best].top()
	d := Diagnostic{Pos: ev.pos, Severity: Error, Class: ClassConfigError, ID: "extra-close-brace", Text: "Extra '}' found"}
	if block.keyword != "" {
		d.Text += ": it closes the block '" + block.keyword + "' too early"
	}
	if shown := b.events[b.shown]; shown.kind == 's' {
		d.Related, d.RelatedText = shown.pos, "'"+shown.keyword+"' does not belong here"
	}
	return ev.token, edit{finding: d}, true
}
