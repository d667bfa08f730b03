package lvs

import (
	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// bfdKind is BFD_CHECK: a server is up while a BFD session is (semantics 10.14).
func bfdKind() *kind {
	subject := func(k *check) string { return "BFD check of [" + k.cfg.BFD + "] RS(" + k.server.name + ") " }
	mail := func(k *check, how string) string { return "=> BFD CHECK " + k.cfg.BFD + " " + how + " on service <=" }
	return &kind{
		subject:     subject,
		success:     func(k *check) string { return subject(k) + "is UP" },
		failure:     func(k *check, _ attempt.Outcome) string { return subject(k) + "is DOWN" },
		attempt:     asReported,
		successMail: func(k *check) string { return mail(k, "succeeded") },
		failureMail: func(k *check, _ attempt.Outcome) string { return mail(k, "failed") },
		passed:      steady,
		downPause:   delayLoop,
		start:       notified,
		follows:     func(c *config.Checker) string { return c.BFD },
	}
}
