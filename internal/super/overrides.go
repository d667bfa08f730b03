package super

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/news"
	"holdfast/internal/override"
	"holdfast/internal/state"
)

// This file is what operators change beside the configuration. The loop has the list, alone: it takes requests, lets
// overrides end, writes them down, and tells the roles by way of the board, so that a role that is started again knows
// them before its first Prepare.

// overriderName is who tells of overrides, as a teller of news.
const overriderName = "supervisor"

// overrides are those that are in force.
type overrides struct {
	list  override.List
	timer *time.Timer
}

const (
	// clockTime is the longest wait for the end of an override: what counts is the clock of the boot, which goes on while
	// the machine is suspended, and timers do not.
	clockTime = time.Minute
	// longOverride is from when on an override that takes something away is worth a warning.
	longOverride = time.Hour
)

type (
	changeWanted struct {
		request override.Request
		answer  chan<- changed
	}
	hasteWanted struct {
		name, service string
		answer        chan<- hastened
	}
	overrideDue struct{}
)

type changed struct {
	change override.Change
	err    error
}

type hastened struct {
	servers int
	err     error
}

// errStopping is the answer while the daemon is stopping.
var errStopping = errors.New(answerStopping)

// Override changes what is in force beside the configuration. Refused is why not.
func (s *Supervisor) Override(ctx context.Context, r override.Request) (all []state.Override, refused, err error) {
	answer := make(chan changed, 1)
	if err := s.request(ctx, changeWanted{r, answer}); err != nil {
		return nil, nil, err
	}
	select {
	case a := <-answer:
		s.outdate()
		for _, o := range append(a.change.Begun, a.change.Ended...) {
			all = append(all, describeOverride(o, moment(), true))
		}
		return all, a.err, nil
	case <-s.done:
		return nil, nil, errStopping
	}
}

// outdate has the next who asks told what is now: whoever has changed something looks what came of it.
func (s *Supervisor) outdate() {
	for q := range s.answers {
		a := &s.answers[q]
		a.mu.Lock()
		if a.outdated = a.asking; !a.at.IsZero() {
			a.at = a.at.Add(-stateKept)
		}
		a.mu.Unlock()
	}
}

// CheckNow has the checks of real servers made that are due later, and says of how many servers; an empty name is that
// of every real server, or every virtual server. Refused is why not.
func (s *Supervisor) CheckNow(ctx context.Context, name, service string) (servers int, refused, err error) {
	answer := make(chan hastened, 1)
	if err := s.request(ctx, hasteWanted{name, service, answer}); err != nil {
		return 0, nil, err
	}
	select {
	case a := <-answer:
		return a.servers, a.err, nil
	case <-s.done:
		return 0, nil, errStopping
	}
}

// request hands something to the loop, for which nobody waits longer than ctx.
func (s *Supervisor) request(ctx context.Context, e any) error {
	select {
	case s.events <- e:
		return nil
	case <-s.done:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// overriding is the part of the loop's body that is about overrides.
func (s *Supervisor) overriding(e any) {
	switch e := e.(type) {
	case changeWanted:
		e.answer <- s.change(e.request) // it has room
	case hasteWanted:
		e.answer <- s.hasten(e.name, e.service) // it has room
	case overrideDue:
		s.expireOverrides()
	}
}

// change carries out a request.
func (s *Supervisor) change(r override.Request) changed {
	if s.stopping || s.current.config == nil {
		return changed{err: errStopping}
	}
	done, err := s.overrides.list.Apply(r, s.current.config, moment())
	if err != nil {
		return changed{err: err}
	}
	by := override.Override{By: r.By, UID: r.UID}.Who()
	for _, o := range done.Ended {
		s.unpublish(o)
		s.sayOverrideEnds(o, by)
	}
	for _, o := range done.Begun {
		s.sayOverride(o, o.Said()) // the reason is in the log before what follows from it
		s.publish(o)
	}
	s.overridesChanged()
	return changed{change: done}
}

// sayOverride tells people of an override that is in force from now on.
func (s *Supervisor) sayOverride(o override.Override, line string) {
	logging.Line(s.o.Log, zapcore.InfoLevel, o.Instance(), line)
	s.note(state.Event{About: state.AboutOverride, Name: o.Object(), To: string(o.Action), Reason: "by " + o.Who(),
		Text: line})
}

// sayOverrideEnds tells them of one that is over, by whom or by itself.
func (s *Supervisor) sayOverrideEnds(o override.Override, by string) {
	line, why := o.SaidOver(by), "by "+by
	logging.Line(s.o.Log, zapcore.InfoLevel, o.Instance(), line)
	if by == "" {
		why = "its time is over"
	}
	s.note(state.Event{About: state.AboutOverride, Name: o.Object(), From: string(o.Action), Reason: why, Text: line})
}

// publish tells the roles of an override.
func (s *Supervisor) publish(o override.Override) {
	form, err := news.FormOf[override.Override]()
	if err != nil {
		s.o.Log.Error(err.Error()) // the type has no form: a test of it fails
		return
	}
	it, err := form.Item(o.Key(), o)
	if err != nil {
		s.o.Log.Error(err.Error())
		return
	}
	s.post(it)
	if o.Action == override.LogLevel {
		logging.Override(s.o.Log, o.Level)
	}
}

// unpublish tells the roles that an override is over.
func (s *Supervisor) unpublish(o override.Override) {
	s.post(news.Item{Key: news.Key{Topic: news.Overrides, Name: o.Key()}, Standing: news.Gone})
	if o.Action == override.LogLevel {
		logging.Override(s.o.Log, "")
	}
}

func (s *Supervisor) post(it news.Item) {
	it.Teller = overriderName
	if it, isNew := s.board.Tell(it); isNew {
		s.pass(it)
	}
}

// overridesChanged writes down what is in force, and waits for the end of the next.
func (s *Supervisor) overridesChanged() {
	all := s.overrides.list.All()
	var err error
	if len(all) == 0 {
		err = s.o.Overrides.Remove()
	} else {
		lines := make([]string, 0, len(all))
		for _, o := range all {
			text, _ := json.Marshal(o) // plain values: it cannot fail
			lines = append(lines, string(text))
		}
		err = s.o.Overrides.Save(lines)
	}
	if err != nil {
		s.o.Log.Warn("overrides are not remembered over the end of this daemon: " + err.Error())
	}
	s.armOverrides()
}

func (s *Supervisor) armOverrides() {
	if s.overrides.timer != nil {
		s.overrides.timer.Stop()
	}
	wait, ok := s.overrides.list.Next(moment())
	if !ok && s.o.Overrides.Unsaved() {
		wait, ok = clockTime, true // it is tried again
	}
	if ok {
		s.overrides.timer = time.AfterFunc(min(wait, clockTime), func() { s.deliver(overrideDue{}) })
	}
}

// reloadedOverrides ends those that last until a reload.
func (s *Supervisor) reloadedOverrides() {
	over := s.overrides.list.Reloaded()
	for _, o := range over {
		s.sayOverrideEnds(o, "the reload")
		s.unpublish(o)
	}
	if len(over) > 0 {
		s.overridesChanged()
	}
}

// expireOverrides ends those whose time is over.
func (s *Supervisor) expireOverrides() {
	if s.stopping {
		return // the daemon after this one does
	}
	over := s.overrides.list.Expire(moment())
	for _, o := range over {
		s.sayOverrideEnds(o, "")
		s.unpublish(o)
	}
	if len(over) > 0 || s.o.Overrides.Unsaved() {
		s.overridesChanged()
		return
	}
	s.armOverrides()
}

// recallOverrides puts into force what was so when the daemon before this one ended, however it did. What cannot be
// read is said, and keeps nothing from starting.
func (s *Supervisor) recallOverrides() {
	lives, err := s.o.Overrides.Former()
	if err != nil {
		s.o.Log.Warn("overrides of the daemon before this one: " + err.Error())
	}
	for _, life := range lives { // the oldest first: of one target the latest counts
		s.overrides.list = override.List{}
		for _, line := range life.Lines {
			var o override.Override
			if err := json.Unmarshal([]byte(line), &o); err != nil || !o.Sound() {
				s.o.Log.Warn(fmt.Sprintf("overrides of the daemon before this one: %s: %.80q is no override", life.Path, line))
				continue
			}
			s.overrides.list.Put(o)
		}
	}
	for _, o := range s.overrides.list.Expire(moment()) {
		s.sayOverrideEnds(o, "")
	}
	if s.heir == nil { // a start, and no upgrade
		s.overrides.list.Reloaded()
	}
	for _, o := range s.overrides.list.All() {
		if s.heir == nil { // else it is known: the log and the events go on
			s.sayOverride(o, o.SaidStill())
		}
		s.publish(o)
	}
	if len(lives) > 0 {
		s.overridesChanged()
	}
}

// moment is now by both clocks.
func moment() override.Moment {
	var boot unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) // every kernel that we run on has it
	return override.Moment{Wall: time.Now().Round(0), Boot: time.Duration(boot.Nano())}
}

// hasten has checks made.
func (s *Supervisor) hasten(name, service string) hastened {
	if s.stopping || s.current.config == nil {
		return hastened{err: errStopping}
	}
	targets, err := override.Servers(s.current.config, name, service)
	if err != nil {
		return hastened{err: err}
	}
	if name == "" && service == "" {
		s.broadcast(message{Kind: kindHasten})
		return hastened{servers: len(targets)}
	}
	for _, t := range targets {
		s.broadcast(message{Kind: kindHasten, Service: t.Service, Server: t.Name})
	}
	return hastened{servers: len(targets)}
}

// describeOverrides are those in force, for those who ask.
func (s *Supervisor) describeOverrides() []state.Override {
	now := moment()
	var all []state.Override
	for _, o := range s.overrides.list.All() {
		all = append(all, describeOverride(o, now, configured(o, s.current.config)))
	}
	return all
}

func configured(o override.Override, c *config.Config) bool { return c != nil && o.Configured(c) }

func describeOverride(o override.Override, now override.Moment, is bool) state.Override {
	return state.Override{
		Kind: string(o.Kind), Service: o.Service, Name: o.Name, Action: string(o.Action), Value: o.Value, Level: o.Level,
		By: o.By, UID: o.UID, Since: o.Since, Until: o.Ends(now).Round(time.Second), Reload: o.UntilReload, Configured: is,
		Text: o.What() + " by " + o.Who(), Long: o.Takes() && now.Wall.Sub(o.Since) > longOverride,
	}
}
