package agentx

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// list is a tree of numbers.
type list []VarBind

func (l list) Get(name OID) Value {
	for _, v := range l {
		if v.Name.Compare(name) == 0 {
			return v.Value
		}
	}
	return Value{Type: NoSuchObject}
}

func (l list) Next(r Range) (VarBind, bool) {
	for _, v := range l {
		if at := v.Name.Compare(r.Start); at > 0 || at == 0 && r.Include {
			if len(r.End) > 0 && v.Name.Compare(r.End) >= 0 {
				break
			}
			return v, true
		}
	}
	return VarBind{}, false
}

func numbers(n int) (l list) {
	for i := range n {
		l = append(l, VarBind{OID{1, 3, uint32(i)}, Int(i)})
	}
	return l
}

func (v VarBind) text() string { return fmt.Sprintf("%v=%d:%d", v.Name, v.Value.Type, v.Value.Number) }

func texts(all []VarBind) string {
	var b []string
	for _, v := range all {
		b = append(b, v.text())
	}
	return strings.Join(b, " ")
}

func TestAnswers(t *testing.T) {
	end := OID{1, 4}
	for name, c := range map[string]struct {
		ask  PDU
		want string
	}{
		"get":         {PDU{Kind: KindGet, Ranges: []Range{{Start: OID{1, 3, 1}}, {Start: OID{1, 3, 9}}}}, ".1.3.1=2:1 .1.3.9=128:0"},
		"next":        {PDU{Kind: KindGetNext, Ranges: []Range{{Start: OID{1, 3, 1}, End: end}}}, ".1.3.2=2:2"},
		"next itself": {PDU{Kind: KindGetNext, Ranges: []Range{{Start: OID{1, 3, 1}, Include: true}}}, ".1.3.1=2:1"},
		"before end":  {PDU{Kind: KindGetNext, Ranges: []Range{{Start: OID{1, 3, 1}, End: OID{1, 3, 2}}}}, ".1.3.1=130:0"},
		"over":        {PDU{Kind: KindGetNext, Ranges: []Range{{Start: OID{1, 3, 3}}}}, ".1.3.3=130:0"},
		"bulk": {PDU{Kind: KindGetBulk, NonRepeaters: 1, MaxRepetitions: 2, Ranges: []Range{{Start: OID{1}}, {Start: OID{1, 3, 0}}, {Start: OID{1, 3, 2}}}},
			".1.3.0=2:0 .1.3.1=2:1 .1.3.3=2:3 .1.3.2=2:2 .1.3.3=130:0"},
		"bulk to the end": {PDU{Kind: KindGetBulk, MaxRepetitions: 9, Ranges: []Range{{Start: OID{1, 3, 2}}}}, ".1.3.3=2:3 .1.3.3=130:0"},
		"bulk of none":    {PDU{Kind: KindGetBulk, MaxRepetitions: 0, Ranges: []Range{{Start: OID{1, 3, 2}}}}, ""},
	} {
		got, err := Answer(numbers(4), &c.ask)
		if err != NoError || texts(got) != c.want {
			t.Errorf("%s: %s, %v\nwant %s", name, texts(got), err, c.want)
		}
	}
}

// However much is asked for, an answer has a bound, and whoever goes on from its end gets everything.
func TestAnswersAreBounded(t *testing.T) {
	all := numbers(5000)
	got, err := Answer(all, &PDU{Kind: KindGetBulk, MaxRepetitions: 65535, Ranges: []Range{{Start: OID{1}}}})
	if err != NoError || len(got) != maxRepeated {
		t.Errorf("%d variables, %v", len(got), err)
	}
	large := list{{OID{1, 3, 1}, Bytes(strings.Repeat("x", maxAnswer/2))}, {OID{1, 3, 2}, Bytes(strings.Repeat("x", maxAnswer))}}
	got, err = Answer(large, &PDU{Kind: KindGetBulk, MaxRepetitions: 9, Ranges: []Range{{Start: OID{1}}}})
	if err != NoError || len(got) != 1 {
		t.Errorf("%d variables, %v", len(got), err)
	}
	twice := []Range{{Start: OID{1, 3, 2}}, {Start: OID{1, 3, 2}}}
	if got, err := Answer(large, &PDU{Kind: KindGet, Ranges: twice}); err != GenErr {
		t.Errorf("%d variables, %v", len(got), err)
	}
}

// A teller plays a session in a time of its own and tells what it does.
type teller struct {
	t   *testing.T
	now time.Time
	s   *Session
	log strings.Builder
}

func (p *teller) say(format string, args ...any) { fmt.Fprintf(&p.log, format+"\n", args...) }

func (p *teller) sent(b []byte) {
	for len(b) > 0 {
		h, err := ParseHeader([HeaderSize]byte(b))
		if err != nil {
			p.t.Fatal(err)
		}
		pdu, err := h.Parse(b[HeaderSize : HeaderSize+h.Length])
		if err != nil {
			p.t.Fatal(err)
		}
		b = b[HeaderSize+h.Length:]
		p.say("  > kind %d session %d packet %d %v%s%s", pdu.Kind, pdu.Session, pdu.Packet, pdu.OID,
			map[bool]string{true: " " + pdu.Error.String()}[pdu.Kind == KindResponse], map[bool]string{true: " " + pdu.Text}[pdu.Text != ""])
	}
}

func (p *teller) out(o Output) {
	p.sent(o.Send)
	if o.Opened {
		p.say("  opened")
	}
	for _, r := range o.Refused {
		p.say("  refused %s", r)
	}
	if o.Request != nil {
		p.say("  request %d", o.Request.Kind)
	}
	if o.Err != nil {
		p.say("  over: %v", o.Err)
	}
}

func (p *teller) hear(what string, pdu PDU) {
	p.say("%s", what)
	p.out(p.s.Receive(p.now, pdu))
}

// until lets the time come at which the session wants to be called.
func (p *teller) until() {
	p.say("after %v", p.s.Due().Sub(p.now))
	p.now = p.s.Due()
	p.out(p.s.Tick(p.now))
}

func newTeller(t *testing.T) *teller {
	p := &teller{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	var hello []byte
	p.s, hello = NewSession(p.now, Options{OID: OID{1, 3, 6, 1, 9}, Text: "us",
		Regions: []Region{{OID{1, 3, 6, 1, 10}, "ten"}, {OID{1, 3, 6, 1, 11}, ""}}})
	p.sent(hello)
	return p
}

func (p *teller) opened() {
	p.hear("Open is answered", PDU{Kind: KindResponse, Session: 7, Packet: 1, UpTime: 500})
	if at := p.s.Booted(); !at.Equal(p.now.Add(-5 * time.Second)) {
		p.t.Errorf("the master began at %v", at)
	}
}

func (p *teller) is(want string) {
	p.t.Helper()
	if got := p.log.String(); strings.TrimSpace(got) != strings.TrimSpace(want) {
		p.t.Errorf("%s\nwant %s", got, want)
	}
}

func TestASession(t *testing.T) {
	p := newTeller(t)
	p.hear("a stray answer", PDU{Kind: KindResponse, Packet: 99})
	p.opened()
	p.hear("the first region is ours", PDU{Kind: KindResponse, Session: 7, Packet: 2})
	p.hear("the second is somebody else's", PDU{Kind: KindResponse, Session: 7, Packet: 4, Error: DuplicateRegistration})
	p.hear("an answer twice", PDU{Kind: KindResponse, Session: 7, Packet: 4})
	p.hear("a request", PDU{Kind: KindGetNext, Session: 7, Packet: 50})
	p.hear("of another session", PDU{Kind: KindGetNext, Session: 8, Packet: 51})
	p.hear("of a context", PDU{Kind: KindGet, Session: 7, Packet: 52, Context: "x"})
	p.hear("of a kind that is not for us", PDU{Kind: KindRegister, Session: 7, Packet: 53})
	p.say("half a request")
	p.out(p.s.Garbled(p.now, PDU{Kind: KindGet, Session: 7, Packet: 54}))
	p.until()
	p.hear("still refused", PDU{Kind: KindResponse, Session: 7, Packet: 6, Error: DuplicateRegistration})
	p.until()
	p.hear("and now not", PDU{Kind: KindResponse, Session: 7, Packet: 8})
	p.until()
	p.say("a notification")
	p.sent(p.s.Notify(p.now, nil))
	p.until()
	if b := p.s.Notify(p.now, nil); b != nil {
		t.Error("a notification behind the end")
	}
	p.is(`
  > kind 1 session 0 packet 1 .1.3.6.1.9 us
a stray answer
Open is answered
  > kind 3 session 7 packet 2 .1.3.6.1.10
  > kind 16 session 7 packet 3 .1.3.6.1.10 ten
  > kind 3 session 7 packet 4 .1.3.6.1.11
  opened
the first region is ours
the second is somebody else's
  refused .1.3.6.1.11: duplicateRegistration
an answer twice
a request
  request 6
of another session
  > kind 18 session 8 packet 51  notOpen
of a context
  > kind 18 session 7 packet 52  unsupportedContext
of a kind that is not for us
  > kind 18 session 7 packet 53  processingError
half a request
  > kind 18 session 7 packet 54  parseError
after 15s
  > kind 13 session 7 packet 5 
  > kind 3 session 7 packet 6 .1.3.6.1.11
still refused
after 15s
  > kind 13 session 7 packet 7 
  > kind 3 session 7 packet 8 .1.3.6.1.11
and now not
after 15s
  > kind 13 session 7 packet 9 
a notification
  > kind 12 session 7 packet 10 
after 5s
  > kind 2 session 7 packet 11 
  over: the master agent does not answer`)
}

func TestSessionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		open bool
		pdu  PDU
		want string
	}{
		"refused":   {false, PDU{Kind: KindResponse, Packet: 1, Error: OpenFailed}, "refuses the session: openFailed"},
		"closed":    {true, PDU{Kind: KindClose, Session: 7, Reason: 6}, "has closed the session (reason 6)"},
		"forgotten": {true, PDU{Kind: KindResponse, Session: 7, Packet: 44, Error: NotOpen}, "has forgotten the session"},
	} {
		p := newTeller(t)
		if c.open {
			p.opened()
		}
		out := p.s.Receive(p.now, c.pdu)
		if out.Err == nil || !strings.Contains(out.Err.Error(), c.want) {
			t.Errorf("%s: %v", name, out.Err)
		}
		if out := p.s.Tick(p.now.Add(time.Hour)); out.Err != nil || out.Send != nil {
			t.Errorf("%s: %+v behind the end", name, out)
		}
	}
	p := newTeller(t)
	p.opened()
	if out := p.s.Garbled(p.now, PDU{Kind: KindResponse}); out.Err == nil || out.Send == nil {
		t.Errorf("%+v", out)
	}
}
