package language

import (
	"strings"
	"testing"

	"holdfast/config/syntax"
)

func TestTableIsConsistent(t *testing.T) {
	lang := Table()
	seen := map[string]bool{}
	blocks := map[string]bool{"": true, AnyBlock: true}
	for _, k := range lang.Keywords() {
		if k.Opens {
			blocks[k.Path()] = true
			blocks[join(k.Path(), Entry)] = k.List
		}
	}
	for _, k := range lang.Keywords() {
		name := join(k.Block, k.Name)
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if !blocks[k.Block] {
			t.Errorf("%s: no keyword opens its block", name)
		}
		if k.Help == "" || len(k.Help) > 110 || strings.Contains(k.Help, "\n") || strings.HasSuffix(k.Help, ".") {
			t.Errorf("%s: help must be one short line without a full stop: %q", name, k.Help)
		}
		if k.need > 0 && k.Args == "" {
			t.Errorf("%s needs a word but does not say which", name)
		}
		if k.Deprecated && k.AliasOf == "" && k.Support == Works {
			t.Errorf("%s is deprecated in favour of nothing", name)
		}
		if k.List && !k.Opens {
			t.Errorf("%s lists entries but opens no block", name)
		}
	}
}

// Every row that is said to work has the function that makes it so.
func TestRowsThatWorkAreBound(t *testing.T) {
	for _, k := range Table().Keywords() {
		if k.Support != Works || k.Block == AnyBlock || strings.HasSuffix(k.Block, Entry) {
			continue
		}
		if k.bind.set == nil && k.bind.open == nil {
			t.Errorf("%s in %q has no effect", k.Name, k.Block)
		}
	}
}

func TestAliasesLeadToKeywords(t *testing.T) {
	for _, k := range Table().Keywords() {
		if k.AliasOf == "" || strings.Contains(k.AliasOf, " ") || k.AliasOf == "linkbeat_interfaces" {
			continue
		}
		target, ok := Table().Find(k.Block, k.AliasOf)
		if !ok {
			t.Errorf("%s/%s is an alias of %s, which does not exist", k.Block, k.Name, k.AliasOf)
			continue
		}
		if target.Opens != k.Opens || (target.Support == NotYet) != (k.Support == NotYet) {
			t.Errorf("%s/%s and %s differ in what they are", k.Block, k.Name, k.AliasOf)
		}
	}
}

// The words of list entries that the readers know are the rows, and the other way
// round.
func TestAddressWordsAreRows(t *testing.T) {
	for _, k := range Table().Keywords() {
		if k.Block != "vrrp_instance/virtual_ipaddress/"+Entry || k.Name == "ADDRESS" {
			continue
		}
		entry := "10.0.0.9/24 " + k.Name
		if k.Args != "" {
			entry += map[string]string{"dev": " eth1", "scope": " link", "brd": " +", "broadcast": " -", "label": " x",
				"peer": " 10.0.0.10", "preferred_lft": " 5"}[k.Name]
		}
		_, diags := bind(t, strings.Replace(instance(), "10.0.0.1/24", entry, 1))
		if ExitStatus(diags) != 0 {
			t.Errorf("%s: %v", entry, diags)
		}
	}
}

func TestShape(t *testing.T) {
	shape := Shape()
	for _, tt := range []struct {
		path string
		word string
		want syntax.Form
	}{
		{"", "vrrp_instance", syntax.FormBlock},
		{"", "child_wait_time", syntax.FormLine},
		{"", "foo", syntax.FormUnknown},
		{"vrrp_instance", "virtual_ipaddress", syntax.FormBlock},
		{"vrrp_instance virtual_ipaddress", "10.0.0.1", syntax.FormLine},
		{"vrrp_instance", "priority", syntax.FormLine},
		{"foo", "priority", syntax.FormUnknown},
		{"virtual_server real_server HTTP_GET url", "path", syntax.FormLine},
		{"virtual_server real_server HTTP_GET", "url", syntax.FormBlock},
		{"(any)", "include", syntax.FormUnknown},
	} {
		if got := shape(strings.Fields(tt.path), tt.word); got != tt.want {
			t.Errorf("%q in %q: %d, want %d", tt.word, tt.path, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct{ block, word, want string }{
		{"vrrp_instance", "virtual_routerid", "virtual_router_id"},
		{"vrrp_instance", "prioirty", "priority"},
		{"vrrp_instance", "Priority", "priority"},
		{"vrrp_script", "raise", "rise"},
		{"virtual_server/real_server", "weigth", "weight"},
		{"virtual_server/real_server", "SMTP_CHEKC", "SMTP_CHECK"},
		{"global_defs", "vrrp_grap_interval", "vrrp_garp_interval"},
		{"global_defs", "smtp_connect_time", "smtp_connect_timeout"},
		{"global_defs", "completely_different", ""},
		{"vrrp_instance", "track_all", ""},
		{"vrrp_instance", "track_vips", ""},
		{"global_defs", "notification_emails_from", "notification_email_from"},
		{"no such block", "x", ""},
	} {
		if got := Table().Nearest(tt.block, tt.word); got != tt.want {
			t.Errorf("%s in %s: %q, want %q", tt.word, tt.block, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := Distance(tt.a, tt.b); got != tt.want || Distance(tt.b, tt.a) != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
