package statefile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Of other daemons those are told that are known to run, wherever their files are, and none is changed.
func TestOthersThatRun(t *testing.T) {
	here := self(t)
	parent, _ := another(t)
	child, _ := another(t)
	gone := Process{PID: 1 << 30, Start: 1}
	me := here
	me.Process, me.Parent = Process{PID: 1<<30 + 1, Start: 2}, Process{PID: 1<<30 + 2, Start: 1}
	for _, test := range []struct {
		name string
		o    func(*Owner)
		told bool
		same bool // also when it has the path of ours
	}{
		{"runs", func(o *Owner) { o.Process, o.Parent = child, parent }, true, true},
		{"runs without a supervisor that can be seen", func(o *Owner) { o.Process, o.Parent = child, Process{} }, true, true},
		{"will be started again", func(o *Owner) { o.Process, o.Parent = gone, parent }, true, true},
		{"ends", func(o *Owner) { o.Process, o.Parent = child, gone }, true, false},
		{"dead", func(o *Owner) { o.Process, o.Parent = gone, gone }, false, false},
		{"this very life", func(o *Owner) { *o = me }, false, false},
		{"a former life of this role", func(o *Owner) { o.Process, o.Parent = gone, me.Parent }, false, false},
		{"another network namespace", func(o *Owner) { o.Process, o.Parent = child, parent; o.NetSpace++ }, false, false},
		{"another namespace of processes", func(o *Owner) { o.Process, o.Parent = child, parent; o.PIDSpace++ }, false, false},
		{"a former boot", func(o *Owner) { o.Process, o.Parent = child, parent; o.Boot = "x" }, false, false},
	} {
		ours, theirs := t.TempDir(), t.TempDir()
		o := here
		test.o(&o)
		f := New(filepath.Join(ours, "holdfast_a.ipvs"), me)
		for _, place := range []struct {
			path string
			told bool
		}{
			{filepath.Join(theirs, "holdfast_b.ipvs"), test.told},
			{filepath.Join(theirs, "holdfast_a.ipvs"), test.told},
			{filepath.Join(ours, "holdfast_b.ipvs"), test.told},
			{filepath.Join(ours, "holdfast_a.ipvs"), test.same},
			{filepath.Join(ours, "holdfast_b.sync"), false},
			{filepath.Join(t.TempDir(), "holdfast_b.ipvs"), false}, // nobody says that there is something
		} {
			file := save(t, place.path, o, "x")
			lives, err := f.Others(theirs, ours, theirs+"/.", filepath.Join(theirs, "missing"))
			if err != nil {
				t.Fatal(err)
			}
			told := slices.ContainsFunc(lives, func(l Life) bool { return slices.Equal(l.Lines, []string{"x"}) && l.Owner == o })
			if told != place.told || len(lives) > 1 {
				t.Errorf("%s, %s: %v", test.name, place.path, lives)
			}
			if err := file.Remove(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is no file of an owner is passed over; what cannot be read is told of, and the rest is given.
func TestOthersBesideWhatIsNone(t *testing.T) {
	dir := t.TempDir()
	o := self(t)
	o.Process, _ = another(t)
	o.Parent = Process{}
	me := self(t)
	for _, name := range []string{"holdfast_b.ipvs", "holdfast_b.ipvs.1", ".holdfast_b.ipvs.1.2.3", ".ipvs.1.2", "b.ipvs.x.2", "b.ipvs.3.4", "1.2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("junk\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(t, filepath.Join(dir, "holdfast_b.ipvs"), o, "x")
	f := New(filepath.Join(dir, "holdfast_a.ipvs"), me)
	if lives, err := f.Others(); err != nil || len(lives) != 1 {
		t.Errorf("%v %v", lives, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "c.ipvs.5.6"), 0o700); err != nil {
		t.Fatal(err)
	}
	if lives, err := f.Others(); err == nil || len(lives) != 1 {
		t.Errorf("%v %v", lives, err)
	}
	var none *File
	if lives, err := none.Others(dir); err != nil || lives != nil {
		t.Errorf("%v %v", lives, err)
	}
}
