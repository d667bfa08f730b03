package reload

import (
	"net/netip"
	"slices"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// threeServers is the table that a start comes to with a virtual server of which the second real server is down.
func threeServers(t *testing.T, words string) (ipvs.ServiceID, ipvs.Service) {
	t.Helper()
	const name = "keepalived.conf"
	text := "virtual_server 10.40.0.1 80 {\nprotocol TCP\nlb_kind NAT\nweight 3\nlb_algo " + words + "\n" +
		"real_server 10.60.0.1 80 {\n}\n" +
		"real_server 10.60.0.2 80 {\nalpha\nMISC_CHECK {\nmisc_path /bin/false\n}\n}\n" +
		"real_server 10.60.0.3 80 {\n}\n}\n"
	c, wrong := language.Bind(syntax.Load(syntax.MapSource{name: text}, name, syntax.Options{}), language.Env{})
	for _, d := range wrong {
		if d.Severity == syntax.Error {
			t.Fatal(d)
		}
	}
	fails := func(*config.Checker, int) bool { return false }
	for id, s := range Fresh(c, fails) {
		return id, s
	}
	t.Fatal("no table")
	return ipvs.ServiceID{}, ipvs.Service{}
}

// read is what a kernel tells after commands that it takes.
func read(t *testing.T, cmds []ipvs.Command) ipvs.Table {
	t.Helper()
	k := fake.New()
	if errs := k.Apply(cmds); errs != nil {
		t.Fatal(errs)
	}
	table, err := k.Read()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestOrderCountsWhereItIsWanted: a service whose destinations were added in another order than by a start is what a
// start comes to, unless the slots of mh are to be the same on all directors.
func TestOrderCountsWhereItIsWanted(t *testing.T) {
	for words, counts := range map[string]bool{
		"wrr":                             false,
		"sh":                              false,
		"mh":                              false,
		"mh\nmh-port":                     false,
		"mh\nmh-port\ninhibit_on_failure": false,
		"mh\n@holdfast shared_clients":    true,
		"mh\nmh-fallback":                 true,
		"mh\nmh-port\nmh-fallback":        true,
	} {
		id, fresh := threeServers(t, words)
		backwards := []ipvs.Command{{Op: ipvs.AddService, Service: id, Settings: fresh.Settings}}
		for _, d := range slices.Backward(ipvs.Service{Dests: fresh.Dests}.Added()) {
			backwards = append(backwards, ipvs.Command{Op: ipvs.AddDest, Service: id, Dest: d, DestSettings: fresh.Dests[d]})
		}
		is, want := read(t, backwards), ipvs.Table{id: fresh}
		for name, want := range map[string]ipvs.Table{"Told": Told(want), "Kept": Kept(want)} {
			if left := ipvs.Diff(is, want); len(left) > 0 != counts {
				t.Errorf("%q: %s: left to do after destinations were added backwards: %v", words, name, left)
			}
		}
	}
}

// TestToldIsWhatIsRead: nothing is left to do for who reads a table that a start made, also when a destination has slots
// that nobody is told of.
func TestToldIsWhatIsRead(t *testing.T) {
	for words, hidden := range map[string]bool{
		"wrr\ninhibit_on_failure":                          false,
		"mh\ninhibit_on_failure":                           false,
		"mh\n@holdfast shared_clients\ninhibit_on_failure": true,
		"mh\nmh-fallback":                                  true,
	} {
		id, fresh := threeServers(t, words)
		want := ipvs.Table{id: fresh}
		is := read(t, ipvs.Diff(nil, want))
		if len(is[id].Dests) != 3 {
			t.Errorf("%q: the table is\n%s", words, ipvs.Format(is))
		}
		if left := ipvs.Diff(is, Told(want)); len(left) > 0 {
			t.Errorf("%q: left to do: %v", words, left)
		}
		if left := ipvs.Diff(is, Kept(want)); len(left) > 0 != hidden {
			t.Errorf("%q: left to do for who wants slots that are not told: %v", words, left)
		}
	}
}

// TestWhatIsRefusedIsNotKept: a kernel has no destination of another family but with a tunnel.
func TestWhatIsRefusedIsNotKept(t *testing.T) {
	id, fresh := threeServers(t, "mh")
	fresh.Dests[ipvs.DestID{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80}] = ipvs.DestSettings{Weight: 1}
	kept, there := Kept(ipvs.Table{id: fresh})[id]
	if !there || len(kept.Dests) != len(fresh.Dests)-1 {
		t.Errorf("wanted\n%+v\nkept\n%+v", fresh, kept)
	}
}
