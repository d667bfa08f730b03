package super

import (
	"syscall"
	"testing"
	"time"
)

// Whatever a role process that ends with the daemon does not give back, another one takes away: one that hangs and is
// killed, one that is stopped by a signal, one that dies, and one that has died before and was not started again yet.
func TestWhatAProcessLeavesAtTheStopIsTakenAway_cli4_3(t *testing.T) {
	t.Parallel()
	const conf = "vrrp\nchecker\nwait 1\n"
	for name, c := range map[string]struct {
		conf string
		do   func(t *testing.T, d *daemon)
	}{
		"hangs":      {"vrrp stuck-stop", func(*testing.T, *daemon) {}},
		"dies":       {"vrrp die-stop", func(*testing.T, *daemon) {}},
		"is stopped": {"", func(t *testing.T, d *daemon) { kill(t, d.pid("vrrp.pid"), syscall.SIGSTOP) }},
		"is dead": {"", func(t *testing.T, d *daemon) {
			kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
			d.expect("delayed 0 seconds", "vrrp committed")
			kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
			d.expect("delayed 1 seconds")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startDaemon(t, conf+c.conf)
			d.expect("Startup complete")
			c.do(t, d)
			d.signal(syscall.SIGTERM)
			d.expect("VRRP process has ended before it gave everything back: pid ", "vrrp clears 1", "vrrp gave back", "Stopped")
			d.exit(0)
			d.never("checker clears")
		})
	}
}

// Who gives back what it has leaves nothing, and a role that leaves nothing behind is not asked to take it away.
func TestNothingIsTakenAwayThatWasGivenBack(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nthird\nwait 1\nthird stuck-stop", "SUPER_TEST_THIRD=1")
	d.expect("Startup complete")
	d.signal(syscall.SIGTERM)
	d.expect("Third process did not stop in time", "Stopped")
	d.exit(0)
	d.never("has ended before it gave everything back")
}

// It is tried once, within the time that a stop has, and the daemon ends whatever comes of it.
func TestTakingAwayIsBounded(t *testing.T) {
	t.Parallel()
	for order, say := range map[string]string{
		"stuck-clear": "did not take away all that was left: signal: killed, the next start does",
		"fail-clear":  "Cannot take away all that a process before has left: it is still there",
	} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			d := startDaemon(t, "vrrp\nwait 1\nvrrp die-stop\nvrrp "+order)
			d.expect("Startup complete")
			d.signal(syscall.SIGTERM)
			began := time.Now()
			d.expect("vrrp clears 1", say, "Stopped")
			d.exit(0)
			if took := time.Since(began); took > patience {
				t.Errorf("the stop took %v", took)
			}
		})
	}
}

// A reload that takes a role its work away has taken away what the role has left, dead or alive; one that gives it back has
// it start again.
func TestWhatAProcessLeavesAtAReloadIsTakenAway(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nvrrp die-stop")
	d.expect("Startup complete")
	d.write("checker")
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp clears 0", "Reload complete")
	d.expect("vrrp gave back")
	d.write("vrrp\nchecker\nvrrp tag B")
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed B", "Reload complete")
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

// A daemon that does not start roles again leaves nothing of the one for which it ends.
func TestNoRespawnLeavesNothing(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker", "SUPER_TEST_NORESPAWN=1")
	d.expect("Startup complete")
	kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
	d.expect("died: Exiting", "vrrp clears 1")
	d.exit(0)
}
