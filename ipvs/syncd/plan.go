package syncd

import (
	"holdfast/config"
	"holdfast/ipvs"
)

// A Plan is what a configuration asks for.
type Plan struct {
	On     bool
	Daemon ipvs.Daemon
	// Instance is the virtual router whose state says which daemon runs; "" runs both (semantics 8.20).
	Instance string
}

// PlanOf reads lvs_sync_daemon. Without a number of its own it has that of the virtual router.
func PlanOf(c *config.Config) Plan {
	s := c.Global.SyncDaemon
	if s.Interface == "" {
		return Plan{}
	}
	p := Plan{On: true, Instance: s.VRRP, Daemon: ipvs.Daemon{
		Interface: s.Interface, ID: s.ID, MaxLen: s.MaxLen, Group: s.Group, Port: s.Port, TTL: s.TTL,
	}}
	for n := range c.Instances {
		if i := &c.Instances[n]; i.Name == s.VRRP && !s.IDGiven {
			p.Daemon.ID = i.VRID
		}
	}
	return p
}

// Following is what is to run while the instance is master or is not.
func (p Plan) Following(master bool) ipvs.Daemons {
	if master {
		return ipvs.Daemons{ipvs.MasterDaemon: p.Daemon}
	}
	return ipvs.Daemons{ipvs.BackupDaemon: p.Daemon}
}

// Both is what is to run where no instance is followed.
func (p Plan) Both() ipvs.Daemons {
	return ipvs.Daemons{ipvs.MasterDaemon: p.Daemon, ipvs.BackupDaemon: p.Daemon}
}
