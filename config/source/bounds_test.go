package source

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config/syntax"
)

// Files that would not end, and text that grows without end, are findings with their
// place: after a time and with memory that are bounded.
func TestWhatHasNoEndIsBounded(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("$L=ha\n$A0=${L}\n")
	for i := range 30 {
		laughs.WriteString("$A" + strconv.Itoa(i+1) + "=${A" + strconv.Itoa(i) + "}${A" + strconv.Itoa(i) + "}\n")
	}
	laughs.WriteString("router_id ${A30}\n")
	for _, tt := range []struct {
		name, text string
		want       string // rule and line of a finding
	}{
		{"zeroes", "include /dev/zero\n", "file-not-regular 1"},
		{"pipe", "\ninclude pipe\n", "file-not-regular 2"},
		{"directory", "include dir\n", "file-not-regular 1"},
		{"itself", "include k.conf\n", "bound-include-depth 1"},
		{"itself by a link", "include link\n", "bound-include-depth 1"},
		{"itself by a pattern", "include *.conf\n", "bound-include-depth 1"},
		{"100 MB of one line", "include huge\n", "bound-bytes 1"},
		{"long line", "router_id " + strings.Repeat("x", 100_000) + "\n", "line-too-long 1"},
		{"NUL", "router_id a\x00b\n", "embedded-nul 1"},
		{"itself by a definition", "$IF=${IF}\nrouter_id $IF\n", "bound-expansions 2"},
		{"one another by definitions", "$A=${B}\n$B=${A}\nrouter_id $A\n", "bound-expansions 3"},
		{"doubled 30 times", laughs.String(), "bound-expansions 33"},
		{"lines", strings.Repeat("a\n", 1_000_001), "bound-lines 1000001"},
		{"loops in loops", strings.Repeat("~SEQ(A,1,1000) ", 5) + strings.Repeat("x", 60_000) + "\n", "bound-bytes 1"},
		{"files", "~SEQ(A,1,10001) include empty\n", "bound-files 1"},
		{"definitions of several lines", "$A=$A \\\nx\n$A\n", "bound-nesting 1"},
		{"loops inside one another", strings.Repeat("~SEQ(A,1) ", 101) + "x\n", "bound-nesting 1"},
		{"work that leaves nothing", "~SEQ(A,1,100) include " + strings.Repeat("{x,y}", 12) + "\n", "bound-work 1"},
		{"findings", strings.Repeat("router_id ${X}\n", 2000), "too-many-findings 1001"},
		{"unreadable", "include /proc/self/mem\n", "file-unreadable 1"},
		{"names", "include {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\n", "bound-names 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			main := filepath.Join(dir, "k.conf")
			huge := filepath.Join(dir, "huge")
			err := errors.Join(
				os.WriteFile(main, []byte(tt.text), 0o644),
				os.WriteFile(huge, []byte("x"), 0o644),
				os.Truncate(huge, 100<<20),
				os.WriteFile(filepath.Join(dir, "empty"), nil, 0o644),
				os.Symlink("k.conf", filepath.Join(dir, "link")),
				os.Mkdir(filepath.Join(dir, "dir"), 0o755),
				syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			s := syntax.Load(OS{}, main, syntax.Options{ConfigID: "director"})
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			// 100 MB without the race detector, which makes pools forget.
			if took > 2*time.Minute || after.TotalAlloc-before.TotalAlloc > 4<<30 {
				t.Errorf("took %v and %d MB", took, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
			t.Log(took, (after.TotalAlloc-before.TotalAlloc)>>20)
			for _, d := range s.Diagnostics {
				if d.ID+" "+strconv.Itoa(d.Pos.Line) == tt.want {
					return
				}
			}
			t.Errorf("want %s, got %v", tt.want, s.Diagnostics)
		})
	}
}

// A file that somebody writes to is read to where it ends, whatever its size was when
// it was opened, and no further than the limit.
func TestFileThatGrowsIsReadWithinTheLimit(t *testing.T) {
	if got, err := (OS{}).ReadFile("/proc/self/status", 1<<20); err != nil ||
		!strings.Contains(string(got), "\nThreads:") {
		t.Errorf("a file of size 0 with text in it: %q, %v", got, err)
	}
	const line, begins, limit = "router_id grows\n", 1 << 20, 4 << 20
	file, err := os.Create(filepath.Join(t.TempDir(), "grows"))
	if err != nil {
		t.Fatal(err)
	}
	more := func() error { _, err := file.WriteString(strings.Repeat(line, begins/len(line))); return err }
	if err := more(); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for range 64 {
			select {
			case <-stop:
			default:
				err = errors.Join(err, more())
			}
		}
		stopped <- errors.Join(err, file.Close())
	}()
	got, err := OS{}.ReadFile(file.Name(), limit)
	close(stop)
	if err := errors.Join(err, <-stopped); err != nil {
		t.Error(err)
	}
	if len(got) < begins || len(got) > limit || strings.ReplaceAll(got, line, "") != "" {
		t.Errorf("read %d bytes", len(got))
	}
}
