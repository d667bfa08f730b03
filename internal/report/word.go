package report

import (
	"fmt"
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

// YesNo is yes or no.
func YesNo(on bool) string { return Word(on, "yes", "no") }

// OnOff is ON or OFF.
func OnOff(on bool) string { return Word(on, "ON", "OFF") }

// Enabled is enabled or disabled.
func Enabled(on bool) string { return Word(on, "enabled", "disabled") }

// Set is set or unset.
func Set(on bool) string { return Word(on, "set", "unset") }

// Bit is 1 or 0 for a switch.
func Bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

// Seconds is a duration as a number of seconds without trailing zeros.
func Seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// Whole is a duration in whole seconds.
func Whole(d time.Duration) int64 { return int64(d / time.Second) }

// Time is a moment as seconds since 1970 and, for people, in words.
func Time(t time.Time) string {
	return Stamp(t) + " (" + t.Format("Mon Jan _2 15:04:05.000000 2006") + ")"
}

// Moment is as Time, but with the fraction of the second behind the year: some of keepalived's lines
// have it there.
func Moment(t time.Time) string {
	return fmt.Sprintf("%s (%s.%06d)", Stamp(t), Date(t), t.Nanosecond()/1000)
}

// Stamp is a moment as seconds since 1970, to the microsecond.
func Stamp(t time.Time) string { return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000) }

// Date is a moment to the second, as lines of ours have it.
func Date(t time.Time) string { return t.Format(time.ANSIC) }
