package runas

import (
	"errors"
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

// needsHelper tells whether this process has scheduling that scripts must not inherit.
func needsHelper() bool {
	attr, err := unix.SchedGetAttr(0, 0)
	return err == nil && (attr.Policy == unix.SCHED_RR || attr.Policy == unix.SCHED_FIFO || attr.Nice < 0)
}

// helper gives the command line of the helper: identity ("" = keep ours), path, argv.
func helper(path string, argv []string, id Identity) (string, []string) {
	who := ""
	if changesIdentity(id) {
		ids := []string{strconv.Itoa(int(id.UID)), strconv.Itoa(int(id.GID))}
		for _, g := range id.Groups {
			ids = append(ids, strconv.Itoa(int(g)))
		}
		who = strings.Join(ids, ",")
	}
	return "/proc/self/exe", append([]string{helperName, who, path}, argv...)
}

// ExecIfChild must be the first statement of main: in a process that Start made
// of our own binary it drops scheduling class and rights and becomes the
// program; it then never returns. In any other process it only sees to it that
// descriptors inherited from whoever started us do not reach scripts.
func ExecIfChild() {
	closeOnExec()
	if len(os.Args) < 4 || os.Args[0] != helperName {
		return
	}
	if err := becomeScript(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		os.Exit(127) // as a shell that cannot start a command
	}
}

func becomeScript(who, path string, argv []string) error {
	// The scheduling of the thread that calls exec is what the program gets.
	runtime.LockOSThread()
	normal := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	if err := unix.SchedSetAttr(0, &normal, 0); err != nil {
		return err
	}
	if who != "" {
		var ids []int
		for _, s := range strings.Split(who, ",") {
			n, err := strconv.Atoi(s)
			if err != nil {
				return err
			}
			ids = append(ids, n)
		}
		if len(ids) < 2 {
			return errors.New("no group")
		}
		if err := syscall.Setgroups(ids[2:]); err != nil {
			return err
		}
		if err := syscall.Setgid(ids[1]); err != nil {
			return err
		}
		if err := syscall.Setuid(ids[0]); err != nil {
			return err
		}
	}
	return syscall.Exec(path, argv, os.Environ())
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
