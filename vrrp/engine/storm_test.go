package engine

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/internal/netif"
	"holdfast/internal/notify"
	"holdfast/vrrp"
)

// A diary notes in which order an engine tells others: it is its announcer, its notifier and
// its log.
type diary struct {
	owed    int
	entries []string
}

func (d *diary) note(format string, args ...any) {
	d.entries = append(d.entries, fmt.Sprintf(format, args...))
}

func (d *diary) Announce(owner netif.Owner, targets []netif.Target, repeat int, _ netif.Pauses) {
	d.note("owe VI_%d %d x %d", owner, len(targets), repeat)
	d.owed += len(targets)
}
func (d *diary) Cancel(owner netif.Owner) { d.note("cancel VI_%d", owner) }
func (d *diary) Next() (time.Time, bool)  { return time.Time{}, false }
func (d *diary) Send(time.Time) bool      { return false }
func (d *diary) Sent() [2]uint64          { return [2]uint64{} }

func (d *diary) SendFirst(time.Time) bool {
	if d.owed == 0 {
		return false
	}
	d.owed--
	d.note("frame")
	return true
}
func (d *diary) SetLink(netif.Link)       {}
func (d *diary) RemoveLink(netif.Link)    {}
func (d *diary) SetGroups([]netif.Group)  {}
func (d *diary) Close() error             { return nil }
func (d *diary) Configure(*config.Config) {}
func (d *diary) VRRP(n notify.VRRPEvent)  { d.note("notify %s %s", n.Name, n.State) }

// notifier is the part of a diary that an engine closes with a deadline.
type notifier struct{ *diary }

func (notifier) Close(context.Context) {}

// told is what an engine that was given two instances does with an output, in its order.
func told(t *testing.T, o vrrp.Output) (entries []string) {
	var d diary
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		must(t, e.Prepare(t.Context(), cfg(instance("VI_1", 51, 100, "10.0.0.1/32"), instance("VI_2", 52, 100, "10.0.0.2/32", "10.0.0.3/32"))))
		must(t, e.Commit(t.Context()))
		e.opt.Notifier, e.arp = notifier{&d}, &d
		hook := func(l zapcore.Entry) error { d.note("log %s", l.Message); return nil }
		e.log = zap.New(zapcore.RegisterHooks(e.log.Core(), hook))
		e.do(o)
		entries = slices.Clone(d.entries)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, e.Run(ctx))
	})
	return entries
}

// However many take over together, the first announcement of each address goes out before
// anything is logged or any script is started.
func TestFirstAnnouncementsGoBeforeLinesAndScripts(t *testing.T) {
	got := told(t, vrrp.Output{
		Addresses: []vrrp.VIPs{{Router: 1, On: true}, {Router: 2, On: true}},
		Announce:  []vrrp.Announce{{Router: 1, Repeat: 5}, {Router: 2, Repeat: 3}},
		Log:       []vrrp.Log{{Text: "VI_1 is master"}, {Text: "VI_2 is master"}},
		Notify:    []vrrp.Notify{{Router: 1, Name: "VI_1", State: vrrp.NotifyMaster}, {Router: 2, Name: "VI_2", State: vrrp.NotifyMaster}},
	})
	want := []string{"owe VI_1 1 x 5", "owe VI_2 2 x 3", "frame", "frame", "frame",
		"log VI_1 is master", "log VI_2 is master", "notify VI_1 MASTER", "notify VI_2 MASTER"}
	if !slices.Equal(got, want) {
		t.Errorf("done %q\nwant %q", got, want)
	}
}

// An instance that gives its addresses up in the same breath is not announced.
func TestWhatIsGivenUpIsNotAnnounced(t *testing.T) {
	conformance.Refuses(t, "R66")
	got := told(t, vrrp.Output{Addresses: []vrrp.VIPs{{Router: 1, On: true}, {Router: 1}}, Announce: []vrrp.Announce{{Router: 1, Repeat: 5}}})
	if want := []string{"cancel VI_1"}; !slices.Equal(got, want) {
		t.Errorf("done %q, want %q", got, want)
	}
}

// Two bursts that are due at the same moment are sent as 2.2.7 sends them: both.
func TestBurstsOfOneMomentAddUp(t *testing.T) {
	got := told(t, vrrp.Output{Addresses: []vrrp.VIPs{{Router: 1, On: true}}, Announce: []vrrp.Announce{{Router: 1, Repeat: 3}, {Router: 1, Repeat: 2}}})
	if want := []string{"owe VI_1 1 x 3", "owe VI_1 1 x 5", "frame", "frame"}; !slices.Equal(got, want) {
		t.Errorf("done %q, want %q", got, want)
	}
}

// A queue that drains slowly has room for an advert now and then: two lines are enough for
// that, however long it takes.
func TestAnInterfaceWithoutRoomIsReportedOnce(t *testing.T) {
	seen, lines := observer.New(zap.DebugLevel)
	e, p := New(Options{Log: zap.New(seen)}), &port{key: mainPort}
	e.now = time.Unix(1000, 0)
	for n := range 1000 {
		e.now = e.now.Add(100 * time.Millisecond)
		var err error
		if n < 700 && n%3 > 0 {
			err = unix.EAGAIN
		}
		e.sent(p, vrrp.Transmit{Interface: "eth0"}, err)
	}
	var got []string
	for _, l := range lines.All() {
		got = append(got, l.Message)
	}
	if len(got) != 2 || !strings.Contains(got[0], "cannot send") || !strings.Contains(got[1], "works again") {
		t.Errorf("logged %q", got)
	}
}

// What a line, a transition or an advert makes of garbage must not depend on how many
// instances there are.
func TestATurnDoesNotDescribeAllInstances(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		e.log = zap.NewNop()
		var list []config.Instance
		for i := range 250 {
			list = append(list, instance("VI_"+itoa(i+1), uint8(i+1), 100, prefixText(10, 0, i, 1)))
		}
		must(t, e.Prepare(t.Context(), cfg(list...)))
		must(t, e.Commit(t.Context()))
		const turns, ceiling = 200, 4 << 10
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range turns {
			e.events.Post(func() {
				e.do(vrrp.Output{Log: []vrrp.Log{{Text: "a line"}}, Notify: []vrrp.Notify{{Name: "VI_1", State: vrrp.NotifyBackup}}})
			})
			must(t, e.events.Turn())
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / turns; each > ceiling {
			t.Errorf("%d bytes of garbage for a line, want %d at most", each, ceiling)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, e.Run(ctx))
	})
}
