package engine

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// life is one life of a checker role: what its state file says of it is made up, so that
// several are in one process.
type life struct {
	t     *testing.T
	k     *fake.Kernel
	owner statefile.Owner
	r     *reconciler
}

// living is an owner that runs as long as the test does.
func living(t *testing.T) statefile.Owner {
	o := thisProcess(t)
	o.Process, o.Parent = o.Parent, statefile.Process{}
	return o
}

// killed is an owner that is dead, the nth one.
func killed(t *testing.T, n uint64) statefile.Owner {
	o := thisProcess(t)
	o.Process, o.Parent = statefile.Process{PID: 1 << 30, Start: n}, statefile.Process{PID: 1 << 29, Start: n}
	return o
}

// began starts a life with services of these ports.
func began(t *testing.T, k *fake.Kernel, path string, o statefile.Owner, ports ...uint16) *life {
	t.Helper()
	l := &life{t: t, k: k, owner: o, r: newReconciler(k, zap.NewNop(), statefile.New(path, o), "")}
	l.r.survey()
	l.r.adopt(func(id ipvs.ServiceID) bool { return slices.Contains(ports, id.Port) }, false)
	l.load(ports...)
	return l
}

// load is a reload to services of these ports.
func (l *life) load(ports ...uint16) {
	var ids []ipvs.ServiceID
	for id := range l.r.wanted {
		if !slices.Contains(ports, id.Port) {
			l.r.want(lvs.Table{Service: id, Gone: true})
			ids = append(ids, id)
		}
	}
	for _, p := range ports {
		l.r.want(lvs.Table{Service: webID(p), Want: under(mark(1)).Want})
		ids = append(ids, webID(p))
	}
	l.r.apply(ids)
}

func (l *life) stop() {
	l.load()
	l.r.close(false, false)
}

// ports are the services in the kernel.
func ports(t *testing.T, k *fake.Kernel) []uint16 {
	t.Helper()
	table, err := k.Read()
	if err != nil {
		t.Fatal(err)
	}
	var out []uint16
	for id := range table {
		out = append(out, id.Port)
	}
	slices.Sort(out)
	return out
}

func wantPorts(t *testing.T, when string, k *fake.Kernel, want ...uint16) {
	t.Helper()
	if got := ports(t, k); !slices.Equal(got, want) {
		t.Errorf("%s: services %v, want %v", when, got, want)
	}
}

// processOf is the process with this number.
func processOf(t *testing.T, pid int) statefile.Process {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	start, err := strconv.ParseUint(strings.Fields(string(text[bytes.LastIndexByte(text, ')'):]))[20], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return statefile.Process{PID: pid, Start: start}
}

// Two daemons beside each other, whether or not they share the path of their state files,
// leave each other's services alone; each cleans up after itself.
func TestTwoDaemonsInOneNamespace(t *testing.T) {
	for _, name := range [][2]string{{"a", "b"}, {"same", "same"}} {
		dir, k := t.TempDir(), fake.New()
		pathA, pathB := filepath.Join(dir, name[0]), filepath.Join(dir, name[1])
		a := began(t, k, pathA, living(t), 1)
		b := began(t, k, pathB, thisProcess(t), 2)
		wantPorts(t, "B started", k, 1, 2)
		b.load(2, 3)
		wantPorts(t, "B has one more", k, 1, 2, 3)
		a.stop()
		wantPorts(t, "A stopped", k, 2, 3)
		a = began(t, k, pathA, living(t), 1, 4)
		wantPorts(t, "A is back", k, 1, 2, 3, 4)
		b.stop()
		wantPorts(t, "B stopped", k, 1, 4)
		a.stop()
		wantPorts(t, "both stopped", k)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("files %v %v", left, err)
		}
	}
}

// What a killed daemon left is known when it comes back, whatever others wrote meanwhile.
func TestKilledDaemonIsCleanedUpAfter(t *testing.T) {
	for _, name := range [][2]string{{"a", "b"}, {"same", "same"}} {
		dir, k := t.TempDir(), fake.New()
		pathA, pathB := filepath.Join(dir, name[0]), filepath.Join(dir, name[1])
		b := began(t, k, pathB, living(t), 2)
		began(t, k, pathA, killed(t, 1), 1, 5)
		b.load(2, 3)
		a := began(t, k, pathA, thisProcess(t), 5, 9)
		wantPorts(t, "A is back without its service", k, 2, 3, 5, 9)
		a.stop()
		b.stop()
		wantPorts(t, "both stopped", k)
	}
}

// A role that is started again by its supervisor meets what its former life left; another
// daemon that starts in between does not.
func TestRespawnedRoleOwnsWhatItsFormerLifeLeft(t *testing.T) {
	dir, k := t.TempDir(), fake.New()
	path := filepath.Join(dir, "same")
	supervisor := living(t).Process
	first, second := killed(t, 1), thisProcess(t)
	first.Parent, second.Parent = supervisor, supervisor
	began(t, k, path, first, 1, 2)
	other := killed(t, 7)
	b := began(t, k, path, other, 3)
	wantPorts(t, "another daemon started", k, 1, 2, 3)
	b.stop()
	wantPorts(t, "and stopped", k, 1, 2)
	a := began(t, k, path, second, 1)
	wantPorts(t, "the role is back", k, 1)
	a.stop()
	wantPorts(t, "and stopped", k)
}

// A life in another network namespace that shares /run has another table.
func TestDaemonsInTwoNamespaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "same")
	here, there := fake.New(), fake.New()
	far := killed(t, 1)
	far.NetSpace++
	began(t, there, path, far, 1)
	mustDo(t, here, ipvs.Command{Op: ipvs.AddService, Service: webID(1), Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
	a := began(t, here, path, thisProcess(t), 2)
	wantPorts(t, "somebody else's service of the same name", here, 1, 2)
	a.stop()
	again := far
	again.Process.Start = 2
	began(t, there, path, again, 5).stop()
	wantPorts(t, "in the other namespace", there)
}

// Services of a version that wrote no owner are taken away once.
func TestUpgrade(t *testing.T) {
	dir, k := t.TempDir(), fake.New()
	old := filepath.Join(dir, "holdfast_ipvs.state")
	began(t, k, filepath.Join(dir, "before"), killed(t, 1), 1, 2)
	text := strings.Join([]string{formatService(webID(1)), formatService(webID(2)), ""}, "\n")
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newReconciler(k, zap.NewNop(), remembered(t, filepath.Join(dir, "s")), old)
	r.survey()
	r.adopt(func(id ipvs.ServiceID) bool { return id.Port == 1 }, false)
	wantPorts(t, "upgraded", k, 1)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old file: %v", err)
	}
}

// A supervisor is killed and the daemon started again at once, while its former role still gives
// back what it had, or is killed at that: at the tick after its end all is as wanted.
func TestStartWhileTheFormerLifeEnds(t *testing.T) {
	for _, dies := range []bool{false, true} {
		dir, k := t.TempDir(), fake.New()
		path := filepath.Join(dir, "same")
		cmd := exec.Command("cat")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		former := killed(t, 1)
		former.Process = processOf(t, cmd.Process.Pid)
		old := began(t, k, path, former, 1, 2, 5)
		old.r.setTimeouts(timeoutsOf(9))
		a := began(t, k, path, thisProcess(t), 1, 3)
		a.r.setTimeouts(timeoutsOf(7))
		a.r.check()
		wantPorts(t, "while the former life ends", k, 1, 2, 3, 5)
		if !dies {
			old.stop()
			wantPorts(t, "it gave back what it had", k, 3)
		}
		in.Close()
		_ = cmd.Wait()
		a.r.check()
		wantPorts(t, "the former life has ended", k, 1, 3)
		if got, _ := k.Timeouts(); got.TCP != timeoutsOf(7).TCP {
			t.Errorf("timeouts %v", got)
		}
		a.stop()
		wantPorts(t, "stopped", k)
		if got, _ := k.Timeouts(); got.TCP != 900*time.Second {
			t.Errorf("timeouts at the end: %v", got)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("files %v %v", left, err)
		}
	}
}
