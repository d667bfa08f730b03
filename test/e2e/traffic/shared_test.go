//go:build e2e

package traffic

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// shared is the address of services whose clients come by any director: a route leads to it.
var shared = []string{"10.100.0.1", "fd00:100::1"}

// TestShared has streams of a client go on by another director, which has never heard of them: with mh and shared_clients
// all do, and without either none, or not all.
func TestShared(t *testing.T) {
	inGuest(t, func() {
		play(t, lab.Program(), 2, []scenario{
			{"by another director", goOn}, {"by several paths", paths},
			{"without shared_clients", func(s *scene) { s.end("lb_algo mh\n  mh-port\n  mh-fallback", 6) }},
			{"wlc", func(s *scene) { s.end("lb_algo wlc", 6) }},
			{"wlc with shared_clients", func(s *scene) { s.end("lb_algo wlc\n  @holdfast shared_clients", 1) }},
		})
		// It does not read the line.
		play(t, keepalived, 2, []scenario{{"keepalived", func(s *scene) { s.end(agreed, 6) }}})
	})
}

// agreed are the words of a service that directors agree on.
const agreed = "lb_algo mh\n  mh-port\n  mh-fallback\n  @holdfast shared_clients"

// share has the servers serve both addresses, and the directors run a file with these words. Every server answers at all of its
// addresses; the listeners are by server.
func (s *scene) share(port int, words, check string) map[string]*listener {
	s.Helper()
	all := map[string]*listener{}
	for name := range s.servers {
		all[name] = s.listen(name, "tcp", "::", port)
	}
	var conf strings.Builder
	for _, vip := range shared {
		conf.WriteString(service(vip, port, "protocol TCP\n  lb_kind DR\n  delay_loop 1\n  "+words, real{"s1", check},
			real{"s2", check}, real{"s3", check}))
	}
	for _, d := range s.directors {
		s.ip(d, virtual(shared[0], "lo"), virtual(shared[1], "lo"))
	}
	for _, h := range s.servers {
		s.ip(h, virtual(shared[0], "lo"), virtual(shared[1], "lo"))
	}
	s.start(conf.String())
	return all
}

// route has the client's packets for shared services go by these directors, each flow by one.
func (s *scene) route(directors ...int) {
	s.Helper()
	four, six := "route replace "+shared[0], "route replace "+shared[1]
	for _, d := range directors {
		four += fmt.Sprintf(" nexthop via 192.168.1.%d dev eth0", 151+d)
		six += fmt.Sprintf(" nexthop via fd00:1::%d dev eth0", 151+d)
	}
	s.ip(s.client, four, six)
}

// A stream is a flow that lasts, and who it is with.
type stream struct {
	*flow
	vip, server string
}

// streams opens n in each family.
func (s *scene) streams(n, port int) (all []stream) {
	s.Helper()
	for i, vip := range shared {
		for range n {
			f := s.open("tcp", []string{"192.168.1.10", "fd00:1::10"}[i], vip, port)
			all = append(all, stream{f, vip, s.asks(f)})
		}
	}
	return all
}

// lives fails unless all go on.
func (s *scene) lives(what string, all []stream) {
	s.Helper()
	for _, f := range all {
		if server, err := f.ask(); err != nil || server != f.server {
			s.must(fmt.Errorf("%s: a stream from port %d to %s with %s: %q, %v", what, f.port, f.vip, f.server, server, err))
		}
	}
}

// goOn has a server die, and the others' streams go on by the second director.
func goOn(s *scene) {
	port := s.port()
	s.route(0)
	servers := s.share(port, agreed, "TCP_CHECK {\n      connect_timeout 10\n    }")
	weighs := func(weight int) {
		s.Helper()
		s.table(fmt.Sprint("s2 with weight ", weight), func(table string) bool {
			return strings.Count(table, fmt.Sprintf(" -r %s:%d -g -w %d\n", addr4("s2"), port, weight)) == 1 &&
				strings.Count(table, fmt.Sprintf(" -r [%s]:%d -g -w %d\n", addr6("s2"), port, weight)) == 1
		})
	}
	all := s.streams(8, port)
	servers["s2"].close()
	weighs(0)
	living := slices.DeleteFunc(slices.Clone(all), func(f stream) bool { return f.server == "s2" })
	with := map[string]tally{shared[0]: {}, shared[1]: {}}
	for _, f := range living {
		with[f.vip][f.server]++
	}
	for vip, had := range with {
		if len(living) == len(all) || len(had) != 2 {
			s.Fatalf("streams to %s are with %v", vip, had)
		}
	}
	s.lives("by the first director", living)
	s.forgotten(s.daemons[1], "the streams, unknown before,", func(line string) bool { return strings.Contains(line, "ESTABLISHED") })
	s.route(1)
	s.lives("by the second director", living)
	s.allCounted(s.daemons[1], map[string]tally{endpoint(shared[0], port): with[shared[0]], endpoint(shared[1], port): with[shared[1]]})
	s.listen("s2", "tcp", "::", port)
	weighs(1)
	s.lives("when the server is back", living)
	s.route(0)
	s.lives("by the first director again", living)
}

// paths has streams by both directors, and then by one and the other.
func paths(s *scene) {
	port := s.port()
	for _, family := range []string{"ipv4", "ipv6"} {
		// By ports too.
		s.must(s.client.Sysctl("net/"+family+"/fib_multipath_hash_policy", "1"))
	}
	s.route(0, 1)
	s.share(port, agreed, "")
	all := s.streams(8, port)
	s.lives("by both", all)
	s.route(0)
	s.lives("by the first director", all)
	s.route(1)
	s.lives("by the second director", all)
	s.route(1, 0)
	s.lives("by both again", all)
}

// end has streams by one director come by the other, and at least so many of six end. New ones are served.
func (s *scene) end(words string, least int) {
	port := s.port()
	s.route(0)
	s.share(port, words, "")
	all := s.streams(3, port)
	s.lives("by the first director", all)
	s.route(1)
	lost := 0
	// The last one first: both directors begin with the same server.
	for _, f := range slices.Backward(all) {
		_, err := f.ask()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.must(err)
		}
		if err != nil {
			lost++
		}
	}
	if lost < least {
		s.must(fmt.Errorf("%d of %d streams ended, want %d at least", lost, len(all), least))
	}
	s.streams(3, port)
}
