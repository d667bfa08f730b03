package super

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ErrRunning says that another daemon holds the pid file.
var ErrRunning = errors.New("daemon is already running")

// A PIDFile is a file with the process id of the daemon, locked while it runs
// (cli 6). It is never reached through a symbolic link.
type PIDFile struct {
	path string
	f    *os.File
	owed int // the number that could not be written; 0 when it is there
}

// LockPIDFile creates or opens the pid file and locks it. ErrRunning is returned when
// another process holds the lock, or when the file names a keepalived that is
// alive (2.2.7 does not lock).
func LockPIDFile(path string) (*PIDFile, error) {
	for {
		f, err := openPID(path)
		if err != nil {
			return nil, err
		}
		// OFD: the lock is that of the open file, and goes over to the daemon with it (Launch).
		lock := unix.Flock_t{Type: unix.F_WRLCK}
		if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
			_ = f.Close()
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
				return nil, ErrRunning
			}
			return nil, fmt.Errorf("lock pid file %s: %v", path, err)
		}
		if !sameFile(f, path) { // removed by a daemon that was just stopping
			_ = f.Close()
			continue
		}
		if pid := readPID(f); pid != os.Getpid() && isKeepalived(pid) {
			_ = f.Close()
			return nil, fmt.Errorf("%w (keepalived, process %d)", ErrRunning, pid)
		}
		return &PIDFile{path: path, f: f}, nil
	}
}

// InheritPIDFile takes over a lock that the launching process holds on f.
func InheritPIDFile(path string, f *os.File) *PIDFile { return &PIDFile{path: path, f: f} }

// File is the open file; its lock is inherited with it.
func (p *PIDFile) File() *os.File { return p.f }

// Stale reports whether a keepalived has died without removing its addresses: the file has the
// number of another process, which must be dead since the lock could be had, and the pid file of its
// vrrp process, role, is left as well. What was written before this machine was started says
// nothing: no address is older than that. To be asked before Write.
func (p *PIDFile) Stale(role string) bool {
	f, err := os.OpenFile(role, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	parent, child := readPID(p.f), readPID(f)
	return parent > 0 && parent != os.Getpid() && child > 0 && !isKeepalived(child) &&
		sinceBoot(p.f) && sinceBoot(f)
}

// sinceBoot reports whether a file was written since this machine was started.
func sinceBoot(f *os.File) bool {
	var host unix.Sysinfo_t
	st, err := f.Stat()
	if err != nil || unix.Sysinfo(&host) != nil {
		return false
	}
	return time.Since(st.ModTime()) <= time.Duration(host.Uptime+1)*time.Second
}

// Write puts pid into the file. What could not be written is tried again by Retry.
func (p *PIDFile) Write(pid int) error {
	p.owed = pid
	if err := p.f.Truncate(0); err != nil {
		return fmt.Errorf("write pid file %s: %v", p.path, errors.Unwrap(err))
	}
	// On a full disk the file is empty until Retry; its lock counts all the same (see holdsPIDFile).
	if _, err := p.f.WriteAt([]byte(strconv.Itoa(pid)+"\n"), 0); err != nil {
		return fmt.Errorf("write pid file %s: %v", p.path, errors.Unwrap(err))
	}
	p.owed = 0
	return nil
}

// Unwritten reports whether the file does not say what it should: Retry has to be called.
func (p *PIDFile) Unwritten() bool { return p.owed != 0 }

// Retry writes what Write could not write.
func (p *PIDFile) Retry() error {
	if !p.Unwritten() {
		return nil
	}
	return p.Write(p.owed)
}

// Remove deletes the file and gives up the lock.
func (p *PIDFile) Remove() {
	// A file that somebody has put in its place is not ours to remove.
	if sameFile(p.f, p.path) {
		_ = os.Remove(p.path)
	}
	_ = p.f.Close()
	removePIDDirectory(p.path)
}

func openPID(path string) (*os.File, error) {
	makePIDDirectory(path)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
	// A daemon that ends may have removed the directory in between.
	for n := 0; errors.Is(err, os.ErrNotExist) && n < 3; n++ {
		makePIDDirectory(path)
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
	}
	if err != nil {
		return nil, fmt.Errorf("open pid file %s: %v", path, errors.Unwrap(err))
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		_ = f.Close()
		return nil, fmt.Errorf("open pid file %s: not a regular file", path)
	}
	if err := f.Chmod(0o644); err != nil { // whatever the umask says
		_ = f.Close()
		return nil, fmt.Errorf("open pid file %s: %v", path, err)
	}
	return f, nil
}

func sameFile(f *os.File, path string) bool {
	have, err1 := f.Stat()
	at, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(have, at)
}

func readPID(f io.ReaderAt) int {
	b := make([]byte, 16)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}
