package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Replace gives a file other content at once: whoever opens it reads the old or the
// new text, never a part, also after a crash. Mode and owner stay; a symbolic link
// stays, its target is replaced. The directory must be writable.
func Replace(name string, text []byte) error {
	// The rename would put a file in the place of the link.
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("replace %s: not a regular file", name)
	}
	// In the same folder, because a rename does not cross file systems.
	f, err := os.CreateTemp(filepath.Dir(name), ".holdfast-*")
	if err != nil {
		return err
	}
	temporary := f.Name()
	if err := errors.Join(fill(f, text, info), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	// All of it is on the disk by now (fill), so a crash leaves the old text or the new one.
	if err := os.Rename(temporary, name); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

// fill writes a file that is to take the place of another one, through to the disk. The
// owner is set first: setting it takes special bits of the mode away.
func fill(f *os.File, text []byte, like os.FileInfo) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	if owner, ok := like.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if err := f.Chmod(like.Mode()); err != nil {
		return err
	}
	return f.Sync()
}
