package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/ipvs/fake"
)

// A checker that is not supported yet is as if it were not there: it is never made,
// and holds no server up or down, not even one that waits for its first check.
func TestUnsupportedCheckersDecideNothing(t *testing.T) {
	for _, kind := range config.CheckKinds() {
		if healthcheck.KindOf(kind) != nil {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			k := fake.New()
			w := begin(t, k, nil)
			c := web(2)
			for i := range c.VirtualServers[0].RealServers {
				r := &c.VirtualServers[0].RealServers[i]
				other := r.Checkers[0]
				other.Kind, other.Alpha, r.Alpha = kind, true, true
				r.Checkers = append(r.Checkers, other)
			}
			w.load(c)
			wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1
`)
			w.set("10.1.0.2:80", true)
			after(2 * time.Second)
			wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
`)
			if strings.Contains(w.lines(), kind.String()) {
				t.Errorf("%s was made:\n%s", kind, w.lines())
			}
			c = web(1)
			c.VirtualServers[0].RealServers[0].Checkers[0].Kind = kind
			c.VirtualServers[0].RealServers[0].Checkers[0].Alpha = true
			w.load(c)
			after(time.Minute)
			wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
`)
			w.end()
		})
	}
}
