package super

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/role"
)

// thirdRole is a role that the supervisor has never heard of: all it knows is this row. Its work
// are the words "third" in the fake configuration, and its part leaves out everything else's.
func thirdRole() role.Role {
	lines := func(c *config.Config) (own, others []string) {
		for line := range strings.Lines(c.Global.RouterID) {
			if strings.TrimSpace(line) == "third" {
				own = append(own, line)
			} else {
				others = append(others, line)
			}
		}
		return own, others
	}
	return role.Role{
		Name:    "third",
		Process: "holdfast_third",
		Short:   "third",
		Own:     func(config.Names) string { return "" },
		Title:   "Third",
		PIDFile: "/run/third.pid",
		Work: role.Work{
			In:      func(c *config.Config) bool { own, _ := lines(c); return len(own) > 0 },
			Count:   func(c *config.Config) int { own, _ := lines(c); return len(own) },
			Thing:   "third thing",
			Keyword: "third_thing",
			Plural:  "third things",
			Part: func(c *config.Config) *config.Config {
				return &config.Config{Global: c.Global}
			},
			Remove: func(c *config.Config) {
				_, others := lines(c)
				c.Global.RouterID = strings.Join(others, "")
			},
		},
		Scheduling: func(config.Global) role.Scheduling { return role.Scheduling{} },
		Garbage:    role.GarbageWithinBytes,
		Follows:    []news.Topic{news.Services},
	}
}

// A role is a row: one that only this test knows is started, named, fed its part, reloaded, respawned
// and stopped as the others are.
func TestAThirdRoleIsOneMoreRow(t *testing.T) {
	systemd := filepath.Join(t.TempDir(), "notify")
	c := notifySocket(t, systemd)
	d := startDaemon(t, "vrrp\nchecker\nthird\nvrrp tag A\nthird tag A\nthird count", "SUPER_TEST_THIRD=1", "NOTIFY_SOCKET="+systemd)
	d.expectAll("Starting VRRP child process", "Starting Healthcheck child process", "Starting Third child process, pid=",
		"vrrp committed A", "third committed A", "Startup complete")
	d.seen = 0
	d.expect("third was sent 0 instances, 0 virtual servers")
	if ready := receive(t, c, "READY=1"); !strings.HasSuffix(
		ready,
		"\nSTATUS=Running 1 vrrp instance, 1 virtual server, 1 third thing",
	) {
		t.Errorf("ready: %q", ready)
	}
	if cmdline, err := os.ReadFile("/proc/" + itoa(d.pid("third.pid")) + "/cmdline"); err != nil ||
		!strings.HasPrefix(string(cmdline), "holdfast_third\x00") {
		t.Errorf("command line %q (%v)", cmdline, err)
	}
	vrrp, third := d.pid("vrrp.pid"), d.pid("third.pid")

	d.write("vrrp\nchecker\nthird\nvrrp tag B\nthird refuse no room")
	d.signal(syscall.SIGHUP)
	d.expect("Reload refused, the old configuration stays in force: no room")

	kill(t, third, syscall.SIGKILL)
	d.expect("Third child process("+itoa(third)+") died: Respawning", "Starting Third child process", "third committed A")
	if !alive(vrrp) || d.pid("vrrp.pid") != vrrp {
		t.Error("the other roles were disturbed")
	}

	d.write("vrrp\nvrrp tag C")
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed C", "Reload complete", "third gave back")
	d.signal(syscall.SIGTERM)
	d.exit(0)
	d.never("committed B")
}

// What it takes for a role to be wanted holds for the third as well: its options, and
// whether it is the only one with work.
func TestAThirdRoleCanBeOff(t *testing.T) {
	d := startDaemon(t, "vrrp\nthird", "SUPER_TEST_THIRD=1", "SUPER_TEST_NOTHIRD=1")
	d.expect("Startup complete")
	d.never("Starting Third")
	d.write("third")
	refused, err := ask(d.cmd.Process.Pid)
	want := "no vrrp_instance and no virtual_server and no bfd_instance that can be run, and options keep this daemon from running third things"
	if err != nil || !strings.Contains(refused, want) {
		t.Errorf("%q, %v; want %q", refused, err, want)
	}
}
