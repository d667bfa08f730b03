package super

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// bystander is a process that must not be signalled: a shell, which HUP would end.
func bystander(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(path, "-c", "read x")
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return cmd
}

// copied is a program under another name.
func copied(t *testing.T, from, name string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestOnlyADaemonIsFound(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker")
	d.expect("Startup complete")
	shell := bystander(t, "/bin/sh")
	keepalived := bystander(t, copied(t, "/bin/sh", "keepalived"))
	named := bystander(t, copied(t, "/bin/sh", "holdfast"))
	zombie := exec.Command("/bin/true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait()
	eventually(t, "the zombie", func() bool { return !alive(zombie.Process.Pid) })
	thread := 0
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", d.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range threads {
		if e.Name() != itoa(d.cmd.Process.Pid) {
			_, _ = fmt.Sscan(e.Name(), &thread)
		}
	}
	for _, c := range []struct {
		what string
		pid  int
		says string // %d is the pid
	}{
		{"nobody", 1 << 23, "there is no process %d"},
		{"a shell", shell.Process.Pid, "process %d is no holdfast"},
		{"a shell called holdfast", named.Process.Pid, "process %d is no holdfast"},
		{"keepalived", keepalived.Process.Pid, "process %d is keepalived, not holdfast; kill -HUP %d makes it reload"},
		{"a zombie", zombie.Process.Pid, "process %d has ended"},
		{"a thread", thread, fmt.Sprintf("%%d is a thread of process %d, not a process", d.cmd.Process.Pid)},
		{"the vrrp role", d.pid("vrrp.pid"), fmt.Sprintf("process %%d is the VRRP process of a holdfast, which does not reload by itself; its parent process %d does", d.cmd.Process.Pid)},
		{"the checker role", d.pid("checkers.pid"), fmt.Sprintf("process %%d is the Healthcheck process of a holdfast, which does not reload by itself; its parent process %d does", d.cmd.Process.Pid)},
		{"this program without a daemon", os.Getpid(), "process %d is a holdfast, but no daemon: it holds no pid file"},
	} {
		want := strings.ReplaceAll(c.says, "%d", itoa(c.pid))
		if found, err := FindDaemon(c.pid); err == nil || err.Error() != want {
			t.Errorf("%s: %+v, %v; want %s", c.what, found, err, want)
		}
		file := filepath.Join(t.TempDir(), "pid")
		if err := os.WriteFile(file, []byte(itoa(c.pid)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if found, err := DaemonOf(file); err == nil || err.Error() != file+": "+want {
			t.Errorf("%s in a file: %+v, %v", c.what, found, err)
		}
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
	if n := d.count("Reloading ..."); n != 0 {
		t.Errorf("%d reloads", n)
	}
}

// A daemon is found by its number and its file, also when its program was replaced or removed,
// has another name, or the disk has no room for the number.
func TestADaemonIsFound(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	found, err := DaemonOf(filepath.Join(d.dir, "pid"))
	if err != nil || found.PID != d.cmd.Process.Pid {
		t.Fatalf("%+v, %v", found, err)
	}
	found.Close()
	if err := os.Truncate(filepath.Join(d.dir, "pid"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(d.cmd.Process.Pid); err != nil {
		t.Errorf("without its number in the file: %v", err)
	}

	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := &daemon{t: t, exe: copied(t, exe, "keepalived")}
	other.begin("vrrp\nvrrp tag A")
	other.expect("Startup complete")
	if err := os.Remove(other.exe); err != nil {
		t.Fatal(err)
	}
	if refused, err := ask(other.cmd.Process.Pid); refused != "" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	other.expect("Reload complete")
}

// A number that outlived its daemon and is that of another one now is not taken for it.
func TestAPIDFileThatWasLeft(t *testing.T) {
	d := startDaemon(t, "vrrp")
	d.expect("Startup complete")
	file := filepath.Join(t.TempDir(), "pid")
	for text, want := range map[string]string{
		itoa(d.cmd.Process.Pid) + "\n": "pid was left by a daemon that has ended", "": "pid has no process id", "x\n": "pid has no process id", "-1\n": "pid has no process id",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if found, err := DaemonOf(file); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %+v, %v", text, found, err)
		}
	}
	if found, err := DaemonOf(file + "none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%+v, %v", found, err)
	}
}

// Somebody who takes the name of the socket first is not believed, and the daemon says that it cannot be asked.
func TestTheSocketIsSomebodyElses(t *testing.T) {
	self := &Daemon{PID: os.Getpid(), inner: 1 << 23, fd: -1} // the name is one nobody uses
	l, err := net.ListenUnix("unix", askAddress(self.inner))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stranger := &Daemon{PID: 1 << 23, inner: 1 << 23, fd: -1}
	if _, err := AskReload(stranger, false); !errors.Is(err, ErrNotListening) {
		t.Errorf("%v", err)
	}
	if _, err := AskReload(&Daemon{PID: 1, inner: 1<<23 + 1, fd: -1}, false); !errors.Is(err, ErrNotListening) {
		t.Errorf("nobody: %v", err)
	}
}

// In a container the daemon has another number, and may be in the network of the host.
func TestADaemonInAContainer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("needs root for a PID namespace")
	}
	d := &daemon{t: t, attr: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}}
	d.begin("vrrp\nvrrp tag A")
	d.expect("Startup complete")
	found, err := FindDaemon(d.cmd.Process.Pid)
	if err != nil || found.inner != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	defer found.Close()
	if refused, err := AskReload(found, false); refused != "" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	if err := found.Signal(unix.SIGHUP); err != nil {
		t.Error(err)
	}
	d.expect("Reload complete", "Reload complete")
}
