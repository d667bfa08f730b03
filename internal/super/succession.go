package super

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/news"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/state"
)

// This file is how a supervisor becomes another program: it executes that in its own place, with everything it has
// open and a note of what is what. So the process stays the same one, for its children, for systemd, and for the lock
// of its pid file; and it can go back.

// successionEnv names the descriptor of the note.
const successionEnv = "HOLDFAST_SUCCESSION"

// A Succession is that note. The numbers of descriptors are those of the process, -1 for none.
type Succession struct {
	Form       int
	Version    string // of the program that has written it
	Generation uint64
	Born       time.Time
	Reloads    state.Config
	Queued     bool  // a reload is wanted
	At         int64 // when it was written, as in packed
	Children   []Inherited
	News       []InheritedNews
	Events     []state.Event
	Lock       int              // the pid file
	Asker      int              // whoever waits for the answer
	HTTP       bool             // in which he is answered
	Former     int              // the program of before
	Signals    []syscall.Signal // that ask for dumps which nobody has made yet
	// Back is why that goes on after all, "" on the way there.
	Back string

	inlets inlets // of signals, of this process; nil = not yet
}

// An Inherited is a process of a role.
type Inherited struct {
	Role                          role.Name
	PID                           int
	Started                       time.Time
	Control, Crash, Scripts, Hand int
}

// InheritedNews is what a role has told the others of a thing.
type InheritedNews struct {
	Teller  string
	Topic   news.Topic
	Name    string
	Version uint16
	State   []byte // in the form of the topic in that version
}

// StayOnMainThread keeps the calling goroutine, which has to be the main one at its beginning, on the first thread of
// a process that was executed in the place of another program. That is the thread which has started the role
// processes that are there, for the kernel: it ends them with it, also when another thread executes the program of
// before.
func StayOnMainThread() {
	if os.Getenv(successionEnv) != "" {
		runtime.LockOSThread()
	}
}

// InheritedSuccession is the note that this process was executed with, nil if it begins anew.
func InheritedSuccession() (*Succession, error) {
	text := os.Getenv(successionEnv)
	_ = os.Unsetenv(successionEnv)
	if text == "" {
		return nil, nil
	}
	fd, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", successionEnv, err)
	}
	f := os.NewFile(uintptr(fd), "succession")
	defer f.Close()
	_, _ = f.Seek(0, io.SeekStart)
	note, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read what the daemon hands over: %w", err)
	}
	n := &Succession{}
	if err := json.Unmarshal(note, n); err != nil {
		return nil, fmt.Errorf("read what the daemon hands over: %w", err)
	}
	fds := []int{n.Lock, n.Asker, n.Former}
	for _, c := range n.Children {
		fds = append(fds, c.Control, c.Crash, c.Scripts, c.Hand)
	}
	for _, fd := range fds {
		if fd >= 0 {
			syscall.CloseOnExec(fd) // no other program is to have it
		}
	}
	n.inlets = openInlets(watched()) // until there are some, TERM ends the daemon at once
	// The files of a keepalived that had died were for the first start.
	return n, nil
}

// PIDFile is the pid file, whose lock came with it.
func (n *Succession) PIDFile(path string) *PIDFile {
	return InheritPIDFile(path, os.NewFile(uintptr(n.Lock), path))
}

func inherited(fd int, name string) *os.File {
	if fd < 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), name)
}

// descriptors are those that outlive the exec.
type descriptors struct {
	all []int
	err error
}

// keep gives a descriptor of f that outlives the exec, -1 for no file.
func (d *descriptors) keep(f *os.File) int {
	if f == nil || d.err != nil {
		return -1
	}
	raw, err := f.SyscallConn()
	if err != nil {
		d.err = err
		return -1
	}
	fd := -1
	cerr := raw.Control(func(open uintptr) { fd, err = unix.FcntlInt(open, unix.F_DUPFD, 3) })
	if cerr != nil || err != nil {
		d.err = errors.Join(cerr, err)
		return -1
	}
	d.all = append(d.all, fd)
	return fd
}

func (d *descriptors) close() {
	for _, fd := range d.all {
		_ = unix.Close(fd)
	}
}

// become executes a program in the place of this one. It returns if that fails. Only the thread that has started the
// role processes may do it: they end with that.
func (s *Supervisor) become(program *os.File, n Succession, asker *os.File) error {
	if s.o.Succession != nil && unix.Gettid() != os.Getpid() {
		return errors.New("this is not the thread that has started the processes")
	}
	now, err := bootTime()
	if err != nil {
		return err
	}
	dumps, err := s.shutSignals()
	defer s.inlets.open()
	if err != nil {
		return err
	}
	if n.Signals = dumps; s.heir != nil {
		n.Signals = append(n.Signals, s.heir.later...)
	}
	var d descriptors
	defer d.close()
	former := s.former
	if former == nil { // on the way there: this one
		if former, err = os.Open("/proc/self/exe"); err != nil {
			return err
		}
		defer former.Close()
	}
	n.Former, n.Asker, n.At = d.keep(former), d.keep(asker), int64(now)
	s.write(&n, &d)
	next := d.keep(program)
	note, err := noteOf(n)
	if err != nil {
		return err
	}
	defer note.Close()
	noted := d.keep(note)
	if d.err != nil {
		return fmt.Errorf("keep what is open: %w", d.err)
	}
	ipvs := 0
	if s.o.Place.IPVS != nil {
		if ipvs = d.keep(s.o.Place.IPVS); d.err != nil {
			return fmt.Errorf("keep the IPVS namespace open: %w", d.err)
		}
	}
	env := append(s.o.Place.environ(ipvs), successionEnv+"="+strconv.Itoa(noted))
	if s.o.Systemd.addr != "" {
		env = append(env, "NOTIFY_SOCKET="+s.o.Systemd.addr)
	}
	// It closes on the exec by itself: the kernel has opened it by then.
	syscall.CloseOnExec(next)
	err = unix.Exec(fmt.Sprintf("/proc/self/fd/%d", next), os.Args, env)
	return fmt.Errorf("execute the program: %w", err)
}

// write writes down what goes on, and keeps what is open for that.
func (s *Supervisor) write(n *Succession, d *descriptors) {
	n.Form, n.Version, n.Generation = successionForm, s.o.Version, s.generation
	n.Born, n.Reloads, n.Queued = s.born, s.reloads, s.queued
	n.News, n.Events = newsOf(s.board.All()), s.history.Kept()
	n.Lock = -1
	if s.o.PIDFile != nil {
		n.Lock = d.keep(s.o.PIDFile.File())
	}
	for _, p := range s.processes() {
		n.Children = append(n.Children, Inherited{Role: p.role.Name, PID: p.pid, Started: p.started,
			Control: d.keep(p.ends.control), Crash: d.keep(p.ends.crash),
			Scripts: d.keep(p.ends.scripts), Hand: d.keep(p.ends.hand)})
	}
}

// shutSignals has signals do no harm while another program is executed, and gives those that ask for a dump and came
// before. HUP is not heard then: the other program reads the files anew. A signal that ends the daemon ends this
// process as it ends any, and its roles give back what they have; one that came before is the error.
func (s *Supervisor) shutSignals() (dumps []syscall.Signal, err error) {
	s.inlets.shut(s.final)
	for _, sig := range s.inlets.undelivered() {
		s.backlog = append(s.backlog, sig)
	}
	for range len(s.events) {
		s.backlog = append(s.backlog, <-s.events)
	}
	if s.stopping {
		return nil, errors.New("the daemon is stopping")
	}
	for _, e := range s.backlog {
		switch sig, is := e.(syscall.Signal); {
		case is && s.final(sig):
			return nil, errors.New("the daemon is told to stop")
		case is && asksForDump(sig):
			dumps = append(dumps, sig)
		}
	}
	return dumps, nil
}

// final reports whether a signal ends the daemon.
func (s *Supervisor) final(sig syscall.Signal) bool {
	return sig == syscall.SIGTERM || sig == syscall.SIGINT && !s.o.IgnoreINT
}

// newsOf is what of a board is noted: what roles have told. Overrides have a file of their own.
func newsOf(items []news.Item) (all []InheritedNews) {
	for _, it := range items {
		if it.Teller != overriderName {
			all = append(all, InheritedNews{it.Teller, it.Topic, it.Name, it.Version, []byte(it.State)})
		}
	}
	return all
}

// items are the news as they go on a board.
func (n *Succession) items() (all []news.Item) {
	for _, in := range n.News {
		all = append(all, news.Item{Key: news.Key{Teller: in.Teller, Topic: in.Topic, Name: in.Name},
			Version: in.Version, State: string(in.State)})
	}
	return all
}

// noteOf is an open file with the note.
func noteOf(n Succession) (*os.File, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("succession", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a note: %w", err)
	}
	f := os.NewFile(uintptr(fd), "succession")
	if _, err := f.Write(text); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("make a note: %w", err)
	}
	return f, nil
}

// A predecessor is a process of a role that another program has started: all that can be said to it is that it hands
// over, or that it ends.
type predecessor struct {
	role    role.Role
	pid     int
	started time.Time
	process *os.Process
	ends    ends
	replied chan struct{} // closed when it has answered that it stands still, or why not; nil = it was not asked
	orderly bool          // it has ended as it was told to
}

// stay has a process go on that was asked to hand over.
func (p *predecessor) stay() {
	if p.replied == nil {
		return
	}
	// First its answer: who asks next would take it for the one to that.
	select {
	case <-p.replied:
		_ = sayHand(p.ends.hand, handStay, Handover{}) // one that does not hear it is asked in vain, and killed then
	case <-time.After(standTime):
		_ = p.process.Kill() // it hangs
	}
	p.replied = nil
}

type predecessorGone struct{ p *predecessor }

// predecessorOf takes over a process of a role.
func (s *Supervisor) predecessorOf(r role.Role, in Inherited) (*predecessor, error) {
	process, err := os.FindProcess(in.PID)
	if err != nil {
		return nil, err
	}
	p := &predecessor{role: r, pid: in.PID, started: in.Started, process: process, ends: ends{
		control: inherited(in.Control, "control"), crash: inherited(in.Crash, "crash"),
		scripts: inherited(in.Scripts, "scripts"), hand: inherited(in.Hand, "hand"),
	}}
	if p.ends.hand == nil || p.ends.control == nil {
		return nil, errors.New("nobody can speak to it")
	}
	// What it says of itself is not understood any more; a socket that is full would hold it up.
	go func() { _, _ = io.Copy(io.Discard, p.ends.control) }()
	if p.ends.crash != nil {
		go readCrash(&child{pid: p.pid}, p.ends.crash, s.deliver)
	}
	var ledger *runas.Ledger
	if p.ends.scripts != nil {
		ledger, _ = runas.OpenLedger(p.ends.scripts) // without it, scripts of one that is killed may live on
	}
	go func() {
		state, err := process.Wait()
		p.orderly = err == nil && state.Success()
		ledger.Kill()
		_ = ledger.Close()
		p.ends.close()
		s.deliver(predecessorGone{p})
	}()
	return p, nil
}
