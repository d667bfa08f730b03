package vrrp

import (
	"time"

	"holdfast/internal/override"
)

// This file is what somebody sets of a virtual router in the place of what its configuration says.

// settings are such values; the zero value sets none.
type settings struct {
	priority  uint8 // 0 is that of the configuration
	preempts  bool
	preemptIs bool // preempts counts
}

// settingsOf are those of the instance of a name.
func (c *Core) settingsOf(name string) (s settings) {
	if len(c.overrides) == 0 {
		return s
	}
	s.priority = uint8(c.overrides[override.Target{Kind: override.PriorityOf, Name: name}].Value)
	var o override.Override
	o, s.preemptIs = c.overrides[override.Target{Kind: override.PreemptOf, Name: name}]
	s.preempts = o.Value != 0
	return s
}

// setOf are the same as they were said.
func (c *Core) setOf(name string) (all []override.Override) {
	for _, k := range []override.Kind{override.PriorityOf, override.PreemptOf} {
		if o, is := c.overrides[override.Target{Kind: k, Name: name}]; is {
			all = append(all, o)
		}
	}
	return all
}

// base is the priority before what is tracked.
func (m *machine) base() uint8 {
	if m.set.priority != 0 {
		return m.set.priority
	}
	return m.cfg.Priority
}

// preempts reports whether it takes over from a master with a lower priority.
func (m *machine) preempts() bool {
	if m.set.preemptIs {
		return m.set.preempts
	}
	return !m.cfg.NoPreempt
}

// setAnew has the instance of a name go by what is set of it now. A master has its new priority in its next advert, and
// a backup waits for as long as that one says.
func (c *Core) setAnew(now time.Time, name string) {
	for _, m := range c.machines {
		if m.cfg.Name != name {
			continue
		}
		m.set = c.settingsOf(name)
		if !m.preempts() {
			m.preempt = preemptIdle
			c.cancel(m, timerPreempt)
		}
		c.updatePriority(now, m)
	}
}
