package rehearsal

import (
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config/agreement"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

// bound are directors with these files; names in order are those of the directors.
func bound(t *testing.T, files ...string) []agreement.Director {
	t.Helper()
	var all []agreement.Director
	for i, text := range files {
		all = append(all, director(t, fmt.Sprintf("%c.conf", 'a'+i), text))
	}
	return all
}

// examplePair is the pair of the examples.
func examplePair(t *testing.T) []agreement.Director {
	t.Helper()
	var all []agreement.Director
	for _, name := range []string{"director1.conf", "director2.conf"} {
		text, err := os.ReadFile("../../examples/lvs-dr-pair/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, director(t, name, string(text)))
	}
	return all
}

func director(t *testing.T, name, text string) agreement.Director {
	t.Helper()
	s := syntax.Load(syntax.MapSource{name: text}, name, syntax.Options{})
	c, found := language.Bind(s, language.Env{HostName: "this"})
	for _, d := range found {
		if d.Severity >= syntax.Error {
			t.Fatalf("%s: %s", name, d)
		}
	}
	return agreement.Director{File: name, Snapshot: s, Config: c}
}

// played is a rehearsal as text; one that cannot be played ends the test.
func played(t *testing.T, directors []agreement.Director, script string, end time.Duration, logs bool) (Result, string) {
	t.Helper()
	events, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		if events[i].What == Reload {
			events[i].Config = director(t, events[i].Object, pairOf("150")).Config
		}
	}
	r, err := Play(directors, events, end)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Text(&b, r, With{Logs: logs}); err != nil {
		t.Fatal(err)
	}
	return r, b.String()
}

// pairOf is a director of a priority, with two routers that move together and something to fail.
func pairOf(priority string) string {
	return `vrrp_script web {
    script /bin/true
    weight -60
}
vrrp_script disk {
    script /bin/true
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    track_script {
        disk
        web
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ` + priority + `
    virtual_ipaddress {
        192.0.2.10/24
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 51
    priority ` + priority + `
    virtual_ipaddress {
        10.0.0.10/24
    }
}
`
}

// The pair of the example, and everything that can happen to one.
func TestPairs(t *testing.T) {
	examples := examplePair(t)
	_, example := played(t, examples, "20 kill d1\n40 start d1", time.Minute, false)
	golden.Equal(t, "testdata/example.txt", example)
	again, _ := played(t, examples, "20 kill d1\n40 start d1", time.Minute, true)
	if _, twice := played(t, examples, "20 kill d1\n40 start d1", time.Minute, false); twice != example || !again.Served() {
		t.Errorf("another time:\n%s", twice)
	}

	const script = `
10   fail d1 web        # points
20   mend d1 web
30s  fail d1 disk       # a fault
40   mend d1 disk
50   unplug d1 eth1
60   plug d1 eth1
70.5 cut d1
80   heal d1
90   stop d1
100  start d1
110  reload d2 better.conf
120  kill d1
121  kill d2
`
	r, got := played(t, bound(t, pairOf("100"), pairOf("90")), script, 130*time.Second, false)
	golden.Equal(t, "testdata/everything.txt", got)
	golden.Equal(t, "testdata/everything.svg", drawn(t, r))
}

// drawn is a rehearsal as a picture.
func drawn(t *testing.T, r Result) string {
	t.Helper()
	var b strings.Builder
	if err := SVG(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(b.String()), new(struct{})); err != nil {
		t.Errorf("%v: %s", err, b.String())
	}
	return b.String()
}

// Every moment of every bar is there once, and what is in names is not taken for a tag.
func TestPicture(t *testing.T) {
	files := bound(t, strings.ReplaceAll(pairOf("100"), "VI_1", "<&>"), strings.ReplaceAll(pairOf("90"), "VI_1", "<&>"))
	r, text := played(t, files, "20 kill d1\n40 start d1\n50 fail d2 disk", time.Minute, false)
	if picture := drawn(t, r); !strings.Contains(picture, "&lt;&amp;&gt;: in 60.000 s") || strings.Contains(picture, "<&>") {
		t.Error(picture)
	}
	masters := map[string]time.Duration{}
	ends := map[string]time.Duration{}
	for _, s := range r.Spans {
		key := s.Router + " " + s.Director
		if s.From < ends[key] || s.To < s.From || s.To > r.For {
			t.Errorf("%+v", s)
		}
		if ends[key] = s.To; s.State == "MASTER" {
			masters[key] += s.To - s.From
		}
	}
	// From 3.609 to 20 and from 43.609 on; and from 23.259, when d1 is missed, to 43.610.
	if d1, d2 := masters["<&> d1"], masters["<&> d2"]; d1 < 32*time.Second || d1 > 33*time.Second || d2 < 20*time.Second ||
		d2 > 21*time.Second {
		t.Errorf("d1 was master for %v, d2 for %v\n%s", d1, d2, text)
	}
}

// However directors speak with each other, there is one master, the next takes over from one that is gone, and the first
// comes back.
func TestOneMaster(t *testing.T) {
	instance := func(priority int, more, vip string) string {
		return fmt.Sprintf("vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority %d\n advert_int 1\n%s\n"+
			" virtual_ipaddress {\n %s\n }\n}\n", priority, more, vip)
	}
	const four, six, key = "192.0.2.10/24", "fe80::10/64", "0123456789abcdef0123456789abcdef"
	peers := func(own int, source bool) string {
		text := ""
		if source {
			text = fmt.Sprintf(" unicast_src_ip 192.0.2.%d\n", own)
		}
		text += " unicast_peer {\n"
		for n := 1; n <= 3; n++ {
			if n != own {
				text += fmt.Sprintf(" 192.0.2.%d\n", n)
			}
		}
		return text + " }"
	}
	for name, more := range map[string]func(n int) (text, vip string){
		"multicast": func(int) (string, string) { return "", four },
		"IPv6":      func(int) (string, string) { return "", six },
		"version 3": func(int) (string, string) { return " version 3", four },
		"PASS":      func(int) (string, string) { return " authentication {\n auth_type PASS\n auth_pass x\n }", four },
		"AH":        func(int) (string, string) { return " authentication {\n auth_type AH\n auth_pass x\n }", four },
		"auth_hmac": func(int) (string, string) { return " auth_hmac {\n key 1 " + key + "\n active_key 1\n }", four },
		"auth_hmac with a key in a file": func(int) (string, string) {
			return " auth_hmac {\n key 1 file:/nowhere\n active_key 1\n }", four
		},
		"unicast":                func(n int) (string, string) { return peers(n, true), four },
		"unicast without source": func(n int) (string, string) { return peers(n, false), four },
		"unicast to all":         func(int) (string, string) { return peers(0, false), four },
		"a group":                func(int) (string, string) { return " mcast_dst_ip 224.0.0.99", four },
	} {
		var files []string
		for n := 1; n <= 3; n++ {
			text, vip := more(n)
			files = append(files, instance(200-n, text, vip))
		}
		r, text := played(t, bound(t, files...), "20 kill d1\n40 kill d2\n60 start d2\n80 start d1", 100*time.Second, true)
		a := r.Accounts[0]
		if len(r.Accounts) != 1 || !r.Served() || a.Masters[0] != "d1" || a.Double > 0 || a.Without > 15*time.Second {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// A reload keeps a virtual router under another name, and gives one up that is not in the file any more. Nobody takes
// that over: on the other director it moves with the first, of which there is a master.
func TestReloadsOfOtherRouters(t *testing.T) {
	old, other := bound(t, pairOf("100"), pairOf("90")), pairOf("100")
	renamed := director(t, "renamed.conf", strings.ReplaceAll(other, "VI_1", "VI_9"))
	less := director(t, "less.conf", other[strings.Index(other, "vrrp_instance VI_1"):strings.Index(other, "vrrp_instance VI_2")])
	events := []Event{{At: 10 * time.Second, What: Reload, Director: "d1", Object: renamed.File, Config: renamed.Config},
		{At: 20 * time.Second, What: Reload, Director: "d1", Object: less.File, Config: less.Config}}
	r, err := Play(old, events, 40*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Text(&b, r, With{}); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/reloads.txt", b.String())
	if !slices.Equal(r.Accounts[0].Masters, []string{"d1"}) || len(r.Accounts[1].Masters) > 0 || r.Served() {
		t.Errorf("%+v", r.Accounts)
	}
}

// What goes wrong is seen, and why stands in the logs.
func TestTwoMasters(t *testing.T) {
	files := bound(t, pairOf("100"), strings.ReplaceAll(pairOf("90"), "    priority", "    advert_int 2\n    priority"))
	r, text := played(t, files, "", 30*time.Second, true)
	if r.Served() || r.Accounts[0].Double < 20*time.Second || !strings.Contains(text, "d1 and d2 have the addresses at once\n") ||
		!strings.Contains(text, "log: (VI_1) advertisement interval mismatch mine=1 sec rcv'd=2 sec") {
		t.Error(text)
	}
	var b strings.Builder
	if err := JSON(&b, r, With{}); err != nil || !strings.Contains(b.String(), `"masters_at_end": [`) ||
		strings.Contains(b.String(), "mismatch") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestScriptsThatAreWrong(t *testing.T) {
	for script, want := range map[string]string{
		"soon kill d1":                       `line 1: "soon" is no time`,
		"-1 kill d1":                         `line 1: "-1" is no time`,
		"1 kill d1\n\n2":                     "line 3: a time, what happens and to whom",
		"1 kick d1":                          `line 1: "kick" is nothing that can happen; what can is:`,
		"1 kill d1 eth0":                     "line 1: kill: write kill d1",
		"1 unplug d1":                        "line 1: unplug: write unplug d1 INTERFACE",
		"1 kill d3":                          "line 1: there is no director d3",
		"1 start d1":                         "line 1: d1 runs already",
		"1 kill d1\n2 stop d1":               "line 2: d1 does not run",
		"1 unplug d1 eth7":                   "line 1: d1 has no interface eth7",
		"1 fail d1 nothing":                  "line 1: d1 tracks no nothing",
		"1 fail real_server":                 "line 1: fail: write fail real_server ADDRESS [PORT]",
		"1 kill real_server":                 `line 1: "kill" is nothing that can happen; what can is:`,
		"1 fail real_server a":               "line 1: a is no real server: write an address, or an address and a port",
		"1 fail real_server 192.0.2.1 99999": "line 1: 192.0.2.1 99999 is no real server",
		"1 fail real_server 192.0.2.1":       "line 1: no director has a real server 192.0.2.1",
	} {
		events, err := Parse(script)
		if err == nil {
			_, err = Play(bound(t, pairOf("100"), pairOf("90")), events, time.Minute)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", script, err)
		}
	}
}
