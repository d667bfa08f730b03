package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// rivalry are two directories in which daemons have their files, and one table.
type rivalry struct {
	*testing.T
	k    *fake.Kernel
	dirs [2]string
}

func newRivalry(t *testing.T) *rivalry {
	return &rivalry{t, fake.New(), [2]string{t.TempDir(), t.TempDir()}}
}

// begin starts a life with its file in the nth directory.
func (v *rivalry) begin(n int, o statefile.Owner, ports ...uint16) (*life, *observer.ObservedLogs) {
	v.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	l := &life{t: v.T, k: v.k, owner: o}
	path := filepath.Join(v.dirs[n], "checkers.ipvs")
	l.r = newReconciler(v.k, zap.New(core), statefile.New(path, o), "")
	l.r.dirs = func() []string { return []string{filepath.Join(v.dirs[1-n], "..", filepath.Base(v.dirs[1-n]))} }
	l.survive(ports...)
	return l, logs
}

// survive is what a start does with what is there.
func (l *life) survive(ports ...uint16) {
	l.r.survey()
	l.r.adopt(func(id ipvs.ServiceID) bool { return slices.Contains(ports, id.Port) }, false)
	l.load(ports...)
}

func (v *rivalry) ports(when string, want ...uint16) {
	v.Helper()
	wantPorts(v.T, when, v.k, want...)
}

// said wants one error of a daemon, about another one that has this process id.
func (v *rivalry) said(logs *observer.ObservedLogs, service string, pid int) {
	v.Helper()
	errors := logs.FilterLevelExact(zapcore.ErrorLevel).All()
	want := "IPVS: " + service + " of another daemon that runs, pid " + strconv.Itoa(pid) + ": left alone until it has gone"
	if len(errors) != 1 || errors[0].Message != want {
		v.Errorf("errors %v, want once %q", errors, want)
	}
}

func (v *rivalry) empty() {
	v.Helper()
	for _, dir := range v.dirs {
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			v.Errorf("files %v %v", left, err)
		}
	}
}

func ticks(l *life, n int) {
	for range n {
		l.r.check()
	}
}

// A service that two daemons want is that of the first, whatever the second does and however it ends; when the first has
// no use for it any more it is the second's.
func TestTwoDaemonsWithOneService(t *testing.T) {
	v := newRivalry(t)
	a, ofA := v.begin(0, living(t), 1, 2)
	b, ofB := v.begin(1, thisProcess(t), 2, 3)
	ticks(b, 2*roundTicks)
	v.ports("both run", 1, 2, 3)
	v.said(ofB, "service [10.0.0.1]:tcp:2 is", os.Getppid())
	b.stop()
	v.ports("the second has stopped", 1, 2)

	b, ofB = v.begin(1, thisProcess(t), 3)
	b.load(2, 3, 1)
	ticks(b, roundTicks)
	v.said(ofB, "2 services ([10.0.0.1]:tcp:1 is the first) are", os.Getppid())
	a.load(1)
	v.ports("the first has a new configuration", 1, 3)
	ticks(b, 1)
	v.ports("a tick later", 1, 2, 3)
	a.load(1, 2)
	ticks(a, roundTicks)
	v.said(ofA, "service [10.0.0.1]:tcp:2 is", os.Getppid())
	a.stop()
	v.ports("the first has stopped", 2, 3)
	ticks(b, 1)
	v.ports("a tick later", 1, 2, 3)
	b.stop()
	v.ports("both have stopped")
	v.empty()
}

// What a daemon leaves that is killed is taken over by the one that waits for it as it is, and is not the first one's any
// more when that comes back.
func TestTheOtherDaemonIsKilled(t *testing.T) {
	v := newRivalry(t)
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := killed(t, 1)
	first.Process, first.Parent = processOf(t, cmd.Process.Pid), statefile.Process{}
	v.begin(0, first, 1, 2)
	b, logs := v.begin(1, thisProcess(t), 2, 3)
	ticks(b, roundTicks)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	before := len(v.k.Commands())
	ticks(b, 2*roundTicks)
	for _, c := range v.k.Commands()[before:] {
		if c.Op != ipvs.AddService && c.Op != ipvs.AddDest { // which the kernel refuses: it is there
			t.Errorf("what is there is as wanted, and is changed: %v", c)
		}
	}
	v.said(logs, "service [10.0.0.1]:tcp:2 is", cmd.Process.Pid)
	if n := logs.FilterMessageSnippet("changed by somebody else").Len(); n != 0 {
		t.Errorf("somebody is blamed: %v", logs.All())
	}
	if n := logs.FilterMessageSnippet("of no other daemon any more, taking over").Len(); n != 1 {
		t.Errorf("said %d times: %v", n, logs.All())
	}
	a, ofA := v.begin(0, living(t), 2, 4)
	v.ports("the first is back", 2, 3, 4)
	v.said(ofA, "service [10.0.0.1]:tcp:2 is", b.owner.Parent.PID)
	a.stop()
	v.ports("and has stopped", 2, 3)
	b.stop()
	v.ports("both have stopped")
	v.empty()
}

// A table that could not be read at the start is read later: then as well what another daemon has is not touched.
func TestTwoDaemonsWithOneServiceUnread(t *testing.T) {
	v := newRivalry(t)
	v.begin(0, living(t), 1, 2)
	b := &life{t: t, k: v.k, owner: thisProcess(t)}
	b.r = newReconciler(v.k, zap.NewNop(), statefile.New(filepath.Join(v.dirs[0], "b.ipvs"), b.owner), "")
	v.k.RefuseReads(syscall.EIO)
	b.survive(2, 3)
	v.k.RefuseReads(nil)
	ticks(b, 2*roundTicks)
	v.ports("both run", 1, 2, 3)
	b.stop()
	v.ports("the second has stopped", 1, 2)
}

// Looking for other daemons takes time: what the kernel refuses has it done once, not with every try.
func TestRefusedServicesDoNotHaveOthersLookedFor(t *testing.T) {
	v := newRivalry(t)
	b, _ := v.begin(1, thisProcess(t))
	looked := 0
	b.r.dirs = func() []string { looked++; return nil }
	v.k.Refuse(func(ipvs.Command) error { return syscall.ENOMEM })
	for range 3 {
		b.load(2, 3)
		ticks(b, 1)
	}
	if looked != 1 {
		t.Errorf("looked %d times", looked)
	}
	v.k.Refuse(nil)
	ticks(b, roundTicks+1)
	v.ports("the kernel takes them", 2, 3)
	b.stop()
	v.empty()
}
