package runas

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Result says how a program ended.
type Result struct {
	// Exited is set when the program ended by itself with exit status Status.
	Exited bool
	Status int
	// Signal is what killed it when Exited is false.
	Signal syscall.Signal
	// TimedOut is set when it ended because Wait sent TERM or KILL after the
	// timeout.
	TimedOut bool
	// Err is set when it could not be waited for.
	Err error
}

// OK reports whether the program ended by itself with status 0.
func (r Result) OK() bool { return r.Err == nil && r.Exited && r.Status == 0 && !r.TimedOut }

// A Process is a started program. It costs the daemon no descriptor and no thread.
type Process struct {
	pid   int
	entry int // in the ledger
	// cannotKill is called once, when the kernel does not let us end it.
	cannotKill func(pid int)

	ended  chan struct{} // closed when result is there
	result Result

	mu     sync.Mutex
	reaped bool // its number may be somebody else's
	ending bool // it was sent TERM or KILL
}

// Pid is the process id, which is also its process group and session.
func (p *Process) Pid() int { return p.pid }

// deathSignal is what a program gets when the process that started it dies without
// having ended it.
const deathSignal = syscall.SIGKILL

// Start starts p with extra arguments appended: in a session and process group of its
// own, with /dev/null on the standard descriptors and nothing else open, without the
// variables that are not its business, as its identity. It dies with this process.
// Whoever starts a Process must Wait for it.
func (r *Runner) Start(p Program, extra ...string) (*Process, error) {
	if !p.IsSet() {
		return nil, errors.New("start: no program")
	}
	proc, err := r.start(p, extra)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Path, err)
	}
	return proc, nil
}

func (r *Runner) start(p Program, extra []string) (*Process, error) {
	now, err := stand()
	if err != nil {
		return nil, err
	}
	become, err := now.become(p.Identity)
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{
		Env:   environment(os.Environ()),
		Files: []uintptr{null.Fd(), null.Fd(), null.Fd()},
		// A session of its own has no terminal: that of the daemon is not for scripts of others.
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: deathSignal},
	}
	path, argv := p.Path, append(append([]string(nil), p.Argv...), extra...)
	if p.Shell {
		path, argv = "/bin/sh", append([]string{"sh", p.Path}, argv[1:]...)
	}
	if needsHelper() {
		path, argv = helper(path, argv, become)
	} else {
		attr.Sys.Credential = become
	}
	proc := &Process{ended: make(chan struct{}), cannotKill: func(pid int) {
		r.log.Error(fmt.Sprintf("script %s (process group %d) cannot be ended: needs CAP_KILL", p.Path, pid))
	}}
	return proc, r.keep(proc, func() (int, error) {
		pid, _, err := syscall.StartProcess(path, argv, attr)
		return pid, err
	})
}

// The pauses between signals to a program that overstays.
const (
	killAfter  = 2 * time.Second
	killRepeat = 10 * time.Second
)

// Wait waits until the program has ended. After timeout (0 = none) its process
// group gets TERM, 2 s later KILL, again after 2 s, then every 10 s. When ctx ends the
// same begins at once.
func (p *Process) Wait(ctx context.Context, timeout time.Duration) Result {
	var late <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		late = t.C
	}
	timedOut := false
	select {
	case <-p.ended:
		return p.result
	case <-ctx.Done():
	case <-late:
		timedOut = true
	}
	p.signal(syscall.SIGTERM)
	pause := killAfter
	for round := 0; !p.within(pause); round++ {
		p.signal(syscall.SIGKILL)
		if round > 0 {
			pause = killRepeat
		}
	}
	r := p.result
	r.TimedOut = timedOut
	return r
}

// within reports whether the program has ended before d is over.
func (p *Process) within(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.ended:
		return true
	case <-t.C:
	}
	select { // both may have been so
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal sends TERM or KILL to the process group, unless the program has ended.
func (p *Process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	first := !p.ending
	p.ending = true
	if err := syscall.Kill(-p.pid, sig); err == unix.EPERM && first {
		p.cannotKill(p.pid)
	}
}

// reap takes the exit status if the program has ended. What a program that was told to
// end has left of its group goes with it: until the status is taken, nobody else can
// have the number of the group.
func (p *Process) reap() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if exited, err := hasExited(p.pid); err == nil && !exited {
		return false
	}
	if p.ending {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	}
	p.result = wait4(p.pid)
	p.reaped = true
	close(p.ended)
	return true
}

func wait4(pid int) Result {
	var ws syscall.WaitStatus
	for {
		_, err := syscall.Wait4(pid, &ws, 0, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return Result{Err: fmt.Errorf("wait for process %d: %v", pid, err)}
		case ws.Exited():
			return Result{Exited: true, Status: ws.ExitStatus()}
		}
		return Result{Signal: ws.Signal()}
	}
}
