package lvs

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// webKind is HTTP_GET and SSL_GET; protocol is what mails call it, while lines say HTTP_CHECK
// for both, as 2.2.7 does.
func webKind(protocol string) *kind {
	subject := func(k *check) string { return "HTTP_CHECK on service " + k.server.name + " " }
	return &kind{
		subject: subject,
		success: func(k *check) string { return "Remote Web server " + k.server.name + " succeed on service." },
		failure: func(k *check, o attempt.Outcome) string {
			// 2.2.7 says "after N retries" also on a first failure, and nothing when it was down before.
			n := k.cfg.Retry
			if !k.up {
				n = 0
			}
			return subject(k) + "failed" + afterRetries(n) + k.because(o.Reason) + "."
		},
		attempt:     asReported,
		successMail: fixed("=> CHECK succeed on service <="),
		failureMail: always("=> CHECK failed on service : " + protocol + " request failed <="),
		where:       (*check).urlLookedAt,
		passed: func(k *check, a *pending, setup Setup, _ attempt.Outcome) time.Duration {
			return k.urlPassed(a, setup)
		},
		// The failing URL is polled no faster than delay_before_retry (semantics 10.4).
		downPause:   func(c *config.Checker) time.Duration { return max(c.DelayBeforeRetry, c.DelayLoop) },
		start:       nobody,
		lineAtStart: true,
		alike: func(c *config.Checker) {
			http := *c.HTTP
			http.FastRecovery = false
			http.Headers = nil // what is in a file may change
			c.HTTP = &http
		},
	}
}

// urlLookedAt names the URL that is looked at, when there are several.
func (k *check) urlLookedAt() string {
	if len(k.cfg.HTTP.URLs) > 1 && k.url < len(k.cfg.HTTP.URLs) {
		return "url " + k.cfg.HTTP.URLs[k.url].Path + ": "
	}
	return ""
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

// urlPassed takes the success of one URL. The walk over the URLs goes on while up; a
// checker that is down walks all of them again once the failing one passed, and is up
// when the last did (semantics 10.4).
func (k *check) urlPassed(a *pending, setup Setup) time.Duration {
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
	a.log(Info, k.server.service.name, k.kind.success(k))
	k.comeUp(a, setup, false)
	return k.cfg.DelayLoop
}

func (k *check) walkPause() time.Duration {
	if k.cfg.HTTP.FastRecovery {
		return 0
	}
	return k.cfg.DelayLoop
}
