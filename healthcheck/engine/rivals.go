package engine

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/ipvs"
)

// Two daemons cannot have one service: each would put it right after the other, and the end of one would take it from
// the other. Who has it keeps it, and who comes later waits.

// others are the services of other daemons that run, with the process id of each daemon.
func (r *reconciler) others() map[ipvs.ServiceID]int {
	if r.state == nil {
		return nil
	}
	var dirs []string
	if r.dirs != nil {
		dirs = r.dirs()
	}
	lives, err := r.state.Others(dirs...)
	r.report("cannot read which IPVS services other daemons have", err)
	all := map[ipvs.ServiceID]int{}
	for _, life := range lives {
		pid := life.Owner.Parent.PID
		if pid == 0 {
			pid = life.Owner.Process.PID
		}
		for _, line := range life.Lines {
			// The other lines are about what is no service.
			if id, err := parseService(line); err == nil {
				all[id] = pid
			}
		}
	}
	return all
}

// yield leaves services alone that are to be made now and that another daemon has, which is said.
func (r *reconciler) yield(ids []ipvs.ServiceID) {
	var fresh []ipvs.ServiceID
	for _, id := range ids {
		_, wanted := r.wanted[id]
		_, there := r.have[id]
		// One that the kernel refuses was looked at before, and is written down as ours since.
		if _, refused := r.failing[id]; wanted && !there && !refused {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return
	}
	others := r.others()
	of := map[int][]ipvs.ServiceID{}
	for _, id := range fresh {
		if pid, theirs := others[id]; theirs {
			of[pid] = append(of[pid], id)
			r.held[id] = r.wanted[id]
			delete(r.wanted, id)
			delete(r.doubt, id)
		}
	}
	for pid, list := range of {
		r.log.Error(fmt.Sprintf("IPVS: %s of another daemon that runs, pid %d: left alone until it has gone",
			several(list), pid))
	}
	if len(of) > 0 {
		r.prune()
	}
}

// takeOver makes services ours that another daemon had and has no more.
func (r *reconciler) takeOver() {
	if len(r.held) == 0 {
		return
	}
	others := r.others()
	var free []ipvs.ServiceID
	for id, want := range r.held {
		if _, theirs := others[id]; theirs {
			continue
		}
		free = append(free, id)
		delete(r.held, id)
		r.wanted[id] = want
		// It may have left them as they were, which is no matter of somebody who changes what is ours.
		r.doubt[id] = r.ticks + 1
	}
	if len(free) == 0 {
		return
	}
	r.log.Info(fmt.Sprintf("IPVS: %s of no other daemon any more, taking over", several(free)))
	r.order = append(r.order, free...)
	r.put(free)
}

// several are the words for services, with the verb.
func several(ids []ipvs.ServiceID) string {
	first := slices.MinFunc(ids, func(a, b ipvs.ServiceID) int { return strings.Compare(a.String(), b.String()) })
	if len(ids) == 1 {
		return "service " + first.String() + " is"
	}
	return fmt.Sprintf("%d services (%v is the first) are", len(ids), first)
}
