package super

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// notifySocket is what systemd would listen on.
func notifySocket(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// receive returns the next datagram that begins with prefix.
func receive(t *testing.T, c *net.UnixConn, prefix string) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil {
		t.Fatalf("waiting for %s: %v", prefix, err)
	}
	got := string(b[:n])
	if !strings.HasPrefix(got, prefix) {
		t.Fatalf("got %q, want %s", got, prefix)
	}
	return got
}

func TestSystemd_cli10_2(t *testing.T) {
	abstract := fmt.Sprintf("@holdfast-super-%d", os.Getpid())
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), abstract} {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			c := notifySocket(t, name)
			d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A", "NOTIFY_SOCKET="+name)
			ready := receive(t, c, "READY=1")
			if want := fmt.Sprintf("\nMAINPID=%d\nSTATUS=Running 1 vrrp instance, 1 virtual server", d.cmd.Process.Pid); !strings.HasSuffix(
				ready,
				want,
			) {
				t.Errorf("got %q, want suffix %q", ready, want)
			}
			d.expect("Startup complete")
			d.never("has NOTIFY_SOCKET")

			d.signal(syscall.SIGHUP)
			if got := receive(t, c, "RELOADING=1"); !regexp.MustCompile(`\nMONOTONIC_USEC=[1-9][0-9]+\n`).MatchString(got) {
				t.Errorf("no monotonic time in %q", got)
			}
			receive(t, c, "READY=1")

			d.write("fatal nonsense")
			d.signal(syscall.SIGHUP)
			receive(t, c, "RELOADING=1")
			if got := receive(t, c, "READY=1"); !strings.Contains(got, "refused") || !strings.Contains(got, "nonsense") {
				t.Errorf("status of a refused reload: %q", got)
			}
			d.signal(syscall.SIGTERM)
			receive(t, c, "STOPPING=1")
			d.exit(0)
		})
	}
}

func TestSystemdHearsOfFailure(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	c := notifySocket(t, name)
	d := startDaemon(t, "vrrp\nvrrp permanent 2", "NOTIFY_SOCKET="+name)
	if got := receive(t, c, "STATUS=permanently no"); !strings.Contains(got, "\nERRNO=22") {
		t.Errorf("got %q", got)
	}
	d.exit(2)
}

func TestSystemdGoneDoesNotMatter(t *testing.T) {
	d := startDaemon(t, "vrrp", "NOTIFY_SOCKET=/nonexistent/socket")
	d.expect("Startup complete")
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

func TestSystemdIgnoresOtherAddresses(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "vsock:2:9999")
	if s := SystemdFromEnv(); s.addr != "" {
		t.Errorf("took %q", s.addr)
	}
	if v, ok := os.LookupEnv("NOTIFY_SOCKET"); ok {
		t.Errorf("NOTIFY_SOCKET is still %q", v)
	}
}
