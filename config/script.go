package config

import (
	"time"

	"holdfast/config/syntax"
)

// Command is a program to run with its arguments, never through a shell
// (grammar 5). Argv is empty when none is configured.
type Command struct {
	Argv  []string
	User  string // "" = Global.ScriptUser
	Group string // "" = the user's own group
	// Problem is what a finding says already: why the host cannot run it, "" if it
	// can or was not asked. Whoever comes to the same need not say so again.
	Problem string
	Pos     syntax.Pos
}

// IsSet reports whether there is a command.
func (c Command) IsSet() bool { return len(c.Argv) > 0 }

// Script is a vrrp_script: a program whose exit status moves a priority.
type Script struct {
	Name     string
	Command  Command
	FileTest string // script </path: readability test instead of a command
	Interval time.Duration
	Timeout  time.Duration
	Weight   int // 0: failure means FAULT
	Reverse  bool
	Rise     int
	Fall     int
	InitFail bool
	Pos      syntax.Pos
}

// Notify is what is run and told when a virtual router or sync group changes state.
type Notify struct {
	Master, Backup, Fault, Stop, Any Command
	Deleted                          Command
	DeletedSet                       bool // notify_deleted given, with or without a command
	MasterRxLowerPri                 Command
	SMTPAlert                        bool
	PriorityChanges                  bool
}
