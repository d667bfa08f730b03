package engine

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"holdfast/ipvs"
)

const (
	// giveBackTime is how long a stop tries to take away what the kernel does not let go, and giveBackRounds how often at
	// least: a machine that stands still has that time pass without a single answer.
	giveBackTime   = time.Second
	giveBackRounds = 4
	// firstPause is before the second try; each pause is twice the one before it.
	firstPause = 20 * time.Millisecond
)

// close gives the table back. With keep it stays as it is, and so does the memory of what
// is ours; and so does that of what could not be taken away.
func (r *reconciler) close(keep, flush bool) {
	if !keep {
		r.giveBack(flush)
	}
	r.save()
	if err := r.kernel.Close(); err != nil {
		r.log.Warn(fmt.Sprintf("closing IPVS: %v", err))
	}
}

// giveBack takes away what is left of ours. Nothing is wanted any more: what could be
// deleted at once is gone already.
func (r *reconciler) giveBack(flush bool) {
	clear(r.wanted)
	r.order = nil
	deadline := time.Now().Add(giveBackTime)
	for round, pause := 1, firstPause; ; round, pause = round+1, pause*2 {
		empty := r.takeAway(&flush)
		// Table and timeouts are tried in every round, whatever became of the other.
		restored := r.restoreTimeouts()
		if back := r.restoreSwitches(); empty && restored && back {
			if err := r.state.Remove(); err != nil {
				r.log.Warn(fmt.Sprintf("cannot remove the list of our IPVS services: %v", err))
			}
			return
		}
		if round >= giveBackRounds && time.Now().Add(pause).After(deadline) {
			break
		}
		// The loop has ended: nobody is late for it.
		time.Sleep(pause)
	}
	// The next life reads what is left and removes it.
	r.remember()
	if n := len(r.left()); n > 0 {
		r.log.Error(fmt.Sprintf("IPVS: %d services of ours are still there, the next start removes them", n))
	}
}

// left are the services of ours that are there, or may be.
func (r *reconciler) left() map[ipvs.ServiceID]bool {
	ids := make(map[ipvs.ServiceID]bool, len(r.have)+len(r.doubt))
	for id := range r.have {
		ids[id] = true
	}
	for id := range r.doubt {
		ids[id] = true
	}
	return ids
}

// takeAway deletes what is there of ours, or flushes the table until that has worked once.
// It reports whether nothing is left.
func (r *reconciler) takeAway(flush *bool) bool {
	if *flush {
		err := r.kernel.Flush()
		r.report("cannot flush the IPVS table", err)
		if err != nil {
			return false
		}
		// Not again, if something else keeps us trying: who adds a service now means it.
		*flush = false
		clear(r.have)
		clear(r.doubt)
	}
	for id := range r.left() {
		// Asked anew: what we believe of a service that could not be deleted is not worth much.
		s, err := r.kernel.ReadService(id)
		if errors.Is(err, syscall.ESRCH) {
			delete(r.have, id)
			delete(r.doubt, id)
			continue
		}
		if err != nil {
			r.report("cannot read the IPVS table", err)
			return false
		}
		r.have[id] = s
		ids := []ipvs.ServiceID{id}
		r.run(ids, ipvs.Diff(part(r.have, ids), nil), true)
		if r.failing[id] == "" {
			delete(r.doubt, id)
		}
		if r.cut {
			// No answer: the others would get none either.
			return false
		}
	}
	return len(r.left()) == 0
}
