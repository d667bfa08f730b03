// Package statefile is how a role leaves word for the life after it: a small text file that
// says what in the kernel is ours and whose it is. When the role was killed, the next life
// reads the file and knows what to adopt or to remove.
//
// Every life has a file of its own, PATH.PID.START, so that several daemons with one PATH
// (one -c, or one /run for several network namespaces) never write over what another one
// has to remember. The first line names the process and its supervisor, the network
// namespace and the boot. A life that runs, or will be started again by a supervisor
// that runs, keeps what is in its file: a reader gets the files of the dead only.
package statefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Life is what one life of the role left.
type Life struct {
	Path  string // of the file
	Owner Owner
	Lines []string
}

// A File is the state file of this life. One goroutine uses it at a time. A nil File
// remembers nothing.
type File struct {
	dir, base string
	self      Owner

	last    []byte   // what is in the file; nil when it is not there
	unsaved []string // what could not be written; nil when everything is
	problem string   // why
	former  []string // files of former lives, which go when ours is written
	ending  []Process
}

// New is the file of the life self. Path is that of the role, which its lives share; it
// belongs where a reboot empties the directory, below /run.
func New(path string, self Owner) *File {
	return &File{dir: filepath.Dir(path), base: filepath.Base(path), self: self}
}

// Path is the name of this life's own file.
func (f *File) Path() string { return filepath.Join(f.dir, nameOf(f.base, f.self.Process)) }

// Former gives what the dead lives of the role left in this network namespace since this
// boot, the oldest first. Their files go when Save has written ours, or with Remove, as do
// those of a former boot. What a life that was killed while it wrote left half done goes at
// once.
//
// Legacy are files that earlier versions wrote, without a word of whose they are: they are
// taken for those of a dead life.
//
// The error says what could not be read; the lives that could are given all the same.
func (f *File) Former(legacy ...string) ([]Life, error) {
	if f == nil {
		return nil, nil
	}
	var lives []Life
	var errs []error
	for _, path := range legacy {
		l, err := f.legacy(path)
		if l != nil {
			lives = append(lives, *l)
		}
		errs = append(errs, err)
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, fmt.Errorf("look for files of former lives: %w", err))
	}
	var named []Life
	for _, e := range entries {
		if p, ok := parseTemporary(f.base, e.Name()); ok && (p == f.self.Process || !p.Alive()) {
			_ = os.Remove(filepath.Join(f.dir, e.Name())) // tried again by the life after this one
		}
		if p, ok := parseName(f.base, e.Name()); !ok || p == f.self.Process && f.last != nil {
			continue // not of a life, or what we wrote ourselves
		}
		l, err := f.life(filepath.Join(f.dir, e.Name()))
		if l != nil {
			named = append(named, *l)
		}
		errs = append(errs, err)
	}
	slices.SortStableFunc(named, func(a, b Life) int {
		return int(min(max(int64(a.Owner.Process.Start)-int64(b.Owner.Process.Start), -1), 1))
	})
	return append(lives, named...), errors.Join(errs...)
}

// life reads a file that is named after its owner; nil when it is not for us.
func (f *File) life(path string) (*Life, error) {
	l, err := lifeAt(path)
	if l == nil {
		return nil, err
	}
	switch f.self.relation(l.Owner, Process.Alive) {
	case past:
		f.former = append(f.former, path)
		return nil, nil
	case dead:
		f.former = append(f.former, path)
		return l, err
	case ending:
		f.ending = append(f.ending, l.Owner.Process)
	}
	return nil, nil
}

// lifeAt reads the file of a life, whose ever it is; nil when it is not there or names no owner (errNoOwner).
func lifeAt(path string) (*Life, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // its owner has just stopped
	}
	if err != nil {
		return nil, err
	}
	owner, lines, err := parse(text)
	if err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	if errors.Is(err, errNoOwner) {
		return nil, err
	}
	return &Life{Path: path, Owner: owner, Lines: lines}, err
}

// Ended reports whether a life has ended that Former met while it ended: its supervisor was
// gone already. What it gave back may have been ours meanwhile, and if it was killed then
// Former has more to tell.
func (f *File) Ended() bool {
	if f == nil || len(f.ending) == 0 {
		return false
	}
	n := len(f.ending)
	f.ending = slices.DeleteFunc(f.ending, func(p Process) bool { return !p.Alive() })
	return len(f.ending) < n
}

// legacy reads a file that names no owner; nil when there is none.
func (f *File) legacy(path string) (*Life, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines, err := split(text, 1)
	if err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	f.former = append(f.former, path)
	return &Life{Path: path, Lines: lines}, err
}

// relation is what the owner of a file is to a life.
type relation uint8

const (
	living    relation = iota // runs, will be started again, or cannot be seen from here
	ending                    // runs, but its supervisor does not: it gives back what it has
	elsewhere                 // in another network namespace
	past                      // of a former boot: what it speaks of is gone
	dead
)

// relation is what other is to o.
func (o Owner) relation(other Owner, alive func(Process) bool) relation {
	switch {
	case other.Boot != o.Boot:
		return past
	case other.NetSpace != o.NetSpace:
		return elsewhere
	case other.PIDSpace != o.PIDSpace:
		return living // numbers of processes say nothing over there
	case other.Process == o.Process, other.Parent == o.Parent && other.Parent != (Process{}):
		return dead // the supervisor starts a role when the former one has ended
	case alive(other.Parent):
		return living
	case alive(other.Process) && other.Parent == (Process{}):
		return living
	case alive(other.Process):
		return ending
	}
	return dead
}

// Save makes lines what the life after this one is told, without writing what is there
// already. Lines that could not be written are tried again by Retry.
func (f *File) Save(lines []string) error {
	if f == nil {
		return nil
	}
	text, err := format(f.self, lines)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Path(), err)
	}
	if f.last != nil && bytes.Equal(text, f.last) {
		f.unsaved = nil
		return nil
	}
	if err := Replace(f.Path(), text); err != nil {
		f.unsaved, f.problem = append(make([]string, 0, len(lines)), lines...), err.Error()
		return err
	}
	f.last, f.unsaved = text, nil
	f.forget()
	return nil
}

// Unsaved reports whether the file does not say what it should: Retry has to be called.
func (f *File) Unsaved() bool { return f != nil && f.unsaved != nil }

// Problem says why the file does not say what it should, "" when it does.
func (f *File) Problem() string {
	if !f.Unsaved() {
		return ""
	}
	return f.problem
}

// Retry writes what Save could not write.
func (f *File) Retry() error {
	if !f.Unsaved() {
		return nil
	}
	return f.Save(f.unsaved)
}

// forget removes the files of former lives.
func (f *File) forget() {
	for _, path := range f.former {
		if path != f.Path() {
			_ = os.Remove(path) // one that stays is read again by the life after this one
		}
	}
	f.former = nil
}

// Remove deletes the file, and those of former lives: nothing is left behind in the kernel.
func (f *File) Remove() error {
	if f == nil {
		return nil
	}
	f.last, f.unsaved = nil, nil
	f.forget()
	if err := os.Remove(f.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
