//go:build e2e

package bgp

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

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
		s.bird("")
		d := s.daemon(usualPlan())
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
	more      string    // at the root
}

// usualPlan checks once a second whether there is a listener.
func usualPlan() plan {
	return plan{neighbors: [2]string{"connect_retry 2", "connect_retry 2"},
		service: "delay_loop 1\nretry 1\ndelay_before_retry 1\n@holdfast announce_hold 1",
		check:   "TCP_CHECK {\nconnect_timeout 2\n}"}
}

// String is the configuration.
func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "child_wait_time 20\n%s\n@holdfast bgp {\nlocal_as 65001\nrouter_id %v\nprogram %s\ngraceful_shutdown 3\n", p.more,
		own[0], program())
	for i, r := range routers {
		fmt.Fprintf(&b, "neighbor %v {\nremote_as 65000\n%s\n}\n", r, p.neighbors[i])
	}
	b.WriteString("}\n")
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
