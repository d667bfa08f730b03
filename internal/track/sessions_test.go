package track

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/news"
)

// follower is a Sessions with what it has reported.
type follower struct {
	t    *testing.T
	s    *Sessions
	form news.Form[news.Session]
	log  *observer.ObservedLogs
	said []string
}

func newFollower(t *testing.T) *follower {
	core, log := observer.New(zap.DebugLevel)
	s, err := NewSessions(zap.New(core), true, func(b config.BFD) bool { return b.VRRP })
	if err != nil {
		t.Fatal(err)
	}
	form, err := news.FormOf[news.Session]()
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{t: t, s: s, form: form, log: log}
	s.To(func(id ID, value int) { f.said = append(f.said, fmt.Sprint(id, "=", value)) })
	t.Cleanup(s.Stop)
	return f
}

func (f *follower) hear(name string, state news.SessionState) { f.item(name, state, news.Current) }

func (f *follower) item(name string, state news.SessionState, standing news.Standing) {
	f.t.Helper()
	it, err := f.form.Item(name, news.Session{State: state, Since: time.Now().UnixMicro()})
	if err != nil {
		f.t.Fatal(err)
	}
	it.Standing = standing
	f.s.Hear(it)
}

func (f *follower) gone(name string) {
	it := f.form.Gone(name)
	f.s.Hear(it)
}

// configure follows sessions a and b, as 1 and 2.
func (f *follower) configure() map[ID]int {
	cfg := &config.Config{BFDs: []config.BFD{
		{Name: "a", VRRP: true}, {Name: "b", VRRP: true}, {Name: "theirs", Checker: true},
	}}
	out := f.s.Configure(cfg, []Object{{1, "a"}, {2, "b"}, {3, "theirs"}})
	if !slices.Equal(out.Disabled, []ID{3}) {
		f.t.Errorf("disabled %v", out.Disabled)
	}
	return out.Values
}

func (f *follower) expect(what, want string) {
	f.t.Helper()
	if got := strings.Join(f.said, " "); got != want {
		f.t.Errorf("%s: reported %q, want %q", what, got, want)
	}
	f.said = nil
}

func TestSessionsAreReported(t *testing.T) {
	f := newFollower(t)
	f.hear("b", news.SessionUp) // before the first configuration
	if v := f.configure(); v[1] != 0 || v[2] != 1 || len(v) != 2 {
		t.Errorf("values %v", v)
	}
	f.expect("before there is news", "")
	f.hear("a", news.SessionUnsettled)
	f.expect("unsettled", "")
	f.hear("a", news.SessionUp)
	f.hear("b", news.SessionDown)
	f.hear("theirs", news.SessionUp)
	f.expect("changes", "1=1 2=0")
	if v := f.configure(); v[1] != 1 || v[2] != 0 {
		t.Errorf("values %v", v)
	}
	lines := f.log.FilterMessageSnippet("Received BFD event: instance a is in state Up (delivered in ").All()
	if len(lines) != 1 || !strings.HasSuffix(lines[0].Message, " usec)") {
		t.Errorf("%v", f.log.All())
	}
}

// A session is unsettled first, and down for good when its neighbour could have spoken: that is one event.
func TestASessionIsToldOnce(t *testing.T) {
	f := newFollower(t)
	f.configure()
	for _, state := range []news.SessionState{news.SessionUnsettled, news.SessionDown, news.SessionUp, news.SessionUp, news.SessionDown} {
		f.hear("a", state)
	}
	var got []string
	for _, line := range f.log.FilterMessageSnippet("Received BFD event: instance a").All() {
		got = append(got, strings.Fields(line.Message)[8])
	}
	if want := []string{"Down", "Up", "Down"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// What a role knew of a session counts while the bfd process is started again, and no longer than that.
func TestTheBFDProcessDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFollower(t)
		f.configure()
		f.hear("a", news.SessionUp)
		f.hear("b", news.SessionUp)
		f.said = nil

		f.item("a", news.SessionUp, news.Stale)
		f.item("b", news.SessionUp, news.Stale)
		time.Sleep(time.Second)
		f.hear("a", news.SessionUnsettled)
		f.hear("b", news.SessionUnsettled)
		time.Sleep(2 * time.Second)
		f.hear("a", news.SessionUp)
		time.Sleep(2 * time.Second)
		f.expect("a comes up again", "")
		f.hear("b", news.SessionDown)
		f.expect("b does not", "2=0")

		// A process that dies again and again proves nothing.
		for range 20 {
			f.item("a", news.SessionUp, news.Stale)
			time.Sleep(time.Second)
			f.hear("a", news.SessionUnsettled)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		f.expect("nobody confirms it", "1=0")
		f.hear("a", news.SessionUp)
		f.expect("somebody does", "1=1")
	})
}

func TestGoneSessionsCountUntilTheReload(t *testing.T) {
	f := newFollower(t)
	f.configure()
	f.hear("a", news.SessionUp)
	f.said = nil
	f.gone("a")
	f.gone("b") // never heard of
	f.expect("the other role has another configuration already", "")
	if v := f.configure(); v[1] != 0 {
		t.Errorf("values %v", v)
	}
}

// A role that is new itself goes by what the last bfd process said.
func TestTheFollowerIsNew(t *testing.T) {
	f := newFollower(t)
	f.item("a", news.SessionUp, news.Stale)
	f.item("b", news.SessionDown, news.Stale)
	if v := f.configure(); v[1] != 1 || v[2] != 0 {
		t.Errorf("values %v", v)
	}
	f.hear("a", news.SessionUnsettled)
	f.expect("the next process has just begun", "")
}

func TestNewsThatIsNotUnderstoodChangesNothing(t *testing.T) {
	f := newFollower(t)
	f.configure()
	f.hear("a", news.SessionUp)
	f.said = nil
	it, _ := f.form.Item("a", news.Session{State: news.SessionDown})
	it.Version++
	f.s.Hear(it)
	it.Topic = news.Services
	f.s.Hear(it)
	f.expect("another version, another topic", "")
	if f.log.FilterMessageSnippet("version").Len() != 1 {
		t.Errorf("%v", f.log.All())
	}
}

func TestStoppedSessionsSayNothing(t *testing.T) {
	f := newFollower(t)
	f.configure()
	f.s.Stop()
	f.hear("a", news.SessionUp)
	f.expect("after Stop", "")
}

// A session that cannot be made is followed like one that never comes up.
func TestSessionsThatCannotBeMadeAreDown(t *testing.T) {
	f := newFollower(t)
	cfg := &config.Config{IdleBFDs: []config.BFD{{Name: "a", VRRP: true}, {Name: "b", Checker: true}}}
	out := f.s.Configure(cfg, []Object{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}, {ID: 3, Name: "c"}})
	if v, known := out.Values[1]; !known || v != 0 || len(out.Values) != 1 || !slices.Equal(out.Disabled, []ID{2, 3}) {
		t.Errorf("%+v", out)
	}
}
