package filewatch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A place is what has to be watched so that no change of a file is missed: a directory, and the name of
// what may change in it; without a name only what becomes of the directory itself.
type place struct{ dir, name string }

// maxLinks is how many symbolic links the kernel follows, too.
const maxLinks = 40

// places are those of a file: the directory that it is in, or the next one above that exists, each
// directory that has a symbolic link of the way in it, and all the directories above those, which may be
// renamed or removed.
func places(path string) (all []place) {
	add := func(dir, name string) {
		if p := (place{dir, name}); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	// Step by step, and not with EvalSymlinks: each link on the way may be put elsewhere.
	rest := strings.Split(strings.TrimPrefix(filepath.Clean(path), "/"), "/")
	at := "/"
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		switch {
		case err != nil: // it will come in here
			add(at, name)
			return all
		case info.Mode()&os.ModeSymlink != 0:
			add(at, name)
			target, err := os.Readlink(next)
			if links++; err != nil || links > maxLinks {
				return all
			}
			if filepath.IsAbs(target) {
				at = "/"
			}
			// What the link leads to takes its place in front of what is left of the path.
			rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
		case len(rest) == 0:
			add(at, name)
		default:
			if next != "/" {
				add(next, "")
			}
			at = next
		}
	}
	return all
}

// mask is what to watch a place for. A file that is being written is read when it is closed; of what is made
// only links and directories are complete at once.
func (p place) mask() uint32 {
	const itself = unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_MASK_ADD
	if p.name == "" {
		return itself
	}
	return itself | unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO
}
