package lvs

import (
	"maps"
	"reflect"
	"time"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// Configure makes s the configuration, the first time and at every reload. Services
// are matched by what identifies them in the kernel, real servers by address and
// port, checkers by type and equal settings (semantics 8.18, 8.19). What did not
// change keeps its state and its schedule: the same configuration again asks for
// nothing.
func (c *Core) Configure(now time.Time, s Setup) Output {
	a := c.pend(now)
	first := !c.started
	before := c.groups
	c.started, c.configured, c.setup, c.groups, c.files = true, now, s, GroupsOf(s), filesOf(s)
	c.owners = map[ipvs.ServiceID]*virtual{}
	a.owners = c.owners
	c.allot(a)
	if !first {
		c.setup.Former = nil
	}
	former := c.setup.Former.byName()
	c.setup.Former = nil // it is read once, and is nobody's configuration
	if first && former == nil && len(s.VirtualServers) > 0 {
		a.log(Info, "", "Initializing ipvs")
	}

	wanted := make(map[ID]bool, len(s.VirtualServers))
	for i := range s.VirtualServers {
		wanted[IDOf(&s.VirtualServers[i])] = true
	}
	for _, v := range c.virtuals {
		if !wanted[v.id] {
			c.dropVirtual(a, v)
		}
	}
	old := c.services
	c.services = make(map[ID]*virtual, len(s.VirtualServers))
	c.virtuals = make([]*virtual, 0, len(s.VirtualServers))
	if first {
		c.checks = make(map[CheckID]*check, checkers(s))
	}
	var fresh []*check
	for i := range s.VirtualServers {
		cfg := &s.VirtualServers[i]
		id := IDOf(cfg)
		if c.services[id] != nil {
			a.log(Error, cfg.Name(), "Virtual server "+cfg.Name()+" is defined twice - ignoring the second definition")
			continue
		}
		v, kept := old[id]
		if !kept {
			v = &virtual{id: id, name: cfg.Name()}
		}
		c.services[id] = v
		c.virtuals = append(c.virtuals, v)
		if kept {
			v.sayEntries(a, before[cfg.Group], c.groups[cfg.Group])
			fresh = append(fresh, c.change(a, now, v, cfg)...)
		} else {
			fresh = append(fresh, c.create(a, v, cfg, former[v.name])...)
		}
	}
	c.takeTurns()
	c.meet()
	c.begin(a, now, fresh)
	c.findFollowers()
	c.mapAddresses(a)
	return a.done()
}

// begin says which checkers are new, and plans the first run of those that are run at all.
func (c *Core) begin(a *pending, now time.Time, fresh []*check) {
	for _, k := range fresh {
		v := k.server.service
		k.sayRuns(a, pick(v.suspended, "Deactivating", "Activating"))
		warmup := k.cfg.Warmup
		if k.server.resumed {
			warmup = 0
		}
		if k.kind.follows == nil {
			soonest := now.Add(firstPause)
			at := k.firstWith(now.Add(c.first(warmup)), soonest, soonest.Add(warmup))
			c.planAt(k, at)
		}
	}
}

// checkers is how many there are in a configuration.
func checkers(s Setup) (n int) {
	for i := range s.VirtualServers {
		for j := range s.VirtualServers[i].RealServers {
			n += len(s.VirtualServers[i].RealServers[j].Checkers)
		}
	}
	return n
}

// create brings a new virtual server in, optimistically: without alpha its servers are
// in the table before any check (semantics 8.2, 8.8). One that was handed over goes on from there.
func (c *Core) create(a *pending, v *virtual, cfg *config.VirtualServer, former *FormerService) (fresh []*check) {
	v.cfg, v.asked = cfg, 0
	c.claimMembers(a, v, true)
	v.suspended = c.suspended(v)
	a.table(v)
	seen := c.work.seen
	clear(seen)
	v.servers = make([]*server, 0, len(cfg.RealServers))
	fresh = make([]*check, 0, len(cfg.RealServers))
	for i := range cfg.RealServers {
		rs := &cfg.RealServers[i]
		if seen[destID(rs)] {
			v.sayDuplicate(a, rs)
			continue
		}
		seen[destID(rs)] = true
		s := c.newServer(v, rs, false)
		v.servers = append(v.servers, s)
		if former != nil {
			continue
		}
		s.resume(a, c.setup.Left)
		fresh = append(fresh, s.checks...)
		c.initNotify(a, s)
	}
	v.findBackups()
	if former != nil {
		fresh = c.recall(a, v, former)
		v.evaluate(a) // it is what it was, unless something that is followed is not
		return fresh
	}
	v.start(a)
	return fresh
}

func (v *virtual) sayDuplicate(a *pending, rs *config.RealServer) {
	a.log(Error, v.name, "Real server "+v.cfg.ServerName(rs)+" of VS "+v.name+
		" is defined twice - ignoring the second definition")
}

// newServer makes a server with its checkers. reload is set when the service was there
// before: checkers of a server that enters the table then have their retries.
func (c *Core) newServer(v *virtual, rs *config.RealServer, reload bool) *server {
	s := &server{service: v, cfg: rs, name: v.cfg.ServerName(rs), checks: make([]*check, 0, len(rs.Checkers)),
		unproven: rs.Unproven}
	for i := range rs.Checkers {
		s.checks = append(s.checks, c.newCheck(s, &rs.Checkers[i]))
	}
	if o, is := c.overrides[ServerOf{v.name, s.name}]; is {
		s.setOverride(o)
	}
	s.up = !s.failed()
	for _, k := range s.checks {
		k.patient = reload && s.up
	}
	return s
}

func (c *Core) newCheck(s *server, cfg *config.Checker) *check {
	c.lastID++
	k := &check{id: c.lastID, cfg: cfg, kind: kindOf(cfg.Kind), server: s, up: !cfg.Alpha}
	k.due.Of = k
	c.checks[k.id] = k
	c.learn(k)
	return k
}

func (c *Core) initNotify(a *pending, s *server) {
	if c.setup.InitNotifies && s.up {
		s.notify(a, true, "")
	}
}

func (c *Core) forget(a *pending, k *check) {
	c.due.Cancel(&k.due)
	c.leave(k)
	delete(c.checks, k.id)
	a.Forget = append(a.Forget, k.id)
}

// dropVirtual takes a virtual server out that a reload no longer has (semantics 8.30).
func (c *Core) dropVirtual(a *pending, v *virtual) {
	a.log(Info, v.name, "Removing Virtual Server "+v.name)
	a.table(v)
	for _, s := range v.servers {
		c.dropServer(a, s)
	}
	if v.quorum == quorumUp {
		v.notify(a, false, "=> Lost quorum "+v.gainedText(0)+" <=")
		a.Changes = append(a.Changes, Change{Service: v.name, From: v.quorum.String(), To: quorumDown.String(),
			Reason: removedText, Code: removedCode})
	}
	v.gone = true
}

// dropServer says that a server leaves for good, with the down notifications that go
// with it (semantics 8.18).
func (c *Core) dropServer(a *pending, s *server) {
	v := s.service
	switch {
	case s.up:
		a.log(Info, v.name, "Removing service "+s.name+" from VS "+v.name)
		s.notify(a, false, "=> Removing <=")
		s.changeRemoved(a)
	case s.inhibited():
		a.log(Info, v.name, "Removing (inhibited) service "+s.name+" from VS "+v.name)
	}
	s.stopRamp(a.ramps)
	s.setOverride(override.Override{})
	for _, k := range s.checks {
		c.forget(a, k)
	}
}

// change works a new configuration into a virtual server that stays.
func (c *Core) change(a *pending, now time.Time, v *virtual, cfg *config.VirtualServer) (fresh []*check) {
	before, old := v.whole(), v.cfg
	wasIn := v.sorryIn()
	v.hold = true
	v.cfg, v.asked = cfg, 0
	moved := c.claimMembers(a, v, false)
	v.suspended = c.suspended(v)
	fresh = c.changeServers(a, now, v)
	v.findBackups()
	v.hold = false
	c.changeSorry(a, v, old, wasIn)
	if moved || !maps.EqualFunc(before, v.whole(), sameService) {
		a.table(v)
	}
	return fresh
}

// changeServers matches the real servers of v.cfg with those that are there.
func (c *Core) changeServers(a *pending, now time.Time, v *virtual) (fresh []*check) {
	old, wanted := c.work.old, c.work.seen
	clear(old)
	clear(wanted)
	for _, s := range v.servers {
		old[destID(s.cfg)] = s
	}
	for i := range v.cfg.RealServers {
		wanted[destID(&v.cfg.RealServers[i])] = true
	}
	for _, s := range v.servers {
		if !wanted[destID(s.cfg)] {
			a.log(Info, v.name, "service "+s.name+" no longer exist")
			a.table(v)
			c.dropServer(a, s)
		}
	}
	v.servers = make([]*server, 0, len(v.cfg.RealServers))
	for i := range v.cfg.RealServers {
		rs := &v.cfg.RealServers[i]
		id := destID(rs)
		if !wanted[id] {
			v.sayDuplicate(a, rs)
			continue
		}
		wanted[id] = false
		s, kept := old[id]
		if !kept {
			s = c.newServer(v, rs, true)
			fresh = append(fresh, s.checks...)
			v.servers = append(v.servers, s)
			c.initNotify(a, s)
			continue
		}
		v.servers = append(v.servers, s)
		fresh = append(fresh, c.changeServer(a, now, s, rs)...)
	}
	return fresh
}

// changeServer works a new configuration into a real server that stays.
func (c *Core) changeServer(a *pending, now time.Time, s *server, cfg *config.RealServer) (fresh []*check) {
	weight, slow := s.effective(), s.cfg.SlowStart
	s.cfg, s.unproven = cfg, s.unproven && cfg.Unproven
	old := s.checks
	s.checks = nil
	for j := range cfg.Checkers {
		kc := &cfg.Checkers[j]
		i := c.indexSame(old, kc)
		if i < 0 {
			k := c.newCheck(s, kc)
			if k.known() {
				k.sayFault(a)
			} else {
				k.up = s.up || !kc.Alpha
				k.patient = s.up
			}
			s.checks = append(s.checks, k)
			fresh = append(fresh, k)
			continue
		}
		k := old[i]
		old[i] = nil
		c.reschedule(now, k, kc.DelayLoop)
		k.cfg = kc
		s.checks = append(s.checks, k)
	}
	for _, k := range old {
		if k != nil {
			c.forget(a, k)
		}
	}
	s.changeRamp(a, slow)
	s.weightChanged(a, weight)
	s.follow(a)
	return fresh
}

// reschedule makes a changed delay_loop count at once: the next attempt comes within
// one new delay_loop, at random so that many changed checkers do not come together.
func (c *Core) reschedule(now time.Time, k *check, loop time.Duration) {
	if loop == k.cfg.DelayLoop || loop <= 0 || k.running {
		return
	}
	if at := now.Add(time.Duration(c.rnd.Int64N(int64(loop)) + 1)); at.Before(k.due.At) {
		c.planAt(k, at)
	}
}

// changeSorry settles quorum and sorry server after a reload (semantics 8.32).
func (c *Core) changeSorry(a *pending, v *virtual, old *config.VirtualServer, wasIn bool) {
	changed := !sameSorry(old.Sorry, v.cfg.Sorry)
	if wasIn && changed {
		a.log(Info, v.name, "Removing sorry server "+old.ServerName(old.Sorry)+" from VS "+v.name)
		a.table(v)
		v.quorum, v.using = quorumUnknown, realServers
	}
	live := v.live()
	if changed && v.quorum != quorumUp && v.cfg.Sorry != nil && v.lost(live) {
		v.startDown(a, live)
		return
	}
	if wasIn && changed && !v.reached(live) {
		v.quorum = quorumDown
	}
	v.evaluate(a)
}

func sameSorry(a, b *config.RealServer) bool {
	if a == nil || b == nil {
		return a == b
	}
	return destID(a) == destID(b)
}

func sameService(a, b ipvs.Service) bool {
	return a.Settings == b.Settings && maps.Equal(a.Dests, b.Dests) && sameHistory(a.History, b.History)
}

// indexSame finds the checker that cfg continues, -1 if there is none.
func (c *Core) indexSame(old []*check, cfg *config.Checker) int {
	same := &c.work.same
	defer clear(same[:])
	for i, k := range old {
		if k == nil || k.cfg.Kind != cfg.Kind || k.cfg.Connect != cfg.Connect {
			continue
		}
		same[0], same[1] = *k.cfg, *cfg
		for j := range same {
			identify(&same[j])
		}
		if reflect.DeepEqual(&same[0], &same[1]) {
			return i
		}
	}
	return -1
}

// identify leaves what makes a checker the same one over a reload: all but retries,
// delays, logging and its place in the file (semantics 8.19).
func identify(k *config.Checker) {
	k.Retry, k.DelayLoop, k.DelayBeforeRetry, k.Warmup = 0, 0, 0, 0
	k.Alpha, k.LogAllFailures = false, false
	k.Own, k.Pos = false, config.Checker{}.Pos
	if alike := kindOf(k.Kind).alike; alike != nil {
		alike(k)
	}
}
