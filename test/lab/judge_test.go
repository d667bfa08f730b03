package lab

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A court stands for the test that Judge reports to.
type court struct {
	testing.TB
	logs, errs []string
	deadline   time.Time // of all tests, zero for none
}

func (c *court) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

func (c *court) Helper()                   {}
func (c *court) Log(args ...any)           { c.logs = append(c.logs, fmt.Sprint(args...)) }
func (c *court) Logf(f string, a ...any)   { c.logs = append(c.logs, fmt.Sprintf(f, a...)) }
func (c *court) Errorf(f string, a ...any) { c.errs = append(c.errs, fmt.Sprintf(f, a...)) }

func quiet(time.Time) string { return "" }
func noisy(time.Time) string { return "this machine slept" }

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		busy   func(time.Time) string
		fails  int // attempts that fail
		log    string
		tried  int
		failed string // the beginning of what the test says
	}{
		"passes":                   {busy: noisy, tried: 1},
		"fails":                    {busy: quiet, fails: 1, tried: 1, failed: "judge_test.go:"},
		"a stall":                  {busy: noisy, fails: 2, tried: 3},
		"always busy":              {busy: noisy, fails: 9, tried: attempts, failed: "could not be judged: this machine slept; tried 4 times"},
		"a daemon that is late":    {busy: quiet, fails: 1, log: "(VI_1) timer woke up 213ms late, more than", tried: 2},
		"a daemon that stays late": {busy: quiet, fails: 9, log: "timer woke up 213ms late", tried: attempts, failed: "judge_test.go:"},
	} {
		t.Run(name, func(t *testing.T) {
			to, tried := &court{TB: t}, 0
			judge(to, c.busy, func(t *Trial) {
				tried++
				t.Witness(func() string { return "first\n" + c.log + "\nlast\n" })
				t.Log("about to try")
				if tried <= c.fails {
					t.Fatalf("wrong the %d. time", tried)
				}
			})
			if tried != c.tried {
				t.Errorf("tried %d times, want %d", tried, c.tried)
			}
			got := strings.Join(to.errs, "")
			if c.failed == "" && got != "" || !strings.HasPrefix(got, c.failed) ||
				c.failed != "" && !strings.Contains(got, fmt.Sprintf("wrong the %d. time", tried)) {
				t.Errorf("%q, want %q", got, c.failed)
			}
			if first, _, _ := strings.Cut(got, "about to try"); c.failed != "" && !strings.Contains(first, "wrong") {
				t.Errorf("what failed does not stand first: %q", got)
			}
		})
	}
}

// What the attempt itself knows of the machine counts as much.
func TestTrialThatKnowsOfABusyMachine(t *testing.T) {
	to, tried := &court{TB: t}, 0
	judge(to, quiet, func(t *Trial) {
		if tried++; tried < 3 {
			t.Busy("the guest slept")
		}
		t.Error("wrong")
	})
	if tried != 3 || strings.Contains(strings.Join(to.errs, ""), unjudged) {
		t.Errorf("tried %d times, said %q", tried, to.errs)
	}
	judge(to, quiet, func(t *Trial) {
		t.Busy("the guest slept")
		t.Error("wrong")
	})
	if got := to.errs[len(to.errs)-1]; !strings.HasPrefix(got, "could not be judged: the guest slept") {
		t.Errorf("%q", got)
	}
}

// The time limit of all tests is not used up by the attempts at one.
func TestNoAttemptWithoutTime(t *testing.T) {
	for left, want := range map[time.Duration]int{time.Hour: attempts, 40 * time.Millisecond: 1, -time.Second: 1} {
		to, tried := &court{TB: t, deadline: time.Now().Add(left)}, 0
		judge(to, noisy, func(t *Trial) {
			tried++
			time.Sleep(40 * time.Millisecond)
			t.Error("wrong")
		})
		if tried != want || !strings.HasPrefix(strings.Join(to.errs, ""), unjudged) {
			t.Errorf("%v before the end: tried %d times, want %d; said %q", left, tried, want, to.errs)
		}
	}
}

// Every attempt is undone before the next one, the last thing first, whatever ends it.
func TestTrialsAreUndone(t *testing.T) {
	var did []string
	judge(&court{TB: t}, noisy, func(t *Trial) {
		did = append(did, "do")
		t.Cleanup(func() { did = append(did, "first") })
		t.Cleanup(func() { t.FailNow() })
		t.Cleanup(func() { did = append(did, fmt.Sprint(t.Failed())) })
		t.FailNow()
	})
	if got, want := strings.Join(did, " "), strings.TrimSpace(strings.Repeat("do true first ", attempts)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestMetronomeKnowsABusyMachine(t *testing.T) {
	at := time.Unix(1000, 0)
	ms := func(n int) time.Time { return at.Add(time.Duration(n) * time.Millisecond) }
	beats := func(late time.Duration, when ...int) (out []stall) {
		for _, w := range when {
			out = append(out, stall{at: ms(w), late: late * time.Millisecond})
		}
		return out
	}
	for name, c := range map[string]struct {
		m    *Metronome
		want string
	}{
		"quiet":                {&Metronome{stalls: beats(9, 100, 900, 5000)}, ""},
		"a stall":              {&Metronome{stalls: beats(61, 100)}, "let nobody run for 61ms"},
		"a stall before":       {&Metronome{stalls: beats(61, -5)}, ""},
		"many in a second":     {&Metronome{stalls: beats(30, -100, 100, 300, 600, 900)}, "waiting for 120ms of a second"},
		"many in more seconds": {&Metronome{stalls: beats(30, -200, -100, 100, 600, 900, 1700, 2000)}, ""},
		"pressure":             {&Metronome{pressure: []pressure{{ms(-500), 0}, {ms(0), 9e8}, {ms(500), 10e8}, {ms(1000), 12e8}}}, "for 400ms of a second"},
		"pressure before":      {&Metronome{pressure: []pressure{{ms(-500), 0}, {ms(0), 9e8}, {ms(500), 10e8}}}, ""},
	} {
		if got := c.m.busy(at); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
