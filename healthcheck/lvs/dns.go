package lvs

import "holdfast/healthcheck/attempt"

// dnsKind is DNS_CHECK. Its words say why it failed, so there is no reason behind them, and a success has no line.
func dnsKind() *kind {
	return &kind{
		subject: func(k *check) string { return "DNS_CHECK (" + k.server.name + ") " },
		success: func(*check) string { return "" },
		failure: func(k *check, o attempt.Outcome) string { return o.Line + afterRetries(k.retried()) },
		attempt: func(_ *check, o attempt.Outcome) string { return o.Line },

		successMail: fixed("=> DNS_CHECK: succeed on service <="),
		failureMail: always("=> DNS_CHECK: failed on service <="),
		passed:      steady,
		downPause:   delayLoop,
		start:       notified,
		oneLine:     true,
	}
}
