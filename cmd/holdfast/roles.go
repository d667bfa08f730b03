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

// newChild makes the role of this process with everything it uses.
func newChild(name super.RoleName, o options, log *zap.Logger) super.ChildOptions {
	runner := runas.New(runas.Options{Log: log, Ledger: super.ScriptLedger()})
	of := notify.RoleVRRP
	if name == super.Checker {
		of = notify.RoleChecker
	}
	notifier := notify.New(notify.Options{Log: log, Runner: runner, Role: of, NoChecker: o.onlyVRRP})
	return super.ChildOptions{
		Name: name, Log: log, Scripts: runner, Mail: notifier,
		Role: newRole(name, o, log, runner, notifier),
	}
}

func newRole(name super.RoleName, o options, log *zap.Logger, runner *runas.Runner, notifier *notify.Notifier) super.Role {
	if name == super.Checker {
		return checkengine.New(checkengine.Options{
			Log:       log,
			Notifier:  notifier,
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
		Notifier: notifier,
		Scripts: func(events func(name string, ok bool)) vrrpengine.Scripts {
			return track.NewScripts(runner, log, events)
		},
		Detail:   o.detail > 0,
		KeepVIPs: o.keepVIPs,
	})
}
