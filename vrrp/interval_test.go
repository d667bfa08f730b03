package vrrp

import (
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
)

func TestSemantics1_4_Arithmetic(t *testing.T) {
	conformance.Shows(t, "R22", "R23", "V4")
	conformance.Refuses(t, "V4")
	const ms, us = time.Millisecond, time.Microsecond
	for _, tc := range []struct {
		version  int
		prio     uint8
		interval time.Duration
		adverts  int
		skew     time.Duration
		down     time.Duration
	}{
		{2, 100, time.Second, 3, 609375 * us, 3609375 * us},
		{2, 255, time.Second, 3, 3906250 * time.Nanosecond, 3003906250 * time.Nanosecond},
		{2, 1, time.Second, 3, 996093750 * time.Nanosecond, 3996093750 * time.Nanosecond},
		{2, 100, 5 * time.Second, 3, 609375 * us, 15609375 * us}, // the skew is of a second, not of the interval
		{2, 150, 2 * time.Second, 3, 414062500 * time.Nanosecond, 6414062500 * time.Nanosecond},
		{2, 100, time.Second, 5, 609375 * us, 5609375 * us},
		{3, 100, time.Second, 3, 609375 * us, 3609375 * us},
		{3, 120, 2 * time.Second, 3, 1062500 * us, 7062500 * us},
		{3, 254, 10 * ms, 3, 78125 * time.Nanosecond, 30078125 * time.Nanosecond},
		{3, 100, 100 * ms, 3, 60937500 * time.Nanosecond, 360937500 * time.Nanosecond},
		{3, 1, 40950 * ms, 3, 40790039062 * time.Nanosecond, 163640039062 * time.Nanosecond},
		{3, 100, 10 * ms, 1, 6093750 * time.Nanosecond, 16093750 * time.Nanosecond},
	} {
		if got := skewTime(tc.version, tc.prio, tc.interval); got != tc.skew {
			t.Errorf("skew of version %d, priority %d, %s: %s, want %s", tc.version, tc.prio, tc.interval, got, tc.skew)
		}
		if got := masterDownInterval(tc.version, tc.prio, tc.interval, tc.adverts); got != tc.down {
			t.Errorf("master down interval of version %d, priority %d, %s x %d: %s, want %s", tc.version, tc.prio, tc.interval, tc.adverts, got, tc.down)
		}
	}
}

func TestSemantics1_3_OwnInterval(t *testing.T) {
	for _, tc := range []struct {
		version   int
		cfg, want time.Duration
	}{
		{2, time.Second, time.Second},
		{2, 0, time.Second},
		{2, 100 * time.Millisecond, time.Second},
		{2, 1400 * time.Millisecond, time.Second},
		{2, 1500 * time.Millisecond, 2 * time.Second},
		{2, 300 * time.Second, 255 * time.Second},
		{3, 0, 10 * time.Millisecond},
		{3, 14 * time.Millisecond, 10 * time.Millisecond},
		{3, 15 * time.Millisecond, 20 * time.Millisecond},
		{3, 41 * time.Second, 40950 * time.Millisecond},
	} {
		if got := ownInterval(&config.Instance{Version: tc.version, AdvertInt: tc.cfg}); got != tc.want {
			t.Errorf("version %d, advert_int %s: %s, want %s", tc.version, tc.cfg, got, tc.want)
		}
	}
}
