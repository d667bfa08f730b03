package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// reload runs the subcommand in the network of the daemon.
func (h *host) reload(options ...string) (status int, said string) {
	h.t.Helper()
	pid := fmt.Sprint(h.cmd.Process.Pid)
	cmd := exec.Command("nsenter", append([]string{"-n", "-t", pid, program(h.t), "reload", pid}, options...)...)
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

	// The daemon is in another network, where the one who asks goes.
	status, stdout, stderr := command("", "reload", fmt.Sprint(h.cmd.Process.Pid))
	if status != 0 || stdout+stderr != "" {
		t.Errorf("from another network: status %d, %s%s", status, stdout, stderr)
	}
	h.expect("Reload complete")
}

func TestReloadOfNobody(t *testing.T) {
	for _, v := range []invocation{
		{[]string{"reload", "8388608"}, 2, "", "holdfast reload: there is no process 8388608\n"},
		{[]string{"reload", "x"}, 2, "", "holdfast reload: 'x' is not a process id\n"},
		{[]string{"reload", "0"}, 2, "", "holdfast reload: '0' is not a process id\n"},
		{[]string{"reload", "1", "2"}, 2, "", "holdfast reload: accepts at most 1 arg(s), received 2\n"},
	} {
		v.run(t)
	}
}

// A process that is no daemon of ours gets no signal: HUP would end most.
func TestReloadSignalsOnlyAHoldfast(t *testing.T) {
	shell := exec.Command("/bin/sh", "-c", "read x")
	in, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	number := fmt.Sprint(shell.Process.Pid)
	invocation{[]string{"reload", number}, 2, "", "holdfast reload: process " + number + " is no holdfast\n"}.run(t)
	invocation{[]string{"reload", "--allow-empty", number}, 2, "", "holdfast reload: process " + number + " is no holdfast\n"}.run(t)
	in.Close()
	if _ = shell.Wait(); !shell.ProcessState.Exited() {
		t.Errorf("the shell: %v", shell.ProcessState)
	}
}

// Somebody without rights who takes the name of the daemon's socket first cannot have a refused
// reload look like one that was carried out.
func TestReloadWithItsSocketTaken(t *testing.T) {
	h := bootAfter(t, "mkfifo %D/go && cat %D/go", instance)
	pid := h.cmd.Process.Pid
	var fifo *os.File
	for deadline := time.Now().Add(patience); fifo == nil; time.Sleep(2 * time.Millisecond) {
		fifo, _ = os.OpenFile(h.dir+"/go", os.O_WRONLY|unix.O_NONBLOCK, 0) // once the shell reads
		if time.Now().After(deadline) {
			t.Fatal("the shell does not come to read")
		}
	}
	taken := make(chan error)
	release := make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock: the thread is in another network
		l, err := squat(pid)
		taken <- err
		<-release
		if err == nil {
			l.Close()
		}
	}()
	defer close(release)
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	fifo.Close()
	h.expect("holdfast reload will get no answer from this daemon: ")
	h.expect("(VI_1) Entering BACKUP STATE")
	h.configure(strings.Replace(instance, "51", "300", 1))
	if status, said := h.reload(); status != 3 || !strings.Contains(said, "was sent HUP and gives no answer") {
		t.Errorf("status %d, %s", status, said)
	}
	h.expect("Reload refused")
	h.configure("")
	if status, said := h.reload("--allow-empty"); status != 2 || !strings.Contains(said, "a signal cannot say --allow-empty") {
		t.Errorf("--allow-empty: status %d, %s", status, said)
	}
}

// squat takes the name of the socket of a process, as nobody, in its network.
func squat(pid int) (net.Listener, error) {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
		return nil, errno
	}
	return net.Listen("unix", fmt.Sprintf("@holdfast-reload-%d", pid))
}

// A file that was emptied is no configuration to reload; who means it says so.
func TestReloadToNothing(t *testing.T) {
	t.Parallel()
	h := boot(t, instance)
	h.expect("(VI_1) Entering MASTER STATE")
	for _, empty := range []string{
		"", "# nothing but a comment\n", "global_defs {\n  router_id here\n}\n", "@another " + strings.ReplaceAll(instance, "\n", "\n@another "),
	} {
		h.configure(empty)
		status, said := h.reload()
		if status != 1 || !strings.Contains(said, h.dir+"/conf: nothing to run: no vrrp_instance and no virtual_server and no bfd_instance that can be run; this would remove all vrrp instances: VI_1 - ") {
			t.Errorf("%q: status %d, %s", empty, status, said)
		}
		h.expect("Reload refused, the old configuration stays in force: " + h.dir + "/conf: nothing to run")
		h.signal(syscall.SIGHUP)
		h.expect("Reload refused, the old configuration stays in force: " + h.dir + "/conf: nothing to run")
	}
	if got := h.addresses(); !strings.Contains(got, "10.77.0.1/24") {
		t.Errorf("addresses %s", got)
	}
	if status, said := h.reload("--allow-empty"); status != 0 || said != "" {
		t.Errorf("--allow-empty: status %d, %s", status, said)
	}
	h.expect("The reload removed all vrrp instances: VI_1")
	h.expect("Reload complete: global_defs changed, vrrp_instance VI_1 removed")
	h.configure(instance)
	if status, said := h.reload(); status != 0 {
		t.Errorf("back: status %d, %s", status, said)
	}
	h.expect("Reload complete: global_defs changed, vrrp_instance VI_1 added")
	h.expect("(VI_1) Entering MASTER STATE")
}

// A file of an include that is lost does not take with it what was in it.
func TestReloadWithALostInclude(t *testing.T) {
	t.Parallel()
	h := boot(t, instance)
	h.expect("(VI_1) Entering MASTER STATE")
	part := h.dir + "/part.conf"
	if err := os.WriteFile(part, []byte(strings.NewReplacer("VI_1", "VI_2", "51", "52", "10.77.0.1", "10.77.0.2").Replace(instance)), 0o644); err != nil {
		t.Fatal(err)
	}
	h.configure("include " + part + "\n" + instance)
	if status, said := h.reload(); status != 0 {
		t.Fatalf("status %d, %s", status, said)
	}
	h.expect("(VI_2) Entering MASTER STATE")
	if err := os.Chmod(part, 0o755); err != nil {
		t.Fatal(err)
	}
	if status, said := h.reload(); status != 1 || !strings.Contains(said, h.dir+"/conf:1:9: error: Configuration file '"+part+"' is not a regular non-executable file") {
		t.Errorf("status %d, %s", status, said)
	}
	h.expect("Reload refused, the old configuration stays in force: ")
	if err := os.Chmod(part, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, said := h.reload(); status != 0 {
		t.Errorf("status %d, %s", status, said)
	}
	h.expect("Reload complete: nothing changes")
}
