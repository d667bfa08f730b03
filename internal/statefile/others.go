package statefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Others gives what lives of other daemons have in this network namespace that are known to run, or will be
// started again by a supervisor that runs, without changing anything. It looks for files of the same kind, what the
// name of the role's file ends with, in the directory of ours and in dirs. What cannot be seen from here, because it
// is in another namespace of processes, is left out.
//
// The error says what could not be read; the others are given all the same.
func (f *File) Others(dirs ...string) ([]Life, error) {
	if f == nil {
		return nil, nil
	}
	all := []string{filepath.Clean(f.dir)}
	for _, d := range dirs {
		if d = filepath.Clean(d); !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	var lives []Life
	var errs []error
	for _, dir := range all {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("look for files of other daemons: %w", err))
		}
		for _, e := range entries {
			base, p, ok := splitName(e.Name())
			if !ok || filepath.Ext(base) != filepath.Ext(f.base) || p == f.self.Process {
				continue
			}
			l, err := f.other(filepath.Join(dir, e.Name()), base)
			if l != nil {
				lives = append(lives, *l)
			}
			errs = append(errs, err)
		}
	}
	return lives, errors.Join(errs...)
}

// other reads the file of another daemon; nil when it is of none that runs here.
func (f *File) other(path, base string) (*Life, error) {
	l, err := lifeAt(path)
	switch {
	case errors.Is(err, errNoOwner):
		return nil, nil
	case l == nil:
		return nil, err
	case l.Owner.PIDSpace != f.self.PIDSpace:
		return nil, nil
	}
	switch f.self.relation(l.Owner, Process.Alive) {
	case living:
	case ending:
		// With the path of ours, it is the life that ours comes after (see Ended).
		if base == f.base && filepath.Dir(path) == filepath.Clean(f.dir) {
			return nil, nil
		}
	default:
		return nil, nil
	}
	return l, err
}

// splitName is for the name of any owner's file, whatever its base is.
func splitName(name string) (base string, p Process, ok bool) {
	start := strings.LastIndexByte(name, '.')
	if start < 0 {
		return "", p, false
	}
	pid := strings.LastIndexByte(name[:start], '.')
	if pid <= 0 || name[0] == '.' {
		return "", p, false
	}
	p, ok = parseName(name[:pid], name)
	return name[:pid], p, ok
}
