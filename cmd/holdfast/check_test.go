package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"holdfast/internal/thishost"
)

const goodConfig = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
`

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "good.conf", goodConfig)
	write(t, "warn.conf", strings.Replace(goodConfig, "priority 100", "priority 100\n    authentication {\n        auth_type PASS\n        auth_pass 123456789\n    }", 1))
	write(t, "empty.conf", "# nothing\n")
	write(t, "bad.conf", "global_defs {\n  router_idd x\n}\n"+goodConfig)
	write(t, "id.conf", "@one foo\n"+goodConfig)
	write(t, "include.conf", "include conf.d/none.conf\n"+goodConfig)
	write(t, "binary.conf", string([]byte{0x7f, 'E', 'L', 'F', 2, 0, 0, 1, '\n', 0xff, 0xfe, '{', '\n'}))
	write(t, "executable.conf", goodConfig)
	write(t, "secret.conf", goodConfig)
	for name, mode := range map[string]os.FileMode{"executable.conf": 0o755, "secret.conf": 0} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("dir.conf", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("pipe.conf", 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(args string) []string { return append([]string{"check"}, strings.Fields(args)...) }
	for _, v := range []invocation{
		{check("good.conf"), 0, "", "good.conf: nothing to say against it\ninterfaces, users and scripts were not looked at (--host does)\n"},
		{check("-q good.conf"), 0, "", ""},
		{check("warn.conf"), 0, "warn.conf:7:19: warning: (VI_1) Truncating auth_pass", "warn.conf: 1 warning\n"},
		{check("--strict warn.conf"), 1, "warn.conf:7:19: warning: (VI_1) Truncating auth_pass", "1 warning"},
		{check("--quiet warn.conf"), 0, "", ""},
		{check("--quiet --strict warn.conf"), 1, "warning: (VI_1) Truncating", ""},
		{check("--allow-unsupported good.conf"), 0, "", "good.conf: nothing to say against it\n"},
		{check("empty.conf"), 1, "empty.conf: error: keepalived has no configuration to run", "empty.conf: 1 error\n"},
		{check("--allow-empty empty.conf"), 0, "empty.conf: note: keepalived has no configuration to run", "empty.conf: 1 note\n"},
		{check("bad.conf"), 1, "bad.conf:2:3: error: Unknown keyword 'router_idd' in global_defs; did you mean 'router_id'?\n", "bad.conf: 1 error\n"},
		{check("good.conf bad.conf"), 1, "bad.conf:2:3: error", "good.conf: nothing to say against it\nbad.conf: 1 error\ninterfaces"},
		{check("-i one id.conf"), 1, "id.conf:1:6: error: Unknown keyword 'foo'", "id.conf: 1 error\n"},
		{check("--config-id two id.conf"), 0, "", "nothing to say"},
		{check("include.conf"), 1, "include.conf:1:9: error: Config files missing 'conf.d/none.conf'.", "1 error"},
		{check("binary.conf"), 1, "binary.conf:1:6: error: configuration appears to have embedded NULs", "binary.conf: "},
		{check("none.conf"), 2, "none.conf: error: Config files missing 'none.conf'.\n", "none.conf: cannot be read\n"},
		{check("-q none.conf"), 2, "none.conf: error: Config files missing 'none.conf'.\n", ""},
		{check("bad.conf none.conf"), 2, "bad.conf:2:3: error", "cannot be read"},
		{check("dir.conf"), 2, "dir.conf: error: Configuration file 'dir.conf/' is a directory - skipping; write dir.conf/*.conf for the files in it\n", "cannot be read"},
		{check("executable.conf"), 2, "is not a regular non-executable file - skipping", "cannot be read"},
		{check("pipe.conf"), 2, "is not a regular non-executable file - skipping", "cannot be read"},
		{check("--format json -q good.conf"), 0, `"findings": []`, ""},
		{check("--format=json bad.conf"), 1, `"text": "Unknown keyword 'router_idd'`, ""},
		{check("--format sarif bad.conf"), 1, `"uri": "bad.conf"`, ""},
		{check("--host good.conf"), 0, "", "\ninterfaces, users and scripts were looked at on this host\n"},
		{check("--format yaml good.conf"), 2, "", "holdfast check: --format yaml: want text, json, sarif\n"},
		{check("--nothing good.conf"), 2, "", "holdfast check: unknown flag: --nothing\n"},
	} {
		if slices.Contains(v.args, "--host") && !hasInterface("eth0") {
			v.status, v.stdout = 1, "interface eth0"
		}
		v.run(t)
	}
	if os.Getuid() != 0 {
		invocation{check("secret.conf"), 2, "permission denied", "cannot be read"}.run(t)
	}
}

func hasInterface(name string) bool { return thishost.Env().Interface(name) }

func TestCheckOfStandardInput(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "more.conf", "foo\n")
	for _, tt := range []struct {
		text   string
		status int
		stdout string
	}{
		{goodConfig, 0, ""},
		{"include more.conf\n" + goodConfig, 1, "more.conf:1:1: error: Unknown keyword 'foo'\n    included from <stdin>:1:9\n"},
		{"foo\n", 1, "<stdin>:1:1: error: Unknown keyword 'foo'"},
		{strings.Repeat("#\n", 9<<20), 2, "bytes of configuration"}, // beyond what is read
	} {
		status, stdout, _ := command(tt.text, "check", "-q", "-")
		if status != tt.status || !strings.Contains(stdout, tt.stdout) || tt.stdout == "" && stdout != "" {
			t.Errorf("%.60q: exit status %d, %q; want %d, %q", tt.text, status, stdout, tt.status, tt.stdout)
		}
	}
	var out, errs bytes.Buffer
	broken := io.MultiReader(strings.NewReader("a"), failing{})
	if status := runCommand([]string{"check", "-"}, broken, &out, &errs); status != 2 ||
		errs.String() != "holdfast check: read standard input: input/output error\n" {
		t.Errorf("exit status %d, %q", status, errs.String())
	}
}

// What a shell makes of <(command) is a pipe with a name in /dev/fd; it is read as
// standard input is, other pipes are not.
func TestCheckOfPipesOfTheShell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir+"/bad.conf", "foo\n")
	out, err := exec.Command("bash", "-c", program(t)+" check -q <(cat "+dir+"/bad.conf) <(cat "+dir+"/bad.conf); echo $?; cat "+dir+"/bad.conf | "+program(t)+" check -q /dev/stdin").CombinedOutput()
	lines := strings.Split(string(out), "\n")
	if err == nil || len(lines) != 5 || lines[2] != "1" || lines[3] != "/dev/stdin:1:1: error: Unknown keyword 'foo'" ||
		!strings.HasPrefix(lines[0], "/dev/fd/") || !strings.HasSuffix(lines[1], ":1:1: error: Unknown keyword 'foo'") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Without a file, check takes the daemon's, and looks at the host.
func TestCheckOfTheDaemon(t *testing.T) {
	t.Parallel()
	const private = "mount --make-rprivate / && cp -a /etc %D/etc && mount --bind %D/etc /etc && mkdir -p /etc/keepalived && mount -t tmpfs tmpfs /run"
	h := bootAfter(t, private, instance, "-p", "/run/keepalived.pid", "-i", "one")
	h.expect("Startup complete")
	inside := func(args ...string) (int, string) {
		cmd := exec.Command(
			"nsenter",
			append([]string{"-m", "-n", "-t", fmt.Sprint(h.cmd.Process.Pid), program(t)}, args...)...)
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	const looked = "interfaces, users and scripts were looked at on this host\n"
	if status, said := inside("check"); status != 0 || said != h.dir+"/conf: nothing to say against it\n"+looked {
		t.Errorf("status %d, %s", status, said)
	}
	h.configure(
		"@one " + strings.ReplaceAll(strings.TrimSpace(strings.Replace(instance, "hf0", "ens192", 1)), "\n", "\n@one "),
	)
	if status, said := inside("check"); status != 1 || !strings.Contains(said, h.dir+"/conf:7:18: error: ") ||
		!strings.Contains(said, "ens192") {
		t.Errorf("an interface that is not here: status %d, %s", status, said)
	}
	if status, said := inside("check", h.dir+"/conf"); status != 1 || strings.Contains(said, "ens192") ||
		!strings.Contains(said, "not looked at") {
		t.Errorf("with a file: status %d, %s", status, said) // lines of host "one" are not for this one
	}
	h.configure(instance)
	if status, said := inside("reload"); status != 0 || said != "" {
		t.Errorf("reload of the daemon in the pid file: status %d, %s", status, said)
	}

	// Without a daemon it is the file of keepalived.
	if out, err := exec.Command("nsenter", "-m", "-t", fmt.Sprint(h.cmd.Process.Pid), "sh", "-c",
		"rm /run/keepalived.pid && sed s/hf0/ens193/ "+h.dir+"/conf >/etc/keepalived/keepalived.conf").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if status, said := inside("check"); status != 1 ||
		!strings.Contains(said, "/etc/keepalived/keepalived.conf:7:13: error: ") ||
		!strings.Contains(said, "ens193") {
		t.Errorf("without a daemon: status %d, %s", status, said)
	}
}

// failing is an input that cannot be read.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, syscall.EIO }

func TestCheckFormats(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.conf", "$X=foo\n${X} bar\n"+goodConfig)
	_, stdout, _ := command("", "check", "--format", "json", "a.conf")
	var report struct {
		Findings []struct{ File, Severity, Text string }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Findings) != 1 ||
		report.Findings[0].Severity != "error" {
		t.Errorf("%v: %s", err, stdout)
	}
	_, stdout, _ = command("", "check", "--format", "sarif", "a.conf")
	var log struct{ Runs []struct{ Results []any } }
	if err := json.Unmarshal([]byte(stdout), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Errorf("%v: %s", err, stdout)
	}
}

// A check needs no rights: it runs as anybody.
func TestCheckAsNobody(t *testing.T) {
	if os.Getuid() != 0 {
		invocation{[]string{"check", "-q", "/dev/null"}, 2, "error", ""}.run(t)
		return
	}
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "secret.conf"), goodConfig)
	if err := errors.Join(os.Chmod(file, 0o600), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := asNobody(t, "check", file)
	if status != 2 || !strings.Contains(stdout, "permission denied") {
		t.Errorf("unreadable: exit status %d, %q, %q", status, stdout, stderr)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := asNobody(t, "check", file); status != 0 || stdout != "" {
		t.Errorf("readable: exit status %d, %q, %q", status, stdout, stderr)
	}
}

// asNobody runs the program without any rights.
func asNobody(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	path := program(t)
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
