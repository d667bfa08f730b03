package agreement_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/config/agreement"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/rehearsal"
)

// What is said to keep directors from hearing each other does so, and nothing else does: the protocol itself is played
// with each pair, at first with all well, then with a failure that has the second director take over.
func TestWhatIsSaidIsTrue(t *testing.T) {
	for _, pair := range agreement.AllEdits() {
		src := syntax.MapSource{"a.conf": pair.One, "b.conf": pair.Two}
		var directors []agreement.Director
		fails := ""
		for i, name := range []string{"a.conf", "b.conf"} {
			s := syntax.Load(src, name, syntax.Options{})
			c, _ := language.Bind(s, language.Env{})
			directors = append(directors, agreement.Director{File: name, Snapshot: s, Config: c})
			if i == 0 && len(c.Instances[0].Tracks) > 0 {
				fails = "30 fail d1 web\n"
			}
		}
		events, err := rehearsal.Parse(fails)
		if err != nil {
			t.Fatal(err)
		}
		r, err := rehearsal.Play(directors, events, time.Minute)
		if err != nil {
			t.Fatalf("%s: %v", pair.Name, err)
		}
		deaf := false
		for _, a := range r.Accounts {
			deaf = deaf || a.Double > 5*time.Second
		}
		if deaf != pair.Deaf {
			var b strings.Builder
			_ = rehearsal.Text(&b, r, rehearsal.With{Logs: true})
			t.Errorf("%s: two masters %v, and it is said %v\n%s", pair.Name, deaf, pair.Deaf, b.String())
		}
	}
}
