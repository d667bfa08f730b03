package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// A machine is one virtual router (RFC 9568 section 6). Its transitions are in one
// file per state; Core carries what concerns several.
type machine struct {
	id       ID
	cfg      *config.Instance // shared with whoever configured it, never changed
	set      settings         // in the place of what cfg says
	place    Place
	trackers []tracker // what counts of its own and its group's
	group    *group
	state    State
	started  bool // its interfaces are known and stale addresses removed
	// wantMaster: the master down timer ran out, but the sync group was not ready
	// (semantics 6.1).
	wantMaster bool
	// reduced: an address owner that found another one counts as 254 (semantics 1.19).
	reduced bool
	vipsOn  bool
	// follows: in FAULT because of another member of its group.
	follows bool

	obstacles []Obstacle // last reported
	doubtful  bool       // an address was refused and has not been set since
	resigned  bool       // the master has, and since then nobody was heard
	trying    bool       // a Try is not answered yet
	overtook  bool       // became master although another one was heard
	took      Takeover   // why it became master last
	part      time.Time  // since when it takes part
	misfit    Misfit     // of the last advert that had one

	prio       uint8         // effective priority
	masterInt  time.Duration // the interval to measure the master by
	masterAddr netip.Addr
	ownAddr    netip.Addr // source of the adverts last built
	masterPrio uint8
	heard      time.Time // of another master, in this state; zero if of none
	heardEvery time.Duration
	since      time.Time // of the state
	moves      Moves
	causes     Causes
	refusals   []Refusal
	last       Transition
	born       Cause // why it is there
	wanting    Cause // of wantMaster

	timers   [timerKinds]timer
	conflict ownerConflict
	// preempt is whether preempt_delay is running, over or not begun.
	preempt  preemption
	counters Counters
	logged   uint64                  // reasons already logged, one bit each (semantics 2.8)
	told     map[CauseCode]time.Time // when a refusal was last told
	lateSaid time.Time               // when a late wake-up was last logged
	rivals   []Rival                 // masters beside us, or beside our master; those of before are kept
	voices   []voice                 // masters that a backup hears, the latest first
	cut      bool                    // said that the addresses do not fit into a packet

	oldPeers    map[netip.Addr]bool // peers with the old unicast checksum (semantics 2.3)
	packets     []Transmit          // the adverts as they are sent, nil if to be built
	addrs       []netip.Addr        // the addresses adverts should carry, nil if to be built
	expect      wire.Expect
	stamps      stamps // of auth_hmac
	leaveOut    bool   // a sequence number
	ident       uint16 // identification of the last datagram with an authentication header
	peers       []wire.Peer
	peersListed bool // senders that are not peers are refused
}

// latePause is how long no late wake-up is logged after one: on a host that has no
// time for adverts, lines would make it worse.
const latePause = 10 * time.Second

// preemption is the state of preempt_delay (semantics 1.13).
type preemption uint8

const (
	preemptIdle preemption = iota
	preemptRunning
	preemptOver
)

func newMachine(id ID) *machine {
	m := &machine{id: id}
	for k := range m.timers {
		m.timers[k].Of = purpose{m, timerKind(k)}
	}
	return m
}

// adopt makes cfg the machine's configuration and derives from it what every
// packet is compared with.
func (m *machine) adopt(cfg *config.Instance) {
	m.cfg = cfg
	// Another configuration may make wrong what was right: lines are logged once more, adverts built anew.
	m.packets, m.addrs, m.logged = nil, nil, 0
	m.expect = wire.Expect{
		Version:     uint8(cfg.Version),
		Interval:    ownInterval(cfg),
		Auth:        authOf(cfg),
		Sequence:    m.expect.Sequence, // also with another password: the others may go on from it
		Unicast:     m.unicast(),
		Bare:        cfg.V3ChecksumAsV2,
		OldChecksum: cfg.UnicastChecksum != config.ChecksumNew,
	}
	switch m.expect.Auth {
	case wire.AuthPass:
		m.expect.Password = cfg.AuthPass
	case wire.AuthAH:
		m.expect.AH = wire.NewAHKey(cfg.AuthPass)
	}
	m.expect.Keys, m.expect.Unsigned = hmacKeys(&cfg.HMAC), cfg.HMAC.Mode != config.HMACEnforce
	m.peers, m.peersListed = nil, cfg.CheckUnicastSrc || cfg.HMAC.Use
	for _, p := range cfg.UnicastPeers {
		m.peers = append(m.peers, wire.Peer{Addr: p.Addr, MinTTL: p.MinTTL, MaxTTL: p.MaxTTL})
		if p.MinTTL > 0 || p.MaxTTL < 255 {
			m.peersListed = true // a range that strangers could ignore would protect nothing
		}
	}
	if cfg.PreemptDelay == 0 || !m.preempts() { // a delay that is kept goes on from where it was
		m.preempt = preemptIdle
	}
}

// port is the interface that m's adverts are received on.
func (m *machine) port() string {
	if m.place.Adverts != "" {
		return m.place.Adverts
	}
	return m.cfg.Interface
}

func (m *machine) unicast() bool { return len(m.cfg.UnicastPeers) > 0 }

// owner is whether the instance owns its addresses (priority 255).
func (m *machine) owner() bool { return m.base() == 255 }

// startsMaster is whether the instance becomes master without waiting (semantics 1.7).
func (m *machine) startsMaster() bool {
	return m.owner() && (!m.cfg.StateGiven || m.cfg.WantMaster) && !m.handicapped()
}

// downInterval is the machine's master down interval now.
func (m *machine) downInterval() time.Duration {
	return masterDownInterval(m.cfg.Version, m.prio, m.masterInt, downAdverts(m.cfg))
}

func (m *machine) skew() time.Duration { return skewTime(m.cfg.Version, m.prio, m.masterInt) }

// forgetSelf ends our being the master that was last seen.
func (m *machine) forgetSelf() {
	if m.state == Master && m.masterAddr == m.ownAddr {
		m.masterAddr, m.masterPrio = netip.Addr{}, 0
	}
}

// accept notes whose advert was accepted.
func (m *machine) accept(src netip.Addr, prio uint8) {
	if m.masterAddr != src { // what was said of the former one says nothing about this one
		m.masterAddr, m.logged = src, 0
	}
	m.masterPrio = prio
}

// first reports whether a line of this reason has not been logged yet since the
// state or the master changed, and remembers it.
func (m *machine) first(r wire.Reason) bool { return m.firstBit(1 << r) }

// Bits of machine.logged beyond those of wire.Reason.
const (
	loggedCount uint64 = 1 << (63 - iota)
	loggedList
	loggedSequence
)

func (m *machine) firstBit(bit uint64) bool {
	if m.logged&bit != 0 {
		return false
	}
	m.logged |= bit
	return true
}

// expired handles one timer that has run out.
func (c *Core) expired(now time.Time, t *timer) {
	m := t.Of.m
	switch t.Of.kind {
	case timerMain:
		switch m.state {
		case Master:
			c.advertTimeout(now, t.At, m)
		case Backup, Init:
			c.masterDown(now, m)
		}
	case timerPreempt:
		m.preempt = preemptOver
	case timerConflict:
		c.conflictTimeout(now, m)
	case timerRival:
		c.rivalTimeout(now, m)
	default:
		c.announceTimeout(now, t)
	}
}

// noteLateness counts a wake-up that is late by more than a tenth of the interval.
func (m *machine) noteLateness(c *Core, now time.Time, t *timer) {
	if t.Of.kind != timerMain || m.state == Init {
		return
	}
	interval := m.expect.Interval
	if m.state == Backup { // a backup's timer is made of the master's interval
		interval = m.masterInt
	}
	late := now.Sub(t.At)
	if late*10 <= interval {
		return
	}
	m.counters.LateWakeups++
	if now.Before(m.lateSaid.Add(latePause)) {
		return
	}
	m.lateSaid = now
	c.log(Warning, m, "timer woke up %s late, more than a tenth of the advert interval %s", late.Round(time.Microsecond),
		interval)
}
