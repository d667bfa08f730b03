package netif

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// kernel is what an Applier needs of the host: Kernel or Fake.
type kernel interface {
	Index(name string) (int, error)
	Addresses() ([]Address, error)
	Change([]Change) []error
}

// An Applier makes addresses be there. It is used by one goroutine.
type Applier struct{ k kernel }

// NewApplier gives an Applier that works on k, a Kernel or a Fake.
func NewApplier(k kernel) *Applier { return &Applier{k} }

// Apply makes all of want be there and removes what is in owned and not in want.
// It adds before it deletes, goes on after single failures, and may be repeated at
// will: what already is as wanted is left alone. An address that is there with
// another label, scope, broadcast address or with or without a prefix route is set
// anew if it is owned.
//
// It returns the addresses that were not there before and are now, in the order of
// want; an address that was there already is no error and not among them
// (semantics 3.3). Addresses that the kernel dropped together with a deleted one are
// put back (semantics 3.6) and returned as well. The error joins what failed, one per
// address.
func (a *Applier) Apply(want, owned []config.Address) ([]config.Address, error) {
	j := job{k: a.k, index: map[string]int{}, added: make([]bool, len(want)), failed: make([]bool, len(want))}
	j.resolve(want, owned)
	// The second pass finds what a deletion took with it, the third verifies.
	const passes = 3
	for range passes {
		again, err := j.pass()
		if err != nil {
			return nil, errors.Join(append(j.errs, err)...)
		}
		if !again {
			break
		}
	}
	var added []config.Address
	for i, ok := range j.added {
		if ok {
			added = append(added, want[i])
		}
	}
	return added, errors.Join(j.errs...)
}

// job is one call of Apply.
type job struct {
	k     kernel
	index map[string]int
	want  []wanted
	owned map[key]string // device name
	added []bool
	// failed addresses are not tried again in later passes.
	failed []bool
	errs   []error
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

func (j *job) resolve(want, owned []config.Address) {
	seen := make(map[key]bool, len(want))
	for i, w := range want {
		index, err := j.device(w.Dev)
		if err != nil {
			j.errs = append(j.errs, fmt.Errorf("add %v to %s: %w", w.Prefix, w.Dev, err))
			continue
		}
		a := resolve(w, index)
		if !seen[a.key()] {
			seen[a.key()] = true
			j.want = append(j.want, wanted{place: i, dev: w.Dev, address: a})
		}
	}
	j.owned = make(map[key]string, len(owned))
	for _, o := range owned {
		// On a device that is gone there is nothing to remove.
		if index, err := j.device(o.Dev); err == nil {
			j.owned[resolve(o, index).key()] = o.Dev
		}
	}
}

// resolve turns one line of a virtual_ipaddress block into what the kernel will keep.
func resolve(c config.Address, index int) Address {
	a := Address{
		Index:     index,
		Prefix:    c.Prefix,
		Scope:     c.Scope,
		Broadcast: c.Broadcast,
		Label:     c.Label,
		Preferred: forever,
		Valid:     forever,
		Proto:     protoKeepalived,
	}
	if c.Peer.IsValid() && c.Peer.Addr() != c.Prefix.Addr() {
		a.Peer = c.Peer.Addr()
		// With a peer the prefix length is the peer's.
		a.Prefix = netip.PrefixFrom(c.Prefix.Addr(), c.Peer.Bits())
	}
	set := func(on bool, flag uint32) {
		if on {
			a.Flags |= flag
		}
	}
	set(c.NoPrefixRoute, unix.IFA_F_NOPREFIXROUTE)
	set(c.AutoJoin, unix.IFA_F_MCAUTOJOIN)
	if c.Prefix.Addr().Is6() {
		set(!c.DAD, unix.IFA_F_NODAD)
		set(c.Home, unix.IFA_F_HOMEADDRESS)
		set(c.MngTmpAddr, unix.IFA_F_MANAGETEMPADDR)
	}
	if c.LftGiven {
		a.Preferred = uint32(min(c.PreferredLft.Seconds(), float64(forever)))
	}
	return a
}
