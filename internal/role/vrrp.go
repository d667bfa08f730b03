package role

import (
	"iter"
	"slices"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/rights"
)

// VRRP is the role that runs virtual routers.
func VRRP() Role {
	return Role{
		Name:    "vrrp",
		Process: "keepalived_vrrp",
		Short:   "keepalived_vrrp",
		Own:     func(n config.Names) string { return n.VRRP },
		Title:   "VRRP",
		Log:     LogNames{Ident: "Keepalived_vrrp", Field: "vrrp", Suffix: "_vrrp"},
		PIDFile: "/run/vrrp.pid",
		Work: Work{
			In:      func(c *config.Config) bool { return len(c.Instances) > 0 || static(c) },
			Count:   func(c *config.Config) int { return len(c.Instances) },
			Thing:   "vrrp instance",
			Keyword: "vrrp_instance",
			Plural:  "VRRP",
			Part:    withoutRealServers,
			Remove: func(c *config.Config) {
				c.Instances = nil
				c.StaticAddresses, c.StaticRoutes, c.StaticRules = nil, nil, nil
			},
		},
		Notify: Notify{
			FIFO:     func(g config.Global) config.FIFO { return g.VRRPNotifyFIFO },
			Programs: vrrpPrograms,
		},
		Scheduling: func(g config.Global) Scheduling {
			return scheduling(g, g.VRRPPriority, g.VRRPRTPriority, g.VRRPNoSwap,
				g.Scheduling.VRRPCPUs, g.Scheduling.VRRPRTTime, "vrrp_rlimit_rttime")
		},
		Rights:   rights.NetAdmin | rights.NetRaw | programs | files | scheduled,
		InTable:  rights.SysAdmin,
		Garbage:  GarbageWithinBytes,
		Handover: 1,
		Leaves:   true,
		Follows:  []news.Topic{news.Sessions, news.Overrides},
	}
}

// static reports whether the host is to have something from start to stop.
func static(c *config.Config) bool {
	return len(c.StaticAddresses)+len(c.StaticRoutes)+len(c.StaticRules) > 0
}

// withoutRealServers leaves out most of a large configuration. The virtual servers stay: whether
// there are any decides who reads notify_fifo.
func withoutRealServers(c *config.Config) *config.Config {
	part := *c
	part.SSL, part.BGP = config.SSL{}, nil
	part.VirtualServers = slices.Clone(c.VirtualServers)
	for i := range part.VirtualServers {
		part.VirtualServers[i].RealServers = nil
	}
	return &part
}

func vrrpPrograms(c *config.Config) iter.Seq2[config.Command, string] {
	return func(yield func(config.Command, string) bool) {
		for _, i := range c.Instances {
			if !eachScript(i.Notify, yield) {
				return
			}
		}
		for _, g := range c.Groups {
			if !eachScript(g.Notify, yield) {
				return
			}
		}
	}
}

// eachScript goes on until yield has enough, and reports whether it has not.
func eachScript(n config.Notify, yield func(config.Command, string) bool) bool {
	for _, c := range []config.Command{n.Master, n.Backup, n.Fault, n.Stop, n.Any, n.Deleted, n.MasterRxLowerPri} {
		if !yield(c, "notify script") {
			return false
		}
	}
	return true
}
