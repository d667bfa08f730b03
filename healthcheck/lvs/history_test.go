package lvs

import (
	"strings"
	"testing"
	"time"

	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// The status of a checker has why its attempts fail, since when and how many in a row, over
// a reload too; a success ends the row and leaves what the last failure was.
func TestHistory(t *testing.T) {
	conf := parseConf(t, []string{"vs 10.0.0.1:80", "rs 10.1.0.1:80", "http /a /b retry=0"})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := New(1)
	c.Configure(now, conf)
	history := func() History {
		s, ok := c.Status(c.Services()[0])
		if !ok {
			t.Fatal("no service")
		}
		return s.Servers[0].Checkers[0].History
	}
	try := func(o attempt.Outcome) (lines []string) {
		next, _ := c.Next()
		now = next
		for _, p := range c.Expire(now).Probe {
			for _, l := range c.Observe(now, p.ID, o).Log {
				if l.Level == Error {
					lines = append(lines, l.Text)
				}
			}
		}
		return lines
	}
	try(attempt.Outcome{Verdict: attempt.Passed})
	if h := history(); h != (History{}) {
		t.Errorf("after a success: %+v", h)
	}
	refused, missing := reason.Reason{Code: reason.Refused}, reason.Reason{Code: reason.Status, Number: 404, Want: "200"}
	try(attempt.Outcome{Reason: refused})
	since := now
	c.Configure(now, parseConf(t, []string{"vs 10.0.0.1:80", "rs 10.1.0.1:80", "http /a /b retry=0"}))
	try(attempt.Outcome{Reason: missing})
	if h, want := history(), (History{Last: missing, At: now, Since: since, Failures: 2, URL: 1}); h != want {
		t.Errorf("after two failures %+v, want %+v", h, want)
	}
	local := attempt.Outcome{
		Verdict: attempt.Local,
		Line:    "WEB socket bind failed. Rescheduling",
		Reason:  reason.Reason{Code: reason.NotTried, Errno: 24, Text: "socket: too many open files"},
	}
	var said []int
	for i := range 30 {
		if lines := try(local); len(lines) > 0 {
			said = append(said, i+1)
			if !strings.Contains(lines[0], "(socket: too many open files): the server stays down") {
				t.Error(lines)
			}
		}
	}
	if want := []int{3, 6, 12, 24}; len(said) != len(want) || said[0] != 3 || said[3] != 24 {
		t.Errorf("an error after %v attempts that could not be made, want %v", said, want)
	}
	if h := history(); h.Failures != 2 || h.Undone != 30 || h.UndoneWhy != local.Reason {
		t.Errorf("after attempts that could not be made: %+v", h)
	}
	failedAt := history().At
	try(attempt.Outcome{Verdict: attempt.Passed})
	if h, want := history(), (History{Last: missing, At: failedAt, Since: since, URL: 1, UndoneWhy: local.Reason}); h != want {
		t.Errorf("after a success %+v, want %+v", h, want)
	}
}
