package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// binary is the program under test, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "holdfast-cmd")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "holdfast")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

func program(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// holdfast runs the program to its end, under the given name.
func holdfast(t testing.TB, name string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program(t), args...)
	cmd.Args[0] = name
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestOneShotOptions_cli1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := write(t, dir+"/good.conf", "global_defs {\n  router_id x\n}\n")
	bad := write(t, dir+"/bad.conf", "global_defs {\n  router_idd x\n}\n")
	executable := write(t, dir+"/exec.conf", "")
	if err := os.Chmod(executable, 0o755); err != nil {
		t.Fatal(err)
	}
	pids := []string{"-p", dir + "/p", "-r", dir + "/r", "-c", dir + "/c"}
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string // parts of it; "" = nothing
	}{
		{[]string{"-v"}, 0, "", "Keepalived v2.2.7"},
		{[]string{"--version"}, 0, "", "Config options:"},
		{[]string{"-h"}, 0, "", "Usage: "},
		{[]string{"-z"}, 1, "", "Unknown option -z\n"},
		{[]string{"-f"}, 1, "", "Missing parameter for option -f\n"},
		{[]string{"-n", "-T"}, 1, "", "-T has to be the first option; holdfast genhash is the same\n"},
		{[]string{"--signum=STOP"}, 0, "15\n", ""},
		{[]string{"--signum", "RELOAD"}, 0, "1\n", ""},
		{[]string{"--signum=JSON"}, 0, "36\n", ""},
		{[]string{"--signum=STATS_CLEAR"}, 0, "63\n", ""},
		{[]string{"--signum=FOO"}, 1, "", "Unknown sigfunc FOO\n"},
		{[]string{"-t", "-f", good}, 0, "", "no configuration to run"},
		{[]string{"-t/nonexistent/" + "l", "-f", good}, 1, "", "open /nonexistent/l: no such file or directory\n"},
		{[]string{"-t", "-f", bad}, 5, "", bad + ":2:3: error: Unknown keyword 'router_idd'"},
		{[]string{"-t", "-f", dir + "/none"}, 0, "", "Config files missing '" + dir + "/none'."},
		{[]string{"-t", "-e", "-f", dir + "/none"}, 4, "", "Config files missing"},
		{[]string{"-t", "-f", dir}, 0, "", "is a directory - skipping"},
		{[]string{"-t", "-f", executable}, 0, "", "is not a regular non-executable file - skipping"},
		{append([]string{"-nlG", "-f", dir + "/none"}, pids...), 6, "", "Config files missing '" + dir + "/none'."},
		{append([]string{"-nlG", "-f", dir}, pids...), 6, "", "is a directory - skipping"},
		{append([]string{"-G", "-f", dir + "/none"}, pids...), 6, "", ""},
		{append([]string{"-nlG", "-f", good, "-p", "/nonexistent/x"}, pids[2:]...), 1, "", "open pid file /nonexistent/x"},
	} {
		for _, name := range []string{"holdfast", "keepalived"} {
			status, stdout, stderr := holdfast(t, name, c.args...)
			if status != c.status {
				t.Errorf("%s %q: exit status %d, want %d\n%s", name, c.args, status, c.status, stderr)
			}
			check := func(what, got, want string) {
				if !strings.Contains(got, want) || want == "" && got != "" {
					t.Errorf("%s %q: %s is %q, want %q", name, c.args, what, got, want)
				}
			}
			check("stdout", stdout, c.stdout)
			check("stderr", stderr, c.stderr)
		}
	}
}

func TestUsageNamesTheProgramAndEveryOption(t *testing.T) {
	_, _, help := holdfast(t, "/usr/sbin/keepalived", "-h")
	if !strings.HasPrefix(help, "Usage: keepalived [OPTION...]\n") {
		t.Errorf("starts %.60q", help)
	}
	for _, o := range optionTable() {
		if o.help != "" && !strings.Contains(help, "--"+o.long) {
			t.Errorf("--%s is missing", o.long)
		}
	}
}

func TestConfigTestLogFile_grammar9_5(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir+"/bad.conf", "nonsense\n")
	log := write(t, dir+"/log", "before\n")
	for range 2 {
		if status, _, stderr := holdfast(t, "holdfast", "--config-test="+log, "-f", bad); status != 5 || stderr != "" {
			t.Errorf("exit status %d, stderr %q", status, stderr)
		}
	}
	b, err := os.ReadFile(log)
	if err != nil || !strings.HasPrefix(string(b), "before\n") || strings.Count(string(b), "nonsense") < 2 {
		t.Errorf("log has %q (%v)", b, err)
	}
	if status, _, stderr := holdfast(t, "holdfast", "-t=/nonexistent/log", "-f", bad); status != 1 ||
		!strings.Contains(stderr, "/nonexistent/log") {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
}

func TestRoleNameByHandIsRefused(t *testing.T) {
	status, _, stderr := holdfast(t, "keepalived_vrrp", "-n")
	if status != 1 || !strings.Contains(stderr, "supervisor") {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// host is the daemon in a network of its own with one interface, hf0.
type host struct {
	t    testing.TB
	dir  string
	cmd  *exec.Cmd
	done chan struct{}

	mu    sync.Mutex
	lines []string
	seen  int
}

const patience = time.Minute

const instance = `global_defs {
  router_id here
  enable_script_security
  script_user root
}
vrrp_instance VI_1 {
  interface hf0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.77.0.1/24
  }
}
`

// boot starts the daemon; %D in conf and args is its directory.
func boot(t testing.TB, conf string, args ...string) *host {
	t.Helper()
	return bootAfter(t, "true", conf, args...)
}

// bootAfter does the same after a shell command that makes the machine ready.
func bootAfter(t testing.TB, ready, conf string, args ...string) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir(), done: make(chan struct{})}
	h.configure(conf)
	all := append([]string{"-n", "-l", "-G", "-f", h.dir + "/conf", "-p", h.dir + "/p.pid", "-r", h.dir + "/v.pid", "-c", h.dir + "/c.pid"}, args...)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "%D", h.dir)
	}
	setup := "ip link set lo up && ip link add hf0 type veth peer name hf1 && ip link set hf0 up && ip link set hf1 up && ip addr add 10.77.0.9/24 dev hf0 && " +
		strings.ReplaceAll(ready, "%D", h.dir) + " && exec \"$@\""
	h.cmd = exec.Command("sh", append([]string{"-c", setup, "sh", program(t)}, all...)...)
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	r, w := io.Pipe()
	h.cmd.Stderr = w
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s := bufio.NewScanner(r)
		for s.Scan() {
			h.mu.Lock()
			h.lines = append(h.lines, s.Text())
			h.mu.Unlock()
		}
	}()
	go func() {
		_ = h.cmd.Wait()
		_ = w.Close()
		close(h.done)
	}()
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		<-h.done
		h.mu.Lock()
		defer h.mu.Unlock()
		if t.Failed() {
			t.Log("log:\n" + strings.Join(h.lines, "\n"))
		}
	})
	return h
}

func (h *host) configure(conf string) {
	h.t.Helper()
	write(h.t, h.dir+"/conf", strings.ReplaceAll(conf, "%D", h.dir))
}

func (h *host) expect(text string) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		h.mu.Lock()
		for i := h.seen; i < len(h.lines); i++ {
			if strings.Contains(h.lines[i], text) {
				h.seen = i + 1
				h.mu.Unlock()
				return
			}
		}
		h.mu.Unlock()
		if time.Now().After(deadline) {
			h.t.Fatalf("no line with %q after line %d", text, h.seen)
		}
	}
}

func (h *host) signal(s syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) exit(want int) {
	h.t.Helper()
	select {
	case <-h.done:
	case <-time.After(patience):
		h.t.Fatal("the daemon does not end")
	}
	if got := h.cmd.ProcessState.ExitCode(); got != want {
		h.t.Errorf("exit status %d, want %d", got, want)
	}
}

// addresses are what `ip` says about the daemon's interface.
func (h *host) addresses() string {
	h.t.Helper()
	out, err := exec.Command("nsenter", "-n", "-t", fmt.Sprint(h.cmd.Process.Pid), "ip", "-4", "-br", "addr", "show", "hf0").CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestDaemonWithInstance(t *testing.T) {
	t.Parallel()
	lab.Judge(t, daemonWithInstance)
}

func daemonWithInstance(t *lab.Trial) {
	h := boot(t, instance)
	h.expect("Starting Holdfast v" + version)
	h.expect("Command line: ")
	h.expect("Configuration file " + h.dir + "/conf")
	h.expect("(VI_1) Entering BACKUP STATE")
	h.expect("(VI_1) Entering MASTER STATE")
	if got := h.addresses(); !strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("addresses %s", got)
	}

	// A broken file changes nothing and is named with its place.
	h.configure(strings.Replace(instance, "51", "300", 1))
	h.signal(syscall.SIGHUP)
	h.expect(h.dir + "/conf:8:")
	h.expect("Reload refused, the old configuration stays in force")
	if got := h.addresses(); !strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("after a refused reload: %s", got)
	}
	if err := os.Remove(h.dir + "/conf"); err != nil {
		t.Fatal(err)
	}
	h.signal(syscall.SIGHUP)
	h.expect("Config files missing")
	h.configure(instance)
	h.signal(syscall.SIGHUP)
	h.expect("Reload complete")
	if got := h.addresses(); !strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("after a reload: %s", got)
	}

	began := time.Now()
	h.signal(syscall.SIGTERM)
	h.exit(0)
	if took := time.Since(began); took > time.Second {
		t.Errorf("stop took %v", took)
	}
}

// A full file system costs the numbers in the pid files, not the address: the lock is there.
func TestDaemonOnAFullFileSystem(t *testing.T) {
	t.Parallel()
	fill := "mount --make-rprivate / && mkdir %D/run && mount -t tmpfs -o size=4k tmpfs %D/run && ! head -c 9000 /dev/zero 2>/dev/null >%D/run/fill"
	pids := []string{"-p", "%D/run/p.pid", "-r", "%D/run/v.pid"}
	h := bootAfter(t, fill, instance, append(pids, "-g%D/run/log")...)
	h.expect("write pid file " + h.dir + "/run/p.pid: no space left on device")
	h.expect("write pid file " + h.dir + "/run/v.pid: no space left on device")
	h.expect("(VI_1) Entering MASTER STATE")
	if got := h.addresses(); !strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("addresses %s", got)
	}
	h.signal(syscall.SIGTERM)
	h.exit(0)
}

func TestDaemonRefusesBadConfiguration_cli3(t *testing.T) {
	h := boot(t, strings.Replace(instance, "virtual_router_id 51", "", 1))
	h.expect("conf:6:1: error: (VI_1) the virtual router id must be set")
	h.exit(2)
}

func TestOnlyOptionsAndDump(t *testing.T) {
	h := boot(t, instance, "-C", "-d")
	h.expect("vrrp_instance VI_1") // the dump
	h.expect("keepalived has no configuration to run")
	h.signal(syscall.SIGINT)
	h.exit(0)
	if _, err := os.Stat(h.dir + "/v.pid"); !os.IsNotExist(err) {
		t.Errorf("vrrp ran: %v", err)
	}
}

func TestIgnoreSIGINT(t *testing.T) {
	h := boot(t, instance, "--ignore-sigint")
	h.expect("Startup complete")
	h.signal(syscall.SIGINT)
	h.signal(syscall.SIGUSR2)
	h.signal(syscall.SIGHUP) // it still answers
	h.expect("Reload complete")
	h.signal(syscall.SIGTERM)
	h.exit(0)
}

func TestLogFilesOfEachProcessAndJSON(t *testing.T) {
	h := boot(t, instance, "-g%D/k.log", "--flush-log-file", "--log-json", "-D")
	h.expect(`"msg":"Startup complete"`)
	h.signal(syscall.SIGTERM)
	h.exit(0)
	for file, want := range map[string]string{"k.log": `"role":"supervisor"`, "k_vrrp.log": `"role":"vrrp"`} {
		b, err := os.ReadFile(filepath.Join(h.dir, file))
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s has %q (%v)", file, b, err)
		}
	}
}

func TestNotifyScriptAndTrackScriptThroughTheProgram(t *testing.T) {
	t.Parallel()
	conf := strings.Replace(instance, "virtual_ipaddress {", "track_script {\n    chk\n  }\n  notify \"%D/n.sh a\"\n  virtual_ipaddress {", 1)
	conf = strings.Replace(conf, "vrrp_instance", "vrrp_script chk {\n  script \"/usr/bin/test -e %D/up\"\n  interval 1\n}\nvrrp_instance", 1)
	h := boot(t, "global_defs {\n}\n")
	h.expect("keepalived has no configuration to run")
	write(t, h.dir+"/up", "")
	if err := os.WriteFile(h.dir+"/n.sh", []byte("#!/bin/sh\necho \"$@\" >> "+h.dir+"/out\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	h.configure(conf)
	h.signal(syscall.SIGHUP)
	h.expect("VRRP_Script(chk) succeeded")
	h.expect("(VI_1) Entering MASTER STATE")
	if err := os.Remove(h.dir + "/up"); err != nil {
		t.Fatal(err)
	}
	h.expect("VRRP_Script(chk) failed (exited with status 1)")
	h.expect("(VI_1) Entering FAULT STATE")
	h.signal(syscall.SIGTERM)
	h.exit(0)
	b, err := os.ReadFile(h.dir + "/out")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"BACKUP", "MASTER", "FAULT", "STOP"} {
		if !strings.Contains(string(b), "a INSTANCE VI_1 "+state+" 100\n") {
			t.Errorf("no %s in %q", state, b)
		}
	}
}

func TestChildKilledThroughTheProgram(t *testing.T) {
	t.Parallel()
	h := boot(t, instance)
	h.expect("(VI_1) Entering MASTER STATE")
	b, err := os.ReadFile(h.dir + "/v.pid")
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	h.expect("died: Respawning")
	h.expect("(VI_1) Entering BACKUP STATE")
	if got := h.addresses(); strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("a backup holds the address: %s", got)
	}
	h.expect("(VI_1) Entering MASTER STATE")
}
