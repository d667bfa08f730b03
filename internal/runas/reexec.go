package runas

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// helperName is argv[0] of the helper: this binary, about to become a script. Only what
// the daemon has and a script must not (realtime class, nice value) makes it
// necessary; the Go runtime can change the rest between fork and exec.
const helperName = "holdfast-run-script"

// needsHelper reports whether this process has scheduling that scripts must not inherit.
func needsHelper() bool {
	attr, err := unix.SchedGetAttr(0, 0)
	return err == nil && (attr.Policy == unix.SCHED_RR || attr.Policy == unix.SCHED_FIFO || attr.Nice < 0)
}

// sameGroups stands for supplementary groups that stay as they are.
const sameGroups = "same"

// helper gives the command line of the helper: the daemon's process id, the identity to
// change to ("" = keep ours), path, argv.
func helper(path string, argv []string, become *syscall.Credential) (string, []string) {
	who := ""
	if become != nil {
		ids := []string{strconv.Itoa(int(become.Uid)), strconv.Itoa(int(become.Gid))}
		for _, g := range become.Groups {
			ids = append(ids, strconv.Itoa(int(g)))
		}
		if become.NoSetGroups {
			ids = append(ids[:2], sameGroups)
		}
		who = strings.Join(ids, ",")
	}
	return "/proc/self/exe", append([]string{helperName, strconv.Itoa(os.Getpid()), who, path}, argv...)
}

// ExecIfChild must be the first statement of main: in a process that Start made
// of our own binary it drops scheduling class and rights and becomes the
// program; it then never returns. In any other process it only sees to it that
// descriptors inherited from whoever started us do not reach scripts.
func ExecIfChild() {
	closeOnExec()
	if len(os.Args) < 5 || os.Args[0] != helperName {
		return
	}
	if err := becomeScript(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		os.Exit(127) // as a shell that cannot start a command
	}
}

func becomeScript(parent, who, path string, argv []string) error {
	// The scheduling of the thread that calls exec is what the program gets.
	runtime.LockOSThread()
	normal := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	if err := unix.SchedSetAttr(0, &normal, 0); err != nil {
		return err
	}
	// Nor is a limit of real-time work for it (cli 4.6). It is lifted as far as it was when the daemon was started.
	var limit unix.Rlimit
	if unix.Prlimit(0, unix.RLIMIT_RTTIME, nil, &limit) == nil {
		limit.Cur = limit.Max
		_ = unix.Prlimit(0, unix.RLIMIT_RTTIME, &limit, nil)
	}
	if who != "" {
		if err := change(strings.Split(who, ",")); err != nil {
			return err
		}
	}
	// A change of identity takes the death signal away: it is asked for here. A daemon that
	// died before sends none.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(deathSignal), 0, 0, 0); err != nil {
		return err
	}
	if strconv.Itoa(os.Getppid()) != parent {
		return errors.New("the daemon is gone")
	}
	return syscall.Exec(path, argv, os.Environ())
}

// change makes this process user ids[0] and group ids[1], with the rest as its
// supplementary groups.
func change(ids []string) error {
	if len(ids) < 2 {
		return errors.New("no group")
	}
	keep := ids[len(ids)-1] == sameGroups
	if keep {
		ids = ids[:2]
	}
	numbers := make([]int, len(ids))
	for i, s := range ids {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("identity of a script: %v", err)
		}
		numbers[i] = n
	}
	if !keep {
		if err := syscall.Setgroups(numbers[2:]); err != nil {
			return err
		}
	}
	if err := syscall.Setgid(numbers[1]); err != nil {
		return err
	}
	return syscall.Setuid(numbers[0])
}

// closeOnExec marks all descriptors but the standard ones.
func closeOnExec() {
	const first = 3
	if unix.CloseRange(first, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	entries, err := os.ReadDir("/proc/self/fd") // a kernel before 5.11
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd >= first {
			syscall.CloseOnExec(fd)
		}
	}
}
