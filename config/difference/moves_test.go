package difference

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// pools is a configuration with a virtual server for each number: with as many real servers.
func pools(t *testing.T, scheduler string, servers ...int) *config.Config {
	t.Helper()
	var b strings.Builder
	for i, n := range servers {
		fmt.Fprintf(&b, "virtual_server 192.0.2.%d 80 {\n%s\nlb_kind DR\nprotocol TCP\n", i+1, scheduler)
		for j := range n {
			fmt.Fprintf(&b, "real_server 10.0.0.%d 80 {\n}\n", j+1)
		}
		b.WriteString("}\n")
	}
	c, _ := language.Bind(syntax.Load(syntax.MapSource{"f": b.String()}, "f", syntax.Options{}), language.Env{HostName: "d"})
	if len(c.VirtualServers) != len(servers) {
		t.Fatalf("%d virtual servers of\n%s", len(c.VirtualServers), &b)
	}
	return c
}

const hashed = "lb_algo mh\nmh-fallback"

func TestDiffSaysHowManyFlowsMove(t *testing.T) {
	for _, test := range []struct {
		name     string
		old, new *config.Config
		want     string // in what a reload does
		log      string // at the end of its line
	}{
		{"one more of eleven", pools(t, hashed, 10), pools(t, hashed, 11),
			"connections go on; 10.4 % of new flows move", "10.4 % of new flows of [192.0.2.1]:tcp:80 move"},
		{"another scheduler", pools(t, hashed, 10), pools(t, "lb_algo wrr", 11), "connections go on", ""},
		{"no mh", pools(t, "lb_algo wrr", 10), pools(t, "lb_algo wrr", 11), "connections go on", ""},
		{"nothing that moves anybody", pools(t, hashed, 10), pools(t, hashed+"\nquorum 2", 10),
			"connections go on; 0 % of new flows move", ""},
		{"several", pools(t, hashed, 10, 3, 4), pools(t, hashed, 11, 2, 4),
			"connections go on; 10.4 % of new flows move", "new flows of 2 virtual servers move, at most 33.4 % ([192.0.2.2]:tcp:80)"},
	} {
		all := Compare(test.old, test.new)
		if len(all) == 0 || all[0].Effect != test.want {
			t.Errorf("%s: %+v, want %q", test.name, all, test.want)
		}
		changes := Briefly(test.old, test.new).Changes
		if test.log == "" && strings.Contains(changes, "move") || !strings.HasSuffix(changes, test.log) {
			t.Errorf("%s: the log says %q, want %q", test.name, changes, test.log)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0 %", 0.0002: "less than 0.1 %", 0.021: "2.1 %", 0.9996: "more than 99.9 %", 1: "100.0 %",
	} {
		if got := Percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}
