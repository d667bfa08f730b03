package engine

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/announcer"
	"holdfast/internal/override"
	"holdfast/internal/report/services"
	"holdfast/internal/speaker"
)

// This file shows virtual servers to the routing daemon beside the director, or by BGP, while they can serve.

// An Announcer has places shown in the kernel, without waiting; announcer.Keeper is one.
type Announcer interface {
	Set([]announce.Place)
	Report() (problems []announce.Problem, repairs uint64)
	// Close withdraws everything and reports whether there was something.
	Close(time.Duration) bool
	// HandOver has it stand still, until Resume, and gives what that of another process goes on from by Succeed.
	HandOver() (announcer.Former, []int)
	Resume()
	Succeed(announcer.Former, []int) error
}

// A Speaker has routers hear of places by BGP, without waiting; speaker.Keeper is one.
type Speaker interface {
	Configure(*config.BGP)
	Set([]announce.Place)
	Report() []announce.Problem
	Sessions() []speaker.Session
	// Close withdraws everything and reports whether there was something.
	Close(time.Duration) bool
	// HandOver has it stand still, until Resume, and gives what that of another process goes on from by Succeed.
	HandOver(now time.Time) (speaker.Former, []int)
	Resume()
	Succeed(f speaker.Former, then time.Time, fds []int) error
	Yielder
}

// A Yielder is an Announcer that can also tell routers that others are better, for those who know which packets are
// still under way to a director before it withdraws.
type Yielder interface {
	// Yield has all that is shown be the last choice from now on, or not any more, and says how long that takes to be
	// known; 0 if nobody would hear of it.
	Yield(on bool) time.Duration
}

const (
	// withdrawTime is how long a stop waits for the kernel to take back what is shown.
	withdrawTime = time.Second
	// farewell is how long a stop goes on serving when that is done: until the routers have heard of it, packets come.
	farewell = time.Second
)

// claimsOf are what the virtual servers of a configuration show.
func claimsOf(setup lvs.Setup) []announce.Claim {
	var all []announce.Claim
	groups := lvs.GroupsOf(setup)
	for i := range setup.VirtualServers {
		v := &setup.VirtualServers[i]
		a := v.Announce
		if a == nil {
			continue
		}
		prefixes, _ := v.Announced(groups[v.Group]) // there are some: the language has seen to that
		claim := announce.Claim{Of: lvs.IDOf(v), Name: v.Name(), Hold: a.Hold}
		for _, p := range prefixes {
			claim.Places = append(claim.Places, announce.Place{Prefix: p, Dev: a.Dev, Table: a.Table.Number, BGP: a.BGP})
		}
		all = append(all, claim)
	}
	return all
}

// health is whether a virtual server can serve: what its checkers say, and whether the kernel has what they want.
func (l *loop) health(id lvs.ID) announce.Health {
	var h announce.Health
	if h.Unfit, h.Unproven = l.core.Fitness(id); h.Unfit != "" || l.table == nil {
		return h
	}
	for _, m := range l.core.Members(id) {
		_, held := l.table.held[m]
		_, there := l.table.have[m]
		switch {
		case held:
			h.Unfit = "another daemon has it"
		case l.table.failing[m] != "":
			h.Unfit = l.table.failing[m]
		case !there:
			h.Unproven = "it is not in the kernel's table"
		}
	}
	return h
}

// show takes what a configuration has shown, and to whom.
func (l *loop) show(now time.Time, setup lvs.Setup) {
	if l.e.opt.Announcer == nil {
		return
	}
	if l.e.opt.Speaker != nil {
		l.e.opt.Speaker.Configure(l.active.cfg.BGP)
	}
	l.showing(l.shows.Configure(now, claimsOf(setup)))
	if l.succeeds { // also when nothing has changed: it is for this process to confirm it now
		l.succeeds = false
		l.shown()
	}
}

// showAgain looks at what is shown. Whoever calls it has seen something change, or time pass.
func (l *loop) showAgain(now time.Time) {
	if l.e.opt.Announcer != nil {
		l.showing(l.shows.Decide(now))
	}
}

// drain has nothing shown while an override of the director is in force; the zero Override ends that.
func (l *loop) drain(now time.Time, o override.Override) {
	if l.e.opt.Announcer == nil {
		return
	}
	why, notice := "", time.Duration(0)
	if o != (override.Override{}) {
		why = "this director is " + o.What() + " by " + o.Who()
	}
	if y, is := l.e.opt.Announcer.(Yielder); is {
		notice = y.Yield(why != "")
	}
	if s := l.e.opt.Speaker; s != nil {
		notice = max(notice, s.Yield(why != ""))
	}
	l.showing(l.shows.Drain(now, why, notice))
}

func (l *loop) showing(changes []announce.Change) {
	for _, c := range changes {
		if c.On {
			l.e.log.Info("Announcing " + c.Place.String())
		} else {
			l.e.log.Warn("Withdrawing " + c.Place.String() + ": " + c.Why)
		}
	}
	if len(changes) > 0 {
		l.shown()
	}
}

// shown says what is shown to whoever shows it.
func (l *loop) shown() {
	var byBGP, inKernel []announce.Place
	for _, p := range l.shows.Shown() {
		if p.BGP {
			byBGP = append(byBGP, p)
		} else {
			inKernel = append(inKernel, p)
		}
	}
	l.e.opt.Announcer.Set(inKernel)
	if l.e.opt.Speaker != nil {
		l.e.opt.Speaker.Set(byBGP)
	}
}

// announced is what can be seen of what is shown, by virtual server.
func (l *loop) announced() map[lvs.ID][]services.Announced {
	all := l.shows.Status()
	if len(all) == 0 {
		return nil
	}
	problems, _ := l.e.opt.Announcer.Report()
	if l.e.opt.Speaker != nil {
		problems = append(problems, l.e.opt.Speaker.Report()...)
	}
	of := map[lvs.ID][]services.Announced{}
	for _, st := range all {
		a := services.Announced{Status: st}
		for _, p := range problems {
			if p.Place == st.Place {
				a.Problem = p.Text
			}
		}
		for _, id := range st.Of {
			of[id] = append(of[id], a)
		}
	}
	return of
}

// neighbors are the routers that hear by BGP of what is announced.
func (l *loop) neighbors() []speaker.Session {
	if l.e.opt.Speaker == nil {
		return nil
	}
	return l.e.opt.Speaker.Sessions()
}

// stopShowing withdraws everything, and gives routers time to hear of it while packets still find their servers.
func (l *loop) stopShowing() {
	l.shows = announce.New(l.health) // whatever comes now shows nothing
	told := make(chan bool, 1)
	go func() { told <- l.e.opt.Speaker != nil && l.e.opt.Speaker.Close(withdrawTime) }()
	shown := l.e.opt.Announcer != nil && l.e.opt.Announcer.Close(withdrawTime)
	if <-told || shown {
		time.Sleep(farewell)
	}
}
