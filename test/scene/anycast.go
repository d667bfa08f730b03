package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

// The scene with more than two directors.
const (
	fleetDirectors = 4 // three at first
	fleetServers   = 6
	fleetStreams   = 300
	fleetWait      = 2 * time.Minute
)

// A fleet is the network of that scene, and the client's streams.
type fleet struct {
	*timeline
	*anycast.World
	streams anycast.Streams
}

// playAnycast plays several directors that have one address, one step on top of the other.
func playAnycast(o options, dir string, tl *timeline) (err error) {
	w, err := anycast.New(dir, anycast.Options{Directors: fleetDirectors, Servers: fleetServers})
	if err != nil {
		return err
	}
	f := &fleet{timeline: tl, World: w}
	defer func() { err = errors.Join(err, w.End(), w.Close()) }()
	tl.say("client 172.16.0.10 - router - directors d1 to d4 (192.168.1.151 to .154), servers s1 to s6\n"+
		"(.201 to .206); the service is %v, which all directors have; nobody speaks VRRP here.\n"+
		"Each director: %s, and BIRD, which tells the router by BGP what holdfast announces.", anycast.VIP, o.director[0])
	if err := w.Prepare(anycast.Plan{Program: o.director[0], Options: []string{"-C"},
		Service: anycast.Agreed + "\n  " + anycast.Announced}, fleetServers); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"Three directors start", f.begin},
		{"The client opens 300 streams", f.open},
		{"Director 2 dies", f.dies},
		{"Director 4 joins", f.joins},
		{"A server dies and comes back", f.serverDies},
		{"Director 1 is stopped", f.stops},
	} {
		tl.heading(s.name)
		began := time.Now()
		if err := s.do(); err != nil {
			tl.failed(err)
			return err
		}
		tl.say("done in %s", ms(time.Since(began)))
	}
	return nil
}

// start starts directors and waits for their routes.
func (f *fleet) start(routed []int, directors ...int) error {
	began := time.Now()
	if err := f.Start(directors...); err != nil {
		return err
	}
	at, err := f.Routed(routed...)
	if err != nil {
		return err
	}
	f.held("checks have run, so the address is announced: %s after the start the router has", ms(at.Sub(began)))
	return f.showRoute()
}

// showRoute prints the router's route.
func (f *fleet) showRoute() error {
	out, err := f.Router.Run("ip", "route", "show", anycast.VIP.String())
	if err == nil {
		f.say("%s", strings.TrimSpace(out))
	}
	return err
}

func (f *fleet) begin() error { return f.start([]int{0, 1, 2}, 0, 1, 2) }

func (f *fleet) open() (err error) {
	if f.streams, err = f.Open(fleetStreams); err != nil {
		return err
	}
	f.held("each has its answer; by servers: %s", f.spread())
	return f.byDirector(0, 1, 2)
}

func (f *fleet) spread() string {
	has := f.streams.Spread()
	var words []string
	for i := range fleetServers {
		name := fmt.Sprint("s", i+1)
		words = append(words, fmt.Sprintf("%s %d", name, has[name]))
	}
	return strings.Join(words, ", ")
}

// byDirector tells how many streams each director has seen.
func (f *fleet) byDirector(directors ...int) error {
	var words []string
	for _, i := range directors {
		by, err := f.By(i, f.streams)
		if err != nil {
			return err
		}
		words = append(words, fmt.Sprintf("d%d %d", i+1, len(by)))
	}
	f.say("streams that each director knows: %s", strings.Join(words, ", "))
	return nil
}

// live has all streams ask, and fails unless all get their answer from the server that they are with.
func (f *fleet) live(ss anycast.Streams) error {
	if t := ss.Ask(fleetWait); t.Answered != len(ss) {
		return fmt.Errorf("of %d streams %d ended and %d are silent", len(ss), t.Ended, t.Silent)
	}
	return nil
}

func (f *fleet) dies() error {
	its, err := f.By(1, f.streams)
	if err != nil {
		return err
	}
	killed := time.Now()
	if err := f.Kill(1); err != nil {
		return err
	}
	f.say("d2: SIGKILL to holdfast and BIRD, cable cut; %d streams were its. The router does not know yet", len(its))
	at, err := f.Routed(0, 2)
	if err != nil {
		return err
	}
	f.held("the hold time of BGP (%v) is over: after %s the router sends nothing to d2 any more", anycast.Hold,
		ms(at.Sub(killed)))
	if err := f.live(f.streams); err != nil {
		return err
	}
	f.held("all %d streams live on, those of d2 by directors that had never heard of them", len(f.streams))
	return f.byDirector(0, 2)
}

func (f *fleet) joins() error {
	if err := f.start([]int{0, 2, 3}, 3); err != nil {
		return err
	}
	if err := f.live(f.streams); err != nil {
		return err
	}
	f.held("all %d streams live on", len(f.streams))
	return f.byDirector(0, 2, 3)
}

func (f *fleet) serverDies() error {
	own, others := f.streams.With("s3")
	f.Servers[2].Shut()
	weighs := func(weight int) error {
		for _, i := range []int{0, 2, 3} {
			d := f.Directors[i]
			if err := lab.Eventually(fleetWait, "the table of "+d.Name, func() (bool, string) {
				out, err := d.IPVSSave()
				return err == nil && strings.Contains(out, ".203:") && strings.Count(out, " -w 0\n") == 1-weight, out
			}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := weighs(0); err != nil {
		return err
	}
	f.say("s3 refuses connections: weight 0 on all directors, so that it keeps its slots in the table of mh")
	if t := own.Ask(fleetWait); t.Ended != len(own) {
		return fmt.Errorf("of %d streams with s3 only %d ended", len(own), t.Ended)
	}
	if err := f.live(others); err != nil {
		return err
	}
	f.held("its %d streams have ended, all %d others live on", len(own), len(others))
	if err := errors.Join(f.Serve(2), weighs(1)); err != nil {
		return err
	}
	f.streams = others
	if err := f.live(others); err != nil {
		return err
	}
	f.held("s3 is back in all tables, and took nothing from others")
	return nil
}

func (f *fleet) stops() error {
	d := f.Directors[0]
	told := time.Now()
	if err := d.Proc.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	at, err := f.Routed(2, 3)
	if err != nil {
		return err
	}
	f.held("SIGTERM; it withdraws the address first, and serves for a second more: route gone after %s", ms(at.Sub(told)))
	if err := f.live(f.streams); err != nil {
		return err
	}
	if _, took, err := d.Proc.Wait(told, fleetWait); err != nil {
		return err
	} else {
		f.held("it ended after %s; all %d streams live on", ms(took), len(f.streams))
	}
	return f.byDirector(2, 3)
}
