package lvs

import (
	"strings"

	"holdfast/healthcheck/attempt"
)

// smtpAbout is what lines about a mail server begin with.
const smtpAbout = "SMTP_CHECK "

// smtpKind is SMTP_CHECK. 2.2.7 has the same words for an attempt and for the verdict that it comes to, and uses the
// retries of the very first check too (semantics 9.4).
func smtpKind() *kind {
	return &kind{
		subject:     func(k *check) string { return smtpAbout + "on service " + k.server.name + " " },
		success:     func(k *check) string { return "Remote SMTP server " + k.server.name + " succeed on service." },
		failure:     asReported,
		attempt:     asReported,
		successMail: fixed("=> CHECK succeed on service <="),
		failureMail: func(_ *check, o attempt.Outcome) string {
			return "=> CHECK failed on service : " + strings.TrimPrefix(o.Line, smtpAbout) + " <="
		},
		passed:    steady,
		downPause: delayLoop,
		start:     notified,
		oneLine:   true,
		patient:   true,
	}
}
