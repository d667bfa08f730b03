package super

import (
	"syscall"

	"holdfast/internal/role"
)

// This file is what may be asked of the daemon at any time by somebody who wants no answer, like a signal. Whoever asks
// does not wait: while the loop has more to do than it remembers, it is as if nobody had asked.

type (
	dumpWanted     struct{ kind DumpKind }
	announceWanted struct{ instance string }
)

// Print has virtual routers written to a file, as the signal for kind does; what other roles have is not.
func (s *Supervisor) Print(kind DumpKind) { s.offer(dumpWanted{kind}) }

// Announce has the neighbours told once of all addresses that an instance has just now.
func (s *Supervisor) Announce(instance string) { s.offer(announceWanted{instance}) }

// Hangup has the configuration read again, as SIGHUP does.
func (s *Supervisor) Hangup() { s.offer(syscall.SIGHUP) }

// offer hands the loop an event, if it has room for it.
func (s *Supervisor) offer(e any) {
	select {
	case s.events <- e:
	default:
		s.o.Log.Warn("Too much is asked for at a time - ignoring a request")
	}
}

// toRouters sends a message to the role with virtual routers, if it runs.
func (s *Supervisor) toRouters(m message) {
	for _, sl := range s.slots {
		if sl.role.Name == role.VRRP().Name && sl.child != nil && sl.child.phase == phaseRunning {
			sl.child.out.send(m)
		}
	}
}
