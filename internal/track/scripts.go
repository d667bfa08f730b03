// Package track runs the vrrp_scripts: each at once and then every interval,
// never overlapped, and counts rise and fall (semantics 5.4-5.12).
package track

import (
	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/runas"
)

// Scripts runs the vrrp_scripts of a configuration.
type Scripts struct {
	runner *runas.Runner
	log    *zap.Logger
	events func(name string, ok bool)
}

// Outcome is what Configure found.
type Outcome struct {
	// Disabled scripts cannot be run (not found, not executable, unsafe); they are
	// to be treated as if no instance tracked them (cli 8.7).
	Disabled []string
	// Known are results kept from before the reload, by script name (semantics
	// 5.11).
	Known map[string]bool
}

// NewScripts gives a Scripts that runs nothing yet. events is called, from a
// goroutine of Scripts and never from within its methods, with the first result of
// a script and then with every change; it may block.
func NewScripts(runner *runas.Runner, log *zap.Logger, events func(name string, ok bool)) *Scripts {
	return &Scripts{runner: runner, log: log, events: events}
}

// Configure replaces the set of scripts. Only those in used are run (semantics
// 5.12). Results of scripts of the same name are kept; all are run at once.
func (s *Scripts) Configure(scripts []config.Script, used map[string]bool) Outcome {
	return Outcome{}
}

// Stop ends all scripts that are running (TERM to their groups) and starts no more.
func (s *Scripts) Stop() {}
