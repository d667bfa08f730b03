package super

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestReloadAskedFor(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	pid := d.cmd.Process.Pid
	for _, c := range []struct{ conf, refused string }{
		{"vrrp\nvrrp tag B", ""},
		{"fatal nonsense", "nonsense"},
		{"vrrp\nvrrp refuse no room", "no room"},
		{"vrrp\nvrrp tag C\nerror something new", "something new"},
		{"vrrp\nvrrp tag D", ""},
	} {
		d.write(c.conf)
		refused, err := ask(pid)
		if err != nil || c.refused == "" && refused != "" || !strings.Contains(refused, c.refused) {
			t.Errorf("%q: refused %q, error %v, want %q", c.conf, refused, err, c.refused)
		}
		if c.refused == "" {
			d.expectAll("committed "+c.conf[len(c.conf)-1:], "Reload complete")
		}
	}
}

// Whoever asks while a reload runs gets the answer of the one after it, which is sure
// to have read the file as it was then.
func TestReloadAskedForWhileOneRuns(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	d.write("vrrp\nvrrp tag B\nvrrp slow-prepare 500")
	first := make(chan string, 1)
	go func() {
		refused, err := ask(d.cmd.Process.Pid)
		first <- refused + errorText(err)
	}()
	d.expect("vrrp prepares slowly") // the file has been read
	d.write("fatal nonsense")
	refused, err := ask(d.cmd.Process.Pid)
	if err != nil || !strings.Contains(refused, "nonsense") {
		t.Errorf("the second: %q, %v", refused, err)
	}
	if got := <-first; got != "" {
		t.Errorf("the first: %q", got)
	}
}

func TestReloadAskedForWhileTheDaemonStops(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A\nvrrp slow-stop 200")
	d.expect("vrrp committed A", "Startup complete")
	d.write("vrrp\nvrrp slow-prepare 2000")
	answer := make(chan string, 1)
	go func() {
		refused, err := ask(d.cmd.Process.Pid)
		answer <- refused + errorText(err)
	}()
	d.expect("Reloading ...")
	d.signal(syscall.SIGTERM)
	if got := <-answer; got != answerStopping {
		t.Errorf("got %q, want %q", got, answerStopping)
	}
	d.exit(0)
}

func TestReloadOfADaemonThatDies(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	d.write("vrrp\nvrrp slow-prepare 5000")
	answer := make(chan error, 1)
	go func() {
		_, err := ask(d.cmd.Process.Pid)
		answer <- err
	}()
	d.expect("Reloading ...")
	d.signal(syscall.SIGKILL)
	if err := <-answer; err == nil || errors.Is(err, ErrNotListening) {
		t.Errorf("got %v", err)
	}
}

// Another user gets no reload and no answer.
func TestReloadAskedForByAStranger(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to be another user")
	}
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	var refused string
	var err error
	asUser(t, 65534, func() { refused, err = ask(d.cmd.Process.Pid) })
	if err == nil || errors.Is(err, ErrNotListening) {
		t.Errorf("got %q, %v", refused, err)
	}
	if _, err := ask(d.cmd.Process.Pid); err != nil {
		t.Error(err)
	}
	d.expect("Reload complete")
	d.signal(syscall.SIGTERM)
	d.exit(0)
	if n := d.count("Reloading ..."); n != 1 {
		t.Errorf("%d reloads, want the one of root", n)
	}
}

// asUser runs f on a thread with another effective user.
func asUser(t *testing.T, uid int, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become := func(euid int) {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, 0, uintptr(euid), 0); errno != 0 {
			t.Fatal(errno)
		}
	}
	become(uid)
	defer become(0)
	f()
}

// ask is what holdfast reload does with a number.
func ask(pid int) (refused string, err error) { return askFor(pid, false) }

func askFor(pid int, allowEmpty bool) (refused string, err error) {
	d, err := FindDaemon(pid)
	if err != nil {
		return "", err
	}
	defer d.Close()
	return AskReload(d, allowEmpty)
}

// A daemon takes what a command of another version says: nothing, or what it does not know.
func TestRequestsOfOtherVersions(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	for _, c := range []struct{ say, answer string }{
		{"", answerDone}, {"reload\n", answerDone}, {"\n", answerDone},
		{"reload sideways\n", "this daemon does not know the request; it is of another version than the command"},
	} {
		conn, err := net.DialUnix("unix", nil, askAddress(d.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.say)
		answer, err := io.ReadAll(conn)
		conn.Close()
		if string(answer) != c.answer+"\n" || err != nil {
			t.Errorf("%q: %q, %v", c.say, answer, err)
		}
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
	if n := d.count("Reloading ..."); n != 3 {
		t.Errorf("%d reloads, want 3", n)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
