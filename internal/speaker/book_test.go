package speaker

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/internal/speaker/talk"
)

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

// neighbor is one that hears of a family, or of both.
func neighbor(text string, families string) config.BGPNeighbor {
	return config.BGPNeighbor{Addr: addr(text), RemoteAS: 65000, Port: 179, Hold: 9 * time.Second, Keepalive: 3 * time.Second,
		ConnectRetry: 5 * time.Second, IPv4: strings.Contains(families, "4"), IPv6: strings.Contains(families, "6")}
}

func two() *config.BGP {
	return &config.BGP{LocalAS: 65001, RouterID: addr("10.0.0.9"),
		Neighbors: []config.BGPNeighbor{neighbor("10.0.0.1", "4"), neighbor("2001:db8::1", "46")}}
}

func places(all ...string) []announce.Place {
	var list []announce.Place
	for _, text := range all {
		list = append(list, announce.Place{Prefix: netip.MustParsePrefix(text), BGP: true})
	}
	return list
}

func say(changes []Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, strings.TrimSuffix(fmt.Sprint(c.Neighbor, " ", c.Up, ": ", c.Reason), ": "))
	}
	return strings.Join(all, ", ")
}

func TestWhatIsKnownOfSessions(t *testing.T) {
	now := time.Unix(1000, 0)
	var b book
	b.configure(now, two())
	b.prefixes = prefixesOf(places("192.0.2.1/32", "192.0.2.2/32", "2001:db8:1::1/128"))
	step := func(what, changes string, want ...string) {
		t.Helper()
		if want := strings.Join(want, "|"); changes != want {
			t.Errorf("%s: %q, want %q", what, changes, want)
		}
		now = now.Add(time.Second)
	}
	hear := func(first, second talk.State, why string) string {
		return say(b.hear(now, []talk.Session{{Neighbor: addr("10.0.0.1"), State: first, Error: why},
			{Neighbor: addr("2001:db8::1"), State: second}, {Neighbor: addr("10.9.9.9"), State: talk.Established}}))
	}
	problems := func(want ...string) {
		t.Helper()
		var got []string
		for _, p := range b.problems(places("192.0.2.1/32", "2001:db8:1::1/128")) {
			got = append(got, p.Text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("problems %q, want %q", got, want)
		}
	}
	problems("no router hears of it: the session with 10.0.0.1 is idle",
		"no router hears of it: the session with 2001:db8::1 is idle")
	step("refused", hear(talk.Active, talk.OpenSent, "connection refused"))
	problems("no router hears of it: the session with 10.0.0.1 is active: connection refused",
		"no router hears of it: the session with 2001:db8::1 is opensent")
	step("one", hear(talk.Established, talk.OpenConfirm, ""), "10.0.0.1 true")
	problems("no router hears of it: the session with 2001:db8::1 is openconfirm")
	step("both", hear(talk.Established, talk.Established, ""), "2001:db8::1 true")
	problems()
	all := b.all()
	if got := fmt.Sprint(all[0].Told, all[1].Told, all[0].Since.Unix(), all[0].Losses, all[0].Error); got != "2 3 1001 0" {
		t.Error(got)
	}
	step("lost", hear(talk.Idle, talk.Established, "it reset the session"), "10.0.0.1 false: it reset the session")
	problems()
	// A reload keeps what is known of those that stay.
	c := two()
	c.Neighbors = c.Neighbors[1:]
	b.configure(now, c)
	if all := b.all(); len(all) != 1 || all[0].State != talk.Established || all[0].Since.Unix() != 1002 {
		t.Errorf("%+v", all)
	}
	step("the program", say(b.lose(now, "killed")), "2001:db8::1 false: killed")
	problems("no router hears of it: killed", "no router hears of it: killed")
	b.failure = ""
	problems("no router hears of it: the session with 2001:db8::1 is idle: killed",
		"no router hears of it: the session with 2001:db8::1 is idle: killed")
	c.Neighbors = []config.BGPNeighbor{neighbor("10.0.0.1", "4")}
	b.configure(now, c)
	problems("no router hears of it: the session with 10.0.0.1 is idle",
		"no router hears of it: no neighbor has such prefixes")
	b.configure(now, nil)
	if len(b.all()) != 0 {
		t.Error("sessions without a configuration")
	}
}

func TestSetup(t *testing.T) {
	med := uint32(7)
	c := two()
	c.MED, c.Prepend, c.Communities = &med, 2, []config.Community{config.GracefulShutdown}
	n := &c.Neighbors[0]
	n.Password, n.TTLSecurity, n.Passive, n.LocalAddress = "s3cret", 2, true, addr("10.0.0.8")
	c.Neighbors[1].Multihop = 4
	want := talk.Setup{LocalAS: 65001, RouterID: addr("10.0.0.9"), Listen: true, Communities: []uint32{0xffff0000}, MED: &med,
		Prepend: 2, Neighbors: []talk.Neighbor{
			{Addr: addr("10.0.0.1"), RemoteAS: 65000, LocalAddress: addr("10.0.0.8"), Port: 179, Password: "s3cret", MinTTL: 254,
				Hold: 9, Keepalive: 3, ConnectRetry: 5, Passive: true, IPv4: true},
			{Addr: addr("2001:db8::1"), RemoteAS: 65000, Port: 179, Multihop: 4, Hold: 9, Keepalive: 3, ConnectRetry: 5,
				IPv4: true, IPv6: true}}}
	if got := setupOf(c, c.Neighbors); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestWhatNeedsAnotherProgram(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.BGP)
		same   bool
	}{
		"nothing":    {func(*config.BGP) {}, true},
		"AS":         {func(c *config.BGP) { c.LocalAS++ }, false},
		"router id":  {func(c *config.BGP) { c.RouterID = addr("10.0.0.10") }, false},
		"program":    {func(c *config.BGP) { c.Program = "/x" }, false},
		"listening":  {func(c *config.BGP) { c.Neighbors[0].Passive = true }, false},
		"neighbours": {func(c *config.BGP) { c.Neighbors = c.Neighbors[1:] }, true},
		"attributes": {func(c *config.BGP) { c.Prepend, c.Farewell = 5, time.Second }, true},
	} {
		other := two()
		c.change(other)
		if got := purposeOf(two()) == purposeOf(other); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}
