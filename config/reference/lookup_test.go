package reference

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func names(entries []Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestLookup(t *testing.T) {
	for _, tt := range []struct{ query, entries, blocks string }{
		{"virtual_router_id", "vrrp_instance.virtual_router_id", ""},
		{"VIRTUAL_ROUTER_ID", "vrrp_instance.virtual_router_id", ""},
		{"vrrp_instance.virtual_router_id", "vrrp_instance.virtual_router_id", ""},
		{"vrrp_instance/virtual_router_id", "vrrp_instance.virtual_router_id", ""},
		{"real_server.weight", "virtual_server.real_server.weight", ""},
		{"virtual_server.real_server.weight", "virtual_server.real_server.weight", ""},
		{"HTTP_GET.url.path", "virtual_server.real_server.HTTP_GET.url.path", ""},
		{"url.path", "virtual_server.real_server.HTTP_GET.url.path virtual_server.real_server.SSL_GET.url.path", ""},
		{"authentication", "vrrp_instance.authentication", "vrrp_instance.authentication"},
		{"virtual_ipaddress", "vrrp_instance.virtual_ipaddress", "vrrp_instance.virtual_ipaddress"},
		{"unicast_peer", "vrrp_instance.unicast_peer", ""},
		{"global_defs", "global_defs", "global_defs"},
		{"@ID", "@ID", ""},
		{"$NAME=", "$NAME=", ""},
		{"priority", "vrrp_instance.priority static_routes.priority static_rules.priority " +
			"vrrp_instance.virtual_routes.priority vrrp_instance.virtual_rules.priority", ""},
		{"nothing_of_the_sort", "", ""},
		{"real_server.virtual_router_id", "", ""},
		{"", "", ""},
		{".", "", ""},
		{"vrrp_instance.", "", ""},
	} {
		a := Lookup(tt.query)
		var blocks []string
		for _, b := range a.Blocks {
			blocks = append(blocks, b.Name)
		}
		if names(a.Entries) != tt.entries || strings.Join(blocks, " ") != tt.blocks {
			t.Errorf("%q: %s; blocks %q", tt.query, names(a.Entries), blocks)
		}
		if a.Found() != (tt.entries != "") {
			t.Errorf("%q: found %v", tt.query, a.Found())
		}
	}
}

func TestNear(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"prioirty", "priority"},
		{"vrrp_instance.prioirty", "vrrp_instance.priority"},
		{"real_server.wieght", "virtual_server.real_server.weight"},
		{"vrrp_instanc", "vrrp_instance"},
		{"nowhere.prioirty", "priority"},
		{"auth_typ", "auth_type"},
		{"completely_different_word", ""},
	} {
		if got := strings.Join(Lookup(tt.query).Near, " "); got != tt.want {
			t.Errorf("%s: near %q, want %q", tt.query, got, tt.want)
		}
	}
}

// Whatever is offered for completion is found, and begins as typed.
func TestCompletionsAreFound(t *testing.T) {
	all := Entries()
	rapid.Check(t, func(t *rapid.T) {
		e := all[rapid.IntRange(0, len(all)-1).Draw(t, "entry")]
		name := e.Name()
		if i := strings.LastIndex(name, "."); i > 0 && rapid.Bool().Draw(t, "short") {
			name = name[strings.LastIndex(name[:i], ".")+1:] // the innermost block is enough
		}
		typed := name[:rapid.IntRange(0, len(name)).Draw(t, "typed")]
		for _, c := range Complete(typed) {
			word, help, ok := strings.Cut(c, "\t")
			if !ok || help == "" || !strings.HasPrefix(word, typed) || !Lookup(word).Found() {
				t.Fatalf("%q completes %q", c, typed)
			}
		}
	})
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct{ typed, some string }{
		{"", "priority"}, {"virtual_rou", "virtual_router_id"}, {"vrrp_instance.prio", "vrrp_instance.priority"},
		{"real_server.we", "real_server.weight"}, {"virtual_server/real_server/we", "virtual_server.real_server.weight"},
	} {
		if !slices.ContainsFunc(Complete(tt.typed), func(c string) bool { return strings.HasPrefix(c, tt.some+"\t") }) {
			t.Errorf("%q: %s is not among %q", tt.typed, tt.some, Complete(tt.typed))
		}
	}
	if got := Complete("zzz"); got != nil {
		t.Errorf("zzz: %q", got)
	}
}

// Every keyword answers to its full name, and every block lists what stands in it.
func TestEverythingIsFound(t *testing.T) {
	listed := 0
	for _, b := range Blocks() {
		listed += len(b.Keywords)
	}
	anywhere := 0
	for _, e := range Entries() {
		if e.Anywhere {
			anywhere++
		}
		if a := Lookup(e.Name()); !slices.ContainsFunc(a.Entries, func(f Entry) bool { return f == e }) {
			t.Errorf("%s is not found", e.Name())
		}
	}
	if total := len(Entries()); listed+anywhere != total {
		t.Errorf("%d keywords in blocks and %d elsewhere, want %d", listed, anywhere, total)
	}
}

func FuzzLookup(f *testing.F) {
	f.Add("vrrp_instance.priority")
	f.Add("..")
	f.Fuzz(func(t *testing.T, query string) {
		a := Lookup(query)
		if a.Found() && a.Near != nil {
			t.Errorf("%q is found and something else is offered", query)
		}
	})
}
