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

// watched are the signals the supervisor acts on or must survive.
func watched(ignoreINT bool) []syscall.Signal {
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

// notifySignals delivers each signal through a channel of its own with room for
// one: a storm of one kind is merged and never crowds out another.
func notifySignals(sigs []syscall.Signal, deliver func(syscall.Signal)) (stop func()) {
	done := make(chan struct{})
	var chans []chan os.Signal
	for _, sig := range sigs {
		c := make(chan os.Signal, 1)
		signal.Notify(c, sig)
		chans = append(chans, c)
		go func() {
			for {
				select {
				case <-c:
					deliver(sig)
				case <-done:
					return
				}
			}
		}()
	}
	return func() {
		for _, c := range chans {
			signal.Stop(c)
		}
		close(done)
	}
}
