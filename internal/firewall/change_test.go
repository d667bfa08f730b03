package firewall

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestChanges(t *testing.T) {
	other := Settings{Table: "other", Priority: 5}
	for _, c := range []struct {
		name  string
		stray []string
		wants []Blocks
		steps int // of the last change
		there string
	}{
		{"nothing", nil, []Blocks{{}}, 0, ""},
		{"nothing to block", nil, []Blocks{{Settings: plainSettings, On: true}}, 0, ""},
		{"one family", nil, []Blocks{{plainSettings, true, blocked("192.0.2.1")}}, 3, "ip keepalived: 192.0.2.1"},
		{"both", nil, []Blocks{{plainSettings, true, blocked("192.0.2.1", "2001:db8::1", "fe80::1%eth0")}}, 7,
			"ip keepalived: 192.0.2.1; ip6 keepalived: 2001:db8::1, fe80::1 eth0"},
		{"the same", nil, []Blocks{{plainSettings, true, blocked("192.0.2.1")}, {plainSettings, true, blocked("192.0.2.1")}}, 0,
			"ip keepalived: 192.0.2.1"},
		{"one comes, one goes", nil,
			[]Blocks{{plainSettings, true, blocked("192.0.2.1", "192.0.2.2")},
				{plainSettings, true, blocked("192.0.2.2", "192.0.2.3")}},
			2, "ip keepalived: 192.0.2.2, 192.0.2.3"},
		{"the table stays without addresses", nil,
			[]Blocks{{plainSettings, true, blocked("192.0.2.1")}, {Settings: plainSettings, On: true}}, 1, "ip keepalived: "},
		{"another interface", nil,
			[]Blocks{{plainSettings, true, blocked("fe80::1%eth0")}, {plainSettings, true, blocked("fe80::1%eth1")}},
			2, "ip6 keepalived: fe80::1 eth1"},
		{"another name", nil,
			[]Blocks{{plainSettings, true, blocked("192.0.2.1")}, {other, true, blocked("192.0.2.1")}}, 4, "ip other: 192.0.2.1"},
		{"off", nil, []Blocks{{plainSettings, true, blocked("192.0.2.1", "2001:db8::1")}, {}}, 2, ""},
		{"left by a life before", []string{"keepalived", "old"}, []Blocks{{Settings: plainSettings, On: true}}, 4, ""},
		{"left, and needed", []string{"keepalived"}, []Blocks{{plainSettings, true, blocked("192.0.2.1")}}, 5,
			"ip keepalived: 192.0.2.1"},
		{"left, and not needed", []string{"keepalived"}, []Blocks{{}}, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel()
			for _, name := range c.stray {
				// In one of the families only: what is not there is no obstacle.
				m.put("ip "+name, "192.0.2.99")
			}
			s := state{stray: c.stray}
			var steps []step
			for _, w := range c.wants {
				steps, s = s.change(w.tables())
				if err := m.apply(steps); err != nil {
					t.Fatal(err)
				}
			}
			if len(steps) != c.steps {
				t.Errorf("%d steps, want %d: %+v", len(steps), c.steps, steps)
			}
			expect(t, m, c.there)
		})
	}
}

// Whatever was wanted before, a change makes the kernel as wanted, asks for nothing that it refuses, and between the
// two nothing is open that both want blocked: it is one transaction, and a change of the look brings its addresses.
func TestEveryChangeIsPossibleAndEnough(t *testing.T) {
	some := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "fe80::1%eth0",
		"fe80::1%eth1"})
	settings := rapid.SampledFrom([]Settings{plainSettings, {Table: "other"}, {Table: "other", Counters: true}})
	wants := rapid.Custom(func(t *rapid.T) Blocks {
		if rapid.IntRange(0, 4).Draw(t, "off") == 0 {
			return Blocks{}
		}
		list := rapid.SliceOfDistinct(some, rapid.ID[string]).Draw(t, "blocked")
		return Blocks{settings.Draw(t, "settings"), true, blocked(list...)}
	})
	rapid.Check(t, func(t *rapid.T) {
		m, s := newModel(), state{}
		for _, w := range rapid.SliceOfN(wants, 1, 8).Draw(t, "wants") {
			if rapid.IntRange(0, 3).Draw(t, "damage") == 0 {
				// Somebody has removed a table, or all; we have seen that something is wrong.
				for key := range m.tables {
					if rapid.Bool().Draw(t, "remove "+key) {
						delete(m.tables, key)
					}
				}
				s = s.lost()
			}
			var steps []step
			steps, s = s.change(w.tables())
			if err := m.apply(steps); err != nil {
				t.Fatal(err)
			}
			wanted := w.tables()
			for key, one := range m.tables {
				if n := find(wanted, one.shape); n < 0 || key != fmt.Sprint(one.family, " ", one.name) {
					t.Fatalf("%s is there, wanted is %+v", key, w)
				}
			}
			for _, want := range wanted {
				have := m.tables[fmt.Sprint(want.family, " ", want.name)]
				if have == nil && !want.empty() || have != nil && !want.same(have.table) {
					t.Fatalf("there is %v, wanted is %v", have, want)
				}
			}
			if again, _ := s.change(wanted); len(again) > 0 {
				t.Fatalf("the same again: %+v", again)
			}
		}
	})
}

// A thousand instances that become master are one change of two messages.
func TestAThousandAddressesAreOneStep(t *testing.T) {
	all := Blocked{}
	for n := range 1000 {
		all[Address{Addr: netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})}] = true
	}
	_, s := state{}.change(Blocks{plainSettings, true, blocked("192.0.2.1")}.tables())
	all[Address{Addr: netip.MustParseAddr("192.0.2.1")}] = true
	steps, _ := s.change(Blocks{plainSettings, true, all}.tables())
	if len(steps) != 1 || len(steps[0].elements) != 1000 {
		t.Errorf("%d steps", len(steps))
	}
}
