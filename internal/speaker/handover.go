package speaker

import (
	"errors"
	"net/netip"
	"time"

	"holdfast/healthcheck/announce"
	"holdfast/internal/moment"
	"holdfast/internal/speaker/talk"
)

// This file is how sessions stay when another process goes on. The program lives as long as somebody has our end of the
// pair: it goes over, and the program does not notice. Whoever goes on knows what was ordered and heard last, and both
// repeat everything; so a line that was cut off in between, by a process that died, does no harm.

// leap is how far orders of a Keeper that goes on after all are from those of the one that was to: an answer to one of
// those is none of what makes no sense.
const leap = 1 << 32

// A Former is what a Keeper knows. Its moments count from when it was written down.
type Former struct {
	Life     *formerLife // nil while no program runs
	Sessions []formerSession
	Prefixes []netip.Prefix // that are to be told
	Failure  string         // why there is no program
	Said     string         // the same, as it was logged last
	Ways     map[string]Way // by bfd_instance
}

// A formerLife is a program that runs.
type formerLife struct {
	Purpose  purpose
	File     file
	Begun    moment.Moment
	Order    talk.Order // the latest one
	Done     uint64     // the latest one that it has carried out
	Heeded   uint64     // the first one behind which it speaks of these neighbours
	Rest     []byte     // of what it said
	Version  string
	Form     int
	Outdated bool
	Faulty   string
}

// A formerSession is one of a Former.
type formerSession struct {
	Neighbor netip.Addr
	State    talk.State
	Since    moment.Moment
	Error    string
	Losses   uint64
}

// former is a Former that came over.
type former struct {
	Former
	then time.Time
	fds  []int // our end of the pair, and the handle of the process where there is one
}

// standing asks the goroutine to stand still.
type standing struct {
	given  chan lent
	resume chan struct{}
}

type lent struct {
	Former
	fds []int
}

// HandOver has the Keeper stand still, until Resume, and gives what another one goes on from at now, with the
// descriptors of the program if it runs.
func (k *Keeper) HandOver(now time.Time) (f Former, fds []int) {
	if k.ended == nil {
		return f, nil
	}
	s := standing{given: make(chan lent), resume: make(chan struct{})}
	select {
	case k.stand <- s:
	case <-k.ended:
		return f, nil
	}
	l := <-s.given
	k.lent = &s
	return l.Former, l.fds
}

// Resume has a Keeper go on that has handed over.
func (k *Keeper) Resume() {
	if k.lent != nil {
		close(k.lent.resume)
		k.lent = nil
	}
}

// Succeed has the Keeper go on from what another one has handed over at then, and takes the descriptors. It is to be
// called before the first Configure.
func (k *Keeper) Succeed(f Former, then time.Time, fds []int) error {
	if f.Life != nil && len(fds) == 0 {
		return errors.New("the program that speaks BGP was not handed over")
	}
	k.former = &former{f, then, fds}
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, way := range f.Ways {
		if k.ways[name] != WayUp { // what was told since says no more than that
			k.ways[name] = way
		}
	}
	for _, p := range f.Prefixes { // until the first Set they are no less
		k.want = append(k.want, announce.Place{Prefix: p, BGP: true})
	}
	return nil
}

// standStill hands over, and waits for what becomes of it.
func (w *work) standStill(s standing) {
	f, fds := w.handOver(time.Now())
	s.given <- lent{f, fds}
	<-s.resume
	w.resume(time.Now())
}

func (w *work) handOver(now time.Time) (f Former, fds []int) {
	if w.life != nil {
		heard, runs := w.life.pause()
		for _, said := range heard {
			if w.life != nil {
				w.hear(now, said, true)
			}
		}
		if w.life != nil && !runs {
			w.hear(now, talk.Word{}, false)
		}
	}
	f = Former{Prefixes: w.book.prefixes, Failure: w.book.failure, Said: w.said,
		Ways: w.k.wish().ways}
	for _, s := range w.book.all() {
		f.Sessions = append(f.Sessions, formerSession{Neighbor: s.Neighbor, State: s.State, Since: moment.Of(now, s.Since),
			Error: s.Error, Losses: s.Losses})
	}
	if w.life == nil {
		return f, nil
	}
	if fds = w.life.descriptors(); fds == nil {
		return f, nil
	}
	f.Life = &formerLife{Purpose: w.life.of, File: w.life.file, Begun: moment.Of(now, w.begun), Order: w.order,
		Done: w.done, Heeded: w.heeded, Rest: w.life.lines.Rest(), Version: w.version, Form: w.form, Outdated: w.outdated,
		Faulty: w.faulty}
	return f, fds
}

// resume goes on where another Keeper may have given orders meanwhile.
func (w *work) resume(now time.Time) {
	if w.life == nil {
		return
	}
	w.life.lines.Again()
	w.order = talk.Order{Serial: w.order.Serial + leap} // which is none that is wanted: the next one follows at once
	w.done, w.asked = w.order.Serial, now
	if w.life.goOn() != nil {
		w.end(now, "", endTime)
	}
}

// inherit goes on from another Keeper, if there was one.
func (w *work) inherit(now time.Time) {
	f := w.k.former
	if f == nil {
		return
	}
	w.book.recall(f)
	w.said = f.Said
	l := f.Life
	if l == nil {
		return
	}
	conn, err := connOf(f.fds[0])
	if err != nil {
		w.log.Warn("BGP: " + err.Error())
		return // the program ends for that, and another one is started
	}
	w.life = newLife(l.Purpose, conn, talk.Continue(conn, l.Rest))
	w.life.file = l.File
	if len(f.fds) > 1 {
		w.life.handle = f.fds[1]
	}
	w.begun, w.order, w.done, w.heeded, w.asked = l.Begun.From(f.then), l.Order, l.Done, l.Heeded, now
	w.version, w.form, w.outdated, w.faulty = l.Version, l.Form, l.Outdated, l.Faulty
	if w.life.goOn() != nil {
		w.end(now, "", endTime)
	}
}

// recall has a book say what that of another process said.
func (b *book) recall(f *former) {
	b.failure, b.prefixes, b.sessions = f.Failure, f.Prefixes, map[netip.Addr]*Session{}
	for _, s := range f.Sessions {
		b.sessions[s.Neighbor] = &Session{Neighbor: s.Neighbor, State: s.State, Since: s.Since.From(f.then), Error: s.Error,
			Losses: s.Losses}
	}
}

// descriptors are those that another process needs to go on with the program, nil if they cannot be had.
func (l *life) descriptors() (fds []int) {
	raw, err := l.conn.SyscallConn()
	if err != nil || raw.Control(func(fd uintptr) { fds = []int{int(fd)} }) != nil {
		return nil
	}
	if l.handle >= 0 {
		fds = append(fds, l.handle)
	}
	return fds
}
