package speaker

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// name is that of the program.
const name = "holdfast-bgp"

// Find is the path of the program that speaks BGP: the one that a configuration names, or for "" the one beside this
// program. Its error says why it cannot be started.
func Find(path string) (string, error) {
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		path = filepath.Join(filepath.Dir(self), name)
	}
	st, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return "", fmt.Errorf("%s is not there; install %s, or name it with program", path, name)
	case err != nil:
		return "", err
	case !st.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path)
	}
	if err := unix.Access(path, unix.X_OK); err != nil {
		return "", fmt.Errorf("%s cannot be run: %w", path, err)
	}
	return path, nil
}

// file is what tells one version of a program from another that a package has put in its place.
type file struct {
	Dev, Inode uint64
	Changed    int64 // in nanoseconds
}

// fileAt is the one at a path, the zero file if it is not to be seen.
func fileAt(path string) file {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return file{}
	}
	return file{Dev: uint64(st.Dev), Inode: st.Ino, Changed: st.Mtim.Nano()}
}
