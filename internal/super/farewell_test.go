package super

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hanging makes a program that ignores TERM and has a child that does so too. It leaves both ids
// in files named by its argument.
func hanging(t *testing.T) (program string, pids func(name int) []int) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "hangs")
	text := "#!/bin/sh\ntrap '' TERM\nsh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &\necho $$ $! > " + dir + "/t.$1\n" +
		"mv " + dir + "/t.$1 " + dir + "/$1\nwhile :; do sleep 0.1; done\n"
	if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return program, func(name int) (all []int) {
		t.Helper()
		eventually(t, "the script runs", func() bool {
			b, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(name)))
			for _, f := range strings.Fields(string(b)) {
				pid, _ := strconv.Atoi(f)
				all = append(all, pid)
			}
			return err == nil
		})
		return all
	}
}

func TestHungScriptsDieWithTheirRole(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, d *daemon){
		"stop":              func(_ *testing.T, d *daemon) { d.signal(syscall.SIGTERM); d.exit(0) },
		"role killed":       func(t *testing.T, d *daemon) { kill(t, d.pid("vrrp.pid"), syscall.SIGKILL) },
		"role ended":        func(t *testing.T, d *daemon) { kill(t, d.pid("vrrp.pid"), syscall.SIGTERM) },
		"role not wanted":   func(_ *testing.T, d *daemon) { d.write("checker"); d.signal(syscall.SIGHUP) },
		"supervisor killed": func(_ *testing.T, d *daemon) { d.signal(syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			program, pids := hanging(t)
			d := startDaemon(t, "vrrp\nchecker\nvrrp script "+program)
			d.expect("Startup complete")
			role := d.pid("vrrp.pid")
			all := pids(role)
			end(t, d)
			for _, pid := range all {
				eventually(t, "scripts of the role are gone", func() bool { return !alive(pid) })
			}
			eventually(t, "the role is gone", func() bool { return !alive(role) })
		})
	}
}

// Both at once: the kernel does what can be done.
func TestHungScriptsDieWithAllOfUs(t *testing.T) {
	program, pids := hanging(t)
	d := startDaemon(t, "vrrp\nvrrp script "+program)
	d.expect("Startup complete")
	role := d.pid("vrrp.pid")
	all := pids(role)
	kill(t, d.cmd.Process.Pid, syscall.SIGSTOP) // it must not get at the role's remains
	kill(t, role, syscall.SIGKILL)
	eventually(t, "the script is gone", func() bool { return !alive(all[0]) })
	d.signal(syscall.SIGKILL)
	_ = syscall.Kill(-all[0], syscall.SIGKILL) // what only somebody else's supervisor can end
}

func TestMailIsSentAfterEverythingWasGivenBack(t *testing.T) {
	t.Parallel()
	mail := filepath.Join(t.TempDir(), "sent")
	d := startDaemon(t, "vrrp\nchecker\nwait 1\nvrrp mail "+mail)
	d.expect("Startup complete")
	d.signal(syscall.SIGTERM)
	began := time.Now()
	d.expect("vrrp gave back", "vrrp sends mail")
	eventually(t, "child_wait_time is over", func() bool { return time.Since(began) > 1300*time.Millisecond })
	d.never("killing pid")
	write(t, mail)
	d.expect("vrrp sent mail")
	d.exit(0)
}

func TestStoppingTwiceDoesNotWaitForMail(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp mail /nowhere/at/all")
	d.expect("Startup complete")
	d.signal(syscall.SIGTERM)
	d.expect("has given back everything and sends mail")
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

// A role that is wanted again does not wait for the mail of its former process.
func TestMailDoesNotHoldUpTheRole(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, d *daemon){
		"reload": func(_ *testing.T, d *daemon) {
			d.write("checker")
			d.signal(syscall.SIGHUP)
			d.expectAll("Reload complete", "vrrp sends mail")
			d.write("vrrp\nchecker\nvrrp tag again")
			d.signal(syscall.SIGHUP)
		},
		"the role alone was stopped": func(t *testing.T, d *daemon) {
			d.write("vrrp\nchecker\nvrrp tag again")
			kill(t, d.pid("vrrp.pid"), syscall.SIGTERM)
			d.expectAll("vrrp sends mail", "died: Respawning")
			d.signal(syscall.SIGHUP)
		},
	} {
		t.Run(name, func(t *testing.T) {
			mail := filepath.Join(t.TempDir(), "sent")
			d := startDaemon(t, "vrrp\nchecker\nvrrp mail "+mail)
			d.expect("Startup complete")
			old := d.pid("vrrp.pid")
			leave(t, d)
			d.expect("vrrp committed again")
			if pid := d.pid("vrrp.pid"); pid == old || !alive(pid) || !alive(old) {
				t.Errorf("pid file names %d, formerly %d", pid, old)
			}
			d.signal(syscall.SIGTERM)
			d.expect("vrrp gave back")
			write(t, mail)
			d.expect("vrrp sent mail")
			d.exit(0)
		})
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
