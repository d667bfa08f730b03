package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(Isolate(m.Run)) }

func pair(t testing.TB) (*LAN, *Host, *Host) {
	t.Helper()
	lan, err := NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	a, err := lan.AddHost("a", netip.MustParsePrefix("192.168.1.1/24"), netip.MustParsePrefix("fd00::1/64"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := lan.AddHost("b", netip.MustParsePrefix("192.168.1.2/24"))
	if err != nil {
		t.Fatal(err)
	}
	return lan, a, b
}

func TestHostsTalkUntilTheCableIsCut(t *testing.T) {
	_, a, b := pair(t)
	addr := netip.MustParseAddr("192.168.1.2")
	if err := a.Ping(addr, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []struct{ off, on func() error }{{b.CutCable, b.PlugCable}, {b.Detach, b.Attach}} {
		if err := cut.off(); err != nil {
			t.Fatal(err)
		}
		if err := a.Ping(addr, time.Second); err == nil {
			t.Error("answered through a cut cable")
		}
		if err := cut.on(); err != nil {
			t.Fatal(err)
		}
		if err := Eventually(5*time.Second, "an answer", func() (bool, string) {
			err := a.Ping(addr, time.Second)
			return err == nil, fmt.Sprint(err)
		}); err != nil {
			t.Error(err)
		}
	}
}

func TestEventsTellWhenAnAddressCame(t *testing.T) {
	lan, a, b := pair(t)
	vip := netip.MustParsePrefix("192.168.1.9/32")
	start := time.Now()
	if err := a.AddAddr("eth0", vip); err != nil {
		t.Fatal(err)
	}
	if n, err := a.CountAddr("eth0", vip.Addr()); n != 1 || err != nil {
		t.Errorf("on eth0 %d times, %v", n, err)
	}
	if at, err := lan.Events().Wait(a, vip.Addr(), true, start, 20*time.Second); err != nil {
		t.Errorf("came at %v after %v: %v", at, start, err)
	}
	if err := a.DelAddr("eth0", vip); err != nil {
		t.Fatal(err)
	}
	if _, err := lan.Events().Wait(a, vip.Addr(), false, start, 20*time.Second); err != nil {
		t.Error(err)
	}
	if _, err := lan.Events().Wait(b, vip.Addr(), true, start, 50*time.Millisecond); err == nil {
		t.Error("came to the wrong host")
	}
}

func TestNginxAnswersWithTheHostsName(t *testing.T) {
	_, a, b := pair(t)
	p, err := b.StartNginx(netip.MustParseAddrPort("192.168.1.2:80"))
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{"/": "200 b", "/health": "200 healthy", "/broken": "500 broken"} {
		code, body, err := a.Get("http://192.168.1.2"+url, time.Second)
		if got := fmt.Sprint(code, " ", body); got != want || err != nil {
			t.Errorf("%s: %q %v, want %q", url, got, err, want)
		}
	}
	if err := p.KillTree(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Get("http://192.168.1.2/", time.Second); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("after its end: %v", err)
	}
}

func TestProcessStatusAndLog(t *testing.T) {
	_, a, _ := pair(t)
	start := time.Now()
	p, err := a.Start("job", "sh", "-c", "echo hello; ip -br addr show eth0; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := p.Wait(start, 10*time.Second)
	if code != 3 || err != nil {
		t.Errorf("status %d, %v", code, err)
	}
	if !strings.HasPrefix(p.Log(), "hello\n") || !strings.Contains(p.Log(), "192.168.1.1/24") {
		t.Errorf("log %q", p.Log())
	}
	if _, err := a.Start("job", "no-such-program-here"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("a missing program: %v", err)
	}
}

func TestKillTreeLeavesNothing(t *testing.T) {
	_, a, _ := pair(t)
	p, err := a.Start("family", "sh", "-c", "sleep 1000 & (sleep 1000 & wait) & wait")
	if err != nil {
		t.Fatal(err)
	}
	if err := Eventually(10*time.Second, "grandchildren", func() (bool, string) {
		return len(p.Tree()) == 4, fmt.Sprint(p.Tree())
	}); err != nil {
		t.Fatal(err)
	}
	tree := p.Tree()
	if err := p.KillTree(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range tree {
		if Alive(pid) {
			t.Errorf("process %d lives", pid)
		}
	}
}

// A program that was frozen does not see the TERM that is sent right after.
func TestFreezeIsComplete(t *testing.T) {
	_, a, _ := pair(t)
	p, err := a.Start("loop", "sh", "-c", "trap 'echo told; exit' TERM; echo ready; while :; do :; done")
	if err != nil {
		t.Fatal(err)
	}
	if err := Eventually(10*time.Second, "the trap", func() (bool, string) {
		return p.LogSize() > 0, p.Log()
	}); err != nil {
		t.Fatal(err)
	}
	if err := Freeze(p.Pid); err != nil {
		t.Fatal(err)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.KillTree(); err != nil {
		t.Fatal(err)
	}
	if p.Log() != "ready\n" {
		t.Errorf("it handled TERM: %q", p.Log())
	}
	if err := Freeze(p.Pid); err == nil {
		t.Error("a process that has ended was frozen")
	}
}

// TestCaptureTimesAdverts lets Debian's keepalived speak and checks what was heard.
func TestCaptureTimesAdverts(t *testing.T) { Judge(t, captureTimesAdverts) }

func captureTimesAdverts(t *Trial) {
	lan, a, b := pair(t)
	capture, err := lan.Capture()
	if err != nil {
		t.Fatal(err)
	}
	defer capture.Close()
	d := NewDirector(a, "keepalived")
	if err := d.Configure(`vrrp_instance VI_1 {
	state MASTER
	interface eth0
	virtual_router_id 51
	version 3
	advert_int 0.1
	priority 200
	virtual_ipaddress {
		192.168.1.9/24
	}
}
`); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	vip := netip.MustParseAddr("192.168.1.9")
	first, err := capture.Wait(start, 20*time.Second, "a first advertisement", From(netip.MustParseAddr("192.168.1.1")))
	if err != nil {
		t.Fatal(err, d.Proc.Log())
	}
	if first.VRID != 51 || first.Priority != 200 || first.Interval != 100*time.Millisecond || first.TTL != 255 {
		t.Errorf("first: %v", first)
	}
	if err := Eventually(10*time.Second, "twenty advertisements", func() (bool, string) {
		n := len(capture.Adverts(start, nil))
		return n >= 20, fmt.Sprint(n)
	}); err != nil {
		t.Fatal(err)
	}
	if worst, err := Regular(capture.Adverts(start, nil), time.Now(), 100*time.Millisecond, 90*time.Millisecond); err != nil {
		t.Error(worst, err)
	}
	if len(capture.GARPs(vip, start)) == 0 {
		t.Error("no gratuitous ARP seen")
	}
	if _, err := d.WaitLog(0, "(VI_1) Entering MASTER STATE", 5*time.Second); err != nil {
		t.Error(err)
	}
	if pid, err := d.RolePid("vrrp"); err != nil || !Alive(pid) {
		t.Errorf("vrrp child %d: %v", pid, err)
	}
	stop := time.Now()
	if err := d.Proc.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := capture.Wait(stop, 5*time.Second, "priority 0", func(a Advert) bool { return a.Priority == 0 }); err != nil {
		t.Error(err)
	}
	if code, _, err := d.Proc.Wait(stop, 10*time.Second); code != 0 || err != nil {
		t.Errorf("status %d, %v", code, err)
	}
	if n, err := b.CountAddr("eth0", vip); n != 0 || err != nil {
		t.Errorf("the other host has it %d times, %v", n, err)
	}
}

// TestIsolateEndsEverything starts a lab program that leaves a process behind and
// then ends or is killed; the process must be gone. It finds it from outside by a
// name nobody else uses, through the host's /proc of a second lab's parent.
func TestIsolateEndsEverything(t *testing.T) {
	if os.Getenv("LAB_TEST_LEAVER") != "" {
		leave(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"return", "kill"} {
		t.Run(how, func(t *testing.T) {
			mark := fmt.Sprintf("%d.%d", 1000+os.Getpid(), time.Now().UnixNano()%1e6)
			ready := filepath.Join(t.TempDir(), "ready")
			cmd := exec.Command(self, "-test.run=^TestIsolateEndsEverything$")
			cmd.Env = append(os.Environ(), stageVar+"=", "LAB_TEST_LEAVER="+how, "LAB_TEST_MARK="+mark, "LAB_TEST_READY="+ready)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if err := Eventually(20*time.Second, "the process to be there", func() (bool, string) {
				_, err := os.Stat(ready)
				return err == nil, fmt.Sprint(err)
			}); err != nil {
				t.Fatal(err)
			}
			if how == "kill" {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait() // killed or not, what counts is what is left
			if err := Eventually(10*time.Second, "the end of what it left", func() (bool, string) {
				left := withArgument(t, mark)
				return len(left) == 0, fmt.Sprint(left)
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func leave(t *testing.T) {
	_, a, _ := pair(t)
	mark := os.Getenv("LAB_TEST_MARK")
	cmd := a.Command("sleep", mark)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := Eventually(10*time.Second, "sleep", func() (bool, string) { return len(withArgument(t, mark)) > 0, "" }); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("LAB_TEST_READY"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("LAB_TEST_LEAVER") == "kill" {
		select {}
	}
}

func withArgument(t *testing.T, word string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), "sleep\x00"+word) {
			out = append(out, f)
		}
	}
	return out
}

func TestMemoryOfProcesses(t *testing.T) {
	self := os.Getpid()
	one, err := Memory("VmRSS", self)
	if err != nil || one <= 0 {
		t.Errorf("%d kB, %v", one, err)
	}
	if two, err := Memory("VmRSS", self, self); err != nil || two < one*3/2 {
		t.Errorf("%d kB twice, %d kB once, %v", two, one, err)
	}
	if kB, err := Memory("VmNone", self); err == nil {
		t.Errorf("%d kB of a line that is not there", kB)
	}
}
