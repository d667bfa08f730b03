package engine

import (
	"fmt"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

var zeroTime time.Time

// commit makes the plan the running configuration.
func (e *Engine) commit(now time.Time) error {
	cfg := e.planned
	if cfg == nil {
		return fmt.Errorf("nothing was prepared")
	}
	e.planned = nil
	e.tick(now)
	first := e.arp == nil
	succeeds := first && e.former != nil
	if err := e.recallFor(succeeds && usesVMACs(cfg)); err != nil {
		return err
	}
	if first {
		e.openAnnouncer()
	}
	e.ports.commit(now)
	e.cfg = cfg
	former := e.routers.byID
	e.routers = newRouting(cfg.Instances, e.core.Identify(cfg.Instances))
	e.routers.former = former
	e.configureSync(first)
	old := e.vmacs.want
	e.vmacs.want = e.wantedVMACs(cfg)
	// Those that must go still have addresses, unless another has to have the name.
	e.applyVMACs(slices.Concat(e.vmacs.want, slices.DeleteFunc(slices.Clone(old), e.mustMakeRoom)))
	e.configureKeepers()
	// After the virtual MAC interfaces: adverts may leave by one of them (semantics 3.14).
	e.place()
	e.ports.require(now, e.routers.ports()) // before the protocol is told what cannot be used
	e.sizeBuffers()
	e.addrs.configure(e.routers.all)
	e.host.vips = vipSet(e.routers.all)
	e.promoteSecondaries() // before anything of the host's can go together with what is removed
	e.settleHost(now, first, succeeds)
	e.tellNotifier()
	// They begin to run with that.
	if err := e.recallFor(succeeds && len(trackedNames(cfg, config.TrackedScript)) > 0); err != nil {
		return err
	}
	setup := e.setup(cfg)
	e.believe(cfg)
	// The interfaces before the instances: one whose interface is up does not begin in FAULT.
	e.reportAll(cfg)
	if succeeds {
		if err := e.goOn(setup); err != nil {
			return err
		}
	} else {
		e.do(e.core.Configure(now, setup))
		e.settle()
	}
	// Nothing is left on what only the former configuration has: now it can go.
	if len(old) > 0 {
		e.applyVMACs(e.vmacs.want)
	}
	// After Configure: an instance that is gone has sent its priority 0 by then (semantics 7.3).
	e.ports.dropUnwanted()
	e.routers.former = nil
	return nil
}

func (e *Engine) openAnnouncer() {
	e.arp = netif.NewAnnouncer(e.announceFailed)
	for _, l := range e.host.links {
		e.arp.SetLink(l)
	}
}

// settleHost finds out what is whose on the host, and sets what it has from start to stop.
func (e *Engine) settleHost(now time.Time, first, succeeds bool) {
	e.settleWhose(first)
	if first && !succeeds { // what a predecessor that was killed has left goes
		e.keepers.release()
		e.applyAddresses(nil)
	}
	e.keepers.provide(now) // adverts may come from a static address
	if first {
		if s, err := e.kernel.State(); err == nil {
			e.host.reset(s)
		}
	}
}

func (e *Engine) tellNotifier() {
	if e.opt.Notifier != nil {
		e.opt.Notifier.Configure(e.cfg)
	}
}

// settle brings the addresses in line with what the core says after a reload.
func (e *Engine) settle() {
	// A router that the core does not name is not in the map, and wants nothing.
	master := map[vrrp.ID]bool{}
	for _, s := range e.core.Status() {
		master[s.Router] = s.VIPsWanted
	}
	wants := func(id vrrp.ID) bool { return master[id] }
	e.settleSync(wants)
	e.keepers.settle(wants)
	// A route goes before the address it may need, and comes after it: see keepers.
	e.keepers.release()
	e.addrs.settle(e.routers.all, wants)
	e.applyAddresses(nil)
	e.keepers.apply(e.now)
	// Sorted, so that the same change announces and logs in the same order.
	for _, id := range sortedKeys(e.addrs.added) {
		r := e.routers.get(id)
		e.logAnnounced(r, e.burst(r, e.addrs.take(id), r.cfg.GARPRepeat))
	}
	e.announceRestored()
	e.answer()
}

// setup is the part of cfg for the core.
func (e *Engine) setup(cfg *config.Config) vrrp.Setup {
	values, disabled := e.watch(cfg)
	instances, groups := without(disabled, cfg.Instances, cfg.Groups)
	return vrrp.Setup{
		Instances:    instances,
		Groups:       groups,
		StartupDelay: startupDelay(&cfg.Global, uptime()),
		LogUnknown:   cfg.Global.LogUnknownVRIDs,
		Detail:       e.detail,
		KeepVIPs:     e.opt.KeepVIPs,
		RepeatStates: cfg.Global.Reloading.WriteStates,
		TellRefusals: cfg.Global.SNMP.Traps,
		Places:       e.routers.vrrpPlaces(),
		Values:       values,
		Obstacles:    e.known(),
	}
}

func vipSet(routers []*router) map[vip]bool {
	set := map[vip]bool{}
	for _, r := range routers {
		for _, a := range r.addresses {
			set[vipOf(a.Wanted)] = true
		}
	}
	return set
}

// usedInterfaces is every interface the protocol has to know about.
func (e *Engine) usedInterfaces(cfg *config.Config) map[string]bool {
	used := map[string]bool{}
	for _, r := range e.routers.all {
		used[r.base] = true
		for _, a := range r.addresses {
			// `10.0.0.1/24 dev eth0 use_vmac` is on an interface of ours, and needs eth0 too.
			if used[a.Dev] = true; a.written.Dev != "" {
				used[a.written.Dev] = true // the interface below
			}
		}
		for _, name := range r.devices {
			used[name] = true
		}
	}
	for _, name := range trackedNames(cfg, config.TrackedInterface) {
		used[name] = true
	}
	return used
}

// reportAll tells the core about every interface it will need.
func (e *Engine) reportAll(cfg *config.Config) {
	used := e.usedInterfaces(cfg)
	for name := range e.reported {
		// Whatever happens to it from here on is told to nobody (see tellLinks).
		if !used[name] {
			delete(e.reported, name)
		}
	}
	for _, name := range sortedKeys(used) {
		r := e.host.report(name)
		e.reported[name] = r
		e.do(e.core.Link(e.now, r))
	}
}

// promoteSecondaries sets the sysctl for instances that ask for it, on their own
// interface (semantics 3.6).
func (e *Engine) promoteSecondaries() {
	for _, r := range e.routers.all {
		i := r.cfg
		// A virtual MAC interface has it always.
		if !i.PromoteSecondaries || lodgingOf(&e.cfg.Global, i).homes {
			continue
		}
		if err := e.sysctls.PromoteSecondaries(r.base); err != nil {
			e.log.Warn(fmt.Sprintf("(%s) cannot set promote_secondaries on %s: %v", i.Name, r.base, err))
		}
	}
}

func (e *Engine) announceFailed(dev string, err error) {
	// The announcer tells with nil that announcing works again.
	if err != nil {
		e.log.Error(fmt.Sprintf("cannot announce addresses on %s: %v", dev, err))
		return
	}
	e.log.Info(fmt.Sprintf("announcing addresses on %s works again", dev))
}
