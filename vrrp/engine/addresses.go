package engine

import (
	"slices"
	"time"

	"holdfast/config"
)

// An applier makes addresses be there: netif.Applier.
type applier interface {
	Apply(want, owned []config.Address) ([]config.Address, error)
}

// addresses is the desired state of the host's virtual addresses: which ones each
// instance wants now, and which ones are ours to remove.
type addresses struct {
	applier applier
	// config is what the configuration gives each instance, wanted what the
	// instance has asked for: the list as it was then, so that a name that means another
	// instance after a reload changes nothing.
	config map[string][]config.Address
	wanted map[string][]config.Address
	owned  []config.Address
	// order is the instances' in the configuration: the first address of a subnet is what
	// the others depend on, so it must not be one by chance.
	order []string
	// reloading is set from configure to settle: an address that moves from one master to
	// another is then not removed in between.
	reloading bool
	// added is what Apply really added for an instance when it asked for its addresses.
	added map[string][]config.Address
	// restored is what Apply added for instances that had asked before: it had got
	// lost.
	restored map[string][]config.Address

	asked      map[string]bool // instances that have asked since the last apply
	wantedKeys map[vip]string  // instance that wants it
	throttle   throttle
}

func newAddresses(a applier) *addresses {
	return &addresses{
		applier:    a,
		config:     map[string][]config.Address{},
		wanted:     map[string][]config.Address{},
		added:      map[string][]config.Address{},
		restored:   map[string][]config.Address{},
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

// configure takes a new configuration. What the old one gave stays ours until settle.
func (a *addresses) configure(instances []*config.Instance) {
	a.reloading = true
	old := a.config
	a.config = make(map[string][]config.Address, len(instances))
	a.order = a.order[:0]
	for _, i := range instances {
		list := instanceAddresses(i)
		a.order = append(a.order, i.Name)
		a.config[i.Name] = list
		a.owned = append(a.owned, list...)
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
// configuration says, and nothing else is ours any more.
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
	a.owned = nil
	for _, i := range instances {
		a.config[i.Name] = instanceAddresses(i)
		a.owned = append(a.owned, a.config[i.Name]...)
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

// apply makes the host as wanted and remembers what was added for whom.
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
	added, err := a.applier.Apply(want, a.removable())
	for _, addr := range added {
		name := a.wantedKeys[vipOf(addr)]
		if a.asked[name] {
			a.added[name] = append(a.added[name], addr)
		} else {
			a.restored[name] = append(a.restored[name], addr)
		}
	}
	clear(a.asked)
	return err
}

// removable is what Apply may remove if it is not wanted.
func (a *addresses) removable() []config.Address {
	if !a.reloading {
		return a.owned
	}
	coming := map[vip]bool{}
	for name := range a.wanted {
		for _, addr := range a.config[name] {
			coming[vipOf(addr)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(a.owned), func(addr config.Address) bool { return coming[vipOf(addr)] })
}

// renamed removes what an interface has taken along to its new name, under which it is
// another interface (semantics 4.4).
func (a *addresses) renamed(old, name string) error {
	var moved []config.Address
	for _, addr := range a.owned {
		if addr.Dev != old {
			continue
		}
		addr.Dev = name
		if _, ok := a.wantedKeys[vipOf(addr)]; !ok {
			moved = append(moved, addr)
		}
	}
	_, err := a.applier.Apply(nil, moved)
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

// A throttle spaces repairs when somebody keeps removing what we put back: as long as no
// address has been put back too often repairs are done at once, then once a second.
type throttle struct {
	last  time.Time
	count map[vip]int // how often each was put back since the last quiet time
	worst int
}

const (
	repairsAtOnce = 20
	repairPause   = time.Second
	repairQuiet   = 10 * time.Second // after this without a repair all is forgotten
)

// next is when a repair that was found necessary at now may be done.
func (t *throttle) next(now time.Time) time.Time {
	if now.Sub(t.last) > repairQuiet {
		t.count, t.worst = nil, 0
	}
	if t.worst < repairsAtOnce {
		return now
	}
	return t.last.Add(repairPause)
}

// done notes that v was put back and tells whether repairs are spaced from now on.
func (t *throttle) done(now time.Time, v vip) (spaced bool) {
	t.last = now
	if t.count == nil {
		t.count = map[vip]int{}
	}
	t.count[v]++
	if t.count[v] <= t.worst {
		return false
	}
	t.worst = t.count[v]
	return t.worst == repairsAtOnce
}
