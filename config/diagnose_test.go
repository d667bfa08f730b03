package config

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// A word that looks like a reference and is taken as it stands is said, wherever it is taken: it is
// seldom the name of an interface or a password. Quotes say that it is meant.
func TestUndefinedNamesThatAreTaken(t *testing.T) {
	good := instance("authentication {\n auth_type PASS\n auth_pass secret\n }")
	for _, c := range [][3]string{
		{"vrrp_instance A", "vrrp_instance $NAME", "1:15 warning: ($NAME) vrrp_instance: '$NAME' is taken as it stands; $NAME is not defined before this place"},
		{"interface eth0", "interface $IF", "interface: '$IF' is taken as it stands; $IF is not"},
		{"auth_pass secret", "auth_pass $PW", "auth_pass: '$PW' is taken as it stands"},
		{"10.0.0.1/24", "10.0.0.1/24 label $LABEL", "10.0.0.1/24: '$LABEL' is taken as it stands"},
		{"auth_pass secret", "auth_pass \"$PW\"", ""},
		{"auth_pass secret", "auth_pass $", ""},
		{"auth_pass secret", "auth_pass $ec-ret", ""},
		{"vrrp_instance A", "$IF=eth0\nvrrp_instance A", ""},
	} {
		_, diags := bind(t, strings.Replace(good, c[0], c[1], 1))
		d, found := find(diags, "is taken as it stands")
		if got := fmt.Sprintf("%d:%d %s: %s", d.Pos.Line, d.Pos.Col, d.Severity, d.Text); found != (c[2] != "") || !strings.Contains(got, c[2]) || d.Severity > syntax.Warning {
			t.Errorf("%s: %v, want %q", c[1], diags, c[2])
		}
	}
}
