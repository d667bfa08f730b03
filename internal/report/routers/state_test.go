package routers

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/internal/golden"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// told is the snapshot with addresses and what is tracked.
func told() *Snapshot {
	s := everything()
	s.Addresses = map[vrrp.ID][]Address{1: {
		{Prefix: netip.MustParsePrefix("192.168.1.150/24"), Dev: "eth0", Wanted: true, Present: true},
		{Prefix: netip.MustParsePrefix("192.168.1.149/32"), Dev: "eth0", Excluded: true, Wanted: true, Present: true, Hosts: true},
	}}
	s.Groups = []config.SyncGroup{{Name: "G", Members: []string{"VI_1"},
		Tracks: config.Tracks{{Kind: config.TrackedFile, Name: "f", Weight: 2, Reverse: true}}}}
	one := *s.Instances[0].Config
	one.Tracks = config.Tracks{{Kind: config.TrackedScript, Name: "s"}, {Kind: config.TrackedInterface, Name: "eth1"}}
	s.Instances[0].Config = &one
	s.Scripts[0].Command.Argv = []string{"/bin/s", "x"}
	s.Tracked = map[vrrp.Tracked]vrrp.Value{
		{Kind: config.TrackedScript, Name: "s"}: {Known: true}, {Kind: config.TrackedFile, Name: "f"}: {Known: true, Value: 7},
	}
	return s
}

func TestState(t *testing.T) {
	r, err := State(told())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/state.json", r.Text())
}

// What is missing or too many is a reason not to be ready, and a warning.
func TestReady(t *testing.T) {
	for _, c := range []struct {
		what  string
		wants bool
		a     Address
		says  string
	}{
		{"a master with it", true, Address{Wanted: true, Present: true}, ""},
		{"a master without it", true, Address{Wanted: true}, "VI_1: 10.0.0.9/24 is not on eth0"},
		{"a backup without it", false, Address{}, ""},
		{"a backup with it", false, Address{Present: true}, "VI_1: 10.0.0.9/24 is on eth0 while the state is BACKUP"},
		{"a backup on a host that has it", false, Address{Present: true, Hosts: true},
			"VI_1: 10.0.0.9/24 is on eth0, as the host's own, while the state is BACKUP"},
	} {
		s := everything()
		i := &s.Instances[0]
		i.Awaited = 0
		if i.State = vrrp.Master; !c.wants {
			i.State = vrrp.Backup
		}
		c.a.Prefix, c.a.Dev = netip.MustParsePrefix("10.0.0.9/24"), "eth0"
		s.Addresses = map[vrrp.ID][]Address{i.Router: {c.a}}
		r, err := State(s)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if c.says != "" {
			want = []string{c.says}
		}
		if !slices.Equal(r.NotReady, want) {
			t.Errorf("%s: %q", c.what, r.NotReady)
		}
		if said := strings.Contains(r.Lists[state.Warnings], `"about":"address"`); said != (c.says != "") {
			t.Errorf("%s: %s", c.what, r.Lists[state.Warnings])
		}
	}
	r, err := State(everything()) // a script has not reported
	if err != nil || !slices.Equal(r.NotReady, []string{"VI_1: 1 scripts have not reported yet"}) {
		t.Errorf("%q, %v", r.NotReady, err)
	}
}
