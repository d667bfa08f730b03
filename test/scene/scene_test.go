package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func example(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../examples/lvs-dr-pair/director1.conf")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestForVersion(t *testing.T) {
	text := example(t)
	if got, err := forVersion(text, 2); got != text || err != nil {
		t.Errorf("version 2 is not the example as it is: %v", err)
	}
	got, err := forVersion(text, 3)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "auth") || strings.Count(got, "version 3") != 1 ||
		strings.Count(got, "{") != strings.Count(got, "}") {
		t.Errorf("version 3:\n%s", got)
	}
	if _, err := forVersion("vrrp_instance x {\n}\n", 3); err == nil {
		t.Error("nothing to replace and no error")
	}
}

func TestWithHTTPGet(t *testing.T) {
	got := withHTTPGet(example(t), "path /one", "path /two")
	if strings.Contains(got, "TCP_CHECK") || strings.Count(got, "HTTP_GET") != 2 ||
		strings.Count(got, "{") != strings.Count(got, "}") ||
		strings.Index(got, "path /one") > strings.Index(got, "path /two") || !strings.Contains(got, "path /two") {
		t.Errorf("%s", got)
	}
}

// TestExamplesDiffer: the two directors agree in all but who they are.
func TestExamplesDiffer(t *testing.T) {
	two, err := os.ReadFile("../../examples/lvs-dr-pair/director2.conf")
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(example(t), "\n"), strings.Split(string(two), "\n")
	if len(a) != len(b) {
		t.Fatalf("%d and %d lines", len(a), len(b))
	}
	for i := range a {
		if a[i] == b[i] || strings.HasPrefix(a[i], "!") {
			continue
		}
		word := strings.Fields(a[i])[0]
		if !slices.Contains([]string{"router_id", "state", "priority"}, word) {
			t.Errorf("line %d: %q and %q", i+1, a[i], b[i])
		}
	}
}

func TestWantTable(t *testing.T) {
	got := strings.Join(wantTable("-p 5", "web2", "web1"), "\n")
	want := `-A -t 192.168.1.150:80 -s rr -p 5
-a -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1
-a -t 192.168.1.150:80 -r 192.168.1.172:80 -g -w 1`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestUndoubled(t *testing.T) {
	full := wantTable("", "web1", "web2")
	if !undoubled(full) || !undoubled(nil) {
		t.Error("a plain table counts as doubled")
	}
	for _, extra := range []string{
		"-A -t 192.168.1.150:80 -s wlc",
		"-a -t 192.168.1.150:80 -r 192.168.1.171:80 -m -w 7",
	} {
		if undoubled(append(slices.Clone(full), extra)) {
			t.Errorf("%q is not noticed", extra)
		}
	}
}

func TestOutageAndFailures(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	bad := errors.New("refused")
	visits := []visit{
		{at: at(0), ended: at(10)},
		{at: at(50), ended: at(60), err: bad},
		{at: at(100), ended: at(110), err: bad},
		{at: at(300), ended: at(310)},
		{at: at(350), ended: at(360)},
	}
	if longest, failed := outage(visits); longest != 300*time.Millisecond || failed != 2 {
		t.Errorf("outage %v, %d failed", longest, failed)
	}
	if n := len(failuresAfter(visits, at(60))); n != 1 {
		t.Errorf("%d failures after 60 ms", n)
	}
	if n := len(failuresAfter(visits, at(100))); n != 0 {
		t.Errorf("%d failures after 100 ms", n)
	}
}

func TestPositionMatchesDiagnostics(t *testing.T) {
	for line, want := range map[string]bool{
		"Mon: /x/director1/keepalived.conf:12:5: error: unknown scheduler rrr": true,
		"Mon: /x/director1/keepalived.conf:12: error: unknown scheduler":       false,
		"Mon: /x/director1/keepalived.conf:12:5: warning: something":           false,
	} {
		if got := position.MatchString(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestSteps(t *testing.T) {
	all, err := steps("")
	if err != nil || len(all) != len(script()) {
		t.Errorf("%d steps, %v", len(all), err)
	}
	some, err := steps("sorry")
	if err != nil || len(some) != 2 || !some[0].vital {
		t.Errorf("%d steps, %v", len(some), err)
	}
	if _, err := steps("("); err == nil {
		t.Error("a broken expression is taken")
	}
}

func TestTimelineAlignsAndCounts(t *testing.T) {
	var b strings.Builder
	tl := newTimeline(&b, time.Now())
	tl.heading("First")
	tl.held("one\ntwo")
	tl.skipped("that")
	tl.summary(nil)
	for _, want := range []string{" 1. First\n", "ok   one\n                two\n", "not asked: that\n", "All 1 steps held, 1 checks"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	tl.summary(errors.New("broken"))
	if !strings.Contains(b.String(), "FAILED") || !strings.Contains(b.String(), "broken") {
		t.Errorf("%s", b.String())
	}
	b.Reset()
	tl.summary(errors.Join(errors.New("one: "+strings.Repeat("line\n", 300)), errors.New("two: 3918 ms, allowed are 3905 ms"), errBusy))
	for _, want := range []string{"one: line\n", "...\ntwo: 3918 ms, allowed are 3905 ms\nbut this machine was too busy"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
