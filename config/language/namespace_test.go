package language

import (
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// In a network namespace that does not exist, only what keepalived finds before it
// goes there counts.
func TestNamespaceThatDoesNotExist(t *testing.T) {
	const bad = "vrrp_instance A {\n foo\n priority\n}\n"
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"nothing else", "net_namespace red\n" + instance(), 0},
		{"in an instance", "net_namespace red\n" + bad, 0},
		{"unknown global keyword", "global_defs {\n foo\n}\nnet_namespace red\n", 0},
		{"global parameter", "net_namespace red\nglobal_defs {\n vrrp_version\n}\n", 2},
		{"script security", "net_namespace red\n" + instance("notify /bin/true"), 0},
		{"include", "net_namespace red\nglobal_defs {\n include_check\n}\ninclude /none.conf\n", 6},
		{"one that exists", "net_namespace blue\n" + bad, 2},
		{"for IPVS only", "net_namespace_ipvs red\n" + bad, 2},
	} {
		env := host()
		env.Test = true
		env.Namespace = func(name string) bool { return name == "blue" }
		load := func() syntax.Snapshot {
			return syntax.Load(syntax.MapSource{"c": tt.text}, "c", syntax.Options{})
		}
		_, found := Bind(load(), env)
		if got := ExitStatus(found); got != tt.want {
			t.Errorf("%s: exit %d, want %d: %v", tt.name, got, tt.want, found)
		}
		env.Namespace = nil
		if _, found := Bind(load(), env); tt.name == "in an instance" && ExitStatus(found) != 2 {
			t.Errorf("exit %d where no host is asked: %v", ExitStatus(found), found)
		}
	}
}

// Where the daemon is to be is read without anything else, wherever in the text it stands.
func TestPlaceOf(t *testing.T) {
	for _, tt := range []struct {
		text string
		want config.Place
	}{
		{instance(), config.Place{}},
		{"net_namespace red\n" + instance(), config.Place{NetNamespace: "red"}},
		{instance("priority 5") + "instance one\nuse_pid_dir\n", config.Place{Instance: "one", UsePIDDir: true}},
		{"net_namespace red\nnet_namespace blue\nnet_namespace_ipvs\nnet_namespace_ipvs green\n",
			config.Place{NetNamespace: "red", IPVSNamespaceSet: true}},
		{"net_namespace_ipvs blue\n", config.Place{IPVSNamespace: "blue", IPVSNamespaceSet: true}},
		{"$NS=red\nnet_namespace $NS\n", config.Place{NetNamespace: "red"}},
		{"global_defs {\n net_namespace red\n}\n# instance x\n", config.Place{}},
		{"net_namespace\ninstance\n", config.Place{}},
		{instance() + "}\nnet_namespace red\n", config.Place{NetNamespace: "red"}},
	} {
		s := syntax.Load(syntax.MapSource{"c": tt.text}, "c", syntax.Options{})
		if got := PlaceOf(s); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.text, got, tt.want)
		}
		// The whole configuration is of the same mind.
		if c, _ := Bind(s, Env{}); c.Global.Place != tt.want {
			t.Errorf("%q: bound %+v, want %+v", tt.text, c.Global.Place, tt.want)
		}
	}
}

// The network that a configuration is checked against is that of its namespace.
func TestTheNetworkInsideIsAsked(t *testing.T) {
	env := host() // has eth0
	env.Namespace = func(name string) bool { return name != "none" }
	env.Inside = func(name string) Env {
		return Env{Interface: func(dev string) bool { return name == "red" && dev == "eth7" }}
	}
	for text, missing := range map[string]string{
		"": "eth7", "net_namespace red\n": "eth0", "net_namespace blue\n": "eth0 eth7", "net_namespace none\n": "",
		"net_namespace red\nnet_namespace blue\n": "eth0",
	} {
		_, found := Bind(syntax.Load(syntax.MapSource{"c": text + instance() +
			strings.NewReplacer("eth0", "eth7", "vrrp_instance A", "vrrp_instance B").Replace(instance())}, "c", syntax.Options{}), env)
		for _, dev := range []string{"eth0", "eth7"} {
			_, said := find(found, "interface "+dev+" for")
			if said != strings.Contains(missing, dev) {
				t.Errorf("%q: %s reported: %v\n%v", text, dev, said, found)
			}
		}
	}
}

// A name stands for the number that the host's tables give it, those in the directories of the configuration,
// wherever in the text that is.
func TestNumbersOfNames(t *testing.T) {
	env := host()
	usual := func(_, name string) (uint32, bool) { return 100, name == "uplink" }
	env.Named = usual
	env.Tables = func(usr, etc string) func(string, string) (uint32, bool) {
		return func(_, name string) (uint32, bool) { return uint32(len(usr + etc)), name == "uplink" }
	}
	routes := "static_routes {\n 10.5.0.0/16 via 10.0.0.1 dev eth0 table uplink\n}\n"
	for text, want := range map[string]uint32{
		routes: 100,
		routes + "global_defs {\n iproute_etc_dir /etc\n}\n":                                       4,
		"global_defs {\n iproute_usr_dir /usr\n iproute_etc_dir /etc\n}\n" + routes:                8,
		"global_defs {\n iproute_usr_dir /usr\n}\n" + strings.Replace(routes, "uplink", "main", 1): 254,
	} {
		c, found := Bind(syntax.Load(syntax.MapSource{"c": text}, "c", syntax.Options{}), env)
		if len(c.StaticRoutes) != 1 || c.StaticRoutes[0].Table.Number != want {
			t.Errorf("%q: %+v\n%v", text, c.StaticRoutes, found)
		}
	}
}
