package speaker

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/netspace"
	"holdfast/internal/speaker/talk"
)

// nobody is who the program runs as, where it can be made to: it needs no rights.
const nobody = 65534

// writeTime is how long an order may take to be written: the program reads all the time.
const writeTime = 2 * time.Second

// life is a program that runs.
type life struct {
	of     purpose
	file   file // that it was started from
	conn   *net.UnixConn
	lines  *talk.Reader
	words  chan talk.Word // closed when it says nothing any more
	paused chan struct{}  // nobody reads what it says
	left   chan struct{}  // closed when nobody listens any more
	handle int            // of the process, for whoever has not started it; -1 = none
	cmd    *exec.Cmd      // nil in a process that has not started it
	ended  chan struct{}  // closed when it has ended, with how in end
	end    string
}

// begin starts the program at path, in a network namespace unless that is nil.
func begin(path string, of purpose, space *os.File) (*life, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "checker")
	defer theirs.Close()
	conn, err := connOf(pair[0])
	if err != nil {
		return nil, err
	}
	l := newLife(of, conn, talk.NewReader(conn))
	l.file = fileAt(path)
	if l.cmd, err = l.launch(path, theirs, of.Listens, space); err != nil {
		conn.Close()
		return nil, err
	}
	go l.read()
	go func() {
		defer close(l.ended)
		l.end = hasEnded
		if err := l.cmd.Wait(); err != nil {
			l.end += ": " + err.Error()
		}
	}()
	return l, nil
}

const hasEnded = "it has ended"

func newLife(of purpose, conn *net.UnixConn, lines *talk.Reader) *life {
	return &life{of: of, conn: conn, lines: lines, words: make(chan talk.Word), paused: make(chan struct{}),
		left: make(chan struct{}), handle: -1, ended: make(chan struct{})}
}

// connOf makes a connection of our end of the pair, whose descriptor is closed.
func connOf(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "speaker")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("use a pair of sockets: %w", err)
	}
	conn, is := c.(*net.UnixConn)
	if !is {
		c.Close()
		return nil, errors.New("use a pair of sockets: it is none")
	}
	return conn, nil
}

// launch starts it as nobody, or where that cannot be, as who this process is: then it gives its rights up itself.
func (l *life) launch(path string, theirs *os.File, listens bool, space *os.File) (*exec.Cmd, error) {
	start := func(as *syscall.Credential, keep []uintptr) (*exec.Cmd, error) {
		cmd := exec.Command(path)
		cmd.Dir, cmd.Env, cmd.Stderr, cmd.ExtraFiles = "/", []string{}, os.Stderr, []*os.File{theirs}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as, AmbientCaps: keep, PidFD: &l.handle}
		if space == nil {
			return cmd, cmd.Start()
		}
		return cmd, netspace.Do(space, cmd.Start)
	}
	if os.Geteuid() == 0 {
		var keep []uintptr
		if listens {
			keep = []uintptr{unix.CAP_NET_BIND_SERVICE}
		}
		if cmd, err := start(&syscall.Credential{Uid: nobody, Gid: nobody}, keep); err == nil {
			return cmd, nil
		}
	}
	return start(nil, nil)
}

// read passes on what it says, until there is nothing more, or what cannot be read, or it is to pause.
func (l *life) read() {
	for {
		var w talk.Word
		err := l.lines.Read(&w)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			l.paused <- struct{}{}
			return
		case err != nil:
			close(l.words)
			return
		}
		select {
		case l.words <- w:
		case <-l.left:
			return
		}
	}
}

// pause has nobody read any more, and gives what was said until then. It reports whether the program runs.
func (l *life) pause() (heard []talk.Word, runs bool) {
	if l.conn.SetReadDeadline(time.Now()) != nil {
		return nil, false
	}
	for {
		select {
		case w, more := <-l.words:
			if !more {
				return heard, false
			}
			heard = append(heard, w)
		case <-l.paused:
			return heard, l.conn.SetReadDeadline(time.Time{}) == nil
		}
	}
}

// goOn begins to read what it says, and to say something: whoever did before may have been interrupted.
func (l *life) goOn() error {
	go l.read()
	return l.write([]byte("\n"))
}

// tell writes an order.
func (l *life) tell(o *talk.Order) error {
	var line bytes.Buffer
	if err := talk.Write(&line, o); err != nil {
		return err
	}
	return l.write(line.Bytes())
}

func (l *life) write(b []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := l.conn.Write(b)
	return err
}

// finish closes the pair, at which the program closes its sessions and ends, and kills it when it has not within wait.
// It says how it ended.
func (l *life) finish(wait time.Duration) string {
	l.conn.Close()
	close(l.left)
	if l.cmd == nil {
		go l.await()
	}
	if wait > 0 {
		select {
		case <-l.ended:
			return l.end
		case <-time.After(wait):
		}
	}
	l.kill()
	<-l.ended
	return l.end
}

// kill ends the process, which may have ended by itself.
func (l *life) kill() {
	switch {
	case l.cmd != nil:
		_ = l.cmd.Process.Kill()
	case l.handle >= 0:
		_ = unix.PidfdSendSignal(l.handle, unix.SIGKILL, nil, 0)
	}
}

// await waits for the end of a process that another one has started.
func (l *life) await() {
	defer close(l.ended)
	l.end = hasEnded
	if l.handle < 0 {
		return // an old kernel: that the pair is closed has to do
	}
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(l.handle), Events: unix.POLLIN}}, -1)
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// close lets go of what belongs to a program that has ended.
func (l *life) close() {
	if l.handle >= 0 {
		_ = unix.Close(l.handle)
		l.handle = -1
	}
}
