package lvs

import (
	"holdfast/config"
	"holdfast/ipvs"
)

// CheckID names a checker for the life of a Core. A checker keeps its ID over a
// reload that leaves it as it is (semantics 8.19); IDs are never used twice.
type CheckID uint64

// An Action is something the engine has to do: Probe, Forget, Table, Log or Notify.
// Actions of one call are carried out in order.
type Action interface{ isAction() }

// Probe asks for one attempt of a checker. Its outcome is to be handed to Observe.
type Probe struct {
	ID      CheckID
	Checker *config.Checker // in the Setup, not to be changed
	// URL is the index of the URL to fetch (HTTP_GET, SSL_GET).
	URL int
	// Service and Server are the names of the virtual and the real server as log lines
	// spell them: "[10.0.0.1]:tcp:80", "FWM 5".
	Service string
	Server  string
}

// Forget says that a checker is gone: an attempt under way may be given up.
type Forget struct{ ID CheckID }

// Table says what a service has to be from now on. Gone means that it must not be
// there at all.
type Table struct {
	Of      ID // the virtual server that asks for it
	Service ipvs.ServiceID
	Want    ipvs.Service
	Gone    bool
}

// Level of a log line.
type Level uint8

// Levels as syslog has them.
const (
	Info Level = iota
	Warning
	Error
)

// Log is one line. Service is the virtual server it is about, for a field; Text
// already carries the name where keepalived has it.
type Log struct {
	Level   Level
	Service string
	Text    string
}

// Notify tells the world about a real server or a quorum (semantics 8.24-8.26).
type Notify struct {
	// Line is the FIFO line without newline; "" writes none.
	Line string
	// Script is run with its configured arguments, What names its use.
	Script config.Command
	What   string
	// Subject (without "[router_id] ") and Body of a mail; Subject "" sends none.
	Subject string
	Body    string
}

func (Probe) isAction()  {}
func (Forget) isAction() {}
func (Table) isAction()  {}
func (Log) isAction()    {}
func (Notify) isAction() {}

// actions collects the actions of one call. A service that changes gets its table
// action where it changed first; the content is filled in at the end, so several
// changes are one action with the end result.
type actions struct {
	list   []Action
	dirty  map[*virtual]int            // index of its Table action
	owners map[ipvs.ServiceID]*virtual // who has a service after this call, if that changes
}

func (a *actions) log(l Level, service, text string) {
	a.list = append(a.list, Log{Level: l, Service: service, Text: text})
}

func (a *actions) add(x Action) { a.list = append(a.list, x) }

// table marks v as changed.
func (a *actions) table(v *virtual) {
	if _, ok := a.dirty[v]; ok {
		return
	}
	if a.dirty == nil {
		a.dirty = make(map[*virtual]int)
	}
	a.dirty[v] = len(a.list)
	a.list = append(a.list, Table{Of: v.id})
}

// done fills in the tables and gives the list.
func (a *actions) done() []Action {
	if len(a.dirty) == 0 {
		return a.list
	}
	at := make(map[int]*virtual, len(a.dirty))
	for v, i := range a.dirty {
		at[i] = v
	}
	out := make([]Action, 0, len(a.list))
	for i, x := range a.list {
		if v := at[i]; v != nil {
			out = v.tables(out, a.owners)
			continue
		}
		out = append(out, x)
	}
	return out
}
