//go:build e2e

package events

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const (
	makeRed  = "link add red type vrf table 100; link set red up"
	makeBlue = "link add blue type vrf table 200; link set blue up"
)

// enter brings w0 into a VRF or out of all, whatever became of it, and tells what was done.
func (s *stage) enter(rng *rand.Rand) string {
	what := []string{
		"link set w0 nomaster", makeRed + "; link set red up; link set w0 master red",
		makeBlue + "; link set blue up; link set w0 master blue", "link del red; link del blue",
	}[rng.IntN(4)]
	s.do(what)
	s.do("addr add 10.0.0.1/24 dev w0")
	return what
}

// astray are interfaces that stand on w0 and are in another VRF.
func (s *stage) astray() (list []string) {
	out, err := s.a.Run("ip", "-j", "link", "show")
	s.must(err)
	var links []struct{ Ifname, Master string }
	s.must(json.Unmarshal([]byte(out), &links))
	master := map[string]string{}
	for _, l := range links {
		master[l.Ifname] = l.Master
	}
	for _, own := range []string{"vrrp.52", "vrrp.56"} {
		if master[own] != master["w0"] {
			list = append(list, fmt.Sprintf("%s is in %q, and w0 in %q", own, master[own], master["w0"]))
		}
	}
	return list
}
