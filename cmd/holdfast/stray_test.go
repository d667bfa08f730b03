package main

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Under keepalived's name words are named, and what the options ask for is done.
func TestStrayWordsStayStrayAsKeepalived_cli1(t *testing.T) {
	for _, line := range []string{"explain -v", "help -v", "check -v", "-v explain", "status -v", "-v -- -x"} {
		status, stdout, stderr := holdfast(t, "/usr/sbin/keepalived", strings.Fields(line)...)
		if status != 0 || !strings.HasPrefix(stdout, "Unexpected argument(s): ") ||
			!strings.Contains(stderr, "Keepalived v") {
			t.Errorf("%s: exit status %d, %q, %q", line, status, stdout, stderr)
		}
	}
}

// Under our own name a word that is no subcommand may be one that somebody meant: no daemon
// may come of it, whatever the options.
func TestAWordThatIsNoSubcommandStartsNothing(t *testing.T) {
	near := func(command string) string { return "did you mean " + command + "?" }
	for _, c := range []struct {
		args []string // %D is a directory with a configuration and nothing else
		says string
	}{
		{[]string{"Status"}, "there is no subcommand Status; " + near("holdfast status")},
		{[]string{"stop"}, near("systemctl stop holdfast")},
		{[]string{"start"}, near("systemctl start holdfast")},
		{[]string{"restart"}, near("systemctl restart holdfast")},
		{[]string{"version"}, near("holdfast -v")},
		{[]string{"run"}, near("holdfast -n")},
		{[]string{"realod"}, near("holdfast reload")},
		{[]string{"chek", "%D/conf"}, near("holdfast check")},
		{[]string{"config"}, near("holdfast check")},
		{[]string{"statu"}, near("holdfast status")},
		{[]string{"relod"}, near("holdfast reload")},
		{[]string{"enabel"}, near("systemctl enable holdfast")},
		{[]string{"statsu"}, near("holdfast status")},
		{[]string{"reload-or-restrat"}, near("systemctl reload-or-restart holdfast")},
		{[]string{"CHECK", "%D/conf"}, near("holdfast check")},
		{[]string{"test"}, near("holdfast check")},
		{[]string{"validate"}, near("holdfast check")},
		{[]string{"format"}, near("holdfast fmt")},
		{[]string{"hepl"}, near("holdfast help")},
		{[]string{"dump"}, near("holdfast print")},
		{[]string{"generat"}, "there is no subcommand generat; holdfast help lists them"}, // it is hidden
		{[]string{"xyz"}, "there is no subcommand xyz; holdfast help lists them"},
		{[]string{"word", "other", "third"}, "there is no subcommand word"},
		{[]string{""}, `there is no subcommand ""`},
		{[]string{"-"}, "there is no subcommand -;"},
		{[]string{"a\nb c"}, `there is no subcommand "a\nb c"`},
		{[]string{"%D/conf"}, "the daemon takes its configuration as -f FILE; did you mean holdfast check %D/conf?"},
		{[]string{"keepalived.conf"}, "did you mean holdfast check keepalived.conf?"},
		{[]string{"start", "--nothing"}, "there is no subcommand start"},
		{[]string{"start", "-v"}, "there is no subcommand start"},
		{[]string{"start", "-t"}, "there is no subcommand start"},
		{[]string{"-h", "start"}, "there is no subcommand start"},
		{[]string{"-h", "status"}, "a subcommand is the first word: holdfast status"},
		{[]string{"--", "-l"}, "there is no subcommand -l"},
		{[]string{"--", "start"}, "there is no subcommand start"},
		{[]string{"-n", "check", "%D/conf"}, "a subcommand is the first word: holdfast check "},
		{[]string{"-g", "%D/log"}, "%D/log: an argument of -g is written in the same word: -g%D/log"},
		{[]string{"-lDg", "log"}, "log: an argument of -g is written in the same word: -glog"},
		{[]string{"--log-file", "log"}, "log: an argument of --log-file is written in the same word: --log-file=log"},
		{[]string{"-t", "%D/conf"}, "did you mean holdfast check %D/conf?"},
		{[]string{"-l", "%D/conf"}, "did you mean holdfast check %D/conf?"},
	} {
		for _, foreground := range []bool{false, true} {
			dir := t.TempDir()
			write(t, dir+"/conf", "")
			args := []string{"-G", "-f", "%D/conf", "-p", "%D/p", "-r", "%D/r", "-c", "%D/c"}
			if foreground {
				args = append(args, "-n")
			}
			if word := c.args[0]; strings.HasPrefix(word, "-") && word != "-" {
				args = append(args, c.args...)
			} else {
				args = append(slices.Clone(c.args), args...)
			}
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "%D", dir)
			}
			status, stdout, stderr, ended := holdfastWithin(t, patience, args...)
			if !ended || status != statusUsage || stdout != "" || strings.Count(stderr, "\n") != 1 ||
				!strings.HasPrefix(stderr, "holdfast: ") ||
				!strings.Contains(stderr, strings.ReplaceAll(c.says, "%D", dir)) {
				t.Errorf("%q: ended %v with status %d, %q, %q, want %q", args, ended, status, stdout, stderr, c.says)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
				t.Errorf("%q: left %v (%v)", args, left, err)
			}
		}
	}
}

// holdfastWithin is holdfast for a command line that must not become a daemon; one that does is killed.
func holdfastWithin(t *testing.T, limit time.Duration, args ...string) (status int, stdout, stderr string, ended bool) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program(t), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
	} // a daemon in the background dies with it
	if os.Getuid() != 0 {
		cmd.SysProcAttr = nil
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String(), late.Stop()
}

// Options alone run the daemon, also with arguments that are part of their word.
func TestOptionsAloneAreNoStrayWords(t *testing.T) {
	for _, line := range []string{
		"holdfast", "holdfast -n", "holdfast -g/tmp/log -n", "holdfast -t/tmp/log", "holdfast -t=/tmp/log", "holdfast --config-test=/tmp/log",
		"holdfast -f /a -p /b -nl", "holdfast --use-file a.conf", "holdfast -Mcore", "holdfast --",
	} {
		args := strings.Fields(line)
		o, err := parseOptions(args[1:])
		if said := strayWord(args, o); said != "" || err != nil {
			t.Errorf("%s: %q, %v", line, said, err)
		}
	}
}

func TestUsageNamesTheSubcommands(t *testing.T) {
	const names = "\nSubcommands: check, check-now, completion, diff, director, drain, events, explain, failover, fmt, genhash, help, log-level, lvs, maint, maintenance, overrides, plan, print, ready, realserver, rehearse, reload, status, undrain, upgrade, warnings, weight, why. holdfast help tells about them.\n"
	for name, want := range map[string]bool{"holdfast": true, "/usr/sbin/holdfast": true, "keepalived": false, "/usr/sbin/keepalived": false} {
		status, stdout, stderr := holdfast(t, name, "-h")
		if status != 0 || stdout != "" || strings.HasSuffix(stderr, names) != want ||
			strings.Contains(stderr, "Subcommands") != want {
			t.Errorf("%s: exit status %d, %q, ends %q", name, status, stdout, stderr[max(0, len(stderr)-300):])
		}
	}
}
