package netif

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// kernel is what an Applier needs of the host: Kernel or Fake.
type kernel interface {
	Index(name string) (int, error)
	Addresses() ([]Address, error)
	Change([]Change) []error
}

// An Applier makes addresses be there. It is used by one goroutine.
type Applier struct {
	k kernel
	// stuck are the forms (label, scope and so on) that the kernel refused for an address
	// which is there in its former form: taking that away once more would help nobody.
	stuck map[key]Address
}

// NewApplier gives an Applier that works on k, a Kernel or a Fake.
func NewApplier(k kernel) *Applier { return &Applier{k: k, stuck: map[key]Address{}} }

// A Wanted is an address that is to be on an interface, which need not be there yet: an Address with the
// name of its interface in place of the index.
type Wanted struct {
	Dev string
	Address
}

// on is the address on the interface of an index, as the kernel will keep it.
func (w Wanted) on(index int) Address {
	a := w.Address
	a.Index, a.Valid, a.Proto = index, Forever, protoKeepalived
	return a
}

// An Outcome is what an Apply has done.
type Outcome struct {
	// Added were not there before and are now, in the order of want.
	Added []Wanted
	// Removed are those of owned that are not there any more.
	Removed []Wanted
	// Refused are those of want that could not be set as they should be.
	Refused []*Refusal
}

// A Refusal is an address that could not be set. Its text says what was tried.
type Refusal struct {
	Wanted Wanted
	// Former is set when the address is there as it was before, with another length of the
	// prefix, label, scope or broadcast address.
	Former bool
	Err    error // the kernel's, usually a unix.Errno
	what   string
}

// Error is the text.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("%s: %v", r.what, r.Err)
	if r.Former {
		text += "; it stays as it was before"
	}
	return text
}

// Unwrap gives the kernel's error.
func (r *Refusal) Unwrap() error { return r.Err }

// Apply makes all of want be there and removes what is in owned and not in want.
// It adds before it deletes, goes on after single failures, and may be repeated at
// will: what already is as wanted is left alone. An address that is there with
// another label, scope, broadcast address or with or without a prefix route is set
// anew if it is owned; if the kernel refuses that, it is put back as it was. One that is
// wanted with another prefix length is kept until the new one is there.
//
// An address that was there already is no error and not among those added. Addresses that
// the kernel dropped together with a deleted one are put back and count as added. The error
// joins what failed, one per address; refused addresses are *Refusal in it.
func (a *Applier) Apply(want, owned []Wanted) (Outcome, error) {
	j := job{k: a.k, stuck: a.stuck, all: want, index: map[string]int{}, added: make([]bool, len(want)), failed: make([]bool, len(want))}
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

func (j *job) outcome(owned []Wanted) Outcome {
	o := Outcome{Refused: j.refused}
	if j.there == nil {
		return o // nothing could be read
	}
	for i, ok := range j.added {
		if ok {
			o.Added = append(o.Added, j.all[i])
		}
	}
	for _, c := range owned {
		index, err := j.device(c.Dev)
		if err == nil {
			if _, is := j.there[c.on(index).key()]; is {
				continue
			}
		}
		o.Removed = append(o.Removed, c)
	}
	return o
}

// job is one call of Apply.
type job struct {
	k     kernel
	stuck map[key]Address
	index map[string]int
	all   []Wanted // want as it was given
	want  []wanted
	owned map[key]string // device name
	added []bool
	// failed addresses are not tried again in later passes.
	failed  []bool
	there   map[key]Address // as far as is known
	refused []*Refusal
	errs    []error
}

// refuse notes that an address could not be set.
func (j *job) refuse(place int, op Op, former bool, err error) {
	j.failed[place] = true
	w := j.all[place]
	r := &Refusal{Wanted: w, Former: former, Err: err, what: fmt.Sprintf("add %v to %s", w.Prefix, w.Dev)}
	if op == Replace {
		r.what = fmt.Sprintf("change %v on %s", w.Prefix, w.Dev)
	}
	j.refused = append(j.refused, r)
	j.errs = append(j.errs, r)
}

// wanted is one element of want, by its place there.
type wanted struct {
	place   int
	dev     string
	address Address
}

func (j *job) device(name string) (int, error) {
	if i, ok := j.index[name]; ok {
		if i == 0 {
			return 0, unix.ENODEV
		}
		return i, nil
	}
	i, err := j.k.Index(name)
	j.index[name] = i
	return i, err
}

func (j *job) resolve(want, owned []Wanted) {
	seen := make(map[key]bool, len(want))
	for i, w := range want {
		index, err := j.device(w.Dev)
		if err != nil {
			j.refuse(i, Add, false, err)
			continue
		}
		a := w.on(index)
		if !seen[a.key()] {
			seen[a.key()] = true
			j.want = append(j.want, wanted{place: i, dev: w.Dev, address: a})
		}
	}
	j.owned = make(map[key]string, len(owned))
	for _, o := range owned {
		// On a device that is gone there is nothing to remove.
		if index, err := j.device(o.Dev); err == nil {
			j.owned[o.on(index).key()] = o.Dev
		}
	}
}
