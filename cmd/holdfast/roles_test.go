package main

import (
	"testing"

	"holdfast/config"
	"holdfast/internal/role"
	"holdfast/internal/super"
)

// The table that the options give has the rows of the table of roles, in its order, with what the
// options say.
func TestEveryRoleIsWired(t *testing.T) {
	o, err := readOptions([]string{"-P", "-r", "/v.pid"})
	o.stay(super.Place{Place: config.Place{Instance: "one"}})
	if err != nil {
		t.Fatal(err)
	}
	got := o.roles()
	if len(got) != len(role.All()) || len(got) != len(wirings()) {
		t.Fatalf("%d roles have options, %d are in the table", len(got), len(role.All()))
	}
	for i, r := range role.All() {
		if got[i].Name != r.Name || wirings()[i].engine == nil {
			t.Errorf("row %d is %s with options, %s in the table", i, got[i].Name, r.Name)
		}
	}
	if v := got[0]; v.PIDFile != "/v.pid" || v.Off {
		t.Errorf("vrrp with -P -r /v.pid: %s, off %v", v.PIDFile, v.Off)
	}
	if c := got[1]; c.PIDFile != "/run/keepalived/checkers_one.pid" || !c.Off {
		t.Errorf("checker with -P: %s, off %v", c.PIDFile, c.Off)
	}
}
