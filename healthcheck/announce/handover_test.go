package announce

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// move has the site go on with another core, as in another process: what goes over is bytes.
func (s *site) move(t interface{ Fatal(...any) }, claims []Claim, drained string) string {
	text, err := json.Marshal(s.Handover(s.now))
	if err != nil {
		t.Fatal(err)
	}
	var f Former
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	s.Core = New(s.Core.health)
	s.Drain(s.now, drained, 0) // nobody knows yet what is shown
	s.Recall(s.now, f)
	return say(s.Configure(s.now, claims))
}

// Whatever has happened, and whenever one core hands over to another: nothing changes with that, and from there on both
// show the same.
func TestHandoverIsNotNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stays, moves := newSite(), newSite()
		claims := []Claim{by("a", 3*time.Second, on("lo", "192.0.2.10/32"), on("lo", "192.0.2.11/32")),
			by("b", 0, on("lo", "192.0.2.10/32"), Place{Prefix: on("", "198.51.100.0/24").Prefix, Table: 100},
				Place{Prefix: on("", "192.0.2.12/32").Prefix, BGP: true})}
		drained := ""
		stays.Configure(stays.now, claims)
		moves.Configure(moves.now, claims)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				if changes := moves.move(t, claims, drained); changes != "" {
					t.Fatalf("going on changes %s", changes)
				}
				continue
			case 1:
				if drained = ""; rapid.Bool().Draw(t, "drained") {
					drained = "drained"
				}
				notice := time.Duration(rapid.IntRange(0, 6000).Draw(t, "notice")) * time.Millisecond
				if a, b := say(stays.Drain(stays.now, drained, notice)), say(moves.Drain(moves.now, drained, notice)); a != b {
					t.Fatalf("with a handover %q, without %q", b, a)
				}
				continue
			}
			after := time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond
			who := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")
			h := rapid.SampledFrom([]Health{{}, {Unfit: "x"}, {Unproven: "y"}}).Draw(t, "health")
			if a, b := stays.at(after, who, h), moves.at(after, who, h); a != b {
				t.Fatalf("with a handover %q, without %q", b, a)
			}
			x, some := stays.Next()
			if y, others := moves.Next(); some != others || some && !x.Equal(y) {
				t.Fatalf("due at %v, without a handover at %v", y, x)
			}
			if a, b := fmt.Sprint(stays.Status()), fmt.Sprint(moves.Status()); a != b {
				t.Fatalf("with a handover %s\nwithout %s", b, a)
			}
		}
	})
}

// A field that nobody hands over would be forgotten.
func TestHandoverKnowsEveryField(t *testing.T) {
	if n := reflect.TypeFor[place]().NumField(); n != 7 {
		t.Errorf("a place has %d fields, handover.go was written for 7: hand the new ones over, then count anew", n)
	}
}
