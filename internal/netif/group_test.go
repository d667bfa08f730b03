package netif

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Two interfaces of a group have one pause between them, a third its own; who has had fewer goes first, on
// whichever interface.
func TestAGroupSharesItsPause(t *testing.T) {
	a, f, _ := paper(3)
	a.SetGroups([]Group{{Devs: []string{"eth1", "eth2"}, Pauses: Pauses{ARP: time.Second}}})
	a.Announce(1, append(on("eth1", 1, 1, 2), on("eth2", 1, 3)...), 2, Pauses{})
	a.Announce(2, on("eth2", 2, 1), 2, Pauses{ARP: time.Minute})
	a.Announce(3, on("eth3", 3, 1), 2, Pauses{ARP: 500 * time.Millisecond})
	at := run(a, f, epoch, time.Minute)
	var got []string
	for i, s := range f.sent {
		got = append(got, fmt.Sprint(strings.Replace(s, "10.0.", "", 1), " ", at[i]))
	}
	want := []string{
		"eth1 1.1 0s", "eth3 3.1 0s", "eth3 3.1 500ms", "eth2 2.1 1s", "eth1 1.2 2s", "eth2 1.3 3s",
		"eth2 2.1 4s", "eth1 1.1 5s", "eth1 1.2 6s", "eth2 1.3 7s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sent\n%q, want\n%q", got, want)
	}
}

// An interface of a group that has no room keeps what it is owed and does not hold up the others of the group.
func TestAStuckInterfaceDoesNotHoldUpItsGroup(t *testing.T) {
	a, f, _ := paper(2)
	f.room[1] = 0
	a.SetGroups([]Group{{Devs: []string{"eth1", "eth2"}, Pauses: Pauses{ARP: 10 * time.Millisecond}}})
	a.Announce(1, append(on("eth1", 1, 1), on("eth2", 1, numbers(5)...)...), 3, Pauses{})
	if at := run(a, f, epoch, time.Minute); len(at) != 15 || at[14] > 200*time.Millisecond {
		t.Errorf("15 frames are due on the interface that has room; they came at %v", at)
	}
	delete(f.room, 1)
	run(a, f, epoch.Add(time.Minute), time.Minute)
	if len(f.sent) != 18 {
		t.Errorf("%d frames, want 18: what had no room stays owed", len(f.sent))
	}
}

// An interface that is away or has nobody to tell costs its group no time.
func TestWhatIsNotSentCostsAGroupNoPause(t *testing.T) {
	a, f, _ := paper(2)
	silent := ethernetLink(1)
	silent.Flags |= 0x80 // IFF_NOARP
	a.SetLink(silent)
	a.SetGroups([]Group{{Devs: []string{"eth1", "eth2", "eth9"}, Pauses: Pauses{ARP: time.Hour}}})
	a.Announce(1, append(on("eth1", 1, numbers(5)...), on("eth9", 1, numbers(5)...)...), 3, Pauses{})
	a.Announce(2, on("eth2", 1, 1), 1, Pauses{})
	if run(a, f, epoch, 0); !slices.Equal(f.sent, []string{"eth2 10.0.1.1"}) {
		t.Errorf("sent %q", f.sent)
	}
}

// A reload that makes, changes or removes a group does not let two frames follow closer than the pause after
// the first of them, and a link that is made again comes back into its group.
func TestOtherGroupsKeepThePause(t *testing.T) {
	second := []Group{{Devs: []string{"eth1", "eth2"}, Pauses: Pauses{ARP: time.Second}}}
	for name, change := range map[string]func(*Announcer){
		"none any more": func(a *Announcer) { a.SetGroups(nil) },
		"the same":      func(a *Announcer) { a.SetGroups(second) },
		"a faster one": func(a *Announcer) {
			a.SetGroups([]Group{{Devs: []string{"eth1"}, Pauses: Pauses{ARP: time.Millisecond}}})
		},
		"made again": func(a *Announcer) {
			a.RemoveLink(ethernetLink(1))
			a.SetLink(ethernetLink(1))
		},
	} {
		a, f, _ := paper(2)
		a.SetGroups(second)
		a.Announce(1, on("eth1", 1, 1), 1, Pauses{})
		run(a, f, epoch, 0)
		change(a)
		a.Announce(1, on("eth1", 1, 1), 1, Pauses{})
		if at := run(a, f, epoch, time.Minute); !slices.Equal(at, []time.Duration{time.Second}) {
			t.Errorf("%s: the next frame came at %v, want 1s", name, at)
		}
	}
}

// Whatever is asked for: frames of a group are its pause apart, nothing is lost, and the first frame of an
// address waits for no more than one frame of each of the others.
func TestGroupProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const pause = 10 * time.Millisecond
		a, f, _ := paper(3)
		a.SetGroups([]Group{{Devs: []string{"eth1", "eth2"}, Pauses: Pauses{ARP: pause}}})
		number := rapid.IntRange(1, 3)
		now, owed := epoch, map[string]int{}
		var last time.Time
		check := func(span time.Duration) {
			f.sent = nil
			at := run(a, f, now, span)
			for i, s := range f.sent {
				owed[s]--
				if strings.HasPrefix(s, "eth3") {
					continue
				}
				if when := now.Add(at[i]); !last.IsZero() && when.Sub(last) < pause {
					t.Fatalf("two frames of the group are %v apart", when.Sub(last))
				} else {
					last = when
				}
			}
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			owner, dev := number.Draw(t, "owner"), number.Draw(t, "dev")
			list := on(fmt.Sprint("eth", dev), byte(owner), numbers(number.Draw(t, "hosts"))...)
			repeat := number.Draw(t, "repeat")
			a.Announce(Owner(owner), list, repeat, Pauses{ARP: pause})
			for _, l := range list {
				s := fmt.Sprint(l.Dev, " ", l.Addr)
				owed[s] = max(owed[s], repeat)
			}
			span := time.Duration(rapid.IntRange(0, 50).Draw(t, "ms")) * time.Millisecond
			check(span)
			now = now.Add(span)
		}
		a.Announce(9, on("eth2", 9, 1), 1, Pauses{})
		owed["eth2 10.0.9.1"] = 1
		check(20 * pause) // 18 addresses of three owners, and the pause after the last frame
		if owed["eth2 10.0.9.1"] > 0 {
			t.Fatal("an address that was never announced waited for more than one frame of each of the others")
		}
		now = now.Add(20 * pause)
		check(time.Hour)
		for s, left := range owed {
			if left > 0 {
				t.Fatalf("%s is still owed %d frames", s, left)
			}
		}
	})
}
