package role

import "holdfast/config"

// A Table has one row for each role, in the order in which the roles start.
type Table []Role

// All is the table of the daemon's roles.
func All() Table { return Table{VRRP(), Checker(), BFD()} }

// Supervisor are the names in the log of the process that runs the roles.
func Supervisor() LogNames { return LogNames{Ident: "Keepalived", Field: "supervisor"} }

// Of is the role of a process by its argv[0]; false for the supervisor.
func (t Table) Of(argv0 string) (Role, bool) {
	for _, r := range t {
		if argv0 == r.Process {
			return r, true
		}
	}
	return Role{}, false
}

// Idle reports whether a configuration has nothing that any role can run.
func (t Table) Idle(c *config.Config) bool {
	for _, r := range t {
		if r.Wanted(c, false) {
			return false
		}
	}
	return true
}

// Running is a configuration without the work of roles that are off.
func (t Table) Running(c *config.Config) *config.Config {
	part := *c
	for _, r := range t {
		if r.Off {
			r.Work.Remove(&part)
		}
	}
	return &part
}

// Reader is the role that runs the program of notify_fifo, the FIFO that all roles write
// to: the last one with work, or else the first one that could have work. There must be
// exactly one, because two readers would each get half of the lines.
func (t Table) Reader(c *config.Config) Name {
	reader := Name("")
	for _, r := range t {
		if r.Off || r.Notify.FIFO == nil {
			continue
		}
		if reader == "" || r.Work.In(c) {
			reader = r.Name
		}
	}
	return reader
}
