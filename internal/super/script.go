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

// runScript runs the startup or shutdown script to its end. Whatever becomes of it, the
// daemon goes on (cli 4.4).
func (s *Supervisor) runScript(ctx context.Context, g config.Global, c config.Command, what string, timeout time.Duration) {
	if timeout <= 0 {
		timeout = defaultScriptTimeout
	}
	r := runas.New(runas.Options{Global: g, Log: s.o.Log})
	defer r.End(0)
	p, err := r.Resolve(c, what)
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
