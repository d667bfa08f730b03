//go:build e2e

package container

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) {
	switch {
	case filepath.Base(os.Args[0]) == "orphan":
		os.Exit(orphan())
	case os.Getenv(stageVar) == "run":
		os.Exit(engine())
	case os.Getenv(stageVar) == "init":
		fmt.Fprintln(os.Stderr, first())
		os.Exit(125)
	}
	os.Exit(lab.Isolate(m.Run))
}

const (
	router = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    %s
    virtual_ipaddress {
        192.0.2.9/24
    }
}
`
	vip = "192.0.2.9"
)

// least is what a virtual router needs.
func least() []int { return []int{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW} }

// A world is a host with a listener beside it, and the image.
type world struct {
	*testing.T
	host  *lab.Host
	image image
	conf  string // folder of the configuration
	wire  *lab.Capture
	runs  int
}

// TestContainer makes the tar of the image once, for all that is tried with it.
func TestContainer(t *testing.T) {
	context := t.TempDir()
	cmd := exec.Command("../../../packaging/package")
	cmd.Env = append(os.Environ(), "PACKAGE_OUT="+context, "PACKAGE_FORMATS=tar", "PACKAGE_ARCHES="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, try := range map[string]func(*world){"life": life, "killed": killed, "too little": tooLittle, "virtual MAC": virtualMAC} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			try(newWorld(t, context))
		})
	}
}

func newWorld(t *testing.T, context string) *world {
	t.Helper()
	w := &world{T: t, conf: t.TempDir()}
	root := t.TempDir()
	var err error
	if w.image, err = build("../../../packaging/Containerfile", context, root); err != nil {
		t.Fatal(err)
	}
	if err := prepare(root); err != nil {
		t.Fatal(err)
	}
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.host, err = lan.AddHost("d1", netip.MustParsePrefix("192.0.2.1/24")); err != nil {
		t.Fatal(err)
	}
	if w.wire, err = lan.Capture(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.wire.Close() })
	return w
}

// run starts a container with a configuration.
func (w *world) run(conf string, caps []int, env ...string) *lab.Process {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.conf, "keepalived.conf"), []byte(conf), 0o644); err != nil {
		w.Fatal(err)
	}
	numbers := strings.Trim(fmt.Sprint(caps), "[]")
	args := append([]string{stageVar + "=run", rootVar + "=" + w.image.root, confVar + "=" + w.conf, capsVar + "=" + numbers}, env...)
	args = append(args, "/proc/self/exe")
	self, err := os.Executable()
	if err != nil {
		w.Fatal(err)
	}
	args[len(args)-1] = self
	w.runs++
	p, err := w.host.Start("container-"+strconv.Itoa(w.runs), "env", append(args, w.image.entrypoint...)...)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// pid is the first process of a container.
func (w *world) pid(p *lab.Process) int {
	w.Helper()
	var pid int
	w.eventually("the first process", func() (bool, string) {
		all := p.Children()
		if len(all) != 1 {
			return false, p.Log()
		}
		pid = all[0]
		return true, ""
	})
	return pid
}

func (w *world) eventually(what string, cond func() (bool, string)) {
	w.Helper()
	if err := lab.Eventually(15*time.Second, what, cond); err != nil {
		w.Fatal(err)
	}
}

func (w *world) hasVIP() bool {
	out, err := w.host.Run("ip", "-br", "address")
	return err == nil && strings.Contains(out, vip+"/")
}

// master waits until the daemon of a container has its address.
func (w *world) master(p *lab.Process) {
	w.Helper()
	w.eventually("the address", func() (bool, string) { return w.hasVIP(), p.Log() })
}

// stop is what "docker stop" does, but for the KILL after 10 seconds, which nobody may need.
func (w *world) stop(p *lab.Process) {
	w.Helper()
	told := time.Now()
	if err := syscall.Kill(w.pid(p), unix.SignalNum(w.image.stop)); err != nil {
		w.Fatal(err)
	}
	status, took, err := p.Wait(told, 9*time.Second)
	if err != nil || status != 0 {
		w.Fatalf("status %d after %v, %v\n%s", status, took, err, p.Log())
	}
	if _, err := w.wire.Wait(told, time.Second, "an advertisement with priority 0",
		func(a lab.Advert) bool { return a.Priority == 0 }); err != nil {
		w.Error(err)
	}
	if w.hasVIP() {
		w.Error("the address is left")
	}
}

// inside runs a program of the image in a running container, as "docker exec" does.
func (w *world) inside(pid int, command ...string) (string, error) {
	out, err := exec.Command("nsenter", append([]string{"-t", strconv.Itoa(pid), "-m", "-p", "-n", "-r", "-w"}, command...)...).CombinedOutput()
	return string(out), err
}

// zombies are the children of a process that nobody has waited for.
func zombies(pid int) int {
	n := 0
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if f[0] == "Z" && f[1] == strconv.Itoa(pid) {
			n++
		}
	}
	return n
}

// life: with two capabilities on a read-only root it is master, answers probes, reaps orphans, and gives all back when
// it is told to stop.
func life(w *world) {
	p := w.run("global_defs {\n script_user root\n}\n"+fmt.Sprintf(router, `notify "/orphan"`), least())
	w.master(p)
	pid := w.pid(p)
	w.eventually("readiness", func() (bool, string) {
		out, err := w.inside(pid, w.image.healthcheck...)
		return err == nil, fmt.Sprint(out, err)
	})
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil || !strings.Contains(string(status), "CapBnd:\t0000000000003000\n") {
		w.Errorf("it has other rights: %v %s", err, status)
	}
	w.eventually("the end of an orphan", func() (bool, string) {
		_, err := os.Stat(fmt.Sprintf("/proc/%d/root%s", pid, orphanMark))
		return err == nil, fmt.Sprint(err, p.Log())
	})
	w.eventually("no zombies", func() (bool, string) { n := zombies(pid); return n == 0, fmt.Sprint(n) })
	for _, word := range []string{"failed", "not permitted", "ead-only", "error"} {
		if strings.Contains(p.Log(), word) {
			w.Errorf("%q in\n%s", word, p.Log())
		}
	}
	w.stop(p)
}

// killed: nobody may be left to give the address of a container back that was killed; the next one takes it over as its own,
// although it has nothing of the files of the one before, and gives it back.
func killed(w *world) {
	p := w.run(fmt.Sprintf(router, ""), least())
	w.master(p)
	at := time.Now()
	if err := syscall.Kill(w.pid(p), syscall.SIGKILL); err != nil {
		w.Fatal(err)
	}
	if status, _, err := p.Wait(at, 5*time.Second); err != nil || status != 128+9 {
		w.Fatal(status, err)
	}
	// The kernel kills the processes one by one: who sees the first one die in time gives the address back.
	w.Logf("the address has stayed: %t", w.hasVIP())
	p = w.run(fmt.Sprintf(router, ""), least())
	w.eventually("another master", func() (bool, string) { return strings.Contains(p.Log(), "Entering MASTER STATE"), p.Log() })
	w.master(p)
	w.stop(p)
}

// tooLittle: what is missing is named, and nothing is taken.
func tooLittle(w *world) {
	for name, caps := range map[string][]int{"no NET_RAW": {unix.CAP_NET_ADMIN}, "nothing": nil} {
		began := time.Now()
		p := w.run(fmt.Sprintf(router, ""), caps)
		status, _, err := p.Wait(began, 10*time.Second)
		if err != nil || status == 0 || !strings.Contains(p.Log(), "needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW") {
			w.Errorf("%s: status %d, %v\n%s", name, status, err, p.Log())
		}
		if w.hasVIP() {
			w.Errorf("%s: the address is taken", name)
		}
	}
}

// virtualMAC takes a /proc/sys that can be written to; without one it says so and takes nothing.
func virtualMAC(w *world) {
	began := time.Now()
	p := w.run(fmt.Sprintf(router, "use_vmac"), least())
	w.eventually("the reason", func() (bool, string) { return strings.Contains(p.Log(), "read-only"), p.Log() })
	if err := p.KillTree(); err != nil {
		w.Fatal(err)
	}
	if _, _, err := p.Wait(began, 10*time.Second); err != nil {
		w.Fatal(err)
	}
	p = w.run(fmt.Sprintf(router, "use_vmac"), least(), sysVar+"=rw")
	w.master(p)
	w.stop(p)
}
