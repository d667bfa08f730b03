package syntax

import "fmt"

// maxEdits is how many braces Parse puts in or leaves out; beyond that it reads them
// as they are.
const maxEdits = 16

// An edit is what is done to a token so that braces match: so many '}' are put in
// before it, or, if none, it is a '}' and left out.
type edit struct {
	insert  int
	at      Pos  // of the token
	of      site // of the statement of the innermost block there
	finding Diagnostic
	told    bool
}

// A spot is where a token stands in a file, and which it is of those that a reference
// there gives. The tokens of the turns of a loop have it in common: what is wrong with
// one is wrong with all, and so is an edit done to all that are in the same block.
type spot struct {
	site
	kind byte
	nth  int
}

// mend reads a text of so many tokens in which braces do not match, and puts right what
// it can.
func mend(s Snapshot, shape Shape, tokens int) *parser {
	events := eventsOf(s, shape, tokens)
	edits, steps := map[spot]*edit{}, maxSteps
	for len(edits) < maxEdits {
		i, e, ok := blame(events, shape, &steps)
		if !ok || !events[i].pos.IsValid() {
			break
		}
		at := events[i].spot()
		if edits[at] != nil {
			break // what was done there did not help: it would be done for ever
		}
		e.at = events[i].pos
		edits[at] = &e
		events = edited(events, shape, at, e)
	}
	return parse(s, &parser{shape: shape, edits: edits, mended: map[site]bool{}})
}

// eventsOf are the tokens of a text, as many as said.
func eventsOf(s Snapshot, shape Shape, tokens int) []event {
	events := make([]event, 0, tokens)
	parse(s, &parser{shape: shape, events: &events, skip: true})
	return events
}

// edited are events with an edit carried out.
func edited(events []event, shape Shape, at spot, e edit) []event {
	out := make([]event, 0, len(events))
	r := reading{shape: shape}
	for _, ev := range events {
		n := 0
		if ev.pos.IsValid() && ev.spot() == at && (ev.pos == e.at || r.top().pos.site() == e.of) {
			if e.insert == 0 {
				r.settle()
				continue
			}
			n = e.insert
		}
		for range n {
			out = append(out, event{kind: '}'})
			r.close()
		}
		out = append(out, ev)
		r.step(ev)
	}
	return out
}

// edit counts a token, writes it down if blame wants to know, and carries out its
// edit. It is true if the token is to be left out.
func (p *parser) edit(kind byte, pos Pos, keyword string) (leaveOut bool) {
	p.tokens++
	if p.events == nil && p.edits == nil {
		return false
	}
	at := spot{site: pos.site(), kind: kind}
	if p.at.site == at.site {
		at.nth = p.at.nth + 1
	}
	p.at = at
	if p.events != nil {
		*p.events = append(*p.events, event{kind, pos, keyword, at.nth})
	}
	e := p.edits[at]
	if e == nil {
		return false
	}
	p.settle()
	of := p.stack[len(p.stack)-1].node.Pos().site()
	if of != e.of && pos != e.at {
		return false
	}
	if !e.told && (e.insert == 0 || !p.mended[of]) {
		p.add(e.finding)
	}
	e.told = true
	for range min(e.insert, len(p.stack)-1) {
		p.mended[p.stack[len(p.stack)-1].node.Pos().site()] = true
		p.pop(Pos{})
	}
	return e.insert == 0
}

// An event is a token as blame sees it: 's' for a statement, or a brace.
type event struct {
	kind    byte
	pos     Pos // none: it was put in by an edit
	keyword string
	nth     int // of its spot
}

func (ev event) spot() spot { return spot{ev.pos.site(), ev.kind, ev.nth} }

// blame finds the brace that is missing, or is too many, in a text in which they do
// not match: the event before which a '}' has to be, or the '}' without which the
// keywords that follow are where they belong and are indented as those before.
// It takes what it does off steps, and finds nothing when there are none left.
func blame(events []event, shape Shape, steps *int) (at int, e edit, ok bool) {
	b := balance{shape: shape, events: events, steps: steps}
	suspects, least := b.survey()
	for _, s := range suspects {
		if *steps < 0 {
			return 0, edit{}, false
		}
		b.suspect = s
		find := b.missing
		if s.extra {
			find = b.tooMany
		}
		i, found, is := find()
		if !is {
			continue
		}
		// Less and not equal: of two edits that are as good the first one stays.
		if cost := b.total(i, found.insert, least); cost < least {
			at, e, ok, least = i, found, true, cost
		}
	}
	return at, e, ok
}

// The bounds of what blame compares.
const (
	maxSuspects   = 4 // of each kind
	maxCandidates = 64
	maxTogether   = 4         // '}' missing in one place
	maxReach      = 5000      // events from the first to the last candidate
	lookAhead     = 40        // events after the one that shows that something is wrong
	maxSteps      = 3_000_000 // readings of events, for all edits
)

// A balance looks at events of which it is known that braces do not match.
type balance struct {
	shape  Shape
	events []event
	steps  *int
	suspect
	scratch reading // of cost
}

// A suspect is an event that shows that something is wrong, the number of events if
// it is the end, with a statement at the root from which on it may have gone wrong;
// and whether there may be a '}' too many rather than one that is missing.
type suspect struct {
	shown, start int
	extra        bool
}

// survey looks for statements that would be right if there were a '}' more, or less,
// before them, and for each '}' that closes nothing. An edit is worth it if it makes
// less than least out of place: one keyword or brace at least has to be right by it,
// indentation alone is no reason. A block that is open at the end is the end's own
// finding, unless an edit is better than that. There are no suspects where braces match.
func (b *balance) survey() (suspects []suspect, least int) {
	r := reading{shape: b.shape}
	start := 0
	var roots [4]int // the last statements at the root: some may be there by mistake
	var found [3]int
	add := func(kind, shown, from int, extra bool) {
		if n := len(suspects); found[kind] < maxSuspects && (n == 0 || suspects[n-1] != suspect{shown, from, extra}) {
			suspects = append(suspects, suspect{shown, from, extra})
			found[kind]++
		}
	}
	for i, ev := range b.events {
		depth := len(r.stack)
		at := r.step(ev)
		switch {
		case ev.kind == 's' && len(r.stack) == 0 && !at.misfit:
			start = i
			roots = [4]int{roots[1], roots[2], roots[3], i}
		case ev.kind == '}' && depth == 0 && len(r.stack) == 0 && at.misfit:
			add(0, i, roots[0], true)
		case at.outside:
			add(1, i, start, false)
		}
		if at.inside {
			add(2, i, roots[0], true)
		}
	}
	if !r.unbalanced && len(r.stack) == 0 {
		return nil, 0
	}
	least = b.end(&r)
	if len(r.stack) > 0 {
		suspects = append(suspects, suspect{shown: len(b.events), start: start})
		return suspects, least - costKeyword
	}
	return suspects, least - costKeyword/2
}

// end is what is out of place in a reading of everything.
func (b *balance) end(r *reading) int {
	*b.steps -= len(b.events)
	r.settle()
	return r.cost + len(r.stack)*costKeyword
}

// total is what is out of place in the whole text with so many '}' put in before event
// k, or without event k. It ends early when that is no less than enough.
func (b *balance) total(k, insert, enough int) int {
	r := reading{shape: b.shape}
	for i, ev := range b.events {
		switch {
		case i == k && insert > 0:
			for range insert {
				r.close()
			}
		case i == k:
			r.settle()
			continue
		}
		if r.step(ev); r.cost >= enough {
			*b.steps -= i
			return r.cost
		}
	}
	return b.end(&r)
}

// cost goes on with a copy of a reading up to a little after what was shown, and tells
// what is out of place in it altogether.
func (b *balance) cost(r *reading, from int) int {
	b.scratch = r.copied(&b.scratch)
	events := b.events[from:min(len(b.events), b.shown+lookAhead)]
	for _, ev := range events {
		b.scratch.step(ev)
	}
	*b.steps -= len(events)
	return b.scratch.cost
}

// candidates are the events from start on, up to and with what was shown, that ok
// picks, and the readings before them; the last ones if there are many.
func (b *balance) candidates(ok func(i int, inside bool, at placing) bool) (at []int, before []reading) {
	r := reading{shape: b.shape}
	end := min(b.shown+1, len(b.events))
	for i := b.start; i < end; i++ {
		inside := len(r.stack) > 0 || r.opens()
		if placed := r.step(b.events[i]); b.shown-i <= maxReach && ok(i, inside, placed) {
			at = append(at, i)
		}
	}
	at = at[max(0, len(at)-maxCandidates):]
	// Once more, now that it is known before which events a copy is to be kept.
	r = reading{shape: b.shape}
	i := b.start
	for _, next := range at {
		for ; i < next; i++ {
			r.step(b.events[i])
		}
		before = append(before, r.clone())
	}
	*b.steps -= end - b.start + i - b.start
	return at, before
}

// missing finds the place of a '}' that is missing, or of several.
func (b *balance) missing() (k int, e edit, ok bool) {
	at, before := b.candidates(func(i int, inside bool, placed placing) bool {
		near := b.events[i].kind == '}' && b.shown-i < lookAhead
		return b.events[i].kind != '{' && (i == b.shown || placed.slipped || near) && inside
	})
	best, count, least, sure := -1, 0, b.cost(&reading{shape: b.shape}, b.start), true
	for k, i := range at {
		r := before[k].clone()
		for n := 1; n <= maxTogether; n++ {
			misplaced := r.top().unknown // what is missing is missing before it
			r.close()
			cost := b.cost(&r, i)
			switch {
			case cost < least:
				best, count, least, sure = k, n, cost, true
			case cost == least && best >= 0 && before[k].top().pos != before[best].top().pos:
				// Another block could lack it as well: the finding names the place, not one block.
				best, count, sure = k, n, false
			}
			b.scratch = r.copied(&b.scratch)
			if misplaced || !b.scratch.step(b.events[i]).outside {
				break
			}
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
		d.Pos, d.Text = block.pos, fmt.Sprintf(notClosed, count, block.keyword)
		d.Related, d.RelatedText = ev.pos, "the '}' is probably missing before "+name
	} else {
		d.Pos, d.Text = ev.pos, fmt.Sprintf("There are %d missing '}'s or extra '{'s: probably missing before %s",
			count, name)
		d.Related, d.RelatedText = block.pos, "the block '"+block.keyword+"' opened here is not closed"
	}
	return at[best], edit{insert: count, of: block.pos.site(), finding: d}, true
}

// tooMany finds a '}' that is too many.
func (b *balance) tooMany() (k int, e edit, ok bool) {
	at, before := b.candidates(func(i int, _ bool, _ placing) bool {
		return b.events[i].kind == '}' && b.events[i].pos.IsValid()
	})
	best, least := -1, b.cost(&reading{shape: b.shape}, b.start)
	for k, i := range at {
		before[k].settle()
		if cost := b.cost(&before[k], i+1); cost < least || cost == least && best >= 0 {
			best, least = k, cost
		}
	}
	if best < 0 {
		return 0, edit{}, false
	}
	ev, block := b.events[at[best]], before[best].top()
	d := Diagnostic{Pos: ev.pos, Severity: Error, Class: ClassConfigError, ID: "extra-close-brace",
		Text: "Extra '}' found"}
	if block.keyword != "" {
		d.Text += ": it closes the block '" + block.keyword + "' too early"
	}
	if shown := b.events[b.shown]; shown.kind == 's' {
		d.Related, d.RelatedText = shown.pos, "'"+shown.keyword+"' does not belong here"
	}
	return at[best], edit{of: block.pos.site(), finding: d}, true
}
