package engine

import (
	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/syncd"
)

// share has both synchronisation daemons run while there are virtual servers and no virtual router says which of them
// is to (semantics 8.20); where one does, the vrrp role has them follow it.
func (l *loop) share(cfg *config.Config) {
	if l.e.opt.SyncDaemons == nil {
		return
	}
	var want ipvs.Daemons
	if p := syncd.PlanOf(cfg); p.On && p.Instance == "" && len(cfg.VirtualServers) > 0 {
		want = p.Both()
	}
	l.e.opt.SyncDaemons.Set(want)
}

func (l *loop) stopSharing() {
	if l.e.opt.SyncDaemons != nil {
		l.e.opt.SyncDaemons.Close(syncd.Patience(l.global.ChildWaitTime))
	}
}
