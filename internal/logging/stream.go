package logging

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"
)

const (
	queueLength = 4096            // lines waiting for a slow reader
	drainTime   = time.Second     // Close waits this long for it
	flushTime   = time.Second / 2 // a buffered line is written this long after it came
)

// stream writes lines to a file or pipe from a goroutine of its own, so that a
// full disk or a terminal that was stopped costs lines and no time.
type stream struct {
	stamp bool
	queue chan string
	done  chan struct{}
	once  sync.Once

	mu     sync.Mutex
	lost   int
	closed bool
}

func newStream(w io.WriteCloser, stamp, flush bool) *stream {
	s := &stream{stamp: stamp, queue: make(chan string, queueLength), done: make(chan struct{})}
	go s.run(w, flush)
	return s
}

func (s *stream) Write(at time.Time, _ zapcore.Level, line string) {
	// Here, not where it is written: the time is that of the event.
	if s.stamp {
		line = at.Format(time.ANSIC) + ": " + line
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Under the lock that Close holds: a send on a closed channel would end the daemon.
	if s.closed {
		return
	}
	select {
	case s.queue <- line + "\n":
	// The reader is too slow: the daemon goes on, and the loss is told when there is room.
	default:
		s.lost++
	}
}

// takeLost gives the number of lines dropped since the last call.
func (s *stream) takeLost() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.lost
	s.lost = 0
	return n
}

func (s *stream) run(w io.WriteCloser, flush bool) {
	defer close(s.done)
	defer w.Close()
	b := &lineBuffer{w: w, lost: s.takeLost, note: jsonNote}
	if s.stamp {
		b.note = textNote
	}
	var tick <-chan time.Time
	for {
		select {
		case line, ok := <-s.queue:
			if !ok {
				b.flush()
				return
			}
			b.add(line)
			if flush {
				// A burst is one write.
				if len(s.queue) == 0 {
					b.flush()
				}
				// A timer only while a line waits: a quiet daemon is not woken up for its log.
			} else if tick == nil {
				tick = time.After(flushTime)
			}
		case <-tick:
			tick = nil
			b.flush()
		}
	}
}

func (s *stream) Close() error {
	s.once.Do(func() {
		s.mu.Lock()
		s.closed = true
		close(s.queue)
		s.mu.Unlock()
		// A terminal that was stopped must not hold up the end of the daemon.
		select {
		case <-s.done:
		case <-time.After(drainTime):
		}
	})
	return nil
}

// lineBuffer collects lines and writes them; a write that fails loses the lines that it
// did not write whole, and the next one that succeeds says how many.
type lineBuffer struct {
	w     io.Writer
	lost  func() int
	note  func(lost int) string
	lines int
	text  []byte
	owed  int
	torn  bool // the last thing written is a part of a line
}

const bufferSize = 64 << 10

func textNote(lost int) string {
	return fmt.Sprintf("%s: %d log lines lost: they could not be written\n", time.Now().Format(time.ANSIC), lost)
}

func jsonNote(lost int) string {
	return fmt.Sprintf("{\"time\":%q,\"level\":\"warn\",\"msg\":\"%d log lines lost: they could not be written\"}\n",
		time.Now().Format(time.RFC3339Nano), lost)
}

func (b *lineBuffer) add(line string) {
	b.text = append(b.text, line...)
	b.lines++
	// Without flush, or in a burst: memory is bounded even if nothing asks for a write.
	if len(b.text) >= bufferSize {
		b.flush()
	}
}

func (b *lineBuffer) flush() {
	b.owed += b.lost()
	// First: the lines that were lost came before those that wait here.
	if b.owed > 0 && b.write([]byte(b.note(b.owed))) == 1 {
		b.owed = 0
	}
	if len(b.text) == 0 {
		return
	}
	b.owed += b.lines - b.write(b.text)
	b.text, b.lines = b.text[:0], 0
}

// write writes lines and gives the number of those that were written whole. What follows
// a part of a line begins on a line of its own.
func (b *lineBuffer) write(lines []byte) (whole int) {
	if b.torn {
		// A disk that was full in the middle of a line has left a part of it there.
		if _, err := b.w.Write([]byte{'\n'}); err != nil {
			return 0
		}
		b.torn = false
	}
	n, err := b.w.Write(lines)
	if err == nil {
		n = len(lines) // whatever it says
	}
	written := lines[:min(max(n, 0), len(lines))]
	if len(written) > 0 {
		b.torn = written[len(written)-1] != '\n'
	}
	return bytes.Count(written, []byte{'\n'})
}

// keepOpen is stderr: others still write to it after the log was closed.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// rotatedFile is a log file that is opened anew when it was moved away.
type rotatedFile struct {
	path    string
	f       *os.File
	checked time.Time
}

func openFile(path string) (*rotatedFile, error) {
	r := &rotatedFile{path: path}
	return r, r.open()
}

func (r *rotatedFile) open() error {
	// NOFOLLOW, because the default file is in /tmp, where anybody may have put a link.
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return fmt.Errorf("open log file %s: %v", r.path, err)
	}
	if r.f != nil {
		_ = r.f.Close()
	}
	r.f = f
	return nil
}

func (r *rotatedFile) Write(p []byte) (int, error) {
	// Asked when there is something to write, at most once a second: logrotate needs neither a signal
	// nor a copy, and a quiet daemon does nothing.
	if now := time.Now(); now.Sub(r.checked) > time.Second {
		r.checked = now
		at, err1 := os.Stat(r.path)
		have, err2 := r.f.Stat()
		if err1 != nil || err2 != nil || !os.SameFile(at, have) {
			_ = r.open() // the old one serves until a new one can be made
		}
	}
	return r.f.Write(p)
}

func (r *rotatedFile) Close() error { return r.f.Close() }
