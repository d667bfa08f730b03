package track

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/config"
)

// desk is a Files with a directory of its own.
type desk struct {
	t      testing.TB
	dir    string
	f      *Files
	names  names
	events chan event2
	logs   *observer.ObservedLogs
}

type event2 struct {
	name  string
	value int
}

func newDesk(t testing.TB) *desk {
	core, logs := observer.New(zap.DebugLevel)
	d := &desk{t: t, dir: t.TempDir(), events: make(chan event2, 4096), logs: logs}
	d.f = NewFiles(zap.New(core), func(id ID, value int) { d.events <- event2{d.names.of(id), value} })
	t.Cleanup(func() { d.f.Stop() })
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

// watch configures files, "name" or "name=path".
func (d *desk) watch(list ...string) map[string]int {
	var cfg config.Config
	var used []string
	for _, l := range list {
		name, path, given := strings.Cut(l, "=")
		if !given {
			path = name
		}
		cfg.TrackFiles = append(cfg.TrackFiles, config.TrackFile{Name: name, Path: d.path(path)})
		used = append(used, name)
	}
	return d.names.values(d.f.Configure(&cfg, d.names.objects(used...)))
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) write(name, text string) {
	d.t.Helper()
	d.must(os.WriteFile(d.path(name), []byte(text), 0o644))
}

func (d *desk) mkdir(name string)       { d.t.Helper(); d.must(os.MkdirAll(d.path(name), 0o755)) }
func (d *desk) rename(from, to string)  { d.t.Helper(); d.must(os.Rename(d.path(from), d.path(to))) }
func (d *desk) symlink(to, name string) { d.t.Helper(); d.must(os.Symlink(to, d.path(name))) }
func (d *desk) remove(name string)      { d.t.Helper(); d.must(os.RemoveAll(d.path(name))) }

// expect is the next report.
func (d *desk) expect(name string, value int) {
	d.t.Helper()
	select {
	case e := <-d.events:
		if e != (event2{name, value}) {
			d.t.Fatalf("%v, want %s %d", e, name, value)
		}
	case <-time.After(20 * time.Second):
		d.t.Fatalf("no report of %s %d", name, value)
	}
}

// quiet is that nothing else was reported of what has been done so far: a file that is written
// last is the next to be heard of. What a configuration has just been given may be told once more.
func (d *desk) quiet(given ...event2) {
	d.t.Helper()
	d.write("last", "1")
	for _, e := range given {
		select {
		case got := <-d.events:
			if got == (event2{"last", 1}) {
				d.write("last", "0")
				d.expect("last", 0)
				return
			}
			if got != e {
				d.t.Fatalf("%v, want nothing but %v", got, e)
			}
		case <-time.After(20 * time.Second):
			d.t.Fatal("no report of the last file")
		}
	}
	d.expect("last", 1)
	d.write("last", "0")
	d.expect("last", 0)
}

func TestSemantics5_13_FilesAreFollowed(t *testing.T) {
	d := newDesk(t)
	d.write("f", "2\n")
	if got := d.watch("f", "last"); got["f"] != 2 || got["last"] != 0 {
		t.Fatalf("at start %v", got)
	}
	d.write("f", "4") // in place
	d.expect("f", 4)
	d.write("g", "9")
	d.rename("g", "f") // replaced
	d.expect("f", 9)
	d.write("f", "9 is no change")
	d.quiet()
	d.write("f", "99999999999")
	d.quiet()
	if n := d.logs.FilterMessage("Invalid number 99999999999 read from " + d.path("f") + " - ignoring").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
	d.rename("f", "g") // away
	d.expect("f", 0)
	d.rename("g", "f")
	d.write("f", "5")
	d.expect("f", 5)
	d.remove("f")
	d.expect("f", 0)
	d.write("f", "6") // made again
	d.expect("f", 6)
	d.write("f", "no number")
	d.expect("f", 0)
	d.remove("f")
	d.mkdir("f")
	d.quiet()
	d.remove("f")
	d.write("h", "7")
	d.must(os.Link(d.path("h"), d.path("f")))
	d.expect("f", 7)
}

// A file that is made is read when it is complete.
func TestFileIsReadWhenItIsClosed(t *testing.T) {
	d := newDesk(t)
	d.write("f", "3")
	d.watch("f", "last")
	w, err := os.OpenFile(d.path("f"), os.O_WRONLY|os.O_TRUNC, 0)
	d.must(err)
	d.quiet()
	_, err = w.WriteString("8")
	d.must(err)
	d.quiet()
	d.must(w.Close())
	d.expect("f", 8)
	d.remove("f")
	d.expect("f", 0)
	w, err = os.Create(d.path("f"))
	d.must(err)
	_, err = w.WriteString("12")
	d.must(err)
	d.quiet()
	d.must(w.Close())
	d.expect("f", 12)
}

func TestDirectoriesComeAndGo(t *testing.T) {
	d := newDesk(t)
	if got := d.watch("f=a/b/f", "last"); got["f"] != 0 {
		t.Fatal(got)
	}
	d.mkdir("a/b")
	d.write("a/b/f", "3")
	d.expect("f", 3)
	d.remove("a/b")
	d.expect("f", 0)
	d.mkdir("a/b")
	d.write("a/b/f", "4")
	d.expect("f", 4)
	d.rename("a", "c") // a directory further up
	d.expect("f", 0)
	d.write("c/b/f", "8")
	d.quiet()
	d.rename("c", "a")
	d.expect("f", 8)
	d.mkdir("new/b")
	d.write("new/b/f", "9")
	d.must(unix.Renameat2(unix.AT_FDCWD, d.path("new"), unix.AT_FDCWD, d.path("a"), unix.RENAME_EXCHANGE))
	d.expect("f", 9)
}

func TestSymbolicLinks(t *testing.T) {
	d := newDesk(t)
	d.mkdir("t")
	d.mkdir("v1")
	d.mkdir("v2")
	d.write("v1/f", "1")
	d.write("v2/f", "2")
	d.write("t/x", "11")
	d.symlink("t/x", "link")
	d.symlink("v1", "current") // as mounted configurations do it
	d.symlink("current/f", "f")
	d.symlink("loop", "loop")
	if got := d.watch("link", "f", "loop", "last"); got["link"] != 11 || got["f"] != 1 || got["loop"] != 0 {
		t.Fatal(got)
	}
	d.write("t/x", "12")
	d.expect("link", 12)
	d.symlink("v2", "next")
	d.rename("next", "current")
	d.expect("f", 2)
	d.write("v1/f", "7")
	d.quiet()
	d.write("v2/f", "3")
	d.expect("f", 3)
	d.remove("link")
	d.expect("link", 0)
	d.symlink(d.path("v1/f"), "link")
	d.expect("link", 7)
}

// A FIFO and a device hold nobody up.
func TestFilesThatAreNone(t *testing.T) {
	d := newDesk(t)
	d.must(unix.Mkfifo(d.path("fifo"), 0o600))
	d.symlink("/dev/zero", "zero")
	if got := d.watch("fifo", "zero", "d=."); got["fifo"] != 0 || got["zero"] != 0 || got["d"] != 0 {
		t.Error(got)
	}
}

func TestFilesOverAReload(t *testing.T) {
	d := newDesk(t)
	d.write("f", "3")
	d.write("g", "5")
	d.watch("f", "g", "same=f")
	d.write("f", "99999999999") // what was there before stays
	d.write("g", "6")
	d.expect("g", 6)
	if got := d.watch("f", "last"); got["f"] != 3 {
		t.Error(got)
	}
	d.write("g", "7")
	d.quiet() // nobody asks for it any more
	d.write("f", "4")
	d.expect("f", 4)
	if got := d.watch("f=g", "last"); got["f"] != 7 {
		t.Error(got)
	}
	d.write("f", "1")
	d.quiet(event2{"f", 7})
	d.f.Stop()
	if out := d.f.Configure(&config.Config{}, nil); len(out.Values) > 0 {
		t.Error(out)
	}
}

func TestSharedFile(t *testing.T) {
	d := newDesk(t)
	d.watch("a=f", "b=f")
	d.write("f", "3")
	d.expect("a", 3)
	d.expect("b", 3)
}

func TestSemantics5_13_InitFile(t *testing.T) {
	d := newDesk(t)
	d.write("kept", "4\n")
	d.write("over", "6\n")
	cfg := &config.Config{TrackFiles: []config.TrackFile{
		{Name: "made", Path: d.path("made"), Init: true, InitValue: -7},
		{Name: "kept", Path: d.path("kept"), Init: true, InitValue: 9},
		{Name: "over", Path: d.path("over"), Init: true, Overwrite: true},
		{Name: "unused", Path: d.path("unused"), Init: true},
		{Name: "plain", Path: d.path("plain")},
		{Name: "nowhere", Path: d.path("no/where"), Init: true},
	}}
	run := func() map[string]int {
		return d.names.values(d.f.Configure(cfg, d.names.objects("made", "kept", "over", "plain", "nowhere")))
	}
	if got := fmt.Sprint(run()); got != "map[kept:4 made:-7 nowhere:0 over:0 plain:0]" {
		t.Error(got)
	}
	for name, want := range map[string]string{"made": "-7\n", "kept": "4\n", "over": "0\n", "unused": "0\n"} {
		if text, err := os.ReadFile(d.path(name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if info, err := os.Stat(d.path("made")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := os.Stat(d.path("plain")); err == nil {
		t.Error("a file was made that nobody asked for")
	}
	if d.logs.FilterMessageSnippet("Unable to initialise track file nowhere").Len() != 1 {
		t.Errorf("%v", d.logs.All())
	}
	// A reload makes what is missing and leaves alone what is there.
	d.write("over", "5\n")
	d.expect("over", 5)
	d.remove("made")
	d.expect("made", 0)
	if got := run(); got["over"] != 5 || got["made"] != -7 {
		t.Error(got)
	}
}

// blind is a watcher that can watch nothing.
type blind struct{}

func (blind) Watch(string) error     { return errors.New("too many watches") }
func (blind) Keep(func(string) bool) {}
func (blind) Close() error           { return nil }

// A file that cannot be watched is read whenever it may have changed, and that is said once.
func TestFilesThatCannotBeWatched(t *testing.T) {
	d := newDesk(t)
	d.f.watch = blind{}
	if got := d.watch("f", "g"); got["f"] != 0 {
		t.Error(got)
	}
	for n := 3; n <= 4; n++ {
		d.write("f", fmt.Sprint(n))
		d.f.changed([]string{d.path("f"), d.path("g")})
		d.expect("f", n)
	}
	if n := d.logs.FilterMessageSnippet("cannot be watched and is read every second").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// Whatever is done to a file and to what is above it, in the end its number is known.
func TestFilesConverge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := &desk{t: t, dir: t.TempDir(), events: make(chan event2, 4096)}
		d.f = NewFiles(nil, func(id ID, value int) { d.events <- event2{d.names.of(id), value} })
		defer d.f.Stop()
		have := d.watch("f=a/b/f")["f"]
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			in := rapid.SampledFrom([]string{"a/b", "x/b", "a"}).Draw(rt, "in")
			// What cannot be done as things are is not done.
			switch rapid.IntRange(0, 6).Draw(rt, "what") {
			case 0, 1:
				_ = os.MkdirAll(d.path(in), 0o755)
			case 2:
				_ = os.WriteFile(d.path(in+"/f"), []byte(fmt.Sprint(rapid.IntRange(0, 99).Draw(rt, "n"))), 0o644)
			case 3:
				_ = os.RemoveAll(d.path(in))
			case 4:
				_ = os.Rename(d.path("a"), d.path("x"))
			case 5:
				_ = os.Rename(d.path("x"), d.path("a"))
			case 6:
				_ = os.Symlink("x", d.path("a"))
			}
		}
		want, _ := read(d.path("a/b/f"))
		for limit := time.After(10 * time.Second); have != want; {
			select {
			case e := <-d.events:
				have = e.value
			case <-limit:
				rt.Fatalf("%d, want %d", have, want)
			}
		}
	})
}
