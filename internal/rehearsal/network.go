package rehearsal

import (
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// delay is how long a packet takes.
const delay = time.Millisecond

// A delivery is a packet on its way to an interface.
type delivery struct {
	at time.Time
	to *host
	d  vrrp.Datagram
}

// start turns a host on.
func (s *stage) start(h *host) {
	h.core = vrrp.New()
	s.configure(h)
}

// configure gives a host its configuration, and what it looks at.
func (s *stage) configure(h *host) {
	for _, dev := range h.devs {
		s.do(h, h.core.Link(s.now, h.link(dev)))
	}
	s.do(h, h.core.Configure(s.now, setup(h.cfg)))
	for t := range h.tracks() {
		s.report(h, t)
	}
	s.serve(h)
}

// report tells a host how a tracked object is.
func (s *stage) report(h *host, t config.Track) {
	if t.Kind != config.TrackedInterface && h.core != nil {
		id := h.core.IdentifyTracked(vrrp.Tracked{Kind: t.Kind, Name: t.Name})
		s.do(h, h.core.Track(s.now, id, h.well(t)))
	}
}

// do carries out what a host wants.
func (s *stage) do(h *host, o vrrp.Output) {
	for _, t := range o.Send {
		s.send(h, t)
	}
	for _, l := range o.Log {
		s.lines = append(s.lines, Line{At: s.elapsed(), Director: h.name, Router: l.Instance, Text: l.Text, Log: true})
	}
	// Nothing else is seen from outside, and most of what hosts do is to send adverts.
	if len(o.Notify)+len(o.Addresses) > 0 {
		s.notice(h)
		s.moved(h)
		s.look()
	}
}

// off ends all that a host was.
func (s *stage) off(h *host) {
	h.core, h.states, h.known, h.checked = nil, nil, nil, nil
	for _, r := range s.routers {
		s.becomes(r.name, h.name, "", Fine)
	}
}

// notice tells of routers in another state than before.
func (s *stage) notice(h *host) {
	if h.core == nil {
		return
	}
	before := h.known
	// Those of before may be gone.
	h.states, h.known, h.names = map[string]vrrp.State{}, map[vrrp.ID]vrrp.State{}, map[vrrp.ID]string{}
	for _, st := range h.core.Status() {
		name := st.Config.Name
		h.states[name], h.known[st.Router] = st.State, st.State
		h.names[st.Router] = name
		if was, ok := before[st.Router]; ok && was == st.State || !ok && st.State == vrrp.Init {
			continue
		}
		router := name
		if r := h.routers[name]; r != nil {
			router = r.name
		}
		shown := st.State.String()
		if st.State == vrrp.Init {
			shown = ""
		}
		s.becomes(router, h.name, shown, Fine)
		text := "is " + st.State.String()
		if st.State == vrrp.Master {
			text += ", priority " + number(st.EffectivePriority)
		}
		s.tell(h, router, text)
	}
}

// send puts a packet on the wire, for whoever is there to hear it.
func (s *stage) send(from *host, t vrrp.Transmit) {
	if from.cut || !from.links[t.Interface] {
		return
	}
	d := vrrp.Datagram{Src: t.Src, Dst: t.Dst, TTL: t.TTL, HeaderLen: 20, TotalLength: 20 + len(t.Payload),
		Payload: t.Payload}
	if t.Src.Is6() {
		d.HeaderLen, d.TotalLength = 40, 0 // as an IPv6 socket tells it
	}
	if t.AH {
		h := wire.Header4{Src: t.Src, Dst: t.Dst, TTL: t.TTL, Protocol: wire.AHProtocol, ID: t.ID}
		d.Header = h.Append(nil, len(t.Payload))
		d.AH, d.Payload, _ = wire.SplitAH(t.Payload)
	}
	s.lines = append(s.lines, Line{At: s.elapsed(), Director: from.name, Router: from.names[t.Router], Advert: true,
		Text: fmt.Sprintf("    advert to %s, priority %d", t.Dst, d.Payload[2])})
	for _, to := range s.hosts {
		for _, dev := range to.devs {
			// Unicast is routed to wherever its receiver is.
			near := to.nets[dev] == from.nets[t.Interface]
			if to == from || t.Dst.IsMulticast() && !(near && to.joined(dev, t.Dst)) || !t.Dst.IsMulticast() && !to.has(dev,
				t.Dst) {
				continue
			}
			d.Interface = dev
			s.queue = append(s.queue, delivery{s.now.Add(delay), to, d})
		}
	}
}

// run lets time pass, with packets, answers and timers in their order.
func (s *stage) run(end time.Time) {
	for {
		next, act := s.next(end)
		if next.After(s.now) {
			s.ask()
			s.now = next
		}
		if act == nil {
			return
		}
		act()
	}
}

// next finds what comes first, and when. Nothing is what comes before the end.
func (s *stage) next(end time.Time) (at time.Time, act func()) {
	at = end
	sooner := func(t time.Time, ok bool) bool { return ok && t.Before(at) }
	for _, h := range s.hosts {
		if h.core == nil {
			continue
		}
		if t, ok := h.core.Next(); sooner(t, ok) {
			at, act = t, func() { s.do(h, h.core.Expire(s.now)) }
		}
		if t, ok := h.checked.core.Next(); sooner(t, ok) {
			at, act = t, func() { s.carryOut(h, h.checked.core.Expire(s.now)) }
		}
	}
	if len(s.answers) > 0 && sooner(s.answers[0].at, true) {
		at, act = s.answers[0].at, s.hear
	}
	if len(s.queue) > 0 && !s.queue[0].at.After(at) {
		at, act = s.queue[0].at, s.deliver
	}
	return at, act
}

// deliver has the first packet on its way arrive.
func (s *stage) deliver() {
	p := s.queue[0]
	s.queue = s.queue[1:]
	if p.to.core != nil && !p.to.cut && p.to.links[p.d.Interface] {
		s.do(p.to, p.to.core.Receive(s.now, p.d))
	}
}

// hear has the first attempt that goes on end.
func (s *stage) hear() {
	a := s.answers[0]
	s.answers = s.answers[1:]
	for _, h := range s.hosts {
		if h.checked == a.to {
			s.carryOut(h, a.to.core.Observe(s.now, a.id, a.outcome))
		}
	}
}
