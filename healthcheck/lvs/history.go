package lvs

import (
	"time"

	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

const (
	// sayAgain is how often a checker that is down says again that the reason became another one.
	sayAgain = time.Minute
	// undoneLimit is how many attempts in a row that could not be made are an error, not bad luck.
	undoneLimit = 3
)

// History is what the attempts of a checker came to, for who asks why a server is down.
type History struct {
	Last     reason.Reason // of the last attempt that failed
	At       time.Time     // when that was; zero when none has
	Since    time.Time     // the first of the failures in a row
	Failures int           // in a row; 0 after a success
	URL      int           // HTTP: index of the URL that failed
	Status   int           // MISC: exit status of the last attempt, 0 after a signal or a time-out

	Undone    int           // attempts in a row that this host could not make
	UndoneWhy reason.Reason // of the last of them
}

// passed takes a success.
func (h *History) passed(o attempt.Outcome) {
	h.Failures, h.Undone, h.Status = 0, 0, o.Exit.Status
}

// failed takes a failure of the URL with an index.
func (h *History) failed(now time.Time, o attempt.Outcome, url int) {
	if h.Failures == 0 {
		h.Since = now
	}
	h.Failures++
	h.Undone = 0
	h.Last, h.At, h.URL, h.Status = o.Reason, now, url, o.Exit.Status
}

// undone takes an attempt that could not be made, and reports whether the reason is a new one.
func (h *History) undone(o attempt.Outcome) (fresh bool) {
	fresh = h.Undone == 0 || !h.UndoneWhy.Same(o.Reason)
	h.Undone++
	h.UndoneWhy = o.Reason
	return fresh
}

// alarming reports whether so many attempts in a row are an error now: the first
// undoneLimit of them, then twice as many, and so on.
func (h *History) alarming() bool {
	n := h.Undone
	for n > undoneLimit && n%2 == 0 {
		n /= 2
	}
	return n == undoneLimit
}

// undo says that this host could not make an attempt: at first each time, then more and
// more seldom.
func (k *check) undo(a *pending, o attempt.Outcome) {
	v := k.server.service.name
	fresh := k.history.undone(o)
	switch {
	case k.history.alarming():
		a.log(Error, v, k.kind.subject(k)+"could not be made "+itoa(k.history.Undone)+" times in a row"+because(o.Reason)+
			": the server stays "+pick(k.server.up, "up", "down"))
	case fresh || k.history.Undone < undoneLimit:
		if fresh {
			k.sayNotes(a, o)
		}
		a.log(Warning, v, withReason(o.Line, o.Reason))
	}
}

// done says that attempts can be made again, if it was said that they cannot.
func (k *check) done(a *pending) {
	if n := k.history.Undone; n >= undoneLimit {
		a.log(Info, k.server.service.name, k.kind.subject(k)+"can be made again after "+itoa(n)+" attempts that could not")
	}
}

// sayChange says that a checker that is down fails for another reason than the one that
// was said: the first one at once.
func (k *check) sayChange(a *pending, now time.Time, o attempt.Outcome) {
	if o.Reason.Code == reason.None || k.said.Same(o.Reason) || now.Sub(k.changed) < sayAgain {
		return
	}
	a.log(Info, k.server.service.name, k.kind.subject(k)+"still fails ("+k.where()+o.Reason.String()+
		"; before: "+k.said.String()+").")
	k.said, k.changed = o.Reason, now
}
