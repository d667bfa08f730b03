package statefile

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func self(t *testing.T) Owner {
	t.Helper()
	o, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// another is a process beside this one that runs until the function it gives is called;
// then it is dead and waited for.
func another(t *testing.T) (Process, func()) {
	t.Helper()
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ticks, _, err := started(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	end := func() {
		in.Close()
		_ = cmd.Wait() // again at the end of the test
	}
	t.Cleanup(end)
	return Process{PID: cmd.Process.Pid, Start: ticks}, end
}

func save(t *testing.T, path string, o Owner, lines ...string) *File {
	t.Helper()
	f := New(path, o)
	if err := f.Save(lines); err != nil {
		t.Fatal(err)
	}
	return f
}

func former(t *testing.T, f *File, legacy ...string) []string {
	t.Helper()
	lives, err := f.Former(legacy...)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range lives {
		lines = append(lines, l.Lines...)
	}
	return lines
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// Each life that is dead is told of, each that lives is left alone, and none is overwritten.
func TestOnlyTheDeadAreTold(t *testing.T) {
	here := self(t)
	parent, endParent := another(t)
	child, endChild := another(t)
	gone := Process{PID: 1 << 30, Start: 1}
	me := here
	me.Process, me.Parent = Process{PID: 1<<30 + 1, Start: 2}, Process{PID: 1<<30 + 2, Start: 1}
	for _, test := range []struct {
		name string
		o    func(*Owner)
		told bool
	}{
		{"dead with its supervisor", func(o *Owner) { o.Process, o.Parent = gone, gone }, true},
		{"this very process", func(o *Owner) { *o = me }, true},
		{"former life under the same supervisor", func(o *Owner) { o.Process, o.Parent = gone, me.Parent }, true},
		{"alive", func(o *Owner) { o.Process, o.Parent = child, parent }, false},
		{"alive, its supervisor is dead", func(o *Owner) { o.Process, o.Parent = child, gone }, false},
		{"dead, its supervisor will start it again", func(o *Owner) { o.Process, o.Parent = gone, parent }, false},
		{"its number is that of another process now", func(o *Owner) {
			o.Process, o.Parent = Process{PID: child.PID, Start: child.Start - 1}, gone
		}, true},
		{"no supervisor", func(o *Owner) { o.Process, o.Parent = gone, Process{} }, true},
		{"in another network namespace", func(o *Owner) { o.Process, o.Parent, o.NetSpace = gone, gone, 1 }, false},
		{"in another namespace of processes", func(o *Owner) { o.Process, o.Parent, o.PIDSpace = gone, gone, 1 }, false},
		{"of another boot", func(o *Owner) { o.Process, o.Parent, o.Boot = gone, gone, "x" }, false},
	} {
		path := filepath.Join(t.TempDir(), "role")
		o := here
		test.o(&o)
		save(t, path, o, "mine")
		got := former(t, New(path, me))
		if told := len(got) == 1 && got[0] == "mine"; told != test.told {
			t.Errorf("%s: told %q, want %v", test.name, got, test.told)
		}
	}
	path := filepath.Join(t.TempDir(), "role")
	o := here
	o.Process, o.Parent = child, parent
	save(t, path, o, "child")
	endChild()
	if got := former(t, New(path, me)); got != nil {
		t.Errorf("its supervisor lives: %q", got)
	}
	endParent()
	if f := New(path, me); former(t, f) == nil || f.Ended() {
		t.Error("what is dead does not end")
	}
	if got := former(t, New(path, me)); !slices.Equal(got, []string{"child"}) {
		t.Errorf("both are dead: %q", got)
	}
}

// A process that has died and that nobody has waited for is dead.
func TestZombieIsDead(t *testing.T) {
	cmd := exec.Command("echo")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	ticks, _, err := started(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, bufio.NewReader(out)); err != nil {
		t.Fatal(err)
	}
	p := Process{PID: cmd.Process.Pid, Start: ticks}
	for p.Alive() { // between closing its files and its end
		syscall.Kill(p.PID, syscall.SIGKILL)
	}
}

// The files of the dead go when ours is written, not before, those of the living stay.
func TestFormerFilesGoWhenOursIsWritten(t *testing.T) {
	dir := t.TempDir()
	path, old := filepath.Join(dir, "role"), filepath.Join(dir, "old.state")
	me := self(t)
	dead, living, passed := me, me, me
	dead.Process, dead.Parent = Process{PID: 1 << 30, Start: 1}, Process{}
	passed.Process, passed.Boot = Process{PID: 1 << 30, Start: 2}, "x"
	living.Process, _ = another(t)
	living.Parent = Process{}
	for _, o := range []Owner{dead, living, passed} {
		save(t, path, o, "x")
	}
	if err := os.WriteFile(old, []byte("inet fwmark 5\n\ninet fwmark 6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := New(path, me)
	if got := former(t, f, old); !slices.Equal(got, []string{"inet fwmark 5", "inet fwmark 6", "x"}) {
		t.Errorf("told %q", got)
	}
	if got := names(t, dir); len(got) != 4 {
		t.Errorf("before ours is written there are %q", got)
	}
	if err := f.Save([]string{"y"}); err != nil {
		t.Fatal(err)
	}
	want := []string{nameOf("role", living.Process), nameOf("role", me.Process)}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("then %q, want %q", got, want)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, want[:1]) && !slices.Equal(got, want[1:]) {
		t.Errorf("after Remove %q", got)
	}
	if err := f.Remove(); err != nil {
		t.Errorf("a second Remove: %v", err)
	}
}

// What was killed while it wrote leaves nothing for ever, what is writing now is not disturbed.
func TestHalfWrittenFilesGo(t *testing.T) {
	dir := t.TempDir()
	f := New(filepath.Join(dir, "role"), self(t))
	p, _ := another(t)
	stay := []string{"." + nameOf("role", p) + ".1", ".role.1", "." + nameOf("other", Process{PID: 1 << 30}) + ".1"}
	for _, name := range append(stay, "."+nameOf("role", Process{PID: 1 << 30, Start: 1})+".77", "."+nameOf("role", f.self.Process)+".78") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := former(t, f); got != nil {
		t.Errorf("told %q", got)
	}
	slices.Sort(stay)
	if got := names(t, dir); !slices.Equal(got, stay) {
		t.Errorf("there are %q, want %q", got, stay)
	}
}

// What could not be written is known, and written when that is possible.
func TestUnsavedIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	f := New(filepath.Join(dir, "role"), self(t))
	if err := f.Save([]string{"a"}); err == nil || !f.Unsaved() || f.Problem() != err.Error() {
		t.Fatalf("saved where there is no directory: %v, %s", err, f.Problem())
	}
	if err := f.Retry(); err == nil || !f.Unsaved() {
		t.Fatalf("saved where there is no directory: %v", err)
	}
	if err := f.Save(nil); err == nil || !f.Unsaved() {
		t.Fatalf("an empty list is one as well: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Retry(); err != nil || f.Unsaved() || f.Problem() != "" {
		t.Fatalf("not saved: %v, %s", err, f.Problem())
	}
	if err := f.Save([]string{"a"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(f.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	if err := f.Save([]string{"a"}); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(f.Path()); err != nil || !os.SameFile(info, again) {
		t.Error("written although nothing changed")
	}
	if got := former(t, New(filepath.Join(dir, "role"), self(t))); !slices.Equal(got, []string{"a"}) {
		t.Errorf("told %q", got)
	}
}

// A file that others can have written is not believed, and none holds up the reader.
func TestOnlyOurOwnFilesAreBelieved(t *testing.T) {
	good, err := format(self(t), []string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	foreign := "/proc/version" // root's
	for _, test := range []struct {
		name, err string
		put       func(path string) error
	}{
		{"a symbolic link", "too many levels of symbolic links", func(p string) error {
			return os.Symlink(p+".target", p)
		}},
		{"a FIFO", "not a regular file", func(p string) error { return syscall.Mkfifo(p, 0o600) }},
		{"a directory", "not a regular file", func(p string) error { return os.Mkdir(p, 0o700) }},
		{"written by the group", "others may write to it (mode 0620)", func(p string) error {
			return os.Chmod(p, 0o620)
		}},
		{"written by all", "others may write to it (mode 0602)", func(p string) error { return os.Chmod(p, 0o602) }},
		{"too large", "16777217 bytes are more than", func(p string) error { return os.Truncate(p, maxSize+1) }},
		{"without a word of whose it is", "does not say whose it is", func(p string) error {
			return os.WriteFile(p, []byte("inet fwmark 5\n"), 0o600)
		}},
		{"somebody else's", "it belongs to uid", func(p string) error {
			if os.Geteuid() == 0 {
				return os.Chown(p, 65534, 65534)
			}
			return os.Remove(p)
		}},
	} {
		dir := t.TempDir()
		f := New(filepath.Join(dir, "role"), self(t))
		path := f.Path()
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains("a symbolic link a FIFO a directory", test.name) {
			err = test.put(path)
		} else if err = os.Rename(path, path+".target"); err == nil {
			err = test.put(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		if test.name == "somebody else's" && os.Geteuid() != 0 {
			path = foreign
		}
		lives, err := f.Former()
		if path == foreign {
			_, err = read(path)
		}
		if err == nil || !strings.Contains(err.Error(), test.err) || len(lives) != 0 {
			t.Errorf("%s: %v, %v; want %s", test.name, lives, err, test.err)
		}
	}
}

func TestNilFileRemembersNothing(t *testing.T) {
	var f *File
	if lives, err := f.Former("x"); lives != nil || err != nil {
		t.Error(lives, err)
	}
	if f.Save([]string{"x"}) != nil || f.Ended() || f.Unsaved() || f.Problem() != "" || f.Retry() != nil || f.Remove() != nil {
		t.Error("a nil file did something")
	}
}

// A life that is ending when it is met says more when it has ended, once.
func TestALifeThatEndsLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "role")
	o := self(t)
	child, end := another(t)
	o.Process, o.Parent = child, Process{PID: 1 << 30, Start: 1}
	save(t, path, o, "x")
	f := New(path, self(t))
	if got := former(t, f); got != nil || f.Ended() {
		t.Errorf("while it lives: told %q", got)
	}
	end()
	if !f.Ended() || f.Ended() {
		t.Error("it has ended, once")
	}
	if got := former(t, f); !slices.Equal(got, []string{"x"}) {
		t.Errorf("told %q", got)
	}
}
