//go:build e2e

package vrrp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config/agreement"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/test/lab"
)

// What check --pair calls an error is two masters with keepalived on both directors too, and what it warns of is not:
// the one with the lower priority logs what it has heard.
func TestWhatDoesNotFitTogether(t *testing.T) {
	for _, tt := range []struct {
		name     string
		old, new string // on the second director
		rule     string
		logged   string // there
		both     bool   // are master
	}{
		{"another password", "auth_pass sesame", "auth_pass simsim", "error pair-authentication-differs",
			"received an invalid passwd!", true},
		{"another interval", "advert_int 1", "advert_int 2", "error pair-interval-differs", "advertisement interval mismatch", true},
		{"another address list", "192.168.1.150/24", "192.168.1.150/24\n        192.168.1.149/24", "error pair-address-missing",
			"received an unexpected ip number count", false},
	} {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			programs := [][2]string{{lab.Program(), "keepalived"}, {"keepalived", "keepalived"}}
			eachOf(t, slices.Compact(programs), func(t *lab.Trial, programs [2]string) {
				p := newPair(t, v2(), programs)
				one, two := p.config(0), strings.Replace(p.config(1), tt.old, tt.new, 1)
				if said := disagreements(one, two); !strings.HasPrefix(said, tt.rule) || strings.Count(said, "\n") != 1 {
					p.Fatalf("check --pair says %q, want %s", said, tt.rule)
				}
				p.must(p.d[1].Configure(two))
				at := p.start(0)
				p.start(1)
				p.becomesMaster(0, at, 5*time.Second)
				p.logged(1, 0, tt.logged)
				if !tt.both {
					p.only(0)
					return
				}
				p.becomesMaster(1, at, 10*time.Second)
				p.must(lab.Throughout(3*time.Second, "the address on both directors", func() (bool, string) {
					a, b := p.count(0), p.count(1)
					return a == 1 && b == 1, fmt.Sprintf("%d and %d", a, b)
				}))
			})
		})
	}
}

// disagreements is what is said of the files of two directors.
func disagreements(files ...string) string {
	var all []agreement.Director
	for i, text := range files {
		name := fmt.Sprintf("d%d", i+1)
		s := syntax.Load(syntax.MapSource{name: text}, name, syntax.Options{})
		c, _ := language.Bind(s, language.Env{})
		all = append(all, agreement.Director{File: name, Snapshot: s, Config: c})
	}
	var b strings.Builder
	for _, d := range agreement.Of(all) {
		fmt.Fprintf(&b, "%s %s: %s\n", d.Severity, d.ID, d.Text)
	}
	return b.String()
}
