package language

import (
	"strings"
	"testing"

	"holdfast/config"
)

// A name that leads nowhere is said with the one that was meant.
func TestNamesThatWereMeant(t *testing.T) {
	group := "virtual_server_group web {\n 10.0.0.1 80\n}\nvirtual_server group wbe {\n lb_algo rr\n protocol TCP\n" +
		" real_server 10.1.0.1 80 {\n }\n}\n"
	for _, tt := range []struct{ text, want string }{
		{tracked + instance("track_script {\n chkk\n }"), "did you mean 'chk'?"},
		{"track_file load {\n file /run/load\n}\n" + instance("track_file {\n laod\n }"), "did you mean 'load'?"},
		{"bfd_instance peer {\n neighbor_ip 10.0.0.9\n}\n" + instance("track_bfd {\n pere\n }"), "did you mean 'peer'?"},
		{"vrrp_sync_group G {\n group {\n A\n Bb\n }\n}\n" + instance() + second, "did you mean 'B'?"},
		{group, "did you mean 'web'?"},
		{"virtual_server 10.0.0.1:80 {\n}\n", "write a blank, not a colon, before the port: virtual_server 10.0.0.1 80"},
		{service("", "}\n real_server 10.0.0.9:8080 {"), "real_server 10.0.0.9 8080"},
	} {
		_, diags := bind(t, tt.text)
		if _, ok := find(diags, tt.want); !ok {
			t.Errorf("%q: %v, want %s", tt.text, diags, tt.want)
		}
	}
	env := host()
	env.Interface = func(name string) bool { return name == "ens192" }
	env.Interfaces = func() []string { return []string{"lo", "ens192"} }
	_, diags := Bind(load(strings.Replace(instance(), "eth0", "ens129", 1)), env)
	if _, ok := find(diags, "did you mean 'ens192'?"); !ok {
		t.Error(diags)
	}
}

// Many of a kind in a line are one finding, and nobody reads a word of 3,000 letters.
func TestManyOfAKind(t *testing.T) {
	line := "10.0.0.1/24" + repeated(248, func(i int) string { return sprintf(" 10.0.1.%d/24", i) })
	_, diags := bind(t, strings.Replace(instance(), "10.0.0.1/24", line, 1))
	d, ok := find(diags, "write one address a line")
	if !ok || len(diags) > 2 || !strings.HasSuffix(d.Text, "247 more like this in the line") {
		t.Errorf("%d: %v", len(diags), d)
	}
	_, diags = bind(t, instance("track_interface {\n eth1 "+strings.Repeat("x", 3000)+"\n }"))
	for _, d := range diags {
		if len(d.Text) > 400 {
			t.Errorf("%d bytes: %s", len(d.Text), d.Text)
		}
	}
}

// A script is looked up once, however many servers tell it.
func TestScriptsAreLookedUpOnce(t *testing.T) {
	env, asked := host(), 0
	env.Script = func(config.Command) string { asked++; return "" }
	text := secure + service("", repeated(200, func(i int) string {
		return sprintf("}\n real_server 10.9.0.%d 80 {\n notify_up \"/bin/true\"\n notify_down \"/bin/false\"\n", i)
	}))
	if Bind(load(text), env); asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// A name is taken by an interface of a kind that no virtual router has of its own; one of those that have it is not
// foreign, and a reload finds its own interface.
func TestNamesOfOwnInterfaces(t *testing.T) {
	env := host()
	env.Foreign = func(name string) bool { return name == "eth1" }
	for line, want := range map[string]string{"use_vmac eth1": "", "use_vmac eth2": "eth2", "use_ipvlan eth1": "", "use_ipvlan vrrp.9": "vrrp.9"} {
		c, diags := Bind(load(instance(line)), env)
		got := c.Instances[0].VMAC.Name + c.Instances[0].IPVLAN.Name
		_, said := find(diags, "already exists and is not ours")
		if got != want || said != (want == "") {
			t.Errorf("%s: %q, %v", line, got, diags)
		}
	}
}
