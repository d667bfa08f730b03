package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A timeline prints the play for people: a heading a step, a line an observation.
type timeline struct {
	out    io.Writer
	start  time.Time
	steps  int
	checks int
	notes  []string
}

func newTimeline(out io.Writer, start time.Time) *timeline {
	return &timeline{out: out, start: start}
}

func (t *timeline) line(mark, format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	for i, l := range strings.Split(text, "\n") {
		if i == 0 {
			fmt.Fprintf(t.out, "%7.2f s  %-4s %s\n", time.Since(t.start).Seconds(), mark, l)
			continue
		}
		fmt.Fprintf(t.out, "%16s%s\n", "", l)
	}
}

// heading opens a step.
func (t *timeline) heading(name string) {
	t.steps++
	fmt.Fprintf(t.out, "\n%2d. %s\n", t.steps, name)
}

// say tells what is done.
func (t *timeline) say(format string, args ...any) { t.line("", format, args...) }

// held tells of a check that held.
func (t *timeline) held(format string, args ...any) {
	t.checks++
	t.line("ok", format, args...)
}

// failed tells of a step that did not hold.
func (t *timeline) failed(err error) { t.line("FAIL", "%v", err) }

// skipped tells what is not asked of this program; it is repeated at the end.
func (t *timeline) skipped(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
	t.line("not", format, args...)
}

func (t *timeline) summary(err error) {
	fmt.Fprintln(t.out)
	for _, n := range t.notes {
		fmt.Fprintln(t.out, "not asked:", n)
	}
	took := time.Since(t.start).Seconds()
	if err != nil {
		fmt.Fprintf(t.out, "FAILED: of %d steps with %d checks, these did not hold (%.0f s):\n%s\n", t.steps, t.checks,
			took, brief(err))
		return
	}
	fmt.Fprintf(t.out, "All %d steps held, %d checks, %.0f s.\n", t.steps, t.checks, took)
}

// briefLines is how many lines of each failure the summary repeats.
const briefLines = 3

// brief is the first lines of each failure; all of them stand where they happened.
func brief(err error) string {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var b strings.Builder
	for _, err := range list {
		lines := strings.Split(err.Error(), "\n")
		if len(lines) > briefLines {
			lines = append(lines[:briefLines], "...")
		}
		fmt.Fprintln(&b, strings.Join(lines, "\n    "))
	}
	return strings.TrimRight(b.String(), "\n")
}

// ms prints a duration in the way people compare them.
func ms(d time.Duration) string {
	if d.Abs() < 10*time.Second {
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
