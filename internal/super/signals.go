package super

import (
	"os"
	"os/signal"
	"syscall"
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

// asksForDump reports whether a signal asks for files.
func asksForDump(s syscall.Signal) bool {
	return s == syscall.SIGUSR1 || s == syscall.SIGUSR2 || s == sigStatsClear || s == sigJSON
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
		all = append(all, inlet{sig, make(chan os.Signal, 1), make(chan chan bool), make(chan struct{})})
	}
	all.open()
	return all
}

// open has signals come in.
func (all inlets) open() {
	for _, in := range all {
		signal.Notify(in.c, in.signal)
	}
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

// shut has signals come in no more, until open, in the process and in the program that it executes: those that are
// final end it, as they end who knows nothing of them; the others are ignored. What came before is where it was on its
// way to.
func (all inlets) shut(final func(syscall.Signal) bool) {
	for _, in := range all {
		if !final(in.signal) {
			signal.Ignore(in.signal)
			continue
		}
		signal.Stop(in.c) // other than Ignore, it waits for what is on its way
	}
}

func (all inlets) stop() {
	for _, in := range all {
		signal.Stop(in.c)
		close(in.end)
	}
}
