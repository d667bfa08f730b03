package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/announcer"
	"holdfast/internal/override"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/internal/super"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// A board is where places are shown, with the table that there was at each moment.
type board struct {
	mu     sync.Mutex
	kernel *fake.Kernel
	begun  time.Time
	lines  []string
	shown  []announce.Place
	notice time.Duration // what Yield answers
}

func (b *board) Yield(on bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf("%v: yields %v", time.Since(b.begun).Round(100*time.Millisecond), on))
	return b.notice
}

func (b *board) Set(want []announce.Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = want
	b.lines = append(b.lines, fmt.Sprintf("%v: %v, %d lines of table", time.Since(b.begun).Round(100*time.Millisecond), want,
		strings.Count(b.kernel.String(), "\n")))
}

func (b *board) Report() ([]announce.Problem, uint64) {
	return []announce.Problem{{Place: announce.Place{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Dev: "lo"}, Text: "no room"}}, 0
}

func (b *board) Close(time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf("%v: end, %d lines of table", time.Since(b.begun).Round(100*time.Millisecond),
		strings.Count(b.kernel.String(), "\n")))
	return len(b.shown) > 0
}

func (b *board) HandOver() (announcer.Former, []int) { return announcer.Former{Repairs: 7}, nil }

func (b *board) Resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, "resumes")
}

func (b *board) Succeed(f announcer.Former, fds []int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf("goes on from %d repairs, %d files", f.Repairs, len(fds)))
	return nil
}

// all are its lines so far.
func (b *board) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// last is the latest of them.
func (b *board) last() string {
	if all := b.all(); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// announced has the service shown on lo, held back for some time after it was withdrawn.
func announced(c *config.Config, hold time.Duration) *config.Config {
	c.VirtualServers[0].Announce = &config.Announce{Dev: "lo", Hold: hold}
	return c
}

func expectLines(t *testing.T, b *board, want ...string) {
	t.Helper()
	if got := strings.Join(b.all(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("shown:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// A service is shown when its table is whole and all checks have run, withdrawn with its quorum, and before the table
// goes at the end.
func TestAnnounceWhileHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b := &board{kernel: k, begun: time.Now()}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		w.load(announced(web(2), 3*time.Second))
		after(100 * time.Millisecond)
		expectLines(t, b) // the servers are in the table, and no check has run
		for _, a := range w.snapshot().Announced {
			if got := fmt.Sprint(a[0].Place, " ", a[0].Why, " ", a[0].Problem, " ", a[0].On); got !=
				"10.0.0.1/32 on lo [10.0.0.1]:tcp:80: 2 of 2 checks have no result yet no room false" {
				t.Error(got)
			}
		}
		after(2 * time.Second)
		expectLines(t, b, shownAfter("1s", 3))
		w.set("10.1.0.1:80", true)
		after(5 * time.Second)
		expectLines(t, b, shownAfter("1s", 3)) // the quorum holds with one
		w.set("10.1.0.2:80", true)
		after(5 * time.Second)
		withdrawn := b.last()
		if !strings.Contains(withdrawn, ": [], ") {
			t.Fatalf("not withdrawn: %v", b.all())
		}
		w.set("10.1.0.1:80", false)
		w.set("10.1.0.2:80", false)
		after(2500 * time.Millisecond)
		if n := len(b.all()); n != 2 {
			t.Errorf("not held back: %v", b.all())
		}
		after(3 * time.Second)
		if n := len(b.all()); n != 3 || !strings.Contains(b.all()[2], "10.0.0.1/32 on lo") {
			t.Errorf("not shown again: %v", b.all())
		}
		end := time.Now()
		w.end()
		if last := b.last(); !strings.HasSuffix(last, "end, 3 lines of table") {
			t.Errorf("withdrawn after the table: %v", b.all())
		}
		if took := time.Since(end); took < farewell {
			t.Errorf("the table went %v after what showed it", took)
		}
		for _, line := range []string{"Announcing 10.0.0.1/32 on lo\n",
			"Withdrawing 10.0.0.1/32 on lo: [10.0.0.1]:tcp:80: its quorum is lost\n"} {
			if !strings.Contains(w.lines(), line) {
				t.Errorf("no line %q in\n%s", line, w.lines())
			}
		}
	})
}

func shownAfter(at string, lines int) string {
	return fmt.Sprintf("%s: [10.0.0.1/32 on lo], %d lines of table", at, lines)
}

// A kernel that does not take what is wanted has nothing shown, until it does.
func TestNothingIsAnnouncedThatTheKernelRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		k.Refuse(func(c ipvs.Command) error {
			if c.Op == ipvs.AddDest {
				return syscall.ENOMEM
			}
			return nil
		})
		b := &board{kernel: k, begun: time.Now()}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		w.load(announced(web(1), 0))
		after(10 * time.Second)
		expectLines(t, b)
		k.Refuse(nil)
		after(10 * time.Second)
		if len(b.all()) != 1 {
			t.Errorf("shown: %v", b.all())
		}
		w.end()
	})
}

// A reload that adds a server whose check has not run takes nothing away; one that takes the word away does.
func TestAnnounceOverReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b := &board{kernel: k, begun: time.Now()}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		w.load(announced(web(1), 0))
		after(3 * time.Second)
		w.load(announced(web(2), 0))
		after(3 * time.Second)
		expectLines(t, b, shownAfter("1s", 2))
		w.load(web(2))
		after(time.Second)
		if got := b.last(); len(b.all()) != 2 || !strings.Contains(got, ": [], ") {
			t.Errorf("shown: %v", b.all())
		}
		end := time.Now()
		w.end()
		if took := time.Since(end); took >= farewell {
			t.Errorf("nothing was shown, and the stop waited %v", took)
		}
	})
}

// A director that is drained yields, shows nothing when routers have heard of it, and keeps its table; at the end of that
// it shows again at once what can serve.
func TestDrainedDirector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b := &board{kernel: k, begun: time.Now(), notice: 2 * time.Second}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		w.load(announced(web(2), 3*time.Second))
		after(3 * time.Second)
		director := override.Target{Kind: override.Director}
		w.engine.Override(director, override.Override{Target: director, Action: override.Drain, By: "root"})
		after(3 * time.Second)
		const why = "this director is drained by root (0)"
		for _, a := range w.snapshot().Announced {
			if a[0].Why != why || !a[0].Drained || a[0].On {
				t.Errorf("%+v", a[0])
			}
		}
		w.load(announced(web(1), 3*time.Second))
		after(3 * time.Second)
		w.engine.Override(director, override.Override{})
		after(time.Second)
		expectLines(t, b, shownAfter("1s", 3), "3s: yields true", "5s: [], 3 lines of table", "9s: yields false", shownAfter("9s", 2))
		if !strings.Contains(w.lines(), "Withdrawing 10.0.0.1/32 on lo: "+why+"\n") {
			t.Error(w.lines())
		}
		w.end()
	})
}

// One that is drained before it starts, as after a crash, shows nothing until that is over.
func TestDrainedBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b := &board{kernel: k, begun: time.Now(), notice: 2 * time.Second}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		director := override.Target{Kind: override.Director}
		w.engine.Override(director, override.Override{Target: director, Action: override.Drain, By: "root"})
		w.load(announced(web(2), 3*time.Second))
		after(5 * time.Second)
		w.engine.Override(director, override.Override{})
		after(time.Second)
		expectLines(t, b, "0s: yields true", "5s: yields false", shownAfter("5s", 3))
		w.end()
	})
}

// A telephone is a Speaker that notes what it is told.
type telephone struct {
	board
	to *config.BGP
}

func (p *telephone) Configure(b *config.BGP) { p.to = b }

func (p *telephone) Sessions() []speaker.Session {
	return []speaker.Session{{Neighbor: netip.MustParseAddr("10.0.0.9"), State: talk.Established}}
}

func (p *telephone) Report() []announce.Problem {
	return []announce.Problem{{Place: announce.Place{Prefix: netip.MustParsePrefix("10.0.0.1/32"), BGP: true}, Text: "no session"}}
}

func (p *telephone) HandOver(time.Time) (speaker.Former, []int) {
	return speaker.Former{Failure: "none"}, nil
}

func (p *telephone) Succeed(f speaker.Former, _ time.Time, fds []int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, fmt.Sprintf("goes on from failure %s, %d files", f.Failure, len(fds)))
	return nil
}

// What is announced by BGP goes to whoever speaks it, and nowhere else; at the end both withdraw before the table goes.
func TestAnnounceByBGP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b, p := &board{kernel: k, begun: time.Now()}, &telephone{board: board{kernel: k, begun: time.Now()}}
		w := begin(t, k, func(o *Options) { o.Announcer, o.Speaker = b, p })
		c := web(1)
		c.BGP = &config.BGP{LocalAS: 65001}
		c.VirtualServers[0].Announce = &config.Announce{BGP: true}
		w.load(c)
		after(3 * time.Second)
		if p.to == nil || p.to.LocalAS != 65001 {
			t.Errorf("to %+v", p.to)
		}
		if got := strings.Join(p.all(), "\n"); got != "1s: [10.0.0.1/32 by BGP], 2 lines of table" {
			t.Errorf("told: %s", got)
		}
		if n := w.snapshot().Neighbors; len(n) != 1 || n[0].State != talk.Established {
			t.Errorf("neighbours: %+v", n)
		}
		for _, a := range w.snapshot().Announced {
			if a[0].Problem != "no session" {
				t.Errorf("%+v", a[0])
			}
		}
		w.load(announced(web(1), 0)) // on lo
		after(3 * time.Second)
		if got := p.last(); p.to != nil || !strings.Contains(got, ": [], ") {
			t.Errorf("told: %s, to %v", got, p.to)
		}
		if got := b.last(); !strings.Contains(got, "[10.0.0.1/32 on lo]") {
			t.Errorf("shown: %s", got)
		}
		w.load(c)
		after(3 * time.Second)
		end := time.Now()
		w.end()
		if last := p.last(); !strings.HasSuffix(last, "end, 2 lines of table") {
			t.Errorf("withdrawn after the table: %v", p.all())
		}
		if took := time.Since(end); took < farewell {
			t.Errorf("the table went %v after what was told", took)
		}
	})
}

func TestClaims(t *testing.T) {
	c := web(1)
	v := &c.VirtualServers[0]
	v.Group, v.Addr = "g", netip.Addr{}
	v.Announce = &config.Announce{Table: config.Named{Set: true, Number: 100}, Hold: time.Second}
	first := netip.MustParseAddr("192.0.2.1")
	c.ServerGroups = []config.ServerGroup{{Name: "g", Entries: []config.GroupEntry{
		{First: first, Last: first.Next(), Port: 80, Family: config.IPv4}, {First: first, Last: first, Port: 443, Family: config.IPv4}}}}
	if got, want := fmt.Sprint(claimsOf(lvs.SetupOf(c))), "[{{[invalid IP]:none:0 g 0} [g]:0 [192.0.2.1/32 in table 100 "+
		"192.0.2.2/32 in table 100] 1s}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is shown stays when another process goes on: it is told to confirm it at once, whatever was withdrawn is held
// back no longer than it was, and the process of before says nothing more.
func TestAnnounceOverAHandover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		first, second := &board{kernel: k, begun: time.Now()}, &board{kernel: k, begun: time.Now()}
		w := begin(t, k, func(o *Options) { o.Announcer = first })
		w.load(announced(web(2), 0))
		after(3 * time.Second)
		next := begin(t, k, func(o *Options) { o.Announcer = second })
		verdict := make(chan bool, 1)
		next.engine.Succeed(func() (super.Handover, error) { return w.engine.HandOver(t.Context(), verdict) })
		next.load(announced(web(2), 0))
		verdict <- true
		if err := <-w.ended; err != nil {
			t.Error(err)
		}
		expectLines(t, first, shownAfter("1s", 3))
		expectLines(t, second, "goes on from 7 repairs, 0 files", shownAfter("3s", 3))
		if text := next.lines(); strings.Contains(text, "Announcing") || strings.Contains(text, "Withdrawing") {
			t.Errorf("going on says\n%s", text)
		}
		next.set("10.1.0.1:80", true)
		next.set("10.1.0.2:80", true)
		after(5 * time.Second)
		if got := second.last(); !strings.Contains(got, ": [], ") {
			t.Errorf("not withdrawn: %v", second.all())
		}
		next.end()
	})
}

// What is announced by BGP stays as well, and the notice that routers are given ends when it would have ended.
func TestAnnounceByBGPOverAHandover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		c := web(1)
		c.BGP = &config.BGP{LocalAS: 65001}
		c.VirtualServers[0].Announce = &config.Announce{BGP: true}
		director := override.Target{Kind: override.Director}
		drained := override.Override{Target: director, Action: override.Drain, By: "root"}
		ours := func() (*telephone, *world) {
			p := &telephone{board: board{kernel: k, begun: time.Now(), notice: 6 * time.Second}}
			return p, begin(t, k, func(o *Options) { o.Announcer, o.Speaker = &board{kernel: k, begun: time.Now()}, p })
		}
		first, w := ours()
		w.load(c)
		after(3 * time.Second)
		w.engine.Override(director, drained)
		after(4 * time.Second)
		second, next := ours()
		next.engine.Override(director, drained)
		verdict := make(chan bool, 1)
		next.engine.Succeed(func() (super.Handover, error) { return w.engine.HandOver(t.Context(), verdict) })
		next.load(c)
		verdict <- true
		if err := <-w.ended; err != nil {
			t.Error(err)
		}
		after(3 * time.Second)
		if got := strings.Join(first.all(), "\n"); got != "1s: [10.0.0.1/32 by BGP], 2 lines of table\n3s: yields true" {
			t.Errorf("first:\n%s", got)
		}
		if got := strings.Join(second.all(), "\n"); got != "0s: yields true\ngoes on from failure none, 0 files\n"+
			"0s: [10.0.0.1/32 by BGP], 2 lines of table\n2s: [], 2 lines of table" {
			t.Errorf("second:\n%s", got)
		}
		next.end()
	})
}

// Where the process that was to go on does not, that of before shows on.
func TestAnnounceWithoutASuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		b := &board{kernel: k, begun: time.Now()}
		w := begin(t, k, func(o *Options) { o.Announcer = b })
		w.load(announced(web(1), 0))
		after(3 * time.Second)
		verdict := make(chan bool, 1)
		if _, err := w.engine.HandOver(t.Context(), verdict); err != nil {
			t.Fatal(err)
		}
		w.set("10.1.0.1:80", true)
		after(3 * time.Second)
		verdict <- false
		after(5 * time.Second)
		all := b.all()
		if len(all) != 3 || all[1] != "resumes" || !strings.Contains(all[2], ": [], ") {
			t.Errorf("%q", all)
		}
		w.end()
	})
}
