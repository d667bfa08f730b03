//go:build ipvs

package systemd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Those for rpm likewise.
const (
	olderRPM = "../../bin/packages/test/holdfast-0.1.0~test1-1.x86_64.rpm"
	newerRPM = "../../bin/packages/test/holdfast-0.1.0~test2-1.x86_64.rpm"
	namedRPM = "../../bin/packages/test/holdfast-keepalived-0.1.0~test2-1.noarch.rpm"
)

// rpmStory: packages come, change names and versions, and go by another package manager, which here knows of nothing but
// them.
func (m *machine) rpmStory() {
	m.network()
	m.packaged()
	m.rpm("--initdb")
	before := m.files()
	m.acts([]act{
		{"come without a configuration", (*machine).rpmBare},
		{"come with one", (*machine).rpmReady},
		{"upgrade", (*machine).rpmUpgrade},
		{"by name", (*machine).rpmByName},
		{"remove", (*machine).rpmRemove},
	})
	m.nothingNew(before)
}

// rpm runs the program with a list of packages of its own.
func (m *machine) rpm(args ...string) string {
	m.Helper()
	return m.must("rpm", append([]string{"--dbpath", "/var/lib/rpm-of-test"}, args...)...)
}

// add installs or upgrades a package, which says something or nothing. What it requires, a shell, is there, but from no
// package, and Debian has its rpm warn of itself.
func (m *machine) add(verb, file, says string) {
	m.Helper()
	if out := m.rpm(verb, "--force-debian", "--nodeps", file); !strings.HasPrefix(out, says) || says == "" && out != "" {
		m.Errorf("rpm %s %s says:\n%s", verb, file, out)
	}
}

// intact sees that all files of a package are as it brought them: modes, owners, contents.
func (m *machine) intact(name string) {
	m.Helper()
	if out := m.rpm("-V", "--nodeps", name); out != "" {
		m.Errorf("files of %s:\n%s", name, out)
	}
}

// rpmBare: without a configuration nothing is started and nothing fails; nothing is left of it.
func (m *machine) rpmBare() {
	before := m.files()
	m.add("-i", olderRPM, "")
	for question, want := range map[string]string{"is-active": "inactive\n", "is-enabled": "enabled\n"} {
		if out, _ := run("systemctl", question, "holdfast.service"); out != want {
			m.Errorf("%s: %s", question, out)
		}
	}
	if out, code := run("holdfast", "-v"); code != 0 || !strings.HasPrefix(out, "Holdfast v") {
		m.Errorf("status %d: %s", code, out)
	}
	m.intact("holdfast")
	for file, want := range map[string]os.FileMode{
		"/usr/sbin/holdfast": 0o755, "/usr/lib/systemd/system/holdfast.service": 0o644, settings: 0o644,
		"/etc/keepalived": 0o755 | os.ModeDir, "/usr/share/doc/holdfast": 0o755 | os.ModeDir,
	} {
		if st, err := os.Stat(file); err != nil || st.Mode() != want {
			m.Errorf("%s: %v, %v, want %v", file, st, err, want)
		}
	}
	m.rpm("-e", "holdfast")
	m.nothingNew(before)
}

// rpmReady: nothing is started either with one, as in distributions that use rpm.
func (m *machine) rpmReady() {
	m.configure(plainConf)
	m.add("-i", olderRPM, "")
	if out, _ := run("systemctl", "is-active", "holdfast.service"); out != "inactive\n" {
		m.Errorf("the service is %s", out)
	}
	m.must("systemctl", "start", "holdfast.service")
	m.works()
	m.set()
}

// rpmUpgrade: the new program goes on in the place of the old one, and what the administrator has written stays.
func (m *machine) rpmUpgrade() {
	m.upgradedInPlace(func() { m.add("-U", newerRPM, fmt.Sprintf("process %d is version ", m.mainPID())) })
	m.works()
	m.keptSetting()
	if out := m.rpm("-q", "holdfast"); out != "holdfast-0.1.0~test2-1.x86_64\n" {
		m.Errorf("installed is %s", out)
	}
}

// rpmByName: the name comes while holdfast runs, and nothing is disturbed.
func (m *machine) rpmByName() {
	pid := m.mainPID()
	m.add("-i", namedRPM, "")
	m.intact("holdfast-keepalived")
	m.must("systemctl", "reload", "keepalived.service")
	if id := strings.TrimSpace(m.must("systemctl", "show", "-P", "Id", "keepalived.service")); id != "holdfast.service" {
		m.Errorf("keepalived.service is %s", id)
	}
	if now := m.mainPID(); now != pid {
		m.Errorf("process %d became %d", pid, now)
	}
	if out := m.rpm("-q", "--whatprovides", "keepalived"); !strings.HasPrefix(out, "holdfast-keepalived-") {
		m.Errorf("keepalived is provided by %s", out)
	}
	m.rpm("-e", "holdfast-keepalived")
	if now := m.mainPID(); now != pid || !hasVIP() {
		m.Errorf("process %d became %d, the address is there: %v", pid, now, hasVIP())
	}
}

// rpmRemove: it goes from under a running daemon, without traces but for what the administrator wrote.
func (m *machine) rpmRemove() {
	m.rpm("-e", "holdfast")
	if hasVIP() || service() != "" {
		m.Errorf("left: address %v, service %q", hasVIP(), service())
	}
	m.must("rm", settings+".rpmsave")
	if _, err := os.Stat(conf); err != nil {
		m.Errorf("a configuration that no package brought has gone: %v", err)
	}
	m.must("rm", "-r", filepath.Dir(conf)) // ours
	if out := m.must("systemctl", "list-units", "--all", "--no-legend", "holdfast*", "keepalived*"); strings.Contains(out, "holdfast") {
		m.Errorf("systemd still knows %s", out)
	}
}
