package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
)

const (
	// rounds is how many ticks it takes to read the whole table back.
	rounds = 5
	// most is how many services one tick reads at most.
	most = 200
)

// reconciler makes the kernel's table what is wanted, of the services that are ours.
type reconciler struct {
	kernel Kernel
	log    *zap.Logger
	state  *stateFile

	wanted ipvs.Table
	have   ipvs.Table // what is there of ours, as far as we know
	order  []ipvs.ServiceID
	next   int // index in order of the service to read back next
	// unwell are services whose last change failed, with what was said about it: the same
	// is not said again.
	unwell map[ipvs.ServiceID]string
	saved  *ipvs.Timeouts // from before ours were set

	there, left ipvs.Table // from survey until adopt
}

func newReconciler(k Kernel, log *zap.Logger, state *stateFile) *reconciler {
	return &reconciler{
		kernel: k, log: log, state: state,
		wanted: ipvs.Table{}, have: ipvs.Table{},
		unwell: map[ipvs.ServiceID]string{},
	}
}

// survey looks at what is there before the first change. It gives the services that a
// predecessor of ours left behind when it was killed.
func (r *reconciler) survey() ipvs.Table {
	there, err := r.kernel.Read()
	if err != nil {
		r.log.Error(fmt.Sprintf("cannot read the IPVS table: %v", err))
	}
	left, err := r.state.load()
	if err != nil {
		r.log.Warn(fmt.Sprintf("cannot read which IPVS services a previous run left: %v", err))
	}
	r.saved, r.there, r.left = left.timeouts, there, ipvs.Table{}
	for id, s := range there {
		if left.services[id] {
			r.left[id] = s
		}
	}
	return r.left
}

// adopt takes over what survey found. Services that are wanted, or that a predecessor
// left, are ours: the ones that are right already are not touched, so their connections
// live on; the others are put right or deleted. With everything (lvs_flush) all others
// are deleted as well.
func (r *reconciler) adopt(wanted func(ipvs.ServiceID) bool, everything bool) {
	adopted := 0
	var stale []ipvs.ServiceID
	for id, s := range r.there {
		_, isLeft := r.left[id]
		switch {
		case wanted(id):
			adopted++
		case isLeft:
			r.log.Info("Removing Virtual Server " + id.String() + " left by a previous run")
			stale = append(stale, id)
		case everything:
			r.log.Info("Removing Virtual Server " + id.String() + " (lvs_flush)")
			stale = append(stale, id)
		default:
			continue
		}
		r.have[id] = s
	}
	if adopted > 0 {
		r.log.Info(fmt.Sprintf("Adopting %d IPVS services that are there already", adopted))
	}
	r.there, r.left = nil, nil
	r.apply(stale)
}

// want takes what a service should be.
func (r *reconciler) want(t lvs.Table) {
	id := t.Service
	if t.Gone {
		delete(r.wanted, id)
	} else {
		if _, ok := r.wanted[id]; !ok {
			r.order = append(r.order, id)
		}
		r.wanted[id] = t.Want
	}
}

// apply brings the services to what is wanted and remembers what the kernel took.
func (r *reconciler) apply(ids []ipvs.ServiceID) {
	cmds := ipvs.Diff(part(r.have, ids), part(r.wanted, ids))
	services := slices.ContainsFunc(cmds, func(c ipvs.Command) bool {
		return c.Op == ipvs.AddService || c.Op == ipvs.DeleteService
	})
	if services {
		r.remember()
		defer r.remember()
	}
	r.run(ids, cmds)
}

// run carries out the commands that bring services to what is wanted; what fails is said
// once and tried again when the service is read back.
func (r *reconciler) run(ids []ipvs.ServiceID, cmds []ipvs.Command) {
	if len(cmds) == 0 {
		return
	}
	errs := r.kernel.Apply(cmds)
	failed := map[ipvs.ServiceID]string{}
	if errs == nil {
		r.allDone(ids)
	} else {
		r.someDone(ids, cmds, errs, failed)
	}
	for _, c := range cmds {
		id := c.Service
		said := r.unwell[id]
		switch now := failed[id]; {
		case now == "":
			delete(r.unwell, id)
		case now != said:
			r.log.Error("IPVS: " + now)
			r.unwell[id] = now
		}
	}
}

// gone tells whether a deletion failed because there was nothing to delete.
func gone(c ipvs.Command, err error) bool {
	return (c.Op == ipvs.DeleteDest || c.Op == ipvs.DeleteService) &&
		(errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH))
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
// the others.
func (r *reconciler) someDone(ids []ipvs.ServiceID, cmds []ipvs.Command, errs []error, failed map[ipvs.ServiceID]string) {
	for _, id := range ids {
		if s, ok := r.have[id]; ok {
			s.Dests = maps.Clone(s.Dests)
			r.have[id] = s
		}
	}
	for i, c := range cmds {
		if errs[i] != nil && !gone(c, errs[i]) {
			if failed[c.Service] == "" {
				failed[c.Service] = errs[i].Error()
			}
			continue
		}
		r.done(c)
	}
}

// done remembers that the kernel took c.
func (r *reconciler) done(c ipvs.Command) {
	s := r.have[c.Service]
	switch c.Op {
	case ipvs.AddService:
		s = ipvs.Service{Settings: c.Settings, Dests: map[ipvs.DestID]ipvs.DestSettings{}}
	case ipvs.EditService:
		s.Settings = c.Settings
	case ipvs.DeleteService:
		delete(r.have, c.Service)
		return
	case ipvs.AddDest, ipvs.EditDest:
		if s.Dests == nil {
			s.Dests = map[ipvs.DestID]ipvs.DestSettings{}
		}
		s.Dests[c.Dest] = c.DestSettings
	case ipvs.DeleteDest:
		delete(s.Dests, c.Dest)
	}
	r.have[c.Service] = s
}

// check reads the next services back and repairs what is not as wanted.
func (r *reconciler) check() {
	n := min((len(r.order)+rounds-1)/rounds, most)
	for range n {
		if r.next >= len(r.order) {
			r.next = 0
			r.prune()
			if len(r.order) == 0 {
				return
			}
		}
		id := r.order[r.next]
		r.next++
		if _, ok := r.wanted[id]; ok {
			r.repair(id)
		}
	}
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

func (r *reconciler) repair(id ipvs.ServiceID) {
	s, err := r.kernel.ReadService(id)
	switch {
	case errors.Is(err, syscall.ESRCH):
		delete(r.have, id)
	case err != nil:
		if said := err.Error(); r.unwell[id] != said {
			r.unwell[id] = said
			r.log.Error("IPVS: " + said)
		}
		return
	default:
		r.have[id] = s
	}
	ids := []ipvs.ServiceID{id}
	cmds := ipvs.Diff(part(r.have, ids), part(r.wanted, ids))
	if len(cmds) == 0 {
		delete(r.unwell, id)
		return
	}
	if r.unwell[id] == "" {
		for _, c := range cmds {
			r.log.Warn("IPVS table of VS " + id.String() + " was changed by somebody else, repairing: ipvsadm " + c.String())
		}
	}
	r.run(ids, cmds)
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
// those still there. A predecessor that was killed, or a configuration that changed while
// nobody ran, then leaves nothing stale behind.
func (r *reconciler) remember() {
	ours := make(map[ipvs.ServiceID]bool, len(r.wanted))
	for id := range r.wanted {
		ours[id] = true
	}
	for id := range r.have {
		ours[id] = true
	}
	if err := r.state.save(left{services: ours, timeouts: r.saved}); err != nil {
		r.log.Warn(fmt.Sprintf("cannot write down which IPVS services are ours: %v", err))
	}
}

// setTimeouts sets connection timeouts; one that is not configured goes back to what it
// was (semantics 8.21).
func (r *reconciler) setTimeouts(c config.LVSTimeouts) {
	want := ipvs.Timeouts(c)
	if want == (ipvs.Timeouts{}) && r.saved == nil {
		return
	}
	if r.saved == nil {
		t, err := r.kernel.Timeouts()
		if err != nil {
			r.log.Error(fmt.Sprintf("cannot read the IPVS timeouts: %v", err))
			return
		}
		r.saved = &t
		r.remember()
	}
	for _, f := range []struct{ want, saved *time.Duration }{
		{&want.TCP, &r.saved.TCP}, {&want.TCPFin, &r.saved.TCPFin}, {&want.UDP, &r.saved.UDP},
	} {
		if *f.want == 0 {
			*f.want = *f.saved
		}
	}
	if err := r.kernel.SetTimeouts(want); err != nil {
		r.log.Error(fmt.Sprintf("cannot set the IPVS timeouts: %v", err))
	}
}

// close gives the table back. With keep it stays as it is, and so does the memory of what
// is ours.
func (r *reconciler) close(keep, flush bool) {
	if !keep {
		if flush {
			if err := r.kernel.Flush(); err != nil {
				r.log.Error(fmt.Sprintf("cannot flush the IPVS table: %v", err))
			}
			clear(r.have)
		}
		if r.saved != nil {
			if err := r.kernel.SetTimeouts(*r.saved); err != nil {
				r.log.Error(fmt.Sprintf("cannot restore the IPVS timeouts: %v", err))
			}
			r.saved = nil
		}
		if len(r.have) == 0 {
			r.state.remove()
		}
	}
	if err := r.kernel.Close(); err != nil {
		r.log.Warn(fmt.Sprintf("closing IPVS: %v", err))
	}
}
