package engine

import (
	"cmp"
	"slices"

	"holdfast/config"
	"holdfast/vrrp"
)

// A router is one virtual router of the running configuration.
type router struct {
	id  vrrp.ID
	cfg *config.Instance
	placement
	// addresses are those of the instance on the interfaces on which they really are, in the order in
	// which they are announced.
	addresses []address
}

func (r *router) name() string { return r.cfg.Name }

// nobody stands for a router that is not configured any more.
func nobody() *router { return &router{cfg: &config.Instance{}} }

// A routing is the virtual routers of a configuration, in its order and by their IDs.
type routing struct {
	all  []*router
	byID map[vrrp.ID]*router
	// former are those of the last configuration while a reload is under way: one that goes has something
	// to send.
	former map[vrrp.ID]*router
}

// newRouting gives the routers; Engine.place finds out where their addresses are.
func newRouting(instances []config.Instance, ids []vrrp.ID) routing {
	r := routing{all: make([]*router, len(instances)), byID: make(map[vrrp.ID]*router, len(instances))}
	for n := range instances {
		i := &instances[n]
		r.all[n] = &router{id: ids[n], cfg: i}
		r.byID[ids[n]] = r.all[n]
	}
	return r
}

// get is the router with an ID, nobody if it is not configured any more. It must not be changed.
func (r routing) get(id vrrp.ID) *router {
	if of := r.byID[id]; of != nil {
		return of
	}
	return nobody()
}

// sender is the router with an ID, also one that just goes.
func (r routing) sender(id vrrp.ID) *router {
	if of := r.byID[id]; of != nil {
		return of
	}
	if of := r.former[id]; of != nil {
		return of
	}
	return nobody()
}

// places are where the addresses of all routers are.
func (r routing) places() [][]address {
	list := make([][]address, len(r.all))
	for n, of := range r.all {
		list[n] = of.addresses
	}
	return list
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
