package main

import (
	"strings"
	"testing"
)

// What print writes means the same as the file, and has nothing to expand.
func TestPrint(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.conf", "$NET=192.0.2\ninclude more.conf\n@one foo\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        ~SEQ(N,10,12) ${NET}.${N}/24\n    }\n}\n")
	write(t, "more.conf", "global_defs {\n    router_id director1\n}\n")
	write(t, "bad.conf", "foo\n"+goodConfig)
	write(t, "secret.conf", strings.Replace(goodConfig, "interface", "authentication {\n auth_type PASS\n auth_pass sesame\n}\ninterface", 1))
	status, stdout, stderr := command("", "print", "a.conf", "-i", "two")
	if status != 0 || stderr != "" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	for _, want := range []string{"router_id director1\n", "192.0.2.10/24\n", "192.0.2.12/24\n", "priority 100\n", "advert_int 1\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "$") || strings.Contains(stdout, "~") || strings.Contains(stdout, "@one") {
		t.Errorf("something is left to expand:\n%s", stdout)
	}
	write(t, "printed.conf", stdout)
	for _, v := range []invocation{
		{[]string{"diff", "a.conf", "printed.conf", "-i", "two"}, 0, "nothing changes\n", ""},
		{[]string{"print", "a.conf", "-i", "one"}, 1, "vrrp_instance VI_1", "a.conf:3:6: error: Unknown keyword 'foo'"},
		{[]string{"print", "bad.conf"}, 1, "vrrp_instance VI_1", "bad.conf:1:1: error: Unknown keyword 'foo'"},
		{[]string{"print", "none.conf"}, 2, "", "none.conf: error: Config files missing 'none.conf'.\n"},
		{[]string{"print", "."}, 2, "", "is a directory"},
		{[]string{"print", "--changed", "a.conf", "-i", "two"}, 0, "global_defs {\n    router_id director1\n}\n\nvrrp_instance VI_1 {\n    interface eth0\n", ""},
		{[]string{"print", "--redact", "secret.conf"}, 0, "auth_pass REDACTED\n", ""},
		{[]string{"print"}, 2, "", "holdfast print: accepts 1 arg(s), received 0\n"},
		{[]string{"print", "a.conf", "bad.conf"}, 2, "", "holdfast print: accepts 1 arg(s), received 2\n"},
	} {
		v.run(t)
	}
	if status, stdout, stderr := command(goodConfig, "print", "-"); status != 0 ||
		!strings.Contains(stdout, "virtual_router_id 51\n") ||
		stderr != "" {
		t.Errorf("standard input: exit status %d, %q, %q", status, stdout, stderr)
	}
}

func TestDiff(t *testing.T) {
	t.Chdir(t.TempDir())
	second := strings.NewReplacer("VI_1", "VI_2", "51", "52", ".10/", ".20/").Replace(goodConfig)
	write(t, "a.conf", goodConfig)
	write(t, "same.conf", "! the same, written otherwise\n"+strings.Replace(goodConfig, "    priority 100\n", "", 1)+"global_defs {\n}\n")
	write(t, "priority.conf", strings.Replace(goodConfig, "priority 100", "priority 90", 1))
	write(t, "address.conf", strings.Replace(goodConfig, "192.0.2.10/24", "192.0.2.11/24", 1))
	write(t, "two.conf", goodConfig+second)
	write(t, "bad.conf", "foo\n"+strings.Replace(goodConfig, "priority 100", "priority 90", 1))
	write(t, "worse.conf", "\nfoo\n"+strings.Replace(goodConfig, "priority 100", "priority 80", 1))
	write(t, "empty.conf", "global_defs {\n}\n")
	write(t, "six.conf", strings.Replace(goodConfig, "192.0.2.10/24", "fe80::1/64", 1))
	write(t, "broken.conf", "vrrp_instance VI_1 {\n    interface eth0\n}\n")
	for _, v := range []invocation{
		{[]string{"diff", "a.conf", "a.conf"}, 0, "nothing changes\n", ""},
		{[]string{"diff", "a.conf", "same.conf"}, 0, "nothing changes\n", ""},
		{[]string{"diff", "a.conf", "same.conf", "--format", "json"}, 0, `"differences": []`, ""},
		{[]string{"diff", "a.conf", "priority.conf"}, 1, "vrrp_instance VI_1: changed: priority 100 -> 90\n", ""},
		{[]string{"diff", "priority.conf", "a.conf"}, 1, "vrrp_instance VI_1: changed: priority 90 -> 100\n", ""},
		{[]string{"diff", "a.conf", "priority.conf", "--format=json"}, 1, `"new": "priority 90"`, ""},
		{[]string{"diff", "a.conf", "address.conf"}, 1, "192.0.2.11/24", ""},
		{[]string{"diff", "a.conf", "two.conf"}, 1, "vrrp_instance VI_2: added\n", ""},
		{[]string{"diff", "two.conf", "a.conf"}, 1, "vrrp_instance VI_2: removed\n", ""},
		{[]string{"diff", "a.conf", "bad.conf"}, 2, "priority 100 -> 90\n", "holdfast diff: bad.conf: a reload to it is refused: bad.conf:1:1: error: Unknown keyword 'foo'\n"},
		{[]string{"diff", "bad.conf", "worse.conf"}, 1, "priority 90 -> 80\n", "worse.conf:2:1: error: Unknown keyword 'foo'"},
		{[]string{"diff", "a.conf", "empty.conf"}, 2, "vrrp_instance VI_1: removed\n",
			"holdfast diff: empty.conf: a reload to it is refused: it has nothing to run (holdfast reload --allow-empty takes it over)\n"},
		{[]string{"diff", "a.conf", "six.conf"}, 1, "vrrp_instance VI_1: added\n    on reload: starts as a backup\n", ""}, // the other family
		{[]string{"diff", "a.conf", "empty.conf", "--format", "json"}, 2, `"kind": "removed"`, "a reload to it is refused"},
		{[]string{"diff", "a.conf", "empty.conf", "--allow-empty"}, 1, "vrrp_instance VI_1: removed\n", ""},
		{[]string{"diff", "empty.conf", "empty.conf"}, 0, "nothing changes\n", ""},
		{[]string{"diff", "empty.conf", "a.conf"}, 1, "vrrp_instance VI_1: added\n", ""},
		{[]string{"print", "empty.conf"}, 0, "global_defs", ""},
		{[]string{"diff", "a.conf", "broken.conf"}, 2, "", "holdfast diff: broken.conf cannot be run; a reload is refused\n"},
		{[]string{"diff", "a.conf", "none.conf"}, 2, "", "none.conf: error: Config files missing"},
		{[]string{"diff", "a.conf"}, 2, "", "holdfast diff: accepts 2 arg(s), received 1\n"},
		{[]string{"diff", "a.conf", "two.conf", "--format", "sarif"}, 2, "", "holdfast diff: --format sarif: want text, json\n"},
	} {
		v.run(t)
	}
	if status, stdout, _ := command(goodConfig, "diff", "-", "priority.conf"); status != 1 ||
		!strings.Contains(stdout, "priority 100 -> 90") {
		t.Errorf("standard input: exit status %d, %q", status, stdout)
	}
}
