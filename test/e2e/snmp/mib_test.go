//go:build e2e

package snmp

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mibFile is what comes with Debian's keepalived.
const mibFile = "/usr/share/snmp/mibs/KEEPALIVED-MIB.txt"

// readable are the objects of KEEPALIVED-MIB that can be read, by their numbers below its root: "2.3.1.7".
func readable(t testing.TB) map[string]string {
	t.Helper()
	text, err := os.ReadFile(mibFile)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(string(text), "")
	defined := regexp.MustCompile(`(?s)\n(\w+)\s+(OBJECT-TYPE|OBJECT\s+IDENTIFIER)(.*?)::=\s*\{\s*(\w+)\s+(\d+)\s*\}`)
	numbers, access := map[string]string{"keepalived": ""}, regexp.MustCompile(`MAX-ACCESS\s+(\S+)`)
	all := map[string]string{}
	for _, m := range defined.FindAllStringSubmatch(plain, -1) {
		name, parent, number := m[1], m[4], m[5]
		of, known := numbers[parent]
		if !known { // above the module
			continue
		}
		numbers[name] = strings.TrimPrefix(of+"."+number, ".")
		if a := access.FindStringSubmatch(m[3]); a != nil && strings.HasPrefix(a[1], "read-") {
			all[numbers[name]] = name
		}
	}
	if len(all) < 300 {
		t.Fatalf("%d objects in %s", len(all), mibFile)
	}
	return all
}

// A coverage is which objects keepalived has shown.
type coverage struct {
	mu    sync.Mutex
	walks int
	shown map[string]bool
}

// note notes what is in a walk.
func (c *coverage) note(walk []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.walks++
	if c.shown == nil {
		c.shown = map[string]bool{}
	}
	for _, l := range walk {
		name, _, _ := strings.Cut(l, " ")
		rest, is := strings.CutPrefix(name, roots()[0]+".")
		for is {
			c.shown[rest] = true
			n := strings.LastIndex(rest, ".")
			if n < 0 {
				break
			}
			rest = rest[:n]
		}
	}
}

// unshown are objects of the MIB that 2.2.7 does not show of the scenes, with a pattern for their names.
func unshown() []string {
	return []string{
		// Never.
		`vrrpRouteNextHopEncap(Id|DstAddress|SrcAddress|TOS|TTL|Flags)`,
		`vrrpRule(TunnelIdHigh|TunnelIdLow|Protocol|IPProto|(Src|Dst)Port(Start|End))`,
		`vrrpRouteSecondaryGateway`,
		// Not comparable (docs/compatibility.md).
		`vrrpRoute(NextHop)?Encap(MplsLabels|IlaLocator)`,
		// In the scene with a sync daemon.
		`vrrpInstanceLvsSyncInterface|lvsSyncDaemon(VrrpInstance|McastGroupAddr(Type|Value))`,
	}
}

// complete wants all objects below a number of the MIB shown, and nothing shown of which that is not expected.
func (c *coverage) complete(t testing.TB, below string) {
	t.Helper()
	all := readable(t)
	never := regexp.MustCompile("^(" + strings.Join(unshown(), "|") + ")$")
	for _, number := range slices.Sorted(maps.Keys(all)) {
		name := all[number]
		if strings.HasPrefix(number, below+".") && c.shown[number] == never.MatchString(name) {
			t.Errorf("%s (%s) is shown by keepalived: %v", name, number, c.shown[number])
		}
	}
}
