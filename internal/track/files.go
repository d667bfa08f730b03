package track

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/logging"
)

// lookAgain is how often files are read that cannot be watched.
const lookAgain = time.Second

// Files watches the track_files of a configuration. The value of one is the number in it (semantics
// 5.13): 0 if there is none, or no file.
type Files struct {
	log  *zap.Logger
	tell teller

	mu      sync.Mutex
	notify  *inotify // nil before there is something to watch
	files   map[ID]*file
	watched map[int32]bool
	again   *time.Timer // for the files that cannot be watched; nil if there are none
	said    bool        // that there are some
	started bool        // a first Configure was done
	closed  bool
	ended   sync.WaitGroup
}

// file is one that is watched.
type file struct {
	name, path string
	value      int
	places     map[place]int32 // that are watched, by their numbers
	blind      bool            // it cannot be watched
}

// NewFiles gives a Files that watches nothing yet.
func NewFiles(log *zap.Logger, reports Report) *Files {
	if log == nil {
		log = zap.NewNop()
	}
	return &Files{log: log, tell: teller{reports: reports}, files: map[ID]*file{}, watched: map[int32]bool{}}
}

// Configure makes the files that are to be made, at the first time also anew, and watches those asked for. All
// values are known when it returns.
func (f *Files) Configure(cfg *config.Config, objects []Object) Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := Outcome{Values: map[ID]int{}}
	if f.closed {
		return out
	}
	for i := range cfg.TrackFiles {
		// All files, also those that nobody tracks (semantics 5.13).
		f.makeFile(&cfg.TrackFiles[i])
	}
	f.started = true
	old := f.files
	f.files = make(map[ID]*file, len(objects))
	for _, o := range objects {
		i := slices.IndexFunc(cfg.TrackFiles, func(t config.TrackFile) bool { return t.Name == o.Name })
		if i < 0 {
			// Not in the configuration: whoever tracks it goes on as if it did not (semantics
			// 5.17).
			out.Disabled = append(out.Disabled, o.ID)
			continue
		}
		// A file with the same path keeps its value and its watches over a reload: a number that
		// does not fit would otherwise be forgotten and become 0.
		w := &file{name: o.Name, path: cfg.TrackFiles[i].Path}
		if was := old[o.ID]; was != nil && was.path == w.path {
			w = was
		}
		f.files[o.ID] = w
		f.look(w)
		out.Values[o.ID] = w.value
	}
	f.forget()
	return out
}

// makeFile does what init_file asks for: a file that exists is replaced at the start only, so that a reload keeps
// what was put there since.
func (f *Files) makeFile(t *config.TrackFile) {
	if !t.Init {
		return
	}
	if t.Overwrite && !f.started {
		_ = os.Remove(t.Path) // what cannot be removed stays, as without overwrite
	}
	// A new file, so that nobody has put a link there that leads elsewhere.
	w, err := os.OpenFile(t.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	// Its number counts, whatever init_file says.
	if errors.Is(err, os.ErrExist) {
		return
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "%d\n", t.InitValue)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		f.log.Error(fmt.Sprintf("%s: Unable to initialise track file %s: %v", t.Pos, t.Name, err), logging.Instance(t.Name))
	}
}

// look watches what there is of a file and then reads it, so that no change falls in between.
func (f *Files) look(w *file) {
	err := f.watch(w)
	w.blind = err != nil
	// One timer for all blind files; each round sets it again while there are some.
	if w.blind && f.again == nil {
		f.again = time.AfterFunc(lookAgain, f.lookAtBlind)
	}
	if w.blind && !f.said {
		f.said = true
		f.log.Warn(fmt.Sprintf("track file %s cannot be watched and is read every second: %v", w.name, err),
			logging.Instance(w.name))
	}
	n, misfit := read(w.path)
	if misfit != "" {
		// The value stays what it was (semantics 5.13).
		f.log.Info(fmt.Sprintf("Invalid number %s read from %s - ignoring", misfit, w.path), logging.Instance(w.name))
		return
	}
	w.value = n
}

// lookAtBlind looks at the files that cannot be watched.
func (f *Files) lookAtBlind() {
	f.mu.Lock()
	// Before the look, so that a file that is still blind sets the timer again.
	f.again = nil
	f.mu.Unlock()
	f.changed(func(w *file) bool { return w.blind })
}

// read is the number in a file, 0 if it cannot be read, or what stands there if that is too large.
func read(path string) (n int, misfit string) {
	r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO nobody writes to must not hold us up
	if err != nil {
		return 0, ""
	}
	defer func() { _ = r.Close() }() // nothing was written
	// To read from a pipe would take from its reader what was meant for it.
	if info, err := r.Stat(); err != nil || info.Mode()&os.ModeNamedPipe != 0 {
		return 0, ""
	}
	buf := make([]byte, shown)
	size, _ := io.ReadFull(r, buf) // less than that is a number, too
	n, ok := number(buf[:size])
	if !ok {
		_, _ = fmt.Sscan(string(buf[:size]), &misfit) // there is a word: it has digits
	}
	return n, misfit
}

// watch watches the places of a file. Directories come and go meanwhile: it is done when nothing has changed.
func (f *Files) watch(w *file) error {
	if err := f.open(); err != nil {
		return err
	}
	var before []place
	for range maxLinks {
		now := places(w.path)
		if slices.Equal(now, before) {
			return nil
		}
		// The watches come first and the comparison after: a directory that was made between the
		// look and the watch shows as a difference in the next round.
		before = now
		w.places = make(map[place]int32, len(now))
		for _, p := range now {
			wd, err := f.notify.add(p)
			// These two are a directory that has gone since: the next round finds the one above it.
			if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
				return err
			}
			if err == nil {
				w.places[p], f.watched[wd] = wd, true
			}
		}
	}
	return fmt.Errorf("%s does not hold still", filepath.Dir(w.path))
}

// open begins to listen when there is something to listen to.
func (f *Files) open() error {
	if f.notify != nil {
		return nil
	}
	n, err := openInotify()
	if err != nil {
		return err
	}
	f.notify = n
	changes := make(chan []change)
	f.ended.Go(func() { n.listen(changes) })
	f.ended.Go(func() { f.run(changes) })
	return nil
}

// listen passes on what the kernel says until the watch is closed.
func (n *inotify) listen(to chan<- []change) {
	defer close(to)
	buf := make([]byte, 1<<14)
	for {
		list, err := n.read(buf)
		if err != nil {
			return
		}
		to <- list
	}
}

func (f *Files) run(changes <-chan []change) {
	for list := range changes {
		f.changed(func(w *file) bool { return slices.ContainsFunc(list, w.concerned) })
	}
}

// concerned reports whether a change is one of the file, or of the way to it.
func (w *file) concerned(c change) bool {
	// Something was lost, and nobody knows of which directory.
	if c.mask&unix.IN_Q_OVERFLOW != 0 {
		return true
	}
	for p, wd := range w.places {
		// IN_IGNORED is the end of a watch, often one that forget has ended: nothing has changed.
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

// changed looks again at some of the files and reports those with another value.
func (f *Files) changed(concerned func(*file) bool) {
	var news []ID
	f.mu.Lock()
	for id, w := range f.files {
		if was := w.value; !f.closed && concerned(w) {
			f.look(w)
			if w.value != was {
				news = append(news, id)
			}
		}
	}
	f.forget()
	f.mu.Unlock()
	// A map has no order; reports, and the lines of the log that come of them, have one.
	slices.Sort(news)
	for _, id := range news {
		f.tell.tell(id, f.value)
	}
}

func (f *Files) value(id ID) (v int, watched bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.files[id]
	if w == nil || f.closed {
		return 0, false
	}
	return w.value, true
}

// forget ends the watches that no file needs any more.
func (f *Files) forget() {
	if f.closed {
		return // so are the watches
	}
	needed := map[int32]bool{}
	for _, w := range f.files {
		for _, wd := range w.places {
			needed[wd] = true
		}
	}
	for wd := range f.watched {
		if !needed[wd] {
			delete(f.watched, wd)
			f.notify.remove(wd)
		}
	}
}

// Stop ends all watching.
func (f *Files) Stop() {
	f.mu.Lock()
	// The lock is not held below: run needs it to end.
	n := f.notify
	f.closed = true
	if f.again != nil {
		f.again.Stop()
	}
	f.mu.Unlock()
	if n == nil {
		return
	}
	if err := n.close(); err != nil {
		f.log.Warn("cannot end watching files", zap.Error(err))
	}
	f.ended.Wait()
}
