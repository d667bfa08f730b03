package override

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/news"
)

// sample has a server behind two virtual servers, a firewall mark, a sync group and an instance without one.
func sample() *config.Config {
	rs := func(last byte, port uint16) config.RealServer {
		return config.RealServer{Addr: netip.AddrFrom4([4]byte{10, 0, 0, last}), Port: port}
	}
	return &config.Config{
		VirtualServers: []config.VirtualServer{
			{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: config.TCP, Announce: &config.Announce{Dev: "lo"},
				RealServers: []config.RealServer{rs(11, 80), rs(12, 80)}},
			{Addr: netip.MustParseAddr("192.0.2.1"), Port: 443, Protocol: config.TCP,
				RealServers: []config.RealServer{rs(11, 443)}},
			{FWMark: 7, RealServers: []config.RealServer{rs(13, 0)}},
			{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80, Protocol: config.UDP,
				RealServers: []config.RealServer{{Addr: netip.MustParseAddr("2001:db8::11"), Port: 80}}},
		},
		Instances: []config.Instance{{Name: "VI_1", Priority: 100}, {Name: "VI_2"}, {Name: "VI_3", NoPreempt: true}},
		Groups:    []config.SyncGroup{{Name: "G", Members: []string{"VI_1", "VI_2"}}},
	}
}

var noon = Moment{Wall: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), Boot: 1000 * time.Hour}

func (m Moment) after(d time.Duration) Moment { return Moment{m.Wall.Add(d), m.Boot + d} }

func lines(c Change, err error) string {
	if err != nil {
		return "no: " + err.Error()
	}
	var all []string
	for _, o := range c.Begun {
		all = append(all, o.Said())
	}
	for _, o := range c.Ended {
		all = append(all, o.SaidOver("x (1)"))
	}
	return strings.Join(all, "\n")
}

func weight(n int) *int { return &n }

func preempt(is bool) *bool { return &is }

// Requests in a row on one list, with what comes of each.
func TestRequests(t *testing.T) {
	var l List
	for _, c := range []struct {
		r    Request
		want string
	}{
		{Request{Verb: AskDrain, Name: "10.0.0.11", Service: "192.0.2.1:80", For: time.Hour, By: "root"},
			"service [10.0.0.11]:tcp:80 of VS [192.0.2.1]:tcp:80: drained by root (0) for 1h"},
		{Request{Verb: AskDrain, Name: "10.0.0.11", By: "root"},
			"service [10.0.0.11]:tcp:80 of VS [192.0.2.1]:tcp:80: drained by root (0) until somebody ends it\n" +
				"service [10.0.0.11]:tcp:443 of VS [192.0.2.1]:tcp:443: drained by root (0) until somebody ends it"},
		{Request{Verb: AskReady, Name: "[10.0.0.11]:tcp:443"},
			"service [10.0.0.11]:tcp:443 of VS [192.0.2.1]:tcp:443: no longer drained, ended by x (1)"},
		{Request{Verb: AskReady, Name: "10.0.0.12"}, "no: nothing of the kind is in force for 10.0.0.12"},
		{Request{Verb: AskReady, Name: "10.0.0.99"},
			"no: there is no real server 10.0.0.99; there are [10.0.0.11]:tcp:443, [10.0.0.11]:tcp:80, [10.0.0.12]:tcp:80, " +
				"[10.0.0.13]:none:0, [2001:db8::11]:udp:80"},
		{Request{Verb: AskWeight, Name: "10.0.0.11 80", Weight: weight(7), UID: 5, For: 90 * time.Second},
			"service [10.0.0.11]:tcp:80 of VS [192.0.2.1]:tcp:80: weight 7 by uid 5 for 1m30s"},
		{Request{Verb: AskReady, Name: "10.0.0.11"}, "no: nothing of the kind is in force for 10.0.0.11"},
		{Request{Verb: AskWeight, Name: "10.0.0.11:80"},
			"service [10.0.0.11]:tcp:80 of VS [192.0.2.1]:tcp:80: no longer weight 7, ended by x (1)"},
		{Request{Verb: AskWeight, Name: "10.0.0.11", Weight: weight(-1)}, "no: weight -1 is not between 0 and 65535"},
		{Request{Verb: AskMaint, Name: "10.0.0.13", Service: "fwmark 7"},
			"service [10.0.0.13]:none:0 of VS FWM 7: out of the table by uid 0 until somebody ends it"},
		{Request{Verb: AskMaint, Name: "[2001:db8::11]:80", Service: "2001:db8::1"},
			"service [2001:db8::11]:udp:80 of VS [2001:db8::1]:udp:80: out of the table by uid 0 until somebody ends it"},
		{Request{Verb: AskMaint, Name: "10.0.0.11", Service: "192.0.2.9"}, "no: there is no virtual server 192.0.2.9"},
		{Request{Verb: AskDrain}, "no: which server is not said"},
		{Request{Verb: AskMaintenance, Name: "VI_1"}, "VRRP_Group(G): in maintenance by uid 0 until somebody ends it"},
		{Request{Verb: AskFailover, Name: "VI_2"}, "no: VRRP_Group(G): in maintenance, which is not master"},
		{Request{Verb: AskFailover, Name: "VI_3"}, "(VI_3): handing over by uid 0 for 1m"},
		{Request{Verb: AskResume, Name: "VI_2"}, "VRRP_Group(G): no longer in maintenance, ended by x (1)"},
		{Request{Verb: AskMaintenance, Name: "all"}, "all virtual routers: in maintenance by uid 0 until somebody ends it"},
		{Request{Verb: AskResume, Name: "G"}, "no: G is in maintenance with all others; it ends for all"},
		{Request{Verb: AskResume, Name: "all"}, "(VI_3): no longer handing over, ended by x (1)\n" +
			"all virtual routers: no longer in maintenance, ended by x (1)"},
		{Request{Verb: AskMaintenance, Name: "VI_9"},
			"no: there is no vrrp_instance or vrrp_sync_group VI_9; there are G, VI_1, VI_2, VI_3"},
		{Request{Verb: AskJoin}, "no: this director is not drained"},
		{Request{Verb: AskLeave, For: time.Hour}, "this director: drained by uid 0 for 1h"},
		{Request{Verb: AskReady, Name: "10.0.0.12"}, "no: nothing of the kind is in force for 10.0.0.12"},
		{Request{Verb: AskJoin}, "this director: no longer drained, ended by x (1)"},
		{Request{Verb: AskLogLevel, Level: "debug"}, "the log: level debug by uid 0 until somebody ends it"},
		{Request{Verb: AskLogLevel, Level: "loud"}, `no: there is no level "loud"; levels are debug, info, warning, error`},
		{Request{Verb: AskLogLevel}, "the log: no longer level debug, ended by x (1)"},
		{Request{Verb: AskLogLevel}, "no: the log has the level of the command line"},
		{Request{Verb: AskPriority, Name: "VI_1", Priority: 7, By: BySNMP, UntilReload: true},
			"(VI_1): priority 7 by SNMP until the next reload"},
		{Request{Verb: AskPriority, Name: "VI_1", Priority: 9, By: BySNMP}, "(VI_1): priority 9 by SNMP until somebody ends it"},
		{Request{Verb: AskPriority, Name: "VI_1", Priority: 100}, "(VI_1): no longer priority 9, ended by x (1)"},
		{Request{Verb: AskPriority, Name: "VI_1", Priority: 100}, ""},
		{Request{Verb: AskPriority, Name: "VI_1"}, "no: the value is not said"},
		{Request{Verb: AskPriority, Name: "G", Priority: 7}, "no: there is no vrrp_instance G"},
		{Request{Verb: AskPreempt, Name: "VI_1"}, "no: the value is not said"},
		{Request{Verb: AskPreempt, Name: "VI_1", Preempt: preempt(false), By: BySNMP, UntilReload: true},
			"(VI_1): not preempting by SNMP until the next reload"},
		{Request{Verb: AskMaintenance, Name: "VI_1"}, "VRRP_Group(G): in maintenance by uid 0 until somebody ends it"}, // beside it
		{Request{Verb: AskResume, Name: "VI_1"}, "VRRP_Group(G): no longer in maintenance, ended by x (1)"},
		{Request{Verb: AskPreempt, Name: "VI_1", Preempt: preempt(true)}, "(VI_1): no longer not preempting, ended by x (1)"},
		{Request{Verb: "shout"}, `no: there is no verb "shout"`},
		{Request{Verb: AskDrain, Name: "10.0.0.11", For: -1}, "no: a time of -1ns is not between 0 and 8760h"},
		{Request{Verb: AskClear, Name: "10.0.0.13"}, "service [10.0.0.13]:none:0 of VS FWM 7: no longer out of the table, ended by x (1)"},
		{Request{Verb: AskClear},
			"service [2001:db8::11]:udp:80 of VS [2001:db8::1]:udp:80: no longer out of the table, ended by x (1)"},
		{Request{Verb: AskClear}, ""},
		{Request{Verb: AskClear, Name: "x"}, "no: nothing is in force for x"},
	} {
		if got := lines(l.Apply(c.r, sample(), noon)); got != c.want {
			t.Errorf("%+v:\n%s\nwant\n%s", c.r, got, c.want)
		}
	}
}

// Without any virtual router there is none to keep from being master.
func TestNothingToOverride(t *testing.T) {
	var l List
	if got := lines(l.Apply(Request{Verb: AskMaintenance, Name: "all"}, &config.Config{}, noon)); got != "no: there is no vrrp_instance" {
		t.Error(got)
	}
	got := lines(l.Apply(Request{Verb: AskLeave}, &config.Config{VirtualServers: make([]config.VirtualServer, 1)}, noon))
	if got != "no: nothing is announced: no virtual_server has the word announce" {
		t.Error(got)
	}
	if (Target{Kind: Director}).Configured(&config.Config{}) {
		t.Error("a director without anything to announce is one that can be drained")
	}
}

// What a server is called, in every way that people have.
func TestNamesOfServers(t *testing.T) {
	for text, fits := range map[string]bool{
		"[10.0.0.1]:tcp:80": true, "10.0.0.1": true, "10.0.0.1:80": true, "10.0.0.1 80": true, "[10.0.0.1]:80": true,
		" real_server 10.0.0.1 80": true, "10.0.0.1:443": false, "10.0.0.2": false, "[10.0.0.1]:udp:80": false, "": false,
		"10.0.0.1:": true, "[10.0.0.1": false, "[10.0.0.1]x": false, "10.0.0.1 80 90": false, "FWM 3": false,
	} {
		if got := fitsServer(text, "[10.0.0.1]:tcp:80"); got != fits {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, fits := range map[string]bool{"FWM 3": true, "fwmark 3": true, "fwm 3": true, "3": false, "FWM 4": false} {
		if got := fitsService(text, "FWM 3"); got != fits {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// An end is by the clock of the boot: whoever sets the other one moves only what is shown.
func TestTheEnd(t *testing.T) {
	var l List
	if _, err := l.Apply(Request{Verb: AskDrain, Name: "10.0.0.12", For: time.Hour}, sample(), noon); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Apply(Request{Verb: AskDrain, Name: "10.0.0.13"}, sample(), noon); err != nil {
		t.Fatal(err)
	}
	set := Moment{Wall: noon.Wall.Add(-48 * time.Hour), Boot: noon.Boot + 10*time.Minute}
	o, _ := l.Of(Target{Server, "[192.0.2.1]:tcp:80", "[10.0.0.12]:tcp:80"})
	if got, want := o.Ends(set), set.Wall.Add(50*time.Minute); !got.Equal(want) {
		t.Errorf("ends at %v, want %v", got, want)
	}
	if wait, ok := l.Next(set); !ok || wait != 50*time.Minute {
		t.Errorf("%v %v", wait, ok)
	}
	if over := l.Expire(set); over != nil {
		t.Errorf("over: %v", over)
	}
	over := l.Expire(noon.after(time.Hour))
	if len(over) != 1 || over[0].SaidOver("") != "service [10.0.0.12]:tcp:80 of VS [192.0.2.1]:tcp:80: no longer drained, its time is over" {
		t.Errorf("over: %v", over)
	}
	if _, ok := l.Next(noon); ok || len(l.All()) != 1 {
		t.Error("what has no end has one")
	}
}

// A reload ends what lasts until one, and nothing else.
func TestAReloadEnds(t *testing.T) {
	var l List
	for _, r := range []Request{
		{Verb: AskPriority, Name: "VI_1", Priority: 7, UntilReload: true}, {Verb: AskPreempt, Name: "VI_3", Preempt: preempt(true)},
		{Verb: AskWeight, Name: "10.0.0.12", Weight: weight(3), UntilReload: true}, {Verb: AskDrain, Name: "10.0.0.13"},
	} {
		if _, err := l.Apply(r, sample(), noon); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	for _, o := range l.Reloaded() {
		all = append(all, o.SaidOver("the reload"))
	}
	if got, want := strings.Join(all, "\n"), "(VI_1): no longer priority 7, ended by the reload\n"+
		"service [10.0.0.12]:tcp:80 of VS [192.0.2.1]:tcp:80: no longer weight 3, ended by the reload"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if left := l.All(); len(left) != 2 || left[0].Action != Preempt || left[1].Action != Drain {
		t.Errorf("left: %v", left)
	}
}

// Whatever is asked for in whatever order: there is one for each target, it is sound and can be news, those that end
// are those that were there, and nothing outlives its time.
func TestAnyRequests(t *testing.T) {
	form, err := news.FormOf[Override]()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"10.0.0.11", "10.0.0.12", "10.0.0.13", "2001:db8::11", "VI_1", "VI_3", "G", "all", "", "nobody"}
	rapid.Check(t, func(t *rapid.T) {
		var l List
		now := noon
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			r := Request{
				Verb: rapid.SampledFrom([]Verb{AskDrain, AskMaint, AskReady, AskWeight, AskMaintenance, AskResume, AskFailover,
					AskLeave, AskJoin, AskLogLevel, AskPriority, AskPreempt, AskClear}).Draw(t, "verb"),
				Name: rapid.SampledFrom(names).Draw(t, "name"), Level: rapid.SampledFrom([]string{"", "debug", "x"}).Draw(t, "level"),
				For:      time.Duration(rapid.IntRange(0, 3).Draw(t, "for")) * time.Minute,
				Priority: uint8(rapid.SampledFrom([]int{0, 50, 100, 255}).Draw(t, "priority")),
			}
			if rapid.Bool().Draw(t, "preempts") {
				r.Preempt = preempt(rapid.Bool().Draw(t, "preempt"))
			}
			if rapid.Bool().Draw(t, "weighs") {
				r.Weight = weight(rapid.IntRange(-1, 9).Draw(t, "weight"))
			}
			before := l.All()
			done, err := l.Apply(r, sample(), now)
			if err != nil && !slices.Equal(before, l.All()) {
				t.Fatalf("refused (%v), and changed", err)
			}
			for _, o := range done.Ended {
				if _, is := l.Of(o.Target); is || !slices.Contains(before, o) {
					t.Fatalf("%v is ended", o)
				}
			}
			for _, o := range done.Begun {
				if got, is := l.Of(o.Target); !is || got != o || !o.Sound() || !o.Configured(sample()) {
					t.Fatalf("%v is begun, in force is %v", o, got)
				}
				it, err := form.Item(o.Key(), o)
				if err != nil {
					t.Fatal(err)
				}
				if back, err := form.Read(it); err != nil || back.Said() != o.Said() || back.Target != o.Target {
					t.Fatalf("%v became %v: %v", o, back, err)
				}
			}
			now = now.after(time.Duration(rapid.IntRange(0, 90).Draw(t, "passes")) * time.Second)
			l.Expire(now)
			for _, o := range l.All() {
				if o.Deadline != 0 && o.Deadline <= now.Boot {
					t.Fatalf("%v is over", o)
				}
			}
		}
	})
}

// What is read again may be anything.
func TestSound(t *testing.T) {
	good := Override{Target: Target{Server, "v", "s"}, Action: Drain}
	if !good.Sound() {
		t.Fatal("a good one is not")
	}
	for what, bad := range map[string]func(*Override){
		"action":   func(o *Override) { o.Action = "x" },
		"kind":     func(o *Override) { o.Kind = Instance },
		"service":  func(o *Override) { o.Service = "" },
		"name":     func(o *Override) { o.Name = "" },
		"value":    func(o *Override) { o.Value = -1 },
		"deadline": func(o *Override) { o.Deadline = -1 },
		"level":    func(o *Override) { o.Target, o.Action, o.Level = Target{Kind: Log}, LogLevel, "loud" },
		"director": func(o *Override) { o.Target, o.Action = Target{Kind: Director}, Maint },
		"named":    func(o *Override) { o.Target = Target{Kind: Director, Name: "x"} },
		"routers":  func(o *Override) { o.Target, o.Action = Target{Kind: Routers, Name: "x"}, Maintenance },
	} {
		o := good
		if bad(&o); o.Sound() {
			t.Errorf("%s: %+v is sound", what, o)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Hour: "1h", 90 * time.Second: "1m30s", 25*time.Hour + time.Second: "25h1s", 400 * time.Millisecond: "0s",
	} {
		if got := Short(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"10.0.0.1:80", "[::1]:tcp:80", "10.0.0.1 80", "fwmark 7", "[", ":::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Servers(sample(), text, "")
		if err == nil && len(all) == 0 {
			t.Error("neither servers nor an error")
		}
		_ = fmt.Sprint(fitsService(text, "FWM 7"))
	})
}
