package engine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// A fault is what becomes of commands on their way.
type fault uint8

const (
	refuses fault = iota // the kernel says no to those of one kind
	unsent               // nothing reaches the kernel
	lost                 // the kernel does it, its answer does not arrive
)

func (f fault) String() string { return [...]string{"refused", "not sent", "answer lost"}[f] }

// flaky is a kernel in memory with a way to it that fails.
type flaky struct {
	*fake.Kernel
	on    bool
	fault fault
	op    ipvs.Op
	errno syscall.Errno
	calls int // while it fails
}

func (k *flaky) Apply(cmds []ipvs.Command) []error {
	if !k.on {
		return k.Kernel.Apply(cmds)
	}
	k.calls++
	if k.fault == refuses {
		k.Refuse(func(c ipvs.Command) error {
			if c.Op == k.op {
				return k.errno
			}
			return nil
		})
		defer k.Refuse(nil)
		return k.Kernel.Apply(cmds)
	}
	if k.fault == lost {
		k.Kernel.Apply(cmds)
	}
	errs := make([]error, len(cmds))
	for i := range errs {
		errs[i] = fmt.Errorf("writing the IPVS table: %w", os.NewSyscallError("recvfrom", k.errno))
	}
	return errs
}

// bench is a reconciler with a service that stays, one that comes and one that goes.
type bench struct {
	t      *testing.T
	k      *flaky
	r      *reconciler
	logs   *observer.ObservedLogs
	state  string
	before string // the table at first
	after  string // and when all is as wanted
}

func under(dests ...ipvs.DestID) lvs.Table {
	t := lvs.Table{Want: ipvs.Service{
		Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32}, Dests: map[ipvs.DestID]ipvs.DestSettings{},
	}}
	for _, d := range dests {
		t.Want.Dests[d] = ipvs.DestSettings{Method: ipvs.Route, Weight: 1}
	}
	return t
}

// changeAll asks for every kind of command: it gives a kernel that is not flaky yet.
func newBench(t *testing.T) *bench {
	core, logs := observer.New(zap.DebugLevel)
	b := &bench{t: t, k: &flaky{Kernel: fake.New()}, logs: logs, state: filepath.Join(t.TempDir(), "s")}
	b.r = newReconciler(b.k, zap.New(core), remembered(t, b.state), "")
	b.r.survey()
	b.r.adopt(func(ipvs.ServiceID) bool { return false }, false)
	b.ask(webID(80), under(mark(1), mark(2)))
	b.ask(webID(81), under(mark(1)))
	b.r.apply([]ipvs.ServiceID{webID(80), webID(81)})
	b.before = b.k.String()
	return b
}

func (b *bench) ask(id ipvs.ServiceID, t lvs.Table) {
	t.Service = id
	b.r.want(t)
}

// change asks for one command of each kind, and for the contrary in the table of after.
func (b *bench) change() {
	stays := under(mark(2), mark(3)) // 1 goes, 3 comes
	stays.Want.Settings.Scheduler = "wrr"
	stays.Want.Dests[mark(2)] = ipvs.DestSettings{Method: ipvs.Route, Weight: 7}
	b.ask(webID(80), stays)
	b.r.want(lvs.Table{Service: webID(81), Gone: true})
	b.ask(webID(82), under(mark(1)))
	b.r.apply([]ipvs.ServiceID{webID(80), webID(81), webID(82)})
	want := ipvs.Table{webID(80): stays.Want, webID(82): under(mark(1)).Want}
	b.after = ipvs.Format(want)
}

// stop is what the loop does at a stop.
func (b *bench) stop() {
	ids := make([]ipvs.ServiceID, 0, len(b.r.wanted))
	for id := range maps.Clone(b.r.wanted) {
		b.r.want(lvs.Table{Service: id, Gone: true})
		ids = append(ids, id)
	}
	b.r.apply(ids)
	b.r.close(false, false)
}

// written is what the state file says is ours; nil when there is none.
func (b *bench) written() map[ipvs.ServiceID]bool {
	b.t.Helper()
	l, err := recall(remembered(b.t, b.state), "")
	if err != nil {
		b.t.Fatal(err)
	}
	return l.services
}

func eachFault(t *testing.T, run func(t *testing.T, f fault, op ipvs.Op, errno syscall.Errno)) {
	ops := map[ipvs.Op]string{
		ipvs.AddService: "add service", ipvs.EditService: "edit service", ipvs.DeleteService: "delete service",
		ipvs.AddDest: "add destination", ipvs.EditDest: "edit destination", ipvs.DeleteDest: "delete destination",
	}
	errnos := []syscall.Errno{syscall.ENOBUFS, syscall.EINTR, syscall.EAGAIN, syscall.ENOMEM, syscall.EPERM, syscall.EBUSY, syscall.ECONNREFUSED}
	for _, f := range []fault{refuses, unsent, lost} {
		for op, name := range ops {
			if f != refuses && op != ipvs.AddService {
				continue // whatever the command, all fail
			}
			for _, errno := range errnos {
				t.Run(fmt.Sprintf("%s/%s/%s", f, name, errno), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { run(t, f, op, errno) })
				})
			}
		}
	}
}

// Whatever the command and whatever the reason for which it was not done, or not known to be:
// it is said once, and it is right at the tick after the one at which the reason has gone,
// or within one round when that took longer.
func TestEveryCommandIsTriedAgain(t *testing.T) {
	eachFault(t, func(t *testing.T, f fault, op ipvs.Op, errno syscall.Errno) {
		for _, long := range []bool{false, true} {
			b := newBench(t)
			b.k.fault, b.k.op, b.k.errno, b.k.on = f, op, errno, true
			b.change()
			wait := 1
			if long {
				wait = roundTicks + 1
				for range 3 * roundTicks {
					b.r.check()
				}
			}
			b.k.on = false
			for range wait {
				b.r.check()
			}
			if got := b.k.String(); got != b.after {
				t.Errorf("long %v: the table is\n%swant\n%s", long, got, b.after)
			}
			said := 1
			if f == refuses && op == ipvs.AddDest {
				said = 2 // in two services
			}
			if n := b.logs.FilterLevelExact(zap.ErrorLevel).Len(); n != said {
				t.Errorf("long %v: %d errors, want %d: %v", long, n, said, b.logs.All())
			}
			for _, l := range b.logs.All() {
				if strings.Contains(l.Message, "somebody else") {
					t.Errorf("long %v: %s", long, l.Message)
				}
			}
			if got := b.written(); len(got) != 2 || !got[webID(80)] || !got[webID(82)] {
				t.Errorf("long %v: written down as ours: %v", long, got)
			}
			b.stop()
			wantTable(t, b.k.Kernel, "")
		}
	})
}

// A stop before anything was read back leaves nothing, if the reason has gone in time; else
// it leaves word of what is there.
func TestStopAfterAFault(t *testing.T) {
	eachFault(t, func(t *testing.T, f fault, op ipvs.Op, errno syscall.Errno) {
		b := newBench(t)
		b.k.fault, b.k.op, b.k.errno, b.k.on = f, op, errno, true
		b.change()
		b.k.on = false
		b.stop()
		wantTable(t, b.k.Kernel, "")
		if left, err := os.ReadDir(filepath.Dir(b.state)); err != nil || len(left) != 0 {
			t.Errorf("files %v %v", left, err)
		}
	})
}

// What the kernel does not let go at a stop is known to the next life, and that takes it away.
func TestWhatAStopCouldNotTakeAway(t *testing.T) {
	eachFault(t, func(t *testing.T, f fault, _ ipvs.Op, errno syscall.Errno) {
		b := newBench(t)
		b.k.fault, b.k.op, b.k.errno, b.k.on = f, ipvs.DeleteService, errno, true
		b.stop()
		if b.k.calls < 3 && f != lost || b.k.calls > 50 {
			t.Errorf("tried %d times", b.k.calls)
		}
		if f == lost { // it was done: reading back shows it
			wantTable(t, b.k.Kernel, "")
			if got := b.written(); len(got) != 0 {
				t.Errorf("written down: %v", got)
			}
			return
		}
		if got := b.written(); len(got) != 2 {
			t.Errorf("written down: %v", got)
		}
		b.k.on = false
		r := newReconciler(b.k, zap.NewNop(), remembered(t, b.state), "")
		if left := r.survey(); len(left.Table) != 2 {
			t.Errorf("left: %v", left)
		}
		r.adopt(func(ipvs.ServiceID) bool { return false }, false)
		wantTable(t, b.k.Kernel, "")
	})
}

// A stop tries what it can within a second, also when nothing can be read.
func TestStopEndsWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.k.fault, b.k.errno, b.k.on = unsent, syscall.ENOBUFS, true
		b.k.RefuseReads(syscall.ENOBUFS)
		b.stop()
		if got := b.written(); len(got) != 2 {
			t.Errorf("written down: %v", got)
		}
		if n := b.logs.FilterLevelExact(zap.ErrorLevel).Len(); n > 3 {
			t.Errorf("%d errors: %v", n, b.logs.All())
		}
	})
}

// While the table cannot be read, nothing of ours is forgotten: what a former life left is
// taken away, and what is wanted is right, when it can.
func TestTableThatCannotBeReadAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t) // never stopped: as if killed
		mustDo(t, b.k.Kernel, ipvs.Command{Op: ipvs.AddService, Service: webID(99), Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
		core, logs := observer.New(zap.DebugLevel)
		r := newReconciler(b.k, zap.New(core), remembered(t, b.state), "")
		b.k.RefuseReads(syscall.ENOBUFS)
		r.survey()
		r.adopt(func(id ipvs.ServiceID) bool { return id == webID(80) }, false)
		r.want(lvs.Table{Service: webID(80), Want: under(mark(1), mark(2)).Want})
		r.apply([]ipvs.ServiceID{webID(80)})
		for range 3 * roundTicks {
			r.check()
		}
		if got := b.written(); !got[webID(80)] || !got[webID(81)] {
			t.Errorf("written down: %v", got)
		}
		b.k.RefuseReads(nil)
		for range 2 * roundTicks {
			r.check()
		}
		want := ipvs.Table{webID(80): under(mark(1), mark(2)).Want, webID(99): under().Want}
		if got := b.k.String(); got != ipvs.Format(want) {
			t.Errorf("the table is\n%swant\n%s", got, ipvs.Format(want))
		}
		if n := logs.FilterLevelExact(zap.ErrorLevel).Len(); n > 2 {
			t.Errorf("%d errors: %v", n, logs.All())
		}
		if got := b.written(); len(got) != 1 || !got[webID(80)] {
			t.Errorf("written down at the end: %v", got)
		}
	})
}

// One tick asks a kernel that does not answer once, and less often the longer that lasts.
func TestAKernelThatDoesNotAnswerIsLeftInPeace(t *testing.T) {
	b := newBench(t)
	for i := range 50 {
		b.ask(webID(uint16(1000+i)), under(mark(1)))
	}
	b.r.apply(b.r.order)
	reads := &countedReads{Kernel: b.k, err: errors.New("no answer")}
	b.r.kernel = reads
	const ticks = 60
	for range ticks {
		b.r.check()
	}
	if reads.n < ticks/(roundTicks+1) || reads.n > ticks/(roundTicks+1)+roundTicks {
		t.Errorf("%d reads in %d ticks", reads.n, ticks)
	}
	reads.err = nil
	for range 2*roundTicks + 1 {
		b.r.check()
	}
	if len(b.r.doubt) != 0 || len(b.r.failing) != 0 {
		t.Errorf("still in doubt %v, failing %v", b.r.doubt, b.r.failing)
	}
}

// Nor do commands without an answer hold the loop: one tick waits for one of them.
func TestATickWaitsForOneAnswer(t *testing.T) {
	b := newBench(t)
	var ids []ipvs.ServiceID
	for i := range 50 {
		ids = append(ids, webID(uint16(1000+i)))
		b.ask(ids[i], under(mark(1)))
	}
	b.k.fault, b.k.errno, b.k.on = unsent, syscall.ETIMEDOUT, true
	b.r.apply(ids)
	const ticks = 60
	for range ticks {
		before := b.k.calls
		if b.r.check(); b.k.calls > before+1 {
			t.Fatalf("%d commands in a tick", b.k.calls-before)
		}
	}
	if n := b.k.calls; n < ticks/(roundTicks+1) || n > ticks/(roundTicks+1)+roundTicks {
		t.Errorf("%d commands in %d ticks", n, ticks)
	}
	b.k.on = false
	for range roundTicks + 2 {
		b.r.check()
	}
	if len(b.r.doubt) != 0 || len(b.r.failing) != 0 {
		t.Errorf("still in doubt %v, failing %v", b.r.doubt, b.r.failing)
	}
}

type countedReads struct {
	Kernel
	n   int
	err error
}

func (k *countedReads) ReadService(id ipvs.ServiceID) (ipvs.Service, error) {
	k.n++
	if k.err != nil {
		return ipvs.Service{}, k.err
	}
	return k.Kernel.ReadService(id)
}

// A state file that could not be written is written when it can, without any change.
func TestStateIsWrittenLater(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(t.TempDir(), "later")
	b.r.state = statefile.New(filepath.Join(dir, "s"), thisProcess(t))
	b.ask(webID(82), under(mark(1)))
	b.r.apply([]ipvs.ServiceID{webID(82)})
	for range 3 {
		b.r.check()
	}
	if n := b.logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
		t.Errorf("%d errors, want 1: %v", n, b.logs.All())
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b.r.check()
	b.state = filepath.Join(dir, "s")
	if got := b.written(); len(got) != 3 {
		t.Errorf("written down: %v", got)
	}
}

// Timeouts that could not be set are set later, and restored.
func TestTimeoutsAreTriedAgain(t *testing.T) {
	// The errors of the fake are those of reading; a wrapper refuses setting.
	b := newBench(t)
	k := &stubbornTimeouts{Kernel: b.k, err: syscall.ENOBUFS}
	b.r.kernel = k
	first, _ := b.k.Timeouts()
	b.k.RefuseReads(syscall.ENOBUFS)
	b.r.setTimeouts(timeoutsOf(7))
	b.r.check()
	b.k.RefuseReads(nil)
	for range 2 * roundTicks {
		b.r.check()
	}
	k.err = nil
	b.r.check()
	if got, _ := b.k.Timeouts(); got.TCP != timeoutsOf(7).TCP {
		t.Errorf("timeouts %v", got)
	}
	k.fails = 2
	synctest.Test(t, func(t *testing.T) { b.stop() })
	if got, _ := b.k.Timeouts(); got != first {
		t.Errorf("after the stop %v, want %v", got, first)
	}
}

type stubbornTimeouts struct {
	Kernel
	err   error
	fails int
}

func (k *stubbornTimeouts) SetTimeouts(t ipvs.Timeouts) error {
	if k.fails > 0 {
		k.fails--
		return syscall.EINTR
	}
	if k.err != nil {
		return k.err
	}
	return k.Kernel.SetTimeouts(t)
}

func timeoutsOf(seconds int) config.LVSTimeouts {
	return config.LVSTimeouts{TCP: time.Duration(seconds) * time.Second}
}

// The table and the state file are gone before the first of thousands of lines about them, so
// that a stop which is cut short leaves nothing but lines unwritten.
func TestStopTakesTheTableAwayBeforeItsLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		k := fake.New()
		lines, early := 0, 0
		hook := zap.Hooks(func(e zapcore.Entry) error {
			if strings.HasPrefix(e.Message, "Shutting down service") {
				lines++
				if left, err := os.ReadDir(dir); k.String() != "" || err != nil || len(left) != 0 {
					early++
				}
			}
			return nil
		})
		w := begin(t, k, func(o *Options) {
			o.State = remembered(t, filepath.Join(dir, "s"))
			o.Log = o.Log.WithOptions(hook)
		})
		w.load(large(10, 5))
		w.end()
		if lines != 105 || early != 0 {
			t.Errorf("%d lines, %d while there was something left", lines, early)
		}
	})
}
