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
