package fleet

import "time"

// A Check is the timers of a checker: delay_loop, connect_timeout, delay_before_retry and retry.
type Check struct {
	Loop, Timeout, Delay time.Duration
	Retries              int
}

// Refused is how long it takes at most until a server is known to be down that refuses connections.
func (c Check) Refused() time.Duration {
	return c.Loop + time.Duration(c.Retries)*c.Delay
}

// Silent is how long it takes at most until one is known to be down that answers nothing.
func (c Check) Silent() time.Duration {
	return c.Refused() + time.Duration(c.Retries+1)*c.Timeout
}

// A Session is between a router and a director: BGP with its keepalive interval and hold time, or BFD with its interval
// and the detection time, that multiplied.
type Session struct {
	Interval, Detection time.Duration
}

// Dead is after how long the router knows that a director fell silent, at least and at most: it counts from the last
// message, which was sent an interval before the end or just then.
func (s Session) Dead() (least, most time.Duration) {
	return s.Detection - s.Interval, s.Detection
}
