package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"

	"go.uber.org/zap"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
)

const (
	// roundTicks is how many ticks it takes to read the whole table back.
	roundTicks = 5
	// readsPerTick is how many services one tick reads at most.
	readsPerTick = 200
)

// reconciler makes the kernel's table what is wanted, of the services that are ours.
type reconciler struct {
	kernel Kernel
	log    *zap.Logger
	state  *statefile.File
	old    string // the state file of earlier versions, which is read once

	wanted ipvs.Table
	have   ipvs.Table // what is there of ours, as far as we know
	// held are services that are wanted here and that another daemon has: they are not touched.
	held  ipvs.Table
	dirs  func() []string // where files of other daemons may be, besides beside ours; may be nil
	order []ipvs.ServiceID
	next  int // index in order of the service to read back next
	// doubt are services that are ours and may not be as wanted, because the kernel refused
	// a command or gave no answer, with the tick at which they are read back.
	doubt map[ipvs.ServiceID]int
	// failing are services whose last change failed, with what was said about it: the same
	// is not said again.
	failing map[ipvs.ServiceID]string
	// meddled is how often somebody else has changed a service that is wanted, and it was put right.
	meddled map[ipvs.ServiceID]int
	mended  func(id ipvs.ServiceID, what string) // is told of that; may be nil
	ticks   int
	// standings are what the next life has to know of real servers; untold says that they may have changed since they
	// were written down, told that they were in this tick.
	standings    func() map[lvs.ServerOf]lvs.Standing
	untold, told bool
	// cut: the last commands got no answer; mute is what was said about that, until there is one.
	cut  bool
	mute string
	// unread counts the ticks without an answer, one after the other; rest is how many more
	// ticks nothing is read, so that a kernel that does not answer takes little of the loop's time.
	unread, rest int

	times    timeouts
	switches switches
	// marks of groups, and tables of nftables that may be there: written down for the life after this one.
	marks  map[lvs.MarkedGroup]uint32
	tables map[string]bool
	// said are the last errors about other things than services, by what was tried.
	said map[string]string

	found *find // until everything in it is adopted
}

func newReconciler(k Kernel, log *zap.Logger, state *statefile.File, old string) *reconciler {
	return &reconciler{
		kernel: k, log: log, state: state, old: old,
		wanted: ipvs.Table{}, have: ipvs.Table{}, held: ipvs.Table{},
		doubt: map[ipvs.ServiceID]int{}, failing: map[ipvs.ServiceID]string{}, meddled: map[ipvs.ServiceID]int{},
		said: map[string]string{},
	}
}

// want takes what a service should be.
func (r *reconciler) want(t lvs.Table) {
	id := t.Service
	r.untold = true
	_, held := r.held[id]
	switch {
	case t.Gone:
		delete(r.wanted, id)
		delete(r.held, id)
		delete(r.meddled, id)
	case held:
		r.held[id] = t.Want
	default:
		if _, ok := r.wanted[id]; !ok {
			r.order = append(r.order, id)
		}
		r.wanted[id] = t.Want
	}
}

// apply brings the services to what is wanted and remembers what the kernel took. What another daemon has
// stays as it is.
func (r *reconciler) apply(ids []ipvs.ServiceID) {
	r.yield(ids)
	r.put(ids)
}

func (r *reconciler) put(ids []ipvs.ServiceID) {
	r.learnOrder(ids)
	cmds := ipvs.Diff(part(r.have, ids), part(r.wanted, ids))
	// Before: a service that a crash leaves between being made and being written down would be nobody's.
	// After: what was deleted is not ours any more, and who makes it anew keeps it.
	if slices.ContainsFunc(cmds, changesServices) {
		r.remember()
		defer r.remember()
	}
	defer r.leaveWord()
	for i, id := range r.run(ids, cmds, false) {
		// The rest has its turn in the round.
		if i == readsPerTick || !r.repair(id) {
			break
		}
	}
}

// learnOrder reads back the services with mh whose order is to be that of a start from now on, if it was of no matter:
// of one whose order is not known all destinations would be taken out and added again.
func (r *reconciler) learnOrder(ids []ipvs.ServiceID) {
	for _, id := range ids {
		have := r.have[id]
		if have.Settings.Scheduler != ipvs.Maglev || have.History != nil || r.wanted[id].History == nil {
			continue
		}
		// Without an answer it stays unknown, which is dear and not wrong.
		if s, err := r.kernel.ReadService(id); err == nil {
			r.have[id] = s.Recall(have)
		}
	}
}

// changesServices reports whether c makes or deletes a service.
func changesServices(c ipvs.Command) bool {
	return c.Op == ipvs.AddService || c.Op == ipvs.DeleteService
}

// run carries out the commands that bring services to what is wanted; what fails is said
// once and tried again when the service is read back. It gives those that are to be read back
// at once, because they are not what was believed; with sure, they were just read, and that is a
// failure like any other.
func (r *reconciler) run(ids []ipvs.ServiceID, cmds []ipvs.Command, sure bool) (outdated []ipvs.ServiceID) {
	if len(cmds) == 0 {
		return nil
	}
	errs := r.kernel.Apply(cmds)
	if r.cut = slices.ContainsFunc(errs, unanswered); !r.cut {
		r.mute = ""
	}
	failed := map[ipvs.ServiceID]string{}
	if errs == nil {
		r.allDone(ids)
	} else {
		outdated = r.someDone(ids, cmds, errs, failed, sure)
	}
	r.judge(cmds, failed)
	return outdated
}

// judge notes what became of the services of cmds: failed is what is to be said of those
// that are not as wanted.
func (r *reconciler) judge(cmds []ipvs.Command, failed map[ipvs.ServiceID]string) {
	if len(failed) == 0 && len(r.failing) == 0 {
		return
	}
	told := map[string]bool{} // one failure to talk to the kernel is that of many commands
	judged := map[ipvs.ServiceID]bool{}
	for _, c := range cmds {
		id := c.Service
		if judged[id] {
			continue
		}
		judged[id] = true
		now := failed[id]
		if now == "" {
			delete(r.failing, id)
			continue
		}
		if now != r.failing[id] && !told[now] && now != r.mute {
			r.log.Error("IPVS: " + now)
		}
		if r.cut {
			r.mute = now
		}
		told[now] = true
		r.failing[id] = now
		// What fails a second time is looked at once a round, unless it was only the way to the kernel
		// that failed: a setting that the kernel never takes must not cost every tick.
		if _, again := r.doubt[id]; again && !r.cut {
			r.doubt[id] = r.ticks + roundTicks
		} else {
			r.doubt[id] = r.ticks + 1
		}
	}
}

// unanswered reports whether err is of the way to the kernel, and no word of the kernel.
func unanswered(err error) bool {
	var refused *ipvs.CommandError
	return err != nil && !errors.As(err, &refused)
}

// gone reports whether a deletion failed because there was nothing to delete.
func gone(c ipvs.Command, err error) bool {
	return (c.Op == ipvs.DeleteDest || c.Op == ipvs.DeleteService) && isOutdated(err)
}

// allDone remembers that services are as wanted. A service's destinations are then one
// map, which neither side changes.
func (r *reconciler) allDone(ids []ipvs.ServiceID) {
	for _, id := range ids {
		if want, ok := r.wanted[id]; ok {
			r.have[id] = want
		} else {
			delete(r.have, id)
		}
	}
}

// someDone remembers the commands that the kernel took, and gives what is to be said of
// the others, or, unless they are sure, the services that are not what was believed.
func (r *reconciler) someDone(
	ids []ipvs.ServiceID, cmds []ipvs.Command, errs []error, failed map[ipvs.ServiceID]string, sure bool,
) (outdated []ipvs.ServiceID) {
	for _, id := range ids {
		// allDone has left one map to both sides: here they part.
		if s, ok := r.have[id]; ok {
			s.Dests = maps.Clone(s.Dests)
			r.have[id] = s
		}
	}
	for i, c := range cmds {
		switch {
		case errs[i] == nil, gone(c, errs[i]): // what somebody else has deleted is as wanted
			r.done(c)
		case failed[c.Service] != "": // and perhaps only because of what failed before
		case !sure && isOutdated(errs[i]):
			if !slices.Contains(outdated, c.Service) {
				outdated = append(outdated, c.Service)
			}
		default:
			failed[c.Service] = errs[i].Error()
		}
	}
	return slices.DeleteFunc(outdated, func(id ipvs.ServiceID) bool { return failed[id] != "" })
}

// done remembers that the kernel took c.
func (r *reconciler) done(c ipvs.Command) {
	s := r.have[c.Service]
	switch c.Op {
	case ipvs.AddService:
		s = ipvs.Service{Settings: c.Settings, Dests: map[ipvs.DestID]ipvs.DestSettings{}}
		if c.Settings.Scheduler == ipvs.Maglev {
			s.History = &ipvs.History{Order: []ipvs.DestID{}}
		}
	case ipvs.EditService:
		s.Settings = c.Settings
	case ipvs.DeleteService:
		delete(r.have, c.Service)
		return
	default:
		s.Take(c)
	}
	r.have[c.Service] = s
}

// check is what a tick does: it tries again what failed, reads the next services back and
// repairs what is not as wanted.
func (r *reconciler) check() {
	r.ticks++
	r.told = false
	r.leaveWord()
	r.save()
	if r.state.Ended() {
		r.succeed()
	}
	if r.rest > 0 {
		r.rest--
		return
	}
	if !r.readBack() {
		r.unread++
		// The longer there is no answer, the more seldom the kernel is asked.
		r.rest = min(r.unread, roundTicks)
		return
	}
	r.unread = 0
}

// readBack reports whether the kernel answered: when it does not, the rest has to wait.
func (r *reconciler) readBack() bool {
	if r.times.due {
		r.applyTimeouts()
	}
	if r.ticks%roundTicks == 0 {
		r.applySwitches()
	}
	if r.found != nil && !r.findAgain() || !r.readDoubtful() {
		return false
	}
	r.takeOver()
	// A fifth of the services in each tick, rounded up: after roundTicks all had their turn,
	// unless there are more than readsPerTick in a fifth.
	for range min((len(r.order)+roundTicks-1)/roundTicks, readsPerTick) {
		if r.next >= len(r.order) {
			r.next = 0
			r.prune()
			if len(r.order) == 0 {
				break
			}
		}
		id := r.order[r.next]
		r.next++
		if _, ok := r.wanted[id]; ok && r.doubt[id] <= r.ticks && !r.repair(id) {
			return false
		}
	}
	return true
}

// readDoubtful reads services back that may not be as wanted: those whose commands failed at
// the tick after, then in every round. It reports whether the kernel answered.
func (r *reconciler) readDoubtful() bool {
	n, settled := 0, false
	var mended []ipvs.ServiceID // what failed before
	// In no order, so that of more than readsPerTick each has its turn.
	for id, at := range r.doubt {
		if n == readsPerTick {
			break
		}
		if at > r.ticks {
			continue
		}
		n++
		failed := r.failing[id] != ""
		if !r.repair(id) {
			return false
		}
		if _, still := r.doubt[id]; still {
			continue
		}
		settled = true
		if failed {
			mended = append(mended, id)
		}
	}
	if settled {
		r.remember()
	}
	switch len(mended) {
	case 0:
	case 1:
		r.log.Info("IPVS: what failed for service " + mended[0].String() + " is done now")
	default:
		r.log.Info(fmt.Sprintf("IPVS: what failed for %d services is done now", len(mended)))
	}
	return true
}

// prune drops services that are gone from the order.
func (r *reconciler) prune() {
	keep := r.order[:0]
	for _, id := range r.order {
		if _, ok := r.wanted[id]; ok {
			keep = append(keep, id)
		}
	}
	r.order = keep
}

// repair reads a service back and makes it as wanted. It reports whether the kernel answered.
func (r *reconciler) repair(id ipvs.ServiceID) bool {
	s, err := r.kernel.ReadService(id)
	switch {
	case errors.Is(err, syscall.ESRCH):
		delete(r.have, id)
	case err != nil:
		r.failing[id] = err.Error()
		// The next one that is read fails in the same way, under another name.
		if why := cause(err).Error(); r.said[unreadable] != why {
			r.said[unreadable] = why
			r.log.Error("IPVS: " + err.Error())
		}
		r.doubt[id] = r.ticks + roundTicks
		return false
	default:
		r.have[id] = s.Recall(r.have[id])
	}
	delete(r.said, unreadable)
	ids := []ipvs.ServiceID{id}
	cmds := ipvs.Diff(part(r.have, ids), part(r.wanted, ids))
	if len(cmds) == 0 {
		delete(r.failing, id)
		delete(r.doubt, id)
		return true
	}
	// One in doubt is not as wanted because of a command of ours: nobody else is to blame.
	if _, ours := r.doubt[id]; !ours {
		r.blame(id, cmds)
	}
	r.run(ids, cmds, true)
	if r.failing[id] == "" {
		delete(r.doubt, id)
	}
	return !r.cut
}

func part(t ipvs.Table, ids []ipvs.ServiceID) ipvs.Table {
	p := make(ipvs.Table, len(ids))
	for _, id := range ids {
		if s, ok := t[id]; ok {
			p[id] = s
		}
	}
	return p
}

// remember writes down which services are ours: those wanted, before they are made, and
// those that are or may be still there. A predecessor that was killed, or a configuration
// that changed while nobody ran, then leaves nothing stale behind.
func (r *reconciler) remember() {
	if r.state == nil {
		return
	}
	ours := make(map[ipvs.ServiceID]bool, len(r.wanted))
	for id := range r.wanted {
		ours[id] = true
	}
	for id := range r.have {
		ours[id] = true
	}
	for id := range r.doubt {
		ours[id] = true
	}
	r.untold = false
	l := left{services: ours, timeouts: r.times.before, switches: r.switches.before, marks: r.marks, tables: r.tables}
	if r.standings != nil {
		l.servers = r.standings()
	}
	r.report("cannot write down which IPVS services are ours", r.state.Save(l.lines()))
}

// leaveWord writes down which servers are down, if that may have changed: at once, but once a tick when
// many change one after the other.
func (r *reconciler) leaveWord() {
	if r.untold && !r.told {
		r.told = true
		r.remember()
	}
}

// save writes down what could not be written when it changed.
func (r *reconciler) save() {
	if !r.state.Unsaved() {
		return
	}
	err := r.state.Retry()
	r.report("cannot write down which IPVS services are ours", err)
	if err == nil {
		r.log.Info("Which IPVS services are ours is written down now")
	}
}

// unreadable is for services that cannot be read back.
const unreadable = "reading services back"

// cause is the innermost error of err, which does not name a service.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// report says an error about something else than a service, but not the same again and
// again; nil ends that.
func (r *reconciler) report(tried string, err error) {
	if err == nil {
		delete(r.said, tried)
		return
	}
	if text := err.Error(); r.said[tried] != text {
		r.said[tried] = text
		r.log.Error(tried + ": " + text)
	}
}
