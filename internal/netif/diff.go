package netif

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// step is one change with what it is for.
type step[W, E any] struct {
	change Change[E]
	place  int // in want; -1 for a deletion
	w      W   // as it is wanted or owned
	// former is what had to be deleted for this addition: if it fails, that is put back.
	former *E
	// kept is set when another one in the slot stays if this addition fails.
	kept bool
}

// pass compares once and carries out the difference; again tells that the kernel may
// have changed more than it was asked to, or that something waits for an addition.
func (j *job[W, E, S]) pass() (again bool, err error) {
	have, err := j.kind.read(j.asked)
	if err != nil {
		return false, err
	}
	steps, again := j.diff(have)
	// What is as it should be costs one read and no change.
	if len(steps) == 0 {
		return false, nil
	}
	changes := make([]Change[E], len(steps))
	for i, s := range steps {
		changes[i] = s.change
	}
	var back []step[W, E]
	for i, err := range j.kind.change(changes) {
		if j.account(steps[i], err) {
			again = true
		}
		// With EEXIST somebody has set the wanted one in between: there is nothing to put back.
		if err != nil && !errors.Is(err, unix.EEXIST) && steps[i].former != nil {
			back = append(back, steps[i])
		}
	}
	j.putBack(back)
	return again, nil
}

// putBack sets again what was deleted for additions that were refused.
func (j *job[W, E, S]) putBack(steps []step[W, E]) {
	if len(steps) == 0 {
		return
	}
	changes := make([]Change[E], len(steps))
	for i, s := range steps {
		changes[i] = Change[E]{Add, *s.former}
	}
	for i, err := range j.kind.change(changes) {
		s := steps[i]
		if err != nil && !errors.Is(err, unix.EEXIST) {
			j.errs = append(j.errs, fmt.Errorf("%s: %w", j.say(s.w, "put", "back on"), err))
			continue
		}
		j.put(*s.former)
		j.stick(s.change.What)
		for _, r := range j.refused {
			// The refusal was noted before this was known: it tells now that the old one is there
			// again.
			r.Former = r.Former || r.place == s.place
		}
	}
}

// stick notes a form that the kernel has refused, unstick that nothing is there that could keep its own.
func (j *job[W, E, S]) stick(want E) {
	j.unstick(want)
	s := j.kind.slot(want)
	j.stuck[s] = append(j.stuck[s], want)
}

func (j *job[W, E, S]) unstick(want E) {
	s := j.kind.slot(want)
	list := slices.DeleteFunc(j.stuck[s], func(e E) bool { return j.kind.is(e, want) })
	if j.stuck[s] = list; len(list) == 0 {
		delete(j.stuck, s)
	}
}

func (j *job[W, E, S]) isStuck(want E) bool {
	return slices.ContainsFunc(j.stuck[j.kind.slot(want)], func(e E) bool { return j.kind.equal(e, want) })
}

// account notes the outcome of one step and reports whether it may have had side
// effects.
func (j *job[W, E, S]) account(s step[W, E], err error) bool {
	switch s.change.Op {
	case Delete:
		if err != nil && !j.kind.absent(err) {
			if o := j.owner(s.change.What); o != nil {
				// Else the next pass would find it once more, and try once more.
				o.kept = true
			}
			j.errs = append(j.errs, fmt.Errorf("%s: %w", j.say(s.w, "delete", "from"), err))
			return false
		}
		// If it was absent, somebody was faster, or something else that was deleted took it along.
		j.drop(s.change.What)
		return true
	case Add:
		// Somebody was faster, and it is there: that was the aim.
		if errors.Is(err, unix.EEXIST) {
			return false
		}
		if err == nil {
			j.added[s.place] = true
			j.put(s.change.What)
			return false
		}
		op := Add
		if s.former != nil || s.kept {
			op = Replace
		}
		j.refuse(s.place, op, s.kept, err)
		return j.doubtful(s.place, err) // the next pass shows
	case Replace:
		if err != nil {
			j.refuse(s.place, Replace, true, err)
		}
	}
	return false
}

// diff lists the steps from have to want: additions and changes in place, then
// deletions, then what has to be set anew because the kernel cannot change it. It reports
// whether something is left for the next pass.
func (j *job[W, E, S]) diff(have []E) (steps []step[W, E], waits bool) {
	j.there = make(map[S][]E, len(have))
	for _, h := range have {
		j.put(h)
	}
	var p plan[W, E]
	// First what is wanted, as a removal may depend on what is put in its slot.
	missing := j.compare(&p)
	for _, h := range have { // in the kernel's order, so that secondaries go after their primary
		o := j.owner(h)
		if o == nil || j.wants(h) {
			continue
		}
		if i, exchanged := missing[j.kind.slot(h)]; exchanged {
			waits = j.exchange(&p, h, o, i) || waits
			continue
		}
		p.remove(h, o.w)
	}
	return slices.Concat(p.now, p.gone, p.anew), waits
}

// plan is the steps of a pass: first now, then gone, then anew.
type plan[W, E any] struct{ now, gone, anew []step[W, E] }

func (p *plan[W, E]) remove(have E, w W) {
	p.gone = append(p.gone, step[W, E]{change: Change[E]{Delete, have}, place: -1, w: w})
}

// compare plans what wanted things need, and gives those that are not there, by slot.
func (j *job[W, E, S]) compare(p *plan[W, E]) (missing map[S]int) {
	missing = map[S]int{}
	for i, w := range j.want {
		want := w.element
		h, ok := j.find(want)
		if ok && j.doubt[w.place] {
			j.believe(w.place)
		}
		if !ok {
			j.doubt[w.place] = false
			j.unstick(want)
			missing[j.kind.slot(want)] = i
		}
		// If it is not there it is among the missing all the same: so a former one in its slot
		// stays.
		if j.failed[w.place] {
			continue
		}
		var o *owned[W, E]
		if ok {
			o = j.owner(h)
		}
		ours := o != nil
		switch {
		case !ok:
			p.now = append(p.now, step[W, E]{change: Change[E]{Add, want}, place: w.place, w: w.w})
		case ours && !j.added[w.place] && j.kind.differsForGood(h, want, w.w) && !j.isStuck(want):
			p.remove(h, w.w)
			p.anew = append(p.anew, step[W, E]{change: Change[E]{Add, want}, place: w.place, w: w.w, former: &h})
		case ours && (j.kind.differsInPlace(h, want) || j.kind.differsUnseen(h, o.element, want)):
			j.failed[w.place] = true // once is enough: a kernel that ignores it is left alone
			p.now = append(p.now, step[W, E]{change: Change[E]{Replace, want}, place: w.place, w: w.w})
		}
	}
	return missing
}

// exchange plans that have, which is owned as o, makes way for the wanted thing number i. It reports
// whether that has to wait for the addition.
func (j *job[W, E, S]) exchange(p *plan[W, E], have E, o *owned[W, E], i int) (waits bool) {
	place := j.want[i].place
	at := slices.IndexFunc(p.now, func(s step[W, E]) bool { return s.place == place })
	switch {
	case at < 0: // refused, so the former one stays, or it makes way already
		return false
	case j.kind.coexists(have, j.want[i].element):
		// Both are there for a moment: so the host is never without one of them.
		p.now[at].kept = true
		return true
	}
	p.remove(have, o.w)
	// The kernel takes one only, so the new one comes after the old one has gone.
	s := p.now[at]
	s.former = &have
	p.anew = append(p.anew, s)
	p.now = slices.Delete(p.now, at, at+1)
	return false
}
