package super

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/metric"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/state"
)

// phase of a child's life.
type phase uint8

const (
	phaseStarting phase = iota // was sent its first configuration
	phaseRunning               // has committed one
	phaseStopping              // was told to stop
)

// child is one role process.
type child struct {
	role       role.Role
	pid        int
	phase      phase
	generation uint64 // of the configuration it was sent last
	started    time.Time
	out        *outbox
	process    *os.Process
	ledger     *runas.Ledger // of its scripts
	ends       ends
	over       chan struct{} // closed when it has ended
	lastWords  *message      // kindFailed
	commits    bool          // it was told to switch to a configuration
	clears     bool          // it only takes away what others have left
	released   bool          // it has given everything back and only sends mail
	unwritten  bool          // its pid file does not say its number yet
	told       [state.Questions]told
	metrics    metric.Receiver
}

// events a child causes.
type (
	childMessage struct {
		c *child
		m message
	}
	childExit struct {
		c     *child
		state *os.ProcessState
	}
	childCrash struct {
		c    *child
		line string
	}
)

// maxCrashLines is how much of a Go stack dump goes into the log.
const maxCrashLines = 100

// spawn starts a role process. It must be called on the thread that lives as long as the
// supervisor, because PDEATHSIG follows the thread.
func spawn(o Options, r role.Role, deliver func(any)) (*child, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	hand, handed, err := socketPair()
	if err != nil {
		return nil, errors.Join(err, ours.Close(), theirs.Close())
	}
	crashR, crashW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, ours.Close(), theirs.Close(), hand.Close(), handed.Close())
	}
	ledger, scripts, err := runas.NewLedger()
	if err != nil {
		o.Log.Warn(err.Error()) // without it, scripts of a role that is killed may live on
	}
	// argv[0] is the name of the role's process: by it the process knows which role it has.
	// When the supervisor is gone TERM has it give everything back (cli 4.2).
	cmd := &exec.Cmd{
		Path:   o.Executable,
		Args:   append([]string{r.Process}, o.Args...),
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Env:    o.Place.environ(ipvsFD),
		// controlFD, crashFD, ledgerFD, ipvsFD, handFD
		ExtraFiles:  []*os.File{theirs, crashW, scripts, o.Place.IPVS, handed},
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM},
	}
	err = cmd.Start()
	// The child has them now. While one of them is open here, the end of the child is not seen.
	_ = theirs.Close()
	_ = crashW.Close()
	_ = handed.Close()
	e := ends{control: ours, crash: crashR, scripts: scripts, hand: hand}
	if err != nil {
		e.close()
		return nil, errors.Join(fmt.Errorf("start %s: %v", r.Process, err), crashR.Close(), ledger.Close())
	}
	c := &child{
		role: r, pid: cmd.Process.Pid, started: time.Now(), out: newOutbox(ours), process: cmd.Process, ledger: ledger,
		ends: e, over: make(chan struct{}),
	}
	c.watch(cmd, crashR, deliver)
	return c, nil
}

// watch delivers what the process says, and its end.
func (c *child) watch(cmd *exec.Cmd, crash *os.File, deliver func(any)) {
	reads := make(chan struct{}, 2) // one of each goroutine that reads has ended
	go func() {
		readAll(c, c.ends.control, deliver)
		reads <- struct{}{}
	}()
	go func() {
		readCrash(c, crash, deliver)
		reads <- struct{}{}
	}()
	go func() {
		_ = cmd.Wait()
		close(c.over)
		// Before the loop hears of its end: the scripts of a next process stand in another ledger, but
		// may be about the same things.
		c.ledger.Kill() // the groups of scripts that a role leaves when it is killed
		_ = c.ledger.Close()
		<-reads // what it said last comes before the news of its end
		<-reads
		c.out.close()
		c.ends.close()
		deliver(childExit{c, cmd.ProcessState})
	}()
}

func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make control socket: %v", err)
	}
	// Of our end only: then the runtime polls it, and closing it ends a Read or Write that waits. The
	// child does the same with its own.
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, fmt.Errorf("make control socket: %v", err)
	}
	return os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control"), nil
}

func readAll(c *child, f *os.File, deliver func(any)) {
	var room []byte
	for {
		m, used, err := readMessageInto(room, f)
		if err != nil {
			return
		}
		// Who is asked all the time says about as much each time, but for the first one.
		if room = nil; m.Kind == kindState && cap(used) <= min(mostRoom, 4*len(used)) {
			room = used
		}
		deliver(childMessage{c, m})
	}
}

// mostRoom is how much is kept for the next message of a process, in bytes.
const mostRoom = 256 << 10

func readCrash(c *child, f *os.File, deliver func(any)) {
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		// Read to the end beyond the limit: a full pipe would keep the process from dying.
		if n < maxCrashLines {
			deliver(childCrash{c, lines.Text()})
		}
	}
}

// prepare sends the child a configuration to get ready for; again if it takes the place of a process that has died.
func (c *child) prepare(l loaded, again bool) { c.ready(l, again, false) }

// ready is prepare for one that may succeed a process that lives.
func (c *child) ready(l loaded, again, succeeds bool) {
	c.generation = l.generation
	c.out.send(message{Kind: kindPrepare, Generation: l.generation, Again: again, Succeeds: succeeds,
		Config: c.role.Work.Part(l.config)})
}

// stop asks the child to give everything back and exit.
func (c *child) stop() {
	c.phase = phaseStopping
	c.out.send(message{Kind: kindStop})
	_ = c.process.Signal(syscall.SIGTERM) // the message waits behind a large configuration that it may not be reading
}

func (c *child) kill() { _ = c.process.Kill() }
