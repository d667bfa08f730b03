//go:build e2e

// Package upgrade has running directors go on as other programs, in network namespaces of this machine's kernel, and
// looks whether anybody notices: on the wire, in the kernel, and at the other director.
package upgrade

import (
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/state"
	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

const (
	// soon bounds every wait.
	soon = 30 * time.Second
	// fast is the shorter interval between adverts, tolerance how much later than due one may come.
	fast      = 100 * time.Millisecond
	tolerance = 60 * time.Millisecond
)

// routers are what a director runs: one whose adverts come fast, one as people have it, and two in a group with a
// tracked script.
func routers(priority int) string {
	const one = "vrrp_instance VI_%d {\n    interface eth0\n    virtual_router_id %d\n    version %d\n    priority %d\n" +
		"    advert_int %g\n    virtual_ipaddress {\n        192.168.1.%d/24\n    }\n%s}\n"
	return "vrrp_script fine {\n    script \"/bin/true\"\n    interval 1\n    fall 2\n}\n" +
		"vrrp_sync_group G {\n    group {\n        VI_3\n        VI_4\n    }\n}\n" +
		fmt.Sprintf(one, 1, 51, 3, priority, fast.Seconds(), 201, "") +
		fmt.Sprintf(one, 2, 52, 2, priority, 1.0, 202, "    track_script {\n        fine\n    }\n") +
		fmt.Sprintf(one, 3, 53, 3, priority, 0.5, 203, "") +
		fmt.Sprintf(one, 4, 54, 3, priority, 0.5, 204, "")
}

// session is that of director i with the other one.
func session(i int) string {
	return fmt.Sprintf("bfd_instance other {\n    neighbor_ip 192.168.1.%d\n    source_ip 192.168.1.%d\n"+
		"    min_rx 100\n    min_tx 100\n    multiplier 5\n}\n", 152-i, 151+i)
}

// vips are their addresses.
func vips() (all []netip.Addr) {
	for n := range 4 {
		all = append(all, netip.AddrFrom4([4]byte{192, 168, 1, byte(201 + n)}))
	}
	return all
}

// pair is two directors, of which the first one is master and upgraded.
type pair struct {
	*lab.Trial
	lan     *lab.LAN
	capture *lab.Capture
	d, peer *lab.Director
	began   time.Time // since when nothing may be noticed
	mark    int       // of the peer's log then
	own     int       // of that of the first one
}

func (p *pair) must(err error) {
	if err != nil {
		p.Fatal(err)
	}
}

func newPair(t *lab.Trial, peer string) *pair {
	p := &pair{Trial: t}
	var err error
	p.lan, err = lab.NewLAN(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(p.lan.Close()) })
	p.capture, err = p.lan.Capture()
	p.must(err)
	t.Cleanup(func() { _ = p.capture.Close() })
	for i, program := range []string{lab.Program(), peer} {
		h, err := p.lan.AddHost(fmt.Sprintf("d%d", i+1), netip.MustParsePrefix(fmt.Sprintf("192.168.1.%d/24", 151+i)))
		p.must(err)
		d := lab.NewDirector(h, program)
		p.must(d.Configure(routers(150-50*i) + session(i)))
		p.must(d.Start())
		t.Witness(d.Logs)
		if i == 0 {
			p.d = d
			for _, name := range []string{"VI_1", "VI_2", "VI_3", "VI_4"} {
				_, err := d.WaitLog(0, "("+name+") Entering MASTER STATE", soon)
				p.must(err)
			}
		} else {
			p.peer = d
		}
	}
	for _, text := range []string{"(VI_2) Entering BACKUP STATE", "(other) Entering Up state"} {
		_, err = p.peer.WaitLog(0, text, soon)
		p.must(err)
	}
	_, err = p.d.WaitLog(0, "(other) Entering Up state", soon)
	p.must(err)
	time.Sleep(fast) // nothing that is awaited: the peer hears the others meanwhile, or later
	p.began, p.mark, p.own = time.Now(), p.peer.Proc.LogSize(), p.d.Proc.LogSize()
	return p
}

// upgrade runs the command on the host of the director, and gives its exit status and what it wrote.
func (p *pair) upgrade(words ...string) (int, string) {
	program, err := filepath.Abs(lab.Program())
	p.must(err)
	cmd := p.d.Command(program, append([]string{"upgrade", "--pid", fmt.Sprint(p.d.Proc.Pid)}, words...)...)
	out, _ := cmd.CombinedOutput() // the status says it
	return cmd.ProcessState.ExitCode(), string(out)
}

// runs is the program that the supervisor is, and those that its role processes are.
func (p *pair) runs() []string {
	var all []string
	for _, pid := range append([]int{p.d.Proc.Pid}, p.d.Proc.Children()...) {
		if path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil {
			all = append(all, path)
		}
	}
	return all
}

// unnoticed fails the test for whatever somebody could have noticed since the beginning.
func (p *pair) unnoticed() {
	time.Sleep(time.Until(p.began.Add(2500 * time.Millisecond))) // nothing that is awaited: adverts of that time are judged
	end := time.Now()
	for n, vip := range vips() {
		adverts := p.capture.Adverts(p.began, func(a lab.Advert) bool { return int(a.VRID) == 51+n })
		interval := []time.Duration{fast, time.Second, time.Second / 2, time.Second / 2}[n]
		worst, err := lab.Regular(adverts, end, interval, tolerance)
		if err != nil {
			p.Errorf("VI_%d: %v", n+1, err)
		}
		p.Logf("VI_%d: %d adverts, the worst %v off its time", n+1, len(adverts), worst.Round(time.Millisecond))
		for _, a := range adverts {
			if a.Priority == 0 || a.Src != netip.MustParseAddr("192.168.1.151") {
				p.Errorf("VI_%d: %v", n+1, a)
			}
		}
		for _, h := range []*lab.Director{p.d, p.peer} {
			if events := p.lan.Events().Of(h.Host, vip, p.began); len(events) > 0 {
				p.Errorf("%v came or went: %v", vip, events)
			}
		}
	}
	if said := p.peer.Proc.LogSince(p.mark); strings.Contains(said, "STATE") || strings.Contains(said, "lower priority") {
		p.Errorf("the peer has noticed something:\n%s", said)
	}
	for _, said := range []string{p.peer.Proc.LogSince(p.mark), p.d.Proc.LogSince(p.own)} {
		if strings.Contains(said, "Entering Down state") {
			p.Errorf("the BFD session went down:\n%s", said)
		}
	}
	a := p.state()
	for _, i := range a.Instances {
		if i.Counters.BecameMaster != 1 || i.State != "MASTER" {
			p.Errorf("%s is %s, became master %d times", i.Name, i.State, i.Counters.BecameMaster)
		}
	}
	if len(a.Instances) != 4 {
		p.Errorf("%d instances", len(a.Instances))
	}
}

func (p *pair) state() (a state.All) {
	program, err := filepath.Abs(lab.Program())
	p.must(err)
	out, err := p.d.Command(program, "status", "-o", "json", "-p", filepath.Join(p.d.Dir, "parent.pid")).Output()
	p.must(err)
	p.must(json.Unmarshal(out, &a))
	return a
}

// copyOf is the program under test at another path.
func copyOf(t testing.TB, name string) string {
	b, err := os.ReadFile(lab.Program())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// A director is upgraded again and again beside a keepalived, and beside one of its own kind.
func TestUpgradeIsNotNoticed(t *testing.T) {
	for _, peer := range []string{"/usr/sbin/keepalived", lab.Program()} {
		t.Run(filepath.Base(peer), func(t *testing.T) {
			t.Parallel()
			count := lab.Number(t, "UPGRADES", 4)
			lab.Judge(t, func(t *lab.Trial) {
				p := newPair(t, peer)
				programs := []string{copyOf(t, "holdfast-next"), copyOf(t, "holdfast-after")}
				sent := p.state().Instances[0].Counters.Sent
				for n := range count {
					next := programs[n%2]
					if status, out := p.upgrade(next); status != 0 {
						t.Fatalf("status %d\n%s", status, out)
					}
					for _, have := range p.runs() {
						if have != next {
							t.Errorf("a process is %s, not %s", have, next)
						}
					}
				}
				if now := p.state().Instances[0].Counters.Sent; now <= sent {
					t.Errorf("%d adverts were counted before, and %d now", sent, now)
				}
				p.unnoticed()
				// It is a daemon as before: it reloads, and it gives up what it has.
				p.must(p.d.Edit("priority 150", "priority 151"))
				p.must(p.d.Reload())
				_, err := p.d.WaitLog(0, "Reload complete", soon)
				p.must(err)
				p.must(p.d.Proc.Signal(unix.SIGTERM))
				status, _, err := p.d.Proc.Wait(time.Now(), soon)
				if p.must(err); status != 0 {
					t.Errorf("it ended with status %d", status)
				}
				_, err = p.peer.WaitLog(p.mark, "Entering MASTER STATE", soon)
				p.must(err)
			})
		})
	}
}

// broken makes programs that are this one until they break, in the way that their name says.
func broken(t *testing.T) (dir string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(root, "cmd/holdfast/main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	const begin = "func main() {\n"
	if !strings.Contains(string(text), begin) {
		t.Fatal("main does not begin as it did")
	}
	dir = t.TempDir()
	changed := filepath.Join(dir, "main.go")
	overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{main: changed}})
	for name, content := range map[string]string{
		changed:                            strings.Replace(string(text), begin, begin+"\tbreakAsNamed()\n", 1) + breaking,
		filepath.Join(dir, "overlay.json"): string(overlay),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-overlay", filepath.Join(dir, "overlay.json"),
		"-o", filepath.Join(dir, "program"), "./cmd/holdfast")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

const breaking = `
func breakAsNamed() {
	path, _ := os.Readlink("/proc/self/exe")
	switch name, role := filepath.Base(path), os.Args[0] == "keepalived_vrrp"; {
	case name == "slow" && len(os.Args) > 1 && os.Args[1] == "upgrade-trial":
		var used unix.Rusage
		for used.Utime.Sec+used.Stime.Sec < 11 {
			_ = unix.Getrusage(unix.RUSAGE_SELF, &used)
		}
	case name == "exits":
		os.Exit(1)
	case name == "hangs":
		hang()
	case name == "bfd-exits" && os.Args[0] == "keepalived_bfd":
		os.Exit(1)
	case name == "role-exits" && role:
		os.Exit(1)
	case name == "role-faults" && role:
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		hang()
	case name == "role-hangs" && role:
		hang()
	case name == "role-dies-later" && role:
		go func() {
			_ = unix.Nanosleep(&unix.Timespec{Sec: 1}, nil)
			os.Exit(1)
		}()
	}
}

func hang() {
	for {
		_ = unix.Nanosleep(&unix.Timespec{Sec: 1000}, nil)
	}
}
`

// wrongMachine makes a program for another machine.
func wrongMachine(t testing.TB, path string) {
	b, err := os.ReadFile(lab.Program())
	if err != nil {
		t.Fatal(err)
	}
	machine := elf.EM_AARCH64
	if binary.LittleEndian.Uint16(b[18:]) == uint16(machine) {
		machine = elf.EM_X86_64
	}
	binary.LittleEndian.PutUint16(b[18:], uint16(machine))
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Programs that cannot go on are refused, and the one that runs goes on, whenever it shows.
func TestBrokenProgramsAreRefused(t *testing.T) {
	dir := broken(t)
	wrongMachine(t, filepath.Join(dir, "machine"))
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var once sync.Mutex // the file is the same one
	for name, why := range map[string]string{
		"exits": "exit status 1", "hangs": "it does nothing for 10s", "machine": "exec format error",
		"script": "no program for this machine", "missing": "no such file", "/bin/true": "no holdfast",
		"role-exits": "the VRRP process has died", "role-faults": "the VRRP process has died",
		"role-hangs": "the VRRP process did not answer", "bfd-exits": "the BFD process has died",
	} {
		t.Run(strings.ReplaceAll(name, "/", "-"), func(t *testing.T) {
			t.Parallel()
			path := name
			if !strings.HasPrefix(name, "/") {
				path = filepath.Join(dir, name)
			}
			once.Lock()
			if _, err := os.Stat(path); err != nil && name != "missing" {
				if err := os.Link(filepath.Join(dir, "program"), path); err != nil {
					t.Fatal(err)
				}
			}
			once.Unlock()
			lab.Judge(t, func(t *lab.Trial) {
				p := newPair(t, "/usr/sbin/keepalived")
				before := p.d.Proc.Pid
				status, out := p.upgrade(path)
				if status != 1 || !strings.Contains(out, why) {
					t.Errorf("status %d, want %q:\n%s", status, why, out)
				}
				program, err := filepath.Abs(lab.Program())
				p.must(err)
				if have := p.runs(); !slices.Equal(have, []string{program, program, program}) || p.d.Proc.Pid != before {
					t.Errorf("what runs is %v", have)
				}
				p.unnoticed()
			})
		})
	}
}

// A role that dies soon after it has gone on brings the program of before back. That is a crash, with what it costs, but
// not one after the other.
func TestProgramThatDiesSoonIsLeft(t *testing.T) {
	dir := broken(t)
	path := filepath.Join(dir, "role-dies-later")
	if err := os.Rename(filepath.Join(dir, "program"), path); err != nil {
		t.Fatal(err)
	}
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t, lab.Program())
		status, out := p.upgrade(path)
		if status != 1 || !strings.Contains(out, "the VRRP process has died") {
			t.Errorf("status %d:\n%s", status, out)
		}
		program, err := filepath.Abs(lab.Program())
		p.must(err)
		p.must(lab.Eventually(soon, "the program of before in all processes", func() (bool, string) {
			have := p.runs()
			return slices.Equal(have, []string{program, program, program}), fmt.Sprint(have)
		}))
		p.must(lab.Eventually(soon, "a master again", func() (bool, string) {
			for _, i := range p.state().Instances {
				if i.State != "MASTER" {
					return false, i.Name + " is " + i.State
				}
			}
			return true, ""
		}))
	})
}

// A program that takes long because it works, or wants to, is awaited.
func TestASlowProgramIsAwaited(t *testing.T) {
	t.Parallel()
	dir := broken(t)
	path := filepath.Join(dir, "slow")
	if err := os.Rename(filepath.Join(dir, "program"), path); err != nil {
		t.Fatal(err)
	}
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t, lab.Program())
		begun := time.Now()
		if status, out := p.upgrade("--check", path); status != 0 || !strings.Contains(out, "can go on") {
			t.Errorf("status %d:\n%s", status, out)
		}
		if took := time.Since(begun); took < 11*time.Second {
			t.Errorf("it took %v only, so that nothing is tried here", took)
		}
		p.unnoticed()
	})
}

// --check says whether a program could go on, and does nothing.
func TestCheckDoesNothing(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t, lab.Program())
		if status, out := p.upgrade("--check"); status != 0 || !strings.Contains(out, "can go on") {
			t.Errorf("status %d:\n%s", status, out)
		}
		if status, out := p.upgrade("--check", "/bin/true"); status != 1 || !strings.Contains(out, "no holdfast") {
			t.Errorf("status %d:\n%s", status, out)
		}
		p.must(p.d.Edit("advert_int 1\n", "advert_int 2\n"))
		if status, out := p.upgrade(); status != 1 || !strings.Contains(out, "reload first") {
			t.Errorf("status %d:\n%s", status, out)
		}
		p.unnoticed()
	})
}

// Whoever kills the supervisor in the middle of an upgrade has a host that the next start takes over: nothing is left, and
// the other director serves meanwhile.
func TestKilledInTheMiddle(t *testing.T) {
	for _, after := range []time.Duration{20, 80, 150, 250, 500} {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				p := newPair(t, lab.Program())
				kill := time.AfterFunc(after, func() { _ = unix.Kill(p.d.Proc.Pid, unix.SIGKILL) })
				defer kill.Stop()
				if status, out := p.upgrade(copyOf(t, "holdfast-next")); status == 0 {
					t.Fatalf("it was not killed: %s", out)
				}
				for _, name := range []string{"VI_1", "VI_2", "VI_3", "VI_4"} {
					_, err := p.peer.WaitLog(p.mark, "("+name+") Entering MASTER STATE", soon)
					p.must(err)
				}
				p.must(lab.Eventually(soon, "no address left", func() (bool, string) {
					for _, vip := range vips() {
						if n, err := p.d.CountAddr("eth0", vip); err != nil || n > 0 {
							return false, fmt.Sprint(vip, err)
						}
					}
					return true, ""
				}))
				p.must(p.d.Start())
				for _, name := range []string{"VI_1", "VI_2", "VI_3", "VI_4"} {
					_, err := p.d.WaitLog(0, "("+name+") Entering MASTER STATE", soon)
					p.must(err)
				}
			})
		})
	}
}
