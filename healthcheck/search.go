package healthcheck

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"
)

// errSearch says that a search was given up: its time was over, or nobody waits for it.
var errSearch = errors.New("the search was given up")

// clockEvery is how many bytes a search takes between two looks at the clock. The largest
// pattern needs some 30 us for one.
const clockEvery = 256

// search reports whether the pattern matches anywhere in b where it may start. It takes
// matchTimeout at most and ends when ctx does, with errSearch; free is called when nothing
// works on b any more.
func (p *Pattern) search(ctx context.Context, b []byte, free func()) (found bool, err error) {
	if p.linear != nil {
		defer free()
		return p.searchLinear(ctx, b)
	}
	// The backtracking engine knows of its time limit only. It is left to run into that.
	type end struct {
		found bool
		err   error
	}
	ended := make(chan end, 1)
	go func() {
		defer free()
		found, err := p.searchFull(b)
		ended <- end{found, err}
	}()
	select {
	case e := <-ended:
		return e.found, e.err
	case <-ctx.Done():
		return false, errSearch
	}
}

func (p *Pattern) searchFull(b []byte) (bool, error) {
	// A match may not begin before first, and the text ends before that.
	if p.first > len(b) {
		return false, nil
	}
	m, err := p.full.FindRunesMatchStartingAt(runes(b), p.first)
	if err != nil {
		return false, errSearch
	}
	return m != nil && (p.last < 0 || m.Index <= p.last), nil
}

// searchLinear needs time in proportion to the size of the text times that of the pattern,
// and a pattern can be large: `.{0,900}` is. So the engine reads the text from a reader,
// which ends the text when the time is over.
func (p *Pattern) searchLinear(ctx context.Context, b []byte) (bool, error) {
	// No match begins before the first place of what every match begins with.
	prefix, all := p.linear.LiteralPrefix()
	from := bytes.Index(b, []byte(prefix))
	switch {
	case from < 0:
		return false, nil
	case p.atStart:
		from = 0
	case p.last >= 0 && from > p.last:
		return false, nil
	case all:
		// The pattern is nothing but its prefix, which was found.
		return true, nil
	}
	text := &timedText{ctx: ctx, rest: b[from:], until: time.Now().Add(matchTimeout)}
	found := false
	if p.last < 0 {
		found = p.linear.MatchReader(text)
	} else if at := p.linear.FindReaderIndex(text); at != nil {
		found = from+at[0] <= p.last
	}
	if text.over {
		return false, errSearch // what was found may hang on the end that is none
	}
	return found, nil
}

// timedText is a text as runes, one for each byte, until its time is over.
type timedText struct {
	ctx   context.Context
	rest  []byte
	until time.Time
	count int
	over  bool
}

// ReadRune is for regexp.
func (t *timedText) ReadRune() (rune, int, error) {
	if t.count++; t.count%clockEvery == 0 && (time.Now().After(t.until) || t.ctx.Err() != nil) {
		t.over = true
	}
	if t.over || len(t.rest) == 0 {
		return 0, 0, io.EOF
	}
	c := t.rest[0]
	t.rest = t.rest[1:]
	return asRune(c), 1, nil
}
