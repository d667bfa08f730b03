package logging

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// disk takes only so many bytes, as a file system does that is full: the rest of a
// write is refused.
type disk struct {
	room int
	text strings.Builder
}

func (d *disk) Write(p []byte) (int, error) {
	n := min(d.room, len(p))
	d.room -= n
	d.text.Write(p[:n])
	if n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

func onDisk(d io.Writer, note func(int) string) *lineBuffer {
	return &lineBuffer{w: d, lost: func() int { return 0 }, note: note}
}

func TestShortWrite(t *testing.T) {
	for _, c := range []struct {
		room int
		want string
	}{
		{0, `^.*: 3 log lines lost: they could not be written\nfour\n$`},
		{2, `^on\n.*: 3 log lines lost: they could not be written\nfour\n$`},
		{4, `^one\n.*: 2 log lines lost: they could not be written\nfour\n$`},
		{6, `^one\ntw\n.*: 2 log lines lost: they could not be written\nfour\n$`},
		{8 + 5, `^one\ntwo\nthree\n.*: 1 log lines lost: they could not be written\nfour\n$`},
		{8 + 6, `^one\ntwo\nthree\nfour\n$`},
	} {
		d := &disk{room: c.room}
		b := onDisk(d, textNote)
		for _, l := range []string{"one\n", "two\n", "three\n"} {
			b.add(l)
		}
		b.flush()
		d.room = 1 << 20
		b.add("four\n")
		b.flush()
		if got := d.text.String(); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("room for %d bytes: got %q, want %s", c.room, got, c.want)
		}
	}
}

// Whatever fits when, with --log-json every line but those that were cut off is an
// object, and the lines that are there and the losses that are told add up.
func TestShortWritesLeaveWholeLines(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		d := &disk{}
		b := onDisk(d, jsonNote)
		const lines = 60
		for i := range lines {
			b.add(fmt.Sprintf("{\"msg\":\"line %d\"}\n", i))
			if r.IntN(3) == 0 {
				d.room = r.IntN(400)
			}
			if r.IntN(2) == 0 {
				b.flush()
			}
		}
		d.room = 1 << 20
		b.flush()
		b.flush()
		whole, lost := 0, 0
		for l := range strings.Lines(d.text.String()) {
			var o struct{ Msg string }
			if json.Unmarshal([]byte(l), &o) != nil {
				if strings.Count(l, "{") > 1 {
					t.Fatalf("seed %d: two lines in one: %q", seed, l)
				}
				continue
			}
			n := 0
			if _, err := fmt.Sscanf(o.Msg, "%d log lines lost", &n); err == nil {
				lost += n
			} else {
				whole++
			}
		}
		if whole+lost < lines {
			t.Fatalf("seed %d: %d lines and %d lost of %d:\n%s", seed, whole, lost, lines, d.text.String())
		}
	}
}
