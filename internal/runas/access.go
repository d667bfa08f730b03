package runas

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// may reports whether id has one of the permission bits (4 read, 2 write, 1 execute) on a
// file: what access(2) would say to a process of that identity. Access control lists
// are not looked at; the program start would fail and say so.
func may(id Identity, st fs.FileInfo, bit fs.FileMode) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := st.Mode().Perm()
	switch {
	case id.UID == 0:
		return bit != 1 || st.IsDir() || mode&0o111 != 0
	case sys.Uid == id.UID:
		return mode&(bit<<6) != 0
	case sys.Gid == id.GID || slices.Contains(id.Groups, sys.Gid):
		return mode&(bit<<3) != 0
	default:
		return mode&bit != 0
	}
}

// A closedError is a directory on the way to a program that its user may not pass.
type closedError struct {
	dir string
	id  Identity
	st  fs.FileInfo
}

func (c closedError) Error() string {
	return fmt.Sprintf("%s cannot be searched by uid:gid %v (%s)", c.dir, c.id, bits(c.st))
}

// Unwrap is the errno that a system call meets.
func (c closedError) Unwrap() error { return syscall.EACCES }

// bits are what says who may do what with a file.
func bits(st fs.FileInfo) string {
	uid, gid := owner(st)
	return fmt.Sprintf("mode %04o, owner %d:%d", st.Mode().Perm(), uid, gid)
}

// reach follows path (absolute, clean) as id and returns what is there. It fails with
// the errno that a system call of that identity would meet.
func reach(id Identity, path string) (fs.FileInfo, error) {
	dir := ""
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		st, err := os.Stat(dir + "/")
		if err != nil {
			return nil, err
		}
		if !may(id, st, 1) {
			return nil, closedError{filepath.Clean(dir + "/"), id, st}
		}
		dir += "/" + part
	}
	return os.Stat(path)
}

// owner of a file.
func owner(st fs.FileInfo) (uid, gid uint32) {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return sys.Uid, sys.Gid
	}
	return ^uint32(0), ^uint32(0)
}

// reason is the text of the system's error as keepalived has it, "No such file or directory", and
// which element of path it is about if that is another one.
func reason(err error, path string) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	text := errno.Error()
	text = strings.ToUpper(text[:1]) + text[1:]
	var closed closedError
	var at *fs.PathError
	switch {
	case errors.As(err, &closed):
		text += ": " + closed.Error()
	case errors.As(err, &at) && at.Path != path:
		text += ": " + at.Path
	}
	return text
}

// safePath says why a program that runs as root must not be trusted: a component of
// its real path that somebody other than root could change (cli 8.5). It names the
// component and the bit.
func safePath(path string) (problem string) {
	dir := "/"
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := 0; ; i++ {
		st, err := os.Lstat(dir)
		if err != nil {
			return fmt.Sprintf("%s: %s", dir, reason(err, dir))
		}
		if p := unsafeComponent(dir, st); p != "" {
			return p
		}
		if i == len(parts) {
			return ""
		}
		dir = strings.TrimSuffix(dir, "/") + "/" + parts[i]
	}
}

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// safeLinks is safePath for a path with links that are followed when it is used: whoever can change one of them
// decides what is run.
func safeLinks(path string) (problem string) {
	dir, rest := "/", strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		here := filepath.Join(dir, rest[0])
		rest = rest[1:]
		st, err := os.Lstat(here)
		if err != nil {
			return fmt.Sprintf("%s: %s", here, reason(err, here))
		}
		if st.Mode()&fs.ModeSymlink == 0 {
			if p := unsafeComponent(here, st); p != "" {
				return p
			}
			dir = here
			continue
		}
		// Its mode says nothing; its directory, which was looked at before, says who can replace it.
		if uid, _ := owner(st); uid != 0 {
			return fmt.Sprintf("%s is owned by user %d, not by root", here, uid)
		}
		to, err := os.Readlink(here)
		if links++; err != nil || links > maxLinks {
			return fmt.Sprintf("%s: %s", here, reason(syscall.ELOOP, here))
		}
		if filepath.IsAbs(to) {
			dir = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return ""
}

func unsafeComponent(name string, st fs.FileInfo) string {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return name + ": its owner cannot be told"
	}
	sticky := st.IsDir() && st.Mode()&fs.ModeSticky != 0
	switch {
	case sys.Uid != 0:
		return fmt.Sprintf("%s is owned by user %d, not by root", name, sys.Uid)
	case sticky:
		return ""
	case st.Mode().Perm()&0o002 != 0:
		return fmt.Sprintf("%s is writable by everybody (mode %04o)", name, st.Mode().Perm())
	case st.Mode().Perm()&0o020 != 0 && sys.Gid != 0:
		return fmt.Sprintf("%s is writable by group %d (mode %04o)", name, sys.Gid, st.Mode().Perm())
	}
	return ""
}

// CanRead says why a process of this identity could not open path for reading; nil if it
// could.
func (i Identity) CanRead(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return err
	}
	st, err := reach(i, abs)
	if err != nil {
		return err
	}
	if !may(i, st, 4) {
		return syscall.EACCES
	}
	return nil
}
