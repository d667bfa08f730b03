package bfd

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"holdfast/internal/deadline"
)

// A Core is all sessions of a host: one value, used by one goroutine. Its methods take the time and what
// happened and return what to do.
//
// On every wake-up all datagrams that were received are given to Receive before Expire is called: a process
// that was stopped does not take its neighbours for dead whose packets wait in its sockets.
type Core struct {
	rnd      *rand.Rand
	sessions []*session // in the order of the configuration
	byName   map[string]*session
	byMine   map[uint32]*session // by the discriminator that neighbours send back
	byPeer   map[peer]*session   // for packets of neighbours that have heard nothing of us
	lastID   ID
	timers   deadline.Heap[timer]
	refused  refused
	out      Output
	started  bool
}

// ID is a session for as long as it is configured with the same ends; a reload keeps it. 0 is none.
type ID uint32

// peer is what tells sessions apart before discriminators are known.
type peer struct {
	addr     netip.Addr
	multihop bool
}

// timer is one of the timers of a session.
type timer struct {
	of   *session
	kind timerKind
}

type timerKind uint8

const (
	timerTransmit timerKind = iota
	timerDetect
	timerSettle // from now on a session that is not up is known to be down
	timerKinds
)

// An Output is what one call of the Core asks for; the planes are carried out in the order of the fields. Its slices
// are valid until the next call.
type Output struct {
	Send    []Transmit
	Changed []Change
	Log     []Log
	// Transitions are those to Up and from it, for those who only watch.
	Transitions []Transition
}

// A Transition is another state of a session.
type Transition struct {
	Session  string
	From, To State
	Diag     Diag // why it went down, or NoDiag
	Remote   Diag // what the neighbour said last
}

// Transmit sends a control packet of a session to its neighbour.
type Transmit struct {
	Session ID
	Packet  [Length]byte
}

// A Verdict is what others are told of a session.
type Verdict uint8

// Unsettled says that the role has just begun to run and would not know of a neighbour yet that is there, and
// IsGone that the session is not configured any more.
const (
	Unsettled Verdict = iota
	IsDown
	IsUp
	IsGone
)

// Change tells others about a session. A neighbour that is taken down by its administrator is no news
// (RFC 5882 section 3.2).
type Change struct {
	Name    string
	Verdict Verdict
}

// Log is one line; Session is the name that it is about, "" for none.
type Log struct {
	Warning bool
	Session string
	Text    string
}

// An Arrival is a datagram that a socket for control packets has received. Packet is valid during the call.
type Arrival struct {
	From     netip.AddrPort
	TTL      int // or hop limit
	Multihop bool
	Packet   []byte
}

// New gives a Core without sessions. Discriminators and jitter come from seed alone.
func New(seed uint64) *Core {
	return &Core{
		rnd:    rand.New(rand.NewPCG(seed, 0x5880)),
		byName: map[string]*session{},
		byMine: map[uint32]*session{},
		byPeer: map[peer]*session{},
	}
}

func (o *Output) reset() {
	clear(o.Log)
	clear(o.Transitions)
	o.Send, o.Changed, o.Log, o.Transitions = o.Send[:0], o.Changed[:0], o.Log[:0], o.Transitions[:0]
}

// Next is the earliest deadline, false if there is none.
func (c *Core) Next() (time.Time, bool) {
	if t := c.timers.Next(); t != nil {
		return t.At, true
	}
	return time.Time{}, false
}

// Expire runs every timer due at now, in the order of their deadlines.
func (c *Core) Expire(now time.Time) Output {
	c.out.reset()
	for {
		t := c.timers.Next()
		if t == nil || t.At.After(now) {
			return c.out
		}
		c.timers.Cancel(t)
		s := t.Of.of
		switch t.Of.kind {
		case timerTransmit:
			c.transmit(now, s)
		case timerDetect:
			c.detect(now, s)
		case timerSettle:
			c.tell(s, IsDown) // one that has come up meanwhile has cancelled it
		}
	}
}

// micros is a duration as it is on the wire.
func micros(d time.Duration) uint32 {
	return uint32(min(max(d/time.Microsecond, 0), 1<<32-1))
}

func duration(us uint32) time.Duration { return time.Duration(us) * time.Microsecond }
