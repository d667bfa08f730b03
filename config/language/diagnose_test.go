package language

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// A word that looks like a reference and is taken as it stands is said, wherever it is taken: it is
// seldom the name of an interface or a password. Quotes say that it is meant.
func TestUndefinedNamesThatAreTaken(t *testing.T) {
	good := instance("authentication {\n auth_type PASS\n auth_pass secret\n }")
	for _, c := range [][3]string{
		{"vrrp_instance A", "vrrp_instance $NAME",
			"1:15 warning: ($NAME) vrrp_instance: '$NAME' is taken as it stands; $NAME is not defined before this place"},
		{"auth_pass secret", "auth_pass $PW", "auth_pass: '$PW' is taken as it stands"},
		{"10.0.0.1/24", "10.0.0.1/24 label $LABEL", "10.0.0.1/24: '$LABEL' is taken as it stands"},
		{"auth_pass secret", "auth_pass \"$PW\"", ""},
		{"auth_pass secret", "auth_pass $", ""},
		{"auth_pass secret", "auth_pass $ec-ret", ""},
		{"vrrp_instance A", "$IF=eth0\nvrrp_instance A", ""},
	} {
		_, diags := bind(t, strings.Replace(good, c[0], c[1], 1))
		d, found := find(diags, "is taken as it stands")
		if got := fmt.Sprintf("%d:%d %s: %s", d.Pos.Line, d.Pos.Col, d.Severity, d.Text); found != (c[2] != "") ||
			!strings.Contains(got, c[2]) || d.Severity > syntax.Warning {
			t.Errorf("%s: %v, want %q", c[1], diags, c[2])
		}
	}
}

// What is not found because nothing defines a name in its path says so, and only then.
func TestUndefinedNamesInPaths(t *testing.T) {
	env := host()
	env.Script = func(c config.Command) string { return "Cannot find script " + c.Argv[0] + " in path" }
	script := func(line string) string { return "vrrp_script s {\n script " + line + "\n}\n" + instance() }
	for _, tt := range []struct{ text, want string }{
		{script("\"$SCRIPT x\""), "Cannot find script $SCRIPT in path; $SCRIPT is not defined before this place; correct"},
		{script("\"$DIR/check\""), "Cannot find script $DIR/check in path; $DIR is not defined before this place; correct"},
		{"$DIR=/x\n" + script("$DIR/check"), "Cannot find script $DIR/check in path; correct"},
		{script("/bin/check $x"), "Cannot find script /bin/check in path; correct"},
		{"include $DIR/*.conf\n" + instance(), "Config files missing '$DIR/*.conf'. $DIR is not defined before this place"},
		{"$A=1\ninclude $DIR\n" + instance(), "Config files missing '$DIR'. $DIR is not defined before this place"},
	} {
		_, diags := Bind(load(tt.text), env)
		if _, ok := find(diags, tt.want); !ok {
			t.Errorf("%q: %v, want %q", tt.text, diags, tt.want)
		}
	}
	_, diags := bind(t, "$DIR=/x\ninclude $DIR/*.conf\n"+instance())
	if d, ok := find(diags, "is not defined"); ok {
		t.Errorf("%v, but it is", d)
	}
}

// What keeps the vrrp role from running keeps no other one from it: 2.2.7 with -C serves virtual servers whose file has
// interfaces that are not there.
func TestWhatConcernsOnlyTheVRRPRole(t *testing.T) {
	with := func(old, now string) string { return strings.Replace(instance(), old, now, 1) }
	for _, text := range []string{
		with("interface eth0", "interface nosuch0"),
		with("virtual_router_id 51", ""),
		instance() + strings.Replace(instance(), "vrrp_instance A", "vrrp_instance B", 1),
	} {
		env := host()
		text += service("", "")
		_, all := Bind(load(text), env)
		env.NoVRRP = true
		_, without := Bind(load(text), env)
		if Runnable(all) || !Runnable(without) {
			t.Errorf("%s: runnable %v with the vrrp role and %v without it\n%v", text, Runnable(all), Runnable(without), all)
		}
		if len(all) != len(without) || ExitStatus(all) != ExitStatus(without) {
			t.Errorf("%s: %v is found with the vrrp role and %v without it", text, all, without)
		}
	}
}
