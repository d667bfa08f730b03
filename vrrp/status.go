package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/vrrp/wire"
)

// Counters of one virtual router, as keepalived.stats prints them (cli 6), with
// every reason for which a packet can be refused.
type Counters struct {
	AdvertReceived, AdvertSent   uint64
	BecameMaster, ReleasedMaster uint64
	PriorityZeroReceived         uint64
	PriorityZeroSent             uint64
	LengthErrors                 uint64
	TTLErrors                    uint64
	InvalidTypeErrors            uint64
	VersionErrors                uint64
	ChecksumErrors               uint64
	IntervalErrors               uint64
	AddressListErrors            uint64
	AuthInvalidType              uint64
	AuthTypeMismatch             uint64
	AuthFailure                  uint64
	// Those of auth_hmac: no trailer (also where one is taken without it), no trailer by its form, a key that is not
	// configured, another tag, not fresh, heard before.
	AuthExtMissing, AuthExtMalformed uint64
	AuthExtUnknownKey                uint64
	AuthExtInvalidHMAC               uint64
	AuthExtStale, AuthExtReplay      uint64
	UnexpectedSource                 uint64 // not one of the unicast peers, TTL range, multicast/unicast mismatch
	OwnAddress                       uint64 // came from our own address
	LateWakeups                      uint64
	SecondMaster                     uint64 // adverts of a master beside us, or beside our master
}

// Moves are how often a state was entered from another one, by the two. Nobody clears them.
type Moves [Fault + 1][Fault + 1]uint64

// Causes are how often a state was entered, by why. Nobody clears them.
type Causes [CauseOverride + 1]uint32

// A Refusal is how many datagrams of a sender were refused for a reason.
type Refusal struct {
	Addr   netip.Addr // none: of all senders beyond those that are told apart
	Reason wire.Reason
	Count  uint64
}

// Status is what can be seen of one virtual router.
type Status struct {
	Router            ID
	Config            *config.Instance
	Place             Place
	State             State
	Priority          uint8 // of the configuration, or what is set in its place
	EffectivePriority uint8
	Preempt           bool
	Source            netip.Addr // of its adverts, none if it has no address to send from
	Group             netip.Addr // that they go to, none with unicast peers
	MasterAddr        netip.Addr // of the master last accepted, ours if we are it
	MasterPriority    uint8
	MasterAdvertInt   time.Duration
	LastTransition    time.Time
	Last              Transition // how it came to its state
	// Next is when the next advert is sent or, by a backup, missed; zero while neither is waited for.
	Next         time.Time
	DownInterval time.Duration // without an advert, after which a backup takes over
	NextExtra    time.Time     // announcement on interfaces that adverts are not sent from; zero for none
	Awaited      int           // scripts without a result, for which it waits
	VIPsWanted   bool
	Faults       []FaultReason // why it is in FAULT
	Lacks        []Obstacle    // addresses that it has to do without
	Counters     Counters
	Takeover     Takeover            // why it became master last
	Part         time.Time           // since when it takes part, as backup or master; zero while it does not
	Misfit       Misfit              // what was wrong with the last advert that was no advert for it at all
	Rivals       []Rival             // other masters, as they were first heard
	Override     override.Override   // that holds for it, zero without one
	Set          []override.Override // what is set in the place of the configuration's
	Moves        Moves
	Causes       Causes
	Refusals     []Refusal
}

// Status describes every virtual router, in the order of the configuration. The
// result shares nothing that the Core will change.
func (c *Core) Status() []Status {
	all := make([]Status, len(c.machines))
	for i, m := range c.machines {
		c.describe(m, &all[i])
	}
	return all
}

// Some gives take what Status gives, of so many virtual routers at most, from one with a number on, and tells the
// number of the next one. Each is put into the same place: what is in it does not last.
func (c *Core) Some(from, most int, take func(*Status)) (next int, more bool) {
	var s Status
	for next = from; next < min(from+most, len(c.machines)); next++ {
		c.describe(c.machines[next], &s)
		take(&s)
	}
	return next, next < len(c.machines)
}

// describe makes a copy of plain values, but for the configuration, which nobody changes: it is read by another
// goroutine while the Core goes on.
func (c *Core) describe(m *machine, s *Status) {
	rivals, refusals := s.Rivals, s.Refusals // their room is used again
	*s = Status{
		Router:            m.id,
		Config:            m.cfg,
		Place:             m.place,
		State:             m.state,
		Priority:          m.base(),
		EffectivePriority: m.prio,
		Preempt:           m.preempts(),
		Source:            c.source(m),
		Group:             groupOf(m),
		MasterAddr:        m.masterAddr,
		MasterPriority:    m.masterPrio,
		MasterAdvertInt:   m.masterInt,
		LastTransition:    m.since,
		Last:              m.last,
		Next:              m.due(timerMain),
		DownInterval:      m.downInterval(),
		NextExtra:         m.due(timerGARPExtra),
		Awaited:           m.awaited(),
		VIPsWanted:        m.vipsOn,
		Faults:            c.faults(m),
		Lacks:             m.lacks(),
		Counters:          m.counters,
		Takeover:          m.took,
		Part:              m.part,
		Misfit:            m.misfit,
		Moves:             m.moves,
		Causes:            m.causes,
		Refusals:          append(refusals[:0], m.refusals...),
		Rivals:            append(rivals[:0], m.rivals...),
		Override:          c.overriding(m.group),
		Set:               c.setOf(m.cfg.Name),
	}
}

// due is when a timer runs out, zero if it is not set.
func (m *machine) due(k timerKind) time.Time {
	if t := &m.timers[k]; t.IsSet() {
		return t.At
	}
	return time.Time{}
}

func (m *machine) awaited() (n int) {
	for i := range m.trackers {
		n += truth(m.trackers[i].awaited())
	}
	return n
}

func groupOf(m *machine) netip.Addr {
	if m.unicast() {
		return netip.Addr{}
	}
	return MulticastGroup(m.cfg)
}

// ClearCounters sets all counters of all virtual routers to zero.
func (c *Core) ClearCounters() {
	for _, m := range c.machines {
		m.counters = Counters{}
		for i := range m.rivals {
			r := &m.rivals[i]
			r.Adverts, r.Episodes, r.GaveWay = 0, 0, 0
		}
	}
}
