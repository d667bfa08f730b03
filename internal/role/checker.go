package role

import (
	"iter"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/rights"
)

// Checker is the role that runs virtual servers and the checks of their real servers.
func Checker() Role {
	return Role{
		Name:    "checker",
		Process: "keepalived_healthcheckers",
		Short:   "keepalived_lvs",
		Own:     func(n config.Names) string { return n.Checker },
		Title:   "Healthcheck",
		Log:     LogNames{Ident: "Keepalived_healthcheckers", Field: "checker", Suffix: "_check"},
		PIDFile: "/run/checkers.pid",
		Work: Work{
			In:      func(c *config.Config) bool { return len(c.VirtualServers) > 0 },
			Count:   func(c *config.Config) int { return len(c.VirtualServers) },
			Thing:   "virtual server",
			Keyword: "virtual_server",
			Plural:  "virtual servers",
			Part:    func(c *config.Config) *config.Config { return c },
			Remove:  func(c *config.Config) { c.VirtualServers = nil },
		},
		Notify: Notify{
			FIFO:     func(g config.Global) config.FIFO { return g.LVSNotifyFIFO },
			Programs: checkerPrograms,
		},
		Scheduling: func(g config.Global) Scheduling {
			return scheduling(g, g.CheckerPriority, g.CheckerRTPriority, g.CheckerNoSwap,
				g.Scheduling.CheckerCPUs, g.Scheduling.CheckerRTTime, "checker_rlimit_rttime")
		},
		Rights:   rights.NetAdmin | rights.NetRaw | rights.NetBindService | programs | files | scheduled,
		InTable:  rights.SysAdmin,
		Garbage:  GarbageAfterCommit,
		Handover: 2,
		Leaves:   true,
		Follows:  []news.Topic{news.Sessions, news.Overrides},
	}
}

func checkerPrograms(c *config.Config) iter.Seq2[config.Command, string] {
	return func(yield func(config.Command, string) bool) {
		for _, vs := range c.VirtualServers {
			if !yield(vs.QuorumUp, "quorum script") || !yield(vs.QuorumDown, "quorum script") {
				return
			}
			for _, rs := range vs.RealServers {
				if s := rs.Scripts(); !yield(s.Up, "notify script") || !yield(s.Down, "notify script") {
					return
				}
			}
		}
	}
}
