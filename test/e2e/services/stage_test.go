//go:build e2e && uml

package services

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// patience is how long anything may take.
const patience = 60 * time.Second

// A stage is a director, a host with all real servers, and one from which visitors come.
type stage struct {
	*lab.Trial
	d       *lab.Director
	visitor *lab.Host
	handle  *kernel.Handle
	beat    *lab.Metronome

	pairs, looks, still, counted, unjudged int
}

func newStage(t *lab.Trial) *stage {
	s := &stage{Trial: t, beat: lab.StartMetronome()}
	t.Cleanup(s.beat.Stop)
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	servers := s.host(lan, "servers", "10.70.0.2/16", "2001:db8:70::2/64")
	s.run(servers, "ip", "route", "add", "local", "10.60.0.0/24", "dev", "lo")
	s.run(servers, "ip", "-6", "route", "add", "local", "2001:db8:60::/112", "dev", "lo")
	var listen []netip.AddrPort
	for n := byte(1); !reload.Dead(netip.AddrFrom4([4]byte{10, 60, 0, n})); n++ {
		six := netip.MustParseAddr(fmt.Sprintf("2001:db8:60::%x", n))
		s.must(servers.AddAddr("eth0", netip.PrefixFrom(six, 128))) // to listen there takes more than a route
		listen = append(listen, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 60, 0, n}), 80), netip.AddrPortFrom(six, 80))
	}
	s.shop(servers, listen)
	s.visitor = s.host(lan, "visitor", "10.70.0.3/16")
	s.run(s.visitor, "ip", "route", "add", "10.40.0.0/15", "via", "10.70.0.1")
	director := s.host(lan, "director", "10.70.0.1/16", "2001:db8:70::1/64")
	s.run(director, "ip", "route", "add", "10.60.0.0/16", "via", "10.70.0.2")
	s.run(director, "ip", "-6", "route", "add", "2001:db8:60::/64", "via", "2001:db8:70::2")
	s.run(director, "ip", "route", "add", "local", "10.40.0.0/15", "dev", "lo")
	s.d = lab.NewDirector(director, lab.Program())
	s.handle = s.open(director)
	return s
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) host(lan *lab.LAN, name string, addrs ...string) *lab.Host {
	s.Helper()
	var list []netip.Prefix
	for _, a := range addrs {
		list = append(list, netip.MustParsePrefix(a))
	}
	h, err := lan.AddHost(name, list...)
	s.must(err)
	return h
}

func (s *stage) run(h *lab.Host, name string, args ...string) {
	s.Helper()
	if out, err := h.Run(name, args...); err != nil {
		s.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// open opens the table of a host.
func (s *stage) open(h *lab.Host) (handle *kernel.Handle) {
	s.Helper()
	s.must(h.Do(func() (err error) {
		handle, err = kernel.Open()
		return err
	}))
	s.Cleanup(func() { _ = handle.Close() }) // nothing is written with it
	return handle
}

func (s *stage) table() ipvs.Table {
	table, err := s.handle.Read()
	s.must(err)
	return table
}

// connections is how many each service has had.
func (s *stage) connections() map[ipvs.ServiceID]uint64 {
	list, err := s.handle.List()
	s.must(err)
	all := map[ipvs.ServiceID]uint64{}
	for _, l := range list {
		all[l.ID] = l.Counters.Connections
	}
	return all
}

// visit has somebody begin a connection to each virtual server of TCP over IPv4. Nobody need answer.
func (s *stage) visit(c *config.Config) {
	s.Helper()
	s.must(s.visitor.Do(func() error {
		for i := range c.VirtualServers {
			v := &c.VirtualServers[i]
			if v.Protocol != config.TCP || !v.Addr.Is4() {
				continue
			}
			// The error is that of a real server which has not the address: the table has counted it by then.
			conn, err := net.DialTimeout("tcp", netip.AddrPortFrom(v.Addr, v.Port).String(), 20*time.Millisecond)
			if err == nil {
				conn.Close()
			}
		}
		return nil
	}))
}

// watch looks at the table again and again, and gives the function that ends this and tells what was wrong with it.
func (s *stage) watch(wrong func(ipvs.Table) []string) func() []string {
	var wg sync.WaitGroup
	quit, looks := make(chan struct{}), 0
	var missed []string
	var failed error
	h := s.open(s.d.Host)
	wg.Go(func() {
		for {
			table, err := h.Read()
			if err != nil {
				failed = err
				return
			}
			looks++
			missed = append(missed, wrong(table)...)
			select {
			case <-quit:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() []string {
		close(quit)
		wg.Wait()
		s.must(failed)
		s.looks += looks
		return missed
	}
}

// lacks gives what of a table is not in another.
func lacks(want ipvs.Table) func(ipvs.Table) []string {
	return func(have ipvs.Table) []string { return missing(want, have) }
}

// missing is what of a table is not in another.
func missing(want, have ipvs.Table) (all []string) {
	for id, w := range want {
		h, there := have[id]
		if !there {
			all = append(all, id.String())
			continue
		}
		for d := range w.Dests {
			if _, in := h.Dests[d]; !in {
				all = append(all, id.String()+" -> "+id.DestName(d))
			}
		}
	}
	return all
}

// judge fails for what was not there once, unless this machine or the daemon had no time: then a check may have failed.
func (s *stage) judge(since time.Time, log, what string) {
	s.Helper()
	if s.beat.Busy(since) != "" || lab.Lateness(log) != "" {
		s.unjudged++
		return
	}
	s.Errorf("%s\n%s", what, log)
}
