package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What tools cut out of the first line of keepalived -v they find under that name.
func TestVersionUnderEitherName(t *testing.T) {
	for name, first := range map[string]string{
		"keepalived": "Keepalived v2.2.7 (01/16,2022)", "/usr/sbin/keepalived": "Keepalived v2.2.7 (01/16,2022)",
		"holdfast": "Holdfast v" + version + " (compatible with Keepalived v2.2.7)",
	} {
		status, stdout, stderr := holdfast(t, name, "-v")
		line, rest, _ := strings.Cut(stderr, "\n")
		if status != 0 || stdout != "" || line != first || !strings.HasPrefix(rest, "\n") ||
			!strings.Contains(stderr, "Holdfast v"+version) {
			t.Errorf("%s: status %d, %q, %q", name, status, stdout, stderr)
		}
		if strings.HasSuffix(name, "keepalived") {
			role := regexp.MustCompile(`[kK]eepalived v(.*) `).FindStringSubmatch(stderr)
			if word := strings.Split(line, " ")[1]; role == nil || role[1] != "2.2.7" || word != "v2.2.7" {
				t.Errorf("%q: found %q and %q", line, role, word)
			}
		}
	}
	if real, err := exec.LookPath("keepalived"); err == nil {
		out, _ := exec.Command(real, "-v").CombinedOutput()
		theirs, _, _ := strings.Cut(string(out), "\n")
		if _, _, ours := holdfast(t, "keepalived", "-v"); strings.HasPrefix(theirs, "Keepalived v"+compatible+" ") &&
			!strings.HasPrefix(ours, theirs+"\n\n") {
			t.Errorf("begins %.60q, keepalived's %q", ours, theirs)
		}
	}
}

// In the background as in the foreground the process has the name it was called by.
func TestProcessIsCalledByItsName(t *testing.T) {
	for _, name := range []string{"keepalived", "holdfast"} {
		for _, foreground := range []bool{false, true} {
			t.Run(fmt.Sprint(name, foreground), func(t *testing.T) {
				dir := t.TempDir()
				if err := os.Symlink(program(t), dir+"/"+name); err != nil {
					t.Fatal(err)
				}
				write(t, dir+"/conf", strings.ReplaceAll(instance, "%D", dir))
				args := []string{"-c", "ip link set lo up && ip link add hf0 type veth peer name hf1 && ip link set hf0 up && ip link set hf1 up && ip addr add 10.77.0.9/24 dev hf0 && exec \"$@\"",
					"sh", dir + "/" + name, "-G", "-f", dir + "/conf", "-p", dir + "/p", "-r", dir + "/r", "-c", dir + "/c"}
				if foreground {
					args = append(args, "-n")
				}
				cmd := exec.Command("sh", args...)
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				vrrp := numberIn(t, dir+"/r")
				daemon := numberIn(t, dir+"/p")
				defer func() {
					_ = syscall.Kill(daemon, syscall.SIGTERM)
					_ = cmd.Wait()
					for deadline := time.Now().Add(patience); syscall.Kill(daemon, 0) == nil && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
					}
				}()
				for pid, want := range map[int]string{daemon: name, vrrp: "keepalived_vrrp"} {
					file := fmt.Sprintf("/proc/%d/comm", pid)
					eventually(t, func() string { b, _ := os.ReadFile(file); return strings.TrimSpace(string(b)) }, want)
				}
			})
		}
	}
}

// numberIn waits for a number in a file.
func numberIn(t *testing.T, file string) int {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		b, _ := os.ReadFile(file)
		if n, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			return n
		}
	}
	t.Fatalf("no number in %s", file)
	return 0
}

// eventually waits until something says what it should.
func eventually(t *testing.T, said func() string, want string) {
	t.Helper()
	for deadline := time.Now().Add(patience); said() != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q, want %q", said(), want)
		}
	}
}
