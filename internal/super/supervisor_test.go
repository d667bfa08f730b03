package super

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestStartAndStop(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
	d.expect("Starting VRRP child process, pid=", "Starting Healthcheck child process, pid=", "Startup complete")
	for _, role := range []string{"vrrp.pid", "checkers.pid"} {
		if pid := d.pid(role); !alive(pid) {
			t.Errorf("%s names %d, which is not alive", role, pid)
		}
	}
	if got := d.pid("pid"); got != d.cmd.Process.Pid {
		t.Errorf("pid file has %d, want %d", got, d.cmd.Process.Pid)
	}
	d.signal(syscall.SIGTERM)
	d.expect("Stopping", "Stopped")
	d.exit(0)
	for _, r := range []string{"vrrp", "checker"} {
		d.seen = 0
		d.expect(r+" prepared", r+" committed A", r+" gave back")
	}
	left, err := filepath.Glob(filepath.Join(d.dir, "*pid"))
	if err != nil || len(left) != 0 {
		t.Errorf("files left: %v (%v)", left, err)
	}
}

func TestChildNamesInProcessList(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker")
	d.expect("Startup complete")
	for file, want := range map[string]string{"vrrp.pid": "keepalived_vrrp", "checkers.pid": "keepalived_healthcheckers"} {
		b, err := os.ReadFile("/proc/" + itoa(d.pid(file)) + "/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(b), "\x00"); got != want {
			t.Errorf("argv[0] is %q, want %q", got, want)
		}
	}
}
