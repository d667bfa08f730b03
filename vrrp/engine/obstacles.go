package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// obstacles is what keeps instances from being masters that the protocol cannot see itself. What
// can be known before is looked at before (the right to set addresses, IPv6 switched off,
// ports); what only the kernel knows is held after it has refused an address, until there is
// reason to try again.
type obstacles struct {
	noRight error
	held    map[vrrp.ID][]vrrp.Obstacle // refusals
	told    map[vrrp.ID]bool            // instances of which the core has obstacles
	trying  map[vrrp.ID]bool            // instances that wait for Core.Tried
	retries map[vrrp.ID]*backoff        // that of everybody is what concerns none alone
	// sourceless are those that need a source address which the host does not have.
	sourceless map[vrrp.ID]bool
	// answering is set while answers are given, again when one of them made new ones necessary.
	answering, again bool
}

func newObstacles() obstacles {
	return obstacles{held: map[vrrp.ID][]vrrp.Obstacle{}, told: map[vrrp.ID]bool{},
		trying: map[vrrp.ID]bool{}, retries: map[vrrp.ID]*backoff{}}
}

// everybody is no router: its attempts are those that concern none alone.
const everybody vrrp.ID = 0

// putOff plans the next attempt of an instance that has just failed.
func (o *obstacles) putOff(router vrrp.ID, now time.Time, patient bool) {
	b := o.retries[router]
	if b == nil {
		b = &backoff{}
		o.retries[router] = b
	}
	b.fail(now)
	b.setPatient(patient)
}

// hasten brings the attempts forward: something has changed.
func (o *obstacles) hasten(now time.Time) {
	for _, b := range o.retries {
		b.hasten(now)
	}
}

// next is when the next attempt is due, zero if none is.
func (o *obstacles) next() (at time.Time) {
	for _, b := range o.retries {
		at = earlier(at, b.at)
	}
	return at
}

// lookForSources finds out who lacks its source address. It is asked when an address of the host's has come or gone:
// with a thousand instances and addresses it is too much for every answer.
func (e *Engine) lookForSources() {
	e.obstacles.sourceless = map[vrrp.ID]bool{}
	var there map[netip.Addr]bool
	for _, r := range e.routers.all {
		if !r.cfg.NeedsSource() {
			continue
		}
		if there == nil {
			there = e.host.sources()
		}
		if !there[r.cfg.SourceIP.WithZone("")] {
			e.obstacles.sourceless[r.id] = true
		}
	}
}

// ipv6Off reports whether the kernel takes no IPv6 address on dev.
func (e *Engine) ipv6Off(dev string) bool {
	// A kernel without IPv6 has no such file. It refuses the address itself then, which says more.
	v, err := e.kernel.Sysctl("net/ipv6/conf/" + dev + "/disable_ipv6")
	return err == nil && v == "1"
}

// standing is what is known to be in the way of r, tried or not.
func (e *Engine) standing(r *router) []vrrp.Obstacle {
	var list []vrrp.Obstacle
	if e.obstacles.noRight != nil && len(r.addresses) > 0 {
		list = append(list,
			vrrp.Obstacle{Kind: vrrp.NoRight, Cause: "CAP_NET_ADMIN is missing: " + e.obstacles.noRight.Error()})
	}
	for _, w := range r.made {
		if err := e.vmacs.Failure(w); err != nil {
			list = append(list, vrrp.Obstacle{Kind: vrrp.NoVMAC, Device: e.nameOf(w), Cause: err.Error()})
		}
	}
	if err := e.ports.deaf(r.port); err != nil {
		list = append(list, vrrp.Obstacle{Kind: vrrp.NoSocket, Device: r.port.dev, Cause: err.Error()})
	}
	if e.obstacles.sourceless[r.id] {
		src := r.cfg.SourceIP
		list = append(list, vrrp.Obstacle{Kind: vrrp.NoSource, Address: netip.PrefixFrom(src, src.BitLen())})
	}
	off := map[string]bool{}
	return append(list, unavailable(r.addresses, func(a netif.Wanted) error {
		if a.Prefix.Addr().Is4() {
			return e.host.refuses(a)
		}
		if e.host.has(vipOf(a)) { // set before IPv6 was switched off for new ones
			return nil
		}
		if _, known := off[a.Dev]; !known { // one look at the file for all addresses there
			off[a.Dev] = e.ipv6Off(a.Dev)
		}
		if off[a.Dev] {
			return errors.New("IPv6 is disabled there (disable_ipv6)")
		}
		return nil
	})...)
}

// refuses says why the kernel will not take an address of IPv4, nil if nothing is known: all
// addresses of a subnet have the same scope. One that is there in a former form stays so.
func (h *host) refuses(a netif.Wanted) error {
	var other error
	// The kernel refuses a second scope in a subnet with EINVAL, which tells nobody what is wrong, and only when
	// the addresses are set: too late for a backup that is to know whether it could be master.
	for _, have := range h.addrs[h.names[a.Dev]] {
		switch {
		case have.Prefix.Addr() == a.Prefix.Addr():
			return nil
		case have.Scope != a.Scope && have.Prefix.Masked() == a.Prefix.Masked() &&
			!have.Peer.IsValid() && !a.Peer.IsValid() && !h.ours(a.Dev, have):
			other = fmt.Errorf("%v is there with another scope", have.Prefix)
		}
	}
	return other
}

// unavailable decides which of the addresses that cannot be had keep an instance from running: those
// of virtual_ipaddress, for which it was made. One that is excluded or not tracked does not, and is
// only tried again: two directors with the same file would both give up all the others for it.
// An instance that can have none of its addresses has nothing to be master of.
func unavailable(list []address, cause func(netif.Wanted) error) []vrrp.Obstacle {
	var needed, all []vrrp.Obstacle
	addresses := 0
	for _, a := range list {
		if a.written == (config.Address{}) {
			continue // it comes and goes with another
		}
		addresses++
		err := cause(a.Wanted)
		if err == nil {
			continue
		}
		o := vrrp.Obstacle{Kind: vrrp.Refused, Address: a.written.Prefix, Device: a.Dev, Cause: err.Error()}
		all = append(all, o)
		if !a.excluded && !a.noTrack {
			needed = append(needed, o)
		}
	}
	if len(all) == addresses {
		return all
	}
	for n := range needed {
		needed[n].Partial = true
	}
	return needed
}

// refusals is what the last attempt to set the addresses of r has met.
func (e *Engine) refusals(r *router) []vrrp.Obstacle {
	return unavailable(r.addresses, func(a netif.Wanted) error {
		if f := e.addrs.failures[vipOf(a)]; f != nil && f.router == r.id && f.lasts() {
			return f.err
		}
		return nil
	})
}

// answer tells the protocol what came of setting addresses, and plans another attempt for those
// that failed. It comes after all of an output is done.
func (e *Engine) answer() {
	// What failed was no address of a certain instance, so nobody's own attempts would repeat it.
	o := &e.obstacles
	if b := o.retries[everybody]; e.addrs.unfinished && (b == nil || !b.planned()) {
		o.putOff(everybody, e.now, false)
	}
	// What the protocol makes of an answer is done at once and may ask for addresses, whose answer comes back
	// here. It waits for the round that is under way, which goes through the instances in their order.
	if o.again = true; o.answering {
		return
	}
	o.answering = true
	for o.again {
		o.again = false
		failing, concerned := e.failing(), e.concerned()
		for _, r := range concerned {
			e.answerFor(r, failing[r.id])
		}
	}
	o.answering = false
}

// failing are the instances that lack an address for another reason than that its interface is gone,
// which is the watcher's news.
func (e *Engine) failing() map[vrrp.ID]bool {
	failing := map[vrrp.ID]bool{}
	for _, f := range e.addrs.failures {
		failing[f.router] = failing[f.router] || !f.former && !errors.Is(f.err, unix.ENODEV)
	}
	return failing
}

// concerned are the instances that something stands in the way of, or has until now.
func (e *Engine) concerned() []*router {
	// Nearly always nobody, in every turn of the loop: with a thousand instances this must cost nothing.
	o := &e.obstacles
	if o.noRight != nil || e.ports.anyDeaf() || e.vmacs.Failing() {
		return e.routers.all
	}
	ids := map[vrrp.ID]bool{}
	for _, f := range e.addrs.failures {
		ids[f.router] = true
	}
	for _, of := range []map[vrrp.ID]bool{o.told, o.trying} {
		for id := range of {
			ids[id] = true
		}
	}
	for id := range o.held {
		ids[id] = true
	}
	for id := range o.retries {
		ids[id] = true
	}
	for id := range o.sourceless {
		ids[id] = true
	}
	if len(ids) == 0 {
		return nil
	}
	var list []*router // in the order of the configuration, which a map does not have
	for _, r := range e.routers.all {
		if ids[r.id] {
			list = append(list, r)
		}
	}
	return list
}

func (e *Engine) answerFor(r *router, failing bool) {
	// A refusal is held on to after its address is given up, because giving it up is what follows from it: an
	// instance without obstacles would be master again, be refused again, and so on with every advert.
	o := &e.obstacles
	if list := e.refusals(r); len(list) > 0 {
		o.held[r.id] = list
	}
	list := e.standing(r)
	for _, h := range o.held[r.id] { // what is known to be in the way says more than the kernel's refusal
		if !slices.ContainsFunc(list, func(s vrrp.Obstacle) bool { return s.Address == h.Address && s.Device == h.Device }) {
			list = append(list, h)
		}
	}
	e.planAgain(r, failing, list)
	// The notes are made before the protocol hears of them: it acts on what it hears, and that leads back here.
	switch {
	case o.trying[r.id]:
		delete(o.trying, r.id)
		o.told[r.id] = len(list) > 0
		e.do(e.core.Tried(e.now, r.id, list))
	case len(list) > 0 || o.told[r.id]:
		o.told[r.id] = len(list) > 0
		e.do(e.core.Obstruct(e.now, r.id, list))
	}
	if !o.told[r.id] {
		delete(o.told, r.id)
	}
}

// planAgain plans another attempt of an instance that has obstacles, and none of one that has none. Ports
// and virtual MAC interfaces plan their own, and of a source address the watcher tells.
func (e *Engine) planAgain(r *router, failing bool, list []vrrp.Obstacle) {
	list = slices.DeleteFunc(slices.Clone(list), func(o vrrp.Obstacle) bool {
		return o.Kind == vrrp.NoSocket || o.Kind == vrrp.NoVMAC || o.Kind == vrrp.NoSource
	})
	o := &e.obstacles
	b := o.retries[r.id]
	planned := b != nil && b.planned()
	// A backup that has just tried in vain has done what was planned.
	tried := o.trying[r.id] && len(list) > 0
	backup := e.addrs.wanted[r.id] == nil || tried
	partial := len(list) > 0 && !slices.ContainsFunc(list, func(o vrrp.Obstacle) bool { return !o.Partial })
	switch {
	case tried, (failing || len(list) > 0) && !planned:
		o.putOff(r.id, e.now, partial && backup)
	case planned && b.patient != (partial && backup):
		b.setPatient(partial && backup) // it has become master, or is none any more
	case !failing && b != nil && len(list) == 0 && !backup:
		delete(o.retries, r.id)
	}
}

// retry makes the attempts that are due.
func (e *Engine) retry() {
	o := &e.obstacles
	apply := false
	for _, id := range sortedKeys(o.retries) {
		b := o.retries[id]
		if !b.due(e.now) {
			continue
		}
		b.at = zeroTime
		if o.noRight != nil {
			o.noRight = e.kernel.MayChange()
		}
		apply = apply || len(o.held[id]) == 0 || e.addrs.wanted[id] != nil
		delete(o.held, id)
	}
	if apply {
		e.applyAddresses(nil)
		e.announceRestored()
	}
	if !e.addrs.unfinished {
		delete(o.retries, everybody)
	}
	e.answer()
}

// known is what is in the way of each instance before it is started.
func (e *Engine) known() map[vrrp.ID][]vrrp.Obstacle {
	// Another configuration, other addresses: what was refused under the one before is asked again.
	o := &e.obstacles
	o.noRight = e.kernel.MayChange()
	e.lookForSources()
	clear(o.held)
	clear(o.told)
	clear(o.retries)
	clear(o.trying)
	all := map[vrrp.ID][]vrrp.Obstacle{}
	for _, r := range e.routers.all {
		if list := e.standing(r); len(list) > 0 {
			all[r.id] = list
			o.told[r.id] = true
			e.planAgain(r, false, list)
		}
	}
	return all
}

// announceLate announces addresses that the kernel had refused before.
func (e *Engine) announceLate() {
	for _, id := range sortedKeys(e.addrs.late) {
		list, r := e.addrs.late[id], e.routers.get(id)
		delete(e.addrs.late, id)
		for _, a := range list {
			e.log.Info(fmt.Sprintf("(%s) IP %v on %s could be set now", r.name(), a.Prefix, a.Dev), logging.Instance(r.name()))
		}
		e.logAnnounced(r, e.burst(r, list, max(r.cfg.GARPRepeat, 1)))
	}
}

// news reports whether an event may be a reason to try again what failed: none that our own
// changes make.
func (e *Engine) news(ev netif.Event) bool {
	switch ev := ev.(type) {
	case netif.Deaf:
		return false
	case netif.AddressAdded:
		return !e.host.vips[e.host.vipAt(ev.Address)]
	case netif.AddressRemoved:
		p := placed{e.host.vipAt(ev.Address), ev.Address.Peer}
		_, mine := e.addrs.mine[p]
		return !mine && !e.host.vips[p.vip]
	}
	return true
}
