package lvs

import "holdfast/healthcheck/attempt"

// pingKind is PING_CHECK. 2.2.7 names the service as well when there were retries.
func pingKind() *kind {
	k := question("ICMP CHECK", "ICMP")
	k.failure = func(k *check, o attempt.Outcome) string {
		of, n := "", k.retried()
		if n > 0 {
			of = "of " + k.server.service.name + " "
		}
		return k.kind.subject(k) + of + "failed" + afterRetries(n) + k.because(o.Reason) + "."
	}
	return k
}
