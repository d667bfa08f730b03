package engine

import (
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/track"
	"holdfast/ipvs/fake"
)

// bfdWorld is a world whose servers follow BFD sessions, which the test tells of.
type bfdWorld struct {
	*world
	sessions *track.Sessions
	form     news.Form[news.Session]
}

func beginBFD(t *testing.T, k *fake.Kernel, change ...func(*Options)) *bfdWorld {
	t.Helper()
	s, err := track.NewSessions(nil, false, func(b config.BFD) bool { return b.Checker })
	if err != nil {
		t.Fatal(err)
	}
	form, err := news.FormOf[news.Session]()
	if err != nil {
		t.Fatal(err)
	}
	w := begin(t, k, func(o *Options) {
		o.Sources = map[config.CheckKind]func(track.Report) Source{
			config.CheckBFD: func(r track.Report) Source { return s.To(r) },
		}
		for _, f := range change {
			f(o)
		}
	})
	return &bfdWorld{w, s, form}
}

func (w *bfdWorld) hear(name string, state news.SessionState) {
	w.t.Helper()
	it, err := w.form.Item(name, news.Session{State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	w.sessions.Hear(it)
	synctest.Wait()
}

// following is web(2) whose first server follows session a, and its second b.
func following() *config.Config {
	c := web(2)
	c.BFDs = []config.BFD{{Name: "a", Checker: true}, {Name: "b", Checker: true}}
	for i := range c.VirtualServers[0].RealServers {
		c.VirtualServers[0].RealServers[i].Checkers = []config.Checker{{Kind: config.CheckBFD, BFD: c.BFDs[i].Name}}
	}
	return c
}

const (
	nobodyServes = "-A -t 10.0.0.1:80 -s rr\n"
	firstServes  = nobodyServes + "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"
	secondServes = nobodyServes + "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n"
)

func TestSemantics10_14_ServersFollowTheirSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := beginBFD(t, k)
		w.load(following())
		wantTable(t, k, nobodyServes) // sessions start as down
		for _, line := range []string{
			"BFD check of [a] RS([10.1.0.1]:tcp:80) is DOWN",
			"Removing service [10.1.0.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
			"Lost quorum",
		} {
			if !strings.Contains(w.lines(), line) {
				t.Errorf("no %q in\n%s", line, w.lines())
			}
		}
		w.hear("a", news.SessionUp)
		wantTable(t, k, firstServes)
		if !strings.Contains(w.lines(), "BFD check of [a] RS([10.1.0.1]:tcp:80) is UP\n") {
			t.Error(w.lines())
		}
		after(time.Hour) // nothing is polled
		wantTable(t, k, firstServes)
		w.hear("b", news.SessionUp)
		w.hear("a", news.SessionDown)
		wantTable(t, k, secondServes)

		// A reload of the same configuration changes nothing, and says nothing.
		before := w.lines()
		w.load(following())
		synctest.Wait()
		if said := strings.TrimPrefix(w.lines(), before); said != "Reloading\nReinitializing ipvs\n" {
			t.Errorf("a reload says\n%s", said)
		}
		wantTable(t, k, secondServes)

		// One that has a server follow another session goes by what that one is.
		c := following()
		c.VirtualServers[0].RealServers[1].Checkers[0].BFD = "a"
		w.load(c)
		synctest.Wait()
		wantTable(t, k, nobodyServes)
		w.hear("a", news.SessionUp)
		wantTable(t, k, strings.TrimSuffix(firstServes, "\n")+"\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n")
		w.end()
		w.hear("a", news.SessionDown) // when there is nobody to hear it
	})
}

// A checker role that was started again knows how sessions are before it touches the table; and whatever becomes of the
// bfd process, servers stay as they are until a new one knows more.
func TestSessionsThatAreKnownAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := beginBFD(t, k)
		w.hear("a", news.SessionUp)
		w.hear("b", news.SessionDown)
		w.load(following())
		wantTable(t, k, firstServes)
		if strings.Contains(w.lines(), "Lost quorum") || strings.Contains(w.lines(), "Removing service [10.1.0.1]") {
			t.Error(w.lines())
		}
		it, err := w.form.Item("a", news.Session{State: news.SessionUp})
		if err != nil {
			t.Fatal(err)
		}
		it.Standing = news.Stale
		w.sessions.Hear(it)
		after(time.Second)
		w.hear("a", news.SessionUnsettled)
		after(2 * time.Second)
		wantTable(t, k, firstServes)
		w.hear("a", news.SessionDown)
		wantTable(t, k, nobodyServes)
		w.end()
	})
}

// With alpha a server is reported down although it never was in the table.
func TestSemantics10_14_AlphaServersAreToldDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := beginBFD(t, k)
		c := following()
		for i := range c.VirtualServers[0].RealServers {
			r := &c.VirtualServers[0].RealServers[i]
			r.Alpha, r.Checkers[0].Alpha = true, true
		}
		w.load(c)
		synctest.Wait()
		wantTable(t, k, nobodyServes)
		var told []string
		for _, e := range w.told {
			told = append(told, e.Line)
		}
		if !slices.Contains(told, "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN") {
			t.Errorf("told %q", told)
		}
		w.hear("b", news.SessionUp)
		wantTable(t, k, secondServes)
		w.end()
	})
}

// Servers whose service is suspended hear nothing, and all of it when it is not any more.
func TestSuspendedServersHearOfTheirSessionsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, here := fake.New(), atomic.Bool{}
		w := beginBFD(t, k, func(o *Options) {
			o.Addresses = func() (map[netip.Addr]bool, error) {
				return map[netip.Addr]bool{netip.MustParseAddr("10.0.0.1"): here.Load()}, nil
			}
		})
		c := following()
		c.VirtualServers[0].HASuspend = true
		w.hear("a", news.SessionUp)
		w.load(c)
		w.hear("a", news.SessionDown)
		if strings.Contains(w.lines(), "BFD check of") {
			t.Error(w.lines())
		}
		here.Store(true)
		after(2 * time.Second)
		wantTable(t, k, nobodyServes)
		w.hear("a", news.SessionUp)
		wantTable(t, k, firstServes)
		w.end()
	})
}
