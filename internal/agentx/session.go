package agentx

import (
	"errors"
	"fmt"
	"time"
)

// How long a master agent is given, and how often it is asked whether it is there.
const (
	AnswerTime = 5 * time.Second
	PingEvery  = 15 * time.Second
)

// A Region is a subtree that the session answers for.
type Region struct {
	OID  OID
	Text string // what it is, for sysORTable
}

// Options of a Session.
type Options struct {
	OID     OID // of the program
	Text    string
	Regions []Region
}

// standing is how far a Session is.
type standing uint8

const (
	opening standing = iota // Open is under way
	open
	over
)

// A Session is one connection with a master agent, from Open to the end. It belongs to one goroutine.
type Session struct {
	opt      Options
	standing standing
	id       uint32
	packet   uint32         // number of the last PDU of ours that is answered
	waiting  map[uint32]int // Registers that are not answered yet, by packet: the region
	held     []bool         // regions that the master has given us
	refused  map[int]Error  // regions that it has refused
	asked    time.Time      // when the oldest question without an answer was sent; zero for none
	heard    time.Time      // when the master last said something
	booted   time.Time      // when the master's sysUpTime was 0
}

// An Output is what a Session wants done, in the order of the fields.
type Output struct {
	Send []byte
	// Request is to be answered with Session.Reply.
	Request *PDU
	// Opened says that the master has taken us; Refused, which regions it gives us not, and why.
	Opened  bool
	Refused []string
	// Err says that the session is over: the connection is to be closed.
	Err error
}

// NewSession begins a session on a connection that was just made; the bytes are to be sent.
func NewSession(now time.Time, o Options) (*Session, []byte) {
	s := &Session{opt: o, asked: now, heard: now, waiting: map[uint32]int{}, refused: map[int]Error{},
		held: make([]bool, len(o.Regions))}
	return s, s.say(&PDU{Kind: KindOpen, Timeout: uint8(AnswerTime / time.Second), OID: o.OID, Text: o.Text})
}

// say numbers a PDU of ours and encodes it.
func (s *Session) say(p *PDU) []byte {
	s.packet++
	p.Session, p.Packet = s.id, s.packet
	return encoded(p)
}

// encoded gives the bytes of a PDU of a kind and with types that can be encoded.
func encoded(p *PDU) []byte {
	b, err := p.Append(nil)
	if err != nil {
		return nil // a test sends every kind
	}
	return b
}

// Receive takes a PDU of the master.
func (s *Session) Receive(now time.Time, p PDU) Output {
	s.heard = now
	switch p.Kind {
	case KindResponse:
		return s.answered(now, &p)
	case KindClose:
		s.standing = over
		return Output{Err: fmt.Errorf("the master agent has closed the session (reason %d)", p.Reason)}
	}
	if s.standing != open || p.Session != s.id {
		return Output{Send: s.Reply(&p, nil, NotOpen, 0)}
	}
	if p.Context != "" {
		return Output{Send: s.Reply(&p, nil, UnsupportedContext, 0)}
	}
	switch p.Kind {
	case KindGet, KindGetNext, KindGetBulk, KindTestSet, KindCommitSet, KindUndoSet:
		return Output{Request: &p}
	case KindCleanupSet:
		return Output{Request: &p} // is not answered
	}
	return Output{Send: s.Reply(&p, nil, ProcessingError, 0)}
}

// Garbled takes the beginning of a PDU whose rest could not be read.
func (s *Session) Garbled(now time.Time, p PDU) Output {
	s.heard = now
	if p.Kind == KindResponse {
		s.standing = over
		return Output{Send: s.End(ReasonParseError), Err: errors.New("an answer of the master agent cannot be read")}
	}
	return Output{Send: s.Reply(&p, nil, ParseError, 0)}
}

// answered takes the answer to something of ours.
func (s *Session) answered(now time.Time, p *PDU) Output {
	if s.standing == opening {
		if p.Packet != s.packet {
			return Output{}
		}
		if p.Error != NoError {
			s.standing = over
			return Output{Err: fmt.Errorf("the master agent refuses the session: %v", p.Error)}
		}
		s.id, s.standing = p.Session, open
		s.booted = now.Add(-time.Duration(p.UpTime) * 10 * time.Millisecond)
		return Output{Send: s.register(now), Opened: true}
	}
	if p.Session != s.id {
		return Output{}
	}
	s.asked = time.Time{}
	n, is := s.waiting[p.Packet]
	if !is {
		if p.Error == NotOpen {
			s.standing = over
			return Output{Err: errors.New("the master agent has forgotten the session")}
		}
		return Output{}
	}
	delete(s.waiting, p.Packet)
	before, again := s.refused[n]
	if p.Error == NoError {
		s.held[n] = true
		delete(s.refused, n)
		return Output{}
	}
	s.refused[n] = p.Error
	if again && before == p.Error {
		return Output{}
	}
	return Output{Refused: []string{fmt.Sprintf("%v: %v", s.opt.Regions[n].OID, p.Error)}}
}

// priority of a registration: 127 is that of subagents that say none.
const priority = 127

// register asks for the regions that we do not hold.
func (s *Session) register(now time.Time) (send []byte) {
	for n, r := range s.opt.Regions {
		if s.held[n] {
			continue
		}
		_, again := s.refused[n]
		send = append(send, s.say(&PDU{Kind: KindRegister, Priority: priority, OID: r.OID})...)
		s.waiting[s.packet] = n
		if !again && r.Text != "" {
			send = append(send, s.say(&PDU{Kind: KindAddAgentCaps, OID: r.OID, Text: r.Text})...)
		}
		s.asked = now
	}
	return send
}

// Booted is when the master agent began, by its sysUpTime; zero before the session is open.
func (s *Session) Booted() time.Time { return s.booted }

// Due is when Tick is to be called, unless something comes before.
func (s *Session) Due() time.Time {
	if !s.asked.IsZero() {
		return s.asked.Add(AnswerTime)
	}
	return s.heard.Add(PingEvery)
}

// Tick says that it is Due.
func (s *Session) Tick(now time.Time) Output {
	if now.Before(s.Due()) || s.standing == over {
		return Output{}
	}
	if !s.asked.IsZero() {
		s.standing = over
		return Output{Send: s.End(ReasonTimeouts), Err: errors.New("the master agent does not answer")}
	}
	s.heard, s.asked = now, now
	clear(s.waiting) // what was not answered by now will not be
	send := s.say(&PDU{Kind: KindPing})
	return Output{Send: append(send, s.register(now)...)}
}

// Reply is the answer to a request of the master; index is of the variable that the error is about, from 1.
func (s *Session) Reply(to *PDU, vars []VarBind, e Error, index int) []byte {
	return encoded(&PDU{Kind: KindResponse, Session: to.Session, Transaction: to.Transaction, Packet: to.Packet,
		VarBinds: vars, Error: e, Index: uint16(index)})
}

// Notify is a notification, nil while nobody would take it.
func (s *Session) Notify(now time.Time, vars []VarBind) []byte {
	if s.standing != open {
		return nil
	}
	if s.asked.IsZero() {
		s.asked = now // a master answers notifications
	}
	return s.say(&PDU{Kind: KindNotify, VarBinds: vars})
}

// End closes the session; the bytes may be sent.
func (s *Session) End(reason uint8) []byte {
	s.standing = over
	return s.say(&PDU{Kind: KindClose, Reason: reason})
}
