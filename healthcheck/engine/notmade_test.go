package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/ipvs/fake"
)

const (
	bothServers = `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1
`
	firstServer = `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
`
)

// withScript gives the second of two servers a script that nothing can run.
func withScript(alpha bool) *config.Config {
	c := web(2)
	r := &c.VirtualServers[0].RealServers[1]
	script := r.Checkers[0]
	script.Kind, script.Alpha, script.Misc = config.CheckMisc, alpha, &config.MiscCheck{}
	r.Checkers = append(r.Checkers, script)
	return c
}

// A checker that cannot be made is as if it were not there, and what is wrong with it has been said. With alpha, a
// server stays down until each of its checkers has found it up, and that one never does.
func TestACheckerThatIsNotMade(t *testing.T) {
	play := func(first *config.Config, then func(w *world, k *fake.Kernel)) {
		synctest.Test(t, func(t *testing.T) {
			k := fake.New()
			w := begin(t, k, nil)
			w.load(first)
			then(w, k)
			w.end()
		})
	}
	play(withScript(false), func(w *world, k *fake.Kernel) { wantTable(w.t, k, bothServers) })
	play(withScript(true), func(w *world, k *fake.Kernel) {
		after(time.Minute)
		wantTable(w.t, k, firstServer)
		w.load(web(2))
		wantTable(w.t, k, bothServers)
	})
	play(web(2), func(w *world, k *fake.Kernel) {
		w.load(withScript(true)) // who serves goes on to
		after(time.Minute)
		wantTable(w.t, k, bothServers)
	})
}
