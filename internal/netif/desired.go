package netif

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// This file and diff.go make things be there in the kernel: addresses, routes, policy rules. Which things
// there are, and what is special about a kind of them, is known to the kinds alone (address.go, route.go,
// rule.go).

// A kind is what is to be known of one kind of things. W is such a thing as somebody wants it, which names
// interfaces; E is the same thing as the kernel keeps it. S is the slot that it takes: things in
// different slots never get into each other's way.
type kind[W, E any, S comparable] interface {
	index(dev string) (int, error)
	// resolve gives w as the kernel will keep it; index finds interfaces, each once in a job.
	resolve(w W, index func(dev string) (int, error)) (E, error)
	// read gives what is there, in the kernel's order; at least what may be one of the things asked for.
	read(asked []E) ([]E, error)
	// change carries out changes in order and gives one result for each: nil or the kernel's errno.
	change([]Change[E]) []error
	slot(E) S
	// is reports whether one that is there is the one that is wanted, perhaps in another form.
	is(have, want E) bool
	equal(a, b E) bool
	// differsForGood reports whether have has to be set anew to be as w wants it, which is want for
	// the kernel; differsInPlace, whether the kernel can change it where it is.
	differsForGood(have, want E, w W) bool
	differsInPlace(have, want E) bool
	// differsUnseen reports whether want asks for something else than was set, of which the kernel does not tell.
	differsUnseen(have, set, want E) bool
	// coexists reports whether have can stay until want, in the same slot, is there, and be removed then.
	coexists(have, want E) bool
	// absent reports whether an error of a deletion says that there was nothing to delete.
	absent(error) bool
	// text is what w is called in messages, and where it is, "" if that has been said.
	text(w W) (what, where string)
}

// Op is what is done with a thing.
type Op uint8

// Add fails with EEXIST if it is there, Replace changes one that is there in place, Delete fails
// if it is not there: EADDRNOTAVAIL for an address, ESRCH for a route, ENOENT for a rule.
const (
	Add Op = iota
	Replace
	Delete
)

// A Change is one request about one thing.
type Change[E any] struct {
	Op   Op
	What E
}

// An Applier makes things of one kind be there. It is used by one goroutine.
type Applier[W, E any, S comparable] struct {
	kind kind[W, E, S]
	// stuck are the forms (label, scope and so on) that the kernel refused for a thing
	// which is there in its former form: taking that away once more would help nobody.
	stuck map[S][]E
}

func newApplier[W, E any, S comparable](k kind[W, E, S]) *Applier[W, E, S] {
	return &Applier[W, E, S]{kind: k, stuck: map[S][]E{}}
}

// An Outcome is what an Apply has done.
type Outcome[W any] struct {
	// Added were not there before and are now, in the order of want.
	Added []W
	// Removed are those of owned that are not there any more.
	Removed []W
	// Refused are those of want that could not be set as they should be.
	Refused []*Refusal[W]
	// Doubtful are those of Refused that may be there nevertheless, and by our doing: the kernel's answer was lost, and it
	// could not be asked again. They were not there before.
	Doubtful []W
}

// A Refusal is a thing that could not be set. Its text says what was tried.
type Refusal[W any] struct {
	Wanted W
	// Former is set when it is there as it was before, in another form.
	Former bool
	Err    error // the kernel's, usually a unix.Errno
	what   string
	place  int
}

// Error is the text.
func (r *Refusal[W]) Error() string {
	text := fmt.Sprintf("%s: %v", r.what, r.Err)
	if r.Former {
		text += "; it stays as it was before"
	}
	return text
}

// Unwrap gives the kernel's error.
func (r *Refusal[W]) Unwrap() error { return r.Err }

// Apply makes all of want be there and removes what is in owned and not in want.
// It adds before it deletes, goes on after single failures, and may be repeated at
// will: what already is as wanted is left alone. What is there in another form, as an address with
// another label, scope or broadcast address, is set anew if it is owned; if the kernel refuses
// that, it is put back as it was. What is to be exchanged for another thing in its slot, as
// an address for the same one with another prefix length, is kept until the new one is there.
//
// What was there already is no error and not among those added. What the kernel
// dropped together with something deleted is put back and counts as added. The error
// joins what failed, one per thing; refused ones are *Refusal in it.
func (a *Applier[W, E, S]) Apply(want, owned []W) (Outcome[W], error) {
	j := job[W, E, S]{kind: a.kind, stuck: a.stuck, all: want, indexes: map[string]indexed{},
		added: make([]bool, len(want)), failed: make([]bool, len(want)), doubt: make([]bool, len(want))}
	// Once for all passes: the indexes of interfaces are those of one moment.
	j.resolve(want, owned)
	// The second pass finds what a deletion took with it or what had to wait for an
	// addition, the third verifies.
	const passes = 3
	for range passes {
		again, err := j.pass()
		if err != nil {
			return j.outcome(owned), errors.Join(append(j.errs, err)...)
		}
		if !again {
			break
		}
	}
	return j.outcome(owned), errors.Join(j.errs...)
}

// job is one call of Apply.
type job[W, E any, S comparable] struct {
	kind    kind[W, E, S]
	stuck   map[S][]E
	indexes map[string]indexed // of interfaces, by name
	all     []W                // want as it was given
	want    []wanted[W, E]
	wantAt  map[S][]int // places in want
	owned   map[S][]*owned[W, E]
	asked   []E // what is wanted or owned
	added   []bool
	// failed things are not tried again in later passes. doubt is set for those whose answer was lost.
	failed  []bool
	doubt   []bool
	there   map[S][]E // as far as is known; nil if nothing could be read
	refused []*Refusal[W]
	errs    []error
}

// wanted is one element of want, by its place there.
type wanted[W, E any] struct {
	place   int
	w       W
	element E
}

// owned is one element of owned.
type owned[W, E any] struct {
	w       W
	element E
	kept    bool // the kernel does not give it back
}

func (j *job[W, E, S]) outcome(ours []W) Outcome[W] {
	o := Outcome[W]{Refused: j.refused}
	// Nothing could be read: nothing was done either, and what is owned is owned still.
	if j.there == nil {
		return o
	}
	for i, ok := range j.added {
		switch {
		case ok:
			o.Added = append(o.Added, j.all[i])
		case j.doubt[i]:
			o.Doubtful = append(o.Doubtful, j.all[i])
		}
	}
	for _, w := range ours {
		e, err := j.kind.resolve(w, j.index)
		if err == nil {
			// Also one that the kernel would not give back stays owned, and the next Apply tries
			// again.
			if _, is := j.find(e); is {
				continue
			}
		} else if !errors.Is(err, unix.ENODEV) {
			continue // it was not even looked for
		}
		o.Removed = append(o.Removed, w)
	}
	return o
}

// say is what is done with a thing, as messages have it: "add 10.0.0.1/32 to eth0".
func (j *job[W, E, S]) say(w W, verb, preposition string) string {
	what, where := j.kind.text(w)
	if where == "" {
		return verb + " " + what
	}
	return verb + " " + what + " " + preposition + " " + where
}

// refuse notes that something could not be set.
func (j *job[W, E, S]) refuse(place int, op Op, former bool, err error) {
	j.failed[place] = true
	w := j.all[place]
	r := &Refusal[W]{Wanted: w, Former: former, Err: err, place: place, what: j.say(w, "add", "to")}
	if op == Replace {
		r.what = j.say(w, "change", "on")
	}
	j.refused = append(j.refused, r)
	j.errs = append(j.errs, r)
}

// doubtful notes that a thing was asked for whose answer was lost.
func (j *job[W, E, S]) doubtful(place int, err error) bool {
	var lost *Unanswered
	j.doubt[place] = errors.As(err, &lost)
	return j.doubt[place]
}

// believe takes back that a thing could not be set, which is there now.
func (j *job[W, E, S]) believe(place int) {
	j.doubt[place], j.failed[place], j.added[place] = false, false, true
	j.refused = slices.DeleteFunc(j.refused, func(r *Refusal[W]) bool { return r.place == place })
	j.errs = slices.DeleteFunc(j.errs, func(err error) bool {
		r, is := err.(*Refusal[W])
		return is && r.place == place
	})
}

// indexed is the number of an interface, or why it is not known.
type indexed struct {
	index int
	err   error
}

func (j *job[W, E, S]) index(name string) (int, error) {
	// Not asked again: half of a job would see an interface that the other half did not.
	i, ok := j.indexes[name]
	if !ok {
		i.index, i.err = j.kind.index(name)
		j.indexes[name] = i
	}
	return i.index, i.err
}

func (j *job[W, E, S]) resolve(want, ours []W) {
	j.wantAt = make(map[S][]int, len(want))
	for i, w := range want {
		e, err := j.kind.resolve(w, j.index)
		if err != nil {
			j.refuse(i, Add, false, err)
			continue
		}
		if j.wants(e) {
			continue // the same twice
		}
		s := j.kind.slot(e)
		j.wantAt[s] = append(j.wantAt[s], len(j.want))
		j.want = append(j.want, wanted[W, E]{place: i, w: w, element: e})
		j.asked = append(j.asked, e)
	}
	j.owned = make(map[S][]*owned[W, E], len(ours))
	for _, w := range ours {
		e, err := j.kind.resolve(w, j.index)
		switch {
		case err == nil:
			s := j.kind.slot(e)
			j.owned[s] = append(j.owned[s], &owned[W, E]{w: w, element: e})
			j.asked = append(j.asked, e)
		case !errors.Is(err, unix.ENODEV): // on a device that is gone there is nothing to remove
			j.errs = append(j.errs, fmt.Errorf("%s: %w", j.say(w, "look for", "on"), err))
		}
	}
}

// wants reports whether one that is there is wanted.
func (j *job[W, E, S]) wants(have E) bool {
	for _, i := range j.wantAt[j.kind.slot(have)] {
		if j.kind.is(have, j.want[i].element) {
			return true
		}
	}
	return false
}

// owner is the one of owned that stands for one that is there, nil if there is none.
func (j *job[W, E, S]) owner(have E) *owned[W, E] {
	for _, o := range j.owned[j.kind.slot(have)] {
		if !o.kept && j.kind.is(have, o.element) {
			return o
		}
	}
	return nil
}

// find is what is there for want.
func (j *job[W, E, S]) find(want E) (have E, ok bool) {
	for _, h := range j.there[j.kind.slot(want)] {
		if j.kind.is(h, want) {
			return h, true
		}
	}
	return have, false
}

// put notes that e is there now, drop that it is not.
func (j *job[W, E, S]) put(e E) {
	s := j.kind.slot(e)
	j.there[s] = append(j.there[s], e)
}

func (j *job[W, E, S]) drop(e E) {
	s := j.kind.slot(e)
	for i, h := range j.there[s] {
		if j.kind.is(h, e) {
			// One entry only: each stands for one thing in the kernel.
			j.there[s] = append(j.there[s][:i:i], j.there[s][i+1:]...)
			return
		}
	}
}
