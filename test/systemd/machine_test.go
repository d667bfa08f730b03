//go:build ipvs

package systemd

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// machine is the one we are on.
type machine struct {
	*testing.T
	capture *lab.Capture
	text    string // of the configuration
}

// TestMachine is everything that is tried on one machine, because booting it takes longer than most of it. Each story
// leaves the machine as it found it, but for keepalived, which only the first one has beside it.
func TestMachine(t *testing.T) {
	for _, story := range []struct {
		name string
		play func(*machine)
	}{
		{"service", (*machine).serviceStory},
		{"packages", (*machine).packagesStory},
		{"rpm", (*machine).rpmStory},
		{"half hour", (*machine).halfHourStory},
	} {
		t.Run(story.name, func(t *testing.T) {
			m := &machine{T: t}
			m.booted()
			story.play(m)
		})
	}
}

// An act is a part of a story.
type act struct {
	name string
	do   func(*machine)
}

// acts plays a story to its end, or to the first act that fails.
func (m *machine) acts(all []act) {
	t := m.T
	for _, a := range all {
		began := time.Now()
		if !t.Run(a.name, func(t *testing.T) { m.T = t; a.do(m) }) {
			out, _ := run("journalctl", "-b", "-o", "short-monotonic", "--no-pager", "-n", "60")
			t.Fatalf("journal:\n%s", out)
		}
		t.Logf("%s: %v", a.name, time.Since(began).Round(10*time.Millisecond))
	}
	m.T = t
}

// booted sees that systemd has booted this machine.
func (m *machine) booted() {
	m.Helper()
	if comm, _ := os.ReadFile("/proc/1/comm"); string(comm) != "systemd\n" {
		m.Fatal("this machine was not booted by systemd; use make systemd")
	}
}

// packaged prepares the machine for packages that are installed as on any other.
func (m *machine) packaged() {
	m.Helper()
	// Tests have packages of this machine start nothing; and an index of manual pages takes longer than all else.
	m.must("rm", "-f", "/usr/sbin/policy-rc.d", "/var/lib/man-db/auto-update")
	m.must("sh", "-c", "echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/test") // this machine is gone with the test
	m.must("dpkg", "--purge", "keepalived")
	m.must("systemctl", "daemon-reload")
}

// network is an interface eth0, whose other end, switch0, is listened to.
func (m *machine) network() {
	m.Helper()
	m.must("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "switch0")
	m.must("ip", "link", "set", "switch0", "up")
	m.must("ip", "link", "set", "eth0", "up")
	m.must("ip", "address", "add", "192.0.2.1/24", "dev", "eth0")
	var err error
	if m.capture, err = lab.CaptureLink("switch0"); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() {
		m.capture.Close()
		_, _ = run("ip", "link", "del", "eth0") // and switch0 with it
	})
}

func run(name string, args ...string) (string, int) {
	cmd := exec.Command(name, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must runs a command that has to succeed.
func (m *machine) must(name string, args ...string) string {
	m.Helper()
	began := time.Now()
	out, code := run(name, args...)
	if took := time.Since(began); took > 5*time.Second {
		m.Logf("%s %s: %v", name, strings.Join(args, " "), took.Round(10*time.Millisecond))
	}
	if code != 0 {
		m.Fatalf("%s %s: exit status %d\n%s", name, strings.Join(args, " "), code, out)
	}
	return out
}

// nothingNew compares the files of the machine with those of before.
func (m *machine) nothingNew(before []string) {
	m.Helper()
	after := m.files()
	for _, left := range difference(after, before) {
		m.Errorf("left: %s", left)
	}
	for _, gone := range difference(before, after) {
		m.Errorf("gone: %s", gone)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// plainConf has a router and a service, and no scripts.
const plainConf = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.0.2.9/24
    }
}

virtual_server 192.0.2.9 80 {
    delay_loop 2
    lb_algo wlc
    lb_kind DR
    protocol TCP
    real_server 192.0.2.20 80 {
        weight 1
    }
}
`
