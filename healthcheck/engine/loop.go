package engine

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/logging"
	"holdfast/internal/notify"
	"holdfast/internal/sockbuf"
	"holdfast/ipvs"
)

const (
	// tick is how often a part of the table is read back.
	tick = time.Second
	// pace is how long the loop lets attempts gather that are due one after the other: with thousands of checks, waking
	// up for each of them would take more than the checks do.
	pace = 10 * time.Millisecond
	// closeTime is what notifications under way get at stop.
	closeTime = 1500 * time.Millisecond
)

// loop is what only Run touches.
type loop struct {
	// active is nil before the first commit.
	e      *Engine
	core   *lvs.Core
	table  *reconciler // nil without virtual servers so far
	probes *probes
	global config.Global
	active *prepared

	nextTick  time.Time
	nextStart time.Time // of attempts, pace after the last ones
	follows   follows
	marking   marking
	shows     *announce.Core // to routing daemons
	left      bool           // another process goes on
	succeeds  bool           // it goes on from what another process has shown
}

func newLoop(e *Engine) loop {
	l := loop{
		e:      e,
		core:   lvs.New(e.opt.Seed),
		probes: newProbes(e.opt),

		follows: newFollows(),
	}
	l.shows = announce.New(func(id lvs.ID) announce.Health { return e.loop.health(id) })
	return l
}

// Run works until ctx ends, then gives the IPVS entries back (semantics 8.17).
func (e *Engine) Run(ctx context.Context) error {
	defer close(e.ended)
	l := &e.loop
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		// Also when there is no end of results: select takes any case that is ready.
		if l.left {
			l.leave()
			return nil
		}
		if ctx.Err() != nil { // whatever else there is to do
			l.stop()
			return nil
		}
		// A reload does not wait its turn behind the outcomes of thousands of checks.
		select {
		case f := <-e.requests:
			f()
			if l.left {
				continue
			}
		case err := <-l.marking.awaited:
			l.markedNow(err)
			continue
		case err := <-l.answers():
			l.tried(err)
			continue
		default:
		}
		now := time.Now()
		due := l.due(now)
		timer.Reset(max(due.Sub(now), 0))
		select {
		case <-ctx.Done():
			continue
		case f := <-e.requests:
			f()
		case err := <-l.marking.awaited:
			l.markedNow(err)
		case err := <-l.answers():
			l.tried(err)
		case r := <-l.probes.results:
			l.observe(time.Now(), r)
		case <-timer.C:
		}
		if l.left { // what is due now is done elsewhere
			continue
		}
		now = time.Now()
		if late := now.Sub(due); late > 0 {
			e.opt.Late(late)
		}
		l.turn(now)
	}
}

// due is when there is something to do again, an hour from now at most.
func (l *loop) due(now time.Time) time.Time {
	at := now.Add(time.Hour)
	if next, ok := l.core.Next(); ok {
		at = earlier(at, later(next, l.nextStart))
	}
	if l.table != nil {
		at = earlier(at, l.nextTick)
	}
	if next, ok := l.shows.Next(); ok {
		at = earlier(at, next)
	}
	return at
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// turn does what is due at now.
func (l *loop) turn(now time.Time) {
	if next, ok := l.core.Next(); ok && !next.After(now) && !now.Before(l.nextStart) {
		l.do(l.core.Expire(now))
		l.nextStart = now.Add(pace)
	}
	if l.table != nil && !now.Before(l.nextTick) {
		l.table.check()
		if l.core.Suspends() {
			// For ha_suspend: whether the address is on this host (semantics 8.16).
			l.addresses()
		}
		l.nextTick = time.Now().Add(tick) // a kernel that is slow to answer leaves a second for everything else
		l.showAgain(now)
	} else if next, ok := l.shows.Next(); ok && !next.After(now) {
		l.showAgain(now)
	}
}

// observe takes first and every other result that is already there, so that their table
// changes go to the kernel together.
func (l *loop) observe(now time.Time, first []result) {
	var out lvs.Output
	l.take(&out, now, first)
	// Not all there are: with thousands of checks there is always one more, and timers are due.
	for range 255 {
		select {
		case more := <-l.probes.results:
			l.take(&out, now, more)
			continue
		default:
		}
		break
	}
	l.do(out)
}

func (l *loop) take(out *lvs.Output, now time.Time, all []result) {
	for _, r := range all {
		// First: the core may ask for the next attempt, which needs the place.
		if l.probes.ended(r) {
			out.Append(l.core.Observe(now, r.id, r.outcome))
		}
	}
}

// commit makes p the configuration.
func (l *loop) commit(p *prepared, kernel Kernel) error {
	now := time.Now()
	first := l.active == nil
	// What is drawn after a reload goes on where the row was; a new number begins a new one.
	if g := p.cfg.Global; g.RandomSeedSet && (!l.global.RandomSeedSet || g.RandomSeed != l.global.RandomSeed) {
		l.core.Seed(uint64(g.RandomSeed))
	}
	if !first && p.tried != nil {
		p.mayMark(l.active.unmarkable) // what was known holds until there is an answer
	}
	l.active, l.global = p, p.cfg.Global
	if !first {
		l.e.log.Info("Reloading")
		l.e.log.Info("Reinitializing ipvs")
	}
	l.sayUnmarkable(p.unmarkable)
	if l.e.opt.Notifier != nil {
		l.e.opt.Notifier.Configure(p.cfg)
	}
	setup, adopt := p.setup, l.table == nil && kernel != nil
	if adopt {
		l.table = newReconciler(kernel, l.e.log, l.e.opt.State, l.e.opt.OldState)
		l.table.mended = l.e.recordMended
		l.table.standings = l.core.Standings
		l.table.dirs = l.e.opt.StateDirs
		// Before the core decides: a service that a former life left is one that it has to begin with.
		setup.Left = l.table.survey()
		setup.Marks.Left, setup.Marks.Taken = l.table.foundMarks()
		l.marking.stray = l.table.foundTables()
	}
	if slices.ContainsFunc(setup.VirtualServers, func(v config.VirtualServer) bool { return v.HASuspend }) {
		// Before the core decides which checkers are suspended.
		l.addresses()
	}
	setup.Values = l.follow(p.cfg, setup)
	if err := l.recall(&setup, &now); err != nil {
		return err
	}
	out := l.core.Configure(now, setup)
	if adopt {
		// After the core has decided: only now it is known what is wanted of what is there.
		l.table.adopt(l.core.Owns, l.global.LVSFlush)
		l.nextTick = now.Add(tick)
	}
	if l.table != nil {
		// Also without any: those of the configuration before go back (semantics 8.21).
		l.table.setTimeouts(l.global.LVSTimeouts)
		l.table.setSwitches(wantedSwitches(setup.VirtualServers))
		err := l.table.kernel.SetReceiveBuffer(sockbuf.Size(l.global.Buffers.LVSCommand))
		l.table.report("cannot size the receive buffer of IPVS", err)
	}
	l.share(p.cfg)
	out.Append(l.tellAll(now)) // together: a server of a session that is known is not in the table meanwhile
	l.changeOver(out.Tables)
	out.Tables = nil
	l.do(out)
	l.show(now, setup) // last: nothing is shown before the table is whole
	return nil
}

// do carries out what the core asks for, plane by plane.
func (l *loop) do(o lvs.Output) {
	// The table first: traffic follows it, and lines and scripts tell what is so already.
	l.apply(o.Tables)
	// Before new attempts: what is gone makes room for them.
	for _, id := range o.Forget {
		l.probes.forget(id)
	}
	for _, p := range o.Probe {
		l.start(p)
	}
	l.probes.flush()
	for _, line := range o.Log {
		l.logLine(line)
	}
	for _, n := range o.Notify {
		l.notify(n)
	}
	for i := range o.Changes {
		l.e.record(&o.Changes[i])
	}
	if len(o.Tables)+len(o.Log)+len(o.Notify) > 0 { // what makes a service fit, or unfit, is among these
		l.showAgain(time.Now())
	}
}

func (l *loop) apply(tables []lvs.Table) {
	if l.table == nil || len(tables) == 0 {
		return
	}
	ids := make([]ipvs.ServiceID, len(tables))
	for i, t := range tables {
		// This only notes what is wanted: the commands for all of them go in one batch.
		l.table.want(t)
		ids[i] = t.Service
	}
	l.table.apply(ids)
}

func (l *loop) notify(n lvs.Notify) {
	if l.e.opt.Notifier == nil {
		return
	}
	l.e.opt.Notifier.LVS(notify.LVSEvent{
		Line: n.Line, Script: n.Script, What: n.What, Object: n.Object, State: stateOf(n.Up),
		Mail: n.Subject != "", MailSubject: n.Subject, MailBody: n.Body,
	})
}

func stateOf(up bool) notify.State {
	if up {
		return notify.Up
	}
	return notify.Down
}

func (l *loop) logLine(a lvs.Log) {
	level := zapcore.InfoLevel
	switch a.Level {
	case lvs.Warning:
		level = zapcore.WarnLevel
	case lvs.Error:
		level = zapcore.ErrorLevel
	}
	logging.Line(l.e.log, level, a.Service, a.Text)
}

// stop gives everything back and ends.
func (l *loop) stop() {
	// First: clients are to come no more, and those who still do are served.
	l.stopShowing()
	// Then no result may change the table that is being given back.
	l.probes.stop()
	l.stopFollowing()
	defer l.stopSharing()
	how := l.global.LVSFlushOnStop
	var out lvs.Output
	if !l.e.opt.KeepIPVS {
		out = l.core.Stop(how)
	}
	if l.table != nil {
		// The table comes before thousands of lines about it: the supervisor does not wait for ever.
		l.apply(out.Tables)
		l.table.close(l.e.opt.KeepIPVS, how == config.FlushAll)
		l.stopMarking(l.e.opt.KeepIPVS)
		// So that do, below, does not apply it once more.
		l.table = nil
	}
	l.do(out)
	if l.e.opt.Notifier != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		l.e.opt.Notifier.Close(ctx)
	}
}
