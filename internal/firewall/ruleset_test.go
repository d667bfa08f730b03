package firewall

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"holdfast/internal/golden"
)

// blocked are addresses, each perhaps with an interface: "fe80::1%eth0".
func blocked(list ...string) Blocked {
	b := Blocked{}
	for _, text := range list {
		a := netip.MustParseAddr(text)
		b[Address{Addr: a.WithZone(""), Dev: a.Zone()}] = true
	}
	return b
}

var plainSettings = Settings{Table: "keepalived", Priority: -1}

// What is in the kernel reads as what nft lists; kernel_test.go compares it with that.
func TestTables(t *testing.T) {
	var b strings.Builder
	for _, s := range []Settings{plainSettings, {Table: "other", Priority: 300, ByIndex: true, Counters: true}} {
		for _, f := range families {
			b.WriteString(blocksOf(s, f).String())
		}
	}
	golden.Equal(t, "testdata/tables.want", b.String())
}

func TestAddressesBelongToOneSet(t *testing.T) {
	for _, c := range []struct {
		addr, set string
		family    family
	}{
		{"192.0.2.1", setVIPs, ip4},
		{"169.254.0.1", setVIPs, ip4}, // of IPv4 they are not told apart by the interface
		{"2001:db8::1", setVIPs, ip6},
		{"fe80::1", setLinkLocal, ip6},
		{"febf::1", setLinkLocal, ip6},
		{"fec0::1", setVIPs, ip6},
	} {
		a := Address{Addr: netip.MustParseAddr(c.addr)}
		if a.set() != c.set || a.family() != c.family {
			t.Errorf("%s is in %s of %v, want %s of %v", c.addr, a.set(), a.family(), c.set, c.family)
		}
		// The rule that tells the chains apart must see it the same way.
		if got := c.family == ip6 && allLinkLocal().Contains(a.Addr); got != (c.set == setLinkLocal) {
			t.Errorf("%s is link-local for the rule: %v", c.addr, got)
		}
	}
}

func TestPriorities(t *testing.T) {
	for n, want := range map[int]string{0: "filter", -1: "filter - 1", 10: "filter + 10", 11: "11", -11: "-11",
		math.MaxInt: "2147483647", math.MinInt: "-2147483648"} {
		if got := priorityText(Priority(n)); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
