package statefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace makes path a new file with mode 0600. Readers see the old or the new contents,
// complete. A file that is there, or a link, is replaced, never written through.
func Replace(path string, text []byte) error { return ReplaceMode(path, text, 0o600) }

// ReplaceMode does it with another mode, whatever the umask says.
func ReplaceMode(path string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".") // O_EXCL, 0600
	if err != nil {
		return failed(path, err)
	}
	_, err = f.Write(text)
	if mode != 0o600 {
		err = errors.Join(err, f.Chmod(mode))
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(failed(path, err), os.Remove(f.Name()))
	}
	return nil
}

// failed says which file could not be written. The temporary one has another name each
// time, and the same failure is to read the same.
func failed(path string, err error) error {
	var onPath *fs.PathError
	var onLink *os.LinkError
	switch {
	case errors.As(err, &onPath):
		err = onPath.Err
	case errors.As(err, &onLink):
		err = onLink.Err
	}
	return fmt.Errorf("write %s: %w", path, err)
}
