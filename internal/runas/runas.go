// Package runas runs other people's programs: track scripts, notify scripts,
// check scripts, FIFO readers. It decides who they run as, refuses programs whose
// path could have been tampered with, starts them in a process group of their own
// with nothing of the daemon attached, and ends them when they overstay (cli 8,
// semantics 5.8).
package runas

import (
	"sync"

	"go.uber.org/zap"

	"holdfast/config"
)

// Options of a Runner.
type Options struct {
	// Global gives script_user and enable_script_security.
	Global config.Global
	// Log receives the findings about programs; nil logs nothing.
	Log *zap.Logger
	// Ledger is told which programs run, for the process that cleans up after this one;
	// may be nil.
	Ledger *Ledger
}

// A Runner resolves and starts programs. It may be used by several goroutines.
type Runner struct {
	log    *zap.Logger
	ledger *Ledger

	mu      sync.Mutex
	global  config.Global
	warden  *warden // made for the first program
	ended   bool
	pending sync.WaitGroup // orders to the warden
}

// New gives a Runner.
func New(o Options) *Runner {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Runner{log: o.Log, ledger: o.Ledger, global: o.Global}
}

// Configure changes the script user and script security that later calls of
// Resolve go by.
func (r *Runner) Configure(g config.Global) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.global = g
}

// A Program is a command that was resolved and found fit to run. The zero
// Program cannot be started.
type Program struct {
	// Path is what is executed: absolute, symbolic links resolved.
	Path string
	// Argv is the argument vector. Argv[0] is the path as configured (or found in PATH):
	// programs that are several by name look at it.
	Argv []string
	// Identity is who it runs as.
	Identity Identity
	// Shell is set for a text file without a #! line, which sh interprets
	// (cli 8.2).
	Shell bool
}

// IsSet reports whether there is a program to start.
func (p Program) IsSet() bool { return p.Path != "" }
