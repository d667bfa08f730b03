package announcer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/healthcheck/announce"
	"holdfast/internal/netif"
)

// work is what only the goroutine of a Keeper touches.
type work struct {
	log      *zap.Logger
	open     func() (Kernel, error)
	kernel   Kernel // nil while nothing has been shown
	mine     map[place]bool
	metric   uint32 // of routes, 0 without one
	problems []announce.Problem
	repairs  uint64
	said     string // the problems that were logged last
}

// turn makes the kernel show what is wanted and nothing else of ours, and confirms it.
func (w *work) turn(want []announce.Place) {
	w.problems = nil
	defer w.say()
	if w.kernel == nil {
		if len(want) == 0 {
			return
		}
		k, err := w.open()
		if err != nil {
			w.all(want, err)
			return
		}
		w.kernel = k
	}
	stay := map[place]bool{}
	w.addresses(want, stay)
	w.routes(want, stay)
	w.withdraw(stay)
}

// addresses sets and confirms addresses.
func (w *work) addresses(want []announce.Place, stay map[place]bool) {
	var asked []announce.Place
	var changes []netif.Change[netif.Address]
	var have map[place]netif.Address
	interfaces := map[string]found{}
	for _, p := range want {
		if p.Dev == "" {
			continue
		}
		if have == nil {
			all, err := w.kernel.Addresses()
			if err != nil {
				w.all(want, err)
				for at := range w.mine {
					stay[at] = stay[at] || at.table == 0 // it is not known whether they are there
				}
				return
			}
			have = make(map[place]netif.Address, len(all))
			for _, a := range all {
				have[place{prefix: a.Prefix, index: a.Index}] = a
			}
		}
		dev, known := interfaces[p.Dev]
		if !known {
			dev.index, dev.err = w.kernel.Index(p.Dev)
			interfaces[p.Dev] = dev
		}
		if dev.err != nil {
			w.problem(p, dev.err)
			w.keep(stay, dev.err, func(at place) bool { return at.table == 0 && at.prefix == p.Prefix })
			continue
		}
		at := place{prefix: p.Prefix, index: dev.index}
		old, there := have[at]
		switch {
		case there && old.Valid == netif.Forever:
			w.problems = append(w.problems, announce.Problem{Place: p,
				Text: "it is there without us, and stays when it is withdrawn"})
			continue
		case !there:
			w.lost(p, at)
		}
		stay[at] = true
		asked = append(asked, p)
		changes = append(changes, netif.Change[netif.Address]{Op: netif.Replace, What: leased(at)})
	}
	for i, err := range w.change(changes) {
		at := place{prefix: asked[i].Prefix, index: changes[i].What.Index}
		if err != nil {
			w.problem(asked[i], err)
			continue
		}
		w.mine[at] = true
	}
}

// keep has those stay of ours that are wanted and could not be looked at: an interface that has gone is no reason, and
// has taken them along.
func (w *work) keep(stay map[place]bool, err error, which func(place) bool) {
	if errors.Is(err, unix.ENODEV) {
		return
	}
	for at := range w.mine {
		stay[at] = stay[at] || which(at)
	}
}

// found is an interface of a name, or why there is none.
type found struct {
	index int
	err   error
}

// lost tells of a place that was there and is not any more.
func (w *work) lost(p announce.Place, at place) {
	if w.mine[at] {
		w.repairs++
		w.log.Warn("Announcing: " + p.String() + " was taken away, it is set again")
	}
}

func (w *work) change(changes []netif.Change[netif.Address]) []error {
	if len(changes) == 0 {
		return nil
	}
	return w.kernel.ChangeAddresses(changes)
}

// leased is an address as it is set.
func leased(at place) netif.Address {
	a := netif.Address{Index: at.index, Prefix: at.prefix, Proto: unix.RTPROT_KEEPALIVED,
		Valid: uint32(lease.Seconds()), Preferred: uint32(lease.Seconds())}
	if at.prefix.Addr().Is6() {
		// Others have the address too, and are meant to.
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

// routes sets routes.
func (w *work) routes(want []announce.Place, stay map[place]bool) {
	routes := slices.DeleteFunc(slices.Clone(want), func(p announce.Place) bool { return p.Dev != "" })
	if len(routes) == 0 {
		return
	}
	name, index, err := w.kernel.Device()
	if err != nil {
		w.all(routes, fmt.Errorf("no device for routes: %w", err))
		w.keep(stay, err, func(at place) bool {
			return slices.ContainsFunc(routes, func(p announce.Place) bool {
				return p.Prefix == at.prefix && p.Table == at.table
			})
		})
		return
	}
	there, err := w.routesTo(index)
	if err != nil {
		w.problem(routes[0], err)
		there = w.mine // it is not known whether they are there
	}
	for _, p := range routes {
		at := place{prefix: p.Prefix, table: p.Table, metric: w.metric}
		stay[at] = true
		if there[at] {
			w.mine[at] = true
			continue
		}
		w.lost(p, at)
		w.former(at, name, index)
		if err := w.changeRoute(netif.Add, routeOf(at, name, index)); err != nil {
			w.problem(p, err)
			continue
		}
		w.mine[at] = true
	}
}

// former takes a route with another metric away before the new one comes. A routing daemon that has a prefix of a table
// once, as FRR does, takes the end of one for that of both. Nobody forwards packets by that table.
func (w *work) former(at place, dev string, index int) {
	for old := range w.mine {
		if old.table != at.table || old.prefix != at.prefix || old.metric == at.metric {
			continue
		}
		if err := w.changeRoute(netif.Delete, routeOf(old, dev, index)); err == nil || gone(err) {
			delete(w.mine, old)
		}
	}
}

// noMetric is what the kernel makes of none, of IPv6 (IP6_RT_PRIO_USER).
const noMetric = 1024

// routesTo are the routes into a device.
func (w *work) routesTo(index int) (map[place]bool, error) {
	all, err := w.kernel.Routes([]uint8{unix.RTPROT_KEEPALIVED})
	if err != nil {
		return nil, err
	}
	there := map[place]bool{}
	for _, r := range all {
		if len(r.Hops) == 1 && r.Hops[0].Index == index {
			at := place{prefix: r.Dst, table: r.Table, metric: r.Metric}
			if r.IPv6 && r.Metric == noMetric {
				at.metric = 0
			}
			there[at] = true
		}
	}
	return there, nil
}

func routeOf(at place, dev string, index int) netif.Route {
	r := netif.Route{IPv6: at.prefix.Addr().Is6(), Type: unix.RTN_UNICAST, Table: at.table, Dst: at.prefix,
		Metric: at.metric, Proto: unix.RTPROT_KEEPALIVED, Hops: []netif.Hop{{Dev: dev, Index: index}}}
	if !r.IPv6 {
		r.Scope = unix.RT_SCOPE_LINK
	}
	return r
}

func (w *work) changeRoute(op netif.Op, r netif.Route) error {
	return w.kernel.ChangeRoutes([]netif.Change[netif.Route]{{Op: op, What: r}})[0]
}

// withdraw takes away what is ours and is to stay no more.
func (w *work) withdraw(stay map[place]bool) {
	for at := range w.mine {
		if stay[at] {
			continue
		}
		var err error
		if at.table == 0 {
			err = w.kernel.ChangeAddresses([]netif.Change[netif.Address]{{Op: netif.Delete, What: leased(at)}})[0]
		} else {
			name, index, deviceErr := w.kernel.Device()
			if err = deviceErr; err == nil {
				err = w.changeRoute(netif.Delete, routeOf(at, name, index))
			}
		}
		if err != nil && !gone(err) {
			w.problems = append(w.problems, announce.Problem{Place: announce.Place{Prefix: at.prefix, Table: at.table},
				Text: "it cannot be withdrawn: " + err.Error()})
			continue
		}
		delete(w.mine, at)
	}
}

// gone reports whether an error says that there was nothing to take away.
func gone(err error) bool {
	return errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ESRCH)
}

func (w *work) problem(p announce.Place, err error) {
	w.problems = append(w.problems, announce.Problem{Place: p, Text: "it cannot be shown: " + err.Error()})
}

func (w *work) all(want []announce.Place, err error) {
	for _, p := range want {
		w.problem(p, err)
	}
}

// say logs the problems, the same ones once.
func (w *work) say() {
	var text strings.Builder
	for _, p := range w.problems {
		text.WriteString(p.Place.String() + ": " + p.Text + "\n")
	}
	if text.String() == w.said {
		return
	}
	w.said = text.String()
	for _, p := range w.problems {
		w.log.Warn("Announcing " + p.Place.String() + ": " + p.Text)
	}
}

func (w *work) close() {
	if w.kernel != nil {
		_ = w.kernel.Close() // the device goes with it
	}
}
