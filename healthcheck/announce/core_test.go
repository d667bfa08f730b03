package announce

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/healthcheck/lvs"
)

// A site is a Core with virtual servers a, b and c, and a time.
type site struct {
	*Core
	now    time.Time
	health map[string]Health
}

func newSite() *site {
	s := &site{now: time.Unix(1000, 0), health: map[string]Health{}}
	s.Core = New(func(id lvs.ID) Health { return s.health[id.Group] })
	return s
}

func on(dev, prefix string) Place { return Place{Prefix: netip.MustParsePrefix(prefix), Dev: dev} }

func by(name string, hold time.Duration, places ...Place) Claim {
	return Claim{Of: lvs.ID{Group: name}, Name: name, Places: places, Hold: hold}
}

// say is what changed, one clause each.
func say(changes []Change) string {
	var all []string
	for _, c := range changes {
		sign := "-"
		if c.On {
			sign = "+"
		}
		text := sign + c.Place.String()
		if c.Why != "" {
			text += " (" + c.Why + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// at sets what is known of a service, some time later, and gives what changes.
func (s *site) at(after time.Duration, name string, h Health) string {
	s.now = s.now.Add(after)
	s.health[name] = h
	return say(s.Decide(s.now))
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestNothingIsShownBeforeItIsKnownToServe(t *testing.T) {
	s := newSite()
	s.health["a"] = Health{Unproven: "2 of 3 checks have not run"}
	vip := on("lo", "192.0.2.10/32")
	expect(t, "start", say(s.Configure(s.now, []Claim{by("a", 10*time.Second, vip)})), "")
	if got := s.Status()[0].Why; got != "a: 2 of 3 checks have not run" {
		t.Errorf("why: %q", got)
	}
	// The first time nothing has been withdrawn: nobody waits.
	expect(t, "all have run", s.at(time.Second, "a", Health{}), "+192.0.2.10/32 on lo")
	// What is shown goes on when a reload brings checks that have not run.
	expect(t, "another check", s.at(time.Second, "a", Health{Unproven: "1 of 4"}), "")
	expect(t, "quorum lost", s.at(time.Second, "a", Health{Unfit: "its quorum is lost"}),
		"-192.0.2.10/32 on lo (a: its quorum is lost)")
	expect(t, "and not known", s.at(time.Second, "a", Health{Unproven: "1 of 4"}), "")
	expect(t, "back", s.at(time.Second, "a", Health{}), "")
	expect(t, "held", s.at(9*time.Second, "a", Health{}), "")
	expect(t, "proven", s.at(time.Second, "a", Health{}), "+192.0.2.10/32 on lo")
}

func TestHoldCountsFromTheLastFailure(t *testing.T) {
	s := newSite()
	vip := on("lo", "192.0.2.10/32")
	s.Configure(s.now, []Claim{by("a", 5*time.Second, vip)})
	down := Health{Unfit: "down"}
	for i := range 100 {
		s.at(time.Second, "a", down)
		if got := s.at(4*time.Second, "a", Health{}); got != "" {
			t.Fatalf("flap %d: %s", i, got)
		}
	}
	next, ok := s.Next()
	if want := s.now.Add(5 * time.Second); !ok || !next.Equal(want) {
		t.Errorf("next %v, %v, want %v", next, ok, want)
	}
	expect(t, "not yet", s.at(5*time.Second-1, "a", Health{}), "")
	expect(t, "after", s.at(1, "a", Health{}), "+192.0.2.10/32 on lo")
	if _, ok := s.Next(); ok {
		t.Error("something is due although nothing is held back")
	}
}

func TestAPlaceOfSeveralServicesNeedsThemAll(t *testing.T) {
	s := newSite()
	vip, other := on("lo", "192.0.2.10/32"), on("lo", "192.0.2.11/32")
	s.health["b"] = Health{Unfit: "its quorum is lost"}
	expect(t, "start", say(s.Configure(s.now, []Claim{by("a", 0, vip, other), by("b", 0, vip)})), "+192.0.2.11/32 on lo")
	expect(t, "b", s.at(time.Second, "b", Health{}), "+192.0.2.10/32 on lo")
	expect(t, "a", s.at(time.Second, "a", Health{Unfit: "x"}),
		"-192.0.2.10/32 on lo (a: x), -192.0.2.11/32 on lo (a: x)")
}

func TestReloadLeavesAloneWhatIsStillThere(t *testing.T) {
	s := newSite()
	vip, gone := on("lo", "192.0.2.10/32"), Place{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Table: 100}
	s.Configure(s.now, []Claim{by("a", 5*time.Second, vip), by("b", 0, gone)})
	expect(t, "reload", say(s.Configure(s.now, []Claim{by("c", time.Second, vip)})),
		"-198.51.100.0/24 in table 100 (it is not in the configuration any more)")
	expect(t, "down", s.at(0, "c", Health{Unfit: "x"}), "-192.0.2.10/32 on lo (c: x)")
	// A place that is held back is so after a reload, by what is in force then.
	s.at(0, "c", Health{})
	expect(t, "reload", say(s.Configure(s.now, []Claim{by("c", 3*time.Second, vip)})), "")
	if next, _ := s.Next(); !next.Equal(s.now.Add(3 * time.Second)) {
		t.Errorf("held until %v, now %v", next, s.now)
	}
}

// A virtual server with many places is asked once for all of them: the answer is dear.
func TestAServiceIsAskedOnce(t *testing.T) {
	asked := 0
	c := New(func(lvs.ID) Health { asked++; return Health{} })
	c.Configure(time.Unix(1000, 0), []Claim{by("a", 0, on("lo", "192.0.2.10/32"), on("lo", "192.0.2.11/32")),
		by("b", 0, on("lo", "192.0.2.10/32"))})
	if asked != 2 {
		t.Errorf("asked %d times about 2 services", asked)
	}
}

func TestDrain(t *testing.T) {
	s := newSite()
	vip := on("lo", "192.0.2.10/32")
	const gone = "-192.0.2.10/32 on lo (the director is drained)"
	drain := func(why string, notice time.Duration) string { return say(s.Drain(s.now, why, notice)) }
	next := func(what string, want time.Duration) {
		t.Helper()
		if at, ok := s.Next(); ok != (want > 0) || ok && at.Sub(s.now) != want {
			t.Errorf("%s: due in %v, %v, want %v", what, at.Sub(s.now), ok, want)
		}
	}
	s.Configure(s.now, []Claim{by("a", 5*time.Second, vip)})
	expect(t, "drain", drain("the director is drained", 0), gone)
	expect(t, "fit", s.at(time.Hour, "a", Health{}), "")
	next("drained", 0)
	expect(t, "a reload", say(s.Configure(s.now, []Claim{by("a", 5*time.Second, vip)})), "")
	// Nothing has failed: whoever ends it need not wait.
	expect(t, "end", drain("", 0), "+192.0.2.10/32 on lo")

	expect(t, "with a notice", drain("the director is drained", 3*time.Second), "")
	next("with a notice", 3*time.Second)
	expect(t, "again", s.at(time.Second, "a", Health{})+drain("the director is drained", 3*time.Second), "")
	next("again", 2*time.Second)
	other := on("lo", "192.0.2.11/32")
	expect(t, "what comes meanwhile", say(s.Configure(s.now, []Claim{by("a", 5*time.Second, vip), by("b", 0, other)})), "")
	expect(t, "over", s.at(2*time.Second, "a", Health{}), gone)
	next("over", 0)
	// What fails meanwhile has to prove itself, at once or when the drain ends.
	expect(t, "down", s.at(time.Second, "a", Health{Unfit: "down"})+s.at(time.Second, "a", Health{}), "")
	expect(t, "end", drain("", 0), "+192.0.2.11/32 on lo")
	s.Configure(s.now, []Claim{by("a", 5*time.Second, vip)})
	next("end", 5*time.Second)
	expect(t, "held", s.at(5*time.Second, "a", Health{}), "+192.0.2.10/32 on lo")
	s.Drain(s.now, "the director is drained", 3*time.Second)
	expect(t, "down in the notice", s.at(time.Second, "a", Health{Unfit: "down"}), "-192.0.2.10/32 on lo (a: down)")
	next("down in the notice", 0)
	expect(t, "end in the notice", drain("", 0)+s.at(time.Second, "a", Health{}), "")
	next("after a notice", 5*time.Second)
}

// A director that is drained when it starts shows nothing, until that is over.
func TestDrainedFromTheStart(t *testing.T) {
	s := newSite()
	vip := on("lo", "192.0.2.10/32")
	s.Drain(s.now, "the director is drained", 0)
	expect(t, "start", say(s.Configure(s.now, []Claim{by("a", 5*time.Second, vip)})), "")
	s.at(time.Second, "a", Health{Unfit: "its quorum is not reached yet"})
	s.at(time.Second, "a", Health{})
	expect(t, "end", say(s.Drain(s.now, "", 0)), "+192.0.2.10/32 on lo")
}

// Whatever happens: nothing is shown that cannot serve, everything is that could for as long as it is held back,
// and what changes said is what is shown.
func TestShownIsWhatCanServe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSite()
		shown := map[Place]bool{}
		fit := map[Place]time.Time{}
		places := []Place{on("lo", "192.0.2.10/32"), on("lo", "2001:db8::10/128"), {Prefix: netip.MustParsePrefix("10.0.0.0/8"), Table: 7}}
		names := []string{"a", "b", "c"}
		const hold = 4 * time.Second
		var claims []Claim
		configure := func() []Change {
			claims = nil
			for _, name := range names {
				if of := rapid.SliceOfDistinct(rapid.SampledFrom(places), rapid.ID).Draw(t, "places"); len(of) > 0 {
					claims = append(claims, by(name, hold, of...))
				}
			}
			return s.Configure(s.now, claims)
		}
		take := func(changes []Change) {
			for _, c := range changes {
				if shown[c.Place] == c.On {
					t.Fatalf("%v: told twice", c)
				}
				shown[c.Place] = c.On
			}
		}
		drained := ""
		take(configure())
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "seconds")) * time.Second)
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				take(configure())
			case 1:
				if drained = ""; rapid.Bool().Draw(t, "drained") {
					drained = "drained"
				}
				take(s.Drain(s.now, drained, 0))
			default:
				s.health[rapid.SampledFrom(names).Draw(t, "of")] = rapid.SampledFrom([]Health{{}, {}, {Unfit: "x"}, {Unproven: "y"}}).Draw(t, "health")
				take(s.Decide(s.now))
			}
			for _, at := range places {
				bad, claimed := "", false
				for _, c := range claims {
					if slices.Contains(c.Places, at) {
						claimed = true
						if h := s.health[c.Name]; h.Unfit != "" || h.Unproven != "" && !shown[at] {
							bad = c.Name
						}
					}
				}
				if bad != "" || !claimed {
					delete(fit, at)
				} else if _, known := fit[at]; !known {
					fit[at] = s.now
				}
				switch {
				case shown[at] && !claimed:
					t.Fatalf("%v is shown and nobody wants it", at)
				case shown[at] && bad != "":
					t.Fatalf("%v is shown although %s cannot serve", at, bad)
				case shown[at] && drained != "":
					t.Fatalf("%v is shown by a director that is drained", at)
				case !shown[at] && claimed && bad == "" && drained == "" && s.now.Sub(fit[at]) >= hold:
					t.Fatalf("%v is not shown: %v", at, s.Status())
				}
				if got := slices.Contains(s.Shown(), at); got != shown[at] {
					t.Fatalf("%v: shown %v, told %v", at, got, shown[at])
				}
			}
		}
	})
}

func TestPlacesAreOrdered(t *testing.T) {
	list := []Place{on("lo", "10.0.0.0/8"), on("lo", "10.0.0.0/16"), on("lo2", "10.0.0.0/16"), {Prefix: netip.MustParsePrefix("10.0.0.1/32"), BGP: true}, on("lo", "10.0.0.1/32"), on("lo", "::1/128")}
	for i, a := range list {
		for j, b := range list {
			if got := a.compare(b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v, %v: %d", a, b, got)
			}
		}
	}
	if got := fmt.Sprint(list[0]); got != "10.0.0.0/8 on lo" {
		t.Error(got)
	}
}
