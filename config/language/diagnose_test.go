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

// What keeps a role from running keeps no other one from it: 2.2.7 with -C serves virtual servers whose file has
// interfaces that are not there, and lines of virtual routers without their words, and with -P the reverse.
func TestWhatConcernsOnlyOneRole(t *testing.T) {
	with := func(old, now string) string { return strings.Replace(instance(), old, now, 1) + service("", "") }
	const vrrp, checkers, whole = syntax.VRRPPart, syntax.CheckerPart, syntax.WholeProgram
	for text, of := range map[string]syntax.Part{
		with("interface eth0", "interface nosuch0"):                                                                  vrrp,
		with("virtual_router_id 51", ""):                                                                             vrrp,
		with("virtual_router_id 51", "virtual_router_id 51\npriority"):                                               vrrp,
		with("", "") + strings.Replace(instance(), "vrrp_instance A", "vrrp_instance B", 1):                          vrrp,
		"vrrp_script s {\nscript /bin/true\ninterval\n}\n" + with("", ""):                                            vrrp,
		"vrrp_sync_group G {\ngroup {\nA\n}\nnotify_master\n}\n" + with("", ""):                                      vrrp,
		"static_routes {\n10.7.0.0/16 via\n}\n" + with("", ""):                                                       vrrp,
		instance() + strings.Replace(service("", ""), "real_server", "delay_loop\nreal_server", 1):                   checkers,
		instance() + service("", "TCP_CHECK {\nconnect_port\n}\n"):                                                   checkers,
		"virtual_server_group G {\nfwmark\n}\n" + with("", ""):                                                       checkers,
		"global_defs {\nvrrp_garp_master_delay\n}\n" + with("", ""):                                                  whole,
		"bfd_instance b {\nneighbor_ip\n}\n" + with("", ""):                                                          whole,
		strings.Replace(instance(), "interface eth0", "priority", 1) + service("", "TCP_CHECK {\nconnect_port\n}\n"): whole,
	} {
		_, all := Bind(load(text), host())
		if Runnable(all) {
			t.Errorf("%s: it can be run: %v", text, all)
		}
		for _, left := range []syntax.Part{vrrp, checkers} {
			env := host()
			env.Without = left
			_, without := Bind(load(text), env)
			if Runnable(without) != (left == of) {
				t.Errorf("%s: without part %d runnable %v\n%v", text, left, Runnable(without), without)
			}
			if len(all) != len(without) || ExitStatus(all) != ExitStatus(without) {
				t.Errorf("%s: %v is found with all parts and %v without %d", text, all, without, left)
			}
		}
	}
}
