// Package filewatch tells when files may have changed, whatever there is of them yet: a file may be missing, be
// replaced, or be behind links and directories that come and go.
package filewatch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// lookAgain is how often files are said to have changed that cannot be watched.
const lookAgain = time.Second

// A Watcher watches files.
type Watcher struct {
	changed func(paths []string)

	mu      sync.Mutex
	notify  *inotify // nil before there is something to watch
	files   map[string]*file
	watched map[int32]bool
	again   *time.Timer // for the files that cannot be watched; nil if there are none
	closed  bool
	ended   sync.WaitGroup
}

// file is one that is watched.
type file struct {
	places map[place]int32 // by their numbers
	blind  bool            // it cannot be watched
}

// New gives a Watcher that watches nothing yet. Changed is called from goroutines of the Watcher with the files
// that are to be watched and read again; it may call the Watcher.
func New(changed func(paths []string)) *Watcher {
	return &Watcher{changed: changed, files: map[string]*file{}, watched: map[int32]bool{}}
}

// Watch watches what there is of a file: whoever reads it afterwards will hear of every change. What there is of it
// changes with the file, so this is to be said again for each that changed. With an error the file cannot be watched,
// and is said to have changed every second.
func (w *Watcher) Watch(path string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return os.ErrClosed
	}
	f := w.files[path]
	if f == nil {
		f = &file{}
		w.files[path] = f
	}
	err := w.watch(path, f)
	f.blind = err != nil
	// One timer for all blind files; each round sets it again while there are some.
	if f.blind && w.again == nil {
		w.again = time.AfterFunc(lookAgain, w.lookAtBlind)
	}
	return err
}

// Keep ends the watches of all files but these, and those that none of them needs any more.
func (w *Watcher) Keep(used func(path string) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return // so are the watches
	}
	needed := map[int32]bool{}
	for path, f := range w.files {
		if !used(path) {
			delete(w.files, path)
			continue
		}
		for _, wd := range f.places {
			needed[wd] = true
		}
	}
	for wd := range w.watched {
		if !needed[wd] {
			delete(w.watched, wd)
			w.notify.remove(wd)
		}
	}
}

// Close ends all watching. A call of changed that has begun may still go on.
func (w *Watcher) Close() error {
	w.mu.Lock()
	// The lock is not held below: run needs it to end.
	n := w.notify
	w.closed = true
	if w.again != nil {
		w.again.Stop()
	}
	w.mu.Unlock()
	if n == nil {
		return nil
	}
	err := n.close()
	w.ended.Wait()
	return err
}

// lookAtBlind has those looked at that cannot be watched.
func (w *Watcher) lookAtBlind() {
	// Before the look, so that a file that is still blind sets the timer again.
	w.mu.Lock()
	w.again = nil
	w.mu.Unlock()
	w.tell(func(f *file) bool { return f.blind })
}

// tell says which files may have changed.
func (w *Watcher) tell(concerned func(*file) bool) {
	var paths []string
	w.mu.Lock()
	for path, f := range w.files {
		if !w.closed && concerned(f) {
			paths = append(paths, path)
		}
	}
	w.mu.Unlock()
	if len(paths) > 0 {
		slices.Sort(paths)
		w.changed(paths)
	}
}

// watch watches the places of a file. Directories come and go meanwhile: it is done when nothing has changed.
func (w *Watcher) watch(path string, f *file) error {
	if err := w.open(); err != nil {
		return err
	}
	var before []place
	for range maxLinks {
		now := places(path)
		if slices.Equal(now, before) {
			return nil
		}
		// The watches come first and the comparison after: a directory that was made between the
		// look and the watch shows as a difference in the next round.
		before = now
		f.places = make(map[place]int32, len(now))
		for _, p := range now {
			wd, err := w.notify.add(p)
			// These two are a directory that has gone since: the next round finds the one above it.
			if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
				return err
			}
			if err == nil {
				f.places[p], w.watched[wd] = wd, true
			}
		}
	}
	return fmt.Errorf("%s does not hold still", filepath.Dir(path))
}

// open begins to listen when there is something to listen to.
func (w *Watcher) open() error {
	if w.notify != nil {
		return nil
	}
	n, err := openInotify()
	if err != nil {
		return err
	}
	w.notify = n
	w.ended.Go(func() {
		buf := make([]byte, 1<<14)
		for {
			list, err := n.read(buf)
			if err != nil {
				return
			}
			w.tell(func(f *file) bool { return slices.ContainsFunc(list, f.concerned) })
		}
	})
	return nil
}

// concerned reports whether a change is one of the file, or of the way to it.
func (f *file) concerned(c change) bool {
	// Something was lost, and nobody knows of which directory.
	if c.mask&unix.IN_Q_OVERFLOW != 0 {
		return true
	}
	for p, wd := range f.places {
		// IN_IGNORED is the end of a watch, often one that Keep has ended: nothing has changed.
		if wd == c.wd && (c.name == "" || c.name == p.name) && c.mask&unix.IN_IGNORED == 0 && p.complete(c) {
			return true
		}
	}
	return false
}

// complete reports whether the change is whole: who makes a file will yet write and close it.
func (p place) complete(c change) bool {
	if c.mask&unix.IN_CREATE == 0 {
		return true
	}
	var st unix.Stat_t
	if err := unix.Lstat(filepath.Join(p.dir, p.name), &st); err != nil {
		return true
	}
	// A second name (link(2)) is made of a file that has been written already, so no close follows.
	return st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1
}
