package vrrp

import (
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// skewTime is how much longer than three intervals a backup of the given
// effective priority waits: (256-prio)/256 of a second in version 2, of the
// master's interval in version 3 (semantics 1.4, RFC 9568 section 6.1).
func skewTime(version int, prio uint8, masterInt time.Duration) time.Duration {
	if version == 2 {
		masterInt = time.Second
	}
	return masterInt * time.Duration(256-int(prio)) / 256
}

// masterDownInterval is how long a backup waits for an advertisement.
func masterDownInterval(version int, prio uint8, masterInt time.Duration, adverts int) time.Duration {
	return time.Duration(adverts)*masterInt + skewTime(version, prio, masterInt)
}

// ownInterval is the advertisement interval of an instance, such that its version
// can carry it (semantics 1.3).
func ownInterval(c *config.Instance) time.Duration {
	const unit3 = 10 * time.Millisecond
	if c.Version == 2 {
		return min(max(c.AdvertInt.Round(time.Second), time.Second), wire.MaxInterval2)
	}
	return min(max(c.AdvertInt.Round(unit3), unit3), wire.MaxInterval3)
}

// downAdverts is down_timer_adverts with its default.
func downAdverts(c *config.Instance) int {
	if c.DownTimerAdverts <= 0 {
		return 3
	}
	return c.DownTimerAdverts
}
