package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Process is a program running on a host.
type Process struct {
	Name    string
	Pid     int
	Started time.Time

	cmd    *exec.Cmd
	log    string
	exited chan struct{}
	ended  time.Time // valid once exited is closed
	code   int
}

// Start starts a program on the host. What it prints goes to a log file of the
// host; label names the file and the process in messages.
func (h *Host) Start(label, program string, args ...string) (*Process, error) {
	// The path is made absolute here: exec inside the namespace helper would
	// report a missing program only as an exit status.
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(h.Dir, label+".log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := h.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &Process{Name: h.Name + "/" + label, cmd: cmd, log: log.Name(), Started: time.Now(),
		exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %v", p.Name, err)
	}
	p.Pid = cmd.Process.Pid
	go func() {
		err := cmd.Wait()
		p.ended, p.code = time.Now(), exitStatus(err)
		close(p.exited)
	}()
	h.mu.Lock()
	h.processes = append(h.processes, p)
	h.mu.Unlock()
	return p, nil
}

// Signal sends sig to the process alone.
func (p *Process) Signal(sig syscall.Signal) error {
	if p.Exited() {
		return fmt.Errorf("%s has ended with status %d:\n%s", p.Name, p.code, p.tail())
	}
	return syscall.Kill(p.Pid, sig)
}

// Exited reports whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Wait waits for the end of the process and returns its exit status (128+N for
// signal N) and how long after since it came.
func (p *Process) Wait(since time.Time, limit time.Duration) (int, time.Duration, error) {
	select {
	case <-p.exited:
		return p.code, p.ended.Sub(since), nil
	case <-time.After(limit):
		return 0, 0, fmt.Errorf("%s still runs after %v:\n%s", p.Name, limit, p.tail())
	}
}

// Log is all the process has printed.
func (p *Process) Log() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// LogSize is a mark for LogSince.
func (p *Process) LogSize() int { return len(p.Log()) }

// LogSince is what the process printed after the mark.
func (p *Process) LogSince(mark int) string { return p.Log()[mark:] }

func (p *Process) tail() string {
	s := p.Log()
	return s[max(0, len(s)-3000):]
}

// Children are the process ids of the direct children.
func (p *Process) Children() []int { return childrenOf(p.Pid) }

// Tree is the process and all its descendants, parents first.
func (p *Process) Tree() []int {
	tree := []int{p.Pid}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, childrenOf(tree[i])...)
	}
	return tree
}

// KillTree kills the process and all its descendants with SIGKILL at once, so
// that none can clean up after another, and waits for the process's end.
func (p *Process) KillTree() error {
	if p.Exited() {
		return nil
	}
	tree := p.Tree()
	for _, pid := range tree { // stopped first: a parent must not see its child die
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	var errs []error
	for _, pid := range tree {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, fmt.Errorf("killing %d of %s: %v", pid, p.Name, err))
		}
	}
	if _, _, err := p.Wait(time.Now(), 10*time.Second); err != nil {
		errs = append(errs, err)
	}
	for _, pid := range tree {
		if err := Eventually(10*time.Second, fmt.Sprintf("the end of process %d", pid), func() (bool, string) {
			return !alive(pid), state(pid)
		}); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func childrenOf(pid int) []int {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for s := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(s); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// Freeze stops a process with SIGSTOP and waits until none of its threads runs: a
// signal sent at once after SIGSTOP may still be handled by one that does.
func Freeze(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stopping process %d: %v", pid, err)
	}
	return Eventually(10*time.Second, fmt.Sprintf("process %d to stand still", pid), func() (bool, string) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil || len(files) == 0 {
			return false, fmt.Sprint("no threads: ", err)
		}
		for _, f := range files {
			if s := stateIn(f); s != "T" && s != "" {
				return false, f + " " + s
			}
		}
		return true, ""
	})
}

// alive reports whether pid is a process that still runs: a zombie does not.
func alive(pid int) bool {
	s := state(pid)
	return s != "" && s != "Z" && s != "X"
}

// Alive reports whether a process id is a running process.
func Alive(pid int) bool { return alive(pid) }

// Memory sums a line of the status files of processes, such as "VmRSS", in kB.
func Memory(line string, pids ...int) (kB int, err error) {
	for _, pid := range pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, err
		}
		n := 0
		_, rest, _ := strings.Cut(string(status), "\n"+line+":")
		if _, err := fmt.Sscan(rest, &n); err != nil {
			return 0, fmt.Errorf("%s of process %d: %v", line, pid, err)
		}
		kB += n
	}
	return kB, nil
}

func state(pid int) string { return stateIn(fmt.Sprintf("/proc/%d/stat", pid)) }

// stateIn reads the letter of a process's or thread's state from its stat file.
func stateIn(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	s, _, _ := strings.Cut(rest, " ")
	return s
}
