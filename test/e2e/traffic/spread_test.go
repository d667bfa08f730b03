//go:build e2e

package traffic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// TestSpread has it counted which server gets what.
func TestSpread(t *testing.T) {
	inGuest(t, func() {
		for _, program := range []string{keepalived, lab.Program()} {
			play(t, program, 1, []scenario{
				{"weights", weights}, {"quorum", quorum}, {"thresholds", thresholds}, {"one-packet scheduling", onePacket},
				{"persistence", persistence}, {"the end of persistence", endOfPersistence}, {"SIP", sip},
			})
		}
	})
}

// weights spread connections, by NAT: as the file says, and after a reload as that one says. A connection stays with its
// server, also with one whose weight is 0 then.
func weights(s *scene) {
	port := s.port()
	conf := func(one, two int) string {
		return service(nat4, port, "protocol TCP\n  lb_algo wrr\n  lb_kind NAT", real{"s1", fmt.Sprint("weight ", one)},
			real{"s2", fmt.Sprint("weight ", two)})
	}
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "tcp", addr4(name), port)
	}
	visits := func() tally { return s.visit(12, "tcp", "10.9.0.10", nat4, port) }
	s.start(conf(3, 1))
	s.equal("3 to 1", visits(), tally{"s1": 9, "s2": 3})
	s.counted(s.daemons[0], nat4, port, tally{"s1": 9, "s2": 3})

	// Three of them with s1.
	var flows []*flow
	had := map[string]string{}
	for range 4 {
		f := s.open("tcp", "10.9.0.10", nat4, port)
		had[fmt.Sprint(f.port)] = s.asks(f)
		flows = append(flows, f)
	}
	for _, step := range []struct {
		one, two int
		want     tally
	}{{1, 3, tally{"s1": 3, "s2": 9}}, {0, 1, tally{"s2": 12}}, {1, 1, tally{"s1": 6, "s2": 6}}} {
		s.reload(conf(step.one, step.two))
		s.table("the new weights", func(table string) bool {
			return strings.Contains(table, fmt.Sprintf("-r %s:%d -m -w %d\n", addr4("s1"), port, step.one)) &&
				strings.Contains(table, fmt.Sprintf("-r %s:%d -m -w %d\n", addr4("s2"), port, step.two))
		})
		s.equal(fmt.Sprint(step.one, " to ", step.two), visits(), step.want)
		for _, f := range flows {
			if server := s.asks(f); server != had[fmt.Sprint(f.port)] {
				s.Errorf("a connection with %s is one with %s after a reload", had[fmt.Sprint(f.port)], server)
			}
		}
	}
}

// quorum has one server of two fail: the sorry server takes all, until it is back.
func quorum(s *scene) {
	port := s.port()
	check := "TCP_CHECK {\n      connect_timeout 10\n    }"
	s.listen("s1", "tcp", direct4, port)
	s.listen("s1", "tcp", addr4("s1"), port)
	s.listen("s2", "tcp", direct4, port)
	checked := s.listen("s2", "tcp", addr4("s2"), port)
	s.listen("s3", "tcp", direct4, port)
	s.start(service(direct4, port, fmt.Sprintf("protocol TCP\n  lb_algo rr\n  lb_kind DR\n  delay_loop 1\n  quorum 2\n"+
		"  sorry_server %s %d", addr4("s3"), port), real{"s1", check}, real{"s2", check}))
	visits := func() tally { return s.visit(6, "tcp", "192.168.1.10", direct4, port) }
	has := func(names ...string) {
		s.Helper()
		s.table(fmt.Sprint(names), func(table string) bool {
			for _, name := range []string{"s1", "s2", "s3"} {
				if strings.Contains(table, fmt.Sprintf("-r %s:%d ", addr4(name), port)) != slices.Contains(names, name) {
					return false
				}
			}
			return true
		})
	}
	s.equal("with a quorum", visits(), tally{"s1": 3, "s2": 3})
	checked.close()
	has("s3")
	s.equal("without a quorum", visits(), tally{"s3": 6})
	s.listen("s2", "tcp", addr4("s2"), port)
	has("s1", "s2")
	s.equal("with a quorum again", visits(), tally{"s1": 3, "s2": 3})
}

// timeouts is the time after which IPVS forgets datagrams.
func timeouts(udp int) string { return fmt.Sprintf("global_defs {\n  lvs_timeouts udp %d\n}\n", udp) }

// reloadTimeouts has the time of datagrams changed.
func (s *scene) reloadTimeouts(udp int, rest string) {
	s.Helper()
	s.reload(timeouts(udp) + rest)
	s.must(lab.Eventually(soon, "the timeout", func() (bool, string) {
		out, err := s.daemons[0].Run("ipvsadm", "-L", "--timeout")
		s.must(err)
		return strings.HasSuffix(strings.TrimSpace(out), fmt.Sprint(" ", udp)), out
	}))
}

// thresholds keep new flows from a server that has uthreshold of them, until it has fewer than lthreshold.
func thresholds(s *scene) {
	port := s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "udp", direct4, port)
	}
	conf := service(direct4, port, "protocol UDP\n  lb_algo rr\n  lb_kind DR", real{"s1", "uthreshold 3\n    lthreshold 2"}, real{"s2", ""})
	s.start(timeouts(300) + conf)
	var full []*flow // those of s1
	begin := func(n int) tally {
		got := tally{}
		for range n {
			f := s.open("udp", "192.168.1.10", direct4, port)
			server := s.asks(f)
			if got[server]++; server == "s1" {
				full = append(full, f)
			}
		}
		return got
	}
	s.equal("up to the threshold", begin(6), tally{"s1": 3, "s2": 3})
	s.equal("above", begin(4), tally{"s2": 4})
	for _, step := range []struct {
		what string
		want tally
	}{{"not below the lower threshold", tally{"s2": 2}}, {"below it", tally{"s1": 1, "s2": 1}}} {
		s.reloadTimeouts(1, conf)
		end := full[0]
		full = full[1:]
		if server := s.asks(end); server != "s1" {
			s.Fatalf("a flow of s1 is one of %s", server)
		}
		s.forgotten(s.daemons[0], "a flow", func(line string) bool { return strings.Contains(line, fmt.Sprintf(":%d ", end.port)) })
		s.reloadTimeouts(300, conf)
		s.equal(step.what, begin(2), step.want)
	}
	s.counted(s.daemons[0], direct4, port, tally{"s1": 4, "s2": 10})
}

// onePacket schedules each datagram of a flow by itself with ops, and without it all like the first.
func onePacket(s *scene) {
	each, first := s.port(), s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "udp", direct4, each)
		s.listen(name, "udp", direct4, first)
	}
	common := "protocol UDP\n  lb_algo rr\n  lb_kind DR\n"
	s.start(service(direct4, each, common+"  ops", real{"s1", ""}, real{"s2", ""}) +
		service(direct4, first, common, real{"s1", ""}, real{"s2", ""}))
	flow := func(port int) tally {
		got := tally{}
		f := s.open("udp", "192.168.1.10", direct4, port)
		for range 10 {
			got[s.asks(f)]++
		}
		return got
	}
	s.equal("datagrams of a flow with ops", flow(each), tally{"s1": 5, "s2": 5})
	s.counted(s.daemons[0], direct4, each, tally{"s1": 5, "s2": 5})
	one, two := flow(first), flow(first)
	if len(one) != 1 || len(two) != 1 || one["s1"] != two["s2"] {
		s.Errorf("two flows without ops: %v and %v", one, two)
	}
}

// persistence keeps a client with its server, and clients of the same network with it, in both families.
func persistence(s *scene) {
	port, plain := s.port(), s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "tcp", direct4, port)
		s.listen(name, "tcp", direct6, port)
		s.listen(name, "tcp", direct4, plain)
	}
	common := "protocol TCP\n  lb_algo rr\n  lb_kind DR\n"
	s.start(service(direct4, port, common+"  persistence_timeout 600\n  persistence_granularity 255.255.255.240",
		real{"s1", ""}, real{"s2", ""}) +
		service(direct6, port, common+"  persistence_timeout 600\n  persistence_granularity 124", real{"s1", ""}, real{"s2", ""}) +
		service(direct4, plain, common, real{"s1", ""}, real{"s2", ""}))
	s.equal("without persistence", s.visit(4, "tcp", "192.168.1.10", direct4, plain), tally{"s1": 2, "s2": 2})
	for _, family := range []struct{ vip, client, neighbour, stranger string }{
		{direct4, "192.168.1.10", "192.168.1.11", "192.168.1.200"},
		{direct6, "fd00:1::10", "fd00:1::11", "fd00:1::200"},
	} {
		first := s.visit(3, "tcp", family.client, family.vip, port)
		if len(first) != 1 {
			s.Fatalf("a client had %v", first)
		}
		other := tally{"s2": 3}
		if first["s2"] > 0 {
			other = tally{"s1": 3}
		}
		s.equal("a client of the same network", s.visit(3, "tcp", family.neighbour, family.vip, port), first)
		s.equal("one of another network", s.visit(3, "tcp", family.stranger, family.vip, port), other)
		s.equal("the first one again", s.visit(3, "tcp", family.client, family.vip, port), first)
		both := tally{"s1": 9, "s2": 3}
		if first["s2"] > 0 {
			both = tally{"s1": 3, "s2": 9}
		}
		s.counted(s.daemons[0], family.vip, port, both)
	}
}

// endOfPersistence: who comes again when the time is over is a new client, whose turn it is to go to the other server.
func endOfPersistence(s *scene) {
	port := s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "udp", direct4, port)
	}
	s.start(timeouts(1) + service(direct4, port, "protocol UDP\n  lb_algo rr\n  lb_kind DR\n  persistence_timeout 2",
		real{"s1", ""}, real{"s2", ""}))
	last := ""
	for range 3 {
		f := s.open("udp", "192.168.1.10", direct4, port)
		server := s.asks(f)
		if server == last {
			s.Errorf("%s has the client again", server)
		}
		last = server
		s.forgotten(s.daemons[0], "the client", func(line string) bool { return strings.Contains(line, fmt.Sprintf("%s:%d ", direct4, port)) })
	}
}

// invite is a SIP request.
func invite(call string) string {
	return strings.ReplaceAll(fmt.Sprintf(`INVITE sip:bob@example.org SIP/2.0
Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK776asdhds
Max-Forwards: 70
To: Bob <sip:bob@example.org>
From: Alice <sip:alice@example.org>;tag=1928301774
Call-ID: %s
CSeq: 314159 INVITE
Contact: <sip:alice@192.168.1.10>
Content-Length: 0

`, call), "\n", "\r\n")
}

// sip has calls, each with a server: from whatever port, and from other clients of the same network. Without the engine it
// is the client who counts.
func sip(s *scene) {
	calls, plain := s.port(), s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "udp", direct4, calls)
		s.listen(name, "udp", direct4, plain)
	}
	common := "protocol UDP\n  ops\n  lb_algo rr\n  lb_kind DR\n  persistence_timeout 600\n"
	s.start(service(direct4, calls, common+"  persistence_granularity 255.255.255.240\n  persistence_engine sip", real{"s1", ""}, real{"s2", ""}) +
		service(direct4, plain, common, real{"s1", ""}, real{"s2", ""}))
	had := func(from string, port int, calls ...int) (servers []string) {
		f := s.open("udp", from, direct4, port)
		for _, call := range calls {
			server, err := f.say(invite(fmt.Sprintf("call-%d@192.168.1.10", call)))
			s.must(err)
			servers = append(servers, server)
		}
		return servers
	}
	first := had("192.168.1.10", calls, 1, 2, 3, 4)
	if first[0] == first[1] || first[0] != first[2] || first[1] != first[3] {
		s.Errorf("calls of one client went to %v", first)
	}
	want := []string{first[2], first[0], first[3], first[1], first[0]}
	for _, from := range []string{"192.168.1.10", "192.168.1.11"} {
		if again := had(from, calls, 3, 1, 4, 2, 1); !slices.Equal(again, want) {
			s.Errorf("the same calls from another port of %s went to %v, want %v", from, again, want)
		}
	}
	one, two := had("192.168.1.10", plain, 1, 2, 3), had("192.168.1.200", plain, 1, 2, 3)
	if len(slices.Compact(one)) != 1 || len(slices.Compact(two)) != 1 || one[0] == two[0] {
		s.Errorf("without the engine two clients had %v and %v", one, two)
	}
}
