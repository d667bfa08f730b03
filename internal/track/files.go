package track

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/filewatch"
	"holdfast/internal/logging"
)

// Files watches the track_files of a configuration. The value of one is the number in it (semantics
// 5.13): 0 if there is none, or no file.
type Files struct {
	log   *zap.Logger
	tell  teller
	watch watcher

	mu      sync.Mutex
	files   map[ID]*file
	said    bool // that some cannot be watched
	started bool // a first Configure was done
	closed  bool
}

// A watcher tells which files may have changed; one that cannot be watched, every second.
type watcher interface {
	Watch(path string) error
	Keep(used func(path string) bool)
	Close() error
}

// file is one that is watched.
type file struct {
	name, path string
	value      int
}

// NewFiles gives a Files that watches nothing yet.
func NewFiles(log *zap.Logger, reports Report) *Files {
	if log == nil {
		log = zap.NewNop()
	}
	f := &Files{log: log, tell: teller{reports: reports}, files: map[ID]*file{}}
	f.watch = filewatch.New(f.changed)
	return f
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
	if err := f.watch.Watch(w.path); err != nil && !f.said {
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

// changed looks again at some of the files and reports those with another value.
func (f *Files) changed(paths []string) {
	var news []ID
	f.mu.Lock()
	for id, w := range f.files {
		if was := w.value; !f.closed && slices.Contains(paths, w.path) {
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
	paths := map[string]bool{}
	for _, w := range f.files {
		paths[w.path] = true
	}
	f.watch.Keep(func(path string) bool { return paths[path] })
}

// Stop ends all watching.
func (f *Files) Stop() {
	f.mu.Lock()
	f.closed = true
	// The lock is not held below: what is being told needs it to end.
	f.mu.Unlock()
	if err := f.watch.Close(); err != nil {
		f.log.Warn("cannot end watching files", zap.Error(err))
	}
}
