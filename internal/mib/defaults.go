package mib

import (
	"time"

	"holdfast/config"
	"holdfast/internal/agentx"
)

// This file is what virtual and real servers say for checkers, which show it alike: a real server what its virtual
// server says where it says nothing. Times have a column of seconds and one of microseconds.

// What holds where nothing is said; of retries, pauses and warm-up that is up to the kind of a checker, and 0 is shown.
const (
	defaultDelayLoop      = time.Minute
	defaultConnectTimeout = 5 * time.Second
)

// defaultsOf are what the first of some says, and else the next.
func defaultsOf(all ...*config.CheckDefaults) (d config.CheckDefaults) {
	for _, of := range all {
		if of == nil {
			continue
		}
		take(&d.DelayLoop, of.DelayLoop)
		take(&d.DelayBeforeRetry, of.DelayBeforeRetry)
		take(&d.Warmup, of.Warmup)
		take(&d.ConnectTimeout, of.ConnectTimeout)
		take(&d.Retry, of.Retry)
	}
	return d
}

// take gives to what from says, unless something is said there.
func take[T any](to **T, from *T) {
	if *to == nil {
		*to = from
	}
}

// valueOr is what is said, or something else.
func valueOr[T any](of *T, or T) T {
	if of == nil {
		return or
	}
	return *of
}

// A defaultNumber is where one of them is shown: in seconds, 0 for nowhere, and in microseconds.
type defaultNumber struct{ seconds, micros uint32 }

// defaultColumns are the columns of all of them; none of what has none, as a sorry server, is 0.
func defaultColumns[R any](of func(*R) (d config.CheckDefaults, none bool), retry uint32,
	delayLoop, pause, warmup, connect defaultNumber,
) []column[R] {
	columns := []column[R]{{retry, func(r *R) agentx.Value {
		d, _ := of(r)
		return agentx.Gauge(valueOr(d.Retry, 0))
	}}}
	add := func(n defaultNumber, or time.Duration, pick func(*config.CheckDefaults) *time.Duration) {
		shown := func(unit time.Duration) func(*R) agentx.Value {
			return func(r *R) agentx.Value {
				d, none := of(r)
				if none {
					return agentx.Gauge(0)
				}
				return agentx.Gauge(uint32(valueOr(pick(&d), or) / unit))
			}
		}
		if n.seconds != 0 {
			columns = append(columns, column[R]{n.seconds, shown(time.Second)})
		}
		columns = append(columns, column[R]{n.micros, shown(time.Microsecond)})
	}
	add(delayLoop, defaultDelayLoop, func(d *config.CheckDefaults) *time.Duration { return d.DelayLoop })
	add(pause, 0, func(d *config.CheckDefaults) *time.Duration { return d.DelayBeforeRetry })
	add(warmup, 0, func(d *config.CheckDefaults) *time.Duration { return d.Warmup })
	add(connect, defaultConnectTimeout, func(d *config.CheckDefaults) *time.Duration { return d.ConnectTimeout })
	return columns
}

// serviceDefaults are the columns of virtual servers.
func serviceDefaults() []serviceColumn {
	own := func(s *service) config.CheckDefaults {
		if s.Defaults == nil {
			return config.CheckDefaults{}
		}
		return *s.Defaults
	}
	return append(defaultColumns(func(s *service) (config.CheckDefaults, bool) { return own(s), false }, 57,
		defaultNumber{16, 64}, defaultNumber{58, 65}, defaultNumber{59, 66}, defaultNumber{0, 67}),
		serviceColumn{12, func(s *service) agentx.Value { return text(own(s).Host) }},
		serviceColumn{56, func(s *service) agentx.Value { return either(own(s).InhibitOnFailure, 2, 1) }},
		serviceColumn{60, func(s *service) agentx.Value { return agentx.Int(max(own(s).Weight, 1)) }})
}

// serverDefaults are the columns of real servers.
func serverDefaults() []column[server] {
	return append(defaultColumns(func(r *server) (config.CheckDefaults, bool) {
		if r.sorry {
			return config.CheckDefaults{}, true
		}
		return defaultsOf(r.Defaults, r.of.Defaults), false
	}, 43, defaultNumber{46, 50}, defaultNumber{44, 48}, defaultNumber{45, 49}, defaultNumber{0, 51}),
		column[server]{41, func(r *server) agentx.Value {
			if r.Defaults == nil {
				return agentx.Value{}
			}
			return text(r.Defaults.Host)
		}})
}
