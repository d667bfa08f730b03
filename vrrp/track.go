package vrrp

import (
	"fmt"
	"time"

	"holdfast/config"
)

// This file is tracked objects, and which of them concern an instance.

// TrackedID is an object that is tracked, for as long as an instance or group of the configuration
// tracks it: a reload keeps it. 0 is none.
type TrackedID uint32

// Tracked is what a TrackedID stands for.
type Tracked struct {
	Kind config.TrackKind
	Name string
}

// Value is what was last reported of an object; it says nothing while Known is false.
type Value struct {
	Known bool
	// Value is the number in a file; of all others 1 says that the object is all right, 0 that it is not.
	Value int
}

// object is what the Core knows of a tracked object.
type object struct {
	Tracked
	Value
	id    TrackedID
	users []*machine
}

// A tracker is what an instance, or its group, has to do with an object.
type tracker struct {
	config.Track
	of     *object
	shared bool // by all members of the group
}

// IdentifyTracked gives the ID of an object. One that is not in a Setup that Configure gets next is
// forgotten then.
func (c *Core) IdentifyTracked(what Tracked) TrackedID { return c.object(what).id }

func (c *Core) object(what Tracked) *object {
	o := c.objects[what]
	if o == nil {
		c.lastTracked++
		o = &object{Tracked: what, id: c.lastTracked}
		c.objects[what], c.tracked[o.id] = o, o
		if l, known := c.links[what.Name]; known && what.Kind == config.TrackedInterface {
			o.Value = Value{true, truth(l.usable())}
		}
	}
	return o
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Track reports the value of a tracked object: of a script, its result after rise and fall have been
// counted. A first report releases the instances that were held back for it. Interfaces
// are not reported with Track: the core follows Link.
func (c *Core) Track(now time.Time, id TrackedID, value int) Output {
	c.out.reset()
	// An object that a reload has let go may still be reported, and one whose value came with the Setup is
	// reported again: both mean nothing.
	o := c.tracked[id]
	if c.stopped || o == nil || o.Value == (Value{true, value}) {
		return c.out
	}
	before := o.Value
	if o.Kind == config.TrackedFile {
		c.setFile(o, value)
	} else {
		o.Value = Value{true, value}
		c.logSession(o)
	}
	c.changeObject(o, before)
	c.refresh(now, o.users)
	return c.out
}

// setFile gives a file another value and logs for whom that makes or ends a fault: nothing else in the log
// tells of it.
func (c *Core) setFile(o *object, value int) {
	before := o.faults()
	o.Value = Value{true, value}
	for i, fault := range o.faults() {
		if fault != before[i] {
			c.logOf(Info, o.users[i],
				fmt.Sprintf("tracked file %s %s FAULT state", o.Name, map[bool]string{true: "now", false: "leaving"}[fault]))
		}
	}
}

// logSession logs for whom a BFD session goes up or down (semantics 11.7).
func (c *Core) logSession(o *object) {
	if o.Kind != config.TrackedBFD {
		return
	}
	for _, m := range o.users {
		c.out.Log = append(c.out.Log, Log{Level: Info, Instance: m.cfg.Name,
			Text: fmt.Sprintf("VRRP_Instance(%s) Tracked BFD instance %s is %s", m.cfg.Name, o.Name,
				[...]string{"DOWN", "UP"}[truth(o.Value.Value != 0)])})
	}
}

// faults says for each of those that track the object whether it is a fault of theirs.
func (o *object) faults() []bool {
	all := make([]bool, len(o.users))
	for i, m := range o.users {
		for j := range m.trackers {
			if t := &m.trackers[j]; t.of == o {
				_, fault := t.effect()
				all[i] = all[i] || fault
			}
		}
	}
	return all
}

// TrackedValues is what is known of all objects that are tracked.
func (c *Core) TrackedValues() map[Tracked]Value {
	all := make(map[Tracked]Value, len(c.objects))
	for what, o := range c.objects {
		all[what] = o.Value
	}
	return all
}

// resolve finds the objects that the machines track. Those that nobody tracks any more are forgotten;
// the others keep their values (semantics 5.11).
func (c *Core) resolve() {
	for _, o := range c.objects {
		o.users = nil
	}
	for _, m := range c.machines {
		m.trackers = m.trackers[:0:0]
		for t, shared := range m.counting() {
			o := c.object(Tracked{t.Kind, t.Name})
			m.trackers = append(m.trackers, tracker{t, o, shared})
			// Its own list and its group's may name the same object; machines come one after the other, so a
			// look at the last one is enough.
			if n := len(o.users); n == 0 || o.users[n-1] != m {
				o.users = append(o.users, m)
			}
		}
	}
	// After all machines have been asked: an object that one gives up another may have begun to track.
	for what, o := range c.objects {
		if o.users == nil {
			delete(c.objects, what)
			delete(c.tracked, o.id)
		}
	}
}

// counting are the trackers of m and of its group that count for it.
func (m *machine) counting() func(yield func(t config.Track, shared bool) bool) {
	return func(yield func(config.Track, bool) bool) {
		for _, t := range m.cfg.Tracks {
			if !m.ignores(t) && !yield(t, false) {
				return
			}
		}
		for _, t := range m.group.cfg.Tracks {
			own := t.Kind == config.TrackedInterface && t.Name == m.cfg.Interface
			if !own && !yield(t, true) {
				return
			}
		}
	}
}

// ignores reports whether a tracker of m does not count. That is so of its own interface (semantics
// 4.6), of the weight of an interface that has addresses of m on it, which count without a weight,
// and, in a sync group that does not allow weights, of those of scripts; weights of interfaces count
// there too.
func (m *machine) ignores(t config.Track) bool {
	switch t.Kind {
	case config.TrackedInterface:
		return t.Name == m.cfg.Interface || t.Weight != 0 && m.standsOn(t.Name)
	case config.TrackedScript:
		return t.Weight != 0 && m.group.named() && !m.group.cfg.TrackingWeight
	}
	return false
}

// effect is what an object does to those that track it: points of priority, or a fault. One of
// which nothing is known does nothing. Without a weight a fault is that the object is not all right (a file
// is while its number is 0), or that it is, if reversed. A positive weight is added while the object
// is all right, a negative one while it is not, with the opposite sign if reversed (semantics 5.1).
func (t *tracker) effect() (points int, fault bool) {
	ok := (t.of.Value.Value != 0) != (t.Kind == config.TrackedFile)
	switch {
	case !t.of.Known:
		return 0, false
	case t.Weight == 0:
		return 0, ok == t.Reverse
	case t.Kind == config.TrackedFile:
		return product(t.of.Value.Value, t.Weight, t.Reverse)
	case ok != (t.Weight > 0):
		return 0, false
	case t.Reverse:
		return -t.Weight, false
	}
	return t.Weight, false
}

// product is the effect of a file: its number times its weight, which is a fault when it is so low that no
// priority is left (semantics 5.13).
func product(number, weight int, reverse bool) (points int, fault bool) {
	if reverse {
		weight = -weight
	}
	points = min(max(number*weight, fileFault), 253)
	return points, points == fileFault
}

// fileFault is the effect of a file that is a fault.
const fileFault = -254

// awaited reports whether m cannot run before something is known of the object.
func (t *tracker) awaited() bool {
	return t.Kind == config.TrackedScript && t.Weight == 0 && !t.of.Known
}
