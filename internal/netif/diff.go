package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// step is one change with what it is for.
type step struct {
	change Change
	place  int // in want; -1 for a deletion
	dev    string
	// former is what had to be deleted for this addition: if it fails, that is put back.
	former Address
	// kept is set when the address stays with another prefix length if this addition fails.
	kept bool
}

// pass compares once and carries out the difference; again tells that the kernel may
// have changed more than it was asked to, or that something waits for an addition.
func (j *job) pass() (again bool, err error) {
	have, err := j.k.Addresses()
	if err != nil {
		return false, err
	}
	steps, again := j.diff(have)
	if len(steps) == 0 {
		return false, nil
	}
	changes := make([]Change, len(steps))
	for i, s := range steps {
		changes[i] = s.change
	}
	var back []step
	for i, err := range j.k.Change(changes) {
		if j.account(steps[i], err) {
			again = true
		}
		if err != nil && !errors.Is(err, unix.EEXIST) && steps[i].former.Index != 0 {
			back = append(back, steps[i])
		}
	}
	j.putBack(back)
	return again, nil
}

// putBack sets the former addresses again of additions that were refused.
func (j *job) putBack(steps []step) {
	if len(steps) == 0 {
		return
	}
	changes := make([]Change, len(steps))
	for i, s := range steps {
		changes[i] = Change{Add, s.former}
	}
	for i, err := range j.k.Change(changes) {
		s := steps[i]
		if err != nil && !errors.Is(err, unix.EEXIST) {
			j.errs = append(j.errs, fmt.Errorf("put %v back on %s: %w", s.former.Prefix, s.dev, err))
			continue
		}
		j.there[s.former.key()] = s.former
		j.stuck[s.former.key()] = s.change.Address
		for _, r := range j.refused {
			r.Former = r.Former || r.Wanted == j.all[s.place]
		}
	}
}

// account notes the outcome of one step and reports whether it may have had side
// effects.
func (j *job) account(s step, err error) bool {
	k := s.change.Address.key()
	switch s.change.Op {
	case Delete:
		if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) {
			delete(j.there, k)
			return true // somebody was faster, or its primary took it along
		}
		if err != nil {
			delete(j.owned, k)
			j.errs = append(j.errs, fmt.Errorf("delete %v from %s: %w", s.change.Address.Prefix, s.dev, err))
			return false
		}
		delete(j.there, k)
		return true
	case Add:
		if errors.Is(err, unix.EEXIST) {
			return false
		}
		if err == nil {
			j.added[s.place], j.there[k] = true, s.change.Address
			return false
		}
		op := Add
		if s.former.Index != 0 || s.kept {
			op = Replace
		}
		j.refuse(s.place, op, s.kept, err)
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
func (j *job) diff(have []Address) (steps []step, waits bool) {
	j.there = make(map[key]Address, len(have))
	for _, h := range have {
		j.there[h.key()] = h
	}
	missing := map[host]int{} // wanted addresses that are not there with this length
	var now, gone, anew []step
	wanted := make(map[key]bool, len(j.want))
	for i, w := range j.want {
		k := w.address.key()
		wanted[k] = true
		h, ok := j.there[k]
		if !ok {
			delete(j.stuck, k)
			missing[hostOf(w.address)] = i
		}
		if j.failed[w.place] {
			continue
		}
		_, ours := j.owned[k]
		switch {
		case !ok:
			now = append(now, step{change: Change{Add, w.address}, place: w.place, dev: w.dev})
		case ours && !j.added[w.place] && differsForGood(h, w) && j.stuck[k] != w.address:
			gone = append(gone, step{change: Change{Delete, h}, place: -1, dev: w.dev})
			anew = append(anew, step{change: Change{Add, w.address}, place: w.place, dev: w.dev, former: h})
		case ours && differsInPlace(h, w.address):
			j.failed[w.place] = true // once is enough: a kernel that ignores it is left alone
			now = append(now, step{change: Change{Replace, w.address}, place: w.place, dev: w.dev})
		}
	}
	for _, h := range have { // in the kernel's order, so that secondaries go after their primary
		dev, ours := j.owned[h.key()]
		if !ours || wanted[h.key()] {
			continue
		}
		i, exchanged := missing[hostOf(h)]
		if !exchanged {
			gone = append(gone, step{change: Change{Delete, h}, place: -1, dev: dev})
			continue
		}
		place := j.want[i].place
		switch at := slices.IndexFunc(now, func(s step) bool { return s.place == place }); {
		case at < 0: // refused: the former one stays
		case h.Prefix.Addr().Is4():
			now[at].kept, waits = true, true
		default: // IPv6 has an address only once, whatever its length
			gone = append(gone, step{change: Change{Delete, h}, place: -1, dev: dev})
			anew = append(anew, step{change: now[at].change, place: place, dev: dev, former: h})
			now = slices.Delete(now, at, at+1)
		}
	}
	return append(append(now, gone...), anew...), waits
}

// host is an address on an interface, whatever its prefix length.
type host struct {
	index int
	addr  netip.Addr
}

func hostOf(a Address) host { return host{a.Index, a.Prefix.Addr()} }

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
	return have.Preferred > want.Preferred || have.Preferred != Forever && want.Preferred == Forever
}
