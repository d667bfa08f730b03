//go:build e2e

package anycast

import (
	"fmt"
	"syscall"
	"time"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

// directors are the scenarios of directors that die, come and go.
func directors() []scenario {
	all := []scenario{{"a director dies, one comes, one is stopped", streams, directorsGo}}
	if nightly() {
		all = append(all,
			scenario{"wlc", streams, func(s *scene) {
				p := plan()
				p.Service = "lb_algo wlc\n  @holdfast shared_clients\n  " + anycast.Announced
				s.compare("wlc, `sloppy_tcp`", p)
			}},
			scenario{"mh without sloppy_tcp", streams, func(s *scene) {
				p := plan()
				p.Service = "lb_algo mh\n  mh-port\n  mh-fallback\n  " + anycast.Announced
				s.compare("mh without `sloppy_tcp`", p)
			}},
			scenario{"a pair with a sync daemon", streams, pair},
		)
	}
	return all
}

// A kill is what became of streams when a director died.
type kill struct {
	had    int // streams of the director that died
	tally  anycast.Tally
	routed time.Duration // until the router knew
	flow   time.Duration // until every stream had answered or ended
}

// kill has the second of three directors die under streams.
func (s *scene) kill(ss anycast.Streams) kill {
	s.Helper()
	k := kill{had: len(s.by(1, ss))}
	if k.had < len(ss)/6 {
		s.must(fmt.Errorf("a director has %d of %d streams", k.had, len(ss)))
	}
	at := time.Now()
	s.must(s.Kill(1))
	done := make(chan anycast.Tally, 1)
	go func() { done <- ss.Ask(soon) }()
	k.routed = s.routed(0, 2).Sub(at)
	k.tally, k.flow = <-done, time.Since(at)
	if k.tally.Silent > 0 {
		s.must(fmt.Errorf("after %v: %+v", k.flow, k.tally))
	}
	return k
}

// directorsGo has one die, one come that knows nothing, and one be stopped.
func directorsGo(s *scene) {
	s.begin(plan(), 0, 1, 2)
	ss := s.open()
	k := s.kill(ss)
	whom := "holdfast, mh, router " + s.RouterName()
	if k.tally.Answered != len(ss) {
		s.must(fmt.Errorf("when a director died: %+v", k))
	}
	s.row("one of three directors is killed", whom, "%d of its %d streams live on; route gone after %s hold times, all flow after %s",
		k.had-k.tally.Ended, k.had, within(k.routed, anycast.Hold), within(k.flow, anycast.Hold))

	s.join(3)
	s.routed(0, 2, 3)
	s.live("one more director", ss)
	s.row("a director joins", whom, "it gets %d of %d streams that it has never heard of, all live on", len(s.by(3, ss)), len(ss))

	had := len(s.by(0, ss))
	told := time.Now()
	s.must(s.Directors[0].Proc.Signal(syscall.SIGTERM))
	gone := s.routed(2, 3)
	s.live("a director is stopped", ss)
	_, _, err := s.Directors[0].Proc.Wait(told, soon)
	s.must(err)
	s.row("a director is stopped", whom, "all of its %d streams live on; route gone after %d ms, before the daemon", had, gone.Sub(told).Milliseconds())
}

// detected has a director die that BFD watches.
func detected(s *scene) {
	p := plan()
	p.BFD = true
	s.begin(p, 0, 1, 2)
	s.must(s.Watched(0, 1, 2))
	k := s.kill(s.open())
	if k.tally.Ended > 0 || k.routed > anycast.Hold/2 {
		s.must(fmt.Errorf("when a director died: %+v", k))
	}
	s.row("one of three directors is killed", "holdfast, mh, router "+s.RouterName()+", BFD", "all of its %d streams live on; route gone after "+
		"%s intervals of %v, all flow after %s", k.had, within(k.routed, anycast.BFD), anycast.BFD, within(k.flow, anycast.BFD))
}

// compare has directors that do not agree lose streams: all those of the dead one, or most.
func (s *scene) compare(whom string, p anycast.Plan) {
	s.begin(p, 0, 1, 2)
	ss := s.open()
	k := s.kill(ss)
	if k.tally.Ended < k.had/2 || k.tally.Ended > k.had {
		s.must(fmt.Errorf("when a director died: %+v", k))
	}
	s.row("one of three directors is killed", whom, "%d of its %d streams live on", k.had-k.tally.Ended, k.had)
}

// pair is what most have: VRRP, wlc, and a sync daemon that tells the other one of connections.
func pair(s *scene) {
	p := plan()
	p.Silent, p.Options, p.Service = true, nil, "lb_algo wlc"
	p.Before = fmt.Sprintf(`global_defs {
  lvs_sync_daemon eth0 VI_1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    %v/32
  }
}
`, anycast.VIP)
	s.must(s.Prepare(p, servers))
	_, err := s.Router.Run("ip", "route", "replace", anycast.VIP.String(), "dev", "eth0")
	s.must(err)
	s.must(s.Start(0))
	s.has(0)
	s.join(1)
	s.tables("all servers", hasAll, 0)
	ss := s.open()
	// What the kernel tells of a connection it tells in its own time: streams that speak are told of.
	for range 5 {
		s.live("by the master", ss)
	}
	told := len(s.by(1, ss))
	at := time.Now()
	s.must(s.Kill(0))
	s.has(1)
	over := time.Since(at)
	t := ss.Ask(soon)
	flow := time.Since(at)
	if t.Silent > 0 || t.Answered == 0 {
		s.must(fmt.Errorf("by the new master: %+v, and it knew %d", t, told))
	}
	s.row("the master of a pair is killed", "VRRP, wlc, sync daemon", "%d of all %d streams live on (the other knew %d); takeover after %s adverts, all flow after %s",
		t.Answered, len(ss), told, within(over, time.Second), within(flow, time.Second))
}

// has waits until a director has the address.
func (s *scene) has(director int) {
	s.Helper()
	d := s.Directors[director]
	s.must(lab.Eventually(soon, anycast.VIP.String()+" on "+d.Name, func() (bool, string) {
		n, err := d.CountAddr("eth0", anycast.VIP)
		return err == nil && n == 1, fmt.Sprint(n, err)
	}))
}
