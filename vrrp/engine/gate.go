package engine

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/firewall"
	"holdfast/internal/netif"
	"holdfast/internal/report/routers"
)

// This file decides which addresses nobody is to reach (semantics 3.12): those that an instance that does not accept
// wants as master. They are blocked before they are set, and not before they are gone are they no longer, so that
// there is no moment at which one can be reached.

// A packetFilter keeps packets away from addresses: firewall.Keeper.
type packetFilter interface {
	Set(firewall.Wanted) <-chan error
	Close(time.Duration)
}

// A gate is what is blocked.
type gate struct {
	// open makes a filter. Tables of these names are removed with the first Set.
	open   func(stray []string, tell func(firewall.Report)) packetFilter
	filter packetFilter // nil until there is something to block or to remove
	now    firewall.Blocks
	// on is set while an instance of the configuration does not accept; settings are those of the configuration.
	on       bool
	settings firewall.Settings
	patience time.Duration // how long an address waits
	stray    []string      // until the filter is opened
	restored uint64
	problem  string // "" if all is well
}

const (
	// blockPatience is how long an address waits at most for its packets to be blocked, and no longer than the shortest
	// interval between adverts. While somebody else changes the kernel's rules they are not, and that may take longer
	// than others believe in a master that says nothing.
	blockPatience = 100 * time.Millisecond
	// closePatience is how long a stop waits for the tables to go.
	closePatience = 2 * time.Second
)

func newGate() gate {
	return gate{open: func(stray []string, tell func(firewall.Report)) packetFilter {
		return firewall.New(firewall.Options{Stray: stray, Tell: tell})
	}}
}

// tableLine is the record of a table (record.go).
const tableLine = "nftables "

// configureGate takes a configuration; it has an effect with the next block.
func (e *Engine) configureGate() {
	g, n := &e.gate, e.cfg.Global.NFTables
	was := g.on
	g.on, g.patience = false, blockPatience
	for n := range e.cfg.Instances {
		g.on = g.on || e.cfg.Instances[n].Filtered()
		g.patience = min(g.patience, e.cfg.Instances[n].AdvertInt)
	}
	g.settings = firewall.Settings{Table: n.Table, Priority: firewall.Priority(n.BasePriority()),
		ByIndex: n.ByIndex, Counters: n.Counters}
	if n.Table == "" {
		g.settings.Table = config.DefaultNFTable
		// Daemons with names of their own are in one network, perhaps: of one table each would make the other's anew.
		if name := e.cfg.Global.Place.Instance; name != "" {
			g.settings.Table += "_" + name
		}
		if g.on && !was {
			e.log.Info("no_accept/strict specified, but no firewall configured - using nftables")
		}
	}
}

// adoptTables takes note of tables that a life before may have left: those it has written down, a keepalived's, and the
// one that is to be ours.
func (e *Engine) adoptTables(w witnesses) {
	g := &e.gate
	names := map[string]bool{g.settings.Table: g.on}
	if w.keepalived != "" {
		// It had the same name whatever its instance was called.
		names[cmp.Or(e.cfg.Global.NFTables.Table, config.DefaultNFTable)] = true
	}
	for line := range w.lines {
		if name, is := strings.CutPrefix(line, tableLine); is {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		if names[name] {
			g.stray = append(g.stray, name)
		}
	}
}

// lines are the record of the tables that may be ours.
func (g *gate) lines() []string {
	var list []string
	if g.on {
		list = append(list, tableLine+g.settings.Table)
	}
	if g.now.On && (!g.on || g.now.Table != g.settings.Table) {
		list = append(list, tableLine+g.now.Table)
	}
	return list
}

// block is to be called before addresses are set: nobody reaches those that are wanted, nor those that are there.
func (e *Engine) block() {
	g := &e.gate
	// What a life before has left blocked stays so until its addresses are gone: nobody has any yet.
	if !g.on || len(g.stray) > 0 {
		return
	}
	blocked := e.wantBlocked()
	maps.Copy(blocked, g.now.Blocked)
	done := e.setFilter(firewall.Blocks{Settings: g.settings, On: true, Blocked: blocked})
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-time.After(g.patience):
		e.log.Warn("nftables is busy: addresses are set before packets to them are dropped",
			zap.Duration("waited", g.patience))
	}
}

// unblock is to be called when addresses have been removed, or something else has changed that blocking depends on.
func (e *Engine) unblock() {
	g := &e.gate
	if !g.on && !g.now.On && len(g.stray) == 0 {
		return
	}
	want := firewall.Blocks{Settings: g.settings, On: g.on}
	if g.on {
		want.Blocked = e.wantBlocked()
		e.addrs.stillThere(func(w netif.Wanted) {
			// Its removal has failed: what is there stays blocked if it was.
			if a, ok := e.blockedAs(w); ok && g.now.Blocked[a] {
				want.Blocked[a] = true
			}
		})
	}
	e.setFilter(want)
}

// setFilter tells the filter what is wanted if that is something else than before; nil if it is not.
func (e *Engine) setFilter(w firewall.Blocks) <-chan error {
	g := &e.gate
	if len(g.stray) == 0 && g.now.On == w.On && g.now.Settings == w.Settings && maps.Equal(g.now.Blocked, w.Blocked) {
		return nil
	}
	if g.filter == nil {
		g.filter = g.open(g.stray, func(r firewall.Report) { e.events.Post(func() { e.filterSays(r) }) })
	}
	g.now, g.stray = w, nil
	return g.filter.Set(w)
}

// wantBlocked are the addresses that are wanted and not accepted. One that the host has of its own is not ours to
// block: it may be what the host is reached by.
func (e *Engine) wantBlocked() firewall.Blocked {
	all := firewall.Blocked{}
	for _, id := range e.addrs.order {
		if r := e.routers.sender(id); r.id != id || !r.cfg.Filtered() {
			continue
		}
		for _, w := range e.addrs.wanted[id] {
			if a, ok := e.blockedAs(w.Wanted); ok && !e.addrs.theirs[vipOf(w.Wanted)] {
				all[a] = true
			}
		}
	}
	return all
}

// blockedAs is an address as it is blocked, false if it is on an interface that is not there.
func (e *Engine) blockedAs(w netif.Wanted) (firewall.Address, bool) {
	a := firewall.Address{Addr: w.Prefix.Addr()}
	switch {
	case !a.Addr.Is6() || !a.Addr.IsLinkLocalUnicast():
		return a, true
	case !e.gate.settings.ByIndex:
		a.Dev = w.Dev
		return a, true
	}
	// An interface that comes back has another number: hostChanged asks again.
	l, ok := e.host.link(w.Dev)
	a.Index = l.Index
	return a, ok
}

// followLinks blocks link-local addresses by the numbers that interfaces have now.
func (e *Engine) followLinks() {
	if e.gate.on && e.gate.settings.ByIndex {
		e.unblock()
	}
}

// filterSays takes a report of the filter.
func (e *Engine) filterSays(r firewall.Report) {
	g := &e.gate
	table := g.now.Table
	switch {
	case r.Err != nil:
		g.problem = r.Err.Error()
		e.log.Error("packets to addresses that are not accepted get through: " + g.problem)
	case r.Restored == 0:
		g.problem = ""
		e.log.Info("packets to addresses that are not accepted are dropped now")
	default:
		g.restored = r.Restored
		// Somebody may do it again and again.
		if r.Restored <= repairsAtOnce || r.Restored%100 == 0 {
			text := fmt.Sprintf("nftables table %s was removed or changed by somebody else, made it again (%d times so far)",
				table, r.Restored)
			if r.Restored == repairsAtOnce {
				text += "; if that is another daemon, give each a table of its own (nftables NAME, or instance)"
			}
			e.log.Warn(text)
		}
	}
}

// closeGate removes the tables.
func (e *Engine) closeGate() {
	if e.gate.filter != nil {
		e.gate.filter.Close(closePatience)
	}
}

// filterState describes the filter for a dump.
func (l *loop) filterState() routers.Filter {
	g := &l.gate
	return routers.Filter{On: g.now.On, Table: g.now.Table, Blocked: len(g.now.Blocked), Restored: g.restored,
		Problem: g.problem}
}
