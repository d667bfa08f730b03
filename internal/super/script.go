package super

import (
	"context"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/internal/runas"
)

// defaultScriptTimeout is that of startup_script and shutdown_script.
const defaultScriptTimeout = 10 * time.Second

// A hostScript is run once, before the roles are started or after they have ended.
type hostScript struct {
	what    string
	command config.Command
	timeout time.Duration
	startup bool
}

// runScript runs a script beside the loop, which gets a scriptDone; false if there is none.
func (s *Supervisor) runScript(ctx context.Context, h hostScript) bool {
	if !h.command.IsSet() {
		return false
	}
	s.o.Log.Info("Running " + h.what + " " + h.command.Argv[0])
	// The end of ctx stops the daemon, and that runs the shutdown script.
	ctx, s.cancelScript = context.WithCancel(context.WithoutCancel(ctx))
	g := s.current.config.Global
	go func() {
		s.awaitScript(ctx, g, h)
		s.deliver(scriptDone{h.startup})
	}()
	return true
}

// awaitScript runs a script to its end. Whatever becomes of it, the daemon goes on (cli 4.4).
func (s *Supervisor) awaitScript(ctx context.Context, g config.Global, h hostScript) {
	what, timeout := h.what, h.timeout
	if timeout <= 0 {
		timeout = defaultScriptTimeout
	}
	r := runas.New(runas.Options{Global: g, Log: s.o.Log})
	defer r.End(0)
	p, err := r.Resolve(h.command, what)
	if err != nil {
		return // logged
	}
	proc, err := r.Start(p)
	if err != nil {
		s.o.Log.Error(fmt.Sprintf("%s %s failed to start: %v", what, p.Path, err))
		return
	}
	res := proc.Wait(ctx, timeout)
	switch {
	case res.OK():
	case res.TimedOut:
		s.o.Log.Error(what + " script timed out")
	case res.Exited:
		s.o.Log.Error(fmt.Sprintf("%s script failed, status %d", what, res.Status))
	case res.Err != nil:
		s.o.Log.Error(fmt.Sprintf("%s script failed: %v", what, res.Err))
	default:
		s.o.Log.Error(fmt.Sprintf("%s script failed, signal %d", what, res.Signal))
	}
}
