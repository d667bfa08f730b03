package main

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/state"
)

// A stand-in answers as a daemon that announces two addresses, and is asked for something by orders.
type standIn struct {
	mu     sync.Mutex
	orders []api.Order
	asked  int
	// services is what it has when it is asked for the nth time.
	services func(n int) []state.Service
}

// listen has it listen on a socket in a directory of the test.
func (d *standIn) listen(t *testing.T) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("POST /v1/overrides", func(w http.ResponseWriter, r *http.Request) {
		var o api.Order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			t.Error(err)
		}
		d.mu.Lock()
		d.orders = append(d.orders, o)
		d.mu.Unlock()
		if o.Seconds == 1 {
			w.WriteHeader(http.StatusConflict)
			answer(w, map[string]string{"error": "nothing is announced"})
			return
		}
		answer(w, api.Changed{OK: true, Overrides: []state.Override{{Kind: "director", Action: "drain", Text: "drained by root (0)"}}})
	})
	mux.HandleFunc("GET /v1/services", func(w http.ResponseWriter, _ *http.Request) {
		d.mu.Lock()
		n := d.asked
		d.asked++
		d.mu.Unlock()
		// The moments of the answers are seconds apart, so that nobody has to wait.
		at := time.Now().Add(time.Duration(n) * 3 * time.Second)
		answer(w, map[string]any{"at": at, "services": d.services(n)})
	})
	mux.HandleFunc("GET /v1/state", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"pid": 7, "services": d.services(0)})
	})
	s := &http.Server{Handler: mux}
	go func() { _ = s.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = s.Close() })
	return socket
}

// serving is a virtual server that announces something, with so many packets of clients, beside one that does not.
func serving(shown bool, packets int64) []state.Service {
	connections, others := int64(4), int64(1e6)
	return []state.Service{
		{Name: "a", Packets: &packets, Connections: &connections, Announced: []state.Place{{Prefix: "192.0.2.1/32", Interface: "lo", Shown: shown}}},
		{Name: "b", Packets: &others, Connections: &others},
		{Name: "c", Announced: []state.Place{{Prefix: "192.0.2.2/32"}}},
	}
}

func TestDirector(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		args     []string
		services func(n int) []state.Service
		status   int
		said     string // on one of both
		verb     string // of the last order
		asked    int
	}{
		{"drain", []string{"drain"}, nil, 0, "director: drained by root (0)\n", "leave", 0},
		{"for", []string{"drain", "--for", "1h"}, nil, 0, "director: drained by root (0)\n", "leave", 0},
		{"refused", []string{"drain", "--for", "1s"}, nil, statusNo, "holdfast director: nothing is announced\n", "leave", 0},
		{"undrain", []string{"undrain"}, nil, 0, "director: no longer drained by root (0)\n", "join", 0},
		{"a third word", []string{"stop"}, nil, statusUsage, "holdfast director: director stop: want drain, undrain or compare\n", "", 0},
		{"of a server", []string{"drain", "10.0.0.1"}, nil, statusUsage,
			"holdfast director: director drain 10.0.0.1: want nothing behind drain\n", "", 0},
		{"none", nil, nil, statusUsage, "holdfast director: requires at least 1 arg(s), only received 0\n", "", 0},
		{"with none", []string{"compare"}, nil, statusUsage,
			"holdfast director: director compare: want other directors to compare with\n", "", 0},
		// Packets come as long as it is shown, and once more; two answers without any are silence for 6 s.
		{"wait", []string{"drain", "--wait"}, func(n int) []state.Service { return serving(n < 1, int64(min(n, 2))) }, 0,
			"director: drained by root (0)\nnothing is announced, and no packets come; 4 connections are left in the table\n", "leave", 5},
		{"it stays", []string{"drain", "--wait", "--timeout", "1ms"}, func(int) []state.Service { return serving(true, 0) },
			statusLate, "holdfast director: after 1ms still announced: 192.0.2.1/32 on lo\n", "leave", 0},
		{"packets stay", []string{"drain", "--wait", "--timeout", "1ms"},
			func(n int) []state.Service { return serving(false, int64(n)) }, statusLate,
			"holdfast director: after 1ms packets still come\n", "leave", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &standIn{services: c.services}
			args := append([]string{"director", "--socket", d.listen(t)}, c.args...)
			status, stdout, stderr := command("", args...)
			said := stdout + stderr
			if c.status == statusLate {
				said = stderr
			}
			if status != c.status || said != c.said {
				t.Errorf("status %d, want %d\n%s%swant\n%s", status, c.status, stdout, stderr, c.said)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			verb := ""
			if n := len(d.orders); n > 0 {
				verb = d.orders[n-1].Verb
			}
			if verb != c.verb || c.asked > 0 && d.asked != c.asked {
				t.Errorf("it was told %q, want %q, and asked %d times, want %d", verb, c.verb, d.asked, c.asked)
			}
			if c.name == "for" && d.orders[0].Seconds != 3600 {
				t.Errorf("%+v", d.orders[0])
			}
			if strings.Contains(c.name, "stays") && stdout != "director: drained by root (0)\n" {
				t.Errorf("%s", stdout)
			}
		})
	}
}

func TestCompareDirectors(t *testing.T) {
	t.Parallel()
	tables := func(hash string) func(int) []state.Service {
		return func(int) []state.Service { return []state.Service{{Name: "a", TableHash: hash}} }
	}
	here, like := (&standIn{services: tables("1")}).listen(t), (&standIn{services: tables("1")}).listen(t)
	dir := t.TempDir()
	write(t, dir+"/other", `{"pid": 7, "services": [{"name": "a", "table_hash": "2"}]}`)
	write(t, dir+"/conf", "virtual_server 10.0.0.1 80 {\n}\n")
	for _, c := range []struct {
		others []string
		status int
		said   string
	}{
		{[]string{like}, 0, "1 virtual servers have the same table on 2 directors\n"},
		{[]string{like, dir + "/other"}, statusNo, "a: table 1 at this director, " + like + "; table 2 at " + dir + "/other\n"},
		{[]string{dir + "/conf"}, statusUsage, "holdfast director: " + dir + "/conf: it is no answer of /v1/state\n"},
		{[]string{dir + "/none"}, statusUsage, "holdfast director: stat " + dir + "/none: no such file or directory\n"},
		{[]string{dir}, statusUsage, "holdfast director: read " + dir + ": is a directory\n"},
	} {
		status, stdout, stderr := command("", append([]string{"director", "--socket", here, "compare"}, c.others...)...)
		if status != c.status || !strings.HasPrefix(stdout+stderr, c.said) {
			t.Errorf("%q: status %d, want %d\n%s%swant\n%s", c.others, status, c.status, stdout, stderr, c.said)
		}
	}
}
