package role

import "holdfast/config"

// BFD is the role that runs BFD sessions. It runs no programs and writes to no FIFO: what it finds out is told
// by those that track a session.
func BFD() Role {
	return Role{
		Name:    "bfd",
		Process: "keepalived_bfd",
		Title:   "BFD",
		Log:     LogNames{Ident: "Keepalived_bfd", Field: "bfd", Suffix: "_bfd"},
		PIDFile: "/run/bfd.pid",
		Work: Work{
			In:      func(c *config.Config) bool { return len(c.BFDs) > 0 },
			Count:   func(c *config.Config) int { return len(c.BFDs) },
			Thing:   "bfd instance",
			Keyword: "bfd_instance",
			Plural:  "BFD sessions",
			Part:    func(c *config.Config) *config.Config { return &config.Config{Global: c.Global, BFDs: c.BFDs} },
			Remove:  func(c *config.Config) { c.BFDs = nil },
		},
		Scheduling: func(g config.Global) Scheduling {
			return Scheduling{Nice: g.Scheduling.BFDPriority, Realtime: g.Scheduling.BFDRTPriority, Locked: g.Scheduling.BFDNoSwap}
		},
		Garbage: GarbageWithinBytes,
	}
}
