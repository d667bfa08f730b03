package super

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// What could not be written into the pid file is tried again, and is what was to be written last.
func TestPIDFileIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	p, err := LockPIDFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Remove()
	writable := p.f
	if p.f, err = os.Open(path); err != nil { // what is open for reading only takes nothing
		t.Fatal(err)
	}
	if err := p.Write(41); err == nil || !p.Unwritten() {
		t.Fatalf("Write: %v", err)
	}
	if err := p.Write(42); err == nil || !p.Unwritten() {
		t.Fatalf("Write: %v", err)
	}
	if err := p.Retry(); err == nil || !p.Unwritten() {
		t.Errorf("Retry while it cannot be written: %v", err)
	}
	_ = p.f.Close()
	p.f = writable
	if err := p.Retry(); err != nil || p.Unwritten() {
		t.Errorf("Retry: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "42\n" {
		t.Errorf("file has %q (%v)", got, err)
	}
}

// The pid file of a role that could not be written at the start is written when that is possible, which is said once.
func TestPIDFileOfARoleIsTriedAgain(t *testing.T) {
	d := &daemon{t: t, dir: t.TempDir(), done: make(chan struct{})}
	d.more = sync.NewCond(&d.mu)
	d.write("vrrp\nchecker")
	file := filepath.Join(d.dir, "vrrp.pid")
	if err := os.Mkdir(file, 0o755); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.expect("open pid file "+file, "Startup complete")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	d.expect("pid file " + file + " is written now")
	if pid := d.pid("vrrp.pid"); !alive(pid) || pid == d.pid("pid") || pid == d.pid("checkers.pid") {
		t.Errorf("the file has %d", pid)
	}
	d.signal(syscall.SIGTERM)
	d.expect("Stopped")
	d.exit(0)
	if n := d.count("open pid file " + file); n != 1 {
		t.Errorf("the failure is said %d times", n)
	}
}
