//go:build e2e

package page

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A stub says what it is told to, with the page that a daemon gave: states in which no daemon of a test can be, because
// this kernel may have no IPVS.
type stub struct {
	mu    sync.Mutex
	head  http.Header
	page  []byte
	state map[string]any
	url   string
	// events are those that it has, with serials from 1; nil: it keeps none.
	events []object
}

func newStub(t *testing.T, d *director, state map[string]any) *stub {
	t.Helper()
	s := &stub{state: state}
	s.head, s.page = d.page()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.url = "http://" + l.Addr().String() + "/"
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/":
		for name, values := range s.head {
			w.Header()[name] = values
		}
		_, _ = w.Write(s.page)
	case "/healthz":
		_, _ = w.Write([]byte(`{"ok": true, "reasons": []}`))
	case "/v1/state":
		s.state["at"] = time.Now().UTC().Format(time.RFC3339Nano)
		_ = json.NewEncoder(w).Encode(s.state)
	case "/v1/events":
		if s.events == nil { // a daemon that keeps none
			http.NotFound(w, r)
			return
		}
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		_ = json.NewEncoder(w).Encode(object{"events": s.events[min(after, len(s.events)):]})
	default:
		http.NotFound(w, r)
	}
}

// change changes what it says.
func (s *stub) change(f func(state map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.state)
}

type object = map[string]any

func ago(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339Nano) }

// world is a daemon with so many virtual servers of so many real servers, each of whose names is made by name.
func world(services, servers int, name func(string) string) object {
	var svc, srv, chk []object
	for i := range services {
		sn := name(fmt.Sprintf("[192.0.%d.%d]:tcp:80", i/250, i%250))
		up := servers
		for j := range servers {
			rn, bad := name(fmt.Sprintf("[10.%d.%d.%d]:tcp:8080", i, j/250, j%250)), (i*servers+j)%97 == 3
			server := object{"service": sn, "name": rn, "address": "10.0.0.1", "port": 8080, "up": !bad, "in_table": !bad, "weight": 10,
				"effective_weight": 10, "written_weight": 4 + j%7, "backup": j%50 == 9, "checks": 1, "checks_failed": 0, "active_connections": 12 * j, "reason": ""}
			check := object{"service": sn, "server": rn, "kind": "HTTP_GET", "target": "10.0.0.1:8080 /health", "up": !bad, "has_run": true,
				"enabled": true, "running": false, "last_attempt": ago(3 * time.Second), "failures": 0, "error": "", "not_made_error": ""}
			if bad {
				up--
				server["reason"], server["since"], server["checks_failed"] = name("connection refused"), ago(815*time.Second), 1
				check["error"], check["failures"] = name("connection refused"), 31
			}
			srv, chk = append(srv, server), append(chk, check)
		}
		quorum := "up"
		if i%40 == 3 {
			quorum = "down"
		}
		svc = append(svc, object{"name": sn, "quorum": quorum, "quorum_wanted": 1, "weight": 10 * up, "servers": servers, "servers_up": up,
			"serving": "real servers", "in_table": true, "suspended": false, "scheduler": "wlc", "method": "DR", "protocol": "tcp", "group": "",
			"entries": []object{{"first": "192.0.2.10", "last": "192.0.2.10", "port": 80, "fwmark": 0}}, "active_connections": 1234})
	}
	instance := func(n, state string, vip string) object {
		return object{"name": name(n), "state": state, "since": ago(time.Hour + time.Minute), "reasons": []string{name("because")}, "interface": "eth0", "vrid": 51,
			"version": 3, "family": "ipv4", "priority": 150, "effective_priority": 140, "preempt": false, "advert_interval_ms": 1000, "master_down_ms": 3609,
			"source": "192.0.2.1", "master": "192.0.2.2", "master_priority": 200, "group": name("PAIR"), "lacks": []string{},
			"addresses":     []object{{"address": vip, "interface": "eth0", "excluded": false, "wanted": state == "MASTER", "present": state == "MASTER", "hosts_own": false}},
			"other_masters": []object{{"address": "192.0.2.3", "priority": 150, "now": true}}, "last_transition": object{"at": ago(time.Hour), "from": "INIT", "to": state, "reason": name("no advert"), "code": ""},
			"override": object{"action": "maintenance", "text": name("maintenance by root"), "since": ago(time.Hour), "until": ago(-time.Hour)}}
	}
	return object{
		"pid": 4711, "at": ago(0), "age": 0, "problem": "",
		"sources": []object{{"role": "vrrp", "pid": 1, "age": 0, "problem": ""}, {"role": "checker", "pid": 2, "age": 0, "problem": ""}},
		"daemon":  object{"pid": 4711, "version": "1", "started": ago(25 * time.Hour), "complete": true, "stopping": false, "instance": name("edge"), "namespace": ""},
		"config": object{"file": name("/etc/keepalived/keepalived.conf"), "generation": 3, "loaded": ago(time.Hour), "hash": "0123456789abcdef",
			"last_reload": object{"at": ago(time.Hour), "ok": false, "reason": name("no room")}},
		"instances": []object{instance("VI_1", "MASTER", "192.0.2.10/24"), instance("VI_2", "BACKUP", "192.0.2.11/24"), instance("VI_3", "FAULT", "192.0.2.12/24")},
		"groups":    []object{{"name": name("PAIR"), "state": "mixed", "members": []string{name("VI_1"), name("VI_2")}}},
		"trackers": []object{{"kind": "script", "name": name("chk"), "status": "down", "value": 0, "detail": name("/bin/true"),
			"used_by": []object{{"instance": name("VI_1"), "weight": -10, "reverse": true}}}},
		"services": svc, "servers": srv, "checks": chk,
		"sessions": []object{{"name": name("peer"), "state": "Down", "since": ago(time.Minute), "remote_state": "Init", "neighbor": "192.0.2.2",
			"diagnostic": name("Control Detection Time Expired"), "detection_us": 300000}},
		"overrides": []object{{"kind": "instance", "name": name("VI_1"), "text": name("maintenance by root"), "since": ago(time.Hour)}},
		"warnings": []object{{"severity": "error", "about": "instance", "name": name("VI_3"), "text": name("is in FAULT"), "since": ago(time.Minute), "file": name("f"), "line": 3, "column": 1},
			{"severity": "warning", "about": "config", "name": "", "text": name("odd"), "file": "", "line": 0, "column": 0}},
	}
}

func same(text string) string { return text }

// Names and reasons are bytes of others: nothing in them is read as anything but text, wherever it is shown.
func TestNamesAreText(t *testing.T) {
	d := boot(t)
	evil := hostile + `"><script>window.hacked=1</script></title><svg onload=window.hacked=1>javascript:window.hacked=1//` + "\u202e\u0000\u2028'\"&lt;b&gt;"
	s := newStub(t, d, world(2, 3, func(text string) string { return text + evil }))
	b := browse(t, false)
	b.opens(s.url)
	b.waits(`document.querySelectorAll(".service").length === 2`)
	b.openAll()
	s.change(func(state object) { state["instances"].([]object)[1]["state"] = "MASTER" })
	b.waits(`document.querySelectorAll("#history-rows > tr").length > 3`)
	if b.violated() {
		t.Error("a name was not taken as text")
	}
	made := eval[int](b, `document.querySelectorAll("main img, main script, main iframe, main b, main a:not(#tiles a)").length`)
	if got := b.text("#router-list h3"); made != 0 || !strings.HasPrefix(got, "VI_1"+hostile) {
		t.Errorf("%d elements were made, and %q is shown", made, got)
	}
}

// openAll opens everything that can be.
func (b *browser) openAll() {
	b.t.Helper()
	b.run(`for (const d of document.querySelectorAll("main details")) d.open = true`)
	b.waits(`document.querySelectorAll(".service .inside tbody tr").length > 0`)
	b.run(`for (const d of document.querySelectorAll("main details")) d.open = true`)
	b.waits(`document.querySelectorAll(".checks li").length > 0`)
}

// Everything that there can be, open, is what axe has nothing against, in light and dark, wide and narrow.
func TestEverythingIsAccessible(t *testing.T) {
	d := boot(t)
	s := newStub(t, d, world(2, 4, same))
	for _, dark := range []bool{false, true} {
		b := browse(t, dark)
		name := map[bool]string{false: "light", true: "dark"}[dark]
		b.opens(s.url)
		b.waits(`document.querySelectorAll(".service").length === 2`)
		b.openAll()
		b.accessible(name)
		b.shoot("all-" + name)
		b.do(chromedp.EmulateViewport(390, 844))
		b.accessible(name + ", narrow")
		if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
			t.Errorf("%s: %d pixels are beside a narrow window", name, over)
		}
		b.shoot("narrow-" + name)
	}
}

// The events of a daemon are the timeline: what was before the page was opened too, and what comes later once.
func TestTheTimelineIsTold(t *testing.T) {
	d := boot(t)
	s := newStub(t, d, world(1, 2, same))
	event := func(serial int, past time.Duration, about, of, name, from, to, why string) object {
		return object{"serial": serial, "at": ago(past), "role": "vrrp", "about": about, "of": of, "name": name, "from": from, "to": to, "reason": why, "text": ""}
	}
	s.events = []object{
		event(1, 3*time.Hour, "instance", "", "VI_1", "BACKUP", "FAULT", "interface eth0 is down"),
		event(2, 40*time.Minute, "server", "[192.0.0.0]:tcp:80", "[10.0.0.1]:tcp:8080", "up", "down", "connection refused"),
		event(3, 30*time.Minute, "instance", "", "VI_2", "MASTER", "BACKUP", "a better master"),
	}
	b := browse(t, false)
	b.opens(s.url)
	b.waits(`document.querySelector("#history-count").textContent === "(3)"`)
	b.run(`document.querySelector("#history").open = true`)
	b.waits(`document.querySelector("#history-rows").innerText.includes("[192.0.0.0]:tcp:80 [10.0.0.1]:tcp:8080")`)
	b.waits(`document.querySelector("#picture svg").getAttribute("aria-label").includes("VI_2: MASTER from")`)
	s.change(func(map[string]any) {
		s.events = append(s.events, event(4, 0, "instance", "", "VI_2", "BACKUP", "MASTER", "no advert"))
	})
	b.waits(`document.querySelector("#history-count").textContent === "(4)"`)
	if got := b.text("#history-rows tr"); !strings.Contains(got, "no advert") {
		t.Errorf("the latest is %q", got)
	}
	if got := b.text("#daemon-facts"); !strings.Contains(got, "maintenance by root") {
		t.Errorf("what was changed by hand is missing: %q", got)
	}
	b.shoot("timeline")
}

// Ten thousand servers: what is shown is a part, it is found, and the page stays at hand.
func TestThousandsOfServers(t *testing.T) {
	d := boot(t)
	s := newStub(t, d, world(100, 100, same))
	b := browse(t, false)
	b.opens(s.url)
	b.waits(`document.querySelectorAll(".service").length === 60`)
	if got := b.text("#service-more"); !strings.Contains(got, "40 virtual servers") {
		t.Errorf("the rest: %q", got)
	}
	b.run(`document.querySelector(".service").open = true`)
	b.waits(`document.querySelectorAll(".service .inside tbody tr").length === 100`)
	if n := eval[int](b, `document.getElementsByTagName("*").length`); n > 6000 {
		t.Errorf("%d elements", n)
	}
	// By itself and not beside the fetch, whose time is that of this machine's other work as well.
	b.run(`document.querySelector("#filter").focus()`)
	b.do(chromedp.KeyEvent("[10.42.0.7]"))
	b.waits(`document.querySelectorAll(".service").length === 1`)
	b.run(`document.querySelector(".service").open = true`)
	b.waits(`document.querySelectorAll(".service .inside tbody tr").length === 1`)
	if got := b.text(".service .inside tbody"); !strings.Contains(got, "[10.42.0.7]:tcp:8080") {
		t.Errorf("found %q", got)
	}
	if !eval[bool](b, `document.activeElement === document.querySelector("#filter")`) {
		t.Error("the focus was lost")
	}
	b.run(`document.querySelector("#filter").select()`)
	b.do(chromedp.KeyEvent("\b"))
	b.run(`document.querySelector("#only-bad").click()`)
	b.waits(`document.querySelectorAll(".service").length === 60`)
	b.shoot("thousands")
	// Whoever goes by the keyboard comes to the first virtual server and opens it.
	b.run(`document.querySelector("#only-bad").focus()`)
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	b.waits(`document.activeElement.matches(".service[open] > summary")`)
	b.waits(`document.querySelectorAll(".service[open] .inside tbody tr").length > 0`)
}

// The first thing that a keyboard reaches leads past the head, and every part can be reached.
func TestTheKeyboardIsEnough(t *testing.T) {
	d := boot(t)
	b := browse(t, false)
	b.opens(d.url)
	b.waits(`document.querySelectorAll("#router-list > li").length === 4`)
	b.do(chromedp.KeyEvent("\t"))
	b.waits(`document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().left >= 0`)
	b.do(chromedp.KeyEvent("\r"))
	b.waits(`location.hash === "#main"`)
	seen := map[string]bool{}
	for range 60 {
		b.do(chromedp.KeyEvent("\t"))
		seen[eval[string](b, `document.activeElement.tagName + " " + (document.activeElement.name || document.activeElement.id)`)] = true
		if seen["INPUT only-bad"] {
			break
		}
	}
	for _, want := range []string{"INPUT span", "SUMMARY ", "INPUT filter", "INPUT only-bad"} {
		if !seen[want] {
			t.Errorf("%s is not reached: %v", want, seen)
		}
	}
}
