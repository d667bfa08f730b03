package lvs

import (
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/reason"
)

// The lines and mails of checkers, word for word as keepalived 2.2.7 writes them
// (semantics 9.11, 8.26), with the reason behind. People's monitoring greps for them.

// sayFailure logs the verdict, and before it the attempt when asked for; not that of a
// TCP_CHECK that starts down, as 2.2.7.
func (k *check) sayFailure(a *actions, o Outcome) {
	v := k.server.service.name
	if k.cfg.LogAllFailures && o.Line != "" && (k.cfg.Kind != config.CheckTCP || k.up) {
		a.log(Info, v, withReason(o.Line, o.Reason))
	}
	a.log(Info, v, k.failureLine(o))
	k.said, k.changed = o.Reason, time.Time{}
}

// withReason puts the reason behind a line, before its full stop if it has one.
func withReason(line string, why reason.Reason) string {
	bare, stop := strings.CutSuffix(line, ".")
	return bare + because(why) + pick(stop, ".", "")
}

// because is a reason in parentheses; none is nothing.
func because(why reason.Reason) string {
	if why.Code == reason.None {
		return ""
	}
	return " (" + why.String() + ")"
}

// because is a reason in parentheses, with what it is about.
func (k *check) because(why reason.Reason) string {
	if why.Code == reason.None {
		return ""
	}
	return " (" + k.where() + why.String() + ")"
}

// where names the URL that is looked at, when there are several.
func (k *check) where() string {
	if k.isHTTP() && len(k.cfg.HTTP.URLs) > 1 && k.url < len(k.cfg.HTTP.URLs) {
		return "url " + k.cfg.HTTP.URLs[k.url].Path + ": "
	}
	return ""
}

// subject is what lines about the check itself begin with.
func (k *check) subject() string {
	switch k.cfg.Kind {
	case config.CheckMisc:
		return k.miscSubject()
	case config.CheckHTTP, config.CheckSSL:
		// 2.2.7 says HTTP_CHECK for both.
		return "HTTP_CHECK on service " + k.server.name + " "
	}
	return "TCP_CHECK on service " + k.server.name + " "
}

// urlLine is said for each URL that passes while its checker is down: what was looked at
// last.
func (k *check) urlLine() string {
	what, path := "HTTP status code", ""
	if k.url < len(k.cfg.HTTP.URLs) {
		u := k.cfg.HTTP.URLs[k.url]
		path = u.Path
		switch {
		case u.Regex != "":
			what = "Regex match"
		case u.HasDigest:
			what = "MD5 digest"
		}
	}
	return what + " success to " + k.server.name + " url(" + path + ")"
}

func (k *check) failureLine(o Outcome) string {
	switch k.cfg.Kind {
	case config.CheckMisc:
		how := " with retry disabled"
		if k.cfg.Retry > 0 {
			how = " after " + retries(k.cfg.Retry)
		}
		return k.miscSubject() + o.Exit.word() + how + o.Exit.cause() + "."
	case config.CheckHTTP, config.CheckSSL:
		// 2.2.7 says "after N retries" also on a first failure, and nothing when it was down before.
		n := k.cfg.Retry
		if !k.up {
			n = 0
		}
		return k.subject() + "failed" + k.afterRetries(n) + k.because(o.Reason) + "."
	}
	n := k.cfg.Retry
	if !k.ran && !k.patient {
		n = 0
	}
	return k.subject() + "failed" + k.afterRetries(n) + k.because(o.Reason) + "."
}

func (k *check) afterRetries(n int) string {
	if n == 0 {
		return ""
	}
	return " after " + itoa(n) + " retries"
}

// attemptLine is what one failed attempt says that is retried.
func (k *check) attemptLine(o Outcome) string {
	if k.cfg.Kind != config.CheckMisc {
		return withReason(o.Line, o.Reason)
	}
	if k.tries == 1 {
		return k.miscSubject() + o.Exit.word() + ", will do " + retries(k.cfg.Retry) + o.Exit.cause() + "."
	}
	return k.miscSubject() + o.Exit.word() + " on retry " + itoa(k.tries-1) + "/" + itoa(k.cfg.Retry) + o.Exit.cause() + "."
}

func (k *check) successLine() string {
	switch k.cfg.Kind {
	case config.CheckMisc:
		return k.miscSubject() + "succeeded."
	case config.CheckHTTP, config.CheckSSL:
		return "Remote Web server " + k.server.name + " succeed on service."
	}
	return "TCP connection to " + k.server.name + " success."
}

func (k *check) miscSubject() string {
	path := ""
	if k.cfg.Misc.IsSet() {
		path = k.cfg.Misc.Argv[0]
	}
	return "Misc check for [" + k.server.name + " VS " + k.server.service.name + "] by [" + path + "] "
}

func retries(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return itoa(n) + " retries"
}

func (e Exit) word() string { return pick(e.TimedOut, "timed out", "failed") }

func (e Exit) cause() string {
	switch {
	case e.TimedOut:
		return ""
	case e.Signal != 0:
		return " (due to signal " + strconv.Itoa(e.Signal) + ")"
	}
	return " (exited with status " + strconv.Itoa(e.Status) + ")"
}

func (k *check) successMail() string {
	switch k.cfg.Kind {
	case config.CheckMisc:
		return "=> MISC CHECK succeeded on service <="
	case config.CheckHTTP, config.CheckSSL:
		return "=> CHECK succeed on service <="
	}
	return "=> TCP CHECK succeed on service <="
}

func (k *check) failureMail(o Outcome) string {
	switch k.cfg.Kind {
	case config.CheckMisc:
		return "=> MISC CHECK " + o.Exit.word() + " on service <="
	case config.CheckHTTP:
		return "=> CHECK failed on service : HTTP request failed <="
	case config.CheckSSL:
		return "=> CHECK failed on service : SSL request failed <="
	}
	return "=> TCP CHECK failed on service <="
}
