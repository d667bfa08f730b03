package role

import (
	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/rights"
)

// sessionsOnly is what a configuration says of sessions.
func sessionsOnly(c *config.Config) *config.Config {
	return &config.Config{Global: c.Global, BFDs: c.BFDs}
}

// BFD is the role that runs BFD sessions. It runs no programs and writes to no FIFO: what it finds out is told
// by those that track a session.
func BFD() Role {
	return Role{
		Name:    "bfd",
		Process: "keepalived_bfd",
		Short:   "keepalived_bfd",
		Own:     func(n config.Names) string { return n.BFD },
		Title:   "BFD",
		Log:     LogNames{Ident: "Keepalived_bfd", Field: "bfd", Suffix: "_bfd"},
		PIDFile: "/run/bfd.pid",
		Work: Work{
			In:      func(c *config.Config) bool { return len(c.BFDs) > 0 },
			Count:   func(c *config.Config) int { return len(c.BFDs) },
			Thing:   "bfd instance",
			Keyword: "bfd_instance",
			Plural:  "BFD sessions",
			Part:    sessionsOnly,
			Remove:  func(c *config.Config) { c.BFDs = nil },
		},
		Scheduling: func(g config.Global) Scheduling {
			s := g.Scheduling
			return scheduling(g, s.BFDPriority, s.BFDRTPriority, s.BFDNoSwap, s.BFDCPUs, s.BFDRTTime, "bfd_rlimit_rttime")
		},
		// Sockets of UDP need none; a network device is named for those with a VRF.
		Rights:   rights.NetRaw | scheduled,
		Garbage:  GarbageWithinBytes,
		Handover: 1,
		Follows:  []news.Topic{news.Overrides},
	}
}
