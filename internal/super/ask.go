package super

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A reload can be asked for on a socket instead of by SIGHUP, which tells nothing about
// what became of it: whoever connects gets one line when it is over, "ok" or
// the reason of the refusal. The socket is in the abstract namespace, where nothing is
// left behind and no file system can be full or read-only; who asks must be root or the
// user of the daemon.

// reloadAsked is a connection that waits for the answer.
type reloadAsked struct{ conn net.Conn }

const (
	answerDone     = "ok"
	answerStopping = "the daemon is stopping"
)

func askAddress(pid int) *net.UnixAddr {
	return &net.UnixAddr{Name: fmt.Sprintf("@holdfast-reload-%d", pid), Net: "unix"}
}

// listen takes requests for reloads until the function it returns is called.
func (s *Supervisor) listen() (stop func()) {
	l, err := net.ListenUnix("unix", askAddress(os.Getpid()))
	if err != nil {
		s.o.Log.Debug(fmt.Sprintf("no reload by command: %v", err))
		return func() {}
	}
	go func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				return
			}
			if who, err := peer(c); err != nil || who.Uid != 0 && int(who.Uid) != os.Geteuid() {
				_ = c.Close()
				continue
			}
			s.deliver(reloadAsked{c})
		}
	}()
	return func() { _ = l.Close() }
}

// peer tells who is at the other end.
func peer(c *net.UnixConn) (*unix.Ucred, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var who *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return nil, err
	}
	return who, failed
}

// answer tells those who wait for the reload that is over how it ended.
func (s *Supervisor) answer(text string) {
	for _, c := range s.waiting {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // an empty buffer takes a line at once
		_, _ = io.WriteString(c, text+"\n")
		_ = c.Close()
	}
	s.waiting = nil
}

// dismiss sends all away because there will be no reload any more.
func (s *Supervisor) dismiss() {
	s.waiting, s.asked = append(s.waiting, s.asked...), nil
	s.answer(answerStopping)
}

// ErrNotListening says that the process cannot be asked; a signal does it then.
var ErrNotListening = errors.New("no answer")

// AskReload asks the daemon with this process id for a reload and waits until it is over. It
// gives the reason if it was refused, and ErrNotListening if pid is no daemon that
// answers.
func AskReload(pid int) (refused string, err error) {
	c, err := net.DialUnix("unix", nil, askAddress(pid))
	if err != nil {
		return "", ErrNotListening
	}
	defer c.Close()
	// In another PID namespace there may be another with that number.
	if who, err := peer(c); err != nil || int(who.Pid) != pid {
		return "", ErrNotListening
	}
	b, err := io.ReadAll(c)
	if err != nil {
		return "", fmt.Errorf("wait for the reload of process %d: %w", pid, err)
	}
	switch line := strings.TrimSuffix(string(b), "\n"); line {
	case "":
		return "", fmt.Errorf("process %d ended, or does not let this user ask", pid)
	case answerDone:
		return "", nil
	default:
		return line, nil
	}
}
