package statefile

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A Process is a process of this machine. The time it started tells it from a later one
// that got the same number.
type Process struct {
	PID   int
	Start uint64 // clock ticks after boot
}

// An Owner is one life of a role: what a state file says of who wrote it. The zero Owner is
// not known.
type Owner struct {
	Process Process
	// Parent is the supervisor, which starts the role again when the role dies.
	Parent Process
	// PIDSpace and NetSpace are the inodes of the namespaces of processes and of the network, in which the
	// things are that the file speaks of.
	PIDSpace, NetSpace uint64
	Boot               string // the kernel's boot id
}

// Self is the owner that the calling process is. It fails where /proc does not say.
func Self() (Owner, error) {
	o := Owner{
		Process: Process{PID: os.Getpid()},
		Parent:  Process{PID: os.Getppid()},
	}
	var errs [5]error
	o.Process.Start, _, errs[0] = started(o.Process.PID)
	o.Parent.Start, _, errs[1] = started(o.Parent.PID)
	o.PIDSpace, errs[2] = inode("/proc/self/ns/pid")
	o.NetSpace, errs[3] = inode("/proc/thread-self/ns/net")
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	o.Boot, errs[4] = strings.TrimSpace(string(boot)), err
	if err := errors.Join(errs[:]...); err != nil {
		return Owner{}, fmt.Errorf("find out which process this is: %w", err)
	}
	return o, nil
}

// Space is the number of an open namespace.
func Space(f *os.File) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, fmt.Errorf("stat %s: %w", f.Name(), err)
	}
	return st.Ino, nil
}

func inode(path string) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, fmt.Errorf("stat %s: %w", path, err)
	}
	return st.Ino, nil
}

// started is when the process with this number started, and its state as a letter.
func started(pid int) (ticks uint64, state byte, err error) {
	if pid == 0 {
		return 0, 0, nil // the parent is outside of this namespace of processes
	}
	path := fmt.Sprintf("/proc/%d/stat", pid)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	if ticks, state, err = parseStat(string(text)); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	return ticks, state, nil
}

// Alive reports whether the process runs. A zombie does not.
func (p Process) Alive() bool {
	if p == (Process{}) {
		return false
	}
	ticks, state, err := started(p.PID)
	if err != nil {
		// /proc may hide what runs with more rights (hidepid): a number in use counts as alive.
		return !errors.Is(unix.Kill(p.PID, 0), unix.ESRCH)
	}
	return ticks == p.Start && state != 'Z' && state != 'X'
}
