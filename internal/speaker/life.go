package speaker

import (
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
	cmd   *exec.Cmd
	conn  net.Conn
	words chan talk.Word // closed when it says nothing any more
	ended chan struct{}  // closed when it has ended, with how in end
	end   string
}

// begin starts the program at path, in a network namespace unless that is nil.
func begin(path string, listens bool, space *os.File) (*life, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "speaker"), os.NewFile(uintptr(pair[1]), "checker")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, fmt.Errorf("use a pair of sockets: %w", err)
	}
	cmd, err := launch(path, theirs, listens, space)
	if err != nil {
		conn.Close()
		return nil, err
	}
	l := &life{cmd: cmd, conn: conn, words: make(chan talk.Word), ended: make(chan struct{})}
	go l.read()
	go func() {
		defer close(l.ended)
		l.end = "it has ended"
		if err := l.cmd.Wait(); err != nil {
			l.end = "it has ended: " + err.Error()
		}
	}()
	return l, nil
}

// launch starts it as nobody, or where that cannot be, as who this process is: then it gives its rights up itself.
func launch(path string, theirs *os.File, listens bool, space *os.File) (*exec.Cmd, error) {
	start := func(as *syscall.Credential, keep []uintptr) (*exec.Cmd, error) {
		cmd := exec.Command(path)
		cmd.Dir, cmd.Env, cmd.Stderr, cmd.ExtraFiles = "/", []string{}, os.Stderr, []*os.File{theirs}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as, AmbientCaps: keep}
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

// read passes on what it says, until there is nothing more or what cannot be read.
func (l *life) read() {
	defer close(l.words)
	r := talk.NewReader(l.conn)
	for {
		var w talk.Word
		if r.Read(&w) != nil {
			return
		}
		l.words <- w
	}
}

// tell writes an order.
func (l *life) tell(o *talk.Order) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	return talk.Write(l.conn, o)
}

// finish closes the pair, at which the program closes its sessions and ends, and kills it when it has not within wait.
// It says how it ended.
func (l *life) finish(wait time.Duration) string {
	l.conn.Close()
	go func() {
		for range l.words { // nobody listens any more
		}
	}()
	if wait > 0 {
		select {
		case <-l.ended:
			return l.end
		case <-time.After(wait):
		}
	}
	_ = l.cmd.Process.Kill() // it may have ended by itself now
	<-l.ended
	return l.end
}
