package fleet_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs/fleet"
	"holdfast/ipvs/maglev"
)

// made is a fleet that has to be possible.
func made(t interface {
	Helper()
	Fatal(...any)
}, s fleet.Setup) *fleet.Fleet {
	t.Helper()
	f, err := fleet.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var spreads = []fleet.Spread{fleet.Modulo, fleet.Threshold, fleet.Resilient, fleet.Patient}

// anyFleet is one by chance, with few flows.
func anyFleet(t *rapid.T, change func(*fleet.Setup)) (*fleet.Fleet, fleet.Setup) {
	s := fleet.Setup{
		Directors: rapid.IntRange(2, 9).Draw(t, "directors"),
		Servers:   rapid.IntRange(1, 12).Draw(t, "servers"),
		Flows:     300,
		Spread:    rapid.SampledFrom(spreads).Draw(t, "spread"),
		Maglev:    rapid.Bool().Draw(t, "mh"),
		Sloppy:    rapid.Bool().Draw(t, "sloppy"),
		Slots:     251,
		Seed:      rapid.Uint64().Draw(t, "seed"),
	}
	change(&s)
	return made(t, s), s
}

func sum(load []int) int {
	n := 0
	for _, l := range load {
		n += l
	}
	return n
}

// What directors do, die and come back in any order, breaks nothing with mh and sloppy_tcp: all of them would send a flow
// to the same server.
func TestMaglevWithSloppyTCPBreaksNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, s := anyFleet(t, func(s *fleet.Setup) { s.Maglev, s.Sloppy = true, true })
		gone := map[int]bool{}
		moved := 0
		for range 12 {
			d := rapid.IntRange(0, s.Directors).Draw(t, "director")
			var c fleet.Count
			switch {
			case d == s.Directors || gone[d]:
				c = f.JoinDirector(d, alive(s.Directors, gone))
				s.Directors = max(s.Directors, d+1)
				delete(gone, d)
			case len(gone)+1 < s.Directors:
				gone[d] = true
				c = f.FailDirector(d)
			}
			moved += c.Moved
			if c.Broken > 0 {
				t.Fatalf("%+v", c)
			}
		}
		if got := sum(f.Load()); got != s.Flows {
			t.Fatalf("%d flows are left of %d, %d moved", got, s.Flows, moved)
		}
	})
}

// alive is the first of n directors that is there.
func alive(n int, gone map[int]bool) int {
	for d := range n {
		if !gone[d] {
			return d
		}
	}
	panic("no director")
}

// A resilient group, and every other one with buckets, moves the flows of the dead director and no others.
func TestResilientLeavesTheLivingAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, s := anyFleet(t, func(s *fleet.Setup) {
			s.Spread = rapid.SampledFrom([]fleet.Spread{fleet.Resilient, fleet.Patient}).Draw(t, "buckets")
		})
		before := f.Load()
		dead := rapid.IntRange(0, s.Directors-1).Draw(t, "dead")
		if c := f.FailDirector(dead); c.Moved != before[dead] || c.Flows != s.Flows {
			t.Fatalf("%+v after the end of one with %d flows", c, before[dead])
		}
		if after := f.Load(); after[dead] != 0 {
			t.Fatalf("%v", after)
		}
	})
}

// A flow in the midst is refused without sloppy_tcp, by mh as by wlc.
func TestWithoutSloppyTCPAllThatMoveEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, s := anyFleet(t, func(s *fleet.Setup) { s.Sloppy = false })
		c := f.FailDirector(rapid.IntRange(0, s.Directors-1).Draw(t, "dead"))
		if c.Broken != c.Moved || sum(f.Load()) != s.Flows-c.Broken {
			t.Fatalf("%+v, %v left", c, f.Load())
		}
	})
}

// A server with weight 0 takes its own flows with it, and nobody else's, also when directors go afterwards; so does one
// that is deleted, until then.
func TestAServerThatFailsTakesItsOwnOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deleted := rapid.Bool().Draw(t, "deleted")
		f, s := anyFleet(t, func(s *fleet.Setup) { s.Maglev, s.Sloppy, s.Servers = true, true, max(2, s.Servers) })
		server := rapid.IntRange(0, s.Servers-1).Draw(t, "server")
		c := f.FailServer(server, deleted)
		if c.Moved != 0 || c.Broken != 0 || c.Own+sum(f.Load()) != s.Flows {
			t.Fatalf("%+v, %v left", c, f.Load())
		}
		if back := f.ReturnServer(server, deleted); back.Moved != 0 || back.Broken != 0 {
			t.Fatalf("back: %+v", back)
		}
		after := f.FailDirector(0)
		if !deleted && after.Broken != 0 {
			t.Fatalf("weight 0, and then a director: %+v", after)
		}
	})
}

// Deletion does break what weight 0 does not: a server that comes back is the first of the list.
func TestDeletionReshuffles(t *testing.T) {
	broken := map[bool]int{}
	for _, deleted := range []bool{false, true} {
		f := made(t, fleet.Setup{Directors: 3, Servers: 100, Flows: 20000, Spread: fleet.Resilient, Maglev: true, Sloppy: true, Seed: 1})
		f.FailServer(7, deleted)
		f.ReturnServer(7, deleted)
		broken[deleted] = f.FailDirector(0).Broken
	}
	if broken[false] != 0 || broken[true] == 0 {
		t.Errorf("broken by weight 0: %d, by deletion: %d", broken[false], broken[true])
	}
}

// How much moves is what the ways to spread are known for; RFC 2992, section 2.
func TestWhatMoves(t *testing.T) {
	const flows, within = 20000, 0.02
	for _, n := range []int{3, 8, 64} {
		one, all := 1/float64(n), float64(n)
		for _, c := range []struct {
			what   string
			spread fleet.Spread
			join   bool
			want   float64
		}{
			{"modulo", fleet.Modulo, false, 1 - one},
			{"modulo joins", fleet.Modulo, true, 1 - 1/(all+1)},
			{"threshold, the last one goes", fleet.Threshold, false, 0.5},
			{"threshold, one joins behind the last", fleet.Threshold, true, 0.5},
			{"resilient", fleet.Resilient, false, one},
			{"resilient joins", fleet.Resilient, true, 1 / (all + 1)},
			{"idle only", fleet.Patient, false, one},
			{"idle only joins", fleet.Patient, true, 0},
		} {
			f := made(t, fleet.Setup{Directors: n, Servers: 10, Flows: flows, Spread: c.spread, Maglev: true, Sloppy: true, Seed: 2})
			var got fleet.Count
			if c.join {
				got = f.JoinDirector(n, 0)
			} else {
				got = f.FailDirector(n - 1)
			}
			if share := float64(got.Moved) / flows; math.Abs(share-c.want) > within {
				t.Errorf("%s of %d: %.3f move, want %.3f", c.what, n, share, c.want)
			}
		}
	}
}

// wlc gives everybody the same number, and knows nothing of what another director does.
func TestLeastConnections(t *testing.T) {
	f := made(t, fleet.Setup{Directors: 4, Servers: 10, Flows: 20000, Spread: fleet.Resilient, Sloppy: true, Seed: 3})
	c := f.FailDirector(1)
	if share := float64(c.Broken) / float64(c.Moved); share < 0.85 || share > 0.95 {
		t.Errorf("%+v: %.2f of what moved ended, want 9 of 10", c, share)
	}
}

// A flow that comes back to a director that was there all the time is known, whatever the table says by now; one that
// comes to the director that is back is not.
func TestWhatIsKnownGoesOn(t *testing.T) {
	f := made(t, fleet.Setup{
		Directors: 3, Servers: 10, Flows: 20000, Spread: fleet.Modulo, Maglev: true, Sloppy: true, Seed: 4,
	})
	f.FailDirector(2)
	if c := f.AddServer(10); c.Moved > 0 || c.Broken > 0 {
		t.Errorf("a server is added: %+v", c)
	}
	// Of those that move, half go to the one that is back, and of these 1 of 11 has lost its slot.
	c := f.JoinDirector(2, 0)
	if share := float64(c.Broken) / float64(c.Moved); share < 0.03 || share > 0.07 {
		t.Errorf("%+v: %.3f end, want 1 of 22", c, share)
	}
}

func TestEverybodyFlowsAlike(t *testing.T) {
	run := func(seed uint64) string {
		f := made(t, fleet.Setup{Directors: 5, Servers: 30, Flows: 2000, Spread: fleet.Threshold, Sloppy: true, Seed: seed})
		var b strings.Builder
		for d := range 3 {
			b.WriteString(count(f.FailDirector(d)))
		}
		return b.String()
	}
	once, again, other := run(1), run(1), run(2)
	if once != again || once == other {
		t.Errorf("seed 1: %s and %s, seed 2: %s", once, again, other)
	}
}

func TestServersThatDoNotFit(t *testing.T) {
	_, err := fleet.New(fleet.Setup{Directors: 1, Servers: maglev.Slots + 1, Maglev: true})
	if err == nil || !strings.Contains(err.Error(), "EINVAL") {
		t.Errorf("mh: %v", err)
	}
	for name, s := range map[string]fleet.Setup{
		"wlc":          {Directors: 1, Servers: maglev.Slots + 1},
		"larger table": {Directors: 1, Servers: 10000, Maglev: true, Slots: 131071},
	} {
		if _, err := fleet.New(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fleet.New(fleet.Setup{Servers: 1}); err == nil {
		t.Error("a fleet without directors")
	}
}

func TestDetection(t *testing.T) {
	c := fleet.Check{Loop: 10 * time.Second, Timeout: 3 * time.Second, Delay: time.Second, Retries: 2}
	if c.Refused() != 12*time.Second || c.Silent() != 21*time.Second {
		t.Errorf("refused %v, silent %v", c.Refused(), c.Silent())
	}
	least, most := fleet.Session{Interval: 3 * time.Second, Detection: 9 * time.Second}.Dead()
	if least != 6*time.Second || most != 9*time.Second {
		t.Errorf("%v to %v", least, most)
	}
}
