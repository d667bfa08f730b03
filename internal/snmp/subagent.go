package snmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/mib"
	"holdfast/internal/state"
)

// Bounds of what a master agent may cost.
const (
	dialTime  = 5 * time.Second
	writeTime = 2 * time.Second  // for the master to take what is sent
	restTime  = 10 * time.Second // for a PDU to come that has begun
	lastTime  = 200 * time.Millisecond
	firstWait = time.Second // before the second attempt; each further one waits for twice as long
	mostWait  = 15 * time.Second
	// lateNews is how old what happened may be to be told: what happens while there is no master agent is forgotten, but
	// at the start of a host both begin together.
	lateNews = 10 * time.Second
)

// A subagent connects to one master agent for as long as it is wanted.
type subagent struct {
	log     *zap.Logger
	source  Source
	want    config.SNMP
	regions []agentx.Region
	view    view
	events  <-chan state.Event // nil unless they are to be told
	latest  state.Answer       // what the daemon said last when somebody was to be told of it
	former  state.Answer       // the configuration that ran before that, while it may be told what became of it
	setting *setting           // nil while there is none

	failing string // what was said last of why there is no session
}

// run goes on until ctx ends.
func (s *subagent) run(ctx context.Context) {
	s.view = view{source: s.source, want: s.want}
	defer s.view.close()
	to, err := parseAddress(s.want.Socket)
	if err != nil {
		s.log.Warn("SNMP: " + err.Error())
		return
	}
	for wait := firstWait; ; wait = min(2*wait, mostWait) {
		began := time.Now()
		err := s.connect(ctx, to)
		if ctx.Err() != nil {
			return
		}
		s.fails(to, err)
		if time.Since(began) > mostWait {
			wait = firstWait
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// fails says why there is no session, once for each reason.
func (s *subagent) fails(to address, err error) {
	if text := err.Error(); text != s.failing {
		s.failing = text
		s.log.Warn(fmt.Sprintf("SNMP: no session with the master agent at %v: %s; trying again", to, text))
	}
}

// connect is one connection, from its beginning to its end.
func (s *subagent) connect(ctx context.Context, to address) error {
	d := net.Dialer{Timeout: dialTime}
	c, err := d.DialContext(ctx, to.network, to.at)
	if err != nil {
		return err
	}
	defer c.Close()
	over := make(chan struct{})
	defer close(over)
	pdus := make(chan received)
	go receive(c, pdus, over)

	session, hello := agentx.NewSession(time.Now(),
		agentx.Options{OID: mib.Keepalived(), Text: "Keepalived", Regions: s.regions})
	if err := send(c, hello); err != nil {
		return err
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	var events <-chan state.Event // nil before the session is open
	for {
		var out agentx.Output
		timer.Reset(time.Until(session.Due()))
		select {
		case <-ctx.Done():
			last := append(s.unread(ctx, session, events), session.End(agentx.ReasonShutdown)...)
			_ = c.SetWriteDeadline(time.Now().Add(lastTime))
			_, _ = c.Write(last) // the end of the connection says the same
			return ctx.Err()
		case <-timer.C:
			s.forget(time.Now())
			out = session.Tick(time.Now())
		case e, more := <-events:
			if !more {
				s.events, events = nil, nil
				continue
			}
			out.Send = s.tell(ctx, session, &e)
		case r := <-pdus:
			switch now := time.Now(); {
			case r.err != nil && r.whole:
				out = session.Garbled(now, r.pdu)
			case r.err != nil:
				return r.err
			default:
				out = session.Receive(now, r.pdu)
			}
		}
		if err := s.act(ctx, c, to, session, out); err != nil {
			return err
		}
		if out.Opened {
			events = s.events
		}
	}
}

// act does what the session wants done.
func (s *subagent) act(ctx context.Context, c net.Conn, to address, session *agentx.Session, out agentx.Output) error {
	if out.Opened {
		s.failing, s.view.booted = "", session.Booted()
		s.log.Info(fmt.Sprintf("SNMP: session with the master agent at %v", to))
	}
	for _, why := range out.Refused {
		s.log.Warn("SNMP: the master agent refuses to have us asked for " + why)
	}
	sent := out.Send
	if out.Request != nil {
		sent = append(sent, s.answer(ctx, session, out.Request)...)
	}
	if err := send(c, sent); err != nil {
		return errors.Join(out.Err, err)
	}
	return out.Err
}

// tell is what the master is told of an event.
func (s *subagent) tell(ctx context.Context, session *agentx.Session, e *state.Event) (send []byte) {
	at := mib.Moment{Now: time.Now(), Booted: session.Booted()}
	if at.Now.Sub(e.At) > lateNews || !mib.Tells(e, s.want) {
		return nil
	}
	for _, vars := range mib.Traps(e, s.seen(ctx, e), s.want, at) {
		send = append(send, session.Notify(at.Now, vars)...)
	}
	return send
}

// unread is what the master is told of events that are there and were not read: at the end of the daemon.
func (s *subagent) unread(ctx context.Context, session *agentx.Session, events <-chan state.Event) (send []byte) {
	for {
		select {
		case e, more := <-events:
			if !more {
				return send
			}
			send = append(send, s.tell(ctx, session, &e)...)
		default:
			return send
		}
	}
}

// ask has the daemon say what there is.
func (s *subagent) ask(ctx context.Context) {
	a := s.source.Objects(ctx)
	if a.Config.Generation != s.latest.Config.Generation {
		s.former = state.Answer{Running: s.latest.Running, Config: state.Config{Loaded: time.Now()}}
	}
	s.latest = a
}

// forget lets go of a configuration of before of which nothing is told any more.
func (s *subagent) forget(now time.Time) {
	if now.Sub(s.former.Config.Loaded) > lateNews {
		s.former = state.Answer{}
	}
}

// seen is the daemon as it is behind an event. Where it has not been asked since, it has to be; what a role has told
// before it did what it tells of is older, and of some events too old. Around a reload what an event is about is in one
// of two configurations.
func (s *subagent) seen(ctx context.Context, e *state.Event) *state.Answer {
	known := func() bool { return mib.Knows(&s.latest, e) || mib.Knows(&s.former, e) }
	if !behind(&s.latest, e) || !known() {
		s.ask(ctx)
	}
	for end := time.Now().Add(2 * patience); time.Now().Before(end) &&
		(mib.Needs(e, s.want) && !behind(&s.latest, e) || !known()); {
		select {
		case <-ctx.Done():
			end = time.Time{}
		case <-time.After(patience / 3):
			s.ask(ctx)
		}
	}
	if !mib.Knows(&s.latest, e) && mib.Knows(&s.former, e) {
		return &s.former
	}
	return &s.latest
}

// behind reports whether the role that told of an event has been asked since.
func behind(a *state.Answer, e *state.Event) bool {
	return slices.ContainsFunc(a.Sources, func(s state.Source) bool { return s.Role == e.Role && !s.At.Before(e.At) })
}

// answer is the answer to a request, nil for one that wants none.
func (s *subagent) answer(ctx context.Context, session *agentx.Session, p *agentx.PDU) []byte {
	switch p.Kind {
	case agentx.KindGet, agentx.KindGetNext, agentx.KindGetBulk:
		vars, err := agentx.Answer(s.view.tree(ctx), p)
		return session.Reply(p, vars, err, 0)
	}
	return s.sets(ctx, session, p)
}

func send(c net.Conn, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_ = c.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := c.Write(b)
	return err
}

// received is a PDU of the master. With an error it is none: one that could be told from what follows if whole.
type received struct {
	pdu   agentx.PDU
	err   error
	whole bool
}

// receive hands on what the master sends, one at a time, until the connection ends.
func receive(c net.Conn, to chan<- received, over <-chan struct{}) {
	for {
		r := read(c)
		select {
		case to <- r:
		case <-over:
			return
		}
		if r.err != nil && !r.whole {
			return
		}
	}
}

func read(c net.Conn) received {
	var head [agentx.HeaderSize]byte
	// A master may be silent for as long as it likes, but not in the midst of something.
	_ = c.SetReadDeadline(time.Time{})
	if _, err := io.ReadFull(c, head[:1]); err != nil {
		return received{err: ended(err)}
	}
	_ = c.SetReadDeadline(time.Now().Add(restTime))
	if _, err := io.ReadFull(c, head[1:]); err != nil {
		return received{err: ended(err)}
	}
	h, err := agentx.ParseHeader(head)
	if err != nil {
		return received{err: err}
	}
	body := make([]byte, h.Length)
	if _, err := io.ReadFull(c, body); err != nil {
		return received{err: ended(err)}
	}
	p, err := h.Parse(body)
	return received{p, err, true}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the master agent has closed the connection")
	}
	return err
}
