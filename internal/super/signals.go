package super

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"holdfast/internal/signals"
)

// The realtime signals of cli 2, numbered as the C library does: SIGRTMIN is 34,
// SIGRTMAX 64.
const (
	sigJSON       = syscall.Signal(36) // SIGRTMIN+2
	sigStatsClear = syscall.Signal(63) // SIGRTMAX-1
	sigThreadDump = syscall.Signal(64) // SIGRTMAX
)

// SignalNumber is what --signum prints for name (cli 2); false if there is no such
// name.
func SignalNumber(name string) (int, bool) {
	n, ok := map[string]syscall.Signal{
		"STOP":        syscall.SIGTERM,
		"RELOAD":      syscall.SIGHUP,
		"DATA":        syscall.SIGUSR1,
		"STATS":       syscall.SIGUSR2,
		"STATS_CLEAR": sigStatsClear,
		"JSON":        sigJSON,
	}[name]
	return int(n), ok
}

func dumpOf(s os.Signal) DumpKind {
	switch s {
	case syscall.SIGUSR2:
		return DumpStats
	case sigStatsClear:
		return DumpStatsClear
	case sigJSON:
		return DumpJSON
	default:
		return DumpData
	}
}

// watched are the signals the supervisor acts on or must survive.
func watched() []syscall.Signal {
	s := []syscall.Signal{
		syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, sigStatsClear, sigJSON,
		syscall.SIGINT, syscall.SIGPIPE, syscall.SIGXCPU, sigThreadDump,
	}
	if os.Getpid() == 1 {
		// Process 1 of a container inherits its orphans and has to collect them.
		s = append(s, syscall.SIGCHLD)
	}
	return s
}

// held are those of the watched ones that wait while another program is executed. The others mean nothing to it.
func held() []syscall.Signal {
	return slices.DeleteFunc(watched(), func(s syscall.Signal) bool {
		return s == syscall.SIGPIPE || s == syscall.SIGCHLD
	})
}

// An inlet is where a signal comes in: a channel of its own with room for one, so that a storm of one kind is merged
// and never crowds out another.
type inlet struct {
	signal syscall.Signal
	c      chan os.Signal
	asked  chan chan bool
	end    chan struct{}
}

// openInlets has signals come in from now on.
func openInlets(sigs []syscall.Signal) (all inlets) {
	for _, sig := range sigs {
		all = append(all, inlet{sig, signals.Channel(sig), make(chan chan bool), make(chan struct{})})
	}
	return all
}

// start has them delivered as events.
func (all inlets) start(events chan<- any) {
	for _, in := range all {
		go in.deliver(events)
	}
}

func (in inlet) deliver(events chan<- any) {
	var out chan<- any // nil while there is nothing to deliver
	for {
		select {
		case <-in.c:
			out = events
		case out <- in.signal:
			out = nil
		case answer := <-in.asked:
			select {
			case <-in.c:
				out = events
			default:
			}
			answer <- out != nil
			out = nil
		case <-in.end:
			return
		}
	}
}

type inlets []inlet

// undelivered are the signals that came and were not delivered, which they will not be any more.
func (all inlets) undelivered() (sigs []syscall.Signal) {
	for _, in := range all {
		answer := make(chan bool)
		in.asked <- answer
		if <-answer {
			sigs = append(sigs, in.signal)
		}
	}
	return sigs
}

func (all inlets) stop() {
	for _, in := range all {
		signal.Stop(in.c)
		close(in.end)
	}
}
