package lab

import (
	"fmt"
	"time"
)

// pollInterval bounds how late Eventually notices; what needs better is read
// from the kernel's time stamps.
const pollInterval = 5 * time.Millisecond

// Eventually polls cond until it holds or limit has passed; then the error names
// what was waited for and the last state cond described.
func Eventually(limit time.Duration, what string, cond func() (ok bool, state string)) error {
	deadline := time.Now().Add(limit)
	for {
		ok, state := cond()
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v for %s; at the end: %s", limit, what, state)
		}
		time.Sleep(pollInterval)
	}
}

// Throughout polls cond for the whole span and fails as soon as it does not hold.
func Throughout(span time.Duration, what string, cond func() (ok bool, state string)) error {
	start := time.Now()
	for time.Since(start) < span {
		if ok, state := cond(); !ok {
			return fmt.Errorf("%s did not hold, %v into %v: %s", what, time.Since(start).Round(time.Millisecond), span,
				state)
		}
		time.Sleep(pollInterval)
	}
	return nil
}
