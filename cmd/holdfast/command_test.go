package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"holdfast/internal/golden"
)

// command runs a subcommand in this process.
func command(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = runCommand(args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

// invocation is a command line with what comes of it; "" is nothing, else a part of it.
type invocation struct {
	args           []string
	status         int
	stdout, stderr string
}

func (v invocation) run(t *testing.T) {
	t.Helper()
	status, stdout, stderr := command("", v.args...)
	if status != v.status {
		t.Errorf("%q: exit status %d, want %d\n%s%s", v.args, status, v.status, stdout, stderr)
	}
	for _, c := range []struct{ what, got, want string }{{"stdout", stdout, v.stdout}, {"stderr", stderr, v.stderr}} {
		if !strings.Contains(c.got, c.want) || c.want == "" && c.got != "" {
			t.Errorf("%q: %s is %q, want %q", v.args, c.what, c.got, c.want)
		}
	}
}

func TestOnlyAFirstWordIsASubcommand(t *testing.T) {
	for _, tt := range []struct {
		line string
		want bool
	}{
		{"holdfast explain", true}, {"/usr/sbin/holdfast check x", true}, {"holdfast __complete ex", true}, {"holdfast help", true},
		{"holdfast", false}, {"holdfast -t", false}, {"holdfast -n explain", false}, {"holdfast word", false}, {"holdfast --help", false},
		{"keepalived explain", false}, {"/usr/sbin/keepalived check x", false}, {"holdfast explai", false},
	} {
		if got := isCommand(strings.Fields(tt.line)); got != tt.want {
			t.Errorf("%s: %v", tt.line, got)
		}
	}
}

func TestHelp(t *testing.T) {
	status, stdout, stderr := command("", "help")
	if status != 0 || stderr != "" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	golden.Equal(t, "testdata/help.txt", stdout)
	for _, v := range []invocation{
		{[]string{"help", "explain"}, 0, "--unsupported", ""},
		{[]string{"explain", "--help"}, 0, "--unsupported", ""},
		{[]string{"help", "help"}, 0, "list the subcommands", ""},
		{[]string{"help", "nothing"}, 2, "", "holdfast help: there is no subcommand nothing; holdfast help lists them\n"},
		{[]string{"help", "chekc"}, 2, "", "holdfast help: there is no subcommand chekc; did you mean holdfast help check?\n"},
		{[]string{"help", "a", "b"}, 2, "", "holdfast help: accepts at most 1 arg(s), received 2\n"},
	} {
		v.run(t)
	}
}

func TestExplain(t *testing.T) {
	for _, v := range []invocation{
		{[]string{"explain", "vrrp_instance.priority"}, 0, "stands    in vrrp_instance\n", ""},
		{[]string{"explain", "vrrp_instance"}, 0, "Keywords in vrrp_instance:\n", ""},
		{[]string{"explain", "priority", "--format", "json"}, 0, `"keyword": "priority"`, ""},
		{[]string{"explain", "--format=json"}, 0, `"name": "vrrp_instance.authentication"`, ""},
		{[]string{"explain", "missing-close-brace"}, 0, "missing-close-brace\n\n  A block is not closed", ""},
		{[]string{"explain", "missing-close-brace", "--format", "json"}, 0, `"id": "missing-close-brace"`, ""},
		{[]string{"explain"}, 0, "At the top level:\n", ""},
		{[]string{"explain", "prioirty"}, 1, "", "holdfast explain: there is no keyword prioirty; did you mean priority?\n"},
		{[]string{"explain", "completely_different"}, 1, "", "holdfast explain: there is no keyword completely_different\n"},
		{[]string{"explain", ""}, 1, "", "there is no keyword"},
		{[]string{"explain", "a", "b"}, 2, "", "holdfast explain: accepts at most 1 arg(s), received 2\n"},
		{[]string{"explain", "--nothing"}, 2, "", "holdfast explain: unknown flag: --nothing\n"},
		{[]string{"explain", "--format", "xml"}, 2, "", "holdfast explain: --format xml: want text, json\n"},
		{[]string{"explain", "--unsupported", "priority"}, 2, "", "leave priority out"},
	} {
		v.run(t)
	}
}

func TestCompletions(t *testing.T) {
	for _, tt := range []struct{ typed, some, not string }{
		{"ex", "explain\t", "check"},
		{"", "help\t", "generate"},
		{"explain virtual_rou", "virtual_router_id\t", ""},
		{"explain vrrp_instance.prio", "vrrp_instance.priority\t", ""},
		{"explain priority x", ":4\n", "priority"},
		{"explain --format ", "json\n", ""},
		{"completion ", "zsh\n", ""},
		{"help ", "explain\t", "generate"},
		{"--dont-r", "--dont-respawn\t", ""},
		{"--signum ", "RELOAD\n", ""},
		{"-S ", "local3\n", ""},
		{"-i ", ":4\n", ""},
		{"-f ", ":0\n", ""},
	} {
		args := append([]string{"__complete"}, strings.Split(tt.typed, " ")...)
		_, stdout, _ := command("", args...)
		if !strings.Contains(stdout, tt.some) || tt.not != "" && strings.Contains(stdout, tt.not) {
			t.Errorf("%q: %q, want %q", tt.typed, stdout, tt.some)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		status, stdout, stderr := command("", "completion", shell)
		if status != 0 || stderr != "" || !strings.Contains(stdout, "__complete") {
			t.Errorf("%s: exit status %d, %q", shell, status, stderr)
		}
	}
	for _, v := range []invocation{
		{[]string{"completion"}, 2, "", "holdfast completion: accepts 1 arg(s), received 0\n"},
		{[]string{"completion", "csh"}, 2, "", `invalid argument "csh"`},
	} {
		v.run(t)
	}
}

// Every option of the daemon is completed and stands in the manual page.
func TestEveryOptionIsDocumented(t *testing.T) {
	page := strings.ReplaceAll(manual(commands(terminal{})), `\-`, "-")
	_, offered, _ := command("", "__complete", "-")
	for _, o := range optionTable() {
		if o.help == "" {
			continue
		}
		if !strings.Contains(page, `\fB--`+o.long+`\fR`) {
			t.Errorf("--%s is not in the manual page", o.long)
		}
		if !strings.Contains(offered, "--"+o.long) {
			t.Errorf("--%s is not completed", o.long)
		}
	}
	for _, c := range commands(terminal{}).Commands() {
		if !c.Hidden && !strings.Contains(page, "holdfast "+c.Name()) {
			t.Errorf("%s is not in the manual page", c.Name())
		}
	}
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	invocation{[]string{"generate", dir}, 0, "", ""}.run(t)
	files, err := generated()
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for name, text := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text || text == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	page := filepath.Join(dir, "packaging/man/holdfast.8")
	if err := os.Chmod(page, 0o444); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(page)
	invocation{[]string{"generate", dir}, 0, "", ""}.run(t)
	if after, err := os.Stat(page); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a file that is up to date was written: %v", err)
	}
	invocation{[]string{"generate"}, 2, "", "accepts 1 arg(s)"}.run(t)
	invocation{[]string{"generate", "/proc/nothing"}, 2, "", "holdfast generate: mkdir /proc/nothing: no such file or directory\n"}.run(t)
}

// full is a file on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	if status := runCommand([]string{"explain"}, strings.NewReader(""), full{}, &errs); status != statusUsage ||
		!strings.Contains(errs.String(), "no space left on device") {
		t.Errorf("exit status %d, %q", status, errs.String())
	}
}

// A reader that has seen enough ends the program at once and in silence.
func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var errs bytes.Buffer
	cmd := exec.Command(program(t), "explain", "--unsupported", "--format", "json")
	cmd.Stdout, cmd.Stderr = w, &errs
	err = cmd.Run()
	w.Close()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE || errs.Len() > 0 {
		t.Errorf("%v, %q; want the end by SIGPIPE", err, errs.String())
	}
}

// What the daemon starts with is not made for subcommands, and the other way round.
func TestDaemonOptionsAreUntouched(t *testing.T) {
	status, stdout, stderr := holdfast(t, "holdfast", "-h")
	if status != 0 || stdout != "" || !strings.HasPrefix(stderr, "Usage: holdfast [OPTION...]\n") {
		t.Errorf("exit status %d, %q, %.80q", status, stdout, stderr)
	}
	if err := exec.Command(program(t), "explain", "priority").Run(); err != nil {
		t.Error(err)
	}
}
