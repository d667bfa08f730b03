package stages

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// programs is a directory for PATH with nothing but some programs of this machine, and stubs for others.
func programs(t *testing.T, real []string, stubs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range real {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range stubs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDepsSaysWhatLacks(t *testing.T) {
	basic := []string{"bash", "sort", "mktemp", "cat", "rm", "id"}
	all := map[string]string{"ip": "", "nginx": "", "linux.uml": "", "ipvsadm": "exit 1"}
	ipvs := map[string]string{"ip": "", "nginx": "", "ipvsadm": "", "id": "echo 0"}
	some := map[string]string{"ip": "", "ipvsadm": "exit 1", "id": "echo 0"}
	user := map[string]string{"ip": "", "ipvsadm": "", "nginx": "", "id": "echo 1000", "apt-get": "exit 9"}
	for name, c := range map[string]struct {
		stubs  map[string]string
		args   []string
		status int
		want   string // in what is said; empty: nothing is said
		not    string
		flags  string // of the processor
	}{
		"the demo needs few":                    {stubs: all, args: []string{"demo"}},
		"the demo on such a kernel":             {stubs: ipvs, args: []string{"demo"}},
		"the other demo needs a routing daemon": {stubs: map[string]string{"ip": "", "ipvsadm": "", "id": "echo 0", "bird": ""}, args: []string{"demo-anycast"}},
		"and says so":                           {stubs: ipvs, args: []string{"demo-anycast"}, status: 1, want: "Missing here: bird. Install", not: "apt-get"},
		"the tests need more":                   {stubs: all, status: 1, want: "Missing here: keepalived, nft, tshark,", not: "apt-get"},
		"no apt-get":                            {stubs: some, args: []string{"demo"}, status: 1, want: "Missing here: nginx, linux.uml. Install", not: "apt-get"},
		"a library for the kernel": {stubs: user, args: []string{"demo"}, status: 1, flags: " amx_tile",
			want: "As root: apt-get install --no-install-recommends gcc libc6-dev user-mode-linux"},
		"no apt-get, other kernel":   {stubs: some, args: []string{"demo"}, status: 1, want: "modprobe ip_vs", not: "apt-get"},
		"a user of a kernel without": {stubs: user, args: []string{"demo"}, status: 1, want: "As root: apt-get install --no-install-recommends user-mode-linux", not: "nginx"},
	} {
		t.Run(name, func(t *testing.T) {
			var real []string
			for _, b := range basic {
				if _, stub := c.stubs[b]; !stub {
					real = append(real, b)
				}
			}
			cmd := exec.Command("/bin/bash", append([]string{"deps"}, c.args...)...)
			cpu := filepath.Join(t.TempDir(), "cpuinfo")
			if err := os.WriteFile(cpu, []byte("flags : fpu"+c.flags+" lm\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd.Env = []string{"PATH=" + programs(t, real, c.stubs), "SBIN=", "CPUINFO=" + cpu}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			got := string(out)
			if cmd.ProcessState.ExitCode() != c.status || !strings.Contains(got, c.want) || c.want == "" && got != "" ||
				c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("exit status %d, said %q", cmd.ProcessState.ExitCode(), got)
			}
		})
	}
}

// What the demonstration tells a newcomer to try works.
func TestWhatToTryNext(t *testing.T) {
	text, err := os.ReadFile("demo")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "holdfast")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/holdfast").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := regexp.MustCompile(`(?m)^  bin/holdfast ([^#\n]*)`).FindAllStringSubmatch(string(text), -1)
	if len(lines) != 3 {
		t.Fatalf("%q", lines)
	}
	for _, l := range lines {
		cmd := exec.Command(program, strings.Fields(l[1])...)
		cmd.Dir = "../.."
		if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 1 || len(out) == 0 {
			t.Errorf("%s: %v\n%s", l[1], err, out)
		}
	}
}
