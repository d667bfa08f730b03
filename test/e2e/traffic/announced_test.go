//go:build e2e

package traffic

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/state"
	"holdfast/test/lab"
)

// TestAnnounced has three directors show shared addresses to routing daemons of their own while they can serve, BIRD and
// FRR, by an address and by a route; the client is the router that hears of them.
func TestAnnounced(t *testing.T) {
	inGuest(t, func() {
		play(t, lab.Program(), 3, []scenario{
			{"while they can serve", announceWhileFit}, {"directors go", directorsGo}, {"directors are drained", directorsDrained},
		})
	})
}

// routers are the ways in which directors show what they have: each speaks BGP with the client.
var routers = []struct {
	name, words string
	start       func(s *scene, d int) []*lab.Process
}{
	{"BIRD, addresses on lo", "@holdfast announce", func(s *scene, d int) []*lab.Process {
		return s.bird(s.directors[d], d, "protocol direct { ipv4; ipv6; interface \"lo\"; }\n"+s.peers(d))
	}},
	{"BIRD, routes in a table", "@holdfast announce table 100", func(s *scene, d int) []*lab.Process {
		s.run(s.directors[d], "modprobe", "tun")
		s.ip(s.directors[d], virtual(shared[0], "lo"), virtual(shared[1], "lo"))
		return s.bird(s.directors[d], d, "protocol kernel { learn; scan time 1; kernel table 100; ipv4 { import all; }; }\n"+
			"protocol kernel { learn; scan time 1; kernel table 100; ipv6 { import all; }; }\n"+s.peers(d))
	}},
	{"FRR, addresses on lo", "@holdfast announce dev lo", frr},
}

// only has a router pass one prefix on, with the metric that it has in the kernel.
func only(prefix string) string {
	return "if net != " + prefix + " then reject; if defined(krt_metric) then bgp_med = krt_metric; accept;"
}

// peers are the sessions of a director's BIRD with the client.
func (s *scene) peers(d int) string {
	return fmt.Sprintf("protocol bgp { local 192.168.1.%d as 65001; neighbor 192.168.1.10 as 65000; hold time 9; "+
		"connect retry time 1; connect delay time 1; error wait time 1, 2; ipv4 { import none; export filter { %s }; }; }\n"+
		"protocol bgp { local fd00:1::%d as 65001; neighbor fd00:1::10 as 65000; hold time 9; "+
		"connect retry time 1; connect delay time 1; error wait time 1, 2; ipv6 { import none; export filter { %s }; }; }\n",
		151+d, only(shared[0]+"/32"), 151+d, only(shared[1]+"/128"))
}

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
		fmt.Fprintf(&sessions, "protocol bgp { local 192.168.1.10 as 65000; neighbor 192.168.1.%d as 65001; passive; hold time 9; "+
			"ipv4 { import all; export none; }; }\nprotocol bgp { local fd00:1::10 as 65000; neighbor fd00:1::%d as 65001; "+
			"passive; hold time 9; ipv6 { import all; export none; }; }\n", 151+d, 151+d)
	}
	s.bird(s.client, 9, "protocol kernel { merge paths on; ipv4 { import none; export all; }; }\n"+
		"protocol kernel { merge paths on; ipv6 { import none; export all; }; }\n"+sessions.String())
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

// directorsDrained has each director drained under streams that never pause, stopped, started and put back. Nothing is
// lost; what is drained stays so over a reload, the death of the checker process and a restart.
func directorsDrained(s *scene) {
	port := s.port()
	s.announce(port)
	for d := range s.daemons {
		s.begin(d)
	}
	s.routed("all", 0, 1, 2)
	s.agree("at first", 0, 1, 2)
	all := s.streams(12, port)
	const drained = "this director is drained by root (0)"
	for d := range s.daemons {
		name := routers[d].name
		others := slices.Delete([]int{0, 1, 2}, d, d+1)
		talk := s.talk(all)
		s.told(d, 0, "director", "drain", "--wait", "--timeout", "90s")
		talk.end("while it was drained: " + name)
		s.routed("drained: "+name, others...)
		s.agree("drained", 0, 1, 2)
		if said := s.told(d, 0, "why", shared[0]); !strings.Contains(said, "is not announced: "+drained) {
			s.Errorf("%s: why does not tell:\n%s", name, said)
		}
		if said := s.told(d, 0, "status"); !strings.Contains(said, "director") || !strings.Contains(said, "drained by root (0)") {
			s.Errorf("%s: status does not tell:\n%s", name, said)
		}
		if d == 0 {
			s.keepsDrained(d, others)
		}
		talk = s.talk(all)
		since := time.Now()
		s.must(s.daemons[d].Proc.Signal(syscall.SIGTERM))
		_, _, err := s.daemons[d].Proc.Wait(since, soon)
		s.must(err)
		s.begin(d)
		s.agree("started again", 0, 1, 2)
		s.routed("started again, drained", others...)
		s.told(d, 0, "director", "undrain")
		s.routed("back: "+name, 0, 1, 2)
		talk.end("while it was stopped and came back: " + name)
		s.told(d, 1, "director", "undrain")
	}
}

// keepsDrained has a director that is drained read its file again, and its checker process die.
func (s *scene) keepsDrained(d int, others []int) {
	s.Helper()
	s.must(s.daemons[d].Reload())
	pid, err := s.daemons[d].RolePid("checkers")
	s.must(err)
	mark := s.daemons[d].Proc.LogSize()
	s.must(syscall.Kill(pid, syscall.SIGKILL))
	_, err = s.daemons[d].WaitLog(mark, "Activating healthchecker", soon)
	s.must(err)
	s.agree("after a reload and a death", 0, 1, 2)
	s.routed("after a reload and a death", others...)
}

// told is order to a director that ends with a status.
func (s *scene) told(director, want int, words ...string) string {
	s.Helper()
	got, said := s.orderAt(director, words...)
	if got != want {
		s.must(fmt.Errorf("holdfast %s at %d: status %d, want %d\n%s", strings.Join(words, " "), director, got, want, said))
	}
	return said
}

// agree waits until directors have the same hash of each table.
func (s *scene) agree(what string, directors ...int) {
	s.Helper()
	s.must(lab.Eventually(soon, what+": one table on all", func() (bool, string) {
		hashes := map[string]map[string]bool{}
		var text strings.Builder
		for _, d := range directors {
			status, said := s.orderAt(d, "status", "-o", "json")
			var a state.All
			if err := json.Unmarshal([]byte(said), &a); status != 0 || err != nil || len(a.Services) != len(shared) {
				return false, said
			}
			for _, v := range a.Services {
				if hashes[v.Name] == nil {
					hashes[v.Name] = map[string]bool{}
				}
				hashes[v.Name][v.TableHash] = true
				fmt.Fprintf(&text, "%d %s %q, %d of %d up\n", d, v.Name, v.TableHash, v.ServersUp, v.Servers)
			}
		}
		for _, of := range hashes {
			if len(of) != 1 || of[""] {
				return false, text.String()
			}
		}
		return true, ""
	}))
}

// A talk is streams on which requests go all the time.
type talk struct {
	s     *scene
	stop  chan struct{}
	ended chan error
}

func (s *scene) talk(all []stream) *talk {
	t := &talk{s, make(chan struct{}), make(chan error, 1)}
	go func() {
		for {
			for _, f := range all {
				if server, err := f.ask(); err != nil || server != f.server {
					t.ended <- fmt.Errorf("a stream from port %d to %s with %s: %q, %w", f.port, f.vip, f.server, server, err)
					return
				}
			}
			select {
			case <-t.stop:
				t.ended <- nil
				return
			case <-time.After(20 * time.Millisecond): // the guest has one processor for all of it
			}
		}
	}()
	return t
}

// end stops the requests and fails unless all had their answers.
func (t *talk) end(what string) {
	t.s.Helper()
	close(t.stop)
	if err := <-t.ended; err != nil {
		t.s.must(fmt.Errorf("%s: %w", what, err))
	}
}
