package engine

import (
	"fmt"
	"maps"
	"slices"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/netif"
)

// This file tells addresses of the configuration that the host has of its own from those
// that a former life has left. What the host had before us is not ours to remove.

// witnesses are what speaks for an address being one that a former life has left.
type witnesses struct {
	// listed are the addresses that it could have set, as it wrote them down.
	listed map[placed]bool
	// lines are all that former lives wrote down.
	lines map[string]bool
	// former is set when a life of ours is known to have ended without removing its addresses.
	former bool
	// keepalived is the pid file of one that has died without removing its addresses; empty if
	// none has.
	keepalived string
}

// left reports whether a, which stands where the configuration has c, was left by a former
// life, and who says so. marks says that the kernel keeps who set an address: then a mark that
// is missing outweighs what was written down.
func (w witnesses) left(a netif.Address, c address, marks bool) (by string, is bool) {
	switch {
	case a.Marked():
		return "it carries our mark", true
	case c.made:
		return "the interface is ours", true
	case w.listed[placedOf(c.Wanted)] && !marks:
		return "a former run wrote it down", true
	case w.keepalived != "" && !w.former && (a.Secondary() || a.Prefix.IsSingleIP()):
		return "a keepalived has died, which " + w.keepalived + " names", true
	}
	return "", false
}

// recognise looks for the addresses of the configuration among those that are there, and
// decides of those that this life has not set whose they are. It notes as well which of ours
// are gone.
func (e *Engine) recognise(have []netif.Address, w witnesses) {
	index := make(map[placed]netif.Address, len(have))
	marks := e.host.keepsMarks()
	for _, a := range have {
		if name := e.host.links[a.Index].Name; name != "" {
			index[placed{vip{name, a.Prefix}, a.Peer}] = a
		}
	}
	for p := range e.addrs.mine {
		if _, there := index[p]; !there {
			delete(e.addrs.mine, p)
		}
	}
	for v := range e.addrs.theirs {
		if !slices.ContainsFunc(have, func(a netif.Address) bool { return e.host.vipAt(a) == v }) || !e.host.vips[v] {
			delete(e.addrs.theirs, v)
		}
	}
	for _, r := range e.routers.all {
		for _, c := range r.addresses {
			p := placedOf(c.Wanted)
			a, there := index[p]
			if _, mine := e.addrs.mine[p]; !there || mine || e.addrs.theirs[p.vip] {
				continue
			}
			if by, left := w.left(a, c, marks); left {
				e.addrs.mine[p] = c.Wanted
				if e.former != nil { // nobody has left anything
					continue
				}
				e.log.Info(fmt.Sprintf("(%s) IP %v on %s is left from a former run: %s", r.name(), c.Prefix, c.Dev, by),
					logging.Instance(r.name()))
				continue
			}
			e.addrs.theirs[p.vip] = true
			e.sayTheirs(r.cfg, c.Wanted)
		}
	}
}

func (e *Engine) sayTheirs(i *config.Instance, c netif.Wanted) {
	if i.Priority == 255 {
		e.log.Info(fmt.Sprintf("(%s) IP %v is %s's own address: it stays there in every state", i.Name, c.Prefix, c.Dev),
			logging.Instance(i.Name))
		return
	}
	e.log.Warn(fmt.Sprintf("(%s) IP %v is %s's own address: it stays there, also while another router is master; "+
		"give the interface another address, or make the instance the owner (priority 255)", i.Name, c.Prefix, c.Dev),
		logging.Instance(i.Name))
}

// recogniseAll decides with a fresh look at the host, which becomes the picture of it.
func (e *Engine) recogniseAll(w witnesses) {
	have, err := e.kernel.Addresses()
	if err != nil {
		// What events have told so far has to do: addresses of which nobody knows whose they are would stay.
		e.log.Error("cannot read addresses", zap.Error(err))
		have = slices.Concat(slices.Collect(maps.Values(e.host.addrs))...)
	} else {
		e.host.setAddresses(have)
	}
	e.recognise(have, w)
}

// surprising reports whether an event about an address says something else than what we have done.
func (e *Engine) surprising(a netif.Address, there bool) bool {
	v := e.host.vipAt(a)
	_, mine := e.addrs.mine[placed{v, a.Peer}]
	if !there {
		return mine || e.addrs.theirs[v]
	}
	return e.host.vips[v] && !mine && !e.addrs.theirs[v]
}
