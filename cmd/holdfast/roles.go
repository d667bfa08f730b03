package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/healthcheck"
	checkengine "holdfast/healthcheck/engine"
	"holdfast/internal/notify"
	"holdfast/internal/runas"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	"holdfast/internal/track"
	vrrpengine "holdfast/vrrp/engine"
)

// formerKeepalived is the variable in which the supervisor tells the vrrp role of a pid file
// that it found, of a daemon that had died: that one has left its addresses.
const formerKeepalived = "HOLDFAST_FORMER_PIDFILE"

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
			Log:      log,
			Notifier: notifier,
			Programs: runner,
			Scripts:  healthcheck.Scripts(runner),
			State:    stateOf(o.checkersPID, "ipvs", "IPVS services are not remembered over a crash", log),
			OldState: filepath.Join(filepath.Dir(o.checkersPID), "holdfast_ipvs.state"),
			KeepIPVS: o.keepIPVS,
			Seed:     uint64(time.Now().UnixNano()),
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
		State:    stateOf(o.vrrpPID, "addresses", "addresses of a crashed run cannot be told from the host's own", log),

		FormerKeepalived: os.Getenv(formerKeepalived),
	})
}

// stateOf is where a role leaves word of what is ours, beside its pid file. Daemons that are told
// apart by their pid files have different ones. Without says what is lost without it.
func stateOf(pidFile, kind, without string, log *zap.Logger) *statefile.File {
	self, err := statefile.Self()
	if err != nil {
		log.Warn(fmt.Sprintf("%s: %v", without, err))
		return nil
	}
	dir, name := filepath.Split(pidFile)
	return statefile.New(filepath.Join(dir, "holdfast_"+strings.TrimSuffix(name, ".pid")+"."+kind), self)
}
