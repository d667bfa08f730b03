//go:build e2e

// Package place has several daemons on one machine: in network namespaces that their configurations name, under
// names of their own, and with IPVS tables elsewhere than they are themselves.
package place

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// soon bounds every wait.
const soon = 30 * time.Second

// machine is the one that all daemons of a test run on. Its hosts are only networks.
type machine struct {
	*lab.Trial
	lan  *lab.LAN
	dirs []string // of pid files, one for each network
}

func newMachine(t *lab.Trial) *machine {
	m := &machine{Trial: t}
	var err error
	m.lan, err = lab.NewLAN(t.TempDir())
	m.must(err)
	t.Cleanup(func() {
		m.must(m.lan.Close())
		// What daemons of a trial that failed have left is no matter of the next one.
		for _, dir := range m.dirs {
			m.must(os.RemoveAll(dir))
		}
	})
	return m
}

func (m *machine) must(err error) {
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) wait(what string, cond func() (bool, string)) {
	m.must(lab.Eventually(soon, what, cond))
}

func (m *machine) host(name string, addr string) *lab.Host {
	h, err := m.lan.AddHost(name, netip.MustParsePrefix(addr))
	m.must(err)
	m.dirs = append(m.dirs, "/run/keepalived/"+h.Namespace())
	return h
}

// daemon is one of the daemons, whose configuration says where it is.
type daemon struct {
	*machine
	on   *lab.Host // where its files and logs are
	name string
	dir  string // of its pid files
	tail string // behind their names
	proc *lab.Process
	runs int
}

// start starts it in the network of the machine.
func (d *daemon) start() {
	d.runs++
	p, err := d.on.Start(fmt.Sprintf("%s-%d", d.name, d.runs), "nsenter", "--net=/proc/1/ns/net", lab.Program(),
		"-n", "-l", "-D", "-G", "-f", d.conf())
	d.must(err)
	d.proc = p
	d.Witness(p.Log)
	d.logs("Startup complete")
}

func (d *daemon) conf() string { return filepath.Join(d.on.Dir, d.name+".conf") }

func (d *daemon) configure(text string) { d.must(os.WriteFile(d.conf(), []byte(text), 0o644)) }

func (d *daemon) logs(text string) {
	d.wait(fmt.Sprintf("%q in the log of %s", text, d.name), func() (bool, string) {
		if log := d.proc.Log(); !strings.Contains(log, text) {
			return false, log
		}
		return true, ""
	})
}

func (d *daemon) kill() { d.must(d.proc.KillTree()) }

func (d *daemon) stop() {
	d.must(d.proc.Signal(syscall.SIGTERM))
	code, _, err := d.proc.Wait(time.Now(), soon)
	d.must(err)
	if code != 0 {
		d.Errorf("%s ended with %d", d.name, code)
	}
}

// pid is the process of a pid file.
func (d *daemon) pid(role string) int {
	b, err := os.ReadFile(filepath.Join(d.dir, role+d.tail+".pid"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(b))) // 0 while it is written
	return n
}

// where is the network namespace of a process, "" of one that has ended.
func where(pid int) string {
	ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	return ns
}

// records are the files that lives of its roles have left.
func (d *daemon) records() string {
	found, err := filepath.Glob(filepath.Join(d.dir, "holdfast_*"+d.tail+".*.*.*"))
	d.must(err)
	return strings.Join(found, " ")
}

// holds waits until an address is in a network so many times.
func (m *machine) holds(h *lab.Host, vip netip.Addr, n int) {
	m.wait(fmt.Sprintf("%v %d times on %s", vip, n, h.Name), func() (bool, string) {
		have, err := h.CountAddr("eth0", vip)
		m.must(err)
		return have == n, fmt.Sprint(have)
	})
}

// reload asks for one on the command line, in the network of the machine.
func (m *machine) reload(args ...string) (int, string) {
	cmd := exec.Command(lab.Program(), append([]string{"reload"}, args...)...)
	out, _ := cmd.CombinedOutput() // the status says it
	return cmd.ProcessState.ExitCode(), string(out)
}

func router(name string, vrid, priority int, vip netip.Addr, more string) string {
	return fmt.Sprintf("vrrp_instance %s {\n  interface eth0\n  version 3\n  virtual_router_id %d\n  priority %d\n  advert_int 0.1\n%s\n"+
		"  virtual_ipaddress {\n    %v/24\n  }\n}\n", name, vrid, priority, more, vip)
}

const secure = "global_defs {\n  enable_script_security\n  script_user root\n}\n"

// Two directors are one machine: each is in the network that its configuration names, a client on the LAN of both is
// served by one at a time, and what becomes of the one is nothing to the other.
func TestDirectorsInNamespaces(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		m := newMachine(t)
		vip := netip.MustParseAddr("192.168.1.150")
		client := m.host("client", "192.168.1.10/24")
		var d [2]*daemon
		for i := range d {
			h := m.host(fmt.Sprintf("d%d", i+1), fmt.Sprintf("192.168.1.%d/24", 151+i))
			d[i] = &daemon{machine: m, on: h, name: "holdfast", dir: "/run/keepalived/" + h.Namespace()}
			_, err := h.WriteFile("where", "#!/bin/sh\nreadlink /proc/self/ns/net >>"+h.Dir+"/notes\n")
			m.must(err)
			m.must(os.Chmod(filepath.Join(h.Dir, "where"), 0o755))
			d[i].configure("net_namespace " + h.Namespace() + "\n" + secure +
				router("VI", 51, 100-50*i, vip, "  notify_master "+h.Dir+"/where"))
			d[i].start()
		}
		m.holds(d[0].on, vip, 1)
		m.must(client.Ping(vip, soon))
		for _, d := range d {
			d.allThere()
		}
		m.bothAsk(d)
		d[0].livesOn()
		m.holds(d[0].on, vip, 1)

		// Both are killed with everything. The second one comes back first, and has nothing to do with what the
		// first one has left.
		for _, d := range d {
			d.kill()
		}
		left := d[0].records()
		if left == "" {
			m.Error("nothing says what the first one has left")
		}
		d[1].start()
		m.holds(d[1].on, vip, 1)
		m.holds(d[0].on, vip, 1)
		if now := d[0].records(); now != left {
			m.Errorf("the second one has made of %s: %s", left, now)
		}
		d[0].start()
		m.holds(d[1].on, vip, 0)
		m.holds(d[0].on, vip, 1)
		m.must(client.Ping(vip, soon))
		d[0].stop()
		m.holds(d[0].on, vip, 0)
		m.holds(d[1].on, vip, 1)
		m.must(client.Ping(vip, soon))
		d[1].stop()
		m.holds(d[1].on, vip, 0)
		for _, d := range d {
			if _, err := os.Stat(d.dir); !os.IsNotExist(err) {
				m.Errorf("%s is left: %v", d.dir, err)
			}
		}
	})
}

// allThere fails for a process of the daemon that is not in its network, scripts too.
func (d *daemon) allThere() {
	want := ""
	d.must(d.on.Do(func() (err error) {
		want, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	}))
	if want == where(1) {
		d.Fatal("the host has no network of its own")
	}
	pids := []int{d.proc.Pid, d.pid("keepalived"), d.pid("vrrp")}
	for _, pid := range append(pids, d.proc.Tree()...) {
		// A script may have ended since it was listed.
		if ns := where(pid); ns != want && ns != "" {
			d.Errorf("process %d of %s is in %s, want %s", pid, d.on.Name, ns, want)
		}
	}
	if notes := filepath.Join(d.on.Dir, "notes"); d.wrote(notes) {
		for note := range strings.Lines(read(d.machine, notes)) {
			if strings.TrimSpace(note) != want {
				d.Errorf("a script of %s was in %s, want %s", d.on.Name, note, want)
			}
		}
	}
}

// wrote waits for the script of a router that has become master, and reports whether it has.
func (d *daemon) wrote(notes string) bool {
	if !strings.Contains(d.proc.Log(), "Entering MASTER STATE") {
		return false
	}
	d.wait("a line in "+notes, func() (bool, string) {
		b, err := os.ReadFile(notes)
		return strings.HasSuffix(string(b), "\n"), fmt.Sprint(err)
	})
	return true
}

// bothAsk asks each daemon for a reload.
func (m *machine) bothAsk(d [2]*daemon) {
	if status, said := m.reload(); status != 2 || !strings.Contains(said, "several daemons run") ||
		!strings.Contains(said, d[0].dir) || !strings.Contains(said, d[1].dir) {
		m.Errorf("a reload of nobody in particular: %d, %s", status, said)
	}
	for _, d := range d {
		before, err := os.ReadFile(d.conf())
		m.must(err)
		d.configure(string(before) + "instance other\n")
		if status, said := m.reload(fmt.Sprint(d.proc.Pid)); status != 1 || !strings.Contains(said, "Cannot change instance name") {
			m.Errorf("a reload that moves the daemon: %d, %s", status, said)
		}
		d.configure(string(before))
		if status, said := m.reload(fmt.Sprint(d.proc.Pid)); status != 0 || said != "" {
			m.Errorf("a reload: %d, %s", status, said)
		}
	}
}

// livesOn has the namespace lose its name, and a role and a reload come after that.
func (d *daemon) livesOn() {
	name := "/run/netns/" + d.on.Namespace()
	// Whoever has it open keeps it, as does the daemon, and only the name is gone.
	if out, err := exec.Command("umount", "-l", name).CombinedOutput(); err != nil {
		d.Fatalf("%v: %s", err, out)
	}
	before := d.pid("vrrp")
	d.must(syscall.Kill(before, syscall.SIGKILL))
	d.wait("another vrrp process", func() (bool, string) {
		now := d.pid("vrrp")
		return now != 0 && now != before && strings.Count(d.proc.Log(), "Entering BACKUP STATE") > 1, fmt.Sprint(now)
	})
	d.allThere()
	if status, said := d.reload(fmt.Sprint(d.proc.Pid)); status != 0 {
		d.Errorf("a reload without the name: %d, %s", status, said)
	}
	out, err := exec.Command("mount", "--bind", fmt.Sprintf("/proc/%d/ns/net", d.proc.Pid), name).CombinedOutput()
	if err != nil {
		d.Fatalf("%v: %s", err, out)
	}
}

// Instances in one network are told apart by their names: what one leaves when it is killed stays until that one
// comes back.
func TestInstancesInOneNetwork(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		m := newMachine(t)
		h := m.host("d1", "192.168.1.151/24")
		var d [2]*daemon
		var vips [2]netip.Addr
		for i, name := range []string{"one", "two"} {
			vips[i] = netip.AddrFrom4([4]byte{192, 168, 1, byte(160 + i)})
			d[i] = &daemon{machine: m, on: h, name: name, dir: "/run/keepalived/" + h.Namespace(), tail: "_" + name}
			d[i].configure("net_namespace " + h.Namespace() + "\ninstance " + name + "\n" + secure + router("VI", 51+i, 100, vips[i], "no_accept\n"))
			d[i].start()
		}
		m.holds(h, vips[0], 1)
		m.holds(h, vips[1], 1)
		m.blocks(h, vips[0], vips[1])
		for _, d := range d {
			d.kill()
		}
		left := d[1].records()
		// Its address is another one now: the former one has to go, and nobody else's.
		d[0].configure(strings.Replace(read(m, d[0].conf()), vips[0].String(), "192.168.1.170", 1))
		d[0].start()
		m.holds(h, vips[0], 0)
		m.holds(h, netip.MustParseAddr("192.168.1.170"), 1)
		m.holds(h, vips[1], 1)
		if now := d[1].records(); now != left || left == "" {
			m.Errorf("records of the other one: %s, now %s", left, now)
		}
		d[1].configure(strings.Replace(read(m, d[1].conf()), vips[1].String(), "192.168.1.171", 1))
		d[1].start()
		m.holds(h, vips[1], 0)
		m.holds(h, netip.MustParseAddr("192.168.1.171"), 1)
		m.holds(h, netip.MustParseAddr("192.168.1.170"), 1)
		m.blocks(h, netip.MustParseAddr("192.168.1.170"), netip.MustParseAddr("192.168.1.171"))
		d[0].stop()
		m.holds(h, netip.MustParseAddr("192.168.1.171"), 1)
		m.blocks(h, netip.MustParseAddr("192.168.1.171"))
		for _, d := range d {
			if log := d.proc.Log(); strings.Contains(log, "by somebody else") {
				m.Errorf("%s has seen its table changed:\n%s", d.name, log)
			}
		}
		d[1].stop()
		m.blocks(h)
	})
}

// blocks waits until the packet filter of h has exactly these addresses.
func (m *machine) blocks(h *lab.Host, vips ...netip.Addr) {
	m.wait(fmt.Sprintf("%v blocked", vips), func() (bool, string) {
		rules, err := h.Run("nft", "list", "ruleset")
		m.must(err)
		all := strings.Count(rules, "elements = {") == len(vips)
		for _, vip := range vips {
			all = all && strings.Contains(rules, "elements = { "+vip.String()+" }")
		}
		return all, rules
	})
}

func read(m *machine, file string) string {
	b, err := os.ReadFile(file)
	m.must(err)
	return string(b)
}

// A network that is not there is a reason to try again later, and no reason to run somewhere else.
func TestNoNamespace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := filepath.Join(dir, "conf")
	for text, says := range map[string]string{
		"net_namespace none\n":      "Unable to set network namespace none - exiting: ",
		"net_namespace_ipvs none\n": "Unable to set IPVS network namespace - exiting: ",
	} {
		text += router("VI", 51, 100, netip.MustParseAddr("192.168.1.150"), "")
		if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, background := range []bool{false, true} {
			args := []string{"-l", "-G", "-f", conf}
			if !background {
				args = append(args, "-n")
			}
			cmd := exec.Command(lab.Program(), args...)
			out, _ := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != 1 || !background && !strings.Contains(string(out), says) {
				t.Errorf("%s, in the background %v: status %d\n%s", text, background, status, out)
			}
		}
	}
	if names, _ := filepath.Glob("/run/keepalived/none*"); len(names) > 0 {
		t.Errorf("made %v", names)
	}
}

// Names of routing tables are read where the configuration says, and again at each reload.
func TestNamesOfTables(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		m := newMachine(t)
		h := m.host("d1", "192.168.1.151/24")
		names := filepath.Join(h.Dir, "iproute2")
		m.must(os.Mkdir(names, 0o755))
		number := func(n int) {
			m.must(os.WriteFile(filepath.Join(names, "rt_tables"), fmt.Appendf(nil, "%d uplink\n", n), 0o644))
		}
		route := func(table int, want bool) {
			m.wait(fmt.Sprintf("a route in table %d: %v", table, want), func() (bool, string) {
				out, _ := h.Run("ip", "route", "show", "table", fmt.Sprint(table)) // no such table is an error
				return strings.Contains(out, "10.5.0.0/16") == want, out
			})
		}
		number(77)
		d := &daemon{machine: m, on: h, name: "holdfast", dir: "/run/keepalived/" + h.Namespace()}
		d.configure("net_namespace " + h.Namespace() + "\nglobal_defs {\n  iproute_usr_dir /none\n  iproute_etc_dir " + names + "\n}\n" +
			"static_routes {\n  10.5.0.0/16 via 192.168.1.1 dev eth0 table uplink\n}\n")
		d.start()
		route(77, true)
		number(78)
		if status, said := m.reload(fmt.Sprint(d.proc.Pid)); status != 0 {
			m.Errorf("%d, %s", status, said)
		}
		route(78, true)
		route(77, false)
		d.stop()
		route(78, false)
	})
}
