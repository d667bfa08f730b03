package vrrp

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// What the MIB of RFC 6527 tells of a refusal is the reason that has a number there.
func TestMisfits(t *testing.T) {
	for r, want := range map[wire.Reason]Misfit{
		wire.BadTTL: MisfitTTL, wire.WrongVersion: MisfitVersion, wire.BadChecksum: MisfitChecksum, wire.AuthFailure: MisfitNone,
		wire.Accepted: MisfitNone,
	} {
		if got := misfitOf(r); got != want {
			t.Errorf("%v is %d", r, got)
		}
	}
}

// A router takes part from the moment on at which it is no longer in INIT or FAULT, whatever it is then.
func TestTakingPart(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var m machine
	for n, c := range []struct {
		state State
		want  time.Time
	}{
		{Init, time.Time{}}, {Backup, at.Add(1)}, {Master, at.Add(1)}, {Backup, at.Add(1)}, {Fault, time.Time{}},
		{Backup, at.Add(5)},
	} {
		if m.takePart(c.state, at.Add(time.Duration(n))); !m.part.Equal(c.want) {
			t.Errorf("step %d: %v", n, m.part)
		}
	}
}

// Why a router is master: nobody is heard, the one before has stopped, or it has a lower priority.
func TestTakeovers(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for want, m := range map[Takeover]machine{
		TakeoverSilence:   {masterInt: time.Second, heard: at.Add(-time.Minute)},
		TakeoverResigned:  {masterInt: time.Second, resigned: true},
		TakeoverPreempted: {masterInt: time.Second, heard: at.Add(-time.Second)},
	} {
		if got := m.takeover(at); got != want {
			t.Errorf("%d is %d", want, got)
		}
	}
}

// The reason stays when the router is master no longer, and an owner that begins as master has preempted, but not when
// it comes back from a fault; the other members of a sync group have the reason of the one whose turn it was.
func TestTakeoversStay(t *testing.T) {
	owner, alone, other := baseInstance("VI_1"), baseInstance("VI_2"), baseInstance("VI_3")
	for n, in := range []*config.Instance{&owner, &alone, &other} {
		in.VRID, in.Interface = uint8(51+n), fmt.Sprintf("eth%d", n)
	}
	owner.Priority = 255
	c, now := New(), epoch
	link := func(n int, up bool) {
		c.Link(now, Link{Name: fmt.Sprintf("eth%d", n), Index: n + 1, Exists: true, Up: up, Multicast: true, MTU: 1500,
			Addr4: netip.MustParseAddr("10.0.0.9")})
	}
	pass := func(long time.Duration) {
		for end := now.Add(long); ; {
			at, ok := c.Next()
			if !ok || at.After(end) {
				now = end
				return
			}
			now = at
			c.Expire(at)
		}
	}
	said := func(why string, want ...Takeover) {
		t.Helper()
		for n, s := range c.Status() {
			if s.Takeover != want[n] {
				t.Errorf("%s: %s is master because of %d, not %d", why, s.Config.Name, s.Takeover, want[n])
			}
		}
	}
	for n := range 3 {
		link(n, true)
	}
	c.Configure(now, Setup{Instances: []config.Instance{owner, alone, other},
		Groups: []config.SyncGroup{{Name: "G1", Members: []string{"VI_2", "VI_3"}}}})
	said("at first", TakeoverPreempted, TakeoverNone, TakeoverNone)
	pass(10 * time.Second)
	said("nobody is heard", TakeoverPreempted, TakeoverSilence, TakeoverSilence)
	link(0, false)
	link(1, false)
	said("a fault", TakeoverPreempted, TakeoverSilence, TakeoverSilence)
	link(0, true)
	link(1, true)
	c.machines[1].resigned = true
	pass(100 * time.Millisecond)
	c.groupMaster(now, c.machines[1])
	said("once more", TakeoverSilence, TakeoverResigned, TakeoverResigned)
}
