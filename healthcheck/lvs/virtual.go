package lvs

import (
	"fmt"
	"math"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// quorum is what was last said about a virtual server.
type quorum uint8

const (
	quorumUnknown quorum = iota // nothing yet: an alpha start, or a quorum out of reach (semantics 8.9, 8.11)
	quorumUp
	quorumDown
)

// virtual is one virtual server.
type virtual struct {
	id        ID
	members   []member
	left      []member              // members that a reload took from it, until the table is told
	cfg       *config.VirtualServer // in the Setup
	asked     uint64                // see hash
	name      string
	servers   []*server // order of the configuration
	backups   []*server // those of them that are in reserve
	quorum    quorum
	plain     quorum                        // what it would be without overrides, since there was one
	using     pool                          // as was said last
	ramps     map[*server]*ramp             // of those whose weight grows: few, and a server is to be small
	overrides map[*server]override.Override // likewise
	gone      bool
	// suspended: ha_suspend, and the address is not on this host.
	suspended bool
	hold      bool // a reload is being worked in: the quorum is looked at when it is complete
}

// live is the effective weight of all servers that are up, but for those in reserve.
func (v *virtual) live() int64 {
	var sum int64
	for _, s := range v.servers {
		if s.up && !s.cfg.Backup {
			sum += int64(s.effective())
		}
	}
	return sum
}

// reached and lost are the two thresholds of semantics 8.9.
func (v *virtual) reached(live int64) bool {
	return live >= int64(v.cfg.Quorum)+int64(v.cfg.Hysteresis) && live > 0
}

func (v *virtual) lost(live int64) bool {
	return live == 0 || live < int64(v.cfg.Quorum)-int64(v.cfg.Hysteresis)
}

// tables says what each service in the kernel has to be. One that another virtual
// server has taken over is left to that.
func (v *virtual) tables(out []Table, owners map[ipvs.ServiceID]*virtual) []Table {
	leaving := v.left
	if v.gone {
		leaving = append(leaving, v.members...)
	}
	for _, m := range leaving {
		if owners[m.id] == nil {
			out = append(out, Table{Of: v.id, Service: m.id, Gone: true})
		}
	}
	v.left = nil
	if !v.gone {
		for _, m := range v.members {
			out = append(out, Table{Of: v.id, Service: m.id, Want: v.desired(m)})
		}
	}
	return out
}

// desired is what a service should be. It has no destination that is not
// configured.
func (v *virtual) desired(m member) ipvs.Service {
	if v.gone {
		return ipvs.Service{}
	}
	want := ipvs.Service{
		Settings: serviceSettings(v.cfg, m.id.Family),
		Dests:    make(map[ipvs.DestID]ipvs.DestSettings, len(v.servers)+1),
	}
	uses := v.uses()
	sorry := uses == sorryServer
	if v.cfg.Sorry != nil && (sorry || v.cfg.SorryInhibit) {
		d := v.dest(v.cfg.Sorry, 0)
		if sorry {
			d.Weight = 1 // a sorry server has no weight of its own
		}
		want.Dests[m.dest(v.cfg.Sorry)] = d
	}
	for _, s := range v.servers {
		switch id := m.dest(s.cfg); {
		case s.away():
		case s.up && s.in(uses):
			want.Dests[id] = v.dest(s.cfg, s.written())
		case s.stays(uses):
			if _, isSorry := want.Dests[id]; !isSorry {
				want.Dests[id] = v.dest(s.cfg, 0)
			}
		}
	}
	want.History = v.history(m, want.Dests)
	return want
}

// whole is what all services of v should be.
func (v *virtual) whole() ipvs.Table {
	t := make(ipvs.Table, len(v.members))
	for _, m := range v.members {
		t[m.id] = v.desired(m)
	}
	return t
}

func (v *virtual) dest(s *config.RealServer, weight int32) ipvs.DestSettings {
	return ipvs.DestSettings{
		Method: method(s.Method), Weight: weight,
		UpperThreshold: s.UpperThreshold, LowerThreshold: s.LowerThreshold,
		Tunnel: encapsulation(s),
	}
}

func destID(s *config.RealServer) ipvs.DestID { return ipvs.DestID{Addr: s.Addr, Port: s.Port} }

// clampWeight is what is written of a sum of weights (semantics 8.6).
func clampWeight(w int64) int32 { return int32(min(max(w, 0), math.MaxInt32)) }

// gainedText and lostText are the numbers of semantics 8.23: quorum, hysteresis,
// threshold, live weight.
func (v *virtual) gainedText(live int64) string {
	q, h := int64(v.cfg.Quorum), int64(v.cfg.Hysteresis)
	if live > 0 && live < q+h {
		return fmt.Sprintf("%d-%d=%d <= %d", q, h, q-h, live) // it is restored
	}
	return fmt.Sprintf("%d+%d=%d <= %d", q, h, q+h, live)
}

func (v *virtual) lostText(live int64) string {
	q, h := int64(v.cfg.Quorum), int64(v.cfg.Hysteresis)
	return fmt.Sprintf("%d-%d=%d > %d", q, h, q-h, live)
}

// evaluate looks at the quorum after servers or weights changed.
func (v *virtual) evaluate(a *pending) {
	if v.hold {
		return
	}
	v.settlePlain()
	live := v.live()
	switch {
	case v.quorum != quorumUp && (v.reached(live) || v.restored(live)):
		v.quorumGained(a, live)
	case v.lost(live) && (v.quorum == quorumUp || v.quorum == quorumUnknown && v.reserved()):
		v.quorumLost(a, live)
	}
	if len(v.overrides) == 0 {
		v.plain = quorumUnknown // nobody remembers
	}
	v.switchPool(a) // also where only backup servers changed
}

func (v *virtual) quorumGained(a *pending, live int64) {
	from := v.quorum
	v.quorum = quorumUp
	v.change(a, from, live)
	a.log(Info, v.name, "Gained quorum "+v.gainedText(live)+" for VS "+v.name)
	v.switchPool(a)
	v.notify(a, true, "=> Gained quorum "+v.gainedText(live)+" <=")
}

func (v *virtual) quorumLost(a *pending, live int64) {
	from := v.quorum
	v.quorum = quorumDown
	v.change(a, from, live)
	a.log(Info, v.name, "Lost quorum "+v.lostText(live)+" for VS "+v.name)
	v.switchPool(a)
	// The signs in the mail are not adapted to the lost case (semantics 8.26); the
	// threshold is.
	q, h := int64(v.cfg.Quorum), int64(v.cfg.Hysteresis)
	v.notify(a, false, fmt.Sprintf("=> Lost quorum %d+%d=%d <= %d <=", q, h, q-h, live))
}

// startDown is the quorum-down sequence of a start, and of a sorry server that a reload
// brings to a service that is down (semantics 8.11, 8.32).
func (v *virtual) startDown(a *pending, live int64) {
	from := v.quorum
	v.quorum = quorumDown
	v.change(a, from, live)
	q, h := int64(v.cfg.Quorum), int64(v.cfg.Hysteresis) // what is to be reached, in the words of the other threshold
	a.log(Info, v.name, fmt.Sprintf("Starting with quorum down %d-%d=%d > %d for VS %s", q, h, q+h, live, v.name))
	v.switchPool(a)
	v.notify(a, false, "=> Starting with quorum down "+v.gainedText(live)+" <=")
}

// start says the first word about the quorum (semantics 8.11): with a sorry server a
// service is down until the quorum is gained, also between the two thresholds.
func (v *virtual) start(a *pending) {
	v.settlePlain()
	live := v.live()
	switch {
	case v.reached(live) || v.restored(live):
		from := v.quorum
		v.quorum = quorumUp
		v.change(a, from, live)
		a.log(Info, v.name, "Gained quorum "+v.gainedText(live)+" for VS "+v.name)
		v.notify(a, true, "=> Starting with quorum up "+v.gainedText(live)+" <=")
	case v.reserved():
		v.startDown(a, live)
	}
}

func (v *virtual) sorryName() string { return v.cfg.ServerName(v.cfg.Sorry) }

// notify tells about the quorum: script, FIFO, mail.
func (v *virtual) notify(a *pending, up bool, body string) {
	n := Notify{
		Object: "VS " + v.name,
		Up:     up,
		Script: v.cfg.QuorumDown,
		What:   "quorum_down script",
	}
	n.Line = n.Object + " " + state(up)
	if up {
		n.Script, n.What = v.cfg.QuorumUp, "quorum_up script"
	}
	if v.cfg.SMTPAlert {
		n.Subject, n.Body = "Virtualserver "+v.name+" - "+state(up), body
	}
	a.Notify = append(a.Notify, n)
}

func state(up bool) string { return pick(up, "UP", "DOWN") }

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
