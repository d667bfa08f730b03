// Package snmp shows a daemon to an SNMP agent: a subagent that connects to the master agent of the host (AgentX, RFC
// 2741) and says what package mib makes of the daemon. Whatever the master does or fails to do, the daemon goes on;
// while SNMP is off it costs nothing.
package snmp

import (
	"context"
	"sync"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/chronicle"
	"holdfast/internal/mib"
	"holdfast/internal/override"
	"holdfast/internal/state"
)

// A Source is what is shown; super.Supervisor is one.
type Source interface {
	// Objects is what there is to see of the daemon. It does not take long.
	Objects(ctx context.Context) state.Answer
	// Override changes what is in force beside the configuration. Refused is why not.
	Override(ctx context.Context, r override.Request) (all []state.Override, refused, err error)
	// Follow gives all events behind a serial as they come, until ctx ends.
	Follow(ctx context.Context, after uint64) <-chan state.Event
}

// Options of an Agent.
type Options struct {
	Log    *zap.Logger
	Source Source
	// Adjust has the command line change what a configuration says; may be nil.
	Adjust func(*config.SNMP)
}

// An Agent is at most one session with a master agent: none while nothing is to be shown.
type Agent struct {
	o Options

	mu   sync.Mutex
	now  config.SNMP // what runs
	end  context.CancelFunc
	done chan struct{} // closed when what runs is over
}

// New gives an Agent that does nothing yet.
func New(o Options) *Agent { return &Agent{o: o} }

// Follow shows what a configuration wants shown from now on. It waits for nobody.
func (a *Agent) Follow(c *config.Config) {
	want := c.Global.SNMP
	if a.o.Adjust != nil {
		a.o.Adjust(&want)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if want == a.now {
		return
	}
	a.now = want
	before := a.stop()
	regions := mib.Regions(want)
	if len(regions) == 0 { // traps alone are none
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.end, a.done = cancel, make(chan struct{})
	s := &subagent{log: a.o.Log, source: a.o.Source, want: want, regions: regions}
	if want.Traps {
		// Here, not later: nobody does anything yet, and the first of what is done is to be told.
		s.events = a.o.Source.Follow(ctx, chronicle.FromNow)
	}
	go func(done chan<- struct{}) {
		defer close(done)
		if before != nil {
			<-before
		}
		s.run(ctx)
	}(a.done)
}

// stop ends what runs; the channel is closed when it is over, and nil when nothing runs.
func (a *Agent) stop() <-chan struct{} {
	if a.end == nil {
		return nil
	}
	a.end()
	done := a.done
	a.end, a.done = nil, nil
	return done
}

// Close ends the session, and waits for its last words for no longer than they take to write.
func (a *Agent) Close() {
	a.mu.Lock()
	done := a.stop()
	a.mu.Unlock()
	if done != nil {
		<-done
	}
}
