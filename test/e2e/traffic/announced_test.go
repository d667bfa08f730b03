//go:build e2e

package traffic

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// TestAnnounced has three directors show shared addresses to routing daemons of their own while they can serve, BIRD and
// FRR, by an address and by a route; the client is the router that hears of them.
func TestAnnounced(t *testing.T) {
	inGuest(t, func() {
		play(t, lab.Program(), 3, []scenario{
			{"while they can serve", announceWhileFit}, {"directors go", directorsGo},
		})
	})
}

// routers are the ways in which directors show what they have: each speaks BGP with the client.
var routers = []struct {
	name, words string
	yields      bool // it can tell routers that others are better
	start       func(s *scene, d int) []*lab.Process
}{
	{"BIRD, addresses on lo", "@holdfast announce", false, func(s *scene, d int) []*lab.Process {
		return s.bird(s.directors[d], d, "protocol direct { ipv4; ipv6; interface \"lo\"; }\n"+s.peers(d))
	}},
	{"BIRD, routes in a table", "@holdfast announce table 100", true, func(s *scene, d int) []*lab.Process {
		s.run(s.directors[d], "modprobe", "tun")
		s.ip(s.directors[d], virtual(shared[0], "lo"), virtual(shared[1], "lo"))
		return s.bird(s.directors[d], d, "protocol kernel { learn; scan time 1; kernel table 100; ipv4 { import all; }; }\n"+
			"protocol kernel { learn; scan time 1; kernel table 100; ipv6 { import all; }; }\n"+s.peers(d))
	}},
	{"FRR, addresses on lo", "@holdfast announce dev lo", false, frr},
}

// only has a router pass one prefix on, and that others are better if its metric in the kernel says so.
func only(prefix string) string {
	return "if net != " + prefix + " then reject; if defined(krt_metric) && krt_metric = 10000 then bgp_med = 10000; accept;"
}

// peers are the sessions of a director's BIRD with the client.
func (s *scene) peers(d int) string {
	return fmt.Sprintf("protocol bgp { local 192.168.1.%d as 65001; neighbor 192.168.1.10 as 65000; hold time 9; "+
		"connect retry time 1; connect delay time 1; error wait time 1, 2; ipv4 { import none; export filter { %s }; }; }\n"+
		"protocol bgp { local fd00:1::%d as 65001; neighbor fd00:1::10 as 65000; hold time 9; "+
		"connect retry time 1; connect delay time 1; error wait time 1, 2; ipv6 { import none; export filter { %s }; }; }\n",
		151+d, only(shared[0]+"/32"), 151+d, only(shared[1]+"/128"))
}

// tells has the client's BIRD log that a director is the last choice.
const tells = "import filter { if defined(bgp_med) && bgp_med = 10000 then print \"last choice for \", net, \": \", from; accept; };"

// bird runs BIRD on a host.
func (s *scene) bird(h *lab.Host, id int, conf string) []*lab.Process {
	s.Helper()
	file, err := h.WriteFile("bird.conf", fmt.Sprintf("router id 192.0.2.%d;\nprotocol device { scan time 1; }\n%s", 1+id, conf))
	s.must(err)
	p, err := h.Start(fmt.Sprint("bird", len(s.daemons)), "bird", "-f", "-c", file, "-s", filepath.Join(h.Dir, "bird.ctl"))
	s.must(err)
	s.Cleanup(func() { s.must(p.KillTree()) })
	return []*lab.Process{p}
}

// frr runs zebra and bgpd on a director.
func frr(s *scene, d int) []*lab.Process {
	s.Helper()
	f, err := s.directors[d].StartFRR("bgpd", fmt.Sprintf(`router bgp 65001
 bgp router-id 192.0.2.%d
 no bgp ebgp-requires-policy
 bgp graceful-restart-disable
 timers bgp 3 9
 neighbor 192.168.1.10 remote-as 65000
 neighbor 192.168.1.10 timers connect 1
 neighbor fd00:1::10 remote-as 65000
 neighbor fd00:1::10 timers connect 1
 address-family ipv4 unicast
  redistribute connected route-map shared
  no neighbor fd00:1::10 activate
 exit-address-family
 address-family ipv6 unicast
  redistribute connected route-map shared6
  neighbor fd00:1::10 activate
 exit-address-family
ip prefix-list shared permit %s/32
ipv6 prefix-list shared6 permit %s/128
route-map shared permit 10
 match ip address prefix-list shared
 set origin igp
route-map shared6 permit 10
 match ipv6 address prefix-list shared6
 set origin igp
`, 1+d, shared[0], shared[1]))
	s.must(err)
	s.Cleanup(func() {
		if s.Failed() {
			s.Logf("FRR:\n%s", f.Daemon().Log())
		}
		s.must(f.Kill())
	})
	return f.Processes
}

// announce starts routing daemons and directors. What is shown is that of each way.
func (s *scene) announce(port int) (servers map[string]*listener, daemons [][]*lab.Process) {
	s.Helper()
	for _, family := range []string{"ipv4", "ipv6"} {
		s.must(s.client.Sysctl("net/"+family+"/fib_multipath_hash_policy", "1"))
	}
	var sessions strings.Builder
	for d := range s.directors {
		fmt.Fprintf(&sessions, "protocol bgp { local 192.168.1.10 as 65000; neighbor 192.168.1.%[1]d as 65001; passive; hold time 9; "+
			"ipv4 { %[2]s export none; }; }\nprotocol bgp { local fd00:1::10 as 65000; neighbor fd00:1::%[1]d as 65001; "+
			"passive; hold time 9; ipv6 { %[2]s export none; }; }\n", 151+d, tells)
	}
	s.router = s.bird(s.client, 9, "log stderr all;\nprotocol kernel { merge paths on; ipv4 { import none; export all; }; }\n"+
		"protocol kernel { merge paths on; ipv6 { import none; export all; }; }\n"+sessions.String())[0]
	servers = map[string]*listener{}
	for name, h := range s.servers {
		servers[name] = s.listen(name, "tcp", "::", port)
		s.ip(h, virtual(shared[0], "lo"), virtual(shared[1], "lo"))
	}
	check := "TCP_CHECK {\n      connect_timeout 2\n    }"
	for d, h := range s.directors {
		daemons = append(daemons, routers[d].start(s, d))
		var conf strings.Builder
		for _, vip := range shared {
			conf.WriteString(service(vip, port, "protocol TCP\n  lb_kind DR\n  delay_loop 1\n  retry 1\n  delay_before_retry 1\n  "+
				agreed+"\n  @holdfast announce_hold 2\n  "+routers[d].words, real{"s1", check}, real{"s2", check}, real{"s3", check}))
		}
		director := lab.NewDirector(h, s.program)
		director.Options = []string{"-C"}
		s.daemons = append(s.daemons, director)
		s.must(director.Configure(conf.String()))
	}
	return servers, daemons
}

func (s *scene) begin(d int) {
	s.Helper()
	s.must(s.daemons[d].Start())
	s.Witness(s.daemons[d].Proc.Log)
}

// routed waits until the client's packets for both addresses go by these directors and no others.
func (s *scene) routed(what string, directors ...int) {
	s.Helper()
	for i, vip := range shared {
		s.must(lab.Eventually(soon, fmt.Sprint(what, ": ", vip, " by directors ", directors), func() (bool, string) {
			out := s.run(s.client, "ip", []string{"-4", "-6"}[i], "route", "show", vip)
			n := 0
			for _, d := range directors {
				if strings.Contains(out, []string{fmt.Sprint("via 192.168.1.", 151+d, " "), fmt.Sprint("via fd00:1::", 151+d, " ")}[i]) {
					n++
				}
			}
			if n == len(directors) && strings.Count(out, "via ") == n {
				return true, ""
			}
			heard, err := s.client.Run("birdc", "-s", filepath.Join(s.client.Dir, "bird.ctl"), "show route for "+vip+" all")
			if err != nil {
				heard = err.Error()
			}
			return false, out + heard
		}))
	}
}

// announceWhileFit begins without servers, which come, go and come back.
func announceWhileFit(s *scene) {
	port := s.port()
	servers, _ := s.announce(port)
	for _, l := range servers {
		l.close()
	}
	for d := range s.daemons {
		s.begin(d)
	}
	s.table("no server", func(table string) bool {
		return strings.Count(table, " -w 0\n") == 6 || strings.Count(table, "-a ") == 0
	})
	s.routed("without servers")
	for name := range servers {
		servers[name] = s.listen(name, "tcp", "::", port)
	}
	s.routed("with servers", 0, 1, 2)
	all := s.streams(4, port)
	s.lives("by three", all)
	for _, l := range servers {
		l.close()
	}
	s.routed("all servers gone")
	for name := range servers {
		servers[name] = s.listen(name, "tcp", "::", port)
	}
	s.routed("back", 0, 1, 2)
}

// directorsGo has directors stop, be killed and come back. Streams go on.
func directorsGo(s *scene) {
	port := s.port()
	_, daemons := s.announce(port)
	for d := range s.daemons {
		s.begin(d)
	}
	s.routed("all", 0, 1, 2)
	all := s.streams(10, port)
	// A stop: the route goes before the table does, so that nobody is refused.
	since := time.Now()
	s.must(s.daemons[0].Proc.Signal(syscall.SIGTERM))
	s.routed("the first one is stopped", 1, 2)
	s.lives("without the first one", all)
	_, _, err := s.daemons[0].Proc.Wait(since, soon)
	s.must(err)
	// All of it at once: nobody is left who could take back what is shown, but the kernel.
	s.must(s.daemons[1].Proc.KillTree())
	s.routed("the second one was killed", 2)
	s.lives("without the second one", all)
	s.begin(0)
	s.begin(1)
	s.routed("both are back", 0, 1, 2)
	s.lives("by three again", all)
	// A director dies with its routing daemon.
	s.must(s.daemons[2].Proc.KillTree())
	for _, p := range daemons[2] {
		s.must(p.KillTree())
	}
	s.routed("the third one is dead", 0, 1)
	s.lives("without the third one", all)
	s.begin(2)
}
