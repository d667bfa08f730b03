package linkstate

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Unix(1000, 0)

// at is so many seconds later.
func at(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }

// eth0 is a link whose way down takes 2 s and whose way up takes 1 s, up at first.
func eth0() *Beliefs {
	b := New()
	b.Configure(epoch, Settings{Delays: map[string]Delays{"eth0": {Down: 2 * time.Second, Up: time.Second}}})
	b.See(epoch, "eth0", 3, true)
	return b
}

func TestSemantics4_2_AChangeCountsWhenItHasLasted(t *testing.T) {
	type step struct {
		at    float64
		do    string
		up    bool    // believed after it
		next  float64 // when that may change, 0 never
		delay float64 // that See gave
	}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"down", []step{{1, "down", true, 3, 2}, {2.9, "wait", true, 3, 0}, {3, "wait", false, 0, 0}}},
		{"up", []step{{1, "down", true, 3, 2}, {3, "wait", false, 0, 0}, {5, "up", false, 6, 1}, {6, "wait", true, 0, 0}}},
		{"it comes back in time", []step{{1, "down", true, 3, 2}, {2, "up", true, 0, 0}, {3.5, "wait", true, 0, 0}}},
		{"again and again", []step{{1, "down", true, 3, 2}, {2.5, "up", true, 0, 0}, {2.6, "down", true, 4.6, 2},
			{4.5, "wait", true, 4.6, 0}, {4.6, "wait", false, 0, 0}}},
		{"said twice", []step{{1, "down", true, 3, 2}, {2, "down", true, 3, 0}, {3, "wait", false, 0, 0}}},
		{"another link", []step{{1, "other down", false, 0, 0}, {2, "down", false, 0, 0}}},
		{"another link that was not seen yet", []step{{1, "down", true, 3, 2}, {1, "unseen", false, 3, 0}}},
		{"gone meanwhile", []step{{1, "down", true, 3, 2}, {2, "gone", false, 0, 0}, {3, "wait", false, 0, 0}}},
		{"less delay", []step{{1, "down", true, 3, 2}, {1.5, "half", true, 2, 0}, {2, "wait", false, 0, 0}}},
		{"less than it has waited", []step{{1, "down", true, 3, 2}, {2.5, "half", false, 0, 0}}},
		{"none any more", []step{{1, "down", true, 3, 2}, {1.5, "none", false, 0, 0}}},
	} {
		b := eth0()
		for _, s := range tt.steps {
			now, delay := at(s.at), time.Duration(0)
			switch s.do {
			case "down":
				delay = b.See(now, "eth0", 3, false)
			case "up":
				delay = b.See(now, "eth0", 3, true)
			case "other down":
				delay = b.See(now, "eth0", 4, false)
			case "gone":
				b.Gone("eth0")
			case "half":
				b.Configure(now, Settings{Delays: map[string]Delays{"eth0": {Down: time.Second}}})
			case "none":
				b.Configure(now, Settings{})
			case "wait":
				b.Expire(now)
			}
			var next time.Time
			if s.next > 0 {
				next = at(s.next)
			}
			wantDelay := time.Duration(s.delay * float64(time.Second))
			index := 3
			if s.do == "other down" || s.do == "unseen" {
				index = 4
			}
			if up := b.Up("eth0", index, false); up != s.up || !b.Next().Equal(next) || delay != wantDelay ||
				b.Waiting("eth0") != !next.IsZero() {
				t.Errorf("%s: after %q at %v it is believed %v until %v, delay %v", tt.name, s.do, s.at, up, b.Next(), delay)
			}
		}
	}
}

// A poll counts at once, whatever the kernel says and for how long, until the link is not polled any more.
func TestSemantics4_7_APollCountsInsteadOfTheKernel(t *testing.T) {
	b := New()
	s := Settings{Delays: map[string]Delays{"eth0": {Down: time.Hour, Up: time.Hour}},
		Polled: map[string]bool{"eth0": true}}
	b.Configure(epoch, s)
	b.Answer("eth0", true) // never seen
	b.See(epoch, "eth0", 3, true)
	if !b.Up("eth0", 3, true) {
		t.Error("before the first answer it is as the kernel says")
	}
	b.See(epoch, "eth0", 3, false)
	if b.Up("eth0", 3, false) {
		t.Error("and without a delay")
	}
	b.Answer("eth0", true)
	b.See(epoch, "eth0", 3, false)
	if !b.Up("eth0", 3, false) || b.Waiting("eth0") {
		t.Error("the kernel was believed although a poll had found something else")
	}
	b.Answer("eth1", false)
	b.See(epoch, "eth1", 4, true)
	if !b.Up("eth1", 4, true) {
		t.Error("eth1 is not polled")
	}
	s.Delays = nil
	b.Configure(epoch, s)
	if !b.Up("eth0", 3, false) {
		t.Error("a reload that leaves the poll forgot its answer")
	}
	b.Configure(epoch, Settings{})
	if b.Up("eth0", 3, false) {
		t.Error("it is not polled any more, and the kernel says down")
	}
	b.Configure(epoch, s)
	b.Answer("eth0", true)
	b.See(epoch, "eth0", 9, false)
	if b.Up("eth0", 9, false) {
		t.Error("another link with the name has been answered for")
	}
}

// Whatever happens: what is believed changes only to what has been said without a break for the delay, and a
// state that stays is believed in the end.
func TestBeliefsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := eth0()
		b.Configure(epoch, Settings{Delays: map[string]Delays{"eth0": {Down: 20, Up: 10}}})
		now, said, since := epoch, true, epoch.Add(-time.Hour)
		believed := true
		look := func() {
			b.Expire(now)
			if up := b.Up("eth0", 3, said); up != believed {
				lasted := now.Sub(since)
				if up != said || up && lasted < 10 || !up && lasted < 20 {
					t.Fatalf("believed %v, which has lasted %v", up, lasted)
				}
				believed = up
			}
		}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "wait")))
			look()
			if next := rapid.Bool().Draw(t, "up"); next != said {
				said, since = next, now
			}
			b.See(now, "eth0", 3, said)
			look()
		}
		now = now.Add(20)
		if look(); believed != said || !b.Next().IsZero() {
			t.Fatalf("after all delays %v is believed and %v said", believed, said)
		}
	})
}
