package super

import (
	"os"
	"syscall"
	"testing"
)

func TestReloadCommitsInBothRoles(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
	d.expect("Startup complete")
	vrrp, checker := d.pid("vrrp.pid"), d.pid("checkers.pid")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker tag B\nnote look here")
	d.signal(syscall.SIGHUP)
	d.expect("Reloading ...", "conf:5:1: warning: look here (included from main.conf:9:1)")
	d.expectAll("vrrp prepared", "vrrp committed B", "checker prepared", "checker committed B", "Reload complete")
	if d.pid("vrrp.pid") != vrrp || d.pid("checkers.pid") != checker {
		t.Error("a reload changed the processes")
	}
}

func TestReloadRefusedByOneRoleChangesNothing(t *testing.T) {
	t.Parallel()
	for _, refuser := range []string{"vrrp", "checker"} {
		t.Run(refuser, func(t *testing.T) {
			other := map[string]string{"vrrp": "checker", "checker": "vrrp"}[refuser]
			d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
			d.expect("Startup complete")
			d.write("vrrp\nchecker\nvrrp tag B\nchecker tag B\n" + refuser + " refuse no room")
			d.signal(syscall.SIGHUP)
			d.expect("Reload refused, the old configuration stays in force: no room")
			d.write("vrrp\nchecker\nvrrp tag C\nchecker tag C")
			d.signal(syscall.SIGHUP)
			d.expect("Reload complete")
			d.signal(syscall.SIGTERM)
			d.exit(0)
			d.never("committed B")
			d.seen = 0
			d.expect(other+" aborted", other+" committed C")
			d.seen = 0
			d.expect(refuser + " committed C")
		})
	}
}

func TestReloadPermanentErrorOfPrepareDoesNotTerminate_cli5_3(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	d.write("vrrp\nvrrp permanent 2")
	d.signal(syscall.SIGHUP)
	d.expect("stays in force: permanently no")
	if !alive(d.pid("vrrp.pid")) {
		t.Error("the role is gone")
	}
}

func TestReloadFatalFindingKeepsEverything(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	pid := d.pid("vrrp.pid")
	d.write("vrrp\nfatal the virtual router id must be set")
	d.signal(syscall.SIGHUP)
	d.expect("conf:2:1: error: the virtual router id must be set",
		"Reload refused, the old configuration stays in force: ")
	if d.pid("vrrp.pid") != pid || !alive(pid) {
		t.Error("the role was disturbed")
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

// What is left of a file with an error is run at start, but does not replace a
// configuration that works; an error that runs already is no obstacle.
func TestReloadWithANewErrorIsRefused(t *testing.T) {
	d := startDaemon(t, "error old mistake\nvrrp\nvrrp tag A")
	d.expectAll("conf:1:1: error: old mistake", "Startup complete")
	d.write("error old mistake\nvrrp\nvrrp tag B\nerror new mistake")
	d.signal(syscall.SIGHUP)
	d.expect("error: new mistake", "stays in force: ")
	d.write("vrrp\nvrrp tag C\nerror old mistake")
	d.signal(syscall.SIGHUP)
	d.expectAll("committed C", "Reload complete")
	d.never("committed B")
}

func TestReloadMissingFileKeepsEverything_cli5_2(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	if err := os.Remove(d.dir + "/conf"); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	d.expect("Config files missing", "stays in force")
	d.write("vrrp\nvrrp tag B")
	d.signal(syscall.SIGHUP)
	d.expectAll("committed B", "Reload complete")
}

func TestReloadStartsAndStopsRoles_cli4_1(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	vrrp := d.pid("vrrp.pid")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker tag B")
	d.signal(syscall.SIGHUP)
	d.expect("Starting Healthcheck child process", "Reload complete")
	checker := d.pid("checkers.pid")
	if d.pid("vrrp.pid") != vrrp {
		t.Error("the vrrp process changed")
	}
	d.write("checker\nchecker tag C")
	d.signal(syscall.SIGHUP)
	d.expectAll("Reload complete", "vrrp gave back")
	eventually(t, "vrrp is gone", func() bool { return !alive(vrrp) })
	if d.pid("checkers.pid") != checker || !alive(checker) {
		t.Error("the checker was disturbed")
	}
	d.write("vrrp\nchecker\nvrrp tag D\nchecker tag D")
	d.signal(syscall.SIGHUP)
	d.expect("vrrp committed D")
}

func TestReloadRefusedByANewRoleRemovesItAgain(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker refuse no table")
	d.signal(syscall.SIGHUP)
	d.expect("stays in force: no table")
	eventually(t, "the new process is gone", func() bool {
		_, err := os.Stat(d.dir + "/checkers.pid")
		return os.IsNotExist(err)
	})
	d.write("vrrp\nvrrp tag C")
	d.signal(syscall.SIGHUP)
	d.expectAll("committed C", "Reload complete")
	d.never("committed B")
	d.never("Respawning")
}

func TestReloadWithARoleThatDiesPreparing(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
	d.expect("Startup complete")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker die-prepare")
	d.signal(syscall.SIGHUP)
	d.expect("Healthcheck child process", "stays in force: the Healthcheck process died while preparing")
	d.expect("checker committed A") // respawned with the old configuration
	d.never("committed B")
}

func TestReloadWithARoleThatHangsPreparing(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A", "SUPER_TEST_ANSWER=3s")
	d.expect("Startup complete")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker hang-prepare")
	d.signal(syscall.SIGHUP)
	d.expectAll("checker hangs", "did not answer within 3s", "stays in force")
	d.signal(syscall.SIGTERM)
	d.exit(0)
	d.never("committed B")
}

func TestReloadWithARoleThatFailsToCommitRestartsIt(t *testing.T) {
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
	d.expect("Startup complete")
	d.write("vrrp\nchecker\nvrrp tag B\nchecker tag B\nchecker fail-commit")
	d.signal(syscall.SIGHUP)
	d.expectAll("failed to switch: half way", "Reload complete")
	d.write("vrrp\nchecker\nvrrp tag C\nchecker tag C")
	d.signal(syscall.SIGHUP)
	d.expect("checker committed C")
}

func TestReloadsAreQueued(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nvrrp tag A\nvrrp slow-prepare 200")
	d.expect("Startup complete")
	for range 200 { // a storm
		d.signal(syscall.SIGHUP)
	}
	d.write("vrrp\nvrrp tag LAST")
	d.signal(syscall.SIGHUP)
	d.expect("committed LAST")
	d.signal(syscall.SIGTERM)
	d.expect("Stopping")
	d.exit(0)
}

func TestReloadGoesOnWhileARoleWaitsToBeRespawned(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "vrrp\nchecker\nvrrp tag A\nchecker tag A")
	d.expect("Startup complete")
	for range 2 { // the second restart is delayed by a second
		kill(t, d.pid("checkers.pid"), syscall.SIGKILL)
		d.expect("Healthcheck child process", "Restart of Healthcheck process delayed")
		if d.seen > 0 && find(d, "delayed 1 seconds") {
			break
		}
		d.expect("checker committed A")
	}
	d.write("vrrp\nchecker\nvrrp tag B\nchecker tag B")
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed B", "Reload complete", "checker committed B")
}

// find reports whether the log so far has a line with text.
func find(d *daemon, text string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := d.seen
	defer func() { d.seen = seen }()
	d.seen = 0
	return d.find(text)
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// A role that is wanted back while it is still stopping must come back, whenever exactly it
// ends.
func TestReloadWantsARoleBackWhileItStops(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"0", "50", "300"} {
		t.Run(slow, func(t *testing.T) {
			d := startDaemon(t, "vrrp\nchecker\nchecker tag A\nvrrp slow-stop 150")
			d.expect("Startup complete")
			d.write("checker\nchecker tag B")
			d.signal(syscall.SIGHUP)
			d.expect("Reload complete")
			d.write("vrrp\nchecker\nvrrp tag C\nchecker tag C\nchecker slow-prepare " + slow)
			d.signal(syscall.SIGHUP)
			d.expectAll("vrrp committed C", "Reload complete")
		})
	}
}
