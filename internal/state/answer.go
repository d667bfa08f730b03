// Package state is what a daemon tells of itself at one moment, as plain values with names that stay: the schema of
// its API. Roles fill the values from their snapshots and encode them; the supervisor puts the encoded lists together
// without looking into them, and whoever asks decodes them again.
package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/metric"
)

// The lists of the API, by their names.
const (
	Instances = "instances"
	Groups    = "groups"
	Trackers  = "trackers"
	Services  = "services"
	Servers   = "servers"
	Checks    = "checks"
	Sessions  = "sessions"
	Neighbors = "neighbors"
	Overrides = "overrides"
	Warnings  = "warnings"
)

// Lists are the names of all lists, in the order in which they are shown.
func Lists() []string {
	return []string{Instances, Groups, Trackers, Services, Servers, Checks, Sessions, Neighbors, Overrides, Warnings}
}

// Long reports whether a list has thousands of elements where there are thousands of real servers: whoever needs none
// of these asks for the others only.
func Long(list string) bool { return list == Servers || list == Checks }

// A Question is what a role is asked about itself. Some questions cost much more than others.
type Question uint8

// The questions: for the lists of the API, for those of them that are not long (see Long), for nothing but whether the
// role answers and is ready, for what is counted and measured, and for what SNMP shows.
const (
	AskLists Question = iota
	AskBrief
	AskReady
	AskMetrics
	AskObjects
	Questions // how many there are
)

// A Report is what one role says of one moment of itself.
type Report struct {
	At      int64             // in nanoseconds since 1970
	Lists   map[string]string // JSON arrays by the names of lists; of AskLists
	Tables  []metric.Table    // of AskMetrics
	Objects Objects           // of AskObjects
	// NotReady are the reasons why the role is not ready, one line each; none when it is.
	NotReady []string
}

// NewReport encodes the lists of a role: slices, or a List.
func NewReport(at time.Time, lists map[string]any, notReady []string) (Report, error) {
	r := Report{At: at.UnixNano(), Lists: make(map[string]string, len(lists)), NotReady: notReady}
	for name, list := range lists {
		if l, is := list.(interface{ array() string }); is {
			r.Lists[name] = l.array()
			continue
		}
		// A list may have megabytes: with a Builder it is there once, and not also as bytes.
		var text strings.Builder
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(list); err != nil {
			return Report{}, fmt.Errorf("encode %s: %w", name, err)
		}
		r.Lists[name] = strings.TrimSuffix(text.String(), "\n")
	}
	return r, nil
}

// A Source is a role that answers, or should.
type Source struct {
	Role string    `json:"role" doc:"vrrp, checker or bfd"`
	PID  int       `json:"pid" doc:"process that said it; 0 while there is none"`
	At   time.Time `json:"at,omitzero" doc:"moment that is described; missing when nothing is known"`
	Age  int64     `json:"age" doc:"milliseconds since then"`
	// Problem says why there is nothing newer.
	Problem string `json:"problem" doc:"why there is nothing newer, empty when there need not be"`
	Deaths  uint64 `json:"deaths" doc:"how many of its processes have died since the daemon was started"`
	Report  Report `json:"-"`
}

// Daemon is the daemon as a whole.
type Daemon struct {
	PID       int       `json:"pid" doc:"process of the supervisor"`
	Version   string    `json:"version" doc:"of holdfast"`
	Started   time.Time `json:"started" doc:"when the daemon was started"`
	Complete  bool      `json:"complete" doc:"whether its start is complete"`
	Stopping  bool      `json:"stopping" doc:"whether it gives back what it has and ends"`
	Instance  string    `json:"instance" doc:"name of the daemon (instance), empty without one"`
	Namespace string    `json:"namespace" doc:"network namespace of its configuration, empty for the one it was started in"`
}

// Config is the configuration that runs.
type Config struct {
	File       string     `json:"file" doc:"file it was read from"`
	Generation uint64     `json:"generation" doc:"number of the configuration, counted from 1 since the daemon was started"`
	Loaded     time.Time  `json:"loaded,omitzero" doc:"when it came into force"`
	Written    time.Time  `json:"written,omitzero" doc:"when the newest of its files was last written, as it was when they were read"`
	Hash       string     `json:"hash" doc:"SHA-256 of text: equal for configurations that mean the same, but for secrets"`
	Text       string     `json:"text" doc:"what it means, as holdfast print --redact writes it; only in /v1/config"`
	Positions  []Position `json:"positions,omitzero" doc:"where its objects stand; only in /v1/config"`
	LastReload *Reload    `json:"last_reload" doc:"what became of the last reload; null before the first"`
	Reloads    uint64     `json:"reloads" doc:"reloads since the daemon was started, without those that were refused"`
	Refusals   uint64     `json:"refusals" doc:"reloads that were refused"`
}

// Position is where an object of the configuration stands.
type Position struct {
	Kind   string `json:"kind" doc:"its keyword: vrrp_instance, real_server, ..."`
	Name   string `json:"name" doc:"as in the log"`
	Of     string `json:"of" doc:"name of the virtual server of a real server; else empty"`
	File   string `json:"file" doc:"file it stands in"`
	Line   int    `json:"line" doc:"in the file, from 1"`
	Column int    `json:"column" doc:"in the line, from 1"`
}

// Reload is what became of a reload.
type Reload struct {
	At     time.Time `json:"at" doc:"when it was over"`
	Took   int64     `json:"took_ms" doc:"milliseconds from the question to then"`
	OK     bool      `json:"ok" doc:"whether the new configuration is in force"`
	Reason string    `json:"reason" doc:"why it was refused; what it changed when it was not"`
}

// An Answer is what a daemon says when it is asked.
type Answer struct {
	Daemon  Daemon
	Config  Config // without its text
	Sources []Source
	// Findings are about the configuration that runs.
	Findings []Warning
	// Overrides are what operators have changed.
	Overrides []Override
	// Problem says why this is not what is now, "" if it is.
	Problem string
	Running *config.Config // not to be changed
}

// Head is what every answer begins with.
type Head struct {
	PID     int       `json:"pid" doc:"process of the supervisor"`
	At      time.Time `json:"at" doc:"the moment that is described: of several the earliest"`
	Age     int64     `json:"age" doc:"milliseconds since then"`
	Problem string    `json:"problem" doc:"why this is not what is now, empty if it is"`
	Sources []Source  `json:"sources" doc:"who said it: the roles that the configuration needs"`
}

// Head is the head of an answer that is given now.
func (a *Answer) Head(now time.Time) Head {
	h := Head{PID: a.Daemon.PID, At: now, Problem: a.Problem, Sources: make([]Source, len(a.Sources))}
	for i, s := range a.Sources {
		if !s.At.IsZero() {
			s.Age = max(0, now.Sub(s.At).Milliseconds())
			if s.At.Before(h.At) {
				h.At = s.At
			}
		}
		h.Sources[i] = s
	}
	h.Age = max(0, now.Sub(h.At).Milliseconds())
	return h
}

// Ill are the reasons why the daemon is not healthy: roles that do not answer.
func (a *Answer) Ill() []string {
	all := []string{}
	if a.Problem != "" {
		all = append(all, a.Problem)
	}
	for _, s := range a.Sources {
		if s.Problem != "" {
			all = append(all, s.Role+": "+s.Problem)
		}
	}
	return all
}

// NotReady are the reasons why the daemon is not ready.
func (a *Answer) NotReady() []string {
	all := a.Ill()
	switch {
	case a.Daemon.Stopping:
		all = append(all, "the daemon is stopping")
	case !a.Daemon.Complete:
		all = append(all, "the start is not complete")
	}
	for _, s := range a.Sources {
		all = append(all, s.Report.NotReady...)
	}
	return all
}

// Ready is the answer of /readyz and /healthz.
type Ready struct {
	OK      bool     `json:"ok" doc:"whether it is; the status is 200 then, else 503"`
	Reasons []string `json:"reasons" doc:"why not, one line each"`
}

// All is the answer of /v1/state.
type All struct {
	Head
	Daemon    Daemon     `json:"daemon" doc:"the daemon as a whole"`
	Config    Config     `json:"config" doc:"the configuration that runs"`
	Instances []Instance `json:"instances" doc:"virtual routers"`
	Groups    []Group    `json:"groups" doc:"sync groups"`
	Trackers  []Tracker  `json:"trackers" doc:"what virtual routers track"`
	Services  []Service  `json:"services" doc:"virtual servers"`
	Servers   []Server   `json:"servers" doc:"real servers"`
	Checks    []Check    `json:"checks" doc:"checkers of real servers"`
	Sessions  []Session  `json:"sessions" doc:"BFD sessions"`
	Neighbors []Neighbor `json:"neighbors" doc:"routers that hear by BGP of what is announced"`
	Overrides []Override `json:"overrides" doc:"what operators have changed beside the configuration"`
	Warnings  []Warning  `json:"warnings" doc:"all that is not as it should be; empty when all is well"`
}

// Text is the report as people read it.
func (r Report) Text() string {
	var b bytes.Buffer
	for _, name := range Lists() {
		if list, is := r.Lists[name]; is {
			b.WriteString(name + ": ")
			_ = json.Indent(&b, []byte(list), "", "  ") // NewReport has encoded it
			b.WriteString("\n")
		}
	}
	for _, reason := range r.NotReady {
		b.WriteString("not ready: " + reason + "\n")
	}
	return b.String()
}
