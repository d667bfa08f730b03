package super

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/override"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
)

// overridable is a configuration with a server and an instance.
func overridable() *config.Config {
	return &config.Config{
		Instances: []config.Instance{{Name: "VI_1"}},
		VirtualServers: []config.VirtualServer{{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP,
			RealServers: []config.RealServer{{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80}}}},
	}
}

// gone is a process that has ended.
func gone(t *testing.T) statefile.Owner {
	t.Helper()
	o, err := statefile.Self()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	o.Process, o.Parent = statefile.Process{PID: cmd.Process.Pid, Start: 1}, statefile.Process{}
	return o
}

// life is a supervisor that runs nothing yet, of a daemon whose lives leave word for each other in dir.
func life(t *testing.T, dir string, o statefile.Owner) (*Supervisor, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	s := NewSupervisor(Options{Log: zap.New(core), Overrides: statefile.New(filepath.Join(dir, "holdfast_k.overrides"), o)})
	s.current.config = overridable()
	t.Cleanup(func() {
		if s.overrides.timer != nil {
			s.overrides.timer.Stop()
		}
	})
	return s, logs
}

func texts(logs *observer.ObservedLogs) string {
	var all []string
	for _, e := range logs.TakeAll() {
		all = append(all, e.Message)
	}
	return strings.Join(all, "\n")
}

// onBoard is what a role that follows them is told when it begins.
func onBoard(t *testing.T, s *Supervisor) string {
	t.Helper()
	form, err := news.FormOf[override.Override]()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, it := range s.board.On([]news.Topic{news.Overrides}) {
		o, err := form.Read(it)
		if err != nil || targetOf(it.Name) != o.Target {
			t.Errorf("%v, %v", o, err)
		}
		all = append(all, fmt.Sprint(o.Action))
	}
	return strings.Join(all, " ")
}

// What is in force outlives the daemon, however it ends, until its time is over; what was ended does not come back.
func TestOverridesOutliveTheDaemon(t *testing.T) {
	dir := t.TempDir()
	s, logs := life(t, dir, gone(t))
	for _, r := range []override.Request{
		{Verb: override.AskDrain, Name: "10.1.0.1", For: time.Hour, By: "root"},
		{Verb: override.AskMaintenance, Name: "VI_1", By: "root"},
		{Verb: override.AskLogLevel, Level: "debug", For: time.Nanosecond},
	} {
		if a := s.change(r); a.err != nil {
			t.Fatal(a.err)
		}
	}
	if got := texts(logs); got != "service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80: drained by root (0) for 1h\n"+
		"(VI_1): in maintenance by root (0) until somebody ends it\nthe log: level debug by uid 0 for 0s" {
		t.Error(got)
	}
	if got := onBoard(t, s); got != "drain maintenance log-level" {
		t.Error(got)
	}

	s, logs = life(t, dir, gone(t))
	s.recallOverrides()
	got := texts(logs)
	for _, want := range []string{"the log: no longer level debug, its time is over", "(VI_1): still in maintenance by root (0) since ",
		"service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80: still drained by root (0) since "} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\ndoes not say\n%s", got, want)
		}
	}
	if got := onBoard(t, s); got != "maintenance drain" {
		t.Error(got)
	}
	if a := s.change(override.Request{Verb: override.AskResume, Name: "VI_1"}); a.err != nil {
		t.Fatal(a.err)
	}
	if got := onBoard(t, s); got != "drain" {
		t.Error(got)
	}

	s, _ = life(t, dir, gone(t))
	s.current.config = &config.Config{} // a reload, or another file at the start
	s.recallOverrides()
	told := s.describeOverrides()
	if len(told) != 1 || told[0].Configured || told[0].Action != "drain" {
		t.Errorf("%+v", told)
	}
	answer := state.Answer{Overrides: told}
	if w := answer.Warnings(); len(w) != 1 || w[0].Text != "drained by root (0), and not in the configuration" {
		t.Errorf("%+v", w)
	}
	if a := s.change(override.Request{Verb: override.AskClear}); a.err != nil {
		t.Fatal(a.err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// What lasts until a reload ends with it, and does not come back with the next daemon, but for an upgrade.
func TestOverridesUntilAReload(t *testing.T) {
	dir := t.TempDir()
	set := func(s *Supervisor) {
		t.Helper()
		for _, r := range []override.Request{
			{Verb: override.AskPriority, Name: "VI_1", Priority: 7, By: override.BySNMP, UntilReload: true},
			{Verb: override.AskDrain, Name: "10.1.0.1"},
		} {
			if a := s.change(r); a.err != nil {
				t.Fatal(a.err)
			}
		}
	}
	s, logs := life(t, dir, gone(t))
	set(s)
	if told := s.describeOverrides(); len(told) != 2 || !told[0].Reload || told[0].Text != "priority 7 by SNMP" || told[1].Reload {
		t.Errorf("%+v", told)
	}
	s.reloadedOverrides()
	if got := texts(logs); !strings.HasSuffix(got, "\n(VI_1): no longer priority 7, ended by the reload") {
		t.Error(got)
	}
	if got := onBoard(t, s); got != "drain" {
		t.Error(got)
	}
	set(s)

	s, _ = life(t, dir, gone(t))
	s.heir = &heir{}
	s.recallOverrides()
	if got := onBoard(t, s); got != "priority drain" {
		t.Errorf("behind an upgrade: %s", got)
	}
	s, _ = life(t, dir, gone(t))
	s.recallOverrides()
	if got := onBoard(t, s); got != "drain" {
		t.Errorf("behind a start: %s", got)
	}
}

// A record that cannot be read, or has what is none, costs a line each and nothing else.
func TestRecordsOfOverridesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	s, _ := life(t, dir, gone(t))
	if err := s.o.Overrides.Save([]string{"{", `{"Kind":"server","Action":"maintenance"}`,
		`{"Kind":"routers","Action":"maintenance","By":"x"}`}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "holdfast_k.overrides.1.1"), []byte("foreign\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, logs := life(t, dir, gone(t))
	s.recallOverrides()
	if got := texts(logs); strings.Count(got, " is no override\n") != 2 || !strings.Contains(got, "does not say whose it is") {
		t.Error(got)
	}
	if got := onBoard(t, s); got != "maintenance" {
		t.Error(got)
	}
}

// A directory in which nothing can be written costs a line; the override holds.
func TestOverridesWithoutARecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	s, logs := life(t, dir, gone(t))
	if a := s.change(override.Request{Verb: override.AskMaintenance, Name: "all"}); a.err != nil {
		t.Fatal(a.err)
	}
	if got := texts(logs); !strings.Contains(got, "overrides are not remembered over the end of this daemon: ") {
		t.Error(got)
	}
	if s.overrides.timer == nil {
		t.Error("it is not tried again")
	}
	if got := onBoard(t, s); got != "maintenance" {
		t.Error(got)
	}
}

// The end comes by itself, and is told.
func TestOverridesExpire(t *testing.T) {
	s, logs := life(t, t.TempDir(), gone(t))
	for _, r := range []override.Request{
		{Verb: override.AskMaintenance, Name: "VI_1", For: time.Millisecond}, {Verb: override.AskDrain, Name: "10.1.0.1"}} {
		if a := s.change(r); a.err != nil {
			t.Fatal(a.err)
		}
	}
	e := <-s.events
	if _, is := e.(overrideDue); !is {
		t.Fatalf("%T", e)
	}
	s.expireOverrides()
	if got := texts(logs); !strings.HasSuffix(got, "(VI_1): no longer in maintenance, its time is over") {
		t.Error(got)
	}
	if got := onBoard(t, s); got != "drain" {
		t.Error(got)
	}
}

// Requests of which nothing comes.
func TestOverridesThatAreRefused(t *testing.T) {
	s, _ := life(t, t.TempDir(), gone(t))
	if a := s.change(override.Request{Verb: override.AskDrain, Name: "10.9.9.9"}); a.err == nil {
		t.Error("a server that there is not is drained")
	}
	if a := s.hasten("10.9.9.9", ""); a.err == nil {
		t.Error("a server that there is not is checked")
	}
	if a := s.hasten("", ""); a.err != nil || a.servers != 1 {
		t.Errorf("%+v", a)
	}
	s.stopping = true
	if a := s.change(override.Request{Verb: override.AskClear}); a.err == nil {
		t.Error("a daemon that stops takes orders")
	}
	if a := s.hasten("", ""); a.err == nil {
		t.Error("a daemon that stops takes orders")
	}
}

// A heard is what an engine is told.
type heard []string

func (h *heard) Override(t override.Target, o override.Override) {
	*h = append(*h, string(t.Kind)+" "+t.Name+" "+string(o.Action))
}

// What a process was told before its first configuration can end like anything else.
func TestTheEndOfWhatWasThereAtTheStart(t *testing.T) {
	l, err := NewOverrides(zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	var h heard
	c := &roleChild{ChildOptions: ChildOptions{Listener: Listeners{l.To(&h)}}, heard: newFeed()}
	of := override.Target{Kind: override.Instance, Name: "VI_1"}
	form, err := news.FormOf[override.Override]()
	if err != nil {
		t.Fatal(err)
	}
	it, err := form.Item(of.Key(), override.Override{Target: of, Action: override.Maintenance})
	if err != nil {
		t.Fatal(err)
	}
	c.told([]news.Item{it}, false)
	over := form.Gone(of.Key())
	c.told([]news.Item{over, {Key: news.Key{Topic: news.Sessions, Name: "x"}}}, true)
	for _, it := range c.heard.take(9) {
		c.Listener.Hear(it)
	}
	if got := strings.Join(h, ", "); got != "instance VI_1 maintenance, instance VI_1 " {
		t.Errorf("%q", got)
	}
	it.State = "x"
	l.Hear(it) // what cannot be read changes nothing
	if len(h) != 2 {
		t.Errorf("%q", h)
	}
}
