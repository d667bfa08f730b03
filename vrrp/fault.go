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

// A FaultCode says what keeps an instance from taking part.
type FaultCode uint8

// The codes. FaultOfGroup and FaultWaiting explain a state, they are no reason for it: an instance
// follows its sync group, and one that waits has not been in the election yet.
const (
	NoFault FaultCode = iota
	FaultNoInterface
	FaultInterfaceDown
	FaultNoPeers
	FaultNoMulticast
	FaultNoAddress
	FaultObstacle
	FaultTracked
	FaultWaiting
	FaultOfGroup
)

// ofInterface reports whether the reason is an interface that the instance stands on.
func (f FaultReason) ofInterface() bool {
	switch f.Code {
	case FaultNoInterface, FaultInterfaceDown, FaultNoMulticast:
		return true
	case FaultObstacle:
		return f.Obstacle.Kind == NoVMAC
	}
	return false
}

// untold reports whether nothing in the log but the transition tells of the fault.
func (f FaultReason) untold() bool {
	switch f.Code {
	case FaultNoPeers, FaultNoMulticast, FaultNoAddress:
		return true
	case FaultObstacle:
		return f.Obstacle.Kind == NoSource
	}
	return false
}

// A FaultReason is one reason why an instance cannot take part; the code is NoFault where there is none.
type FaultReason struct {
	Code FaultCode
	// Name is that of the interface, tracked object or sync group.
	Name     string
	Kind     config.TrackKind // of FaultTracked
	Value    int              // of FaultTracked: what the object has and should not have
	IPv6     bool             // of FaultNoAddress
	Obstacle Obstacle         // of FaultObstacle
}

// String is the fault in keepalived's words where it has some.
func (f FaultReason) String() string {
	switch f.Code {
	case FaultNoInterface:
		return fmt.Sprintf("interface %s does not exist", f.Name)
	case FaultInterfaceDown:
		return fmt.Sprintf("interface %s down", f.Name)
	case FaultNoPeers:
		return "unicast without any peers"
	case FaultNoMulticast:
		return fmt.Sprintf("interface %s has no multicast", f.Name)
	case FaultNoAddress:
		if f.IPv6 {
			return "no IPv6 address for interface"
		}
		return "no IPv4 address for interface"
	case FaultObstacle:
		return f.Obstacle.String()
	case FaultTracked:
		return trackedText(f.Kind, f.Name, f.Value)
	case FaultWaiting:
		return fmt.Sprintf("script %s has not reported yet", f.Name)
	case FaultOfGroup:
		return fmt.Sprintf("sync group %s is in fault", f.Name)
	}
	return "no fault"
}

// trackedText is what a tracked object is that has a value.
func trackedText(kind config.TrackKind, name string, value int) string {
	word := func(no, yes string) string { return [...]string{no, yes}[truth(value != 0)] }
	switch kind {
	case config.TrackedScript:
		return fmt.Sprintf("script %s %s", name, word("failed", "succeeded"))
	case config.TrackedFile:
		return fmt.Sprintf("tracked file %s has status %d", name, fileFault)
	case config.TrackedProcess:
		return fmt.Sprintf("tracked process %s quorum %s", name, word("not achieved", "achieved"))
	default:
		return fmt.Sprintf("tracked %s %s %s", kind, name, word("down", "up"))
	}
}

// loudness is whether a master that goes to FAULT says in the log that it resigns.
type loudness uint8

const (
	said loudness = iota
	unsaid
)

// toFault takes m out of the election because of its own fault, or with the other members of its group
// if it has none. A master resigns with priority 0. 2.2.7 logs that of the first member of a group, and
// of another one if its fault is one that all members share: that is how.
func (c *Core) toFault(now time.Time, m *machine, own FaultReason, why Cause, how loudness) {
	// What the line below leaves open, unless another line has told of it just before: that an interface went
	// down, what a script or process came to, what a file says.
	if list := m.hindrances(); len(list) > 0 {
		c.log(Error, m, "entering FAULT state (%s)", list[0])
	} else if own.untold() {
		c.log(Info, m, "entering FAULT state (%s)", own)
	}
	c.log(Info, m, "Entering FAULT STATE")
	m.follows = own.Code == NoFault
	if m.state == Master {
		m.counters.ReleasedMaster++
		if how == unsaid {
			c.sendZero(now, m)
		} else {
			c.resign(now, m)
		}
	}
	// Not only a master has addresses: one that tries whether it can have them has them, too.
	if m.vipsOn {
		c.dropVIPs(m, true)
	}
	c.enterFault(now, m, why)
}

func (c *Core) enterFault(now time.Time, m *machine, why Cause) {
	c.cancelAll(m)
	m.preempt, m.trying = preemptIdle, false
	m.forgetSelf()
	c.leave(m)
	c.enter(now, m, Fault, why)
	c.notify(m, NotifyFault)
}

// eachFault calls yield for every reason why m cannot run, until it returns false.
func (c *Core) eachFault(m *machine, yield func(FaultReason) bool) {
	link, own := c.links[m.cfg.Interface], m.cfg.Interface
	switch {
	case !link.Exists:
		if !yield(FaultReason{Code: FaultNoInterface, Name: own}) {
			return
		}
	case !link.Up && !m.cfg.DontTrackPrimary:
		if !yield(FaultReason{Code: FaultInterfaceDown, Name: own}) {
			return
		}
	}
	if m.cfg.FaultNoPeer && !m.unicast() && !yield(FaultReason{Code: FaultNoPeers}) {
		return
	}
	if link.Exists && !c.eachFaultOfLink(m, link, yield) {
		return
	}
	for _, o := range m.hindrances() {
		if !yield(FaultReason{Code: FaultObstacle, Obstacle: o}) {
			return
		}
	}
	// One that has not been reported yet is no fault: linksKnown holds the instance back until it is.
	for name := range m.trackedDevices() {
		if l, known := c.links[name]; known && !l.usable() && !yield(FaultReason{Code: FaultInterfaceDown, Name: name}) {
			return
		}
	}
	c.eachTrackFault(m, yield)
}

// eachFaultOfLink is the part of eachFault about what the instance's own interface lacks; it returns
// false when yield did.
func (c *Core) eachFaultOfLink(m *machine, link Link, yield func(FaultReason) bool) bool {
	if !link.Multicast && !m.unicast() && !yield(FaultReason{Code: FaultNoMulticast, Name: link.Name}) {
		return false
	}
	return c.source(m).IsValid() || yield(FaultReason{Code: FaultNoAddress, IPv6: m.cfg.IPv6})
}

func (c *Core) eachTrackFault(m *machine, yield func(FaultReason) bool) {
	for i := range m.trackers {
		t := &m.trackers[i]
		if _, fault := t.effect(); fault &&
			!yield(FaultReason{Code: FaultTracked, Kind: t.Kind, Name: t.Name, Value: t.of.Value.Value}) {
			return
		}
	}
}

// fault is the first reason why m cannot run.
func (c *Core) fault(m *machine) (first FaultReason) {
	c.eachFault(m, func(f FaultReason) bool {
		first = f
		return false
	})
	return first
}

// faults are all of them, for people.
func (c *Core) faults(m *machine) []FaultReason {
	var all []FaultReason
	if !m.started || m.state == Master || m.state == Backup { // whatever it has, it does not keep it from running
		return nil
	}
	c.eachFault(m, func(f FaultReason) bool {
		all = append(all, f)
		return true
	})
	if name := m.waitsFor(); name != "" {
		all = append(all, FaultReason{Code: FaultWaiting, Name: name})
	}
	if len(all) == 0 && m.group.named() && m.state == Fault {
		all = append(all, FaultReason{Code: FaultOfGroup, Name: m.group.cfg.Name})
	}
	return all
}

// waitsFor is an unweighted script of m without a result, "" if there is none.
func (m *machine) waitsFor() string {
	for i := range m.trackers {
		if t := &m.trackers[i]; t.awaited() {
			return t.Name
		}
	}
	return ""
}

// linksKnown reports whether every interface m depends on has been reported.
func (c *Core) linksKnown(m *machine) bool {
	if _, known := c.links[m.cfg.Interface]; !known {
		return false
	}
	for name := range m.trackedDevices() {
		if _, known := c.links[name]; !known {
			return false
		}
	}
	for i := range m.trackers {
		if t := &m.trackers[i]; t.Kind == config.TrackedInterface && !t.of.Known {
			return false
		}
	}
	return true
}

// trackedDevices are the interfaces other than its own that m's addresses stand on
// (semantics 3.4).
func (m *machine) trackedDevices() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, name := range m.place.Devices {
			if !yield(name) {
				return
			}
		}
		for a := range m.cfg.Addresses() {
			if a.DevGiven && !a.NoTrack && a.Dev != m.cfg.Interface && !yield(a.Dev) {
				return
			}
		}
	}
}

// standsOn reports whether a tracked address of m is on another interface of that name.
func (m *machine) standsOn(name string) bool {
	for dev := range m.trackedDevices() {
		if dev == name {
			return true
		}
	}
	return false
}

// sharedFault reports whether m has a fault that its interface or a tracker of its group
// gives to all members alike.
func (c *Core) sharedFault(m *machine) bool {
	if l := c.links[m.cfg.Interface]; !l.usable() {
		return true
	}
	for i := range m.trackers {
		t := &m.trackers[i]
		if _, fault := t.effect(); fault && t.shared && t.Kind == config.TrackedInterface {
			return true
		}
	}
	return false
}
