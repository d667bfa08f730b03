package lvs

import "holdfast/healthcheck/attempt"

// tcpKind is TCP_CHECK.
func tcpKind() *kind { return question("TCP_CHECK", "TCP") }

// question is a kind that asks one question and has one answer: name is what its lines begin
// with, medium what keepalived says that it went over.
func question(name, medium string) *kind {
	subject := func(k *check) string { return name + " on service " + k.server.name + " " }
	return &kind{
		subject: subject,
		success: func(k *check) string { return medium + " connection to " + k.server.name + " success." },
		failure: func(k *check, o attempt.Outcome) string {
			return subject(k) + "failed" + afterRetries(k.retried()) + k.because(o.Reason) + "."
		},
		attempt:     asReported,
		successMail: fixed("=> " + medium + " CHECK succeed on service <="),
		failureMail: always("=> " + medium + " CHECK failed on service <="),
		passed:      steady,
		downPause:   delayLoop,
		start:       notified,
	}
}

// retried is how many retries came before a verdict of failure: the first attempt of all has
// none.
func (k *check) retried() int {
	if !k.ran && !k.patient {
		return 0
	}
	return k.cfg.Retry
}
