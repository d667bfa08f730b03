package difference

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

func bound(t *testing.T, text string) *config.Config {
	t.Helper()
	c, diags := language.Bind(syntax.Load(syntax.MapSource{"a": text}, "a", syntax.Options{}), language.Env{})
	if !language.Runnable(diags) {
		t.Fatalf("%v in\n%s", diags, text)
	}
	return c
}

// routers and services write some of either, numbered from 1.
func routers(from, to, priority int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n interface eth0\n virtual_router_id %d\n priority %d\n"+
			" virtual_ipaddress {\n  192.0.2.%d/24\n }\n}\n", i, i, priority, i)
	}
	return b.String()
}

func services(from, to int, scheduler string) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "virtual_server 192.0.2.%d 80 {\n lb_algo %s\n lb_kind DR\n protocol TCP\n"+
			" real_server 192.0.2.200 80 {\n }\n}\n", i, scheduler)
	}
	return b.String()
}

func TestBriefly(t *testing.T) {
	const script = "vrrp_script chk {\n script \"/usr/bin/test -e /x\"\n interval %d\n}\n"
	for _, tt := range []struct {
		name, old, new, changes string
		gone                    []string
	}{
		{"nothing", routers(1, 2, 100), "\n\n# moved\n" + routers(1, 2, 100), "nothing changes", nil},
		{"one of each", routers(1, 2, 100) + services(1, 2, "rr"), routers(2, 3, 100) + services(1, 1, "rr") +
			services(2, 2, "wlc"),
			"vrrp_instance VI_1 removed, vrrp_instance VI_3 added, virtual_server [192.0.2.2]:tcp:80 changed", nil},
		{"some of many", services(1, 40, "rr"), services(1, 37, "rr") + services(38, 40, "wlc"),
			"3 of 40 virtual servers changed ([192.0.2.38]:tcp:80, [192.0.2.39]:tcp:80, [192.0.2.40]:tcp:80)", nil},
		{"more than are named", routers(1, 3, 100) + services(1, 40, "rr"), routers(1, 3, 90),
			"3 of 3 vrrp instances changed (VI_1, VI_2, VI_3), 40 of 40 virtual servers removed ([192.0.2.1]:tcp:80, " +
				"[192.0.2.2]:tcp:80, [192.0.2.3]:tcp:80 and 37 more)",
			[]string{"all virtual servers: [192.0.2.1]:tcp:80, [192.0.2.2]:tcp:80, [192.0.2.3]:tcp:80, [192.0.2.4]:tcp:80, " +
				"[192.0.2.5]:tcp:80, " +
				"[192.0.2.6]:tcp:80, [192.0.2.7]:tcp:80, [192.0.2.8]:tcp:80, [192.0.2.9]:tcp:80, [192.0.2.10]:tcp:80 and 30 more"}},
		{"all routers", routers(1, 1, 100) + services(1, 1, "rr"), services(1, 1, "rr"), "vrrp_instance VI_1 removed",
			[]string{"all vrrp instances: VI_1"}},
		{"everything", routers(1, 2, 100) + services(1, 1, "rr"), "global_defs {\n router_id x\n}\n",
			"global_defs changed, 2 of 2 vrrp instances removed (VI_1, VI_2), virtual_server [192.0.2.1]:tcp:80 removed",
			[]string{"all vrrp instances: VI_1, VI_2", "all virtual servers: [192.0.2.1]:tcp:80"}},
		{"the last address", routers(1, 2, 100), strings.Replace(routers(1, 2, 100), "  192.0.2.2/24\n", "", 1),
			"vrrp_instance VI_2 changed",
			[]string{"all addresses of vrrp instance VI_2: 192.0.2.2/24"}},
		{"one of two addresses", strings.Replace(routers(1, 1, 100), "/24\n", "/24\n  192.0.2.9/24\n", 1),
			routers(1, 1, 100), "vrrp_instance VI_1 changed", nil},
		{"all replaced", routers(1, 1, 100), routers(2, 2, 100), "vrrp_instance VI_1 removed, vrrp_instance VI_2 added", nil},
		{"the first ones", "", routers(1, 2, 100), "2 of 2 vrrp instances added (VI_1, VI_2)", nil},
		{"another name", routers(1, 1, 100), strings.Replace(routers(1, 1, 100), "VI_1", "OTHER", 1),
			"vrrp_instance VI_1 -> OTHER changed", nil},
		{"a script", fmt.Sprintf(script, 1) + routers(1, 1, 100), fmt.Sprintf(script, 2) + routers(1, 1, 100),
			"vrrp_script chk changed", nil},
		{"only settings", routers(1, 1, 100), routers(1, 1, 100) + "SSL {\n password x\n}\n", "other settings changed", nil},
	} {
		b := Briefly(bound(t, tt.old), bound(t, tt.new))
		if b.Changes != tt.changes || !slices.Equal(b.Gone, tt.gone) {
			t.Errorf("%s:\ngot  %s %q\nwant %s %q", tt.name, b.Changes, b.Gone, tt.changes, tt.gone)
		}
	}
}

// Neither many objects nor long names make a long line.
func TestBrieflyIsShort(t *testing.T) {
	long := strings.ReplaceAll(routers(1, 200, 100), "VI_", strings.Repeat("langer_Näme", 300))
	b := Briefly(bound(t, long), bound(t, ""))
	for _, line := range append(b.Gone, b.Changes) {
		if len(line) > 1500 || !strings.Contains(line, " more") {
			t.Errorf("%d bytes: %s", len(line), line)
		}
	}
}

// Briefly finds something exactly when Compare does.
func TestBrieflyAgreesWithCompare(t *testing.T) {
	texts := []string{"", routers(1, 2, 100), routers(1, 2, 90), routers(2, 3, 100) + services(1, 3, "rr"),
		services(1, 3, "wlc"), "global_defs {\n router_id x\n}\n"}
	for i, old := range texts {
		for j, new := range texts {
			a, b := bound(t, old), bound(t, new)
			if some := Briefly(a, b).Changes != "nothing changes"; some != (len(language.Compare(a, b)) > 0) {
				t.Errorf("%d to %d: %v, %v", i, j, some, language.Compare(a, b))
			}
		}
	}
}
