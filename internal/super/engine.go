// Package super runs the roles of the daemon as processes: it starts and
// restarts them, hands them configuration in two phases, stops them, keeps the
// pid files and talks to systemd.
package super

import (
	"context"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/state"
)

// DumpKind names what a dump signal asks for (cli 2).
type DumpKind uint8

// DumpData is SIGUSR1, DumpStats SIGUSR2, DumpStatsClear SIGRTMAX-1, DumpJSON SIGRTMIN+2.
const (
	DumpData DumpKind = iota
	DumpStats
	DumpStatsClear
	DumpJSON
)

// An Engine is what a role process runs. Its methods are called from one goroutine while Run
// runs in another, and Dump in a third.
//
// A configuration arrives in two phases, the first one at start as well as every
// reload: Prepare does everything that can fail and nothing that can be seen
// from outside; then Commit makes it the running configuration or Abort forgets
// it. An engine that refused a Prepare goes on with what it has.
type Engine interface {
	// Prepare makes cfg ready to run. Its error is one line for the log and names
	// the object and the place; a *PermanentError carries an exit status.
	Prepare(ctx context.Context, cfg *config.Config) error
	// Commit switches to the prepared configuration.
	Commit(ctx context.Context) error
	// Abort drops the prepared configuration.
	Abort()
	// Run works until ctx ends, then gives back what the role owns in the kernel
	// (priority-0 advertisements, addresses, IPVS entries, stop notifications)
	// and returns.
	Run(ctx context.Context) error
	// Dump writes the state file that kind asks for.
	Dump(kind DumpKind) error
	// State tells what there is to see of the role. It is called in a goroutine of its own.
	State(ctx context.Context) (state.Report, error)
	// Metrics tells what is counted and measured of it, and why the role is not ready. It is called in a goroutine of its
	// own as well.
	Metrics(ctx context.Context) (state.Report, error)
	// Objects tells what SNMP shows of it. It is called in a goroutine of its own as well.
	Objects(ctx context.Context) (state.Report, error)
}

// A Briefer is an Engine whose State is dear because of long lists.
type Briefer interface {
	// Brief is State without the lists that are long (see state.Long). It is called in a goroutine of its own.
	Brief(ctx context.Context) (state.Report, error)
}

// A Readier is an Engine that knows whether it is ready without describing itself.
type Readier interface {
	// Ready tells when it was asked and why the role is not ready, and nothing else. It is called in a goroutine of its
	// own.
	Ready(ctx context.Context) (state.Report, error)
}

// A Resumer is an Engine for which it makes a difference that a process before it had accepted a configuration and
// died. What has gone from the host since then did not end that process, and must not end the daemon now.
type Resumer interface {
	// Resume is Prepare for such a configuration.
	Resume(ctx context.Context, cfg *config.Config) error
}

// An Announcer is an Engine that has addresses to announce.
type Announcer interface {
	// Announce tells the neighbours once of all addresses that an instance has just now. It does not wait for that.
	Announce(instance string)
}

// A Successor is an Engine that can go on in another process, so that nobody notices that it is another one.
type Successor interface {
	// HandOver has the engine stop where it is and gives what its successor needs to go on from there. It is deaf and
	// mute from then on, until verdict says whether there is a successor: then Run returns and leaves everything as it
	// is; otherwise it goes on itself, as after a moment without the processor.
	HandOver(ctx context.Context, verdict <-chan bool) (Handover, error)
	// Succeed has the first Commit go on from what former gives, which is called in it as late as possible: the
	// predecessor stands still from there to the end of the Commit. It is called before Prepare.
	Succeed(former func() (Handover, error))
}

// A Handover is what goes from one process of a role to the next.
type Handover struct {
	State []byte // see Pack and Unpack
	// Files are descriptors of what has to stay open, maxFiles at most. Whoever hands them over keeps its own; they are
	// those of the successor, which closes them.
	Files []int
}

// Close closes the descriptors of a handover that nobody goes on from.
func (h Handover) Close() {
	for _, fd := range h.Files {
		_ = unix.Close(fd)
	}
}

// A PermanentError makes the whole daemon end with Status instead of
// restarting the role (cli 3).
type PermanentError struct {
	Status int
	Err    error
}

// Error is the text of the wrapped error.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap gives the wrapped error.
func (e *PermanentError) Unwrap() error { return e.Err }
