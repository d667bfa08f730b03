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
		d := lab.NewDirector(s.director, lab.Program())
		s.must(d.Configure(daemonConf()))
		s.must(d.Start())
		t.Witness(d.Proc.Log)
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(d.Logs())
			}
			s.must(d.Proc.KillTree())
		})
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
		ask := func(words ...string) string {
			out, err := d.Run(lab.Program(), append(words, "-p", d.Dir+"/parent.pid")...)
			s.must(err)
			return out
		}
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

// daemonConf announces two services, whose only server is on the router's host.
func daemonConf() string {
	var b strings.Builder
	fmt.Fprintf(&b, "child_wait_time 20\n@holdfast bgp {\nlocal_as 65001\nrouter_id %v\nprogram %s\ngraceful_shutdown 3\n", own[0], program())
	for _, r := range routers {
		fmt.Fprintf(&b, "neighbor %v {\nremote_as 65000\nconnect_retry 2\n}\n", r)
	}
	b.WriteString("}\n")
	for i, n := range []int{0, 2} {
		fmt.Fprintf(&b, "virtual_server %s 80 {\nlb_algo mh\nlb_kind DR\nprotocol TCP\ndelay_loop 1\nretry 1\ndelay_before_retry 1\n"+
			"@holdfast announce bgp\n@holdfast announce_hold 1\nreal_server %v 80 {\nTCP_CHECK {\nconnect_timeout 2\n}\n}\n}\n",
			vip(n), routers[i])
	}
	return b.String()
}
