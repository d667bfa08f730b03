package vrrp

import (
	"testing"
	"time"

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
