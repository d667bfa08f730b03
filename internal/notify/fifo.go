package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/runas"
)

// fifo is one open named pipe. It is opened for reading as well, so that writing never
// fails for want of a reader, and non-blocking, so that a reader that does not read
// costs lines and no time (cli 9.7).
type fifo struct {
	path    string
	fd      int // -1 = not open
	owner   runas.Identity
	created bool
	full    bool // the last line did not fit; said so already
	tally   *tally
	log     *zap.Logger
}

// openFIFOs makes the FIFOs of this role be open and their readers run. One that was
// open and is wanted as it was stays so: its readers miss nothing and need not open it
// again.
func (n *Notifier) openFIFOs(c *config.Config) {
	old := map[string]*fifo{}
	for _, f := range n.fifos {
		old[f.path] = f
	}
	n.fifos = nil
	// notify_fifo and vrrp_notify_fifo may name the same pipe: then it gets each line once.
	wanted := map[string]bool{}
	for _, cfg := range n.fifoConfigs(c.Global) {
		if cfg.Path == "" || wanted[cfg.Path] {
			continue
		}
		// Before it is opened: one that cannot be opened now is not removed for that.
		wanted[cfg.Path] = true
		f, err := n.openFIFO(old[cfg.Path], cfg)
		if err != nil {
			n.opt.Log.Error(err.Error())
			continue
		}
		if f == old[cfg.Path] {
			delete(old, cfg.Path)
		}
		n.fifos = append(n.fifos, f)
	}
	for path, f := range old {
		f.close() // readers see the end of the file
		if !wanted[path] {
			f.remove()
		}
	}
	n.runReaders(c)
}

// fifoConfigs are the FIFOs that this role writes to, in order.
func (n *Notifier) fifoConfigs(g config.Global) []config.FIFO {
	if n.opt.Role.Notify.FIFO == nil {
		return nil
	}
	return []config.FIFO{g.NotifyFIFO, n.opt.Role.Notify.FIFO(g)}
}

// openFIFO gives the FIFO that cfg wants: old (may be nil) if it is that one still.
func (n *Notifier) openFIFO(old *fifo, cfg config.FIFO) (*fifo, error) {
	owner := runas.Identity{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	if cfg.User != "" {
		id, err := n.opt.Runner.Identify(config.Command{Argv: []string{cfg.Path}, User: cfg.User, Group: cfg.Group}, "FIFO")
		if err != nil {
			return nil, fmt.Errorf("notify FIFO %s: %v", cfg.Path, err)
		}
		owner = id
	}
	if old.serves(owner) {
		return old, nil
	}
	f := &fifo{path: cfg.Path, fd: -1, owner: owner, created: old != nil && old.created, log: n.opt.Log,
		tally: &n.tally}
	return f, f.open()
}

// serves reports whether f is open for this owner, and is what its name leads to.
func (f *fifo) serves(owner runas.Identity) bool {
	// Somebody may have removed the pipe and made it again: then readers open another than ours.
	var open, named unix.Stat_t
	return f != nil && f.fd >= 0 && f.owner.UID == owner.UID && f.owner.GID == owner.GID &&
		unix.Fstat(f.fd, &open) == nil && unix.Lstat(f.path, &named) == nil &&
		open.Dev == named.Dev && open.Ino == named.Ino
}

// open makes the FIFO if it is missing and opens it. Something else of that name, or a
// FIFO of a stranger, is refused.
func (f *fifo) open() error {
	switch err := unix.Mkfifo(f.path, 0o644); {
	case err == nil:
		f.created = true
	case !errors.Is(err, unix.EEXIST):
		return fmt.Errorf("create notify FIFO %s: %v", f.path, err)
	}
	// Looked at after it is open, by its descriptor: what a name leads to may change in between.
	fd, err := unix.Open(f.path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open notify FIFO %s: %v", f.path, err)
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	switch {
	case err != nil:
	case st.Mode&unix.S_IFMT != unix.S_IFIFO:
		err = errors.New("it exists and is not a FIFO")
	case st.Uid != f.owner.UID && int(st.Uid) != os.Geteuid():
		err = fmt.Errorf("it exists and belongs to user %d", st.Uid)
	case f.created && (st.Uid != f.owner.UID || st.Gid != f.owner.GID):
		f.give(fd)
	}
	if err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("open notify FIFO %s: %v", f.path, err)
	}
	f.fd = fd
	return nil
}

// give makes the FIFO that of its owner. A daemon that cannot do that writes to it all
// the same: who may read it is told by the line.
func (f *fifo) give(fd int) {
	err := unix.Fchown(fd, int(f.owner.UID), int(f.owner.GID))
	switch {
	case err == nil:
	case errors.Is(err, unix.EPERM):
		f.log.Error(fmt.Sprintf("notify FIFO %s stays with user %d: to give it to %v needs CAP_CHOWN",
			f.path, os.Geteuid(), f.owner))
	default:
		f.log.Error(fmt.Sprintf("notify FIFO %s stays with user %d: give it to %v: %v", f.path, os.Geteuid(), f.owner, err))
	}
}

func (n *Notifier) writeFIFOs(line string) {
	for _, f := range n.fifos {
		f.write(line)
	}
}

// write writes one line in one piece or not at all: lines are far shorter than PIPE_BUF.
func (f *fifo) write(line string) {
	if f.fd < 0 {
		return
	}
	_, err := unix.Write(f.fd, []byte(line+"\n"))
	if err == nil {
		f.full = false
		f.tally.lines.Add(1)
		return
	}
	f.tally.linesFailed.Add(1)
	// Once for each time that a reader falls behind, and not once for each line.
	if !f.full {
		f.full = true
		f.log.Warn(fmt.Sprintf("notify FIFO %s does not take lines, they are lost: %v", f.path, err))
	}
}

func (f *fifo) close() {
	if f.fd >= 0 {
		_ = unix.Close(f.fd)
		f.fd = -1
	}
}

// remove deletes the FIFO if we made it.
func (f *fifo) remove() {
	var st unix.Stat_t
	if f.created && unix.Lstat(f.path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO {
		_ = os.Remove(f.path)
	}
}

// reader is a FIFO script that is kept running.
type reader struct {
	path   string
	key    string // of program and path: a reload that changes it starts another
	cancel context.CancelFunc
	eof    chan struct{} // closed: do not start again
	done   chan struct{}
}

// quickDeath is how long a reader must live to be started again at once.
const quickDeath = time.Second

// runReaders makes the FIFO scripts of this role run.
func (n *Notifier) runReaders(c *config.Config) {
	wanted := map[string]bool{}
	for i, cfg := range n.fifoConfigs(c.Global) {
		general := i == 0 // notify_fifo: one reader for all roles (cli 9.7)
		if cfg.Path == "" || !cfg.Script.IsSet() || general && n.opt.Roles.Reader(c) != n.opt.Role.Name {
			continue
		}
		p := n.program(cfg.Script, "fifo script")
		if p == nil {
			continue
		}
		key := fmt.Sprintf("%s %q %v", p.Path, p.Argv, p.Identity)
		wanted[cfg.Path] = true
		if r := n.readers[cfg.Path]; r != nil {
			// A reload that leaves the script as it was leaves its process alone, too.
			if r.key == key {
				continue
			}
			r.cancel()
		}
		n.readers[cfg.Path] = n.startReader(*p, cfg.Path, key)
	}
	for path, r := range n.readers {
		if !wanted[path] {
			r.cancel()
			delete(n.readers, path)
		}
	}
}

func (n *Notifier) startReader(p runas.Program, path, key string) *reader {
	ctx, cancel := context.WithCancel(context.Background())
	r := &reader{path: path, key: key, cancel: cancel, eof: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.run(ctx, n.opt, p)
	}()
	return r
}

func (r *reader) run(ctx context.Context, o Options, p runas.Program) {
	for {
		// A script that dies at once is started once a second, and not as fast as the host can.
		began := time.Now()
		proc, err := o.Runner.Start(p, r.path)
		if err != nil {
			o.Log.Warn(fmt.Sprintf("fifo script %s cannot be run: %v", p.Path, err))
		} else {
			proc.Wait(ctx, 0)
		}
		pause := time.Duration(0)
		if time.Since(began) < quickDeath {
			pause = quickDeath
		}
		select {
		case <-ctx.Done():
			return
		case <-r.eof:
			return
		case <-time.After(pause):
		}
	}
}

// finish lets a reader that has met the end of its file end by itself for a moment, then
// ends it.
func (r *reader) finish(ctx context.Context, patience time.Duration) {
	close(r.eof)
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-r.done:
	case <-t.C:
	case <-ctx.Done():
	}
	r.cancel() // TERM to its group
	select {
	case <-r.done:
	case <-time.After(patience):
	}
}
