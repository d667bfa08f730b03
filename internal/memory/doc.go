// Package memory is the one room for what is done about memory beyond allocating it. Three kinds
// of processes are made of this program, each with one call at its beginning:
//
//	[ForReader]   reads a configuration, says something of it, ends
//	[ForTakeover] does nothing large but take over a configuration now and then
//	[ForTimers]   must not be late, and hardly changes its heap
//
// Later calls are those of a [Settler]. Each says what it gains, as measured on two cores
// of a Xeon with AMX and Linux 6.18, and which test fails without it; what has no such test is not
// to be here. Nobody else calls runtime/debug for this (internal/house sees to it). An
// administrator who sets GOGC decides how often garbage is collected, in all of them.
package memory
