// Package role is the table of the daemon's roles. A role is a process of its own that runs a
// part of the configuration; whatever differs between the processes stands in its row, and
// those that start, name, feed, schedule and stop processes read the row. What a role does is
// its engine's: this package knows none.
package role

import (
	"iter"
	"time"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/rights"
)

// Name identifies a role.
type Name string

// A Role is one row of the table.
type Role struct {
	Name Name
	// Process is argv[0] of the role's process: how ps shows it, and how the process knows its
	// role (see Table.Of).
	Process string
	// Short is what process_names calls it in ps, and Own the setting that gives it another name there.
	Short string
	Own   func(config.Names) string
	// Title is how keepalived's log lines call the process: "Starting VRRP child process".
	Title string
	Log   LogNames
	// PIDFile names the pid file of the process, "" for none. In the table it is the default.
	PIDFile string
	// Off says that the options of this daemon keep the role from running.
	Off bool

	Work       Work
	Notify     Notify
	Scheduling func(config.Global) Scheduling
	Garbage    Garbage

	// Rights are the capabilities that the process needs itself, of those that the daemon has; InTable are those that it
	// needs besides for an IPVS table in another network namespace.
	Rights, InTable rights.Set
	// Handover is the form in which the role tells another process of it where it is, which has to know the same one: it
	// is another number whenever what a field of that means is changed. 0 is for a role that cannot do that.
	Handover int

	// Leaves says that what it does to the kernel outlives its process, and is to be taken away when that was killed.
	Leaves bool

	// Follows are the topics that the role is told the news of, whichever role tells it.
	Follows []news.Topic
}

// What processes of several roles need of rights.
const (
	// scheduled are for priorities and memory that is not swapped, where limits of the daemon do not give them.
	scheduled = rights.SysNice | rights.IPCLock | rights.SysResource
	// programs are for scripts of other users, which are started and ended.
	programs = rights.SetUID | rights.SetGID | rights.Kill
	// files are for those of others: dumps, logs, FIFOs, tracked files, keys.
	files = rights.DACOverride | rights.DACReadSearch | rights.Chown | rights.FOwner
)

// RunsPrograms reports whether the role runs any, which are to have what the daemon was given.
func (r Role) RunsPrograms() bool { return r.Notify.Programs != nil }

// LogNames are the names of a process in the log.
type LogNames struct {
	Ident  string // in syslog
	Field  string // the field "role" of JSON lines
	Suffix string // of the name of its log file, before the extension
}

// Work is the part of a configuration that a role runs.
type Work struct {
	// In reports whether a configuration has work for the role.
	In func(*config.Config) bool
	// Count is how many things the role has in a configuration, and Thing what one is called.
	Count func(*config.Config) int
	Thing string
	// Keyword begins such a thing in a file, and Plural is how the things are called together.
	Keyword, Plural string
	// Part is what the role has to know of a configuration, which stays as it is.
	Part func(*config.Config) *config.Config
	// Remove takes the work of the role out of a configuration.
	Remove func(*config.Config)
}

// Notify is what a role tells others.
type Notify struct {
	// FIFO is the role's own notify FIFO; nil for a role that writes to none, not to the
	// one of all roles either.
	FIFO func(config.Global) config.FIFO
	// Programs are the commands that may be run, each with the words for it in log lines; nil
	// for a role that runs none.
	Programs func(*config.Config) iter.Seq2[config.Command, string]
}

// Scheduling is how the kernel runs a process.
type Scheduling struct {
	Nice     int           // 0 = whatever the daemon was started with
	Realtime int           // SCHED_RR priority, 0 = off
	Locked   bool          // its memory is never swapped
	CPUs     []uint        // the processors it may run on; empty = those it was started with
	RTTime   time.Duration // what a thread may compute without a pause at real-time priority; 0 = no limit
	RTName   string        // the keyword that says so
	// AutoMax is the SCHED_RR priority up to which timers that are late raise it; 0 or less = not at all.
	AutoMax int
	// AutoAfter is how late a timer has to be for that, and for a line in the log.
	AutoAfter time.Duration
}

// scheduling is what a configuration says of all processes, for one of them.
func scheduling(g config.Global, nice, realtime int, locked bool, cpus []uint, rttime uint32,
	rtname string) Scheduling {
	return Scheduling{
		Nice: nice, Realtime: realtime, Locked: locked, CPUs: cpus,
		RTTime: time.Duration(rttime) * time.Microsecond, RTName: rtname,
		AutoMax: g.Scheduling.AutoPriority, AutoAfter: g.Scheduling.AutoPriorityDelay,
	}
}

// Garbage says when the memory of a process is collected.
type Garbage uint8

const (
	// GarbageAfterCommit is for a process whose work comes with a configuration: collections are put
	// off while one is taken over, and one collection follows it (memory.ForTakeover).
	GarbageAfterCommit Garbage = iota
	// GarbageWithinBytes is for a process that must not be late: garbage is collected when there are so
	// many bytes of it, and memory that nobody needs any more goes back soon (memory.ForTimers).
	GarbageWithinBytes
)

// Called is the name of the process in ps.
func (r Role) Called(n config.Names) string {
	own := r.Own(n)
	switch {
	case own != "":
		return own
	case n.ByRole:
		return r.Short
	case n.Parent != "": // processes have the name of the one that started them until they get another
		return n.Parent
	}
	return r.Process
}

// Wanted reports whether the role is to run with a configuration. all has roles run that
// have no work in it, too.
func (r Role) Wanted(c *config.Config, all bool) bool {
	return !r.Off && (all || r.Work.In(c))
}
