//go:build e2e && uml

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// These tests set the clock, so they run in a kernel of their own: go test -exec test/uml/run -tags e2e,uml.

// step moves the time of day; the clock that timers go by goes on.
func step(t *lab.Trial, by time.Duration) {
	t.Helper()
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || !strings.Contains(string(cpu), "User Mode Linux") {
		t.Fatalf("this is not the clock of a guest (%v)", err)
	}
	now := unix.NsecToTimespec(time.Now().Add(by).UnixNano())
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err != nil {
		t.Fatal(err)
	}
}

// steps are what happens to the time of day, one after the other.
var steps = []time.Duration{
	time.Hour, -2 * time.Hour, 10 * 365 * 24 * time.Hour, -20 * 365 * 24 * time.Hour, 10*365*24*time.Hour + time.Hour,
	time.Second, -time.Second, 300 * time.Millisecond, -300 * time.Millisecond,
}

// Whatever becomes of the time of day, a master goes on at its interval, a backup stays one, tracked scripts run as often as
// before, and a master that dies is replaced in time.
func TestAClockThatJumpsIsNoChangeOfMaster(t *testing.T) {
	for _, prio := range []int{200, 50} {
		t.Run(fmt.Sprintf("priority %d", prio), func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) { clockJumps(t, prio) })
		})
	}
}

func clockJumps(t *lab.Trial, prio int) {
	s := newSite(t)
	h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
	const interval = time.Second
	conf := func(prio int) string { return router("V", "eth0", 51, prio, interval.Seconds(), shared+"/32") }
	runs := filepath.Join(h.Dir, "runs")
	script := filepath.Join(h.Dir, "script")
	s.must(os.WriteFile(script, []byte("#!/bin/sh\necho >> "+runs+"\n"), 0o755))
	own := "global_defs {\n script_user root\n}\nvrrp_script chk {\n script " + script + "\n interval 1\n timeout 5\n}\n" +
		strings.Replace(conf(prio), "state BACKUP", "state BACKUP\n track_script {\n  chk\n }", 1)
	var d, peer *lab.Director
	master := peers
	if prio == 200 {
		master = ours
		d = s.start(h, own)
		s.logged(d, 0, "(V) Entering MASTER STATE")
		peer = s.start(other, conf(100))
		s.logged(peer, 0, "(V) Entering BACKUP STATE")
	} else {
		peer = s.start(other, conf(100))
		s.logged(peer, 0, "(V) Entering MASTER STATE")
		d = s.start(h, own)
		s.logged(d, 0, "(V) Entering BACKUP STATE")
	}
	s.heard(master, 2)
	count := func() (adverts, scripts int) {
		text, err := os.ReadFile(runs)
		s.must(err)
		return len(s.wire.Adverts(time.Time{}, func(lab.Advert) bool { return true })), len(text)
	}
	const pause = 3 * time.Second
	for _, by := range steps {
		adverts, scripts := count()
		step(t, by)
		time.Sleep(pause)
		a, r := count()
		if a -= adverts; a < 2 || a > 4 {
			t.Errorf("%d adverts in %v after a step of %v", a, pause, by)
		}
		if r -= scripts; r < 1 || r > 4 {
			t.Errorf("%d runs of the script in %v after a step of %v", r, pause, by)
		}
	}
	for range 40 { // a clock that somebody keeps setting
		step(t, 700*time.Millisecond)
		time.Sleep(50 * time.Millisecond)
		step(t, -700*time.Millisecond)
		time.Sleep(50 * time.Millisecond)
	}
	s.steady(time.Time{}, master, d, peer)
	// The one that is master dies while the clock goes back: the other one does not wait until it has caught up.
	left, dead := peer, d
	if prio != 200 {
		left, dead = d, peer
	}
	mark := left.Proc.LogSize()
	s.must(dead.Proc.KillTree())
	step(t, -24*time.Hour)
	began := time.Now()
	s.logged(left, mark, "(V) Entering MASTER STATE")
	if took := time.Since(began); took > 4*interval+lag {
		t.Errorf("took over after %v", took)
	}
}
