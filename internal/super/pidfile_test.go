package super

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestPIDFile_cli6(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	p, err := LockPIDFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(123456); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(42); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "42\n" {
		t.Errorf("file has %q (%v)", got, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("mode %v (%v), want 0644", st.Mode(), err)
	}
	if _, err := LockPIDFile(path); !errors.Is(err, ErrRunning) {
		t.Errorf("second lock: %v, want ErrRunning", err)
	}
	p.Remove()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("file stays: %v", err)
	}
	if p, err = LockPIDFile(path); err != nil {
		t.Fatalf("lock after remove: %v", err)
	}
	p.Remove()
}

func TestPIDFileRefusesWhatIsNoPIDFile(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "precious")
	if err := os.WriteFile(target, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.pid")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"symbolic link": link, "directory": dir, "missing directory": filepath.Join(dir, "no", "x.pid"),
	} {
		if p, err := LockPIDFile(path); err == nil {
			t.Errorf("%s was accepted", name)
			p.Remove()
		}
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "data" {
		t.Errorf("the link's target has %q (%v)", got, err)
	}
}

func TestPIDFileStaleContentsDoNotCount(t *testing.T) {
	for name, text := range map[string]string{
		"junk": "what?", "empty": "", "dead": "999999999\n", "reused by something else": "1\n", "negative": "-1\n",
	} {
		path := filepath.Join(t.TempDir(), "x.pid")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := LockPIDFile(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p.Remove()
	}
}

// That a keepalived has died is believed when both its pid files say so, and were written since
// the machine was started.
func TestAKeepalivedThatHasDied(t *testing.T) {
	const dead = "999999999\n"
	for name, c := range map[string]struct {
		parent, role string
		old          string // which is from before
		want         bool
	}{
		"both dead":           {parent: dead, role: dead, want: true},
		"no file of the role": {parent: dead},
		"role file is empty":  {parent: dead, role: "\n"},
		"a new pid file":      {role: dead},
		"parent from before":  {parent: dead, role: dead, old: "parent"},
		"role from before":    {parent: dead, role: dead, old: "role"},
		"number reused":       {parent: dead, role: "1\n", want: true},
	} {
		dir := t.TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		for name, text := range map[string]string{"parent": c.parent, "role": c.role} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if c.old != "" {
			long := time.Unix(1000, 0)
			if err := os.Chtimes(path(c.old), long, long); err != nil {
				t.Fatal(err)
			}
		}
		p, err := LockPIDFile(path("parent"))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Stale(path("role")); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		p.Remove()
	}
}

func TestBackoff_cli4_2(t *testing.T) {
	var b backoff
	var got []time.Duration
	for range 9 {
		got = append(got, b.died(time.Second)/time.Second)
	}
	want := []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("delays %v, want %v", got, want)
		}
	}
	if d := b.died(time.Minute); d != 0 {
		t.Errorf("after a long life: %v, want 0", d)
	}
}

func TestBackoffStaysInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b backoff
		last := time.Duration(-1)
		for range rapid.IntRange(1, 30).Draw(t, "deaths") {
			life := time.Duration(rapid.IntRange(0, 120).Draw(t, "life")) * time.Second
			d := b.died(life)
			if d < 0 || d > time.Minute || life >= time.Minute && d != 0 {
				t.Fatalf("delay %v after a life of %v", d, life)
			}
			if life < time.Minute && last >= 0 && d < last {
				t.Fatalf("delay fell from %v to %v while it keeps dying", last, d)
			}
			last = d
		}
	})
}
