//go:build e2e

package anycast

import (
	"fmt"
	"net/netip"
	"time"

	"holdfast/test/anycast"
)

// paths are the scenarios of a way to the client that becomes narrower: the router's word of it comes to any director, and has
// to reach the server of the flow.
func paths() []scenario {
	all := []scenario{
		{"path MTU with schedule_icmp", 0, func(s *scene) { s.narrows("holdfast, `shared_clients`", plan(), 0, true) }},
	}
	if nightly() {
		all = append(all, scenario{"path MTU without", 0, func(s *scene) {
			p := plan()
			p.Service = "lb_algo mh\n  mh-port\n  mh-fallback\n  " + anycast.Announced
			s.narrows("`schedule_icmp` off", p, anycast.Clients/2, false)
		}})
	}
	return all
}

// narrow is the MTU of a tunnel that a client may be behind, and then some.
const narrow = 1000

// narrows has streams of several clients, whose servers learn of the way to each, download when it has become narrower.
func (s *scene) narrows(whom string, p anycast.Plan, first int, all bool) {
	for _, h := range s.Servers {
		// Else a server's retransmissions have another hash each, and the router's words about them go to any director.
		s.must(h.Sysctl("net/core/txrehash", "0"))
	}
	s.begin(p, 0, 1, 2)
	var from []netip.Addr
	for i := range anycast.Clients / 2 {
		from = append(from, anycast.ClientAddr(first+i))
	}
	ss, err := s.Open(len(from), from...)
	s.must(err)
	s.must(s.Width(narrow))
	s.Cleanup(func() { s.must(s.Width(1500)) })
	limit := soon
	if !all {
		limit = 10 * time.Second
	}
	t := ss.Say("send 20000", limit)
	s.row("the path to clients becomes narrower", whom, "%d of %d downloads go on", t.Answered, len(ss))
	if (t.Answered == len(ss)) != all || t.Ended > 0 {
		s.must(fmt.Errorf("downloads of %d streams: %+v", len(ss), t))
	}
}
