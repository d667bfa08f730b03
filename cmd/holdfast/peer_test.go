package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"holdfast/internal/state"
)

// The other director is what its print wrote, an answer that was saved, or either on standard input; a password that is
// hidden there is not taken for another one.
func TestCheckBesideAPeer(t *testing.T) {
	t.Chdir(t.TempDir())
	mine := strings.Replace(goodConfig, "priority 100", "priority 100\n    authentication {\n        auth_type PASS\n"+
		"        auth_pass sesame\n    }", 1)
	write(t, "a.conf", mine)
	write(t, "b.conf", strings.NewReplacer("priority 100", "priority 90", "192.0.2.10/24", "192.0.2.11/24").Replace(mine))
	write(t, "secret.conf", strings.NewReplacer("priority 100", "priority 90", "sesame", "trustno1").Replace(mine))
	status, printed, _ := command("", "print", "--redact", "b.conf")
	if status != 0 || !strings.Contains(printed, "REDACTED") {
		t.Fatalf("status %d\n%s", status, printed)
	}
	write(t, "printed", printed)
	answer, err := json.Marshal(map[string]any{"pid": 7, "config": state.Config{File: "f", Text: printed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, "answer", string(answer))
	write(t, "c.conf", strings.NewReplacer("priority 100", "priority 80", "192.0.2.10/24", "192.0.2.11/24").Replace(mine))
	const missing = "a.conf has no 192.0.2.11: when that director takes over, nobody has it"
	for _, v := range []invocation{
		{[]string{"--peer", "b.conf", "a.conf"}, 1, "b.conf:10:9: error: (VI_1) " + missing + "\n    a.conf:9:5: not here", "a.conf and b.conf: 2 errors\n"},
		{[]string{"--peer", "printed", "a.conf"}, 1, "error: (VI_1) " + missing, "a.conf and printed: 2 errors, 1 note\n"},
		{[]string{"--peer", "printed", "a.conf"}, 1, "auth_pass is not shown here or in", "printed: 1 line that holdfast"},
		{[]string{"--peer", "answer", "a.conf"}, 1, "error: (VI_1) " + missing, "a.conf and answer: 2 errors, 1 note\n"},
		{[]string{"--peer", "secret.conf", "a.conf"}, 1, "auth_pass is not the one of", "a.conf and secret.conf: 1 error"},
		{[]string{"--peer", "none", "a.conf"}, 2, "none: error: ", "none: cannot be read\n"},
		{[]string{"--peer", "b.conf", "--pair", "a.conf", "b.conf"}, 2, "", "holdfast check: --peer: want one file"},
		{[]string{"--peer", "-", "-"}, 2, "", "holdfast check: --peer -: "},
		{[]string{"--peer", "-", "--peer", "-", "a.conf"}, 2, "", "holdfast check: --peer -: "},
		{[]string{"--peer", "printed", "--peer", "c.conf", "a.conf"}, 1,
			"error: (VI_1) a.conf has no 192.0.2.11", "a.conf and printed and c.conf: "},
	} {
		v.args = append([]string{"check"}, v.args...)
		v.run(t)
	}
	for name, text := range map[string]string{"what print wrote": printed, "an answer": string(answer)} {
		status, stdout, stderr := command(text, "check", "--peer", "-", "a.conf")
		if status != 1 || !strings.Contains(stdout, missing) || !strings.Contains(stdout, "<stdin>:") {
			t.Errorf("%s: status %d\n%s\n%s", name, status, stdout, stderr)
		}
	}
}

// A daemon that runs is asked at its socket.
func TestCheckBesideARunningPeer(t *testing.T) {
	t.Parallel()
	h := boot(t, instance)
	h.expect("Startup complete")
	write(t, h.dir+"/other", strings.NewReplacer("priority 100", "priority 90", "10.77.0.1/24", "10.77.0.2/24").Replace(instance))
	h.says(1, "has no 10.77.0.1: when that director takes over, nobody has it", "check", "--peer", h.dir+"/holdfast_p.sock", h.dir+"/other")
	h.says(0, "", "check", "-q", "--peer", h.dir+"/holdfast_p.sock", h.dir+"/conf")
	h.signal(syscall.SIGTERM)
	h.exit(0)
}
