package engine

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
	"holdfast/ipvs/kernel"
)

// A trouble is what is wrong with a kernel or the way to it for a while.
type trouble struct {
	fault fault
	ops   map[ipvs.Op]bool // of commands that are refused
	errno syscall.Errno
	every int  // each command, each second one, ...
	deaf  bool // nothing can be read
	gone  bool // the module was removed: there is no table
}

func (w trouble) String() string {
	switch {
	case w.gone:
		return "the module is gone"
	case w.deaf:
		return fmt.Sprintf("reads give %v", w.errno)
	case w.fault != refuses:
		return fmt.Sprintf("%v of %d: %v", w.fault, w.every, w.errno)
	}
	return fmt.Sprintf("%v are refused, 1 of %d: %v", slices.Sorted(maps.Keys(w.ops)), w.every, w.errno)
}

// lies reports whether the kernel would say of a service that is there that it is not, which it never does: whoever
// deletes it takes that for the end of it.
func (w trouble) lies(c ipvs.Command) bool {
	return c.Op == ipvs.DeleteService && (w.errno == syscall.ESRCH || w.errno == syscall.ENOENT)
}

// errnos are all that the kernel gives to somebody who changes its table.
var errnos = []syscall.Errno{syscall.EPERM, syscall.ENOENT, syscall.ESRCH, syscall.EINTR, syscall.EAGAIN, syscall.ENOMEM,
	syscall.EBUSY, syscall.EEXIST, syscall.ENOBUFS}

func troubles() *rapid.Generator[trouble] {
	return rapid.Custom(func(t *rapid.T) trouble {
		w := trouble{errno: rapid.SampledFrom(errnos).Draw(t, "errno"), every: rapid.IntRange(1, 3).Draw(t, "every")}
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0:
			w.gone = true
		case 1:
			w.deaf = true
			if w.errno == syscall.ESRCH { // which says that there is no service
				w.errno = syscall.ENOBUFS
			}
		case 2:
			w.fault = unsent
		case 3:
			w.fault = lost
		default:
			w.ops = map[ipvs.Op]bool{}
			for _, op := range rapid.SliceOfN(rapid.SampledFrom(everyOp), 1, 3).Draw(t, "ops") {
				w.ops[op] = true
			}
		}
		return w
	})
}

var everyOp = []ipvs.Op{ipvs.AddService, ipvs.EditService, ipvs.DeleteService, ipvs.AddDest, ipvs.EditDest, ipvs.DeleteDest}

// troubled is a kernel in memory that has troubles, one at a time.
type troubled struct {
	*fake.Kernel
	now *trouble
	n   int
}

func (k *troubled) turn() bool {
	k.n++
	return k.n%k.now.every == 0
}

func (k *troubled) Apply(cmds []ipvs.Command) []error {
	switch w := k.now; {
	case w == nil, w.deaf:
		return k.Kernel.Apply(cmds)
	case w.gone:
		return k.none(cmds, fmt.Errorf("writing the IPVS table: %w", kernel.ErrUnavailable))
	case w.fault == refuses:
		k.Refuse(func(c ipvs.Command) error {
			if w.ops[c.Op] && !w.lies(c) && k.turn() {
				return w.errno
			}
			return nil
		})
		defer k.Refuse(nil)
		return k.Kernel.Apply(cmds)
	case !k.turn():
		return k.Kernel.Apply(cmds)
	case w.fault == lost:
		k.Kernel.Apply(cmds)
	}
	return k.none(cmds, fmt.Errorf("writing the IPVS table: %w", os.NewSyscallError("recvfrom", k.now.errno)))
}

func (k *troubled) none(cmds []ipvs.Command, err error) []error {
	errs := make([]error, len(cmds))
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// reads is what becomes of a read; nil if it is answered.
func (k *troubled) reads() error {
	switch w := k.now; {
	case w != nil && w.gone:
		return fmt.Errorf("reading the IPVS services: %w", kernel.ErrUnavailable)
	case w != nil && w.deaf:
		return fmt.Errorf("reading the IPVS services: %w", w.errno)
	}
	return nil
}

func (k *troubled) Read() (ipvs.Table, error) {
	if err := k.reads(); err != nil {
		return nil, err
	}
	return k.Kernel.Read()
}

func (k *troubled) ReadService(id ipvs.ServiceID) (ipvs.Service, error) {
	if err := k.reads(); err != nil {
		return ipvs.Service{}, fmt.Errorf("reading service %v: %w", id, err)
	}
	return k.Kernel.ReadService(id)
}

// An ordeal is a reconciler through a history of changes, troubles, crashes and meddling.
type ordeal struct {
	*rapid.T
	k      *troubled
	r      *reconciler
	logs   *observer.ObservedLogs
	dir    string
	owner  statefile.Owner
	want   ipvs.Table
	others ipvs.Table      // services that are not ours
	said   map[string]bool // errors since anything happened but the passing of time
	blame  string          // why somebody else may be blamed for a difference
}

func (o *ordeal) begin() {
	core, logs := observer.New(zap.DebugLevel)
	o.logs = logs
	o.r = newReconciler(o.k, zap.New(core), statefile.New(filepath.Join(o.dir, "s"), o.owner), "")
	o.r.survey()
	o.r.adopt(func(id ipvs.ServiceID) bool { _, ours := o.want[id]; return ours }, false)
	var ids []ipvs.ServiceID
	for id, s := range o.want {
		o.r.want(lvs.Table{Service: id, Want: s})
		ids = append(ids, id)
	}
	o.r.apply(ids)
}

// change asks for other services, as a reload or a check does.
func (o *ordeal) change() {
	var ids []ipvs.ServiceID
	for _, id := range rapid.SliceOfNDistinct(fake.Services(), 1, 3, rapid.ID).Draw(o.T, "services") {
		if _, theirs := o.others[id]; theirs {
			continue
		}
		ids = append(ids, id)
		if rapid.IntRange(0, 3).Draw(o.T, "gone?") == 0 {
			o.r.want(lvs.Table{Service: id, Gone: true})
			delete(o.want, id)
			continue
		}
		s := ipvs.Service{Settings: fake.ServiceSettings(id).Draw(o.T, "settings"), Dests: map[ipvs.DestID]ipvs.DestSettings{}}
		for _, d := range rapid.SliceOfNDistinct(fake.Dests(id), 0, 4, rapid.ID).Draw(o.T, "destinations") {
			s.Dests[d] = fake.DestSettings(id, d).Draw(o.T, "destination")
		}
		o.r.want(lvs.Table{Service: id, Want: s})
		o.want[id] = s
	}
	o.r.apply(ids)
}

// meddle is somebody who changes what is ours, or makes services of his own.
func (o *ordeal) meddle() {
	if o.k.now != nil && o.k.now.gone {
		return
	}
	c := fake.Commands().Draw(o.T, "meddling")
	if _, ours := o.want[c.Service]; !ours {
		return // what becomes of a service that is nobody's is not told here
	}
	if o.k.Do(c) == nil {
		o.blame = "meddling: " + c.String()
	}
}

// troubled has something go wrong from now on, or no more.
func (o *ordeal) trouble() {
	if o.k.now != nil && o.k.now.gone {
		o.k.now = nil // the module is back, with an empty table
		return
	}
	o.k.now = nil
	if rapid.IntRange(0, 2).Draw(o.T, "peace?") == 0 {
		return
	}
	w := troubles().Draw(o.T, "trouble")
	o.k.now = &w
	switch w.errno {
	case syscall.EEXIST, syscall.ESRCH, syscall.ENOENT:
		o.blame = "the kernel says that something is there, or is not"
	}
	if w.gone {
		o.blame = "the module is gone"
		if err := o.k.Flush(); err != nil {
			o.Fatal(err)
		}
		clear(o.others)
	}
}

// tick lets a second pass, in which nothing is said that was said already.
func (o *ordeal) tick() {
	from := o.logs.Len()
	o.r.check()
	for _, l := range o.logs.All()[from:] {
		if l.Level == zap.ErrorLevel {
			// What fails now and then has ended and begun again.
			if o.said[l.Message] && (o.k.now == nil || o.k.now.every == 1) {
				o.Fatalf("said again: %s", l.Message)
			}
			o.said[l.Message] = true
		}
		if strings.Contains(l.Message, "somebody else") && o.blame == "" {
			o.Fatalf("nobody has touched it: %s", l.Message)
		}
	}
}

// expect compares the whole table with what is wanted and what is others'.
func (o *ordeal) expect(when string, ours ipvs.Table) {
	o.Helper()
	want := ipvs.Table{}
	maps.Copy(want, ours)
	maps.Copy(want, o.others)
	have, err := o.k.Read()
	if err != nil {
		o.Fatal(err)
	}
	if left := ipvs.Diff(have, want); len(left) > 0 {
		var lines []string
		for _, l := range o.logs.All() {
			lines = append(lines, l.Message)
		}
		o.Fatalf("%s the table is not as wanted:\n%v\nthe table is\n%slog:\n%s", when, left, o.k, strings.Join(lines, "\n"))
	}
}

// Whatever commands the kernel refuses, for whatever reason and however long, whatever answers are lost, whoever meddles
// and whenever the process is killed: when that is over the table is the wanted one within two rounds, nobody's services
// but ours were touched, and nothing of ours is left after a stop. What does not change is said once.
func TestAnyFaultIsMended(t *testing.T) {
	owner := thisProcess(t)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "ordeal")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		o := &ordeal{T: t, k: &troubled{Kernel: fake.New()}, dir: dir, owner: owner, want: ipvs.Table{}, others: ipvs.Table{}}
		mine := ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 77}
		o.others[mine] = ipvs.Service{Settings: ipvs.ServiceSettings{Scheduler: "wlc"}}
		if err := o.k.Do(ipvs.Command{Op: ipvs.AddService, Service: mine, Settings: o.others[mine].Settings}); err != nil {
			t.Fatal(err)
		}
		o.begin()
		for range rapid.IntRange(1, 12).Draw(t, "events") {
			o.said = map[string]bool{}
			switch rapid.IntRange(0, 8).Draw(t, "event") {
			case 0, 1, 2:
				o.change()
			case 3, 4, 5:
				o.trouble()
			case 6:
				o.meddle()
			case 7:
				o.begin() // the process was killed
			}
			for range rapid.IntRange(0, 3*roundTicks).Draw(t, "seconds") {
				o.tick()
			}
		}
		o.k.now, o.said = nil, map[string]bool{}
		if rapid.Bool().Draw(t, "at once") {
			o.stop()
			return
		}
		for range 3*roundTicks + 1 {
			o.tick()
		}
		o.expect("after all", o.want)
		if len(o.r.doubt)+len(o.r.failing) > 0 {
			t.Fatalf("still in doubt %v, failing %v", o.r.doubt, o.r.failing)
		}
		o.stop()
	})
}

// stop is an orderly stop, after which nothing of ours is left.
func (o *ordeal) stop() {
	ids := slices.Collect(maps.Keys(o.r.wanted))
	for _, id := range ids {
		o.r.want(lvs.Table{Service: id, Gone: true})
	}
	o.r.apply(ids)
	o.r.close(false, false)
	o.expect("after the stop", nil)
	if left, err := os.ReadDir(o.dir); err != nil || len(left) > 0 {
		o.Fatalf("files are left: %v %v", left, err)
	}
}
