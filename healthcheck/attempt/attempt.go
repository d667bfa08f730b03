// Package attempt is what those who make an attempt of a checker tell those who decide about the
// server: the probes of healthcheck and the core in healthcheck/lvs have nothing else in common.
package attempt

import "holdfast/healthcheck/reason"

// Verdict is how an attempt ended.
type Verdict uint8

// Failed is the zero value, so that a forgotten verdict is not a success. Local means
// that this host could not make the attempt (no address to bind to, no socket): it is logged
// and counts as nothing (semantics 9.8).
const (
	Failed Verdict = iota
	Passed
	Local
)

// Outcome is how one attempt of a checker ended.
type Outcome struct {
	Verdict Verdict
	// Line is what keepalived says about an attempt that failed or could not be made: it is
	// logged with log_all_failures, and when Local. Reason is why.
	Line   string
	Reason reason.Reason
	// Notes are logged whatever the verdict.
	Notes []string
	// Exit is how the script of a MISC_CHECK ended.
	Exit Exit
}

// Exit is the end of a check script. A script that ended by itself within its time has a Status;
// whether that is a success depends on misc_dynamic (semantics 10.8).
type Exit struct {
	TimedOut bool
	Signal   int // 0 when it ended by itself
	Status   int
}
