package engine

import (
	"context"
	"fmt"

	"holdfast/config"
	"holdfast/internal/super"
)

var _ super.Clearer = (*Engine)(nil)

// Clear takes away what a process has left that was killed: the services that it has written down, marks, settings and
// synchronisation daemons. With KeepIPVS only the daemons go. Nothing is checked or announced for it.
func (e *Engine) Clear(ctx context.Context, cfg *config.Config) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.call(ctx, func() { e.loop.share(&config.Config{}) }); err != nil || e.opt.KeepIPVS {
		return err
	}
	if lives, err := e.opt.State.Former(); len(lives) == 0 {
		return err // what nobody has written down cannot be told from others'
	}
	k, err := e.opt.OpenIPVS()
	if err != nil {
		return fmt.Errorf("cannot use IPVS: %w", err)
	}
	e.kernel = k
	// What runs with nothing wants nothing of what it finds.
	rest := &config.Config{Global: cfg.Global}
	rest.Global.LVSFlush, rest.Global.LVSTimeouts = false, config.LVSTimeouts{}
	p, err := e.prepare(rest)
	if err != nil {
		return err
	}
	var failed error
	if err := e.call(ctx, func() { failed = e.loop.commit(p, k) }); err != nil {
		return err
	}
	return failed
}
