package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffGrows(t *testing.T) {
	var b backoff
	now := time.Unix(1000, 0)
	for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		b.fail(now)
		if got := b.at.Sub(now); got != want*time.Second {
			t.Errorf("the next attempt comes after %v, want %v s", got, want)
		}
		now = b.at
	}
	b.fail(now)
	b.hasten(now)
	if got := b.at.Sub(now); got != soonest {
		t.Errorf("hastened: after %v", got)
	}
	b.hasten(now.Add(10 * time.Second))
	if got := b.at.Sub(now); got != soonest {
		t.Errorf("hastened again: after %v", got)
	}
	b.fail(now.Add(soonest)) // an event brought it forward: no reason to wait longer
	if got := b.at.Sub(now); got != soonest+lastRetry {
		t.Errorf("after that: %v", got)
	}
}

// Attempts that cost something wait for news, and then longer each time.
func TestPatientAttempts(t *testing.T) {
	var b backoff
	now := time.Unix(1000, 0)
	for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		b.fail(now)
		b.setPatient(true)
		if got := b.at.Sub(now); got != patientRetry {
			t.Errorf("without news the next attempt comes after %v", got)
		}
		b.hasten(now)
		if got := b.at.Sub(now); got != want*time.Second {
			t.Errorf("with news the next attempt comes after %v, want %v s", got, want)
		}
		now = b.at
	}
}

// However events and failures come, there is at most one attempt a second, and always one within a minute.
func TestAttemptsAreSpaced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b backoff
		now := time.Unix(1000, 0)
		b.fail(now)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(70*time.Second)).Draw(t, "pause")))
			if rapid.Bool().Draw(t, "event") {
				b.hasten(now)
			}
			if wait := b.at.Sub(b.failed); wait < soonest || wait > lastRetry {
				if b.at != now || now.Sub(b.failed) < soonest {
					t.Fatalf("an attempt %v after the last", wait)
				}
			}
			if b.due(now) {
				b.fail(now)
			}
		}
	})
}

func TestEarlier(t *testing.T) {
	var none time.Time
	one, two := time.Unix(1, 0), time.Unix(2, 0)
	for _, c := range [][3]time.Time{
		{none, none, none}, {one, none, one}, {none, one, one}, {one, two, one}, {two, one, one},
	} {
		if got := earlier(c[0], c[1]); !got.Equal(c[2]) {
			t.Errorf("the earlier of %v and %v: %v", c[0], c[1], got)
		}
	}
}
