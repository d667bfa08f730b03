package speaker

import (
	"fmt"
	"testing"
	"time"

	"holdfast/internal/news"
	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// hears has a Keeper hear of a BFD session.
func (k *Keeper) hears(t *testing.T, name string, state news.SessionState, standing news.Standing) {
	t.Helper()
	it, err := k.form.Item(name, news.Session{State: state})
	if err != nil {
		t.Fatal(err)
	}
	it.Standing = standing
	k.Hear(it)
}

func TestWays(t *testing.T) {
	const unsettled, down, up = news.SessionUnsettled, news.SessionDown, news.SessionUp
	for name, c := range map[string]struct {
		told []news.SessionState
		want Way
	}{
		"never up":                        {[]news.SessionState{unsettled, down, unsettled, down}, WayUnproven},
		"up":                              {[]news.SessionState{down, up}, WayUp},
		"down":                            {[]news.SessionState{up, down}, WayLost},
		"down again":                      {[]news.SessionState{up, down, down}, WayLost},
		"up again":                        {[]news.SessionState{up, down, up}, WayUp},
		"a new process":                   {[]news.SessionState{up, unsettled}, WayUp},
		"a new process, up":               {[]news.SessionState{up, unsettled, up}, WayUp},
		"a new process, down":             {[]news.SessionState{up, unsettled, down}, WayLost},
		"a new process while it was down": {[]news.SessionState{up, down, unsettled}, WayLost},
	} {
		var w Way
		for _, s := range c.told {
			w = w.after(s)
		}
		if w != c.want {
			t.Errorf("%s: %v, want %v", name, w, c.want)
		}
	}
}

// What is stale, gone, or of another kind or version takes nothing away.
func TestNewsThatIsNone(t *testing.T) {
	k := New(Options{})
	k.hears(t, "a", news.SessionUp, news.Stale) // heard by a new process
	if k.ways["a"] != WayUp {
		t.Errorf("%v", k.ways)
	}
	k.Hear(news.Item{Key: news.Key{Topic: news.Sessions, Name: "a"}, Version: 200})
	k.Hear(news.Item{Key: news.Key{Topic: news.Services, Name: "a"}, Standing: news.Gone})
	if k.ways["a"] != WayUp {
		t.Errorf("%v", k.ways)
	}
	k.hears(t, "a", news.SessionDown, news.Current)
	k.Hear(k.form.Gone("a"))
	if len(k.ways) != 0 {
		t.Errorf("%v", k.ways)
	}
}

// A session goes when the way to its neighbour does, without another one, and comes back with it.
func TestSessionsGoWithTheWay(t *testing.T) {
	k, path, logs := speaks(t, "good")
	c := two()
	c.Program, c.Neighbors[0].BFD = path, "a"
	k.hears(t, "a", news.SessionDown, news.Current) // never up: no reason
	k.Set(places("192.0.2.1/32"))
	k.Configure(c)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 1)
	state := func(what string, state talk.State, way Way, problem string, losses uint64) {
		t.Helper()
		err := lab.Eventually(10*time.Second, what, func() (bool, string) {
			s := k.Sessions()
			return s[0].State == state && s[0].Way == way && s[0].Error == problem && s[0].Losses == losses &&
				s[0].BFD == "a" && s[1].State == talk.Established && s[1].Losses == 0, fmt.Sprintf("%+v", s)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	state("at first", talk.Established, WayUnproven, "", 0)
	k.hears(t, "a", news.SessionUp, news.Current)
	state("up", talk.Established, WayUp, "", 0)
	k.hears(t, "b", news.SessionUp, news.Current)
	k.hears(t, "b", news.SessionDown, news.Current) // of nobody
	k.hears(t, "a", news.SessionUp, news.Stale)
	k.hears(t, "a", news.SessionUnsettled, news.Current)
	k.hears(t, "a", news.SessionDown, news.Current)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is lost: BFD session a is down", 1)
	awaitLine(t, logs, "1 neighbours", 1)
	state("down", talk.Idle, WayLost, "BFD session a is down", 1)
	k.hears(t, "a", news.SessionUp, news.Current)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 2)
	state("up again", talk.Established, WayUp, "", 1)
	// Nobody runs it any more: nothing is known of the way.
	k.hears(t, "a", news.SessionDown, news.Current)
	state("down again", talk.Idle, WayLost, "BFD session a is down", 2)
	k.Hear(k.form.Gone("a"))
	state("gone", talk.Established, WayUnproven, "", 2)
	if n := logs.FilterMessageSnippet("BGP session with 2001:db8::1 is lost").Len(); n != 0 {
		t.Errorf("the other one was lost: %v", logs.All())
	}
}

// While the way is lost, the end of the program is not what is wrong, and words that were under way say nothing.
func TestBookWithoutAWay(t *testing.T) {
	now := time.Unix(1000, 0)
	c := two()
	c.Neighbors[0].BFD = "a"
	var b book
	b.configure(now, c)
	established := []talk.Session{{Neighbor: addr("10.0.0.1"), State: talk.Established}}
	if got := say(b.hear(now, established)); got != "10.0.0.1 true" {
		t.Error(got)
	}
	lost := map[string]Way{"a": WayLost}
	if got := say(b.follow(now, lost)); got != "10.0.0.1 false: BFD session a is down" {
		t.Error(got)
	}
	if got := say(b.follow(now, lost)) + say(b.hear(now, established)) + say(b.lose(now, "killed")); got != "" {
		t.Error(got)
	}
	if all := b.all(); all[0].Error != "BFD session a is down" || all[1].Error != "killed" || len(b.reachable()) != 1 {
		t.Errorf("%+v", all)
	}
	// A reload without bfd ends that.
	b.configure(now, two())
	b.follow(now, lost)
	if all := b.all(); all[0].Error != "" || all[0].BFD != "" || all[0].Way != WayUnproven || len(b.reachable()) != 2 {
		t.Errorf("%+v", all)
	}
}
