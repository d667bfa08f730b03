package vrrp

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/internal/moment"
)

// This file is how a Core goes on in another process, which nobody is to notice: neither its outputs nor their times
// are other than if it had stayed. What is left out is what only spares the log a line: short packets and virtual
// routers that are not ours are named once more.

// A Handover is what a Core knows, as plain values. Its moments count from when it was made.
type Handover struct {
	Routers []FormerRouter
	Groups  []FormerGroup
	Tracked []FormerObject
	// Timers are those that run, in their order.
	Timers  []FormerTimer
	StartAt moment.Moment
}

// A FormerRouter is a virtual router as its machine knew it: see there.
type FormerRouter struct {
	Name string
	VRID uint8
	IPv6 bool

	State                                          State
	Started, WantMaster, Reduced, VIPsOn, Follows  bool
	Doubtful, Resigned, Trying, Overtook, LeaveOut bool
	Cut                                            bool
	Obstacles                                      []Obstacle
	Priority, MasterPriority                       uint8
	MasterAddr, OwnAddr                            netip.Addr
	MasterInterval, HeardEvery                     time.Duration
	Heard, Since, LateSaid                         moment.Moment

	Took             Takeover
	Part             moment.Moment
	Misfit           Misfit
	Preempt          uint8
	ConflictAdverts  int
	ConflictInterval time.Duration
	ConflictHeard    bool
	Counters         Counters
	Logged           uint64
	Sequence         uint32
	Ident            uint16
	OldPeers         map[netip.Addr]bool
	Rivals           []FormerRival
	Voices           []FormerVoice
	StampSent        uint64
	StampAt          moment.Moment
	Senders          []FormerSender

	// What it is asked for, and why: see machine.
	Moves         Moves
	Causes        Causes
	Refusals      []Refusal
	From, To      State
	Cause         Cause
	Changed       moment.Moment
	Born, Wanting Cause
}

// A FormerRival is another master, a FormerVoice one as a backup hears it, a FormerSender one whose adverts are
// signed.
type (
	FormerRival struct {
		Addr              netip.Addr
		Priority          uint8
		Adverts, Episodes uint64
		GaveWay           uint64
		Now               bool
		Beside            netip.Addr
		First, Last       moment.Moment
		Every             time.Duration
		AdvertsNow        uint64 // in this episode
	}
	FormerVoice struct {
		Addr        netip.Addr
		Priority    uint8
		Says, Every time.Duration
		At          moment.Moment
		Returns     int
	}
	FormerSender struct {
		Addr netip.Addr
		Last uint64
		At   moment.Moment
	}
)

// A FormerGroup is a sync group: what it last told, and who becomes master first when a Try is answered, by its place
// in Handover.Routers; -1 for nobody.
type FormerGroup struct {
	Name  string
	State State
	Next  int
}

// A FormerObject is what is known of a tracked object.
type FormerObject struct {
	Tracked
	Value int
}

// A FormerTimer is one of a router, by its place in Handover.Routers.
type FormerTimer struct {
	Router int
	Kind   uint8
	At     moment.Moment
}

// Handover writes down all that another Core needs to go on from here (Setup.Former). Nobody may call anything of
// this one from then on, unless the other one is given up.
func (c *Core) Handover(now time.Time) Handover {
	h := Handover{StartAt: moment.Of(now, c.startAt)}
	index := make(map[*machine]int, len(c.machines))
	for i, m := range c.machines {
		index[m] = i
		h.Routers = append(h.Routers, m.handover(now))
	}
	for _, g := range c.groups {
		next := -1
		if g.next != nil {
			next = index[g.next]
		}
		// One without a name is known by its only member.
		name := g.cfg.Name
		if !g.named() {
			name = g.members[0].cfg.Name
		}
		h.Groups = append(h.Groups, FormerGroup{name, g.state, next})
	}
	for what, o := range c.objects {
		if o.Known {
			h.Tracked = append(h.Tracked, FormerObject{what, o.Value.Value})
		}
	}
	for _, t := range c.timers.Sorted() {
		h.Timers = append(h.Timers, FormerTimer{index[t.Of.m], uint8(t.Of.kind), moment.Of(now, t.At)})
	}
	return h
}

func (m *machine) handover(now time.Time) FormerRouter {
	f := FormerRouter{
		Name: m.cfg.Name, VRID: m.cfg.VRID, IPv6: m.cfg.IPv6,
		State: m.state, Started: m.started, WantMaster: m.wantMaster, Reduced: m.reduced, VIPsOn: m.vipsOn,
		Follows: m.follows, Doubtful: m.doubtful, Resigned: m.resigned, Trying: m.trying, Overtook: m.overtook,
		LeaveOut: m.leaveOut, Cut: m.cut, Obstacles: slices.Clone(m.obstacles),
		Priority: m.prio, MasterPriority: m.masterPrio, MasterAddr: m.masterAddr, OwnAddr: m.ownAddr,
		MasterInterval: m.masterInt, HeardEvery: m.heardEvery,
		Heard: moment.Of(now, m.heard), Since: moment.Of(now, m.since), LateSaid: moment.Of(now, m.lateSaid),
		Took: m.took, Part: moment.Of(now, m.part), Misfit: m.misfit,
		Preempt: uint8(m.preempt), ConflictAdverts: m.conflict.adverts, ConflictInterval: m.conflict.interval,
		ConflictHeard: m.conflict.heard, Counters: m.counters, Logged: m.logged, Sequence: m.expect.Sequence,
		Ident: m.ident, OldPeers: m.oldPeers, StampSent: m.stamps.sent, StampAt: moment.Of(now, m.stamps.sentAt),
		Moves: m.moves, Causes: m.causes, Refusals: slices.Clone(m.refusals),
		From: m.last.From, To: m.last.To, Cause: m.last.Cause, Changed: moment.Of(now, m.last.At),
		Born: m.born, Wanting: m.wanting,
	}
	for _, r := range m.rivals {
		f.Rivals = append(f.Rivals, r.handover(now))
	}
	for _, v := range m.voices {
		f.Voices = append(f.Voices, FormerVoice{v.addr, v.prio, v.says, v.every, moment.Of(now, v.at), v.returns})
	}
	for _, s := range m.stamps.senders {
		f.Senders = append(f.Senders, FormerSender{s.addr, s.last, moment.Of(now, s.at)})
	}
	return f
}

func (r Rival) handover(now time.Time) FormerRival {
	return FormerRival{
		Addr: r.Addr, Priority: r.Priority, Adverts: r.Adverts, Episodes: r.Episodes, GaveWay: r.GaveWay, Now: r.Now,
		Beside: r.Beside, First: moment.Of(now, r.First), Last: moment.Of(now, r.Last), Every: r.every, AdvertsNow: r.adverts,
	}
}

// of finds a router of a configuration among those that were handed over, -1 for one that was not.
func (h *Handover) of(m *machine) int {
	return slices.IndexFunc(h.Routers, func(f FormerRouter) bool {
		return f.Name == m.cfg.Name && f.VRID == m.cfg.VRID && f.IPv6 == m.cfg.IPv6
	})
}

// begin gives a new machine what has to be known before anything is said about it: what was said already.
func (h *Handover) begin(m *machine) {
	if i := h.of(m); i >= 0 {
		m.obstacles, m.doubtful = h.Routers[i].Obstacles, h.Routers[i].Doubtful
	}
}

// recall has all machines go on from where they were.
func (c *Core) recall(h *Handover, then time.Time) {
	c.startAt = h.StartAt.From(then)
	machines := make([]*machine, len(h.Routers))
	for _, m := range c.machines {
		if i := h.of(m); i >= 0 {
			m.recall(&h.Routers[i], then)
			machines[i] = m
		}
	}
	for _, f := range h.Groups {
		for _, g := range c.groups {
			if g.cfg.Name == f.Name || !g.named() && g.members[0].cfg.Name == f.Name {
				if g.state = f.State; f.Next >= 0 && f.Next < len(machines) {
					g.next = machines[f.Next]
				}
			}
		}
	}
	for _, f := range h.Tracked {
		if o := c.objects[f.Tracked]; o != nil && !o.Known {
			o.Value = Value{true, f.Value}
		}
	}
	for _, t := range h.Timers { // in their order, which is that in which those of one moment run out
		if t.Router < len(machines) && machines[t.Router] != nil && t.Kind < uint8(timerKinds) {
			c.set(machines[t.Router], timerKind(t.Kind), t.At.From(then))
		}
	}
}

func (m *machine) recall(f *FormerRouter, then time.Time) {
	m.state, m.started, m.wantMaster, m.reduced, m.vipsOn = f.State, f.Started, f.WantMaster, f.Reduced, f.VIPsOn
	m.follows, m.resigned, m.trying, m.overtook = f.Follows, f.Resigned, f.Trying, f.Overtook
	m.leaveOut, m.cut, m.took, m.part, m.misfit = f.LeaveOut, f.Cut, f.Took, f.Part.From(then), f.Misfit
	m.prio, m.masterPrio, m.masterAddr, m.ownAddr = f.Priority, f.MasterPriority, f.MasterAddr, f.OwnAddr
	m.masterInt, m.heardEvery = f.MasterInterval, f.HeardEvery
	m.heard, m.since, m.lateSaid = f.Heard.From(then), f.Since.From(then), f.LateSaid.From(then)
	m.preempt, m.counters, m.logged = preemption(f.Preempt), f.Counters, f.Logged
	m.conflict = ownerConflict{f.ConflictAdverts, f.ConflictInterval, f.ConflictHeard}
	m.expect.Sequence, m.ident, m.oldPeers = f.Sequence, f.Ident, f.OldPeers
	m.stamps.sent, m.stamps.sentAt = f.StampSent, f.StampAt.From(then)
	m.causes, m.refusals = f.Causes, slices.Clone(f.Refusals)
	m.moves, m.last = f.Moves, Transition{From: f.From, To: f.To, At: f.Changed.From(then), Cause: f.Cause}
	m.born, m.wanting = f.Born, f.Wanting
	for _, r := range f.Rivals {
		m.rivals = append(m.rivals, Rival{
			Addr: r.Addr, Priority: r.Priority, Adverts: r.Adverts, Episodes: r.Episodes, GaveWay: r.GaveWay, Now: r.Now,
			Beside: r.Beside, First: r.First.From(then), Last: r.Last.From(then), every: r.Every, adverts: r.AdvertsNow,
		})
	}
	for _, v := range f.Voices {
		m.voices = append(m.voices, voice{v.Addr, v.Priority, v.Says, v.Every, v.At.From(then), v.Returns})
	}
	for _, s := range f.Senders {
		m.stamps.senders = append(m.stamps.senders, sender{s.Addr, s.Last, s.At.From(then)})
	}
}
