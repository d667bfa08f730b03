package language

import (
	"testing"

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
