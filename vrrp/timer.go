package vrrp

import (
	"time"

	"holdfast/internal/deadline"
)

// timerKind is what a timer of a machine is for.
type timerKind uint8

const (
	// timerMain is the master down timer in BACKUP, the advertisement timer in
	// MASTER and the end of the startup delay of an address owner in INIT.
	timerMain        timerKind = iota
	timerPreempt               // preempt_delay has passed
	timerGARPDelay             // second burst after becoming master
	timerGARPRefresh           // periodic refresh while master
	timerGARPExtra             // refresh on other interfaces while master
	timerLowerPrio             // second burst after a lower priority advert
	timerConflict              // two address owners (semantics 1.19)
	timerRival                 // an advert of a second master is overdue
	timerKinds                 // keep last
)

// purpose is what a timer is for: which machine, and what of it.
type purpose struct {
	m    *machine
	kind timerKind
}

// A timer lives in its machine.
type timer = deadline.Timer[purpose]

func (c *Core) set(m *machine, k timerKind, at time.Time) {
	c.timers.Set(&m.timers[k], at)
}

func (c *Core) cancel(m *machine, k timerKind) { c.timers.Cancel(&m.timers[k]) }

func (c *Core) cancelAll(m *machine) {
	for k := range m.timers {
		c.timers.Cancel(&m.timers[k])
	}
}
