package logging

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"
)

// syslog writes datagrams to /dev/log as the C library does (RFC 3164 section 4.1
// without host name). It never waits: a full or missing socket costs lines, which are
// counted and reported once it takes lines again.
type syslog struct {
	path     string
	ident    string
	facility int

	mu   sync.Mutex
	fd   int // -1 = not connected
	lost int
}

// maxDatagram bounds a line so that the local socket takes it.
const maxDatagram = 8 << 10

func newSyslog(path, ident string, facility int) *syslog {
	if path == "" {
		path = "/dev/log"
	}
	return &syslog{path: path, ident: ident, facility: facility, fd: -1}
}

// severity of RFC 5424 table 2. Detail lines are informational as keepalived's are:
// who asks for them with -D finds them whatever syslog drops at debug level.
func severity(l zapcore.Level) int {
	switch {
	case l >= zapcore.ErrorLevel:
		return 3
	case l == zapcore.WarnLevel:
		return 4
	default:
		// informational, also of debug lines: see above.
		return 6
	}
}

func (s *syslog) frame(at time.Time, l zapcore.Level, line string) string {
	// `<30>Nov  9 10:00:00 Keepalived[42]: ...`: facility times eight and severity make the number.
	f := fmt.Sprintf("<%d>%s %s[%d]: %s", s.facility<<3|severity(l), at.Format(time.Stamp), s.ident, os.Getpid(), line)
	return f[:min(len(f), maxDatagram)]
}

func (s *syslog) Write(at time.Time, l zapcore.Level, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Until the note is taken nothing else is tried, so the gap is told where it is.
	if s.lost > 0 {
		note := fmt.Sprintf("%d log lines lost: syslog did not take them", s.lost)
		if s.send(s.frame(at, zapcore.WarnLevel, note)) != nil {
			s.lost++
			return
		}
		// Only after the note was taken: a number that was not told is not forgotten.
		s.lost = 0
	}
	if s.send(s.frame(at, l, line)) != nil {
		s.lost++
	}
}

// send writes one datagram, connecting anew when the other side was replaced.
func (s *syslog) send(f string) error {
	for attempt := 0; ; attempt++ {
		if s.fd < 0 {
			if err := s.connect(); err != nil {
				return err
			}
		}
		err := unix.Send(s.fd, []byte(f), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		// Once more on a new connection: syslogd was started again since. A full queue is none the
		// emptier for that.
		if err == nil || errors.Is(err, unix.EAGAIN) || attempt > 0 {
			return err
		}
		s.disconnect()
	}
}

func (s *syslog) connect() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	// Connected, and not SendTo with the name: who restarts syslogd makes a new socket of that
	// name, and the error on the old one tells.
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: s.path}); err != nil {
		_ = unix.Close(fd)
		return err
	}
	s.fd = fd
	return nil
}

func (s *syslog) disconnect() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd)
		s.fd = -1
	}
}

func (s *syslog) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect()
	return nil
}
