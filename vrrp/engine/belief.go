package engine

import (
	"fmt"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/linkstate"
	"holdfast/internal/netif"
)

// This file is when a link is up as far as the protocol is told: after a delay (interface_up_down_delays), by what a
// poll has found (linkbeat_interfaces, linkbeat_use_polling), or as the kernel says.

// believe takes the settings of a configuration, and asks those that are polled.
func (e *Engine) believe(cfg *config.Config) {
	used := e.usedInterfaces(cfg)
	for name := range e.reported {
		if !used[name] {
			e.host.beliefs.Gone(name) // what was believed will be old when it is used again
		}
	}
	beats := e.beatsOf(cfg, used)
	s := linkstate.Settings{Delays: map[string]linkstate.Delays{}, Polled: map[string]bool{}}
	for _, d := range cfg.LinkDelays {
		s.Delays[d.Interface] = linkstate.Delays{Down: d.Down, Up: d.Up}
	}
	// A virtual MAC interface loses its carrier with the one below, which is not believed for a while.
	for _, w := range e.vmacs.want {
		if d, is := s.Delays[w.Parent]; is {
			s.Delays[e.nameOf(w)] = d
		}
	}
	for _, b := range beats {
		s.Polled[b.Name] = true
	}
	for name := range used {
		e.seeNow(name)
	}
	e.host.beliefs.Configure(e.now, s)
	e.poll(beats)
}

// beatsOf are the links of a configuration that are polled.
func (e *Engine) beatsOf(cfg *config.Config, used map[string]bool) (list []netif.Beat) {
	add := func(b netif.Beat) {
		if l, ok := e.host.link(b.Name); ok && l.Virtual() {
			e.log.Info(fmt.Sprintf("(%s): linkbeat not supported for vmacs since netlink works", b.Name))
			return
		}
		if !slices.ContainsFunc(list, func(o netif.Beat) bool { return o.Name == b.Name }) {
			list = append(list, b)
		}
	}
	for _, l := range cfg.Linkbeat.Interfaces {
		if !used[l.Name] {
			e.log.Info(fmt.Sprintf("Turning off linkbeat for %s since not used for tracking", l.Name))
			continue
		}
		add(netif.Beat{Name: l.Name, Method: beatMethod(l.Method)})
	}
	for n := range cfg.Instances {
		if cfg.Linkbeat.All {
			add(netif.Beat{Name: cfg.Instances[n].Interface})
		}
	}
	return list
}

func beatMethod(m config.LinkbeatMethod) netif.BeatMethod {
	return map[config.LinkbeatMethod]netif.BeatMethod{config.LinkbeatMII: netif.BeatMII,
		config.LinkbeatEthtool: netif.BeatEthtool, config.LinkbeatIOCTL: netif.BeatIOCTL}[m]
}

// poll makes these links the ones that are polled, and takes what the first poll finds.
func (e *Engine) poll(list []netif.Beat) {
	if e.beats == nil {
		if len(list) == 0 {
			return
		}
		beats, err := netif.NewLinkbeat(func(answers []netif.BeatAnswer) {
			e.events.Post(func() { e.polled(answers) })
		})
		if err != nil {
			e.log.Error(err.Error())
			return
		}
		e.beats = beats
	}
	if len(list) > 0 {
		e.log.Info("Using MII-BMSR/ETHTOOL NIC polling thread(s)...")
	}
	e.methods = map[string]netif.BeatMethod{}
	e.take(e.beats.Set(list))
}

// polled takes what a round of polls has found.
func (e *Engine) polled(answers []netif.BeatAnswer) {
	e.tick(time.Now())
	e.take(answers)
	e.tellLinks(everyLink)
	e.answer()
}

func (e *Engine) take(answers []netif.BeatAnswer) {
	for _, a := range answers {
		if !e.host.beliefs.Polled(a.Name) {
			continue // of a round that began before a reload
		}
		e.host.beliefs.Answer(a.Name, a.Up)
		if a.Method != netif.AnyBeat && a.Used != a.Method && e.methods[a.Name] != a.Used {
			e.log.Info(fmt.Sprintf("(%s): Configured linkbeat type %v not supported, using %v", a.Name, a.Method, a.Used))
		}
		e.methods[a.Name] = a.Used
	}
}

// see takes the state of a link that is new or has changed from old.
func (e *Engine) see(l netif.Link, old *netif.Link) {
	if old != nil && old.Name != l.Name {
		e.seeNow(old.Name)
	}
	if _, used := e.reported[l.Name]; !used {
		return
	}
	if delay := e.host.beliefs.See(e.now, l.Name, l.Index, l.Up()); delay > 0 && old != nil {
		e.log.Info(fmt.Sprintf("%s: Adding flags change from 0x%x to 0x%x delay by %d", l.Name, old.Flags, l.Flags,
			delay.Microseconds()))
	}
}

// seeNow takes the state of a link as it is in the picture.
func (e *Engine) seeNow(name string) {
	if l, ok := e.host.link(name); ok {
		e.host.beliefs.See(e.now, name, l.Index, l.Up())
	} else {
		e.host.beliefs.Gone(name)
	}
}

// seeAll takes the states of all links that the protocol is told of.
func (e *Engine) seeAll() {
	for name := range e.reported {
		e.seeNow(name)
	}
}
