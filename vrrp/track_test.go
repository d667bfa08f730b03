package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

func TestSemantics5_1_Effects(t *testing.T) {
	const script, file = config.TrackedScript, config.TrackedFile
	for _, tc := range []struct {
		kind    config.TrackKind
		weight  int
		reverse bool
		known   bool
		value   int
		want    int
		fault   bool
	}{
		{script, 20, false, true, 1, 20, false},
		{script, 20, false, true, 0, 0, false},
		{script, 20, false, false, 0, 0, false},
		{script, -20, false, true, 1, 0, false},
		{script, -20, false, true, 0, -20, false},
		{script, -20, false, false, 0, 0, false}, // semantics 5.7: nothing before the first result
		{script, 20, true, true, 1, -20, false},
		{script, 20, true, true, 0, 0, false},
		{script, -20, true, true, 0, 20, false},
		{script, -20, true, true, 1, 0, false},
		{script, 0, false, true, 0, 0, true},
		{script, 0, false, true, 1, 0, false},
		{script, 0, true, true, 1, 0, true},
		{script, 0, true, true, 0, 0, false},
		{script, 0, false, false, 0, 0, false},
		{file, 0, false, true, 0, 0, false},
		{file, 0, false, true, -3, 0, true},
		{file, 0, true, true, 0, 0, true},
		{file, 0, true, true, 9, 0, false},
		{file, 0, true, false, 0, 0, false},
		{file, 5, false, true, 3, 15, false},
		{file, 5, true, true, 3, -15, false},
		{file, -5, true, true, 3, 15, false},
		{file, 5, false, true, 51, 253, false},
		{file, 5, false, true, -50, -250, false},
		{file, 5, false, true, -51, -254, true},
		{file, 254, false, true, -1, -254, true},
		{file, 254, false, true, 1, 253, false},
		{file, -254, false, true, 2147483647, -254, true},
	} {
		o := &object{Value: Value{tc.known, tc.value}}
		tr := tracker{Track: config.Track{Kind: tc.kind, Weight: tc.weight, Reverse: tc.reverse}, of: o}
		if points, fault := tr.effect(); points != tc.want || fault != tc.fault {
			t.Errorf("%+v: %d, %v", tc, points, fault)
		}
	}
}

// An object keeps its ID and its value over reloads for as long as it is tracked, by its kind and
// its name: a script and a file of one name are two objects.
func TestTrackedIDs(t *testing.T) {
	s := &stage{core: New(), now: epoch}
	do := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			words := strings.Fields(line)
			if err := s.command(words[0], words[1:]); err != nil {
				t.Fatal(line, err)
			}
		}
	}
	do("link eth0", "instance VI_1 TrackScripts=a:5,b:5 TrackFiles=a:5", "configure")
	id := func(kind config.TrackKind, name string) TrackedID { return s.core.IdentifyTracked(Tracked{kind, name}) }
	a, b, f := id(config.TrackedScript, "a"), id(config.TrackedScript, "b"), id(config.TrackedFile, "a")
	if a == 0 || b == 0 || f == 0 || a == b || a == f || b == f {
		t.Fatalf("IDs %d, %d, %d", a, b, f)
	}
	s.core.Track(s.now, a, 1)
	s.core.Track(s.now, b, 1)
	do("instance VI_1 TrackScripts=a:7", "reload")
	if id(config.TrackedScript, "a") != a || s.core.TrackedValues()[Tracked{config.TrackedScript, "a"}] != (Value{true, 1}) {
		t.Error("a reload has changed what is still tracked")
	}
	if out := s.core.Track(s.now, b, 0); len(out.Log) > 0 {
		t.Error("an object that is not tracked any more is heard of")
	}
	do("instance VI_1 TrackScripts=a:7,b:5", "reload")
	if v := s.core.TrackedValues()[Tracked{config.TrackedScript, "b"}]; v.Known || id(config.TrackedScript, "b") == b {
		t.Error("an object that was away is taken for the one that it was")
	}
}

// Values that are known when a configuration is taken over count from the beginning.
func TestValuesOfTheSetup(t *testing.T) {
	c := New()
	in := baseInstance("VI_1")
	in.Tracks = config.Tracks{{Kind: config.TrackedScript, Name: "chk", Weight: 20}, {Kind: config.TrackedScript, Name: "hard"}}
	c.Link(epoch, Link{Name: "eth0", Index: 2, Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: netip.MustParseAddr("10.0.0.1")})
	chk, hard := c.IdentifyTracked(Tracked{config.TrackedScript, "chk"}), c.IdentifyTracked(Tracked{config.TrackedScript, "hard"})
	c.Configure(epoch, Setup{Instances: []config.Instance{in}, Values: map[TrackedID]int{chk: 1, hard: 1}})
	if st := c.Status()[0]; st.State != Backup || st.EffectivePriority != 120 {
		t.Errorf("%v with priority %d", st.State, st.EffectivePriority)
	}
	if at, ok := c.Next(); !ok || at.Before(epoch.Add(time.Second)) {
		t.Errorf("next at %v", at)
	}
}
