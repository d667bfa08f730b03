//go:build e2e

package bgp

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/bfd/engine"
	"holdfast/internal/news"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// Of both ends: who has missed so many packets takes the way for lost, and may take margin to act on it.
const (
	misses = 3
	margin = 300 * time.Millisecond
)

// followed are the names of the BFD sessions with both routers.
var followed = [2]string{"four", "six"}

// birdWithBFD runs BIRD, whose sessions follow BFD too.
func (s *street) birdWithBFD(interval time.Duration) {
	s.Helper()
	ms := interval.Milliseconds()
	s.bird("hold time 90; bfd on;", fmt.Sprintf("protocol bfd { interface \"eth0\" { min rx interval %d ms; "+
		"min tx interval %d ms; multiplier %d; }; }\n", ms, ms, misses))
}

// frrWithBFD runs bgpd and bfdd.
func (s *street) frrWithBFD(interval time.Duration) {
	s.Helper()
	ms := interval.Milliseconds()
	var text strings.Builder
	text.WriteString("router bgp 65000\n bgp router-id 10.0.0.1\n no bgp ebgp-requires-policy\n timers bgp 30 90\n")
	for _, a := range own {
		fmt.Fprintf(&text, " neighbor %v remote-as 65001\n neighbor %v timers connect 1\n neighbor %v bfd %d %d %d\n", a, a, a,
			misses, ms, ms)
	}
	fmt.Fprintf(&text, " address-family ipv6 unicast\n  neighbor %v activate\n exit-address-family\n", own[1])
	f, err := s.router.StartFRR("bfdd", "")
	s.must(err)
	s.Cleanup(func() {
		for _, p := range f.Processes {
			if s.Failed() {
				s.Logf("%s:\n%s", p.Name, p.Log())
			}
		}
		s.must(f.Kill())
	})
	s.must(f.Also("bgpd", text.String()))
}

// switchPort has the switch pass nothing to the director and from it, or all again. Links stay up.
func (s *street) switchPort(pass bool) {
	s.Helper()
	state := map[bool]string{true: "3", false: "0"}[pass] // forwarding, disabled
	out, err := exec.Command("bridge", "link", "set", "dev", s.director.Namespace(), "state", state).CombinedOutput()
	if err != nil {
		s.Fatalf("%v: %s", err, out)
	}
}

// A wire takes what the bfd role tells to who speaks BGP, as the supervisor does.
type wire struct{ to *speaker.Keeper }

func (w wire) Tell(it news.Item) { w.to.Hear(it) }

// bfd runs the role on the director, and gives what ends it without a word.
func (s *street) bfd(k *speaker.Keeper, interval time.Duration, seed uint64) (kill func()) {
	s.Helper()
	var c config.Config
	for i, name := range followed {
		c.BFDs = append(c.BFDs, config.BFD{Name: name, Neighbor: routers[i], MinRX: interval, MinTX: interval,
			IdleTX: time.Second, Multiplier: misses, TTL: 255, VRRP: true, Checker: true})
	}
	e := engine.New(engine.Options{Teller: wire{k}, Seed: seed})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- s.director.Do(func() error { // its sockets too are opened there
			if err := e.Prepare(ctx, &c); err != nil {
				return err
			}
			if err := e.Commit(ctx); err != nil {
				return err
			}
			return e.Run(ctx)
		})
	}()
	return func() {
		cancel()
		s.must(<-ended)
	}
}

// When nothing comes through any more and nobody's link goes down, both ends give their sessions up when BFD does, which
// is long before the hold time, and have them again when it is back.
func TestBFD(t *testing.T) {
	for _, r := range []struct {
		name string
		run  func(*street, time.Duration)
	}{{"BIRD", (*street).birdWithBFD}, {"FRR", (*street).frrWithBFD}} {
		t.Run(r.name, func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) {
				const interval = 100 * time.Millisecond
				s := newStreet(t)
				r.run(s, interval)
				c := usual()
				for i := range c.Neighbors {
					c.Neighbors[i].Hold, c.Neighbors[i].Keepalive, c.Neighbors[i].BFD = 90*time.Second, 30*time.Second, followed[i]
				}
				k := s.speak(c, vips...)
				kill := s.bfd(k, interval, 1)
				defer func() { kill() }()
				s.ways(k, speaker.WayUp, talk.Established)
				s.routed("at first", vips...)
				cut := time.Now()
				s.switchPort(false)
				ours := make(chan time.Duration, 1)
				go func() {
					s.ways(k, speaker.WayLost, talk.Idle)
					ours <- time.Since(cut)
				}()
				s.routed("nothing comes through")
				theirs := time.Since(cut)
				s.inTime("this end", <-ours, interval)
				s.inTime(r.name, theirs, interval)
				for i, n := range k.Sessions() {
					if n.Error != "BFD session "+followed[i]+" is down" {
						s.Errorf("%+v", n)
					}
				}
				s.switchPort(true)
				s.ways(k, speaker.WayUp, talk.Established)
				s.routed("it comes through again", vips...)
				// What nobody can tell any more is no reason to give anything up. The router hears of a new process, and may.
				kill()
				s.doubt(k)
				mark := s.said()
				kill = s.bfd(k, interval, 2)
				s.ways(k, speaker.WayUp, talk.Established)
				s.routed("with another process for BFD", vips...)
				if log := s.said()[len(mark):]; strings.Contains(log, "is lost: BFD") {
					s.Errorf("a session was given up:\n%s", log)
				}
			})
		})
	}
}

// doubt marks the news of a role that has died.
func (s *street) doubt(k *speaker.Keeper) {
	s.Helper()
	form, err := news.FormOf[news.Session]()
	s.must(err)
	for _, name := range followed {
		it, err := form.Item(name, news.Session{State: news.SessionUp})
		s.must(err)
		it.Standing = news.Stale
		k.Hear(it)
	}
}

// said is the log of who speaks.
func (s *street) said() string {
	s.Helper()
	b, err := os.ReadFile(s.log.Name())
	s.must(err)
	return string(b)
}

// inTime looks when an end gave up its sessions.
func (s *street) inTime(who string, took, interval time.Duration) {
	s.Helper()
	s.Logf("%s: given up %v after the last packet came through", who, took.Round(time.Millisecond))
	if least, most := (misses-2)*interval, misses*interval+margin; took < least || took > most {
		s.Errorf("%s: given up after %v, want %v to %v", who, took, least, most)
	}
}

// ways waits until both sessions are in a state, and what BFD says of their ways is so.
func (s *street) ways(k *speaker.Keeper, way speaker.Way, state talk.State) {
	s.Helper()
	if err := lab.Eventually(soon, fmt.Sprintf("%s, and the way %v", state, way), func() (bool, string) {
		all := k.Sessions()
		for _, n := range all {
			if n.State != state || n.Way != way {
				return false, fmt.Sprintf("%+v", all)
			}
		}
		return len(all) > 0, ""
	}); err != nil {
		s.Error(err)
	}
}
