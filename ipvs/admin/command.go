// Package admin is ipvsadm's language: command lines as values (Parse), the kernel's table as text (Table.Write,
// Save) and as JSON, and what carries a command out on a kernel (Session). It is pure: kernel, names and files are
// behind interfaces.
//
// What is written for a table is what Debian's ipvsadm 1.31 writes, to the letter, but for what it could not read
// back itself: marks from 2147483648 on, which it shows as negative numbers, the third flag of sh and mh, which it
// leaves out, and names longer than its buffers where they are saved. docs/lvs.md lists all differences.
package admin

import "holdfast/ipvs"

// Action is what a command does.
type Action uint8

// The actions, one for each of ipvsadm's commands.
const (
	List Action = iota // -L, -l, and no command at all
	Save               // -S
	Restore
	Zero
	Flush // -C
	AddService
	EditService
	DeleteService
	AddDest
	EditDest
	DeleteDest
	SetTimeouts
	StartDaemon
	StopDaemon
	Help
	actions
)

// A Command is one command line, understood. Fields that its action does not use are zero.
type Command struct {
	Action   Action
	Selected bool         // Change.Service names a service, to be shown or zeroed alone
	Change   ipvs.Command // of an action that changes one entry
	Timeouts ipvs.Timeouts
	Daemon   ipvs.DaemonCommand
	View     View
}

// Writes reports whether the command changes services or destinations.
func (c Command) Writes() bool {
	switch c.Action {
	case Restore, Flush, AddService, EditService, DeleteService, AddDest, EditDest, DeleteDest:
		return true
	}
	return false
}

// View is what List and Save show, and how.
type View struct {
	What     Part
	Numeric  bool // no names of hosts and services
	Exact    bool // counters in full
	Unsorted bool // as the kernel has them
	Engines  bool // connections with what a persistence engine has kept
	JSON     bool
	// Thresholds makes Save write them, which ipvsadm cannot.
	Thresholds bool
}

// Part is what of a table a list shows.
type Part uint8

// The parts. The first is services and destinations with their connections.
const (
	Entries Part = iota
	Stats
	Rates
	Thresholds
	Persistence
	Tunnels
	Connections
	Timeouts
	Daemons
)

// changes are the actions that change one entry.
func (a Action) op() (ipvs.Op, bool) {
	switch a {
	case AddService:
		return ipvs.AddService, true
	case EditService:
		return ipvs.EditService, true
	case DeleteService:
		return ipvs.DeleteService, true
	case AddDest:
		return ipvs.AddDest, true
	case EditDest:
		return ipvs.EditDest, true
	case DeleteDest:
		return ipvs.DeleteDest, true
	}
	return 0, false
}
