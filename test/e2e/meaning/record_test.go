//go:build e2e

package meaning

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// note is a program that writes down how it was called.
const note = `#!/bin/sh
line="$(basename "$0"):"
for word; do line="$line <$word>"; done
printf '%s\n' "$line" >>/run/case/calls
`

// newCalls lists the calls of note since the last look, sorted: programs started
// for one event run at the same time.
func (b *bench) newCalls() string {
	lines := b.calls()
	out := slices.Clone(lines[b.callMark:])
	b.callMark = len(lines)
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func (b *bench) calls() []string {
	text, err := os.ReadFile(filepath.Join(b.run, "case/calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.must(err)
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

// called waits until note was called n times in all.
func (b *bench) called(n int) {
	b.until(fmt.Sprintf("%d calls", n), func() (bool, string) {
		calls := b.calls()
		return len(calls) >= n, strings.Join(calls, "\n")
	})
}

// A reader keeps what comes through a FIFO or a connection.
type reader struct {
	section, name string
	closer        io.Closer
	sorted        bool // the order of its items is chance
	grouped       bool // by object: what happens to several at a time is chance
	once          bool // as is how often one comes

	mu    sync.Mutex
	items []string
	mark  int
}

func (r *reader) close() error {
	if err := r.closer.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (r *reader) add(item string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = append(r.items, item)
}

// news is what came since the last call.
func (r *reader) news() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.items[r.mark:])
	r.mark = len(r.items)
	if r.sorted {
		slices.Sort(out)
	} else if r.grouped {
		slices.SortStableFunc(out, func(a, b string) int { return strings.Compare(object.FindString(a), object.FindString(b)) })
	}
	if r.once {
		out = slices.Compact(out)
	}
	return strings.Join(out, "\n")
}

// count is how much came in all.
func (r *reader) count() (int, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.items), strings.Join(r.items, "\n")
}

// got waits until n items in all came through the reader called name; a mail has to be
// in the log too.
func (b *bench) got(name string, n int) {
	i := slices.IndexFunc(b.readers, func(r *reader) bool { return r.name == name })
	b.until(fmt.Sprintf("%d items from %s", n, name), func() (bool, string) {
		have, all := b.readers[i].count()
		return have >= n, all
	})
	if name == "mail" {
		b.logged("SMTP alert successfully sent", n)
	}
}

// object is what a line of a FIFO is about.
var object = regexp.MustCompile(`(INSTANCE|GROUP) \S+|\[[^\]]+\]:\w+:\d+ |FWM \d+`)

var fifos = regexp.MustCompile(`(?m)^\s*(?:vrrp_|lvs_)?notify_fifo\s+(\S+\.fifo)`)

// readFIFOs reads the FIFOs the configuration names, once the program has made
// them; those without .fifo at the end are left to others.
func (b *bench) readFIFOs() {
	for _, m := range fifos.FindAllStringSubmatch(b.conf, -1) {
		path := filepath.Join(b.run, strings.TrimPrefix(m[1], "/run"))
		b.until("FIFO "+m[1], func() (bool, string) {
			info, err := os.Stat(path)
			return err == nil && info.Mode()&os.ModeNamedPipe != 0, fmt.Sprint(info, err)
		})
		// Opened for writing too, so that it never ends.
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		b.must(err)
		r := &reader{section: secFIFO, name: filepath.Base(path), closer: f, grouped: true}
		b.readers = append(b.readers, r)
		go func() {
			lines := bufio.NewScanner(f)
			for lines.Scan() { // ends when closed
				r.add(fmt.Sprintf("%q", lines.Text()))
			}
		}()
	}
}

// sink takes mail on the host, at the given address, and keeps the sessions.
func (b *bench) sink(addr string) {
	var l net.Listener
	b.must(b.host.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	}))
	r := &reader{section: secMail, name: "mail", closer: l, sorted: true}
	b.readers = append(b.readers, r)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { r.add(session(c)) }()
		}
	}()
}

// deaf ends the sink: mail about the stop itself is cut off by keepalived's end.
func (b *bench) deaf() {
	i := slices.IndexFunc(b.readers, func(r *reader) bool { return r.section == secMail })
	b.must(b.readers[i].close())
	b.readers = slices.Delete(b.readers, i, i+1)
}

var dated = regexp.MustCompile(`^Date: \w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`)

// session plays a mail server on a connection and returns what the client said.
func session(c net.Conn) string {
	defer c.Close()
	var said strings.Builder
	in := bufio.NewReader(c)
	answer := func(s string) { fmt.Fprintf(c, "%s\r\n", s) } // a client that went away is seen by the next read
	answer("220 sink")
	for inData := false; ; {
		line, err := in.ReadString('\n')
		if err != nil {
			fmt.Fprintf(&said, "%q %v", line, err)
			return said.String()
		}
		fmt.Fprintf(&said, "%q\n", dated.ReplaceAllString(line, "Date: DATE"))
		word := strings.ToUpper(strings.TrimRight(line, "\r\n"))
		switch {
		case inData && word == ".":
			inData = false
			answer("250 taken")
		case inData:
		case strings.HasPrefix(word, "DATA"):
			inData = true
			answer("354 go on")
		case strings.HasPrefix(word, "QUIT"):
			answer("221 bye")
			return said.String()
		default:
			answer("250 yes")
		}
	}
}
