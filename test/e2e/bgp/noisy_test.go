//go:build e2e

package bgp

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/speaker"
	"holdfast/test/lab"
)

// A cable to the router that loses a fifth of what goes there and back, delays, reorders and doubles packets: sessions come
// up, stay up for longer than their hold time, and what is withdrawn and announced again arrives. It needs netem, in a
// kernel of its own.
func TestANoisyRouter(t *testing.T) {
	if !lab.InGuest() {
		t.Parallel()
		lab.Judge(t, func(t *lab.Trial) { lab.Guest{}.Test(t) })
		return
	}
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("")
		s.noise("loss", "10%", "delay", "50ms", "20ms", "reorder", "25%", "duplicate", "5%")
		c := usual()
		k := s.speak(c, vips...)
		s.established(k)
		s.routed("all, through noise", vips...)
		hold := c.Neighbors[0].Hold
		// With a hold time of 9 s three keepalives in a row have to be late, of which TCP sends each again and again.
		before := s.losses(k)
		const holds = 2
		end := time.Now().Add(holds * hold)
		var slowest time.Duration
		for n := 0; time.Now().Before(end); n++ {
			began := time.Now()
			if n%2 == 0 {
				k.Set(places(vips[1]))
				s.routed("withdrawn, through noise", vips[1])
			} else {
				k.Set(places(vips...))
				s.routed("announced again, through noise", vips...)
			}
			slowest = max(slowest, time.Since(began))
		}
		if after := s.losses(k); after > before {
			s.Errorf("%d sessions were lost in %v", after-before, holds*hold)
		}
		s.Logf("the slowest change was there after %v", slowest.Round(time.Millisecond))
		s.quiet()
		k.Set(places(vips...))
		s.routed("the noise is over", vips...)
	})
}

// losses is how often sessions that were up have been lost.
func (s *street) losses(k *speaker.Keeper) (n int) {
	for _, one := range k.Sessions() {
		n += int(one.Losses)
	}
	return n
}

func (s *street) noise(words ...string) {
	s.Helper()
	for _, h := range []*lab.Host{s.router, s.director} {
		out, err := h.Run("tc", append(strings.Fields("qdisc replace dev eth0 root netem"), words...)...)
		if err != nil {
			s.Fatalf("netem: %v\n%s", err, out)
		}
	}
}

func (s *street) quiet() {
	s.Helper()
	for _, h := range []*lab.Host{s.router, s.director} {
		out, err := h.Run("tc", strings.Fields("qdisc del dev eth0 root")...)
		if err != nil {
			s.Fatalf("netem: %v\n%s", err, out)
		}
	}
}
