package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"holdfast/internal/state"
)

// A running daemon tells what a reload would do, ends with the status for scripts, and is the same afterwards.
func TestPlan(t *testing.T) {
	t.Parallel()
	h := boot(t, strings.Replace(instance, "advert_int 1", "advert_int 1\n  authentication {\n    auth_type PASS\n"+
		"    auth_pass sesame\n  }", 1))
	h.expect("Entering MASTER STATE")
	write := func(name, conf string) string {
		file := filepath.Join(h.dir, name)
		if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	running, err := os.ReadFile(h.dir + "/conf")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(name, old, new string) string {
		if !strings.Contains(string(running), old) {
			t.Fatalf("there is no %q", old)
		}
		return write(name, strings.ReplaceAll(string(running), old, new))
	}
	ask := func(want int, text string, args ...string) {
		t.Helper()
		h.says(want, text, append([]string{"plan", "-p", h.dir + "/p.pid"}, args...)...)
	}
	before := h.current()
	ask(0, "would change nothing", "--running")
	ask(0, "would change nothing", "--running", "--exit-code")
	lower := edit("lower", "priority 100", "priority 90")
	ask(0, "a director with a priority above 90 that may preempt takes over", lower)
	ask(2, "What moves a virtual address, or may", "--exit-code", lower)
	ask(1, "would be refused", "--exit-code", edit("wrong", "priority", "priorty"))
	ask(1, "interface nowhere0", edit("elsewhere", "interface hf0", "interface nowhere0"))
	ask(1, "Cannot change instance name", edit("name", "global_defs {", "instance other\nglobal_defs {"))
	ask(1, "nothing to run", write("empty", ""))
	ask(0, "lost: all vrrp instances: VI_1", "--allow-empty", write("empty", ""))
	ask(1, "Config files missing", h.dir+"/nothing")
	ask(1, "want one FILE", "--exit-code")
	ask(1, "unknown flag", "--exit-code", "--nonsense", lower)
	ask(0, "- 10.77.0.1/24 on hf0, VI_1", edit("vip", "10.77.0.1/24", "10.77.0.2/24"))

	status, said := h.inside("plan", "-p", h.dir+"/p.pid", "-o", "json", edit("auth", "sesame", "trustno1"))
	var p state.Plan
	if err := json.Unmarshal([]byte(said), &p); err != nil || status != 0 || !p.Changes || p.Generation != 1 ||
		strings.Contains(said, "sesame") || strings.Contains(said, "trustno1") {
		t.Errorf("%v, status %d, %s", err, status, said)
	}
	after := h.current()
	if !reflect.DeepEqual(before.Config, after.Config) || before.Sources[0].PID != after.Sources[0].PID || len(after.Sources) != 1 {
		t.Errorf("%+v became %+v", before, after)
	}
	if i := after.Instances[0]; i.State != "MASTER" || i.Counters.BecameMaster != 1 || !i.Addresses[0].Present {
		t.Errorf("%+v", i)
	}
	h.signal(syscall.SIGTERM)
	h.exit(0)
	if code, said, _ := command("", "plan", "-p", h.dir+"/p.pid", "--running"); code != statusNotRunning {
		t.Errorf("status %d, %s", code, said)
	}
}

// current is all that the daemon says of itself.
func (h *host) current() (a state.All) {
	h.t.Helper()
	h.says(0, `"MASTER"`, "status", "-p", h.dir+"/p.pid", "-o", "json")
	_, said := h.inside("status", "-p", h.dir+"/p.pid", "-o", "json")
	if err := json.Unmarshal([]byte(said), &a); err != nil {
		h.t.Fatal(err, said)
	}
	return a
}
