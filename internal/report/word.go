package report

import (
	"strconv"
	"time"
)

// Word is one of two words for a switch.
func Word(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

// Bit is 1 or 0 for a switch.
func Bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

// Seconds is a duration as a number of seconds without trailing zeros.
func Seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
