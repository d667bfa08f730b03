package lvs

import (
	"strconv"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
	"holdfast/internal/deadline"
)

// check is one checker of a real server: its verdict, its retries, its schedule.
type check struct {
	id     CheckID
	cfg    *config.Checker // in the Setup
	kind   *kind           // of cfg
	server *server

	up  bool // what counts for the server
	ran bool // a verdict was reached, or the success line said
	// patient is set for a checker that a reload brought to a server in the table: its
	// retries count from the first attempt (semantics 8.19).
	patient bool
	code    uint8 // misc_dynamic: last exit status of 2..255, else 0
	tries   int   // attempts that failed since the last success, while up
	// points are what the value of what it follows adds to the weight; none while that is a fault.
	points int64

	url     int  // HTTP: index of the URL that is next
	walk    bool // HTTP: down, and all URLs are being walked again
	running bool // an attempt is under way

	history History
	runs    Runs
	said    reason.Reason // why it is down, as far as was said
	changed time.Time     // when it was said that this is another reason than before

	due     deadline.Timer[*check] // of the next attempt
	pause   time.Duration          // that it has to wait for that; 0 for a time that does not follow from the last attempt
	lag     time.Duration          // how late the last attempt was
	like    *check                 // the next one in the ring of those that are alike; nil for one that is alone
	with    *check                 // the next one that takes the outcome of the attempt under way too
	started time.Time
}

// observe takes one outcome and gives the pause before the next attempt.
func (k *check) observe(a *pending, now time.Time, setup Setup, o attempt.Outcome) time.Duration {
	k.runs.count(o.Verdict)
	if o.Verdict == attempt.Local {
		k.undo(a, o)
		return k.cfg.DelayLoop
	}
	k.sayNotes(a, o)
	k.done(a)
	switch {
	case o.Verdict == attempt.Passed:
		k.history.passed(o)
		return k.kind.passed(k, a, setup, o)
	}
	k.history.failed(now, o, k.url)
	return k.failed(a, now, setup, o)
}

func (k *check) sayNotes(a *pending, o attempt.Outcome) {
	for _, n := range o.Notes {
		a.log(Info, k.server.service.name, n)
	}
}

// passed takes a success: it always ends the retries, and one success brings the
// checker up (semantics 9.3, 9.5).
func (k *check) passed(a *pending, setup Setup, o attempt.Outcome) {
	k.tries = 0
	if k.setsWeight() {
		// The weight that comes with a recovery counts before the recovery (semantics 10.21).
		before := k.server.effective()
		k.code = dynamic(o.Exit.Status)
		k.server.weightChanged(a, before)
	}
	if k.up && k.ran {
		return
	}
	first := !k.ran
	if line := k.kind.success(k); line != "" {
		a.log(Info, k.server.service.name, line)
	}
	k.comeUp(a, setup, first && k.kind.mailsFirst)
}

// comeUp makes the verdict "up". mailAnyway asks for the mail also if it was up
// before (semantics 9.9).
func (k *check) comeUp(a *pending, setup Setup, mailAnyway bool) {
	was := k.up
	k.up, k.ran, k.patient, k.walk = true, true, false, false
	changed := k.server.follow(a)
	if (!was || mailAnyway) && (changed || !setup.QuietCheckers) {
		k.server.mail(a, k.kind.successMail(k))
	}
}

// failed takes a failed attempt (semantics 9.3-9.5).
func (k *check) failed(a *pending, now time.Time, setup Setup, o attempt.Outcome) time.Duration {
	switch {
	case k.triesAgain():
		k.tries++
		if k.cfg.LogAllFailures {
			a.log(Info, k.server.service.name, k.kind.attempt(k, o))
		}
		return k.cfg.DelayBeforeRetry
	case !k.up:
		k.walk, k.tries = false, 0
		if k.ran {
			k.sayChange(a, now, o)
		} else {
			k.firstVerdictDown(a, setup, o)
		}
		return k.kind.downPause(k.cfg)
	}
	k.sayFailure(a, o)
	k.up, k.ran, k.patient, k.tries = false, true, false, 0
	if !o.Exit.TimedOut {
		k.code = 0 // silently; a script that timed out leaves its weight as it was (seen on 2.2.7)
	}
	changed := k.server.follow(a)
	if changed || !setup.QuietCheckers {
		k.server.mail(a, k.kind.failureMail(k, o))
	}
	return k.kind.downPause(k.cfg)
}

// triesAgain reports whether an attempt that failed is not a verdict yet.
func (k *check) triesAgain() bool {
	if k.tries >= k.cfg.Retry {
		return false
	}
	return k.up && (k.ran || k.patient) || !k.ran && k.kind.patient
}

// firstVerdictDown is the first failed check of a checker that started down: the
// server is reported down once, to those whom its kind tells (semantics 8.26). The log has
// why in any case.
func (k *check) firstVerdictDown(a *pending, setup Setup, o attempt.Outcome) {
	s := k.server
	defer func() { k.ran = true }()
	s.fell = s.fell || !s.up
	k.sayFailure(a, o)
	if k.kind.start == nobody {
		return
	}
	tell := !s.up && !s.told
	if tell {
		s.told = true
		s.notify(a, false, "")
	}
	if !s.up {
		s.changeFirst(a)
	}
	if k.kind.start == andByMail && (tell || !setup.QuietCheckers) {
		s.mail(a, k.kind.failureMail(k, o))
	}
}

// after is the time of the next attempt when the last one ended at now. The pauses of a
// script count from its start: delay_loop skips the beats it slept through (semantics
// 9.6), delay_before_retry that is over already is no pause.
func (k *check) after(now time.Time, pause time.Duration) time.Time {
	switch {
	case !k.kind.fromStart || pause <= 0:
		return now.Add(pause)
	case k.tries > 0:
		if at := k.started.Add(pause); at.After(now) {
			return at
		}
		return now
	}
	beats := now.Sub(k.started)/pause + 1
	return k.started.Add(beats * pause)
}

func itoa[T int | int32](n T) string { return strconv.Itoa(int(n)) }
