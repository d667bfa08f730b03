package lvs

import (
	"strconv"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/reason"
)

// Outcome is how one attempt of a checker ended.
type Outcome struct {
	Passed bool
	// Local is set when the attempt could not be made because of this host (no
	// address to bind to, no socket): it is logged and counts as nothing
	// (semantics 9.8).
	Local bool
	// Line is what a failed attempt has to say; it is logged with log_all_failures, and
	// when Local. Reason is why it failed or could not be made.
	Line   string
	Reason reason.Reason
	// Notes are logged whatever the outcome.
	Notes []string
	// Exit is how the script of a MISC_CHECK ended.
	Exit Exit
}

// Exit is the end of a check script.
type Exit struct {
	TimedOut bool
	Signal   int // 0 when it ended by itself
	Status   int
}

// check is one checker of a real server: its verdict, its retries, its schedule.
type check struct {
	id     CheckID
	cfg    *config.Checker // in the Setup
	server *server

	up  bool // what counts for the server
	ran bool // a verdict was reached, or the success line said
	// patient is set for a checker that a reload brought to a server in the table: its
	// retries count from the first attempt (semantics 8.19).
	patient bool
	tries   int // attempts that failed since the last success, while up
	code    int // misc_dynamic: last exit status of 2..255, else 0

	url  int  // HTTP: index of the URL that is next
	walk bool // HTTP: down, and all URLs are being walked again

	history History
	said    reason.Reason // why it is down, as far as was said
	changed time.Time     // when it was said that this is another reason than before

	next    time.Time
	started time.Time
	running bool
	slot    int // index in timers, -1 when not in
}

// observe takes one outcome and gives the pause before the next attempt.
func (k *check) observe(a *actions, now time.Time, setup Setup, o Outcome) time.Duration {
	if o.Local {
		k.undo(a, o)
		return k.cfg.DelayLoop
	}
	k.sayNotes(a, o)
	k.done(a)
	switch {
	case o.Passed && k.isHTTP():
		k.history.passed(o)
		return k.urlPassed(a, setup)
	case o.Passed:
		k.history.passed(o)
		k.passed(a, setup, o)
		return k.cfg.DelayLoop
	}
	k.history.failed(now, o, k.url)
	return k.failed(a, now, setup, o)
}

func (k *check) sayNotes(a *actions, o Outcome) {
	for _, n := range o.Notes {
		a.log(Info, k.server.service.name, n)
	}
}

func (k *check) isHTTP() bool {
	return k.cfg.Kind == config.CheckHTTP || k.cfg.Kind == config.CheckSSL
}

// setsWeight reports whether the exit status is a weight (misc_dynamic).
func (k *check) setsWeight() bool { return k.cfg.Misc != nil && k.cfg.Misc.Dynamic }

// passed takes a success: it always ends the retries, and one success brings the
// checker up (semantics 9.3, 9.5).
func (k *check) passed(a *actions, setup Setup, o Outcome) {
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
	a.log(Info, k.server.service.name, k.successLine())
	k.comeUp(a, setup, first && k.cfg.Kind == config.CheckMisc)
}

// comeUp makes the verdict "up". mailAnyway asks for the mail also if it was up
// before (semantics 9.9).
func (k *check) comeUp(a *actions, setup Setup, mailAnyway bool) {
	was := k.up
	k.up, k.ran, k.patient, k.walk = true, true, false, false
	changed := k.server.follow(a)
	if (!was || mailAnyway) && (changed || !setup.QuietCheckers) {
		k.server.mail(a, k.successMail())
	}
}

// contribution of a MISC_CHECK with misc_dynamic to the weight of its server: what turns
// the configured weight into its exit status - 2 (semantics 10.8). A new configured
// weight therefore changes nothing while a status is in force, as seen on 2.2.7.
func (k *check) contribution() int64 {
	if k.code == 0 || !k.setsWeight() {
		return 0
	}
	return int64(k.code) - 2 - int64(k.server.cfg.Weight)
}

// dynamic is the part of an exit status that is a weight: 2..255, or 0 for none.
func dynamic(status int) int {
	if status < 2 {
		return 0
	}
	return status
}

// failed takes a failed attempt (semantics 9.3-9.5).
func (k *check) failed(a *actions, now time.Time, setup Setup, o Outcome) time.Duration {
	v := k.server.service.name
	if !k.up {
		k.walk, k.tries = false, 0
		if k.ran {
			k.sayChange(a, now, o)
		} else {
			k.firstVerdictDown(a, setup, o)
		}
		return k.downPause()
	}
	if (k.ran || k.patient) && k.tries < k.cfg.Retry {
		k.tries++
		if k.cfg.LogAllFailures {
			a.log(Info, v, k.attemptLine(o))
		}
		return k.cfg.DelayBeforeRetry
	}
	k.sayFailure(a, o)
	k.up, k.ran, k.patient, k.tries = false, true, false, 0
	if !o.Exit.TimedOut {
		k.code = 0 // silently; a script that timed out leaves its weight as it was (seen on 2.2.7)
	}
	changed := k.server.follow(a)
	if changed || !setup.QuietCheckers {
		k.server.mail(a, k.failureMail(o))
	}
	return k.downPause()
}

// firstVerdictDown is the first failed check of a checker that started down: the
// server is reported down once, without a mail but for MISC_CHECK (semantics 8.26). HTTP
// checkers tell nobody then, but the log has why.
func (k *check) firstVerdictDown(a *actions, setup Setup, o Outcome) {
	s := k.server
	defer func() { k.ran = true }()
	k.sayFailure(a, o)
	if k.isHTTP() {
		return
	}
	tell := !s.up && !s.told
	if tell {
		s.told = true
		s.notify(a, false, "")
	}
	if k.cfg.Kind == config.CheckMisc && (tell || !setup.QuietCheckers) {
		s.mail(a, k.failureMail(o))
	}
}

// downPause is the pause after a failure that is a verdict, and while down: an HTTP
// checker polls its failing URL no faster than delay_before_retry (semantics 10.4).
func (k *check) downPause() time.Duration {
	if k.isHTTP() {
		return max(k.cfg.DelayBeforeRetry, k.cfg.DelayLoop)
	}
	return k.cfg.DelayLoop
}

// urlPassed takes the success of one URL. The walk over the URLs goes on while up; a
// checker that is down walks all of them again once the failing one passed, and is up
// when the last did (semantics 10.4).
func (k *check) urlPassed(a *actions, setup Setup) time.Duration {
	k.tries = 0
	if k.up && k.ran {
		k.url = (k.url + 1) % max(len(k.cfg.HTTP.URLs), 1)
		return k.cfg.DelayLoop
	}
	if !k.up {
		a.log(Info, k.server.service.name, k.urlLine())
	}
	// A checker that failed polls the URL it failed at; one that never had a verdict
	// is on its first walk.
	if !k.up && !k.walk && k.ran {
		k.walk, k.url = true, 0
		return k.walkPause()
	}
	k.url++
	if k.url < len(k.cfg.HTTP.URLs) {
		return k.walkPause()
	}
	k.url = 0
	a.log(Info, k.server.service.name, k.successLine())
	k.comeUp(a, setup, false)
	return k.cfg.DelayLoop
}

func (k *check) walkPause() time.Duration {
	if k.cfg.HTTP.FastRecovery {
		return 0
	}
	return k.cfg.DelayLoop
}

// after is the time of the next attempt when the last one ended at now. The pauses of a
// script count from its start: delay_loop skips the beats it slept through (semantics
// 9.6), delay_before_retry that is over already is no pause.
func (k *check) after(now time.Time, pause time.Duration) time.Time {
	switch {
	case k.cfg.Kind != config.CheckMisc || pause <= 0:
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
