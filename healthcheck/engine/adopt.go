package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
)

// find is what is there before the first change.
type find struct {
	table  ipvs.Table
	unread bool // the table could not be read
	left   map[ipvs.ServiceID]bool
	others map[ipvs.ServiceID]int // of daemons that run, see reconciler.others
	marks  map[lvs.MarkedGroup]uint32
	tables map[string]bool
	flush  bool // lvs_flush: also what is not ours goes
}

// survey looks at what is there before the first change. It gives what a
// predecessor of ours left behind when it was killed.
func (r *reconciler) survey() lvs.Left {
	table, err := r.kernel.Read()
	r.report("cannot read the IPVS table", err)
	r.found = &find{table: table, unread: err != nil, others: r.others()}
	l := r.recall(r.old, r.found.others)
	r.times.before, r.switches.before, r.found.left = l.timeouts, l.switches, l.services
	r.found.marks, r.found.tables = l.marks, l.tables
	there := ipvs.Table{}
	for id, s := range table {
		if l.services[id] {
			there[id] = s
		}
	}
	return lvs.Left{Table: there, Servers: l.servers}
}

// foundMarks are the marks that a predecessor gave, and those of services that are not ours.
func (r *reconciler) foundMarks() (left map[lvs.MarkedGroup]uint32, taken map[uint32]bool) {
	taken = map[uint32]bool{}
	for id := range r.found.table {
		if id.FWMark != 0 && !r.found.left[id] {
			taken[id.FWMark] = true
		}
	}
	return r.found.marks, taken
}

// foundTables are the tables of nftables that a predecessor may have left.
func (r *reconciler) foundTables() []string { return slices.Sorted(maps.Keys(r.found.tables)) }

// recall is what the dead lives left, without services that another daemon has meanwhile.
func (r *reconciler) recall(old string, others map[ipvs.ServiceID]int) left {
	l, err := recall(r.state, old)
	if err != nil {
		for line := range strings.Lines(err.Error()) { // one for each file
			r.log.Warn("cannot read which IPVS services a previous run left: " + strings.TrimSuffix(line, "\n"))
		}
	}
	for id := range others {
		delete(l.services, id)
	}
	return l
}

// succeed is for the end of a life that was still giving its services back when this one began,
// because its supervisor had been killed: it did not know which of them are ours now, and when it
// was killed as well it left some that nobody wants.
func (r *reconciler) succeed() {
	l := r.recall("", r.others())
	for id := range l.services {
		r.doubt[id] = r.ticks
	}
	for id := range r.wanted {
		r.doubt[id] = r.ticks
	}
	// What we found was set by it. Now there is what it found, or it has left word of that.
	r.times.before, r.times.due = l.timeouts, true
	r.switches.before = l.switches
	r.applySwitches()
	r.remember()
}

// adopt takes over what survey found. Services that are wanted, or that a predecessor
// left, are ours: the ones that are right already are not touched, so their connections
// live on; the others are put right or deleted. With flush (lvs_flush) all others
// are deleted as well. Those that are wanted and another daemon has stay as they are.
//
// When the table could not be read, what was left stays ours until it can.
func (r *reconciler) adopt(wanted func(ipvs.ServiceID) bool, flush bool) {
	r.found.flush = flush
	if r.found.unread {
		for id := range r.found.left {
			// At the next tick they are read back; until then they stay ours.
			r.doubt[id] = r.ticks + 1
		}
		r.remember()
		return
	}
	adopted := 0
	var stale []ipvs.ServiceID
	for id, s := range r.found.table {
		_, theirs := r.found.others[id]
		switch {
		case wanted(id) && theirs:
			// It is said when the core's tables are applied.
			continue
		case wanted(id):
			// It is compared with what is wanted when the core's tables are applied.
			adopted++
		case r.found.left[id]:
			r.log.Info("Removing Virtual Server " + id.String() + " left by a previous run")
			stale = append(stale, id)
		case flush:
			r.log.Info("Removing Virtual Server " + id.String() + " (lvs_flush)")
			stale = append(stale, id)
		default:
			// Somebody else's service stays (semantics 8.2).
			continue
		}
		r.have[id] = s
	}
	if adopted > 0 {
		r.log.Info(fmt.Sprintf("Adopting %d IPVS services that are there already", adopted))
	}
	r.found = nil
	r.apply(stale)
	r.remember() // what predecessors wrote down goes with it
}

// findAgain adopts what could not be read at the start. It reports whether that worked.
func (r *reconciler) findAgain() bool {
	table, err := r.kernel.Read()
	r.report("cannot read the IPVS table", err)
	if err != nil {
		return false
	}
	r.found.table, r.found.unread, r.found.others = table, false, r.others()
	isWanted := func(id ipvs.ServiceID) bool { _, ok := r.wanted[id]; return ok }
	// What was believed until now is older than what was read.
	clear(r.have)
	r.adopt(isWanted, r.found.flush)
	r.apply(r.order)
	return true
}
