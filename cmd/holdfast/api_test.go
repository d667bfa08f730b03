package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/state"
)

// inside runs a subcommand where the daemon is.
func (h *host) inside(args ...string) (int, string) {
	cmd := exec.Command("nsenter",
		append([]string{"-m", "-n", "-t", fmt.Sprint(h.cmd.Process.Pid), program(h.t)}, args...)...)
	out, _ := cmd.CombinedOutput() // the status says it
	return cmd.ProcessState.ExitCode(), string(out)
}

// says asks until the answer is as it should be: on a machine that stands still a role may not answer in time.
func (h *host) says(want int, text string, args ...string) {
	h.t.Helper()
	var status int
	var said string
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		if status, said = h.inside(args...); status == want && strings.Contains(said, text) {
			return
		}
	}
	h.t.Errorf("%q: status %d, want %d and %q\n%s", args, status, want, text, said)
}

// A daemon with the usual pid file is asked without a word about where it is, and one that is given another pid file or
// a socket there.
func TestWhereTheDaemonIsAsked(t *testing.T) {
	t.Parallel()
	const private = "mount --make-rprivate / && mount -t tmpfs tmpfs /run"
	usual := bootAfter(t, private, instance, "-p", "/run/keepalived.pid")
	usual.expect("Startup complete")
	usual.says(0, "VI_1", "status")
	own := boot(t, instance)
	own.expect("Startup complete")
	for _, args := range [][]string{{"-p", own.dir + "/p.pid"}, {"--socket", own.dir + "/holdfast_p.sock"}} {
		args = append([]string{"status", "-o", "json"}, args...)
		own.says(0, `"name": "VI_1"`, args...)
		_, said := own.inside(args...)
		var a state.All
		if err := json.Unmarshal([]byte(said), &a); err != nil || a.PID != own.cmd.Process.Pid ||
			a.Config.File != own.dir+"/conf" {
			t.Errorf("%q: %v, %s", args, err, said)
		}
	}
	usual.says(0, "VI_1", "status", "-p", "/run/keepalived.pid")
	usual.says(0, "VI_1 is ", "why", "vrrp_instance", "VI_1")
	usual.says(0, `"name": "VI_1",`, "why", "-o", "json", "VI_1")
	usual.says(statusNo, "no instance, service, server or session VI_2; near it are: VI_1\n", "why", "-o", "json", "VI_2")
	usual.says(statusNo, "no instance, service, server or session VI_2; near it are: VI_1\n", "why", "VI_2")
	usual.says(statusNo, "holdfast status -o wide lists what it has\n", "why", "10.9.9.9", "80")
	for _, h := range []*host{usual, own} {
		h.signal(syscall.SIGTERM)
		h.exit(0)
	}
	if _, err := os.Lstat(own.dir + "/holdfast_p.sock"); err == nil {
		t.Error("the socket is left")
	}
}

func TestADaemonThatIsNotAsked(t *testing.T) {
	t.Parallel()
	quiet := boot(t, instance, "--api-socket", "off")
	quiet.expect("Startup complete")
	quiet.says(statusUsage, "does not listen on", "status", "-p", quiet.dir+"/p.pid")
	first := boot(t, instance, "--api-group", "no_such_group")
	first.expect("unknown group no_such_group")
	first.expect("Startup complete")
	second := boot(t, instance, "--api-socket", first.dir+"/holdfast_p.sock")
	second.expect("somebody listens there already")
	second.expect("Startup complete")
	for _, h := range []*host{quiet, second, first} {
		h.signal(syscall.SIGTERM)
		h.exit(0)
	}
}

func TestAskingNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct{ word, name string }{{"status", ""}, {"warnings", ""}, {"ready", ""}, {"why", "VI_1"}} {
		args := []string{c.word, "-p", dir + "/pid"}
		if c.name != "" {
			args = append(args, c.name)
		}
		status, stdout, stderr := command("", args...)
		if status != statusNotRunning || !strings.HasPrefix(stdout, "not running: ") || stderr != "" {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	status, stdout, _ := command("", "status", "-p", dir+"/pid", "-o", "json")
	if want := `{"running":false,"socket":"` + dir + `/holdfast_pid.sock","left":[]}` + "\n"; status != statusNotRunning || stdout != want {
		t.Errorf("status %d, %s", status, stdout)
	}
	for _, args := range [][]string{{"status", "x"}, {"status", "-o", "xml"}, {"why"}, {"ready", "--nothing"}} {
		if status, stdout, stderr := command("", args...); status != statusUsage || stdout != "" || stderr == "" {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}
