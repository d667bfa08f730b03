package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A socket is one in the file system that this process listens on.
type socket struct {
	*net.UnixListener
	path string
	file fs.FileInfo
	made string // the directory, if it was made for the socket, or for that of a daemon that was killed
}

// ownDirectory is the name of the directory that a daemon makes for its socket below /run.
const ownDirectory = "holdfast"

// maxPath is how long the name of a socket may be for the kernel.
const maxPath = 107

// listen makes the socket, for everybody to connect to. One that nobody listens on any more is replaced.
func listen(path string) (*socket, error) {
	s := &socket{path: path}
	if dir := filepath.Dir(path); os.Mkdir(dir, 0o755) == nil {
		s.made = dir
		_ = os.Chmod(dir, 0o755) // whatever the umask says
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("make socket %s: %w", path, errors.Unwrap(err))
	}
	defer dir.Close()
	// Two that find the same dead socket would remove each other's new one. Whoever keeps the lock for himself keeps
	// nobody from anything else.
	_ = unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)

	l, err := bind(dir, path)
	if errors.Is(err, unix.EADDRINUSE) {
		if err := removeDead(dir, path); err != nil {
			return nil, err
		}
		if parent := filepath.Dir(path); filepath.Base(parent) == ownDirectory {
			s.made = parent // by the one whose socket it was, which has not come to take it away
		}
		l, err = bind(dir, path)
	}
	if err != nil {
		return nil, fmt.Errorf("make socket %s: %w", path, err)
	}
	l.SetUnlinkOnClose(false) // the file may be somebody else's then
	s.UnixListener = l
	if err := os.Chmod(path, 0o666); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("make socket %s: %w", path, errors.Unwrap(err))
	}
	s.file, _ = os.Lstat(path)
	return s, nil
}

func bind(dir *os.File, path string) (*net.UnixListener, error) {
	return net.ListenUnix("unix", &net.UnixAddr{Name: short(dir, path), Net: "unix"})
}

// short is a name of the socket that is not too long for the kernel.
func short(dir *os.File, path string) string {
	if len(path) <= maxPath {
		return path
	}
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path)
}

// removeDead removes a socket that nobody listens on, and nothing else.
func removeDead(dir *os.File, path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("make socket %s: %w", path, errors.Unwrap(err))
	case st.Mode()&fs.ModeSocket == 0:
		return fmt.Errorf("make socket %s: there is a file which is no socket", path)
	}
	c, err := net.DialTimeout("unix", short(dir, path), time.Second)
	if err == nil {
		_ = c.Close()
	}
	// A queue that is full is one that somebody has made.
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("make socket %s: somebody listens there already", path)
	}
	return os.Remove(path)
}

// remove removes the file, unless somebody has put another one in its place.
func (s *socket) remove() {
	// The number of a file that was removed may be that of the next one: its time tells them apart.
	if at, err := os.Lstat(s.path); err == nil && s.file != nil && os.SameFile(at, s.file) &&
		at.ModTime().Equal(s.file.ModTime()) {
		_ = os.Remove(s.path)
	}
	if s.made != "" {
		_ = os.Remove(s.made) // if nothing else is in it
	}
}
