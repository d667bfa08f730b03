//go:build ipvs

package systemd

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// The packages that test/make/systemd has made: the same program in two versions.
const (
	older = "../../bin/packages/test/holdfast_0.1.0~test1_amd64.deb"
	newer = "../../bin/packages/test/holdfast_0.1.0~test2_amd64.deb"
	named = "../../bin/packages/test/holdfast-keepalived_0.1.0~test2_all.deb"
)

// settings is the file of the packages that is the administrator's to edit.
const settings = "/etc/default/holdfast"

// packagesStory: packages come, change names and versions, and go.
func (m *machine) packagesStory() {
	m.network()
	m.packaged()
	before := m.files()
	m.acts([]act{
		{"come without a configuration", (*machine).installBare},
		{"come with one", (*machine).installReady},
		{"reload", (*machine).reloadPriority},
		{"upgrade", (*machine).upgrade},
		{"by name", (*machine).byName},
		{"reinstall by name", (*machine).startByName},
		{"remove", (*machine).removeAll},
	})
	m.nothingNew(before)
}

// files are those in places that packages and daemons write to.
func (m *machine) files() []string {
	m.Helper()
	var all []string
	for _, root := range []string{
		"/etc", "/run", "/usr/sbin", "/usr/bin", "/usr/lib/systemd", "/usr/lib/sysctl.d", "/usr/lib/modules-load.d",
		"/usr/share/bash-completion", "/usr/share/zsh", "/usr/share/fish", "/usr/share/man", "/usr/share/lintian/overrides",
		"/usr/share/doc/holdfast", "/usr/share/doc/holdfast-keepalived", "/var/lib/systemd/deb-systemd-helper-enabled", "/tmp",
	} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case path == "/run/systemd" || path == "/run/udev" || strings.HasPrefix(path, "/tmp/go-build") || strings.HasPrefix(path, "/tmp/umlrun"):
				return filepath.SkipDir
			}
			all = append(all, path)
			return nil
		})
		if err != nil {
			m.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

// difference is what is in a and not in b, both sorted.
func difference(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(path string) bool {
		_, found := slices.BinarySearch(b, path)
		return found
	})
}

// installBare: without a configuration nothing is started and nothing fails; the preset of Debian enables it.
func (m *machine) installBare() {
	m.must("dpkg", "-i", older)
	if out, _ := run("systemctl", "is-active", "holdfast.service"); out != "inactive\n" {
		m.Errorf("the service is %s", out)
	}
	if out, _ := run("systemctl", "is-enabled", "holdfast.service"); out != "enabled\n" {
		m.Errorf("the service is %s", out)
	}
	if out, code := run("holdfast", "-v"); code != 0 || !strings.HasPrefix(out, "Holdfast v") {
		m.Errorf("status %d: %s", code, out)
	}
	m.must("dpkg", "--purge", "holdfast")
}

// installReady: with a configuration it runs when dpkg is done.
func (m *machine) installReady() {
	m.configure(plainConf)
	m.must("dpkg", "-i", older)
	m.works()
	if out := m.must("holdfast", "status"); !strings.Contains(out, "MASTER") {
		m.Errorf("status: %s", out)
	}
	m.set()
}

func (m *machine) reloadPriority() {
	before := time.Now()
	m.configure(strings.Replace(plainConf, "priority 100", "priority 90", 1))
	m.must("systemctl", "reload", "holdfast.service")
	if _, err := m.capture.Wait(before, 5*time.Second, "an advertisement with the new priority",
		func(a lab.Advert) bool { return a.Priority == 90 }); err != nil {
		m.Error(err)
	}
}

// upgrade: the new program goes on in the place of the old one, and what the administrator has written stays.
func (m *machine) upgrade() {
	m.upgradedInPlace(func() { m.must("dpkg", "-i", newer) })
	m.works()
	m.keptSetting()
	if out := m.must("dpkg-query", "-W", "-f", "${Version}", "holdfast"); out != "0.1.0~test2" {
		m.Errorf("version %s", out)
	}
}

// set writes into the file that is the administrator's to edit.
func (m *machine) set() {
	m.Helper()
	m.must("sh", "-c", "echo 'HOLDFAST_OPTIONS=\"-D\"' >>"+settings)
}

// keptSetting sees that what he wrote is still there.
func (m *machine) keptSetting() {
	m.Helper()
	if b, err := os.ReadFile(settings); err != nil || !strings.Contains(string(b), "\nHOLDFAST_OPTIONS=\"-D\"") {
		m.Errorf("the setting is lost: %v %s", err, b)
	}
}

// upgradedInPlace: the daemon is the same process and another program, and no other director would have noticed.
func (m *machine) upgradedInPlace(upgrade func()) {
	m.Helper()
	pid, began := m.mainPID(), time.Now()
	upgrade()
	if now := m.mainPID(); now != pid || m.show("ActiveState") != "active" {
		m.Errorf("process %d became %d, the service is %s", pid, now, m.show("ActiveState"))
	}
	// Of a file that was replaced the link says that it was deleted.
	if exe, err := os.Readlink("/proc/" + itoa(pid) + "/exe"); err != nil || exe != "/usr/sbin/holdfast" {
		m.Errorf("process %d is %s, %v", pid, exe, err)
	}
	if !hasVIP() {
		m.Error("the address is gone")
	}
	if zero := m.capture.Adverts(began, func(a lab.Advert) bool { return a.Priority == 0 }); len(zero) > 0 {
		m.Errorf("the master resigned: %+v", zero)
	}
	m.Logf("upgraded in %v", time.Since(began).Round(10*time.Millisecond))
}

// byName: the name comes while holdfast runs and systemd remembers another keepalived, one that failed. Nothing is disturbed.
func (m *machine) byName() {
	const other = "/etc/systemd/system/keepalived.service"
	m.must("sh", "-c", "printf '[Service]\nType=oneshot\nExecStart=/bin/false\n' >"+other)
	m.must("systemctl", "daemon-reload")
	if _, code := run("systemctl", "start", "keepalived.service"); code == 0 {
		m.Error("it does not fail")
	}
	m.must("rm", other)
	pid := m.mainPID()
	m.must("dpkg", "-i", named)
	if now := m.mainPID(); now != pid {
		m.Errorf("process %d became %d", pid, now)
	}
	m.must("systemctl", "reload", "keepalived.service")
	if id := strings.TrimSpace(m.must("systemctl", "show", "-P", "Id", "keepalived.service")); id != "holdfast.service" {
		m.Errorf("keepalived.service is %s", id)
	}
	// What roles, images and monitoring look for.
	line, _, _ := strings.Cut(m.must("keepalived", "--version"), "\n")
	if !regexp.MustCompile(`^[kK]eepalived v(.*) `).MatchString(line) {
		m.Errorf("the first line of --version is %q", line)
	}
	for _, file := range []string{"/usr/bin/genhash", "/usr/share/man/man8/keepalived.8.gz", "/usr/share/man/man5/keepalived.conf.5.gz"} {
		if _, err := os.Stat(file); err != nil {
			m.Error(err)
		}
	}
	if out := m.must("dpkg-query", "-W", "-f", "${Provides}", "holdfast-keepalived"); !strings.HasPrefix(out, "keepalived") {
		m.Errorf("it provides %q", out)
	}
}

// startByName: from the next start on the process has the name, too.
func (m *machine) startByName() {
	m.must("systemctl", "restart", "keepalived.service")
	m.works()
	pid := itoa(m.mainPID())
	if line, err := os.ReadFile("/proc/" + pid + "/cmdline"); err != nil || !strings.Contains(string(line), "\x00-D") {
		m.Errorf("the setting of the administrator has no effect: %v %q", err, line)
	}
	for _, look := range [][]string{{"pidof", "keepalived"}, {"pgrep", "-x", "keepalived"}} {
		if out := m.must(look[0], look[1:]...); !slices.Contains(strings.Fields(out), pid) {
			m.Errorf("%s gives %s, the process is %s", strings.Join(look, " "), out, pid)
		}
	}
	m.must("systemctl", "reload", "keepalived.service")
}

// removeAll: they go without traces, from under a daemon that has been killed once as well.
func (m *machine) removeAll() {
	m.must("dpkg", "-r", "holdfast-keepalived")
	m.works()
	pid := m.mainPID()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		m.Fatal(err)
	}
	m.successor(pid)
	m.works()
	m.must("dpkg", "-r", "holdfast")
	if hasVIP() || service() != "" {
		m.Errorf("left: address %v, service %q", hasVIP(), service())
	}
	if _, err := os.Stat(settings); err != nil {
		m.Errorf("what the administrator wrote went before the purge: %v", err)
	}
	m.must("dpkg", "--purge", "holdfast", "holdfast-keepalived")
	if _, err := os.Stat(conf); err != nil {
		m.Errorf("a configuration that no package brought has gone: %v", err)
	}
	m.must("rm", "-r", filepath.Dir(conf)) // ours
	if out := m.must("systemctl", "list-units", "--all", "--no-legend", "holdfast*", "keepalived*"); strings.Contains(out, "holdfast") {
		m.Errorf("systemd still knows %s", out)
	}
}
