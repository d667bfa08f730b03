package plan

import (
	"fmt"
	"net/netip"

	"holdfast/config"
	"holdfast/internal/state"
)

// A home is where an address belongs.
type home struct {
	prefix   netip.Prefix
	dev      string
	instance *config.Instance // nil of a static one
}

func (h home) name() string {
	if h.instance == nil {
		return ""
	}
	return h.instance.Name
}

// where names it for people.
func (h home) where() string {
	if h.instance == nil {
		return h.dev + ", static"
	}
	return h.dev + ", " + h.instance.Name
}

// homes are the addresses of a configuration: one that is there twice has its first home.
func homes(c *config.Config) (byAddr map[netip.Addr]home, order []netip.Addr) {
	byAddr = map[netip.Addr]home{}
	add := func(h home) {
		addr := h.prefix.Addr()
		if _, known := byAddr[addr]; !known {
			byAddr[addr] = h
			order = append(order, addr)
		}
	}
	for i := range c.Instances {
		for a := range c.Instances[i].Addresses() {
			add(home{a.Prefix, a.Dev, &c.Instances[i]})
		}
	}
	for i := range c.StaticAddresses {
		add(home{c.StaticAddresses[i].Prefix, c.StaticAddresses[i].Dev, nil})
	}
	return byAddr, order
}

// addresses says which come, go and move.
func (w *writer) addresses() {
	before, order := homes(w.old)
	after, next := homes(w.next)
	for _, addr := range next {
		to := after[addr]
		from, known := before[addr]
		a := state.PlannedAddress{Address: to.prefix.String(), Interface: to.dev, Instance: to.name(), Kind: state.Added}
		switch {
		case !known:
			a.Now = w.holds(w.formerly(to.instance), to.instance == nil)
		case from.dev == to.dev && from.prefix == to.prefix && w.before(to.instance) == from.instance:
			continue // the same, or of one that starts anew, as is said there
		default:
			a.Kind, a.From = state.Moved, from.prefix.String()+" on "+from.where()
			a.Now = w.holds(from.instance, from.instance == nil)
			if from.instance != nil {
				w.plan.Moves = append(w.plan.Moves, fmt.Sprintf("%v: %s -> %s", addr, from.where(), to.where()))
			}
		}
		w.plan.Addresses = append(w.plan.Addresses, a)
	}
	for _, addr := range order {
		from := before[addr]
		if _, stays := after[addr]; stays {
			continue
		}
		a := state.PlannedAddress{Address: from.prefix.String(), Kind: state.Removed, Interface: from.dev,
			Instance: from.name(), Now: w.holds(from.instance, from.instance == nil)}
		w.plan.Addresses = append(w.plan.Addresses, a)
		if from.instance != nil && a.Now && w.stays(from.instance) {
			w.plan.Moves = append(w.plan.Moves, fmt.Sprintf("%v goes from this director, which has it as MASTER of %s", addr,
				from.name()))
		}
	}
}

// before is what an instance of the file is now, nil if it is new.
func (w *writer) before(is *config.Instance) *config.Instance {
	for _, p := range w.pairs {
		if p.is == is && is != nil {
			return p.was
		}
	}
	return nil
}

// formerly is that of one which goes on.
func (w *writer) formerly(is *config.Instance) *config.Instance {
	if was := w.before(is); was != nil && was.Router() == is.Router() {
		return was
	}
	return nil
}

// stays reports whether an instance that runs goes on.
func (w *writer) stays(was *config.Instance) bool {
	for _, p := range w.pairs {
		if p.was == was {
			return p.is != nil && !p.anew()
		}
	}
	return false
}

// holds reports whether an address of an instance is on this host.
func (w *writer) holds(was *config.Instance, static bool) bool {
	return static || w.standing(was).State == master
}
