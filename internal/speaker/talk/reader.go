package talk

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// errLong is a line that is longer than any that is written.
var errLong = errors.New("a line is too long")

// Reader gives lines one by one. An error of what it reads from may be a passing one, as that a deadline is over: then
// it can be asked again.
type Reader struct {
	from io.Reader
	rest []byte // read, and not given
	cut  bool   // the first line may be only the end of one
}

// NewReader reads lines from r.
func NewReader(r io.Reader) *Reader { return &Reader{from: r} }

// Continue reads lines from r behind a rest that somebody else has read and not made use of.
func Continue(r io.Reader, rest []byte) *Reader { return &Reader{from: r, rest: rest} }

// Rest is what was read and not given.
func (r *Reader) Rest() []byte { return r.rest }

// Again has it read on where somebody else has read meanwhile, anything.
func (r *Reader) Again() { r.rest, r.cut = nil, true }

// Read reads a line into v, an *Order or a *Word. Its error is io.EOF at the end, and a *json.SyntaxError for what is
// no line of those.
func (r *Reader) Read(v any) error {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			continue
		}
		err = json.Unmarshal(line, v)
		if err != nil && r.cut {
			r.cut = false
			continue
		}
		r.cut = false
		return err
	}
}

// line is the next one without its end.
func (r *Reader) line() ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(r.rest[seen:], '\n'); i >= 0 {
			line := r.rest[:seen+i]
			r.rest = r.rest[seen+i+1:]
			return line, nil
		}
		if seen = len(r.rest); seen >= MaxLine {
			return nil, errLong
		}
		var more [4096]byte
		n, err := r.from.Read(more[:])
		r.rest = append(r.rest, more[:n]...)
		if err != nil && n == 0 {
			return nil, err
		}
	}
}
