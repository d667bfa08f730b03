package super

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/internal/role"
)

// A Daemon is a process that was found to be a supervisor of this program, of whatever version
// and under whatever name. Close it.
type Daemon struct {
	PID   int
	inner int // its process id as it knows it: another one if it is in a container
	fd    int // of the process, so that no other one is signalled; -1 = none
}

// FindDaemon looks whether the process is a supervisor of this program. Its error says what the
// process is instead, in one line.
func FindDaemon(pid int) (*Daemon, error) {
	d := &Daemon{PID: pid, fd: -1}
	if fd, err := unix.PidfdOpen(pid, 0); err == nil {
		d.fd = fd // before anything is looked at: the number may be another's afterwards
	}
	if err := d.identify(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// DaemonOf finds the daemon that a pid file names.
func DaemonOf(path string) (*Daemon, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // it may be anything
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pid := readPID(f)
	if pid <= 0 {
		return nil, fmt.Errorf("%s has no process id", path)
	}
	d, err := FindDaemon(pid)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// The process it names may be another daemon that got the number of a former one.
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	// This only asks: the answer F_UNLCK says that nobody holds the lock.
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lock); err != nil || lock.Type == unix.F_UNLCK {
		d.Close()
		return nil, fmt.Errorf("%s was left by a daemon that has ended", path)
	}
	return d, nil
}

// RunningCommand is the command line, without argv[0], of the daemon - this program or keepalived -
// that a pid file names, and the directory that relative names in it are of.
func RunningCommand(path string) (args []string, dir string, err error) {
	pid := 0
	if d, err := DaemonOf(path); err == nil {
		d.Close()
		pid = d.PID
	} else if b, failed := os.ReadFile(path); failed == nil {
		if pid, _ = strconv.Atoi(strings.TrimSpace(string(b))); !isKeepalived(pid) {
			return nil, "", err
		}
	} else {
		return nil, "", failed
	}
	return CommandOf(pid)
}

// CommandOf is the command line, without argv[0], of a process of a daemon, and the directory that relative names in it
// are of.
func CommandOf(pid int) (args []string, dir string, err error) {
	d := Daemon{PID: pid}
	cmdline, err := os.ReadFile(d.proc("cmdline"))
	if err != nil {
		return nil, "", err
	}
	args = strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")[1:]
	if env, err := os.ReadFile(d.proc("environ")); err == nil {
		for v := range strings.SplitSeq(string(env), "\x00") {
			// In the background the working directory is / (cli 7): that of the start is here.
			if launchedIn, ok := strings.CutPrefix(v, DirEnv+"="); ok {
				return args, launchedIn, nil
			}
		}
	}
	dir, err = os.Readlink(d.proc("cwd"))
	return args, dir, err
}

// Close lets go of the process.
func (d *Daemon) Close() {
	if d.fd >= 0 {
		_ = unix.Close(d.fd)
		d.fd = -1
	}
}

// Signal sends it a signal.
func (d *Daemon) Signal(sig unix.Signal) error {
	if d.fd >= 0 {
		if err := unix.PidfdSendSignal(d.fd, sig, nil, 0); err == nil || !errors.Is(err, unix.ENOSYS) {
			return err
		}
	}
	return unix.Kill(d.PID, sig)
}

func (d *Daemon) proc(file string) string { return fmt.Sprintf("/proc/%d/%s", d.PID, file) }

func (d *Daemon) identify() error {
	text, err := os.ReadFile(d.proc("status"))
	if err != nil {
		return fmt.Errorf("there is no process %d", d.PID)
	}
	status := statusFields(string(text))
	// /proc answers for the numbers of threads, too.
	if tgid := status["Tgid"]; tgid != strconv.Itoa(d.PID) {
		return fmt.Errorf("%d is a thread of process %s, not a process", d.PID, tgid)
	}
	if strings.HasPrefix(status["State"], "Z") || strings.HasPrefix(status["State"], "X") {
		return fmt.Errorf("process %d has ended", d.PID)
	}
	own, err := isOwnProgram(d.proc("exe"))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot see what process %d is: it is another user's; ask as root", d.PID)
	case !own && isKeepalived(d.PID):
		return fmt.Errorf("process %d is keepalived, not holdfast; kill -HUP %d makes it reload", d.PID, d.PID)
	case !own:
		return fmt.Errorf("process %d is no holdfast", d.PID)
	}
	d.inner = d.PID
	// The numbers in all namespaces, the innermost last: that one is in its pid file.
	if ids := strings.Fields(status["NSpid"]); len(ids) > 0 {
		if n, err := strconv.Atoi(ids[len(ids)-1]); err == nil {
			d.inner = n
		}
	}
	return d.supervises(status["PPid"])
}

// supervises says what the process is if it is no supervisor: a role, or this program at
// another work.
func (d *Daemon) supervises(parent string) error {
	cmdline, _ := os.ReadFile(d.proc("cmdline"))
	argv0, _, _ := bytes.Cut(cmdline, []byte{0})
	if r, ok := role.All().Of(string(argv0)); ok {
		return fmt.Errorf("process %d is the %s process of a holdfast, which does not reload by itself; "+
			"its parent process %s does", d.PID, r.Title, parent)
	}
	locked, err := d.holdsPIDFile()
	switch {
	case err != nil:
		return fmt.Errorf("cannot see whether process %d is the daemon: %w", d.PID, err)
	case !locked:
		return fmt.Errorf("process %d is a holdfast, but no daemon: it holds no pid file", d.PID)
	}
	return nil
}

// holdsPIDFile reports whether the process has locked a file as a supervisor does its pid file.
// On a full file system the number is not in the file, but the lock is there.
func (d *Daemon) holdsPIDFile() (bool, error) {
	fds, err := os.ReadDir(d.proc("fdinfo"))
	if err != nil {
		return false, err
	}
	for _, fd := range fds {
		info, err := os.ReadFile(d.proc("fdinfo/" + fd.Name()))
		if err != nil || !bytes.Contains(info, []byte("OFDLCK")) {
			continue
		}
		number, err := os.ReadFile(d.proc("fd/" + fd.Name()))
		text := strings.TrimSpace(string(number))
		if err == nil && (text == "" || text == strconv.Itoa(d.inner)) {
			return true, nil
		}
	}
	return false, nil
}

// statusFields are the lines of /proc/PID/status by their name.
func statusFields(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields
}

// isOwnProgram reports whether an executable is this program: the same file, or one that was built
// of the same package, as the former or the next version is. /proc/PID/exe opens the file
// that runs even if it has another name or was replaced.
func isOwnProgram(exe string) (bool, error) {
	theirs, err := os.Stat(exe)
	if err != nil {
		return false, err
	}
	if ours, err := os.Stat("/proc/self/exe"); err == nil && os.SameFile(ours, theirs) {
		return true, nil
	}
	ours, ok := debug.ReadBuildInfo()
	if !ok {
		return false, nil
	}
	built, err := buildinfo.ReadFile(exe)
	if errors.Is(err, fs.ErrPermission) {
		return false, err
	}
	return err == nil && built.Path == ours.Path, nil
}

// isKeepalived reports whether pid is a process that runs the keepalived program. A
// number that was reused by something else does not count.
func isKeepalived(pid int) bool {
	if pid <= 0 {
		return false
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if errors.Is(err, fs.ErrPermission) { // it has capabilities that this process lacks, as in a unit that bounds them
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return err == nil && string(name) == "keepalived\n"
	}
	return err == nil && strings.TrimSuffix(filepath.Base(exe), " (deleted)") == "keepalived"
}
