package engine

import (
	"errors"
	"fmt"
	"strings"

	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
)

const (
	// meddlingTold is how many repairs of a service are told one by one: somebody may do it again and again.
	meddlingTold = 3
	// commandsTold is how many commands of a repair are told.
	commandsTold = 3
)

// isOutdated reports whether the kernel refused a command because the table is not what it was believed to be.
func isOutdated(err error) bool {
	var refused *ipvs.CommandError
	return errors.As(err, &refused) && refused.Outdated()
}

// blame says that somebody else has changed a service, which the commands put right, and counts it.
func (r *reconciler) blame(id ipvs.ServiceID, cmds []ipvs.Command) {
	r.meddled[id]++
	n := r.meddled[id]
	if n > meddlingTold && n%100 != 0 {
		return
	}
	var what []string
	for _, c := range cmds[:min(commandsTold, len(cmds))] {
		what = append(what, "ipvsadm "+c.String())
	}
	if more := len(cmds) - len(what); more > 0 {
		what = append(what, fmt.Sprintf("%d commands more", more))
	}
	r.log.Warn(fmt.Sprintf("IPVS table of VS %s was changed by somebody else, repairing (%d times so far): %s", id, n,
		strings.Join(what, "; ")))
	if r.mended != nil {
		r.mended(id, strings.Join(what, "; "))
	}
}

// meddling is how often somebody else has changed services, as far as it happened.
func (l *loop) meddling(ids []lvs.ID) map[lvs.ID]int {
	if l.table == nil || len(l.table.meddled) == 0 {
		return nil
	}
	out := map[lvs.ID]int{}
	for _, id := range ids {
		for _, m := range l.core.Members(id) {
			out[id] += l.table.meddled[m]
		}
	}
	return out
}
