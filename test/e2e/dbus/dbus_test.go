//go:build e2e

// Package dbus has keepalived and holdfast on a D-Bus system bus of the test's own, with the policy that is installed: the
// same files, the same story, and what is seen on the bus is the same. Then the bus does what a bus should not do.
package dbus

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

const (
	// soon bounds every wait.
	soon    = 30 * time.Second
	service = "org.keepalived.Vrrp1"
	root    = "/org/keepalived/Vrrp1"
	daemon  = root + "/Vrrp"
)

// A stage is a director and a bus.
type stage struct {
	*lab.Trial
	lan    *lab.LAN
	d      *lab.Director
	socket string
	conf   string
	bus    *exec.Cmd
	conn   *dbus.Conn // of the test

	mu      sync.Mutex
	signals []string
}

func newStage(t *lab.Trial, program string) *stage {
	s := &stage{Trial: t}
	var err error
	s.lan, err = lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(s.lan.Close()) })
	h, err := s.lan.AddHost("d1", netip.MustParsePrefix("192.168.1.151/24"))
	s.must(err)
	for _, link := range []string{"v0.7", "v-1"} {
		_, err := h.Run("ip", "link", "add", link, "type", "veth", "peer", "name", "p"+link)
		s.must(err)
		s.must(h.Sysctl("net/ipv6/conf/"+link+"/accept_dad", "0")) // an address that is looked for still is a FAULT here
		for _, args := range [][]string{{"link", "set", "p" + link, "up"}, {"link", "set", link, "up"}, {"address", "add", "10.1." + fmt.Sprint(len(link)) + ".1/24", "dev", link}} {
			_, err := h.Run("ip", args...)
			s.must(err)
		}
	}
	s.d = lab.NewDirector(h, program)
	dir := t.TempDir()
	s.socket, s.conf = filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	policy, err := filepath.Abs("../../../packaging/dbus/holdfast.conf")
	s.must(err)
	// As a system bus has it: nobody owns a name or calls a method unless a file says so, and everybody hears signals.
	s.must(os.WriteFile(s.conf, []byte(`<busconfig><type>system</type><listen>unix:path=`+s.socket+`</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus"/></policy><include>`+policy+`</include></busconfig>`), 0o644))
	t.Cleanup(s.stopBus)
	t.Witness(func() string {
		if s.d.Proc == nil {
			return ""
		}
		return s.d.Logs() + strings.Join(s.heard(), "\n")
	})
	return s
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) startBus() {
	s.Helper()
	s.bus = exec.Command("dbus-daemon", "--config-file="+s.conf, "--nofork", "--nopidfile")
	s.must(s.bus.Start())
	s.must(lab.Eventually(soon, "a bus", func() (bool, string) {
		c, err := dbus.Connect("unix:path=" + s.socket)
		if err == nil {
			s.conn = c
		}
		return err == nil, fmt.Sprint(err)
	}))
	s.must(s.conn.AddMatchSignal(dbus.WithMatchPathNamespace("/org/keepalived")))
	signals := make(chan *dbus.Signal, 1000)
	s.conn.Signal(signals)
	go func() {
		for g := range signals {
			if !strings.HasPrefix(string(g.Path), "/org/keepalived") {
				continue
			}
			s.mu.Lock()
			s.signals = append(s.signals, strings.TrimSpace(strings.TrimPrefix(string(g.Path), root)+" "+
				g.Name[strings.LastIndex(g.Name, ".")+1:]+" "+strings.Trim(fmt.Sprint(g.Body), "[]")))
			s.mu.Unlock()
		}
	}()
}

func (s *stage) stopBus() {
	if s.bus == nil {
		return
	}
	_ = s.conn.Close()
	_ = s.bus.Process.Kill() // it is the test's own
	_ = s.bus.Wait()
	s.bus = nil
	_ = os.Remove(s.socket)
}

func (s *stage) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.signals)
}

// hears waits for signals behind the first ones, in whatever order, and nothing else but repetition.
func (s *stage) hears(after int, want ...string) int {
	s.Helper()
	slices.Sort(want)
	s.must(lab.Eventually(soon, fmt.Sprintf("the signals %q", want), func() (bool, string) {
		// A first look may come before the first states.
		got := slices.DeleteFunc(s.heard()[after:], func(g string) bool { return strings.HasSuffix(g, " VrrpStatusChange 0") })
		slices.Sort(got)
		got = slices.Compact(got) // keepalived tells the first states twice, or once
		return slices.Equal(got, want), fmt.Sprintf("%q", got)
	}))
	return len(s.heard())
}

// owned waits until the daemon has its name, or has not.
func (s *stage) owned(want bool) {
	s.Helper()
	s.must(lab.Eventually(soon, fmt.Sprintf("the name is owned: %v", want), func() (bool, string) {
		var has bool
		err := s.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, service).Store(&has)
		return err == nil && has == want, fmt.Sprint(has, err)
	}))
}

// call calls a method and gives what came back, or the name of the error.
func (s *stage) call(path, method string, args ...any) string {
	c := s.conn.Object(service, dbus.ObjectPath(path)).Call(method, 0, args...)
	if e, is := c.Err.(dbus.Error); is {
		return e.Name + ": " + e.Error()
	}
	if c.Err != nil {
		return c.Err.Error()
	}
	return fmt.Sprint(c.Body)
}

// tree are all objects with interfaces of keepalived, as introspection finds them, with the methods, signals and properties.
func (s *stage) tree() string {
	out, err := exec.Command("gdbus", "introspect", "--recurse", "--address", "unix:path="+s.socket, "--dest", service,
		"--object-path", "/").CombinedOutput()
	s.must(err)
	var own []string // each line behind its node: their order is chance
	node, keep := "", false
	for line := range strings.Lines(string(out)) {
		switch text := strings.TrimSpace(line); {
		case strings.HasPrefix(text, "node "):
			node = strings.TrimSuffix(text, " {")
			own = append(own, node)
		case strings.HasPrefix(text, "interface "):
			keep = strings.Contains(text, "org.keepalived")
			if keep {
				own = append(own, node+" "+text)
			}
		case keep && text != "" && !strings.HasPrefix(text, "}"):
			own = append(own, node+" "+text)
		}
	}
	slices.Sort(own)
	return strings.Join(own, "\n")
}

func instance(name, link string, vrid, priority int, vip string) string {
	return fmt.Sprintf("vrrp_instance %s {\n  interface %s\n  virtual_router_id %d\n  priority %d\n  advert_int 1\n"+
		"  virtual_ipaddress {\n    %s\n  }\n}\n", name, link, vrid, priority, vip)
}

const global = "global_defs {\n  enable_dbus\n}\n"

// Objects of the story.
const (
	first  = "/Instance/v0_7/10/IPv4"
	second = "/Instance/v_1/11/IPv6"
	third  = "/Instance/v_1/12/IPv4"
)

// TestTheSameOnTheBus tells one story of both programs.
func TestTheSameOnTheBus(t *testing.T) {
	var seen [2]string
	for n, program := range []string{"keepalived", lab.Program()} {
		t.Run(filepath.Base(program), func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) { seen[n] = newStage(t, program).story() })
		})
	}
	if seen[0] != seen[1] {
		t.Errorf("keepalived\n%s\nholdfast\n%s", seen[0], seen[1])
	}
}

// story gives what was seen that is to be the same. The signals are what was expected by then.
func (s *stage) story() string {
	s.startBus()
	s.must(s.d.Configure(global + instance("a.b", "v0.7", 10, 100, "10.1.4.9/24") + instance("C", "v-1", 11, 100, "fe80::9/64") +
		instance("d", "v-1", 12, 90, "10.1.3.9/24")))
	wire, err := s.d.Capture("v0.7")
	s.must(err)
	defer wire.Close()
	s.start()
	const change = " VrrpStatusChange "
	at := s.hears(0, "/Vrrp VrrpStarted", first+change+"1", second+change+"1", third+change+"1", first+change+"2", second+change+"2", third+change+"2")
	s.owned(true)
	var seen []string
	note := func(what, said string) { seen = append(seen, what+": "+said) }
	note("tree", s.tree())
	for _, path := range []string{first, second, third} {
		note("all of "+path, s.call(root+path, "org.freedesktop.DBus.Properties.GetAll", service+".Instance"))
		note("state of "+path, s.call(root+path, "org.freedesktop.DBus.Properties.Get", service+".Instance", "State"))
	}
	for _, c := range []struct {
		path, method string
		args         []any
	}{
		{first, "org.freedesktop.DBus.Properties.Get", []any{service + ".Instance", "Bogus"}},
		{first, "org.freedesktop.DBus.Properties.GetAll", []any{"org.freedesktop.DBus.Peer"}},
		{first, service + ".Instance.Bogus", nil}, {first, service + ".Instance.SendGarp", []any{"x"}},
		{"/Instance/v0_7", service + ".Instance.SendGarp", nil}, {"/Vrrp", service + ".Vrrp.CreateInstance", nil},
		{"/Vrrp", service + ".Vrrp.PrintData", []any{uint32(1)}}, {first, "org.freedesktop.DBus.Peer.Ping", nil},
	} {
		note(c.method, s.call(root+c.path, c.method, c.args...))
	}
	s.garp(wire)
	s.prints()
	s.must(s.d.Configure(global + instance("renamed", "v0.7", 10, 100, "10.1.4.9/24") + instance("C", "v-1", 11, 100, "fe80::9/64") +
		instance("e", "v-1", 13, 90, "10.1.3.9/24")))
	note("reload", s.call(daemon, service+".Vrrp.ReloadConfig"))
	const fourth = "/Instance/v_1/13/IPv4"
	at = s.hears(at, third+change+"3", "/Vrrp VrrpReloaded", fourth+change+"1", fourth+change+"2")
	note("all of it, renamed", s.call(root+first, "org.freedesktop.DBus.Properties.GetAll", service+".Instance"))
	note("tree", s.tree())
	_, err = s.d.Run("ip", "link", "set", "v0.7", "down")
	s.must(err)
	at = s.hears(at, first+change+"3")
	note("all of it, in FAULT", s.call(root+first, "org.freedesktop.DBus.Properties.GetAll", service+".Instance"))
	// A reload takes it off the bus.
	s.must(s.d.Edit("enable_dbus", ""))
	s.must(s.d.Reload())
	s.hears(at, "/Vrrp VrrpStopped")
	s.owned(false)
	s.stop()
	return strings.Join(seen, "\n")
}

// garp has a master announce its address once more.
func (s *stage) garp(wire *lab.Capture) {
	s.Helper()
	vip := netip.MustParseAddr("10.1.4.9")
	// Those of the takeover are over.
	s.must(lab.Eventually(soon, "the second burst of announcements", func() (bool, string) {
		n := len(wire.GARPs(vip, time.Time{}))
		return n >= 10, fmt.Sprint(n)
	}))
	before := len(wire.GARPs(vip, time.Time{}))
	if said := s.call(root+first, service+".Instance.SendGarp"); said != "[]" {
		s.Errorf("SendGarp: %s", said)
	}
	s.must(lab.Eventually(soon, "an announcement", func() (bool, string) {
		n := len(wire.GARPs(vip, time.Time{})) - before
		return n == 1, fmt.Sprint(n)
	}))
}

// prints has the files written that signals have written.
func (s *stage) prints() {
	s.Helper()
	for method, file := range map[string]string{"PrintData": "keepalived.data", "PrintStats": "keepalived.stats",
		"PrintStatsClear": "keepalived.stats"} {
		file = filepath.Join(s.d.Dir, file)
		_ = os.Remove(file)
		if said := s.call(daemon, service+".Vrrp."+method); said != "[]" {
			s.Errorf("%s: %s", method, said)
		}
		s.must(lab.Eventually(soon, file, func() (bool, string) {
			b, err := os.ReadFile(file)
			return err == nil && strings.Contains(string(b), "a.b"), fmt.Sprint(len(b), err)
		}))
	}
}

// TestABusThatComesAndGoes: a daemon does without a bus, comes to one that comes, and to the next one.
func TestABusThatComesAndGoes(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStage(t, lab.Program())
		s.must(s.d.Configure(global + instance("VI", "v0.7", 10, 100, "10.1.4.9/24")))
		s.start()
		_, err := s.d.WaitLog(0, "D-Bus: ", soon)
		s.must(err)
		_, err = s.d.WaitLog(0, "Entering MASTER STATE", soon)
		s.must(err)
		for range 2 {
			s.startBus()
			s.owned(true)
			s.must(lab.Eventually(soon, "a master", func() (bool, string) {
				said := s.call(root+first, "org.freedesktop.DBus.Properties.Get", service+".Instance", "State")
				return strings.Contains(said, "Master"), said
			}))
			s.stopBus()
		}
		// The process with virtual routers dies: the next one begins anew, and is on the bus as that.
		s.startBus()
		s.owned(true)
		before := len(s.heard())
		pid, err := s.d.RolePid("vrrp")
		s.must(err)
		s.must(syscall.Kill(pid, syscall.SIGKILL))
		s.must(lab.Eventually(soon, "word of another life", func() (bool, string) {
			got := s.heard()[before:]
			return slices.Contains(got, "/Vrrp VrrpStarted") && got[len(got)-1] == first+" VrrpStatusChange 2", fmt.Sprint(got)
		}))
		before = len(s.heard())
		s.stop()
		s.hears(before, first+" VrrpStatusChange 98", "/Vrrp VrrpStopped")
	})
}

// TestUpgradeIsNoTransition: a daemon that goes on as another program is on the bus again, and tells of nothing that did not
// happen.
func TestUpgradeIsNoTransition(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStage(t, lab.Program())
		s.startBus()
		s.must(s.d.Configure(global + instance("VI", "v0.7", 10, 100, "10.1.4.9/24")))
		s.start()
		s.owned(true)
		_, err := s.d.WaitLog(0, "Entering MASTER STATE", soon)
		s.must(err)
		s.must(lab.Eventually(soon, "word of a master", func() (bool, string) {
			got := s.heard()
			return slices.Contains(got, first+" VrrpStatusChange 2"), fmt.Sprint(got)
		}))
		before, mark := len(s.heard()), s.d.Proc.LogSize()
		s.must(s.d.Upgrade())
		_, err = s.d.WaitLog(mark, "Acquired the name", soon)
		s.must(err)
		if said := s.call(root+first, "org.freedesktop.DBus.Properties.Get", service+".Instance", "State"); !strings.Contains(said, "Master") {
			t.Error(said)
		}
		if got := s.heard()[before:]; len(got) > 0 {
			t.Errorf("heard %q", got)
		}
		s.stop()
		s.hears(before, first+" VrrpStatusChange 98", "/Vrrp VrrpStopped")
	})
}

// TestOnlyRootCalls: with the policy that is installed others may look, and do nothing.
func TestOnlyRootCalls(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStage(t, lab.Program())
		s.startBus()
		s.must(s.d.Configure(global + instance("VI", "v0.7", 10, 100, "10.1.4.9/24")))
		s.start()
		s.owned(true)
		for dir := filepath.Dir(s.socket); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			s.must(os.Chmod(dir, 0o755)) // nobody gets as far as to the bus
		}
		for method, want := range map[string]string{
			service + ".Vrrp.ReloadConfig": "AccessDenied", service + ".Vrrp.PrintData": "AccessDenied",
			"org.freedesktop.DBus.Introspectable.Introspect": "ReloadConfig",
		} {
			cmd := exec.Command("gdbus", "call", "--address", "unix:path="+s.socket, "--dest", service, "--object-path", daemon, "--method", method)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), want) {
				t.Errorf("%s by nobody: %s, want %s", method, out, want)
			}
		}
		if log := s.d.Logs(); strings.Contains(log, "DBus request") || strings.Contains(log, "Reloading") {
			t.Error("something was done")
		}
	})
}

// start starts the daemon, which finds the bus in its environment.
func (s *stage) start() {
	s.Helper()
	s.must(os.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+s.socket))
	s.must(s.d.Start())
}

// stop ends the daemon.
func (s *stage) stop() {
	s.Helper()
	since := time.Now()
	s.must(s.d.Proc.Signal(syscall.SIGTERM))
	_, _, err := s.d.Proc.Wait(since, soon)
	s.must(err)
}
