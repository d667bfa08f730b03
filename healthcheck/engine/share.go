package engine

import (
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/syncd"
)

// shareClosePatience is how long a stop waits for the synchronisation daemons to end.
const shareClosePatience = 3 * time.Second

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
		l.e.opt.SyncDaemons.Close(shareClosePatience)
	}
}
