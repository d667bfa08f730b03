package main

import (
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"holdfast/healthcheck"
	checkengine "holdfast/healthcheck/engine"
	"holdfast/internal/notify"
	"holdfast/internal/runas"
	"holdfast/internal/super"
	"holdfast/internal/track"
	vrrpengine "holdfast/vrrp/engine"
)

// newRole makes the role of this process with everything it uses.
func newRole(name super.RoleName, o options, log *zap.Logger) super.Role {
	runner := runas.New(runas.Options{Log: log})
	if name == super.Checker {
		return checkengine.New(checkengine.Options{
			Log:       log,
			Notifier:  notify.New(notify.Options{Log: log, Runner: runner, Role: notify.RoleChecker, NoChecker: o.onlyVRRP}),
			Programs:  runner,
			Scripts:   healthcheck.Scripts(runner),
			StateFile: filepath.Join(filepath.Dir(o.checkersPID), "holdfast_ipvs.state"),
			KeepIPVS:  o.keepIPVS,
			Seed:      uint64(time.Now().UnixNano()),
		})
	}
	vrrpengine.TuneRuntime()
	return vrrpengine.New(vrrpengine.Options{
		Log:      log,
		Notifier: notify.New(notify.Options{Log: log, Runner: runner, Role: notify.RoleVRRP, NoChecker: o.onlyVRRP}),
		Scripts: func(events func(name string, ok bool)) vrrpengine.Scripts {
			return track.NewScripts(runner, log, events)
		},
		Detail:   o.detail > 0,
		KeepVIPs: o.keepVIPs,
	})
}
