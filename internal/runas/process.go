package runas

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
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

// OK tells whether the program ended by itself with status 0.
func (r Result) OK() bool { return r.Err == nil && r.Exited && r.Status == 0 && !r.TimedOut }

// A Process is a started program.
type Process struct {
	pid int
	fd  *os.File // a pidfd in the runtime poller
}

// Pid is the process id, which is also its process group.
func (p *Process) Pid() int { return p.pid }

// Start starts p with extra arguments appended: in a process group of its own, with
// /dev/null on the standard descriptors and nothing else open, without the
// variables of cli 7, as its identity. Whoever starts a Process must Wait for it.
func (r *Runner) Start(p Program, extra ...string) (*Process, error) {
	if !p.IsSet() {
		return nil, errors.New("start: no program")
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("start %s: %v", p.Path, err)
	}
	defer null.Close()
	pidfd := -1
	attr := &syscall.ProcAttr{
		Env:   environment(os.Environ()),
		Files: []uintptr{null.Fd(), null.Fd(), null.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true, PidFD: &pidfd},
	}
	path, argv := p.Path, append(append([]string(nil), p.Argv...), extra...)
	if p.Shell {
		path, argv = "/bin/sh", append([]string{"sh", p.Path}, argv[1:]...)
	}
	if needsHelper() {
		path, argv = helper(path, argv, p.Identity)
	} else if changesIdentity(p.Identity) {
		attr.Sys.Credential = &syscall.Credential{Uid: p.Identity.UID, Gid: p.Identity.GID, Groups: p.Identity.Groups}
	}
	pid, _, err := syscall.StartProcess(path, argv, attr)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Path, err)
	}
	if pidfd < 0 {
		return &Process{pid: pid}, nil // a kernel before 5.2: Wait needs a thread
	}
	if err := unix.SetNonblock(pidfd, true); err != nil {
		_ = unix.Close(pidfd)
		return &Process{pid: pid}, nil
	}
	return &Process{pid: pid, fd: os.NewFile(uintptr(pidfd), "pidfd")}, nil
}

// environment is the daemon's without what could harm a script or is not its business
// (cli 7).
func environment(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, e := range env {
		switch name, _, _ := strings.Cut(e, "="); name {
		case "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "NOTIFY_SOCKET", "HOLDFAST_DIR":
		default:
			kept = append(kept, e)
		}
	}
	return kept
}

// The pauses between signals to a program that overstays (semantics 5.8).
const (
	killAfter  = 2 * time.Second
	killRepeat = 10 * time.Second
)

// Wait waits until the program has ended. After timeout (0 = none) its process
// group gets TERM, 2 s later KILL, again after 2 s, then every 10 s (semantics
// 5.8). When ctx ends the same begins at once. Wait is called once for each Process;
// it parks a goroutine, not a thread.
func (p *Process) Wait(ctx context.Context, timeout time.Duration) Result {
	ended := make(chan Result, 1)
	go func() { ended <- p.reap() }()
	var late <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		late = t.C
	}
	timedOut := false
	select {
	case r := <-ended:
		return r
	case <-ctx.Done():
	case <-late:
		timedOut = true
	}
	p.signal(syscall.SIGTERM)
	pause := killAfter
	for round := 0; ; round++ {
		t := time.NewTimer(pause)
		select {
		case r := <-ended:
			t.Stop()
			r.TimedOut = timedOut
			if round == 0 { // what it left behind goes with it
				p.signal(syscall.SIGKILL)
			}
			return r
		case <-t.C:
		}
		p.signal(syscall.SIGKILL)
		if round > 0 {
			pause = killRepeat
		}
	}
}

// Signal sends sig to the process group. It must not be called after Wait has returned.
func (p *Process) Signal(sig syscall.Signal) { p.signal(sig) }

func (p *Process) signal(sig syscall.Signal) { _ = syscall.Kill(-p.pid, sig) } // ESRCH: all gone

// reap waits for the process itself.
func (p *Process) reap() Result {
	if p.fd == nil {
		return wait4(p.pid, 0)
	}
	defer p.fd.Close()
	conn, err := p.fd.SyscallConn()
	if err != nil {
		return wait4(p.pid, 0)
	}
	var res Result
	err = conn.Read(func(uintptr) bool {
		var done bool
		res, done = tryWait(p.pid)
		return done
	})
	if err != nil { // a descriptor that cannot be polled
		return wait4(p.pid, 0)
	}
	return res
}

func tryWait(pid int) (Result, bool) {
	var ws syscall.WaitStatus
	for {
		got, err := syscall.Wait4(pid, &ws, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return Result{Err: fmt.Errorf("wait for process %d: %v", pid, err)}, true
		case got == 0:
			return Result{}, false
		}
		return result(ws), true
	}
}

func wait4(pid, flags int) Result {
	var ws syscall.WaitStatus
	for {
		_, err := syscall.Wait4(pid, &ws, flags, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return Result{Err: fmt.Errorf("wait for process %d: %v", pid, err)}
		}
		return result(ws)
	}
}

func result(ws syscall.WaitStatus) Result {
	if ws.Exited() {
		return Result{Exited: true, Status: ws.ExitStatus()}
	}
	return Result{Signal: ws.Signal()}
}
