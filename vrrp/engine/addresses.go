package engine

import (
	"errors"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
)

// An applier makes addresses be there: netif.Applier.
type applier interface {
	Apply(want, owned []config.Address) (netif.Outcome, error)
}

// placed is what the kernel tells addresses apart by, with the name of the interface.
type placed struct {
	vip
	peer netip.Addr
}

func placedOf(a config.Address) placed {
	p := placed{vip: vipOf(a)}
	if a.Peer.IsValid() && a.Peer.Addr() != a.Prefix.Addr() {
		p.peer = a.Peer.Addr()
	}
	return p
}

// addresses is the desired state of the host's virtual addresses: which ones each
// instance wants now, and which ones are ours to remove: those that we have set.
type addresses struct {
	applier applier
	// config is what the configuration gives each instance, wanted what the
	// instance has asked for: the list as it was then, so that a name that means another
	// instance after a reload changes nothing.
	config map[string][]config.Address
	wanted map[string][]config.Address
	// mine are the addresses that this life has set or a former one has left.
	mine map[placed]config.Address
	// theirs are addresses of the configuration that the host has of its own: they are never
	// removed, whatever the state of the instance.
	theirs map[vip]bool
	// failures are wanted addresses that could not be set.
	failures map[vip]*failure
	// unfinished is set when something else of the last apply failed.
	unfinished bool
	// order is the instances' in the configuration: the first address of a subnet is what
	// the others depend on, so it must not be one by chance.
	order []string
	// reloading is set from configure to settle: an address that moves from one master to
	// another is then not removed in between.
	reloading bool
	// added is what Apply really added for an instance when it asked for its addresses.
	added map[string][]config.Address
	// restored is what Apply added for instances that had asked before: it had got
	// lost. late is what had been refused until then.
	restored, late map[string][]config.Address

	asked      map[string]bool // instances that have asked since the last apply
	wantedKeys map[vip]string  // instance that wants it
	removing   []config.Address
	throttle   throttle
}

// A failure is an address that could not be set.
type failure struct {
	instance string
	err      error
	times    int  // in a row
	former   bool // it is there with another prefix length
}

// passing is how often in a row something that usually passes may go wrong before it is taken
// for something that lasts.
const passing = 3

// lasts reports whether it makes no sense to go on as if the address were there soon.
func (f *failure) lasts() bool {
	var errno unix.Errno
	if f.former || errors.Is(f.err, unix.ENODEV) { // that an interface is gone is the watcher's news
		return false
	}
	if errors.As(f.err, &errno) {
		switch errno {
		case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM, unix.EINTR, unix.EBUSY:
		default:
			return true
		}
	}
	return f.times >= passing
}

func newAddresses(a applier) *addresses {
	return &addresses{
		applier:    a,
		config:     map[string][]config.Address{},
		wanted:     map[string][]config.Address{},
		added:      map[string][]config.Address{},
		restored:   map[string][]config.Address{},
		late:       map[string][]config.Address{},
		mine:       map[placed]config.Address{},
		theirs:     map[vip]bool{},
		failures:   map[vip]*failure{},
		asked:      map[string]bool{},
		wantedKeys: map[vip]string{},
	}
}

// instanceAddresses is all addresses of an instance, announced in this order.
func instanceAddresses(i *config.Instance) []config.Address {
	if len(i.ExcludedVIPs) == 0 {
		return slices.Clip(i.VIPs)
	}
	return slices.Concat(i.VIPs, i.ExcludedVIPs)
}

// configure takes a new configuration. What the old one gave stays until settle.
func (a *addresses) configure(instances []*config.Instance) {
	a.reloading = true
	old := a.config
	a.config = make(map[string][]config.Address, len(instances))
	a.order = a.order[:0]
	for _, i := range instances {
		list := instanceAddresses(i)
		a.order = append(a.order, i.Name)
		a.config[i.Name] = list
	}
	for name, list := range old {
		if _, ok := a.config[name]; !ok {
			a.config[name] = list // until settle: its VIPs{On: false} is still to come
		}
	}
	for _, name := range sortedKeys(old) {
		if !slices.Contains(a.order, name) {
			a.order = append(a.order, name)
		}
	}
}

// settle ends a reload: the instances that are masters now want what their
// configuration says, and what else is ours goes.
func (a *addresses) settle(instances []*config.Instance, master func(name string) bool) error {
	a.reloading = false
	clear(a.wanted)
	for _, i := range instances {
		if master(i.Name) {
			a.wanted[i.Name] = instanceAddresses(i)
		}
		a.asked[i.Name] = true
	}
	err := a.apply()
	a.config = make(map[string][]config.Address, len(instances))
	for _, i := range instances {
		a.config[i.Name] = instanceAddresses(i)
	}
	return err
}

// want takes a VIPs action; it has an effect with the next apply.
func (a *addresses) want(instance string, on bool) {
	if on {
		a.wanted[instance] = a.config[instance]
	} else {
		delete(a.wanted, instance)
	}
	delete(a.added, instance)
	a.asked[instance] = true
}

// apply makes the host as wanted and remembers what was added for whom. The error has what
// was not known before.
func (a *addresses) apply() error {
	clear(a.wantedKeys)
	var want []config.Address
	for _, name := range a.order {
		list := a.wanted[name]
		for _, addr := range list {
			a.wantedKeys[vipOf(addr)] = name
		}
		want = append(want, list...)
	}
	out, err := a.applier.Apply(want, a.removable())
	for _, addr := range out.Removed {
		delete(a.mine, placedOf(addr))
	}
	for _, addr := range out.Added {
		v := vipOf(addr)
		name := a.wantedKeys[v]
		a.mine[placedOf(addr)] = addr
		delete(a.theirs, v)
		switch {
		case a.asked[name]:
			a.added[name] = append(a.added[name], addr)
		case a.failures[v] != nil:
			a.late[name] = append(a.late[name], addr)
		default:
			a.restored[name] = append(a.restored[name], addr)
		}
	}
	clear(a.asked)
	return a.note(out, err)
}

// note keeps account of what could not be set and leaves the news of the error.
func (a *addresses) note(out netif.Outcome, err error) error {
	refused := map[vip]bool{}
	known := map[error]bool{}
	for _, r := range out.Refused {
		v := vipOf(r.Address)
		refused[v] = true
		f := a.failures[v]
		if f == nil {
			f = &failure{}
			a.failures[v] = f
		}
		known[r] = f.err != nil && errors.Is(r, f.err)
		f.instance, f.err, f.former = a.wantedKeys[v], r.Err, r.Former
		f.times++
	}
	read := err == nil || len(out.Refused)+len(out.Added)+len(out.Removed) > 0
	for v := range a.failures {
		if read && !refused[v] {
			delete(a.failures, v)
		}
	}
	var news []error
	a.unfinished = false
	for _, one := range split(err) {
		var r *netif.Refusal
		if !errors.As(one, &r) {
			a.unfinished = true
		}
		if !known[one] {
			news = append(news, one)
		}
	}
	return errors.Join(news...)
}

// split is the errors that were joined.
func split(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// removable is what Apply may remove if it is not wanted.
func (a *addresses) removable() []config.Address {
	coming := map[vip]bool{}
	if a.reloading {
		for name := range a.wanted {
			for _, addr := range a.config[name] {
				coming[vipOf(addr)] = true
			}
		}
	}
	a.removing = a.removing[:0]
	for p, addr := range a.mine {
		if !coming[p.vip] {
			a.removing = append(a.removing, addr)
		}
	}
	return a.removing
}

// renamed removes what an interface has taken along to its new name, under which it is
// another interface.
func (a *addresses) renamed(old, name string) error {
	var moved []config.Address
	for p, addr := range a.mine {
		if addr.Dev != old {
			continue
		}
		delete(a.mine, p)
		addr.Dev = name
		a.mine[placedOf(addr)] = addr
		if _, ok := a.wantedKeys[vipOf(addr)]; !ok {
			moved = append(moved, addr)
		}
	}
	out, err := a.applier.Apply(nil, moved)
	for _, addr := range out.Removed {
		delete(a.mine, placedOf(addr))
	}
	return err
}

// take returns what was added for instance and forgets it.
func (a *addresses) take(instance string) []config.Address {
	list := a.added[instance]
	delete(a.added, instance)
	return list
}

// wants tells whether an address is wanted now and was not marked no_track, which
// would mean that nobody minds its going (semantics 3.5).
func (a *addresses) wants(v vip) bool {
	name, ok := a.wantedKeys[v]
	if !ok {
		return false
	}
	return slices.ContainsFunc(a.wanted[name], func(c config.Address) bool { return vipOf(c) == v && !c.NoTrack })
}
