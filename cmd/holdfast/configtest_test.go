package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Stories of -t: what somebody has in the file, what the program says and with
// which status it ends (grammar 9.4, cli 3). keepalived 2.2.7 ends with the same.
func TestConfigTestStories_grammar9_4(t *testing.T) {
	t.Parallel()
	clean := "global_defs {\n  router_id director1\n}\n"
	script := "vrrp_script chk {\n  script \"/bin/true\"\n}\nvirtual_server 192.0.2.1 80 {\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n  quorum_up \"/bin/true\"\n  real_server 192.0.2.2 80 {\n  }\n}\n"
	for _, story := range []struct {
		who    string
		text   string // of the file; "-" = there is none
		args   string
		status int
		says   string
	}{
		{"somebody whose file is fine", clean, "", 0, ""},
		{"somebody who mistyped the name of the file", "-", "", 0, "Config files missing"},
		{"the same with -e", "-", "-e", 4, "Config files missing"},
		{"somebody who forgot the number after a keyword", clean + "vrrp_instance A {\n  virtual_router_id\n}\n", "", 2, "is missing a parameter"},
		{"the same behind another mistake", "foo\nvrrp_instance A {\n  virtual_router_id\n}\n", "", 2, "is missing a parameter"},
		{"somebody who polls an interface that is not there", clean + "linkbeat_interfaces {\n  nosuch0\n}\n", "", 4, "unknown interface nosuch0"},
		{"somebody who mistyped a keyword", "global_defs {\n  router_idd x\n}\n", "", 5, "did you mean 'router_id'?"},
		{"somebody with an old keyword", clean + "vrrp_sync_group G {\n  global_tracking\n}\n", "", 5, "is deprecated"},
		{"somebody who polls and mistypes", "foo\nlinkbeat_interfaces {\n  nosuch0\n}\n", "", 5, "Unknown keyword 'foo'"},
		{"somebody whose scripts run as root without checks", script, "", 6, "SECURITY VIOLATION"},
		{"the same who mistyped too", "foo\n" + script, "", 6, "SECURITY VIOLATION"},
		{"the same with the checks on", "global_defs {\n  enable_script_security\n  script_user root\n}\n" + script, "", 0, ""},
		{"somebody whose include is gone", "include gone.conf\n" + clean, "", 0, "Config files missing 'gone.conf'."},
		{"the same who wants to know", "includem gone.conf\n" + clean, "", 6, "Config files missing 'gone.conf'."},
		{"the same with -e", "include gone.conf\n" + clean, "-e", 6, "Config files missing 'gone.conf'."},
		{"somebody with lines for two directors", "@one foo\n@two router_idd\n" + clean, "-i three", 0, ""},
		{"one of the two", "@one foo\n" + clean, "-i one", 5, "Unknown keyword 'foo'"},
	} {
		t.Run(story.who, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "k.conf")
			if story.text != "-" {
				write(t, file, story.text)
			}
			for _, form := range []string{"-t", "--config-test"} {
				args := append([]string{form, "-f", file}, strings.Fields(story.args)...)
				status, stdout, stderr := holdfast(t, "keepalived", args...)
				if status != story.status || stdout != "" || !strings.Contains(stderr, story.says) {
					t.Errorf("%q: exit status %d, want %d; %q\n%s", args, status, story.status, stdout, stderr)
				}
			}
			log := filepath.Join(dir, "log")
			write(t, log, "before\n")
			args := append([]string{"--config-test=" + log, "-f", file}, strings.Fields(story.args)...)
			status, stdout, stderr := holdfast(t, "keepalived", args...)
			text, err := os.ReadFile(log)
			if status != story.status || stdout+stderr != "" || err != nil || !strings.HasPrefix(string(text), "before\n") ||
				!strings.Contains(string(text), story.says) {
				t.Errorf("%q: exit status %d, want %d; %q\n%s%s", args, status, story.status, stdout+stderr, text, err)
			}
		})
	}
}

// The consolidated configuration reads like the file and its includes.
func TestConfigFD(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir+"/k.conf", "$ID=director1\ninclude more.conf\nglobal_defs {\n  @one router_id first\n  @^one router_id ${ID} # the others\n}\n")
	write(t, dir+"/more.conf", "global_defs { vrrp_version 3 }\n")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(program(t), "-t", "-f", file, "-i", "two", "--config-fd", "3")
	cmd.ExtraFiles = []*os.File{w}
	out, err := cmd.CombinedOutput()
	w.Close()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text := make([]byte, 4096)
	n, _ := r.Read(text)
	want := "# " + dir + "/more.conf\nglobal_defs {\nvrrp_version 3 }\n# " + file + "\nglobal_defs {\nrouter_id director1\n}\n"
	if got := string(text[:n]); strings.ReplaceAll(got, "\n}", " }") != strings.ReplaceAll(want, "\n}", " }") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	status, _, stderr := holdfast(t, "holdfast", "-t", "-f", file, "--config-fd=99")
	if status != 0 ||
		!strings.HasPrefix(stderr, "write the consolidated configuration: write descriptor 99: bad file descriptor\n") {
		t.Errorf("exit status %d, %q", status, stderr)
	}
}
