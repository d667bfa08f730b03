package netif

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// step is one change with what it is for.
type step struct {
	change Change
	place  int // in want; -1 for a deletion
	dev    string
}

// pass compares once and carries out the difference; again tells that the kernel may
// have changed more than it was asked to.
func (j *job) pass() (again bool, err error) {
	have, err := j.k.Addresses()
	if err != nil {
		return false, err
	}
	steps := j.diff(have)
	if len(steps) == 0 {
		return false, nil
	}
	changes := make([]Change, len(steps))
	for i, s := range steps {
		changes[i] = s.change
	}
	for i, err := range j.k.Change(changes) {
		again = j.account(steps[i], err) || again
	}
	return again, nil
}

// account notes the outcome of one step and tells whether it may have had side
// effects.
func (j *job) account(s step, err error) bool {
	switch s.change.Op {
	case Delete:
		if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) {
			return true // somebody was faster, or its primary took it along
		}
		if err != nil {
			delete(j.owned, s.change.Address.key())
			j.errs = append(j.errs, fmt.Errorf("delete %v from %s: %w", s.change.Address.Prefix, s.dev, err))
		}
		return err == nil
	case Add:
		if errors.Is(err, unix.EEXIST) {
			return false
		}
		if err == nil {
			j.added[s.place] = true
			return false
		}
		j.failed[s.place] = true
		j.errs = append(j.errs, fmt.Errorf("add %v to %s: %w", s.change.Address.Prefix, s.dev, err))
	case Replace:
		if err != nil {
			j.failed[s.place] = true
			j.errs = append(j.errs, fmt.Errorf("change %v on %s: %w", s.change.Address.Prefix, s.dev, err))
		}
	}
	return false
}

// diff lists the steps from have to want: additions and changes in place, then
// deletions, then what has to be set anew because the kernel cannot change it.
func (j *job) diff(have []Address) []step {
	there := make(map[key]Address, len(have))
	for _, h := range have {
		there[h.key()] = h
	}
	var now, gone, anew []step
	wanted := make(map[key]bool, len(j.want))
	for _, w := range j.want {
		k := w.address.key()
		wanted[k] = true
		if j.failed[w.place] {
			continue
		}
		h, ok := there[k]
		_, ours := j.owned[k]
		switch {
		case !ok:
			now = append(now, step{Change{Add, w.address}, w.place, w.dev})
		case ours && !j.added[w.place] && differsForGood(h, w):
			gone = append(gone, step{Change{Delete, h}, -1, w.dev})
			anew = append(anew, step{Change{Add, w.address}, w.place, w.dev})
		case ours && differsInPlace(h, w.address):
			j.failed[w.place] = true // once is enough: a kernel that ignores it is left alone
			now = append(now, step{Change{Replace, w.address}, w.place, w.dev})
		}
	}
	for _, h := range have { // in the kernel's order, so that secondaries go after their primary
		if dev, ours := j.owned[h.key()]; ours && !wanted[h.key()] {
			gone = append(gone, step{Change{Delete, h}, -1, dev})
		}
	}
	return append(append(now, gone...), anew...)
}

// differsForGood compares what the kernel cannot change on an address that is there.
func differsForGood(have Address, w wanted) bool {
	want := w.address
	if want.Prefix.Addr().Is6() {
		return false
	}
	label := want.Label
	if label == "" {
		label = w.dev
	}
	const fixed = unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN
	return have.Scope != want.Scope || have.Label != label || broadcast(have) != broadcast(want) ||
		have.Flags&fixed != want.Flags&fixed
}

func broadcast(a Address) netip.Addr {
	if a.Broadcast == netip.IPv4Unspecified() {
		return netip.Addr{}
	}
	return a.Broadcast
}

// differsInPlace compares what can be changed: flags of IPv6 addresses and lifetimes.
// A preferred lifetime that is running down is as wanted while it is not above.
func differsInPlace(have, want Address) bool {
	if want.Prefix.Addr().Is6() {
		const flags = unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR
		if have.Flags&flags != want.Flags&flags {
			return true
		}
	}
	return have.Preferred > want.Preferred || have.Preferred != forever && want.Preferred == forever
}
