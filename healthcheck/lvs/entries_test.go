package lvs

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast/config"
)

// What a reload takes from a group, or brings, is what the sets of entries say, wherever the entries stand.
func TestAbsentEntries(t *testing.T) {
	entry := rapid.Custom(func(t *rapid.T) config.GroupEntry {
		n := rapid.IntRange(0, 5).Draw(t, "entry")
		if n == 0 {
			return config.GroupEntry{FWMark: 7}
		}
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})
		return config.GroupEntry{First: a, Last: a, Port: 80}
	})
	rapid.Check(t, func(t *rapid.T) {
		list, others := rapid.SliceOf(entry).Draw(t, "list"), rapid.SliceOf(entry).Draw(t, "others")
		want := slices.DeleteFunc(slices.Clone(list), func(e config.GroupEntry) bool { return slices.Contains(others, e) })
		if got := absent(list, others); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// What the kernel is asked for before groups are services by mark is one of each kind that they have.
func TestMarkKinds(t *testing.T) {
	a := func(text string) netip.Addr { return netip.MustParseAddr(text) }
	s := Setup{
		Groups: []config.ServerGroup{
			{Name: "four", Entries: []config.GroupEntry{{First: a("10.0.0.1"), Last: a("10.0.0.9"), Port: 80, Family: config.IPv4},
				{First: a("10.0.0.1"), Last: a("10.0.0.1"), Port: 443, Family: config.IPv4},
				{First: a("10.0.0.2"), Last: a("10.0.0.2"), Family: config.IPv4}}},
			{Name: "six", Entries: []config.GroupEntry{{First: a("fd00::1"), Last: a("fd00::1"), Port: 80, Family: config.IPv6}}},
			{Name: "marked", Entries: []config.GroupEntry{{First: a("10.0.0.1"), Last: a("10.0.0.1"), Port: 80, Family: config.IPv4},
				{FWMark: 7}}},
			{Name: "unused", Entries: []config.GroupEntry{{First: a("10.0.0.1"), Last: a("10.0.0.1"), Port: 80, Family: config.IPv4}}},
		},
		VirtualServers: []config.VirtualServer{{Group: "four", Protocol: config.TCP}, {Group: "six", IPv6: true, Protocol: config.UDP},
			{Group: "marked", Protocol: config.SCTP}, {Group: "none", Protocol: config.SCTP}, {FWMark: 8}},
	}
	v4, v6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
	want := []Mapped{{v4, v4, config.TCP, 1, 1}, {v4, v4, config.TCP, 0, 1}, {v6, v6, config.UDP, 1, 1}}
	if got := s.MarkKinds(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
