//go:build e2e

package bgp

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/test/lab"
)

// The daemon as a whole, in a kernel with IPVS: what is announced follows its checks, and what becomes of its processes.
func TestDaemon(t *testing.T) {
	if !lab.InGuest() {
		t.Parallel()
		lab.Judge(t, func(t *lab.Trial) { lab.Guest{}.Test(t) })
		return
	}
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		const interval = time.Second
		s.birdWithBFD(interval)
		p := usualPlan()
		p.stranger, p.options = s.stranger(), []string{"-d"}
		p.follow(interval)
		d := s.daemon(p)
		server := s.serve()
		_, err := d.WaitLog(0, "BGP session with 10.0.0.1 is established", soon)
		s.must(err)
		s.routed("with a server", vips[0], vips[2])
		mark := d.Proc.LogSize()
		s.must(server.Close())
		_, err = d.WaitLog(mark, "Withdrawing "+vips[0]+" by BGP", soon)
		s.must(err)
		s.routed("without a server")
		s.serve()
		s.routed("it is back", vips[0], vips[2])
		ask := func(words ...string) string { return s.ask(d, words...) }
		if out := ask("why", vip(0)+":80"); !strings.Contains(out, vips[0]+" by BGP is announced for ") {
			s.Errorf("why:\n%s", out)
		}
		if out := ask("status"); !strings.Contains(strings.Join(strings.Fields(out), " "), "10.0.0.1 65000 established") {
			s.Errorf("status:\n%s", out)
		}
		if out := ask("events"); !strings.Contains(out, "BGP session with 10.0.0.1 is established") {
			s.Errorf("events:\n%s", out)
		}
		s.untold(d)
		s.cut(d)
		// A director that is drained tells its routes to be the last choice, then withdraws them; the session stays.
		mark = d.Proc.LogSize()
		ask("director", "drain")
		s.leaving()
		s.routed("drained")
		ask("director", "undrain")
		s.routed("not any more", vips[0], vips[2])
		if log := d.Proc.LogSince(mark); strings.Contains(log, "is lost") || strings.Contains(s.heard(vips[0]), "(65535,0)") {
			s.Errorf("heard:\n%s%s", s.heard(vips[0]), log)
		}
		// The checker dies: nobody looks at servers any more, until another one does.
		pid, err := d.RolePid("checkers")
		s.must(err)
		mark = d.Proc.LogSize()
		s.must(syscall.Kill(pid, syscall.SIGKILL))
		_, err = d.WaitLog(mark, "BGP session with 10.0.0.1 is established", soon)
		s.must(err)
		s.routed("of the next checker", vips[0], vips[2])
		since := time.Now()
		s.must(d.Proc.Signal(syscall.SIGTERM))
		s.leaving()
		_, _, err = d.Proc.Wait(since, soon)
		s.must(err)
		s.routed("at the end")
	})
}

// secret is the password of a neighbour, and secretFile where it is.
const secret, secretFile = "do-not-tell-8471", "bgp.password"

// stranger is a neighbour with a password that nobody is.
func (s *street) stranger() string {
	s.Helper()
	file, err := s.director.WriteFile(secretFile, secret+"\n")
	s.must(err)
	s.must(os.Chmod(file, 0o600))
	return "neighbor 10.0.0.99 {\nremote_as 65099\nconnect_retry 2\npassword_file " + file + "\n}\n"
}

// untold fails if the password is in anything that the daemon writes or tells, where the neighbour is.
func (s *street) untold(d *lab.Director) {
	s.Helper()
	said := map[string]string{"the log with -d": d.Logs()}
	for _, words := range [][]string{{"status"}, {"status", "-o", "json"}, {"why", "10.0.0.99"}} {
		said[strings.Join(words, " ")] = s.ask(d, words...)
	}
	for _, path := range []string{"/v1/config", "/v1/state", "/v1/warnings"} {
		var answer json.RawMessage
		_, err := api.Client{Path: d.Dir + "/holdfast_parent.sock"}.Get(path, &answer)
		s.must(err)
		said[path] = string(answer)
	}
	s.must(d.Proc.Signal(syscall.SIGUSR1))
	dump := filepath.Join(d.Dir, "keepalived_check.data")
	s.must(lab.Eventually(soon, dump, func() (bool, string) {
		b, err := os.ReadFile(dump)
		said[dump] = string(b)
		return err == nil && strings.Contains(said[dump], "Neighbor = 10.0.0.99"), fmt.Sprint(err)
	}))
	for where, text := range said {
		if !strings.Contains(text, "10.0.0.99") || strings.Contains(text, secret) {
			s.Errorf("%s has the password, or not the neighbour:\n%s", where, text)
		}
	}
	for _, where := range []string{"the log with -d", "/v1/config"} {
		if !strings.Contains(said[where], secretFile) {
			s.Errorf("%s does not say where the password is", where)
		}
	}
}

func vip(n int) string {
	addr, _, _ := strings.Cut(vips[n], "/")
	return addr
}

// leaving waits until the router hears that a route is about to go.
func (s *street) leaving() {
	s.Helper()
	s.must(lab.Eventually(soon, "the community", func() (bool, string) {
		text := s.heard(vips[0])
		return strings.Contains(text, "(65535,0)"), text
	}))
}

// serve has a server on the router's host.
func (s *street) serve() net.Listener {
	s.Helper()
	var l net.Listener
	s.must(s.router.Do(func() (err error) {
		l, err = net.Listen("tcp", "[::]:80")
		return err
	}))
	s.Cleanup(func() { _ = l.Close() }) // it may be closed
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return l
}

// A plan is what a daemon has that announces two services, whose only server is on the router's host.
type plan struct {
	neighbors [2]string // lines of the neighbours
	service   string    // lines of both services
	check     string    // that of their servers
	stranger  string    // a neighbour that nobody is
	more      string    // at the root
	options   []string  // of the command line
}

// usualPlan checks once a second whether there is a listener.
func usualPlan() plan {
	return plan{neighbors: [2]string{"connect_retry 2", "connect_retry 2"},
		service: "delay_loop 1\nretry 1\ndelay_before_retry 1\n@holdfast announce_hold 1",
		check:   "TCP_CHECK {\nconnect_timeout 2\n}"}
}

// follow has both neighbours followed by BFD, and a hold time that is of no use.
func (p *plan) follow(interval time.Duration) {
	for i, name := range followed {
		p.neighbors[i] += "\nhold_time 90\nbfd " + name
		limit := ""
		if routers[i].Is6() {
			limit = "hoplimit 255\n" // RFC 5881, which routers follow to the letter
		}
		ms := interval.Milliseconds()
		p.more += fmt.Sprintf("bfd_instance %s {\nneighbor_ip %v\nmin_rx %d\nmin_tx %d\nmultiplier %d\n%s}\n", name, routers[i],
			ms, ms, misses, limit)
	}
}

// cut has nothing come through for a while.
func (s *street) cut(d *lab.Director) {
	s.Helper()
	way := func(state string) {
		s.Helper()
		for i, name := range followed {
			s.must(lab.Eventually(soon, name+" "+state, func() (bool, string) {
				out := s.ask(d, "why", routers[i].String())
				return strings.Contains(out, fmt.Sprintf("it goes with the BFD session %s, which is %s\n", name, state)), out
			}))
		}
	}
	way("up")
	s.switchPort(false)
	way("down")
	s.routed("nothing comes through")
	if out := s.ask(d, "events", "--about", "neighbor"); !strings.Contains(out, "is lost: BFD session four is down") {
		s.Errorf("events:\n%s", out)
	}
	if out := s.ask(d, "status"); !strings.Contains(out, "BFD session six is down") {
		s.Errorf("status:\n%s", out)
	}
	s.switchPort(true)
	way("up")
	s.routed("it comes through again", vips[0], vips[2])
}

// String is the configuration.
func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "child_wait_time 20\n%s\n@holdfast bgp {\nlocal_as 65001\nrouter_id %v\nprogram %s\ngraceful_shutdown 3\n", p.more,
		own[0], program())
	for i, r := range routers {
		fmt.Fprintf(&b, "neighbor %v {\nremote_as 65000\n%s\n}\n", r, p.neighbors[i])
	}
	b.WriteString(p.stranger + "}\n")
	for i, n := range []int{0, 2} {
		fmt.Fprintf(&b, "virtual_server %s 80 {\nlb_algo mh\nlb_kind DR\nprotocol TCP\n@holdfast announce bgp\n%s\n"+
			"real_server %v 80 {\n%s\n}\n}\n", vip(n), p.service, routers[i], p.check)
	}
	return b.String()
}

// daemon runs the program on the director.
func (s *street) daemon(p plan) *lab.Director {
	s.Helper()
	d := lab.NewDirector(s.director, lab.Program())
	d.Options = p.options
	s.must(d.Configure(p.String()))
	s.must(d.Start())
	s.Witness(d.Proc.Log)
	s.Cleanup(func() {
		if s.Failed() {
			s.Log(d.Logs())
		}
		s.must(d.Proc.KillTree())
	})
	return d
}

// ask runs a command of the program that asks the daemon, and gives what it writes.
func (s *street) ask(d *lab.Director, words ...string) string {
	s.Helper()
	out, err := d.Run(lab.Program(), append(words, "-p", d.Dir+"/parent.pid")...)
	s.must(err)
	return out
}
