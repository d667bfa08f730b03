//go:build ipvs

package systemd

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/internal/rights"
	"holdfast/internal/role"
	"holdfast/test/lab"
)

// serviceStory is what an administrator does with what "make install" installs, beside Debian's keepalived.
func (m *machine) serviceStory() {
	m.install()
	m.acts([]act{
		{"start", (*machine).start},
		{"scripts", (*machine).scripts},
		{"rights", (*machine).rights},
		{"dump", (*machine).dump},
		{"ask", (*machine).ask},
		{"reload", (*machine).reload},
		{"kill", (*machine).kill},
		{"kill again and again", (*machine).killOften},
		{"beside keepalived", (*machine).beside},
		{"as keepalived", (*machine).alias},
		{"hardened", (*machine).hardened},
		{"stop", (*machine).stop},
	})
	m.uninstall()
}

const (
	vip  = "192.0.2.9/24"
	conf = "/etc/keepalived/keepalived.conf"
)

// install makes the machine one with holdfast, a network, a configuration and scripts.
func (m *machine) install() {
	m.must("sh", "-c", "tar -C ../../bin/root -c . | tar -C / -x --keep-directory-symlink")
	// With it the unit is enabled for other managers than systemd as well, by programs that take a minute here.
	m.must("rm", "-f", "/etc/init.d/keepalived")
	m.must("systemctl", "daemon-reload")
	m.network()
	m.must("useradd", "--system", "--shell", "/usr/sbin/nologin", "keepalived_script")
	m.must("install", "-d", "-o", "keepalived_script", "/var/lib/probe")
	for _, script := range []string{"note", "probe"} {
		m.must("install", "-m", "755", "testdata/"+script, "/usr/local/bin/"+script)
	}
	b, err := os.ReadFile("testdata/keepalived.conf")
	if err != nil {
		m.Fatal(err)
	}
	m.text = string(b)
	m.configure(m.text)
}

// uninstall takes away what install and the scripts have brought.
func (m *machine) uninstall() {
	m.must("sh", "-c", "cd ../.. && packaging/install remove")
	m.must("systemctl", "daemon-reload")
	m.must("ip", "address", "del", "198.51.100.1/32", "dev", "lo")
	m.must("userdel", "keepalived_script")
	m.must("rm", "-r", "/var/lib/probe", conf, "/tmp/tried", "/tmp/allowed", "/usr/local/bin/note", "/usr/local/bin/probe",
		"/etc/note-was-here", "/run/vrrp.note", "/run/vrrp.fifo")
	m.must("sh", "-c", "rm /tmp/keepalived*.data")
}

func (m *machine) configure(text string) {
	m.Helper()
	if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		m.Fatal(err)
	}
}

// eventually polls without starting programs: they take long on this machine.
func (m *machine) eventually(what string, cond func() (bool, string)) {
	m.Helper()
	if err := lab.Eventually(20*time.Second, what, cond); err != nil {
		m.Fatal(err)
	}
}

// hasVIP reports whether eth0 has the virtual address.
func hasVIP() bool {
	ifi, err := net.InterfaceByName("eth0")
	if err != nil {
		return false
	}
	addrs, err := ifi.Addrs()
	return err == nil && slices.ContainsFunc(addrs, func(a net.Addr) bool { return a.String() == vip })
}

// service is the line of the virtual server in the kernel's table, with how many real
// servers it has; "" if it is not there.
func service() string {
	// Of this thread: the first one of the process may have been left in another namespace.
	b, err := os.ReadFile("/proc/thread-self/net/ip_vs")
	if err != nil {
		return ""
	}
	addr := netip.MustParsePrefix(vip).Addr().As4()
	key := strings.ToUpper(hex.EncodeToString(addr[:])) + ":0050"
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "TCP" && f[1] == key {
			return fmt.Sprintf("%s with %d", f[2], strings.Count(string(b), "  -> ")-1)
		}
	}
	return ""
}

// works waits until the service does all it should.
func (m *machine) works() {
	m.Helper()
	m.eventually("address and table", func() (bool, string) {
		s := service()
		return hasVIP() && s == "wlc with 1", fmt.Sprintf("address %v, service %q", hasVIP(), s)
	})
}

// show is a property of the unit.
func (m *machine) show(property string) string {
	m.Helper()
	return strings.TrimSpace(m.must("systemctl", "show", "-P", property, "holdfast.service"))
}

func (m *machine) mainPID() int {
	m.Helper()
	pid, err := strconv.Atoi(m.show("MainPID"))
	if err != nil || pid == 0 {
		m.Fatalf("MainPID %d: %v", pid, err)
	}
	return pid
}

func readPID(name string) int {
	b, err := os.ReadFile("/run/" + name)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

func (m *machine) start() {
	m.must("systemctl", "start", "holdfast.service")
	status := m.must("systemctl", "status", "--no-pager", "holdfast.service")
	for _, want := range []string{
		"Active: active (running)", `Status: "Running 1 vrrp instance, 1 virtual server"`,
		"keepalived_vrrp", "keepalived_healthcheckers", // processes
		"Keepalived_vrrp[", "Startup complete", // lines of the journal
	} {
		if !strings.Contains(status, want) {
			m.Errorf("systemctl status has no %q:\n%s", want, status)
		}
	}
	if file, pid := readPID("keepalived.pid"), m.mainPID(); file != pid {
		m.Errorf("the pid file says %d, systemd %d", file, pid)
	}
	m.works() // IPVS and its scheduler are modules that had to be loaded
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", readPID("vrrp.pid")))
	if f := strings.Fields(string(stat)); err != nil || f[17] != "-11" {
		m.Errorf("the vrrp process has not real-time priority 10: %s", stat)
	}
}

func (m *machine) scripts() {
	m.eventually("the note of MASTER", func() (bool, string) {
		b, err := os.ReadFile("/var/run/vrrp.note")
		return strings.HasSuffix(string(b), "MASTER\n"), fmt.Sprint(string(b), err)
	})
	var allowed []byte
	m.eventually("the end of the notify script", func() (bool, string) {
		var err error
		allowed, err = os.ReadFile("/tmp/allowed")
		return err == nil, fmt.Sprint(err)
	})
	if got, want := strings.Fields(string(allowed)), []string{"address", "file", "chown", "logger", "systemctl"}; !slices.Equal(got, want) {
		m.Errorf("a script of root could do %q, want %q", got, want)
	}
	u, err := user.Lookup("keepalived_script")
	if err != nil {
		m.Fatal(err)
	}
	for _, check := range []string{"track", "misc"} {
		m.eventually("the file of the check "+check, func() (bool, string) {
			st, err := os.Stat("/var/lib/probe/" + check)
			return err == nil && fmt.Sprint(st.Sys().(*syscall.Stat_t).Uid) == u.Uid, fmt.Sprint(st, err)
		})
	}
	if st, err := os.Stat("/run/vrrp.fifo"); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		m.Errorf("the FIFO: %v %v", st, err)
	}
}

// rights: a role has what its row says of what the unit lets through, which scripts have again (see scripts).
func (m *machine) rights() {
	for _, r := range []role.Role{role.VRRP(), role.Checker()} {
		have := map[string]rights.Set{}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", readPID(filepath.Base(r.PIDFile))))
		if err != nil {
			m.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t"); strings.HasPrefix(key, "Cap") {
				n, err := strconv.ParseUint(value, 16, 64)
				if err != nil {
					m.Fatal(err)
				}
				have[key] = rights.Set(n)
			}
		}
		want := r.Rights & have["CapBnd"]
		if have["CapEff"] != want || have["CapPrm"] != want || want.Has(rights.FSetID) || !have["CapBnd"].Has(rights.FSetID) {
			m.Errorf("%s has %v, permitted %v, want %v; bound %v", r.Name, have["CapEff"], have["CapPrm"], want, have["CapBnd"])
		}
	}
}

// dump: people look for the files in /tmp, not in a /tmp of the service's own.
func (m *machine) dump() {
	m.must("systemctl", "kill", "--kill-whom=main", "--signal=USR1", "holdfast.service")
	for _, file := range []string{"/tmp/keepalived.data", "/tmp/keepalived_check.data"} {
		m.eventually(file, func() (bool, string) {
			st, err := os.Stat(file)
			return err == nil && st.Size() > 0, fmt.Sprint(err)
		})
	}
}

// ask has somebody without rights ask the service, whose unit and umask let nobody look into its files.
func (m *machine) ask() {
	nobody := []string{"--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/sbin/holdfast"}
	for command, wants := range map[string][]string{
		"ready": {"ready\n"}, "status -o wide": {"MASTER", vip, fmt.Sprintf("process %d,", m.mainPID())},
	} {
		m.eventually(command, func() (bool, string) {
			out, code := run("setpriv", append(nobody, strings.Fields(command)...)...)
			for _, w := range wants {
				if !strings.Contains(out, w) {
					return false, out
				}
			}
			return code == 0, out
		})
	}
}

func (m *machine) reload() {
	pid, vrrp := m.mainPID(), readPID("vrrp.pid")
	before := time.Now()
	m.configure(strings.Replace(m.text, "priority 100", "priority 90", 1))
	m.must("systemctl", "reload", "holdfast.service") // waits for the end of the reload
	if _, err := m.capture.Wait(before, 5*time.Second, "an advertisement with the new priority",
		func(a lab.Advert) bool { return a.Priority == 90 }); err != nil {
		m.Error(err)
	}

	m.configure(strings.Replace(m.text, "virtual_router_id 51", "virtual_router_id 300", 1))
	if out, code := run("systemctl", "reload", "holdfast.service"); code == 0 {
		m.Errorf("the reload of a broken file succeeded: %s", out)
	}
	status := m.must("systemctl", "status", "--no-pager", "holdfast.service")
	for _, want := range []string{
		"Active: active (running)",
		`Status: "Reload refused, old configuration in force: ` + conf + ":17:23: error: (VI_1) virtual_router_id: number '300' is outside range",
		"ExecReload=/usr/sbin/holdfast reload $MAINPID (code=exited, status=1/FAILURE)",
	} {
		if !strings.Contains(status, want) {
			m.Errorf("systemctl status has no %q:\n%s", want, status)
		}
	}
	m.configure(m.text)
	m.must("systemctl", "reload", "holdfast.service")
	if got := m.show("StatusText"); got != "Running 1 vrrp instance, 1 virtual server" {
		m.Errorf("status after all: %s", got)
	}
	if m.mainPID() != pid || readPID("vrrp.pid") != vrrp || !hasVIP() || service() == "" {
		m.Error("a reload changed processes, address or table")
	}
}

// kill: the service is back by itself, once, and finds or removes what was left.
func (m *machine) kill() {
	pid := m.mainPID()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		m.Fatal(err)
	}
	m.successor(pid)
	m.works()
	if n := m.show("NRestarts"); n != "1" {
		m.Errorf("%s restarts", n)
	}
	procs, err := os.ReadFile("/sys/fs/cgroup/system.slice/holdfast.service/cgroup.procs")
	if err != nil {
		m.Fatal(err)
	}
	for _, name := range []string{"keepalived.pid", "vrrp.pid", "checkers.pid"} {
		if !slices.Contains(strings.Fields(string(procs)), strconv.Itoa(readPID(name))) {
			m.Errorf("%s is not of the service, whose processes are %q", name, procs)
		}
	}
}

// successor waits for another main process than pid.
func (m *machine) successor(pid int) int {
	m.Helper()
	var p int
	m.eventually("another main process", func() (bool, string) {
		p = readPID("keepalived.pid")
		return p != pid && p != 0 && lab.Alive(p) && readPID("vrrp.pid") != 0, fmt.Sprint(p)
	})
	return p
}

// killOften: systemd does not give the service up, as it does by default with one that
// fails five times in ten seconds; the address would stay.
func (m *machine) killOften() {
	before, err := strconv.Atoi(m.show("NRestarts"))
	if err != nil {
		m.Fatal(err)
	}
	const times = 7
	pid := m.mainPID()
	for range times {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			m.Fatal(err)
		}
		pid = m.successor(pid)
	}
	m.works()
	if n := m.show("NRestarts"); n != strconv.Itoa(before+times) {
		m.Errorf("%s restarts after %d and %d kills", n, before, times)
	}
}

// beside: of the two services one runs, and nothing changes which without saying so.
func (m *machine) beside() {
	pid := m.mainPID()
	for _, verb := range []string{"reload-or-restart", "start", "restart"} {
		if out, code := run("systemctl", verb, "keepalived.service"); code == 0 {
			m.Errorf("systemctl %s keepalived, which holdfast stands in for, succeeded: %s", verb, out)
		}
		m.active("holdfast.service", "keepalived.service")
		status, _ := run("systemctl", "status", "--no-pager", "keepalived.service")
		if !strings.Contains(status, "holdfast has taken the place of keepalived on this machine") {
			m.Errorf("systemctl status keepalived does not say why:\n%s", status)
		}
	}
	if m.mainPID() != pid || !hasVIP() || service() == "" {
		m.Error("holdfast was disturbed")
	}

	// Back to keepalived, which is not replaced in silence either, now or when it ends.
	m.must("systemctl", "stop", "holdfast.service")
	m.must("systemctl", "start", "keepalived.service")
	if out, code := run("systemctl", "start", "holdfast.service"); code == 0 {
		m.Errorf("systemctl start holdfast beside keepalived succeeded: %s", out)
	}
	m.active("keepalived.service", "holdfast.service")
	m.eventually("the reason in the status", func() (bool, string) { // the journal takes its time
		status, _ := run("systemctl", "status", "--no-pager", "holdfast.service")
		return strings.Contains(status, "daemon is already running (keepalived, process "), status
	})
	if state := m.show("ActiveState"); state != "failed" {
		m.Errorf("holdfast.service is %s: it waits for its place", state)
	}
	m.must("systemctl", "stop", "keepalived.service")

	// With both enabled, as after an installation beside, holdfast runs after a boot.
	m.must("systemctl", "enable", "holdfast.service", "keepalived.service")
	_, _ = run("systemctl", "start", "keepalived.service", "holdfast.service") // one transaction, as at boot
	m.active("holdfast.service", "keepalived.service")
	m.must("systemctl", "disable", "holdfast.service", "keepalived.service")
	m.works()
}

// active checks which of two services runs.
func (m *machine) active(unit, other string) {
	m.Helper()
	if out, _ := run("systemctl", "is-active", unit); out != "active\n" {
		m.Errorf("%s is %s", unit, out)
	}
	if out, _ := run("systemctl", "is-active", other); out == "active\n" {
		m.Errorf("%s is active as well", other)
	}
}

// alias: where holdfast was installed with KEEPALIVED=1, the unit keepalived is holdfast's.
func (m *machine) alias() {
	const link = "/etc/systemd/system/keepalived.service" // before that of the package
	m.must("ln", "-s", "/usr/lib/systemd/system/holdfast.service", link)
	// Otherwise the state of the one that failed may become that of ours, by chance (docs/operating.md).
	_, _ = run("systemctl", "reset-failed", "keepalived.service")
	before := m.mainPID()
	m.must("systemctl", "daemon-reload")
	if now := m.mainPID(); now != before {
		m.Errorf("systemd has lost sight of process %d: now %d", before, now)
	}
	m.must("systemctl", "restart", "keepalived.service")
	pid := m.mainPID()
	m.must("systemctl", "reload-or-restart", "keepalived.service")
	if id := strings.TrimSpace(m.must("systemctl", "show", "-P", "Id", "keepalived.service")); id != "holdfast.service" || m.mainPID() != pid {
		m.Errorf("keepalived.service is %s, its process %d and was %d", id, m.mainPID(), pid)
	}
	m.works()
	m.must("rm", link)
	m.must("systemctl", "daemon-reload")
}

func (m *machine) stop() {
	told := time.Now()
	m.must("systemctl", "stop", "holdfast.service")
	took := time.Since(told)
	zero, err := m.capture.Wait(told, 0, "an advertisement with priority 0", func(a lab.Advert) bool { return a.Priority == 0 })
	if err != nil {
		m.Error(err)
	}
	m.Logf("stopped in %v, priority 0 after %v", took, zero.At.Sub(told))
	if took > 4*time.Second {
		m.Errorf("the stop took %v", took)
	}
	if hasVIP() || service() != "" {
		m.Errorf("left: address %v, service %q", hasVIP(), service())
	}
	if out, code := run("/usr/sbin/holdfast", "status"); code != 3 {
		m.Errorf("status after the stop: %d, %s", code, out)
	}
	for _, file := range []string{"keepalived.pid", "vrrp.pid", "checkers.pid", "holdfast"} {
		if _, err := os.Lstat("/run/" + file); err == nil {
			m.Errorf("left: /run/%s", file)
		}
	}
	if r := m.show("Result"); r != "success" {
		m.Errorf("result %s", r)
	}
}
