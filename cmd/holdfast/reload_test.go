package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// reload runs the subcommand in the network of the daemon.
func (h *host) reload() (status int, said string) {
	h.t.Helper()
	pid := fmt.Sprint(h.cmd.Process.Pid)
	cmd := exec.Command("nsenter", "-n", "-t", pid, program(h.t), "reload", pid)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		h.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestReload(t *testing.T) {
	h := boot(t, instance)
	h.expect("(VI_1) Entering BACKUP STATE")
	h.configure(strings.Replace(instance, "51", "300", 1))
	if status, said := h.reload(); status != 1 || !strings.HasPrefix(said, "Reload refused, the old configuration stays in force: "+h.dir+"/conf:") {
		t.Errorf("a broken file: status %d, %s", status, said)
	}
	h.configure(strings.Replace(instance, "priority 100", "priority 90", 1))
	if status, said := h.reload(); status != 0 || said != "" {
		t.Errorf("a good file: status %d, %s", status, said)
	}
	h.expect("Reload complete") // before the command ended

	// From another network it can only be signalled.
	status, stdout, stderr := command("", "reload", fmt.Sprint(h.cmd.Process.Pid))
	if status != 0 || stdout != "" || !strings.Contains(stderr, "was sent HUP and gives no answer") {
		t.Errorf("by signal: status %d, %s%s", status, stdout, stderr)
	}
	h.expect("Reload complete")
}

func TestReloadOfNobody(t *testing.T) {
	for _, v := range []invocation{
		{[]string{"reload", "8388608"}, 2, "", "holdfast reload: signal process 8388608: no such process\n"},
		{[]string{"reload", "x"}, 2, "", "holdfast reload: 'x' is not a process id\n"},
		{[]string{"reload", "0"}, 2, "", "holdfast reload: '0' is not a process id\n"},
		{[]string{"reload", "1", "2"}, 2, "", "holdfast reload: accepts at most 1 arg(s), received 2\n"},
	} {
		v.run(t)
	}
}
