package super

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/internal/role"
)

// threads asks the kernel how each thread of a process runs: class and priority, processors.
func threads(t *testing.T, pid int) (all []string) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	for _, dir := range tasks {
		var tid int
		if _, err := fmt.Sscan(filepath.Base(dir), &tid); err != nil {
			t.Fatal(err)
		}
		attr, err := unix.SchedGetAttr(tid, 0)
		var set unix.CPUSet
		if err == nil {
			err = unix.SchedGetaffinity(tid, &set)
		}
		if err == unix.ESRCH { // it has ended since
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		class := map[uint32]string{unix.SCHED_NORMAL: "normal", unix.SCHED_RR: "RR"}[attr.Policy]
		all = append(all, fmt.Sprintf("%s %d on %d", class, attr.Priority, set.Count()))
	}
	return all
}

// every reports whether all threads of a process run in one way.
func every(t *testing.T, pid int, want string) func() bool {
	return func() bool {
		for _, got := range threads(t, pid) {
			if got != want {
				return false
			}
		}
		return true
	}
}

func limits(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, "Max realtime timeout"); ok {
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	t.Fatal("no limit of real-time work")
	return ""
}

func processors(t *testing.T) int {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	return set.Count()
}

// What a reload asks for is there in all threads, and what it no longer asks for is as it was at the start.
func TestSchedulingIsThatOfTheConfiguration_cli4_6(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("vrrp committed A")
	pid, all := d.pid("vrrp.pid"), processors(t)
	free := limits(t, pid)
	for i, c := range []struct{ settings, threads, limit string }{
		{"cpus 0\nrealtime 7\nrttime 600000", "RR 7 on 1", "300000 unlimited us"},
		{"cpus 0\nrealtime 7\nrttime 4000000", "RR 7 on 1", "2000000 unlimited us"},
		{"rttime 600000", fmt.Sprintf("normal 0 on %d", all), free}, // there is no limit without real time
		{"realtime 1", fmt.Sprintf("RR 1 on %d", all), free},
		{"", fmt.Sprintf("normal 0 on %d", all), free},
	} {
		d.write(fmt.Sprintf("vrrp\nvrrp tag %d\n%s", i, c.settings))
		d.signal(syscall.SIGHUP)
		d.expect(fmt.Sprintf("vrrp committed %d", i))
		eventually(t, c.settings+": all threads are "+c.threads, every(t, pid, c.threads))
		if got := limits(t, pid); got != c.limit {
			t.Errorf("%s: limit %s, want %s", c.settings, got, c.limit)
		}
	}
	d.never("Unable")
}

// A program is not for real time, whatever the role is: its own limit would kill it.
func TestAProgramHasNoLimitOfRealTimeWork(t *testing.T) {
	d := &daemon{t: t}
	d.begin("vrrp")
	d.expect("Startup complete")
	out := filepath.Join(d.dir, "out")
	path := script(t, d.dir, "show", "cat /proc/self/limits > "+out+".new; mv "+out+".new "+out+"; sleep 60")
	d.write("vrrp\nvrrp script " + path + "\nrealtime 7\nrttime 600000")
	d.signal(syscall.SIGHUP)
	eventually(t, "the script runs", func() bool { _, err := os.Stat(out); return err == nil })
	b, err := os.ReadFile(out)
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(b)), " "), "Max realtime timeout unlimited unlimited us") {
		t.Errorf("%v\n%s", err, b)
	}
}

// Each timer that is late makes the priority one higher, up to what is allowed; a reload leaves it as far as it
// allows that still.
func TestLateTimersRaiseThePriority(t *testing.T) {
	const all = "vrrp\nvrrp late 20\nautodelay 10000\n"
	d := startDaemon(t, all+"vrrp tag A\nauto 2\nrealtime 1")
	d.expect("vrrp committed A")
	pid, n := d.pid("vrrp.pid"), processors(t)
	has := func(what string) {
		t.Helper()
		eventually(t, what, every(t, pid, fmt.Sprintf("%s on %d", what, n)))
	}
	d.expect("A thread timer expired 0.020000 seconds ago", "Set realtime priority 2")
	has("RR 2")
	reload := func(tag, more string) {
		d.write(all + "vrrp tag " + tag + "\n" + more)
		d.signal(syscall.SIGHUP)
		d.expect("vrrp committed "+tag, "A thread timer expired 0.020000 seconds ago")
	}
	reload("B", "auto 2\nrealtime 1")
	has("RR 2")
	if n := d.count("Set realtime"); n != 1 {
		t.Errorf("raised %d times", n)
	}
	reload("C", "auto 1")
	has("RR 1")
	reload("D", "auto -1")
	has("normal 0")
	reload("E", "auto 2")
	d.expect("Set realtime priority 1")
	has("RR 1")
	// A lateness that does not count is not even a line.
	before := d.count("A thread timer")
	d.write("vrrp\nvrrp late 20\nautodelay 30000\nvrrp tag F\nauto 9")
	d.signal(syscall.SIGHUP)
	d.expect("vrrp committed F", "vrrp was late")
	if n := d.count("A thread timer"); n != before {
		t.Errorf("%d lines about %v", n-before, 20*time.Millisecond)
	}
}

// A process that computes for too long leaves real time for a moment, again and again, and lives.
func TestALimitThatIsExceededKillsNobody(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp burn 400\nrealtime 1\nrttime 20000\nvrrp tag A")
	d.expect("vrrp committed A")
	pid := d.pid("vrrp.pid")
	d.expect("VRRP process has used too much CPU time, vrrp_rlimit_rttime may need to be increased", "vrrp has burnt")
	eventually(t, "it is back in real time", every(t, pid, fmt.Sprintf("RR 1 on %d", processors(t))))
	eventually(t, "the limit is as it was", func() bool { return limits(t, pid) == "10000 unlimited us" })
	if n := d.count("used too much"); n != 1 {
		t.Errorf("%d lines about it", n)
	}
	if !alive(pid) || d.pid("vrrp.pid") != pid {
		t.Error("the process has died of it")
	}
	d.never("Respawning")
}

// Telling never waits, and telling of what does not count costs nothing.
func TestLateNeverWaits(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	s := NewScheduler(role.VRRP(), zap.New(core))
	s.Late(time.Hour) // nobody has said what counts
	s.worth.Store(int64(time.Second))
	if n := testing.AllocsPerRun(100, func() { s.Late(time.Second) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if len(s.late) != 0 {
		t.Error("it is told of a lateness that does not count")
	}
	for range 3 {
		s.Late(time.Hour) // nobody reads
	}
	if len(s.late) != 1 || logs.Len() != 0 {
		t.Errorf("%d waiting, %d lines", len(s.late), logs.Len())
	}
}
