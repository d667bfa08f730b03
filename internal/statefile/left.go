package statefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Left gives what dead lives of any role have left in a directory, in files of one kind, without changing anything:
// for those who ask what a daemon has left that runs no more. The error says what could not be read; the others are
// given all the same.
func Left(dir, kind string) ([]Life, error) {
	self, err := Self()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var lives []Life
	var errs []error
	for _, e := range entries {
		// The role and the process are what differs: holdfast_ROLE.KIND.PID.START.
		role, _, ours := strings.Cut(e.Name(), "."+kind+".")
		if _, named := parseName(role+"."+kind, e.Name()); !ours || !named || !strings.HasPrefix(role, "holdfast_") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		text, err := read(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if owner, lines, err := parse(text); err != nil {
			errs = append(errs, err)
		} else if self.relation(owner, Process.Alive) == dead {
			lives = append(lives, Life{Path: path, Owner: owner, Lines: lines})
		}
	}
	return lives, errors.Join(errs...)
}
