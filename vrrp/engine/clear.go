package engine

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/internal/super"
)

var _ super.Clearer = (*Engine)(nil)

// Clear takes away what a process has left that was killed: addresses, routes, rules, interfaces, tables of nftables,
// settings and synchronisation daemons, as it has written them down or marked them. With KeepVIPs only the daemons go.
// No router is begun for it, so nobody hears an advert.
func (e *Engine) Clear(ctx context.Context, cfg *config.Config) error {
	var err error
	if cerr := e.call(ctx, func() { err = e.clear(cfg) }); cerr != nil {
		return cerr
	}
	return err
}

func (e *Engine) clear(cfg *config.Config) error {
	if e.opt.KeepVIPs {
		e.setSync() // to nothing: no configuration was taken
		return nil
	}
	// What runs with nothing wants nothing of what it finds.
	rest := &config.Config{Global: cfg.Global}
	rest.Global.DisableLocalIGMP = false
	rest.Global.SyncDaemon = config.SyncDaemon{}
	if err := e.prepare(rest, true); err != nil {
		return err
	}
	return e.commit(time.Now())
}
