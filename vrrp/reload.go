package vrrp

import (
	"bytes"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// This file applies configurations. A reload must not hurt: an instance that did
// not change keeps its state, its timers and its next advert to the microsecond;
// one that did keeps its state and says at once what is new (semantics 7.1-7.4).

func keyOf(m *machine) routerKey { return routerKey{m.port(), m.cfg.VRID, m.cfg.IPv6} }

// Identify tells which IDs instances will have when Configure gets them next: those that the Core
// knows keep theirs, the others have new ones.
func (c *Core) Identify(instances []config.Instance) []ID {
	ids, next := make([]ID, len(instances)), c.lastID
	for i, m := range c.match(instances) {
		if m != nil {
			ids[i] = m.id
			continue
		}
		next++
		ids[i] = next
	}
	return ids
}

// Configure applies a configuration, the first one or that of a reload. Instances
// are matched by what they are on the wire (config.Router), not by name. For one that did not
// change nothing is to be done at all; a master whose advert changed sends it at once, one whose
// addresses changed asks for them again. Instances that are gone resign.
func (c *Core) Configure(now time.Time, s Setup) Output {
	c.out.reset()
	if c.stopped {
		return c.out
	}
	c.setup = s
	if c.running {
		s.Former = nil
	}
	c.setup.Former = nil // the handover is read once, and is nobody's configuration
	if !c.running && s.StartupDelay > 0 && s.Former == nil {
		c.startAt = now.Add(s.StartupDelay)
		c.log(Info, nil, "Delaying startup for %.6g seconds", s.StartupDelay.Seconds())
	}
	repeat := s.RepeatStates && c.running
	c.running = true
	clear(c.shortSeen)

	machines, before, gone := c.take(s.Instances, s.Former)
	for _, m := range gone {
		c.remove(now, m)
	}
	c.machines = machines
	c.regroup(s.Groups)
	c.resolve()
	if s.Former != nil {
		c.recall(s.Former, s.Then)
	}
	for id, value := range s.Values {
		if o := c.tracked[id]; o != nil {
			before := o.Value
			o.Value = Value{true, value}
			c.changeObject(o, before)
		}
	}
	c.index()
	for i, m := range machines {
		if before[i] != nil && m.started {
			c.changed(now, m, before[i])
		}
	}
	if s.Former != nil {
		c.refresh(now, c.machines) // what is no longer as it was takes its effect now
	}
	for _, g := range c.groups {
		c.settle(now, g)
		c.tellDerived(g)
	}
	if repeat {
		c.repeatStates()
	}
	return c.out
}

// SetPlaces replaces Setup.Places: an interface that was made for an instance has another
// name now. Those that are new have to be reported with Link right after it.
func (c *Core) SetPlaces(places map[ID]Place) {
	c.setup.Places = places
	for _, m := range c.machines {
		m.place, m.packets = places[m.id], nil
	}
	c.resolve()
	c.index()
}

// repeatStates tells the states of the groups and of the instances without one again, but
// for those of which this reload has something to tell.
func (c *Core) repeatStates() {
	news := c.out.Notify
	told := func(n Notify) bool {
		return slices.ContainsFunc(news, func(o Notify) bool { return o.Router == n.Router && o.Group == n.Group })
	}
	again := func(n Notify, s State) {
		if s != Init && !told(n) {
			n.State, n.Repeated = NotifyState(s.String()), true
			c.out.Notify = append(c.out.Notify, n)
		}
	}
	for _, g := range c.groups {
		if g.named() {
			again(Notify{Group: g.id, Name: g.cfg.Name, Config: &g.cfg.Notify}, g.state)
		}
	}
	for _, m := range c.machines {
		if !m.group.named() {
			again(Notify{Router: m.id, Name: m.cfg.Name, Priority: int(m.prio), Config: &m.cfg.Notify}, m.state)
		}
	}
}

// past is what a matched instance was before.
type past struct {
	cfg      *config.Instance
	packets  []Transmit // of a master
	patience time.Duration
}

// match finds the machine that each of the new instances continues, nil for one that begins. Of
// several with the same identity on the wire the one of the same name is meant, else the first.
func (c *Core) match(instances []config.Instance) []*machine {
	old := map[config.Router][]*machine{}
	for _, m := range c.machines {
		id := m.cfg.Router()
		old[id] = append(old[id], m)
	}
	machines := make([]*machine, len(instances))
	claim := func(i int, sameName bool) {
		id := instances[i].Router()
		j := slices.IndexFunc(old[id], func(m *machine) bool {
			return !sameName || m.cfg.Name == instances[i].Name
		})
		if machines[i] == nil && j >= 0 {
			machines[i] = old[id][j]
			old[id] = slices.Delete(old[id], j, j+1)
		}
	}
	for i := range instances {
		claim(i, true)
	}
	for i := range instances {
		claim(i, false)
	}
	return machines
}

// take gives each instance its machine, and tells what the machines that were there before were like
// and which are left over.
func (c *Core) take(instances []config.Instance, former *Handover) (
	machines []*machine, before []*past, gone []*machine,
) {
	machines, before = c.match(instances), make([]*past, len(instances))
	left := c.byID
	c.byID = make(map[ID]*machine, len(instances))
	for i, m := range machines {
		if m == nil {
			c.lastID++ // as Identify has foretold
			m = newMachine(c.lastID)
			m.born = Cause{Code: CauseStart}
			if c.machines != nil {
				m.born.Code = CauseReload
			}
			machines[i] = m
		} else {
			before[i] = c.remember(m)
			delete(left, m.id)
		}
		c.byID[m.id] = m
	}
	for _, m := range c.machines {
		if left[m.id] != nil {
			gone = append(gone, m)
		}
	}
	for i, m := range machines {
		m.set = c.settingsOf(instances[i].Name)
		m.adopt(&instances[i])
		m.place = c.setup.Places[m.id]
		if former != nil {
			former.begin(m)
		}
		c.meet(m, c.setup.Obstacles[m.id])
	}
	return machines, before, gone
}

func (c *Core) remember(m *machine) *past {
	p := &past{cfg: m.cfg, patience: m.patience()}
	if m.state == Master {
		p.packets = m.packets
		if p.packets == nil {
			p.packets = c.packets(m, m.prio, c.source(m))
		}
	}
	return p
}

// remove ends an instance that is not configured any more (semantics 7.3).
func (c *Core) remove(now time.Time, m *machine) {
	if m.state == Master {
		c.resign(now, m)
		c.dropVIPs(m, true)
	}
	c.cancelAll(m)
	c.leave(m)
	c.enter(now, m, Fault, Cause{Code: CauseRemoved})
	if m.cfg.Notify.DeletedSet {
		c.notify(m, NotifyDeleted)
	} else {
		c.notify(m, NotifyFault)
	}
}

// regroup builds the sync groups. One that keeps its name keeps its ID and what it last told.
func (c *Core) regroup(groups []config.SyncGroup) {
	old := map[string]*group{}
	for _, g := range c.groups {
		if g.named() {
			old[g.cfg.Name] = g
		}
	}
	byName := make(map[string]*machine, len(c.machines))
	for _, m := range c.machines {
		byName[m.cfg.Name], m.group = m, nil
	}
	c.groups = c.groups[:0:0]
	for i := range groups {
		cfg := &groups[i]
		g := &group{cfg: cfg}
		if was := old[cfg.Name]; was != nil {
			g.id, g.state = was.id, was.state
		} else {
			c.lastGroup++
			g.id = c.lastGroup
		}
		for _, name := range cfg.Members {
			if m := byName[name]; m != nil && m.group == nil {
				m.group = g
				g.members = append(g.members, m)
			}
		}
		if len(g.members) > 0 {
			c.groups = append(c.groups, g)
		}
	}
	alone := &config.SyncGroup{}
	for _, m := range c.machines {
		if m.group == nil {
			m.group = &group{cfg: alone, members: []*machine{m}}
			c.groups = append(c.groups, m.group)
		}
	}
}

// index notes which machines an interface or a datagram concerns.
func (c *Core) index() {
	c.routers = make(map[routerKey][]*machine, len(c.machines))
	c.linkUsers = map[string][]*machine{}
	add := func(name string, m *machine) {
		if users := c.linkUsers[name]; len(users) == 0 || users[len(users)-1] != m {
			c.linkUsers[name] = append(users, m)
		}
	}
	for _, m := range c.machines {
		k := keyOf(m)
		c.routers[k] = append(c.routers[k], m)
		add(m.cfg.Interface, m)
		for name := range m.trackedDevices() {
			add(name, m)
		}
		for i := range m.trackers {
			if t := &m.trackers[i]; t.Kind == config.TrackedInterface {
				add(t.Name, m)
			}
		}
	}
}

// changed compares a matched instance with what it was and does what the
// difference demands.
func (c *Core) changed(now time.Time, m *machine, was *past) {
	if m.cfg.Version == 2 || m.state == Master {
		m.masterInt = m.expect.Interval
	} // a version 3 backup goes on measuring the master by what it announced
	c.shift(now, m, m.patience()-was.patience)
	c.updatePriority(now, m)
	if m.preempt == preemptIdle {
		c.cancel(m, timerPreempt)
	}
	if m.state == Master {
		c.masterChanged(now, m, was)
	}
}

func (c *Core) masterChanged(now time.Time, m *machine, was *past) {
	m.ownAddr = c.source(m)
	m.packets = c.packets(m, m.prio, m.ownAddr)
	// With another password packets differ when they are sealed.
	if !slices.EqualFunc(m.packets, was.packets, samePacket) || UsesAH(m.cfg) && m.cfg.AuthPass != was.cfg.AuthPass {
		c.advertiseNow(now, m)
	}
	addresses := sameAddresses(m.cfg.VIPs, was.cfg.VIPs) && sameAddresses(m.cfg.ExcludedVIPs, was.cfg.ExcludedVIPs)
	if !addresses || !sameThings(m.cfg, was.cfg) {
		c.wantVIPs(m)
	}
	if !addresses {
		c.announce(m, m.cfg.GARPRepeat, AnnounceAdded)
	}
	if m.cfg.GARPRefresh != was.cfg.GARPRefresh {
		c.cancel(m, timerGARPRefresh)
		c.planRefresh(now, m)
	}
	if m.cfg.GARPExtra.Interval != was.cfg.GARPExtra.Interval {
		c.cancel(m, timerGARPExtra)
		c.planExtra(now, m)
	}
}

// samePacket reports whether two adverts are the same on the wire.
func samePacket(x, y Transmit) bool {
	return x.Interface == y.Interface && x.Src == y.Src && x.Dst == y.Dst && x.TTL == y.TTL &&
		bytes.Equal(x.Payload, y.Payload)
}

// sameAddresses compares address lists, wherever in the file they stand.
func sameAddresses(a, b []config.Address) bool {
	return slices.EqualFunc(a, b, func(x, y config.Address) bool {
		x.Pos, y.Pos = syntax.Pos{}, syntax.Pos{}
		return x == y
	})
}

// tellDerived tells the state of a group that a reload has made of running
// instances.
func (c *Core) tellDerived(g *group) {
	if g.state != Init {
		return
	}
	state := Master
	for _, m := range g.members {
		switch m.state {
		case Init:
			return
		case Fault:
			state = Fault
		case Backup:
			if state != Fault {
				state = Backup
			}
		}
	}
	c.tellBecause(g, state, Cause{Code: CauseReload})
}
