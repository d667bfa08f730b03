package netif

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rule is a rule with a priority that leads to a table.
func rule(priority, table uint32, from string) Rule {
	r := Rule{Priority: priority, Action: RuleToTable, Table: table, SuppressLength: -1, SuppressGroup: -1, Proto: protoKeepalived}
	if from != "" {
		r.From = netip.MustParsePrefix(from)
		r.IPv6 = r.From.Addr().Is6()
	}
	return r
}

func foreign(r Rule) Rule { r.Proto = 4; return r }

func ruleLines(list []Rule) []string {
	var out []string
	for _, r := range list {
		if r.Proto == protoKeepalived || r.Proto == 4 {
			out = append(out, fmt.Sprintf("%v proto %d", r, r.Proto))
		}
	}
	return out
}

func TestSemantics3_15_ApplyRules(t *testing.T) {
	for _, s := range []struct {
		name                              string
		before, want, owned, added, there []Rule
		err                               string
	}{
		{name: "add", want: []Rule{rule(300, 100, "10.0.0.0/8"), rule(300, 101, "10.1.0.0/16"), rule(300, 5000, "2001:db8::/32"), rule(299, 9, "")},
			added: []Rule{rule(300, 100, "10.0.0.0/8"), rule(300, 101, "10.1.0.0/16"), rule(300, 5000, "2001:db8::/32"), rule(299, 9, "")},
			there: []Rule{rule(299, 9, ""), rule(300, 100, "10.0.0.0/8"), rule(300, 101, "10.1.0.0/16"), rule(300, 5000, "2001:db8::/32")}},
		{name: "another table takes the place of ours",
			before: []Rule{rule(300, 100, "10.0.0.0/8")}, owned: []Rule{rule(300, 100, "10.0.0.0/8")}, want: []Rule{rule(300, 101, "10.0.0.0/8")},
			added: []Rule{rule(300, 101, "10.0.0.0/8")}, there: []Rule{rule(300, 101, "10.0.0.0/8")}},
		{name: "what is foreign stays, and the same of somebody else is another one",
			before: []Rule{rule(300, 100, "10.0.0.0/8"), foreign(rule(301, 100, "10.0.0.0/8"))}, owned: []Rule{rule(301, 100, "10.0.0.0/8")},
			want:  []Rule{rule(301, 100, "10.0.0.0/8")},
			added: []Rule{rule(301, 100, "10.0.0.0/8")},
			there: []Rule{rule(300, 100, "10.0.0.0/8"), foreign(rule(301, 100, "10.0.0.0/8")), rule(301, 100, "10.0.0.0/8")}},
		{name: "what is ours and not wanted goes, and what is gone is no error",
			before: []Rule{rule(300, 100, "10.0.0.0/8")}, owned: []Rule{rule(300, 100, "10.0.0.0/8"), rule(302, 100, "10.0.0.0/8")}},
		{name: "what the kernel refuses, and the rest",
			want:  []Rule{{Priority: 300, Action: RuleGoto, Goto: 200, SuppressLength: -1, SuppressGroup: -1, Proto: protoKeepalived}, rule(301, 9, "")},
			added: []Rule{rule(301, 9, "")}, there: []Rule{rule(301, 9, "")}, err: "add rule 300: from all goto 200: invalid argument"},
	} {
		t.Run(s.name, func(t *testing.T) {
			routeHosts(t, func(t *testing.T, k routeHost) {
				if _, err := NewRules(k).Apply(s.before, nil); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					have, err := k.Rules()
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range have {
						if r.Proto == protoKeepalived || r.Proto == 4 {
							k.ChangeRules([]Change[Rule]{{Delete, r}})
						}
					}
				})
				a, added := NewRules(k), s.added
				for _, round := range []string{"first", "second"} {
					got, err := a.Apply(s.want, s.owned)
					if text := errorText(err); text != s.err {
						t.Errorf("%s: error %q, want %q", round, text, s.err)
					}
					if d := cmp.Diff(ruleLines(added), ruleLines(got.Added)); d != "" {
						t.Errorf("%s: added (-want +got):\n%s", round, d)
					}
					have, err := k.Rules()
					if d := cmp.Diff(ruleLines(s.there), ruleLines(have)); d != "" || err != nil {
						t.Errorf("%s: there (-want +got), %v:\n%s", round, err, d)
					}
					added = nil
				}
			})
		})
	}
}

// Everything a rule can have comes back from the kernel as it was sent, and the fake gives the same answers.
func TestRuleAttributes(t *testing.T) {
	full := rule(303, 7000, "10.1.0.0/16")
	full.Not, full.TOS, full.Mark, full.Mask, full.IIF, full.OIF = true, 4, 7, 15, "eth0", "nowhere"
	full.To, full.Flow, full.TunnelID, full.UIDs = netip.MustParsePrefix("10.2.0.0/16"), 3<<16|4, 1<<40, Span{true, 5, 9}
	full.Transport, full.Sport, full.Dport, full.SuppressLength, full.SuppressGroup = 6, Span{true, 5, 9}, Span{true, 7, 7}, 0, 3
	vrf := rule(1000, 0, "")
	vrf.L3MDev = true
	list := []Rule{full, vrf, rule(5, 9, "2001:db8::/32")}
	for i, action := range []uint8{RuleNop, RuleBlackhole, RuleUnreachable, RuleProhibit} {
		r := rule(uint32(400+i), 0, "10.0.0.0/8")
		r.Action = action
		list = append(list, r)
	}
	jump := rule(500, 0, "10.0.0.0/8")
	jump.Action, jump.Goto = RuleGoto, 600
	list = append(list, jump)
	var answers [][]string
	routeHosts(t, func(t *testing.T, k routeHost) {
		a := NewRules(k)
		out, err := a.Apply(list, nil)
		if err != nil || len(out.Added) != len(list) {
			t.Fatalf("added %v, %v", out.Added, err)
		}
		if out, err = a.Apply(list, list); err != nil || len(out.Added)+len(out.Removed) > 0 {
			t.Errorf("a second time: %+v, %v", out, err)
		}
		have, err := k.Rules()
		if err != nil {
			t.Fatal(err)
		}
		lines := sorted(ruleLines(have))
		for _, r := range []Rule{full, jump} { // the same of somebody else is another one
			lines = append(lines, errorText(k.ChangeRules([]Change[Rule]{{Add, foreign(r)}})[0]), errorText(k.ChangeRules([]Change[Rule]{{Add, r}})[0]),
				errorText(k.ChangeRules([]Change[Rule]{{Delete, foreign(r)}})[0]), errorText(k.ChangeRules([]Change[Rule]{{Delete, foreign(r)}})[0]))
		}
		answers = append(answers, lines)
		if out, err = a.Apply(nil, list); err != nil || len(out.Removed) != len(list) {
			t.Errorf("removed %v, %v", out.Removed, err)
		}
	})
	if d := cmp.Diff(answers[1], answers[0]); d != "" {
		t.Errorf("(-kernel +fake):\n%s", d)
	}
}
