package firewall

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const limit = 10 * time.Second // for what takes a millisecond

// A bench is a Keeper over a model.
type bench struct {
	*Keeper
	m       *model
	mu      sync.Mutex
	reports []string
	tell    func(port uint32) // what the watcher calls; nil while there is none
	noWatch error
	failed  bool // the watcher
}

type noWatcher struct{ b *bench }

func (w noWatcher) deaf() bool {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	return w.b.failed
}

func (w noWatcher) close() error {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	w.b.tell = nil
	return nil
}

func newBench(t *testing.T, stray ...string) *bench {
	b := &bench{m: newModel()}
	b.Keeper = start(b.m, func(changed func(uint32)) (watching, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.noWatch != nil {
			return nil, b.noWatch
		}
		b.tell, b.failed = changed, false
		return noWatcher{b}, nil
	}, stray, func(r Report) {
		b.mu.Lock()
		defer b.mu.Unlock()
		text := "works"
		switch {
		case r.Err != nil:
			text = r.Err.Error()
		case r.Restored > 0:
			text = "restored"
		}
		b.reports = append(b.reports, text)
	}, pauses{retry: time.Millisecond, retryMost: 4 * time.Millisecond, look: time.Millisecond})
	t.Cleanup(func() { b.Close(limit) })
	return b
}

func (b *bench) set(t *testing.T, list ...string) {
	t.Helper()
	select {
	case <-b.Set(Blocks{plainSettings, true, blocked(list...)}):
	case <-time.After(limit):
		t.Fatal("no end")
	}
}

// somebody changes the kernel, and the watcher tells of it.
func (b *bench) somebody(f func()) {
	b.m.change(f)
	b.mu.Lock()
	tell := b.tell
	b.mu.Unlock()
	tell(2)
}

func (b *bench) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: in the kernel is %q, told was %q", what, b.m, b.told())
		}
	}
}

func (b *bench) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.reports)
}

func TestSetIsThereWhenItIsDone(t *testing.T) {
	b := newBench(t)
	b.set(t, "192.0.2.1")
	expect(t, b.m, "ip keepalived: 192.0.2.1")
	b.set(t, "192.0.2.1", "fe80::1%eth0")
	expect(t, b.m, "ip keepalived: 192.0.2.1; ip6 keepalived: fe80::1 eth0")
	b.Close(limit)
	expect(t, b.m, "")
	if !b.m.closed || b.tell != nil {
		t.Errorf("left open: kernel %v, watcher %v", !b.m.closed, b.tell != nil)
	}
	if len(b.told()) > 0 {
		t.Errorf("told %q", b.told())
	}
}

func TestWhatALifeBeforeHasLeftGoes(t *testing.T) {
	b := newBench(t, "keepalived", "old")
	b.m.change(func() { b.m.put("ip6 old", "2001:db8::1") })
	b.set(t)
	expect(t, b.m, "")
}

func TestDamageIsRepaired(t *testing.T) {
	damages := map[string]func(*model){
		"flush ruleset":   func(m *model) { m.tables = map[string]*modelTable{} },
		"delete element":  func(m *model) { clear(m.tables["ip keepalived"].elements[setVIPs]) },
		"other rules":     func(m *model) { m.tables["ip6 keepalived"].damaged = true },
		"another element": func(m *model) { m.put("ip keepalived", "192.0.2.1", "192.0.2.9") },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.set(t, "192.0.2.1", "2001:db8::1")
			const all = "ip keepalived: 192.0.2.1; ip6 keepalived: 2001:db8::1"
			for n := 1; n <= 3; n++ { // it is not given up
				b.somebody(func() { damage(b.m) })
				b.eventually(t, "repair", func() bool { return len(b.told()) == n && b.m.String() == all })
			}
			if told := b.told(); !slices.Equal(told, []string{"restored", "restored", "restored"}) {
				t.Errorf("told %q", told)
			}
		})
	}
}

// Changes that are none of ours cost a look, and changes of ours not even that.
func TestOtherChangesAreLeftAlone(t *testing.T) {
	b := newBench(t)
	b.set(t, "192.0.2.1")
	calls := b.m.calls
	b.tell(1)
	b.somebody(func() { b.m.tables["inet firewalld"] = &modelTable{} })
	b.eventually(t, "look", func() bool {
		b.Keeper.mu.Lock()
		defer b.Keeper.mu.Unlock()
		return !b.foreign
	})
	b.set(t, "192.0.2.1")
	if b.m.calls != calls || len(b.told()) > 0 {
		t.Errorf("%d changes, told %q", b.m.calls-calls, b.told())
	}
}

// What is to be changed may be gone before that was heard of: everything is made anew at once.
func TestAChangeOfWhatIsGone(t *testing.T) {
	b := newBench(t)
	b.set(t, "192.0.2.1")
	b.m.change(func() { b.m.tables = map[string]*modelTable{} })
	b.set(t, "192.0.2.1", "192.0.2.2")
	expect(t, b.m, "ip keepalived: 192.0.2.1, 192.0.2.2")
	if told := b.told(); !slices.Equal(told, []string{"restored"}) {
		t.Errorf("told %q", told)
	}
}

// A refusal is told once, does not hold up who asks, and is tried again.
func TestRefusals(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPERM, unix.ENOENT, unix.EOPNOTSUPP} {
		b := newBench(t)
		b.m.refuse = errno
		b.set(t, "192.0.2.1")
		expect(t, b.m, "")
		b.eventually(t, "further attempts", func() bool {
			b.m.mu.Lock()
			defer b.m.mu.Unlock()
			return b.m.calls > 5
		})
		b.m.change(func() { b.m.refuse = nil })
		b.eventually(t, "success", func() bool { return strings.HasSuffix(strings.Join(b.told(), ","), "works") })
		expect(t, b.m, "ip keepalived: 192.0.2.1")
		if told := b.told(); !slices.Equal(told, []string{errno.Error(), "works"}) {
			t.Errorf("told %q", told)
		}
	}
}

func TestAKernelThatCannotBeWatched(t *testing.T) {
	b := newBench(t)
	b.noWatch = errors.New("no socket")
	b.set(t, "192.0.2.1")
	b.set(t, "192.0.2.2")
	expect(t, b.m, "ip keepalived: 192.0.2.2")
	if told := b.told(); !slices.Equal(told, []string{"no socket"}) {
		t.Errorf("told %q", told)
	}
}

// Where nobody can listen for a while, that is told once, and what has happened meanwhile is looked for.
func TestAKernelThatCanBeWatchedLater(t *testing.T) {
	b := newBench(t)
	b.set(t, "192.0.2.1")
	b.mu.Lock()
	tell := b.tell
	b.failed, b.noWatch = true, unix.ENOBUFS
	b.mu.Unlock()
	tell(0)
	b.eventually(t, "word of it", func() bool { return slices.Equal(b.told(), []string{unix.ENOBUFS.Error()}) })
	b.m.change(func() { b.m.tables = map[string]*modelTable{} })
	b.mu.Lock()
	b.noWatch = nil
	b.mu.Unlock()
	b.eventually(t, "repair", func() bool {
		return slices.Equal(b.told(), []string{unix.ENOBUFS.Error(), "works", "restored"}) &&
			b.m.String() == "ip keepalived: 192.0.2.1"
	})
}

// Tables that cannot be read are looked at again and not made anew, unless that goes on.
func TestTablesThatCannotBeRead(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENOBUFS, unix.ENOMEM, unix.EPERM, unix.EINTR} {
		for unread := 1; unread <= mostUnread; unread++ {
			b := newBench(t)
			b.set(t, "192.0.2.1")
			calls := b.m.calls
			b.somebody(func() { b.m.refuse, b.m.unread, b.m.looks = errno, unread, 0 })
			b.eventually(t, "another look", func() bool {
				b.m.mu.Lock()
				defer b.m.mu.Unlock()
				return b.m.looks >= min(unread+1, mostUnread)
			})
			if unread < mostUnread {
				b.m.change(func() { b.m.refuse = nil })
				b.set(t, "192.0.2.1") // what is under way has ended
				if b.m.calls != calls || len(b.told()) > 0 {
					t.Errorf("%v, %d times: %d changes, told %q", errno, unread, b.m.calls-calls, b.told())
				}
				continue
			}
			b.eventually(t, "a change", func() bool { b.m.mu.Lock(); defer b.m.mu.Unlock(); return b.m.calls > calls })
			b.m.change(func() { b.m.refuse = nil })
			b.eventually(t, "success", func() bool { return strings.HasSuffix(strings.Join(b.told(), ","), "works") })
			expect(t, b.m, "ip keepalived: 192.0.2.1")
		}
	}
}

// A watcher that fails is replaced, and what it has missed is looked for.
func TestAWatcherThatFails(t *testing.T) {
	b := newBench(t)
	b.set(t, "192.0.2.1")
	b.mu.Lock()
	tell := b.tell
	b.failed = true
	b.mu.Unlock()
	b.m.change(func() { b.m.tables = map[string]*modelTable{} })
	tell(0)
	b.eventually(t, "repair", func() bool { return b.m.String() == "ip keepalived: 192.0.2.1" })
	b.eventually(t, "another watcher", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return !b.failed && b.tell != nil
	})
}

// A kernel that is busy holds nobody up, and of what was wanted meanwhile only the last counts.
func TestABusyKernel(t *testing.T) {
	b := newBench(t)
	hold := make(chan struct{})
	b.m.change(func() { b.m.hold = hold })
	first := b.Set(Blocks{plainSettings, true, blocked("192.0.2.1")})
	var last <-chan error
	for _, list := range [][]string{{"192.0.2.2"}, {"192.0.2.3"}, {"192.0.2.4"}} {
		last = b.Set(Blocks{plainSettings, true, blocked(list...)})
	}
	select {
	case <-first:
		t.Error("done before the kernel was")
	default:
	}
	b.m.change(func() { b.m.hold = nil })
	close(hold)
	for _, done := range []<-chan error{first, last} {
		select {
		case <-done:
		case <-time.After(limit):
			t.Fatal("no end")
		}
	}
	expect(t, b.m, "ip keepalived: 192.0.2.4")
	if b.m.calls > 2 {
		t.Errorf("%d changes", b.m.calls)
	}
}
