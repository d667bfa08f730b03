package engine

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/ipvs/fake"
)

// A group is served with one state: all its services follow one checker, a reload keeps
// what stays, and two virtual servers never fight for one service.
func TestSemantics8_15_GroupsOfServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		grouped := func(entries ...config.GroupEntry) *config.Config {
			c := web(2)
			other := web(1).VirtualServers[0]
			other.Addr = netip.MustParseAddr("10.0.0.9")
			c.VirtualServers[0].Group, c.VirtualServers[0].Addr, c.VirtualServers[0].Port = "g", netip.Addr{}, 0
			c.VirtualServers = append(c.VirtualServers, other)
			c.ServerGroups = []config.ServerGroup{{Name: "g", Entries: entries}}
			return c
		}
		at := func(first, last string) config.GroupEntry {
			return config.GroupEntry{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last), Port: 80, Family: config.IPv4}
		}
		c := grouped(config.GroupEntry{FWMark: 5}, at("10.0.0.1", "10.0.0.2"), at("10.0.0.9", "10.0.0.9"))
		w.load(c)
		w.set("10.1.0.2:80", true)
		after(2 * time.Second)
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-A -t 10.0.0.2:80 -s rr
-a -t 10.0.0.2:80 -r 10.1.0.1:80 -g -w 1
-A -t 10.0.0.9:80 -s rr
-a -t 10.0.0.9:80 -r 10.1.0.1:80 -g -w 1
-A -f 5 -s rr
-a -f 5 -r 10.1.0.1:0 -g -w 1
`)
		if !strings.Contains(
			w.lines(),
			"VS [10.0.0.9]:tcp:80: some of its addresses or marks belong to another virtual server",
		) {
			t.Errorf("not said:\n%s", w.lines())
		}
		if s := w.snapshot().Services; len(s) != 2 || s[0].Name != "[g]:0" || s[0].Live != 1 {
			t.Errorf("%+v", s)
		}
		if data := string(services.Data(w.snapshot(), runas.IDs)); !strings.Contains(data, " VS GROUP = [g]:0\n") {
			t.Error(data)
		}
		commands := len(k.Commands())
		w.load(c)
		if n := len(k.Commands()); n != commands {
			t.Errorf("%d commands for a reload of the same", n-commands)
		}
		w.load(grouped(at("10.0.0.2", "10.0.0.3")))
		wantTable(t, k, `
-A -t 10.0.0.2:80 -s rr
-a -t 10.0.0.2:80 -r 10.1.0.1:80 -g -w 1
-A -t 10.0.0.3:80 -s rr
-a -t 10.0.0.3:80 -r 10.1.0.1:80 -g -w 1
-A -t 10.0.0.9:80 -s rr
-a -t 10.0.0.9:80 -r 10.1.0.1:80 -g -w 1
`)
		w.end()
		wantTable(t, k, "")
	})
}
