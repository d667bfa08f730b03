package vrrp

import (
	"fmt"
	"time"

	"holdfast/config"
)

// This file is the FAULT state: what keeps an instance from taking part
// (semantics 1.9, 2.4, 4.1, 4.5, 5.1, 5.3, 5.7). Faults are not counted up and
// down but looked up in what is known of interfaces and scripts, so that the count
// cannot go wrong.

// toFault takes m out of the election; a master says so with priority 0. Of a group only
// the first logs that unless the fault is one of all (quiet are the others, as with
// keepalived), and those without a fault of their own follow.
func (c *Core) toFault(now time.Time, m *machine, quiet, follows bool) {
	if list := m.hindrances(); len(list) > 0 { // nothing else in the log has told of it
		c.log(Error, m, "entering FAULT state (%s)", list[0])
	}
	c.log(Info, m, "Entering FAULT STATE")
	m.follows = follows
	if m.state == Master {
		m.counters.ReleasedMaster++
		if quiet {
			c.sendZero(m)
		} else {
			c.resign(m)
		}
	}
	if m.vipsOn {
		c.dropVIPs(m, true)
	}
	c.enterFault(now, m)
}

func (c *Core) enterFault(now time.Time, m *machine) {
	c.cancelAll(m)
	m.preempt, m.trying, m.makesDo = preemptIdle, false, false
	m.forgetSelf()
	m.enter(Fault, now)
	c.notify(m, NotifyFault)
}

// eachFault calls yield for every reason why m cannot run, until it returns false.
func (c *Core) eachFault(m *machine, yield func(format string, args ...any) bool) {
	link := c.links[m.cfg.Interface]
	switch {
	case !link.Exists:
		if !yield("interface %s does not exist", m.cfg.Interface) {
			return
		}
	case !link.Up && !m.cfg.DontTrackPrimary:
		if !yield("interface %s down", m.cfg.Interface) {
			return
		}
	}
	if m.cfg.FaultNoPeer && !m.unicast() && !yield("unicast without any peers") {
		return
	}
	if link.Exists {
		if !link.Multicast && !m.unicast() && !yield("interface %s has no multicast", m.cfg.Interface) {
			return
		}
		if !c.source(m).IsValid() && !yield("no IPv%d address for interface", m.ipVersion()) {
			return
		}
		if m.cfg.TrackSourceIP && m.cfg.SourceIP.IsValid() && !c.hasAddress(m) &&
			!yield("source address %s not present", m.cfg.SourceIP) {
			return
		}
	}
	for _, o := range m.hindrances() {
		if !yield("%v", o) {
			return
		}
	}
	for name := range m.trackedDevices() {
		if l, known := c.links[name]; known && !l.usable() && !yield("interface %s down", name) {
			return
		}
	}
	c.eachTrackFault(m, yield)
}

// failsBy tells whether the tracked interface t means FAULT.
func (c *Core) failsBy(t config.Track) bool {
	l, known := c.links[t.Name]
	return t.Weight == 0 && known && l.usable() == t.Reverse
}

func (c *Core) eachTrackFault(m *machine, yield func(format string, args ...any) bool) {
	for t := range m.trackInterfaces() {
		if c.failsBy(t) && !yield("tracked interface %s %s", t.Name, upDown(c.links[t.Name].usable())) {
			return
		}
	}
	for t := range m.trackScripts() {
		ok, known := c.scripts[t.Name]
		if t.Weight == 0 && known && ok == t.Reverse && !yield("script %s %s", t.Name, successWord(ok)) {
			return
		}
	}
}

func successWord(ok bool) string {
	if ok {
		return "succeeded"
	}
	return "failed"
}

func (m *machine) ipVersion() int {
	if m.cfg.IPv6 {
		return 6
	}
	return 4
}

// fault is the first reason why m cannot run, false if there is none.
func (c *Core) fault(m *machine) (reason string, faulty bool) {
	c.eachFault(m, func(format string, args ...any) bool {
		reason, faulty = fmt.Sprintf(format, args...), true
		return false
	})
	return reason, faulty
}

// faultTexts are all of them, for people.
func (c *Core) faultTexts(m *machine) []string {
	var all []string
	if !m.started || m.state == Master || m.state == Backup {
		return nil
	}
	c.eachFault(m, func(format string, args ...any) bool {
		all = append(all, fmt.Sprintf(format, args...))
		return true
	})
	if name := c.waitsFor(m); name != "" {
		all = append(all, fmt.Sprintf("script %s has not reported yet", name))
	}
	if len(all) == 0 && m.group.named && m.state == Fault {
		all = append(all, fmt.Sprintf("sync group %s is in fault", m.group.cfg.Name))
	}
	return all
}

// waitsFor is an unweighted script of m without a result, "" if there is none.
func (c *Core) waitsFor(m *machine) string {
	for t := range m.trackScripts() {
		if _, known := c.scripts[t.Name]; t.Weight == 0 && !known {
			return t.Name
		}
	}
	return ""
}

// linksKnown tells whether every interface m depends on has been reported.
func (c *Core) linksKnown(m *machine) bool {
	if _, known := c.links[m.cfg.Interface]; !known {
		return false
	}
	for name := range m.trackedDevices() {
		if _, known := c.links[name]; !known {
			return false
		}
	}
	for t := range m.trackInterfaces() {
		if _, known := c.links[t.Name]; !known {
			return false
		}
	}
	return true
}

// hasAddress tells whether the configured source address is on an interface.
func (c *Core) hasAddress(m *machine) bool {
	for _, l := range c.links {
		for _, a := range l.Addrs {
			if a.WithZone("") == m.cfg.SourceIP.WithZone("") {
				return true
			}
		}
	}
	return false
}

// trackedDevices are the interfaces other than its own that m's addresses stand on
// (semantics 3.4).
func (m *machine) trackedDevices() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, name := range m.devices {
			if !yield(name) {
				return
			}
		}
		for _, list := range [2][]config.Address{m.cfg.VIPs, m.cfg.ExcludedVIPs} {
			for i := range list {
				a := &list[i]
				if a.DevGiven && !a.NoTrack && a.Dev != m.cfg.Interface && !yield(a.Dev) {
					return
				}
			}
		}
	}
}

// standsOn tells whether a tracked address of m is on another interface of that name.
func (m *machine) standsOn(name string) bool {
	for dev := range m.trackedDevices() {
		if dev == name {
			return true
		}
	}
	return false
}

// sharedFault tells whether m has a fault that its interface or a tracker of its group
// gives to all members alike.
func (c *Core) sharedFault(m *machine) bool {
	if l := c.links[m.cfg.Interface]; !l.usable() {
		return true
	}
	for _, t := range m.group.cfg.TrackInterfaces {
		if c.failsBy(t) {
			return true
		}
	}
	return false
}
