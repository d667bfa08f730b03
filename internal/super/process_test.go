package super

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/role"
)

func TestRespawnLeavesTheOtherRoleAlone_cli4_2(t *testing.T) {
	t.Parallel()
	for file, dead := range map[string]string{"vrrp.pid": "vrrp", "checkers.pid": "checker"} {
		t.Run(dead, func(t *testing.T) {
			d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
			d.expect("Startup complete")
			other := map[string]string{"vrrp.pid": "checkers.pid", "checkers.pid": "vrrp.pid"}[file]
			survivor, victim := d.pid(other), d.pid(file)
			kill(t, victim, syscall.SIGKILL)
			d.expect("exited due to signal 9", "died: Respawning", "delayed 0 seconds")
			d.expect(dead + " committed A")
			if d.pid(other) != survivor || !alive(survivor) {
				t.Error("the other role was disturbed")
			}
			if d.pid(file) == victim {
				t.Error("the pid file still names the dead process")
			}
		})
	}
}

// What has gone since the configuration was accepted ends the daemon neither before nor after a crash; a reload still asks
// for it, and so does the start.
func TestACrashFindsLessThanTheStart(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"vrrp needs ", "secret in "} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "needed")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			d := startDaemon(t, "vrrp\nvrrp tag A\n"+word+path)
			d.expect("vrrp committed A", "Startup complete")
			d.never("resumes")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			d.write("vrrp\nvrrp tag B\n" + word + path)
			d.signal(syscall.SIGHUP)
			d.expect("no such file")
			for range 2 {
				kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
				d.expect("died: Respawning", "vrrp resumes", "vrrp committed A")
			}
			d.never("vrrp committed B")
			d.signal(syscall.SIGTERM)
			d.exit(0)
			d = startDaemon(t, "vrrp\n"+word+path)
			d.expect("no such file")
			d.exit(statusConfig)
		})
	}
}

func TestCrashIsLoggedAndRespawned(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nvrrp panic")
	d.expect("crashed: panic: fake panic", "exited with status 2", "VRRP child process", "died: Respawning", "Starting VRRP child process")
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

func TestNoRespawn(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker", "SUPER_TEST_NORESPAWN=1")
	d.expect("Startup complete")
	kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
	d.expectAll("died: Exiting", "Stopping", "checker gave back")
	d.exit(0)
}

func TestPermanentErrors_cli3(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		conf, name string
		status     int
	}{
		{"vrrp\nchecker\nvrrp permanent 2", "CONFIG", 2},
		{"vrrp\nchecker\nchecker permanent 1", "FATAL", 1},
		{"vrrp\nchecker\nvrrp permanent 4", "MISSING PERMISSION", 4},
		{"vrrp\nchecker\nchecker fail 1", "FATAL", 1},
	} {
		t.Run(strings.ReplaceAll(c.conf, "\n", ","), func(t *testing.T) {
			d := startDaemon(t, c.conf)
			d.expect("exited with permanent error "+c.name+". Terminating", "Stopped")
			d.exit(c.status)
		})
	}
}

func TestPermanentErrorAtStartCommitsNowhere(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker\nchecker permanent 1")
	d.exit(1)
	d.never("vrrp committed")
}

func TestRefusalAtStartIsRetried(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nvrrp refuse busy\nchecker tag A")
	d.expectAll("busy", "Respawning", "checker committed A", "Startup complete")
	d.write("vrrp\nchecker\nchecker tag B\nvrrp tag B")
	d.signal(syscall.SIGHUP)
	d.expectAll("checker committed B", "vrrp committed B")
}

func TestStartWithBadConfiguration(t *testing.T) {
	d := startDaemon(t, "vrrp\nfatal no id")
	d.expect("conf:2:1: error: no id", "cannot be run")
	d.exit(2)
	d.never("Starting VRRP")
}

func TestStartWithNothingToRun_cli4_1(t *testing.T) {
	d := startDaemon(t, "nothing")
	d.expect("Warning - keepalived has no configuration to run")
	d.write("vrrp\nvrrp tag A")
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed A", "Reload complete")
	d.signal(syscall.SIGINT)
	d.exit(0)
}

// Whoever kills the supervisor must not leave addresses behind.
func TestChildrenGiveBackWhenTheSupervisorIsKilled_cli4_2(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker")
	d.expect("Startup complete")
	pids := []int{d.pid("vrrp.pid"), d.pid("checkers.pid")}
	d.signal(syscall.SIGKILL)
	seen := d.seen
	for _, role := range []string{"vrrp", "checker"} {
		d.seen = seen
		d.expect(role + " gave back")
	}
	for _, pid := range pids {
		eventually(t, "the role ends", func() bool { return !alive(pid) })
	}
}

func TestChildThatDoesNotStopIsKilled_cli4_3(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nvrrp stuck-stop\nwait 1")
	d.expect("Startup complete")
	began := time.Now()
	d.signal(syscall.SIGTERM)
	d.expect("did not stop in time: killing pid")
	d.exit(0)
	if took := time.Since(began); took < time.Second || took > patience {
		t.Errorf("stop took %v, want about child_wait_time (1 s)", took)
	}
	d.seen = 0
	d.expect("checker gave back")
}

func TestStopDuringStart(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp hang-prepare")
	d.expect("vrrp hangs")
	d.signal(syscall.SIGTERM)
	d.expectAll("gave back", "Stopped")
	d.exit(0)
}

func TestDumpSignals_cli2(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker")
	d.expect("Startup complete")
	for sig, want := range map[syscall.Signal]string{syscall.SIGUSR1: "dumped 0", syscall.SIGUSR2: "dumped 1", sigStatsClear: "dumped 2", sigJSON: "dumped 3"} {
		seen := d.seen
		d.signal(sig)
		for _, role := range []string{"vrrp ", "checker "} {
			d.seen = seen
			d.expect(role + want)
		}
		if sig == syscall.SIGUSR1 {
			d.seen = seen
			d.expect("Printing parent data for process(" + strconv.Itoa(d.cmd.Process.Pid) + ") on signal")
		}
	}
	path := filepath.Join(d.dir, "keepalived_parent.data")
	var text []byte
	eventually(t, "the file that comes after the line", func() bool {
		var err error
		text, err = os.ReadFile(path)
		return err == nil
	})
	if !bytes.HasPrefix(text, []byte("------< Global definitions >------\n")) ||
		!bytes.HasSuffix(text, []byte("\n umask = 0177\n")) {
		t.Errorf("%s", text)
	}
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v %v", st, err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGXCPU, sigThreadDump} {
		d.signal(sig)
	}
	d.expect("too much CPU time")
	d.signal(syscall.SIGUSR1)
	d.expect("dumped 0")
	kill(t, d.pid("vrrp.pid"), syscall.SIGUSR2) // by its own pid file
	d.expect("vrrp dumped 1")
	kill(t, d.pid("vrrp.pid"), syscall.SIGHUP)
	d.expect("signal that one")
}

func TestTermToAChildIsRespawned(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	kill(t, d.pid("vrrp.pid"), syscall.SIGTERM)
	d.expectAll("vrrp gave back", "died: Respawning", "vrrp committed A")
}

func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStartupAndShutdownScripts_cli4_4(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "hf-super-script")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	up := script(t, dir, "up", "echo up $1 >> "+dir+"/out; exit 4")
	down := script(t, dir, "down", "echo down >> "+dir+"/out")
	d := startDaemon(t, "vrrp\nstartup "+up+" now\nshutdown "+down)
	d.expect("Running startup script "+up, "startup script script failed, status 4", "Starting VRRP child process", "Startup complete")
	d.signal(syscall.SIGTERM)
	d.expectAll("vrrp gave back", "Running shutdown script "+down)
	d.exit(0)
	got, err := os.ReadFile(dir + "/out")
	if err != nil || string(got) != "up now\ndown\n" {
		t.Errorf("scripts wrote %q (%v)", got, err)
	}
}

func TestStopDuringStartupScript(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "hf-super-script")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	up := script(t, dir, "up", "echo $$ > "+dir+"/pid; exec sleep 100")
	d := startDaemon(t, "vrrp\nstartup "+up)
	d.expect("Running startup script")
	eventually(t, "the script runs", func() bool { b, err := os.ReadFile(dir + "/pid"); return err == nil && len(b) > 1 })
	d.signal(syscall.SIGTERM)
	d.exit(0)
	d.never("Starting VRRP")
}

func TestDaemonise(t *testing.T) {
	d := &daemon{t: t, dir: t.TempDir()}
	d.write("vrrp\nvrrp tag A")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), daemonEnv+"="+d.dir, "SUPER_TEST_BACKGROUND=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("launcher: %v\n%s", err, out)
	}
	pid := d.pid("pid") // start-up is complete when the launcher returns
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	child := d.pid("vrrp.pid")
	stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if f := strings.Fields(rest); f[2] != itoa(pid) || f[3] != itoa(pid) {
		t.Errorf("process group %s, session %s, want both %d", f[2], f[3], pid)
	}
	if cwd, err := os.Readlink("/proc/" + itoa(pid) + "/cwd"); err != nil || cwd != "/" {
		t.Errorf("directory %q (%v), want /", cwd, err)
	}
	for _, fd := range []string{"0", "1", "2"} {
		if to, err := os.Readlink("/proc/" + itoa(pid) + "/fd/" + fd); err != nil || to != "/dev/null" {
			t.Errorf("descriptor %s is %q (%v)", fd, to, err)
		}
	}
	again := exec.Command(exe)
	again.Env = cmd.Env
	if out, err := again.CombinedOutput(); err != nil || !strings.Contains(string(out), "daemon is already running") {
		t.Errorf("second start: %v\n%s", err, out)
	}
	kill(t, pid, syscall.SIGTERM)
	eventually(t, "the daemon ends", func() bool { return !alive(pid) && !alive(child) })
	if _, err := os.Stat(d.dir + "/pid"); !os.IsNotExist(err) {
		t.Errorf("pid file stays: %v", err)
	}
}

func TestDaemoniseReportsFailure(t *testing.T) {
	d := &daemon{t: t, dir: t.TempDir()}
	d.write("fatal no id")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), daemonEnv+"="+d.dir, "SUPER_TEST_BACKGROUND=1")
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != 2 {
		t.Errorf("launcher exits %d, want 2", got)
	}
}

func TestDoubleStart_cli6(t *testing.T) {
	d := startDaemon(t, "vrrp")
	d.expect("Startup complete")
	second := exec.Command(d.cmd.Path)
	second.Env = d.cmd.Env
	out, err := second.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "daemon is already running") {
		t.Errorf("second start: %v\n%s", err, out)
	}
	if d.pid("pid") != d.cmd.Process.Pid {
		t.Error("the second start changed the pid file")
	}
}

func TestRoleProcessNeedsASupervisor(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: exe, Args: []string{role.VRRP().Process}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "supervisor") {
		t.Errorf("%v\n%s", err, out)
	}
}

// In a container the supervisor is process 1 and inherits every orphan.
func TestProcessOneReapsOrphans(t *testing.T) {
	d := &daemon{t: t, dir: t.TempDir(), done: make(chan struct{}), attr: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}}
	d.more = sync.NewCond(&d.mu)
	orphan := script(t, d.dir, "up", "sleep 0.4 &\nexit 0")
	d.write("vrrp\nvrrp tag A\nstartup " + orphan)
	d.start()
	d.expect("Startup complete")
	eventually(t, "the orphan is collected", func() bool {
		all, err := filepath.Glob("/proc/[0-9]*/stat")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			b, _ := os.ReadFile(name) // gone meanwhile: not an orphan of ours
			name, rest, _ := strings.Cut(string(b), ") ")
			f := strings.Fields(rest)
			if len(f) > 1 && f[1] == itoa(d.cmd.Process.Pid) && strings.HasSuffix(name, "(sleep") {
				return false
			}
		}
		return true
	})
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

// A dump that does not end holds up neither reloads nor a stop, whoever asked for it.
func TestDumpHoldsNothingUp(t *testing.T) {
	d := startDaemon(t, "checker\nchecker stuck-dump\nchecker tag A")
	d.expect("Startup complete")
	d.signal(syscall.SIGUSR1)
	d.expect("checker will not dump")
	d.write("checker\nchecker tag B")
	d.signal(syscall.SIGHUP)
	d.expectAll("checker committed B", "Reload complete")
	kill(t, d.pid("checkers.pid"), syscall.SIGUSR2)
	kill(t, d.pid("checkers.pid"), syscall.SIGTERM)
	d.expectAll("checker gave back", "died: Respawning", "checker committed B")
	// The role says that it has committed before the supervisor knows that it can be asked.
	eventually(t, "a dump of the new process", func() bool {
		d.signal(syscall.SIGUSR1)
		return find(d, "checker dumped 0")
	})
	d.signal(syscall.SIGTERM)
	d.exit(0)
}
