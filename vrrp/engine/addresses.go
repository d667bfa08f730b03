package engine

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// An applier makes addresses be there: netif.Applier.
type applier interface {
	Apply(want, owned []netif.Wanted) (netif.Outcome[netif.Wanted], error)
}

// addresses is the desired state of the host's virtual addresses: which ones each
// instance wants now, and which ones are ours to remove: those that we have set.
type addresses struct {
	applier applier
	// config is what the configuration gives each instance, wanted what the instance has asked for:
	// the list as it was then.
	config map[vrrp.ID][]address
	wanted map[vrrp.ID][]address
	// mine are the addresses that this life has set or a former one has left.
	mine map[placed]netif.Wanted
	// theirs are addresses of the configuration that the host has of its own: they are never
	// removed, whatever the state of the instance.
	theirs map[vip]bool
	// failures are wanted addresses that could not be set.
	failures map[vip]*failure
	// unfinished is set when something else of the last apply failed.
	unfinished bool
	// order is the instances' in the configuration: the first address of a subnet is what
	// the others depend on, so it must not be one by chance.
	order []vrrp.ID
	// reloading is set from configure to settle: an address that moves from one master to
	// another is then not removed in between.
	reloading bool
	// added is what Apply really added for an instance when it asked for its addresses.
	added map[vrrp.ID][]netif.Wanted
	// restored is what Apply added for instances that had asked before: it had got
	// lost. late is what had been refused until then.
	restored, late map[vrrp.ID][]netif.Wanted

	asked      map[vrrp.ID]bool // instances that have asked since the last apply
	wantedKeys map[vip]vrrp.ID  // instance that wants it
	removing   []netif.Wanted
	throttle   throttle[vip]
}

// A failure is an address that could not be set.
type failure struct {
	router vrrp.ID
	err    error
	times  int  // in a row
	former bool // it is there with another prefix length
	doubt  bool // it may be there: that was not answered
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
		config:     map[vrrp.ID][]address{},
		wanted:     map[vrrp.ID][]address{},
		added:      map[vrrp.ID][]netif.Wanted{},
		restored:   map[vrrp.ID][]netif.Wanted{},
		late:       map[vrrp.ID][]netif.Wanted{},
		mine:       map[placed]netif.Wanted{},
		theirs:     map[vip]bool{},
		failures:   map[vip]*failure{},
		asked:      map[vrrp.ID]bool{},
		wantedKeys: map[vip]vrrp.ID{},
	}
}

// configure takes a new configuration. What the old one gave stays until settle.
func (a *addresses) configure(routers []*router) {
	a.reloading = true
	old := a.config
	a.config = make(map[vrrp.ID][]address, len(routers))
	a.order = a.order[:0]
	for _, r := range routers {
		a.order = append(a.order, r.id)
		a.config[r.id] = r.addresses
	}
	for _, id := range sortedKeys(old) {
		if _, stays := a.config[id]; !stays { // until settle: the core has not given its addresses up yet
			a.config[id] = old[id]
			a.order = append(a.order, id)
		}
	}
}

// settle ends a reload: the instances that are masters now want what their
// configuration says, and with the next apply what else is ours goes.
func (a *addresses) settle(routers []*router, master func(vrrp.ID) bool) {
	a.reloading = false
	clear(a.wanted)
	a.config = make(map[vrrp.ID][]address, len(routers))
	for _, r := range routers {
		a.config[r.id] = r.addresses
		if master(r.id) {
			a.wanted[r.id] = a.config[r.id]
		}
		a.asked[r.id] = true
	}
}

// stillThere gives the addresses that are ours and there although nobody wants them.
func (a *addresses) stillThere(yield func(netif.Wanted)) {
	for p, w := range a.mine {
		if _, wanted := a.wantedKeys[p.vip]; !wanted {
			yield(w)
		}
	}
}

// want says whether an instance wants its addresses; it has an effect with the next apply.
func (a *addresses) want(router vrrp.ID, on bool) {
	if on {
		a.wanted[router] = a.config[router]
	} else {
		delete(a.wanted, router)
	}
	delete(a.added, router)
	a.asked[router] = true
}

// apply makes the host as wanted and remembers what was added for whom. The error has what
// was not known before.
func (a *addresses) apply() error {
	lingering := a.lingering()
	clear(a.wantedKeys)
	var want []netif.Wanted
	for _, id := range a.order {
		for _, addr := range a.wanted[id] {
			a.wantedKeys[vipOf(addr.Wanted)] = id
			want = append(want, addr.Wanted)
		}
	}
	out, err := a.applier.Apply(want, a.removable())
	for _, addr := range out.Removed {
		delete(a.mine, placedOf(addr))
	}
	for _, addr := range out.Added {
		v := vipOf(addr)
		id := a.wantedKeys[v]
		a.mine[placedOf(addr)] = addr
		delete(a.theirs, v)
		switch {
		case a.asked[id]:
			a.added[id] = append(a.added[id], addr)
		case a.failures[v] != nil:
			a.late[id] = append(a.late[id], addr)
		default:
			a.restored[id] = append(a.restored[id], addr)
		}
	}
	for _, addr := range out.Doubtful {
		a.mine[placedOf(addr)] = addr
	}
	for _, addr := range lingering {
		same := func(w netif.Wanted) bool { return placedOf(w) == placedOf(addr) }
		if id := a.wantedKeys[vipOf(addr)]; !slices.ContainsFunc(out.Added, same) {
			a.added[id] = append(a.added[id], addr)
		}
	}
	for _, w := range want { // with other lifetimes perhaps
		if _, is := a.mine[placedOf(w)]; is {
			a.mine[placedOf(w)] = w
		}
	}
	clear(a.asked)
	return a.note(out, err)
}

// lingering are the addresses that are asked for and there already, because they could not be removed when they were
// wanted no more: somebody else may have had them meanwhile, so they are as good as added.
func (a *addresses) lingering() (list []netif.Wanted) {
	for id := range a.asked {
		for _, addr := range a.wanted[id] {
			_, mine := a.mine[placedOf(addr.Wanted)]
			if _, wanted := a.wantedKeys[vipOf(addr.Wanted)]; mine && !wanted {
				list = append(list, addr.Wanted)
			}
		}
	}
	return list
}

// note keeps account of what could not be set and leaves the news of the error.
func (a *addresses) note(out netif.Outcome[netif.Wanted], err error) error {
	refused := map[vip]bool{}
	known := map[error]bool{}
	for _, r := range out.Refused {
		v := vipOf(r.Wanted)
		refused[v] = true
		f := a.failures[v]
		if f == nil {
			f = &failure{}
			a.failures[v] = f
		}
		known[r] = f.err != nil && errors.Is(r, f.err)
		f.router, f.err, f.former = a.wantedKeys[v], r.Err, r.Former
		f.times++
		f.doubt = false
	}
	for _, addr := range out.Doubtful {
		a.failures[vipOf(addr)].doubt = true
	}
	read := err == nil || len(out.Refused)+len(out.Added)+len(out.Removed) > 0
	for v := range a.failures {
		if !read || refused[v] {
			continue
		}
		if f := a.failures[v]; f.doubt && a.wantedKeys[v] == f.router {
			a.late[f.router] = append(a.late[f.router], a.wantedAs(v)...) // nobody has been told of it yet
		}
		delete(a.failures, v)
	}
	var news []error
	a.unfinished = false
	for _, one := range split(err) {
		var r *netif.Refusal[netif.Wanted]
		if !errors.As(one, &r) {
			a.unfinished = true
		}
		if !known[one] {
			news = append(news, one)
		}
	}
	return errors.Join(news...)
}

// wantedAs is the address v as it is wanted.
func (a *addresses) wantedAs(v vip) (list []netif.Wanted) {
	for _, addr := range a.wanted[a.wantedKeys[v]] {
		if vipOf(addr.Wanted) == v {
			list = append(list, addr.Wanted)
		}
	}
	return list
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
func (a *addresses) removable() []netif.Wanted {
	coming := map[vip]bool{}
	if a.reloading {
		for id := range a.wanted {
			for _, addr := range a.config[id] {
				coming[vipOf(addr.Wanted)] = true
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
	var moved []netif.Wanted
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

// take returns what was added for an instance and forgets it.
func (a *addresses) take(router vrrp.ID) []netif.Wanted {
	list := a.added[router]
	delete(a.added, router)
	return list
}

// wants reports whether an address is wanted now and was not marked no_track, which
// would mean that nobody minds its going (semantics 3.5).
func (a *addresses) wants(v vip) bool {
	id, ok := a.wantedKeys[v]
	if !ok {
		return false
	}
	return slices.ContainsFunc(a.wanted[id], func(c address) bool { return vipOf(c.Wanted) == v && !c.noTrack })
}
