package super

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/netspace"
)

// A reload can be asked for on a socket instead of by SIGHUP, which tells nothing about
// what became of it: whoever connects says in one line what is wanted, and gets one line when it
// is over, "ok" or the reason of the refusal. The socket is in the abstract namespace, where
// nothing is left behind and no file system can be full or read-only; who asks must be root or
// the user of the daemon.

// A request is somebody who waits for the answer.
type request struct {
	answer     func(text string) // is called once, and does not wait for long
	allowEmpty bool              // a configuration with nothing to run is meant
	wish       *wish             // an upgrade; nil for a reload
	conn       *net.UnixConn     // of whoever asks for an upgrade; nil = nobody who could be told by another program
}

// What is asked for.
const (
	askReload     = "reload"
	askAllowEmpty = "reload allow-empty"
	// Behind these is the path of the program, if it is another one than the daemon was started from.
	askUpgrade = "upgrade"
	askCheck   = "upgrade-check"
)

// askTime is how long the daemon waits for the line that says what is wanted: the one who
// connected has it ready. Without one a reload is meant, as it always was.
const askTime = time.Second

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
		s.o.Log.Warn(fmt.Sprintf("holdfast reload will get no answer from this daemon: %v", err))
		return func() {}
	}
	go func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				return
			}
			// Whoever could signal the daemon may ask it, and nobody else.
			if who, err := peer(c); err != nil || who.Uid != 0 && int(who.Uid) != os.Geteuid() {
				_ = c.Close()
				continue
			}
			go s.take(c)
		}
	}()
	return func() { _ = l.Close() }
}

// take reads what is wanted.
func (s *Supervisor) take(c net.Conn) {
	_ = c.SetReadDeadline(time.Now().Add(askTime))
	// Whatever goes wrong, what was read counts: nothing at all is a reload, as it always was.
	line, _ := bufio.NewReader(io.LimitReader(c, 8<<10)).ReadString('\n')
	r := answerOf(c)
	line = strings.TrimSuffix(line, "\n")
	what, path, _ := strings.Cut(line, " ")
	switch {
	case line == "" || line == askReload:
	case line == askAllowEmpty:
		r.allowEmpty = true
	case what == askUpgrade || what == askCheck:
		r.wish = &wish{path: path, check: what == askCheck}
	default:
		r.answer("this daemon does not know the request; it is of another version than the command")
		return
	}
	s.deliver(r)
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
	for _, r := range s.waiting {
		r.answer(text)
	}
	s.waiting = nil
}

func answerTo(c net.Conn, text string) {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // an empty buffer takes a line at once
	_, _ = io.WriteString(c, text+"\n")
	_ = c.Close()
}

// Reload has the configuration read again and waits until that is over. It gives the reason if the reload was
// refused.
func (s *Supervisor) Reload(ctx context.Context, allowEmpty bool) (refused string, err error) {
	answer := make(chan string, 1)
	s.deliver(request{answer: func(text string) { answer <- text }, allowEmpty: allowEmpty})
	select {
	case text := <-answer:
		if text == answerDone {
			return "", nil
		}
		return text, nil
	case <-s.done:
		return answerStopping, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// dismiss sends all away because there will be no reload any more.
func (s *Supervisor) dismiss() {
	s.waiting, s.asked = append(s.waiting, s.asked...), nil
	s.answer(answerStopping)
}

// ErrNotListening says that the daemon cannot be asked; a signal does it then.
var ErrNotListening = errors.New("no answer")

// dial connects to the daemon where it listens: the abstract names of sockets are those of a network namespace.
func (d *Daemon) dial() (*net.UnixConn, error) {
	space, err := netspace.Of(d.PID)
	if err != nil {
		return nil, err
	}
	defer space.Close()
	var c *net.UnixConn
	dial := func() (err error) {
		c, err = net.DialUnix("unix", nil, askAddress(d.inner))
		return err
	}
	// Most are where we are, and going elsewhere takes rights.
	if err = dial(); err != nil {
		err = netspace.Do(space, dial)
	}
	return c, err
}

// AskReload asks a daemon for a reload and waits until it is over; with allowEmpty a
// configuration that has nothing to run is not refused for that. It gives the reason if the
// reload was refused, and ErrNotListening if there is no way to ask: the daemon is in another
// network namespace that the caller must not enter, or somebody else has taken the name of its socket.
func AskReload(d *Daemon, allowEmpty bool) (refused string, err error) {
	c, err := d.dial()
	if err != nil {
		return "", ErrNotListening
	}
	defer c.Close()
	// Anybody may take the name of a socket. In another PID namespace there may be another
	// daemon with that number.
	if who, err := peer(c); err != nil || int(who.Pid) != d.PID {
		return "", ErrNotListening
	}
	what := askReload
	if allowEmpty {
		what = askAllowEmpty
	}
	_, _ = io.WriteString(c, what+"\n") // the answer, or its absence, says whether it was taken
	answer, err := bufio.NewReader(c).ReadString('\n')
	switch line := strings.TrimSuffix(answer, "\n"); {
	case err != nil:
		return "", fmt.Errorf("process %d ended, or does not let this user ask", d.PID)
	case line == answerDone:
		return "", nil
	default:
		return line, nil
	}
}

// AskUpgrade asks a daemon to go on as another program, "" for the one it was started from, or only whether it could,
// and waits until that is over. It gives the version of that, or the reason why not.
func AskUpgrade(d *Daemon, program string, check bool) (version, refused string, err error) {
	c, err := d.dial()
	if err != nil {
		return "", "", fmt.Errorf("process %d cannot be asked: %w", d.PID, err)
	}
	defer c.Close()
	if who, err := peer(c); err != nil || int(who.Pid) != d.PID {
		return "", "", fmt.Errorf("somebody else answers for process %d", d.PID)
	}
	what := askUpgrade
	if check {
		what = askCheck
	}
	_, _ = io.WriteString(c, what+" "+program+"\n") // the answer, or its absence, says whether it was taken
	answer, err := bufio.NewReader(c).ReadString('\n')
	line := strings.TrimSuffix(answer, "\n")
	version, done := strings.CutPrefix(line, answerDone+" ")
	switch {
	case err != nil:
		return "", "", fmt.Errorf("process %d ended, or does not let this user ask", d.PID)
	case done:
		return version, "", nil
	}
	return "", line, nil
}
