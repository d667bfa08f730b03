package language

import (
	"holdfast/config"
	"strconv"
	"strings"
	"time"
)

// routeMetricRows are the attributes that the kernel uses connections over a route with
// (RTAX_*). Most can be preceded by lock: the kernel must not change them then.
func routeMetricRows() []Keyword {
	// hi is the largest number, and lock tells whether the word may stand before it.
	metric := func(word, help string, p func(*config.RouteMetrics) *config.Metric, hi int64, lock bool) Keyword {
		return row(word,
			metricForm(func(d *routeDraft) *config.Metric { return p(&d.Metrics) }, hi, lock),
			"none", help)
	}
	// hi is in seconds; units is how many of the kernel's units make a millisecond.
	timed := func(word, help string, p func(*config.RouteMetrics) *config.TimeMetric, hi int64,
		units time.Duration) Keyword {
		return row(word, timeForm(func(d *routeDraft) *config.TimeMetric { return p(&d.Metrics) }, hi, units), "none", help)
	}
	return []Keyword{
		metric("mtu", "largest packet on the path",
			func(m *config.RouteMetrics) *config.Metric { return &m.MTU }, maxUint32, true),
		metric("hoplimit", "hop limit of packets",
			func(m *config.RouteMetrics) *config.Metric { return &m.HopLimit }, 255, false),
		metric("advmss", "segment size to offer",
			func(m *config.RouteMetrics) *config.Metric { return &m.AdvMSS }, maxUint32, true),
		timed("rtt", "first guess of the round trip time, 200ms to 960s; a bare number counts eighths of milliseconds",
			func(m *config.RouteMetrics) *config.TimeMetric { return &m.RTT }, 960, 8),
		timed("rttvar", "first guess of the variance of rtt, 200ms to 480s; a bare number counts quarters of milliseconds",
			func(m *config.RouteMetrics) *config.TimeMetric { return &m.RTTVar }, 480, 4),
		timed("rto_min", "shortest time to a retransmission, 200ms to 120s; a bare number counts milliseconds",
			func(m *config.RouteMetrics) *config.TimeMetric { return &m.RTOMin }, 120, 1),
		metric("reordering", "reordering to expect",
			func(m *config.RouteMetrics) *config.Metric { return &m.Reordering }, maxUint32, true),
		metric("window", "largest window to offer",
			func(m *config.RouteMetrics) *config.Metric { return &m.Window }, maxUint32, false),
		metric("cwnd", "largest congestion window",
			func(m *config.RouteMetrics) *config.Metric { return &m.CWnd }, maxUint32, true),
		metric("ssthresh", "first slow start threshold",
			func(m *config.RouteMetrics) *config.Metric { return &m.SSThresh }, maxUint32, true),
		metric("initcwnd", "first congestion window",
			func(m *config.RouteMetrics) *config.Metric { return &m.InitCWnd }, maxUint32, false),
		metric("initrwnd", "first receive window",
			func(m *config.RouteMetrics) *config.Metric { return &m.InitRWnd }, maxUint32, false),
		row("features",
			custom("ecn", 1, setFeatures),
			"none", "features of the path",
			shows(func(d *routeDraft) []writing { return onlyIf(d.Metrics.ECN, "ecn") })),
		metric("quickack", "acknowledge at once",
			func(m *config.RouteMetrics) *config.Metric { return &m.QuickAck }, 1, false),
		row("congctl", congestionControl(), "none", "congestion control"),
		metric("fastopen_no_cookie", "TCP fast open without cookie",
			func(m *config.RouteMetrics) *config.Metric { return &m.FastOpenNoCookie }, 1, false),
	}
}

// metricForm takes a number up to hi, perhaps after lock.
func metricForm(p func(*routeDraft) *config.Metric, hi int64, lock bool) Keyword {
	args := rangeText("N", 0, hi)
	if lock {
		args = "[lock] " + args
	}
	k := custom(args, 1, func(s *stmt, d *routeDraft) bool {
		m := config.Metric{Set: true}
		//	mtu lock 1400
		// keeps path MTU discovery from changing it.
		if m.Lock = lock && s.word(0) == "lock"; m.Lock && !s.more() {
			return false
		}
		// The last word taken: the second, if more has taken `lock` for one.
		n, ok := s.integer(s.taken-1, 0, hi, false)
		m.Value = uint32(n)
		if ok {
			*p(d) = m
		}
		return ok
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		m := *p(d)
		return onlyIf(m.Set, locked(m.Lock, strconv.FormatUint(uint64(m.Value), 10))...)
	})
	return k
}

// locked puts the word before a value that has it.
func locked(lock bool, value string) []string {
	if lock {
		return []string{"lock", value}
	}
	return []string{value}
}

// leastTime is the shortest time that 2.2.7 gives a route.
const leastTime = 200 * time.Millisecond

// timeForm takes a time up to hi seconds, as in 5s or 300ms. A bare number is the kernel's, of which units are a
// millisecond.
func timeForm(p func(*routeDraft) *config.TimeMetric, hi int64, units time.Duration) Keyword {
	k := custom("[lock] TIME", 1, func(s *stmt, d *routeDraft) bool {
		m := config.TimeMetric{Set: true}
		if m.Lock = s.word(0) == "lock"; m.Lock && !s.more() {
			return false
		}
		n, ok := s.millis(s.taken-1, hi*1000)
		// `ms` and `s` both end with s. A number without a unit is in the kernel's units.
		if m.Time = time.Duration(n) * time.Millisecond; !strings.HasSuffix(s.word(s.taken-1), "s") {
			m.Time /= units
		}
		// Raised and not refused: no time of a route is shorter (semantics 3.16).
		if ok && m.Time < leastTime {
			s.mutedf(s.at(s.taken-1), "time-too-short",
				"%s: %s value %s below minimum 200ms, resetting; write 200ms or more, with its unit",
				s.title(), s.keywordName(), s.word(s.taken-1))
			m.Time = leastTime
		}
		if ok {
			*p(d) = m
		}
		return ok
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		m := *p(d)
		value := strconv.FormatInt(m.Time.Milliseconds(), 10) + "ms"
		// What is no whole number of milliseconds can only be said in the kernel's units.
		if m.Time%time.Millisecond != 0 {
			value = strconv.FormatInt(int64(m.Time*units/time.Millisecond), 10)
		}
		return onlyIf(m.Set, locked(m.Lock, value)...)
	})
	return k
}

// millis reads a time of a route in milliseconds.
func (s *stmt) millis(i int, most int64) (int64, bool) {
	word, places := s.word(i), 0
	//	rtt 200, rtt 200ms and rtt 0.2s
	// are the same. Only seconds may have a fraction.
	number, isMillis := strings.CutSuffix(word, "ms")
	if !isMillis {
		if seconds, ok := strings.CutSuffix(word, "s"); ok {
			number, places = seconds, 3
		}
	}
	// parseMicros makes millionths of whatever it reads; divided again, seconds come out as
	// milliseconds, and milliseconds as what they were.
	n, long, ok := parseMicros(number, places)
	scale := int64(microsPerSecond)
	if places == 3 {
		scale = 1000
	}
	switch n /= scale; {
	case !ok:
		s.errorf(s.at(i), "invalid-number",
			"%s: invalid time %s - the route is ignored; write milliseconds, or seconds as in 0.2s", s.title(), word)
	case n < 0 || n > most:
		s.errorf(s.at(i), "number-out-of-range",
			"%s: time %s is outside range [0, %d] milliseconds - the route is ignored", s.title(), word, most)
	default:
		if long {
			s.warnf(s.at(i), "number-rounded",
				"%s: number '%s' has too many decimal places, rounded to %d milliseconds", s.title(), word, n)
		}
		return n, true
	}
	return 0, false
}

// setFeatures takes `features ecn`.
func setFeatures(s *stmt, d *routeDraft) bool {
	// The kernel knows one feature that can be asked for; another word costs itself, and the route counts.
	if s.word(0) != "ecn" {
		s.errorf(s.at(0), "unknown-value", "feature %s not supported - ignored; write ecn", s.word(0))
		return true
	}
	d.Metrics.ECN = true
	return true
}

// congestionControl takes `congctl [lock] NAME`.
func congestionControl() Keyword {
	k := custom("[lock] NAME", 1, func(s *stmt, d *routeDraft) bool {
		m := &d.Metrics
		if m.CongCtlLock = s.word(0) == "lock"; m.CongCtlLock && !s.more() {
			return false
		}
		// Not looked up: which of them there are is known to the kernel when the route is set.
		m.CongCtl = s.word(s.taken - 1)
		return true
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		return onlyIf(d.Metrics.CongCtl != "", locked(d.Metrics.CongCtlLock, quoted(d.Metrics.CongCtl))...)
	})
	return k
}
