package speaker

import (
	"reflect"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/speaker/talk"
)

const (
	// again is how often an order is repeated: a program that does not answer is one that would not withdraw either.
	again = 2 * time.Second
	// answerTime is how long an order may take, which is a thousand prefixes at most, on a machine that crawls; the first
	// one may take longer, for the program is read meanwhile.
	answerTime, firstTime = 10 * time.Second, time.Minute
	// leastPause and mostPause are how long a program that has ended is not started again, the longer the more often.
	leastPause, mostPause = time.Second, 30 * time.Second
	// endTime is how long it may take to close its sessions.
	endTime = time.Second
)

// work is what only the goroutine of a Keeper touches.
type work struct {
	k    *Keeper
	log  *zap.Logger
	book book

	config *config.BGP // in force; nil until one was heard of
	life   *life       // nil while no program runs
	begun  time.Time   // of it
	order  talk.Order  // the latest one that it was given
	given  time.Time   // when
	asked  time.Time   // when the first one was given that it has not carried out
	done   uint64      // the latest one that it has carried out
	heeded uint64      // the first one with these neighbours: what is said before it is of other sessions
	pause  time.Duration
	next   time.Time // when a program is started
	said   string    // why there is none, as it was logged last
	faulty string    // what it could not do, as it was logged last

	version  string // of the program
	form     int    // that it speaks
	outdated bool   // its file is another one now, as was said
}

func (k *Keeper) run() {
	defer close(k.ended)
	w := &work{k: k, log: k.opt.Log, pause: leastPause}
	w.inherit(time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wish := k.wish()
		if wish.closing {
			w.leave(wish.config)
			return
		}
		now := time.Now()
		w.turn(now, wish)
		k.show(w, wish.places)
		timer.Reset(max(w.due(now).Sub(now), 0))
		select {
		case <-k.poke:
		case pair := <-k.stand:
			w.standStill(pair)
		case <-timer.C:
		case said, more := <-w.words():
			w.hear(time.Now(), said, more)
		}
	}
}

// words are those of the program, none without one.
func (w *work) words() <-chan talk.Word {
	if w.life == nil {
		return nil
	}
	return w.life.words
}

// due is when there is something to do again.
func (w *work) due(now time.Time) time.Time {
	switch {
	case w.life != nil && w.done < w.order.Serial:
		return w.asked.Add(w.patience())
	case w.life != nil:
		return w.given.Add(again)
	case w.config != nil:
		return w.next
	}
	return now.Add(time.Hour)
}

// patience is how long the program may take to answer.
func (w *work) patience() time.Duration {
	if w.done == 0 {
		return w.k.opt.First
	}
	return w.k.opt.Answer
}

// turn has the program do what is wanted.
func (w *work) turn(now time.Time, wish wish) {
	c := wish.config
	if c != w.config {
		w.configure(now, c)
	}
	w.tell(w.book.follow(now, wish.ways))
	w.book.prefixes = prefixesOf(wish.places)
	if c == nil {
		return
	}
	if w.life == nil {
		if now.Before(w.next) {
			return
		}
		if !w.start(now) {
			return
		}
	}
	o := talk.Order{Setup: setupOf(c, w.book.reachable()), Prefixes: w.book.prefixes,
		Leaving: wish.yields && c.Farewell > 0}
	o.Serial = w.order.Serial
	same := reflect.DeepEqual(o, w.order)
	switch {
	case w.done < w.order.Serial && now.Sub(w.asked) >= w.patience():
		w.end(now, "it does not answer", 0)
	case !same || w.done == w.order.Serial && now.Sub(w.given) >= again:
		w.give(now, o)
	}
}

// configure takes a configuration, which is another one than before.
func (w *work) configure(now time.Time, c *config.BGP) {
	if w.life != nil && (c == nil || w.life.of != purposeOf(c) || w.config != nil && w.misses(c)) {
		w.tell(w.book.lose(now, "the configuration has changed"))
		w.finish(endTime)
	}
	if w.life == nil { // what it lacked may be there
		w.next, w.pause, w.said = now, leastPause, ""
	}
	w.config = c
	w.book.configure(now, c)
}

// misses reports whether a program of before an upgrade may not know what a new configuration says.
func (w *work) misses(c *config.BGP) bool {
	return w.form != talk.Form && !reflect.DeepEqual(setupOf(c, c.Neighbors), setupOf(w.config, w.config.Neighbors))
}

// finish ends the program.
func (w *work) finish(wait time.Duration) (how string) {
	how = w.life.finish(wait)
	w.life.close()
	w.life, w.version, w.form, w.outdated = nil, "", 0, false
	return how
}

// start begins a life, and reports whether it did.
func (w *work) start(now time.Time) bool {
	path, err := Find(w.config.Program)
	if err == nil {
		w.life, err = begin(path, purposeOf(w.config), w.k.opt.Space)
	}
	if err != nil {
		w.fail(now, err.Error())
		return false
	}
	w.begun, w.order, w.done, w.heeded, w.book.failure = now, talk.Order{}, 0, 0, ""
	return true
}

// fail is why there is no program.
func (w *work) fail(now time.Time, why string) {
	w.tell(w.book.lose(now, why))
	if why != w.said {
		w.log.Error("BGP: nothing is announced: " + why)
		w.said = why
	}
	w.next = now.Add(w.pause)
	w.pause = min(2*w.pause, mostPause)
}

// end ends a program that does not do what it is there for; why is "" for how it ends by itself.
func (w *work) end(now time.Time, why string, wait time.Duration) {
	how := w.finish(wait)
	if why == "" {
		why = how
	}
	if now.Sub(w.begun) > mostPause {
		w.pause, w.said = leastPause, ""
	}
	w.fail(now, name+": "+why)
}

// give gives an order.
func (w *work) give(now time.Time, o talk.Order) {
	if w.done == w.order.Serial {
		w.asked = now
	}
	o.Serial = w.order.Serial + 1
	if !reflect.DeepEqual(o.Setup.Neighbors, w.order.Setup.Neighbors) {
		w.heeded = o.Serial
	}
	w.order, w.given = o, now
	w.compare()
	if err := w.life.tell(&o); err != nil {
		w.end(now, "", endTime)
	}
}

// compare says once that the program goes on although another one would be started now.
func (w *work) compare() {
	path, err := Find(w.config.Program)
	if err != nil || w.outdated || fileAt(path) == w.life.file {
		return
	}
	w.outdated = true
	w.log.Warn("BGP: " + path + " is another program now; " + strings.TrimSpace(name+" "+w.version) +
		" goes on, so that no session is lost, until the daemon is started again")
}

// hear takes a word of the program, or that there will be none any more.
func (w *work) hear(now time.Time, said talk.Word, more bool) {
	if !more {
		w.end(now, "", endTime)
		return
	}
	if err := said.Check(w.book.known); err != nil || said.Done > w.order.Serial {
		w.end(now, "it says what makes no sense", 0)
		return
	}
	w.done = max(w.done, said.Done)
	w.version, w.form = said.Version, said.Form
	if w.done >= w.heeded {
		w.tell(w.book.hear(now, said.Sessions))
	}
	if said.Log != "" {
		w.log.Warn("BGP: " + said.Log)
	}
	if said.Problem != w.faulty {
		if w.faulty = said.Problem; w.faulty != "" {
			w.log.Error("BGP: " + w.faulty)
		}
	}
}

// tell says which sessions have changed.
func (w *work) tell(changes []Change) {
	for _, c := range changes {
		if c.Up {
			w.log.Info("BGP session with " + c.Neighbor.String() + " is established")
		} else {
			w.log.Warn("BGP session with " + c.Neighbor.String() + " is lost: " + c.Reason)
		}
		w.k.opt.Tell(c)
	}
}

// leave ends the program when routers have had time to look for other ways.
func (w *work) leave(c *config.BGP) {
	if w.life == nil {
		return
	}
	if len(w.order.Prefixes) > 0 {
		if c != nil && c.Farewell > 0 {
			w.last(true)
			time.Sleep(c.Farewell)
		}
		w.order.Prefixes = nil
		w.last(false)
	}
	w.finish(endTime)
}

// last gives an order and waits until it is carried out.
func (w *work) last(leaving bool) {
	o := w.order
	o.Serial, o.Leaving = o.Serial+1, leaving
	w.order = o
	if w.life.tell(&o) != nil {
		return // it has ended, and its routes are gone
	}
	enough := time.After(endTime)
	for {
		select {
		case said, more := <-w.life.words:
			if !more || said.Done >= o.Serial {
				return
			}
		case <-enough:
			return
		}
	}
}
