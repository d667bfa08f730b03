package engine

import (
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/syncd"
	"holdfast/vrrp"
)

// This file has the synchronisation daemons of IPVS follow a virtual router (lvs_sync_daemon with an instance): while
// it is master the one that tells of connections, else the one that listens (semantics 8.20). It is this role that does
// it with keepalived too, whether there are virtual servers or not, and no other has to be told of the state.

// SyncDaemons keeps the synchronisation daemons of the kernel as they are wanted, without waiting; syncd.Keeper is one.
type SyncDaemons interface {
	Set(ipvs.Daemons)
	Close(time.Duration)
}

// following is what the synchronisation daemons go by.
type following struct {
	plan   syncd.Plan
	router vrrp.ID // 0: nobody
	master bool
	// patience is how long a stop waits for the daemons to end.
	patience time.Duration
}

// configureSync takes a configuration; what is wanted is said when the state of the router is known (settleSync).
func (e *Engine) configureSync(first bool) {
	f := &e.following
	f.router = 0
	f.plan = syncd.PlanOf(e.cfg)
	f.patience = syncd.Patience(e.cfg.Global.ChildWaitTime)
	if f.plan.Instance == "" {
		return // the checker role runs both, if any
	}
	if first {
		e.log.Info("Initializing ipvs")
	} else {
		e.log.Info("Reinitializing ipvs")
	}
	for _, r := range e.routers.all {
		if r.name() == f.plan.Instance {
			f.router = r.id
		}
	}
	if f.router == 0 {
		e.log.Warn(fmt.Sprintf("Unable to find vrrp instance %s for lvs_syncd - clearing lvs_syncd config", f.plan.Instance))
	}
}

// followSync hears what a router wants of the host.
func (e *Engine) followSync(v vrrp.VIPs) {
	f := &e.following
	if v.Router != f.router || f.router == 0 || v.Try || v.On == f.master {
		return
	}
	f.master = v.On
	e.setSync()
}

// settleSync says what is wanted after a configuration was taken over.
func (e *Engine) settleSync(wants func(vrrp.ID) bool) {
	f := &e.following
	f.master = f.router != 0 && wants(f.router)
	e.setSync()
}

func (e *Engine) setSync() {
	if e.opt.SyncDaemons == nil {
		return
	}
	f := &e.following
	var want ipvs.Daemons
	if f.router != 0 {
		want = f.plan.Following(f.master)
	}
	e.opt.SyncDaemons.Set(want)
}

// show describes in a dump what is in force: the number that is taken, and nothing without the router.
func (f *following) show(s *config.SyncDaemon) {
	switch {
	case f.router != 0:
		s.ID = f.plan.Daemon.ID
	case f.plan.Instance != "":
		*s = config.SyncDaemon{}
	}
}

// closeSync stops the daemons.
func (e *Engine) closeSync() {
	if e.opt.SyncDaemons != nil {
		e.opt.SyncDaemons.Close(e.following.patience)
	}
}
