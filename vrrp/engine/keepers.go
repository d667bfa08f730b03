package engine

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/report/routers"
	"holdfast/vrrp"
)

// A keeper keeps things of one kind on the host: a kept.
type keeper interface {
	configure(routers []*router, cfg *config.Config)
	adopt(lines map[string]bool)
	want(id vrrp.ID, on bool)
	settle(wants func(vrrp.ID) bool)
	release()
	apply(now time.Time)
	provide(now time.Time)
	suspect(ev netif.Event) bool
	moved(old, name string)
	hasten(now time.Time)
	repair(now time.Time)
	next() time.Time
	expire(now time.Time)
	devices(r *router, groups []config.TrackGroup) []string
	follows() netif.Groups
	lines() []string
	empty() bool
	name() string
	set(id vrrp.ID) []bool
	repairs() routers.Repair
}

// keepers are those of all kinds, in the order in which their things depend on each other: a route may
// need an address, a rule may lead to a route.
type keepers []keeper

// newKeepers is the list of kinds: whatever else a router or the host is to have gets a line here.
func (e *Engine) newKeepers(tell func(vrrp.Log)) keepers {
	return keepers{
		newKept(keptAddresses(e.host, e.nameOf), netif.NewAddresses(e.kernel), tell),
		newKept(keptRoutes(e.host), netif.NewRoutes(e.kernel), tell),
		newKept(keptRules(), netif.NewRules(e.kernel), tell),
	}
}

// release removes what nobody wants any more, what depends on others first.
func (k keepers) release() {
	// Backward: a rule goes before the route it leads to, a route before its address.
	for _, one := range slices.Backward(k) {
		one.release()
	}
}

func (k keepers) apply(now time.Time) {
	for _, one := range k {
		one.apply(now)
	}
}

// provide sets what the host is to have.
func (k keepers) provide(now time.Time) {
	for _, one := range k {
		one.provide(now)
	}
}

func (k keepers) settle(wants func(vrrp.ID) bool) {
	for _, one := range k {
		one.settle(wants)
	}
}

func (k keepers) want(id vrrp.ID, on bool) {
	for _, one := range k {
		one.want(id, on)
	}
}

// next is the earliest moment at which one has something to do, zero if none has.
func (k keepers) next() (at time.Time) {
	for _, one := range k {
		at = earlier(at, one.next())
	}
	return at
}

func (k keepers) expire(now time.Time) {
	for _, one := range k {
		one.expire(now)
	}
}

// configureKeepers takes a new configuration, and asks the kernel to tell of what is in it.
func (e *Engine) configureKeepers() {
	e.configureGate()
	for _, k := range e.keepers {
		k.configure(e.routers.all, e.cfg)
		// Before anything is set: nothing that goes meanwhile is missed.
		if err := e.watcher.Follow(k.follows()); err != nil {
			e.log.Error("somebody who removes routes or rules will not be noticed", zap.Error(err))
		}
	}
}

// devicesOf are the interfaces that a router must not be without because of its things, other than its own.
func (e *Engine) devicesOf(r *router) []string {
	var list []string
	for _, k := range e.keepers {
		for _, dev := range k.devices(r, e.cfg.TrackGroups) {
			if dev != r.cfg.Interface && !slices.Contains(list, dev) {
				list = append(list, dev)
			}
		}
	}
	return list
}

// keepersHear puts back what a batch of events tells of.
func (e *Engine) keepersHear(events []netif.Event, news bool) {
	for _, k := range e.keepers {
		// Once for a batch, which often tells of many things that went together.
		if slices.ContainsFunc(events, k.suspect) {
			k.repair(e.now)
		}
		if news {
			k.hasten(e.now)
		}
	}
}
