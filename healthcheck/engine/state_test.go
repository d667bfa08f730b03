package engine

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// remembered is the state file of a life in this process, with the path of its role.
func remembered(t *testing.T, path string) *statefile.File {
	t.Helper()
	return statefile.New(path, thisProcess(t))
}

func thisProcess(t *testing.T) statefile.Owner {
	t.Helper()
	self, err := statefile.Self()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

func TestStateRoundTrip(t *testing.T) {
	dir := t.TempDir()
	f := remembered(t, filepath.Join(dir, "s"))
	l := left{services: map[ipvs.ServiceID]bool{
		webID(80): true,
		{Family: ipvs.IPv6, Protocol: ipvs.UDP, Addr: netip.MustParseAddr("fd00::1"), Port: 53}:   true,
		{Family: ipvs.IPv4, Protocol: ipvs.SCTP, Addr: netip.MustParseAddr("10.0.0.2"), Port: 53}: true,
		{Family: ipvs.IPv4, FWMark: 5}: true, {Family: ipvs.IPv6, FWMark: 5}: true,
	}, timeouts: &ipvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second},
		marks: map[lvs.MarkedGroup]uint32{{Group: "web", Protocol: config.TCP}: 1000,
			{Group: "two words", Protocol: config.SCTP}: math.MaxUint32},
		servers: map[lvs.ServerOf]lvs.Standing{{Service: "FWM 5", Server: "[10.1.0.1]:none:0"}: lvs.Down,
			{Service: "[two words]:0", Server: "[fd00::1]:tcp:80"}: lvs.Slow},
		tables: map[string]bool{"keepalived_ipvs": true, "other": true}}
	if err := f.Save(l.lines()); err != nil {
		t.Fatal(err)
	}
	got, err := recall(remembered(t, filepath.Join(dir, "s")), "")
	if err != nil || fmt.Sprint(got.services) != fmt.Sprint(l.services) || *got.timeouts != *l.timeouts ||
		!maps.Equal(got.servers, l.servers) || !maps.Equal(got.marks, l.marks) || !maps.Equal(got.tables, l.tables) {
		t.Errorf("%v %v, want %v", got, err, l)
	}
}

// The file of versions that did not say whose it is counts once, however damaged it is.
func TestOldStateIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	old, path := filepath.Join(dir, "holdfast_ipvs.state"), filepath.Join(dir, "checkers.ipvs")
	text := "inet tcp 10.0.0.1 80\ninet tcp nonsense 80\ninet fwmark 0\n\nmore\ntimeouts 900 120 300\n"
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := remembered(t, path)
	got, err := recall(f, old)
	if err == nil || !strings.Contains(err.Error(), old+`: ParseAddr("nonsense")`) || len(got.services) != 1 ||
		!got.services[webID(80)] ||
		got.timeouts == nil {
		t.Errorf("a damaged file gives %v %v", got, err)
	}
	if err := f.Save(got.lines()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old file is still there: %v", err)
	}
	if got, err := recall(remembered(t, path), old); err != nil || !got.services[webID(80)] {
		t.Errorf("then %v %v", got, err)
	}
}

func FuzzStateLines(f *testing.F) {
	f.Add("inet tcp 10.0.0.1 80\ninet6 fwmark 5\ntimeouts 1 2 3\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := left{services: map[ipvs.ServiceID]bool{}}
		for line := range strings.Lines(text) {
			_ = l.parse(strings.TrimSuffix(line, "\n"))
		}
		for id := range l.services {
			again, err := parseService(formatService(id))
			if err != nil || again != id {
				t.Errorf("%v becomes %v (%v)", id, again, err)
			}
		}
	})
}

// A line that cannot be what it begins as costs itself alone.
func TestMarksThatAreNone(t *testing.T) {
	for _, line := range []string{"mark", "mark 0 tcp web", "mark x tcp web", "mark 1000 none web", "mark 1000 tcp",
		"mark 4294967296 tcp web"} {
		l := left{services: map[ipvs.ServiceID]bool{}, marks: map[lvs.MarkedGroup]uint32{}}
		if err := l.parse(line); err == nil || len(l.marks) > 0 || len(l.services) > 0 {
			t.Errorf("%q is %v, %v", line, l, err)
		}
	}
}

// Those who ask are told that the file could not be written, as long as that is so.
func TestAnUnwrittenStateIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "missing")
		w := begin(t, fake.New(), func(o *Options) { o.State = remembered(t, filepath.Join(dir, "s")) })
		w.load(web(1))
		r, err := w.engine.State(t.Context())
		if err != nil || !strings.Contains(r.Lists[state.Warnings], `"about":"record"`) {
			t.Errorf("%v, %s", err, r.Lists[state.Warnings])
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		if r, err = w.engine.State(t.Context()); err != nil || strings.Contains(r.Lists[state.Warnings], "record") {
			t.Errorf("%v, %s", err, r.Lists[state.Warnings])
		}
		w.end()
	})
}

// Each address of a group is asked for connections, of which those of the group are the sum.
func TestConnectionsOfAGroupAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := groups(0, "\x01")
		c.ServerGroups[0].Entries[0].Last = netip.MustParseAddr("10.0.0.3")
		w := begin(t, fake.New(), func(o *Options) {
			o.List = func(take func(*ipvs.ListedService)) error {
				for _, a := range []string{"10.0.0.1", "10.0.0.3", "10.0.0.4"} {
					dest := ipvs.ListedDest{ID: ipvs.DestID{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80}}
					dest.Stats.Active = 21
					take(&ipvs.ListedService{ID: ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP,
						Addr: netip.MustParseAddr(a), Port: 80}, Dests: []ipvs.ListedDest{dest}})
				}
				return nil
			}
		})
		w.load(c)
		r, err := w.engine.State(t.Context())
		for _, list := range []string{state.Services, state.Servers} {
			if err != nil || !strings.Contains(r.Lists[list], `"active_connections":42`) {
				t.Errorf("%v, %s", err, r.Lists[list])
			}
		}
		w.end()
	})
}
