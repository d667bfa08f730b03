package lvs

import (
	"time"

	"holdfast/config"
	"holdfast/internal/deadline"
	"holdfast/ipvs"
)

// CheckID names a checker for the life of a Core. A checker keeps its ID over a
// reload that leaves it as it is (semantics 8.19); IDs are never used twice.
type CheckID uint64

// An Output is what one call of the Core asks for, a plane for each kind of work. The engine does the
// planes one after the other in the order of the fields, and what is in a plane in its order.
type Output struct {
	// Tables come first: clients wait for them, people for the rest. All of a call are applied together.
	Tables []Table
	// Forget comes before Probe: it makes room.
	Forget []CheckID
	Probe  []Probe
	// Log is before the notifications: a script finds its reason in the log.
	Log    []Log
	Notify []Notify
	// Changes are what all that comes from, for those who only watch.
	Changes []Change
}

// A Change is a server or the quorum of a virtual server that is not as it was.
type Change struct {
	Service  string // its name
	Server   string // its name, "" for a quorum
	From, To string // up, down or unknown
	Reason   string // why, in words
	Code     string // the same as a word that stays
	Up       int    // real servers of the virtual server, behind the change
}

// String is all of it in one line.
func (c Change) String() string {
	if c.Server == "" {
		return "quorum of VS " + c.Service + " is " + c.To + ": " + c.Reason
	}
	return "RS " + c.Server + " of VS " + c.Service + " is " + c.To + ": " + c.Reason
}

// Append puts what another call has asked for behind: of several tables of a service the last counts.
func (o *Output) Append(more Output) {
	o.Tables = append(o.Tables, more.Tables...)
	o.Forget = append(o.Forget, more.Forget...)
	o.Probe = append(o.Probe, more.Probe...)
	o.Log = append(o.Log, more.Log...)
	o.Notify = append(o.Notify, more.Notify...)
	o.Changes = append(o.Changes, more.Changes...)
}

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
	// Script is run with its configured arguments, What names its use. Object is what became Up or not.
	Script config.Command
	What   string
	Object string
	Up     bool
	// Subject (without "[router_id] ") and Body of a mail; Subject "" sends none.
	Subject string
	Body    string
}

// pending is the output of a call that is still at work. What the services of a virtual server have to be
// is looked up at the end, so several changes of one give one table with the result.
type pending struct {
	Output
	now    time.Time
	ramps  *deadline.Heap[*server]
	dirty  map[*virtual]bool
	order  []*virtual                  // those that are dirty, as they became so
	owners map[ipvs.ServiceID]*virtual // who has a service after this call, if that changes
}

func (p *pending) log(l Level, service, text string) {
	p.Log = append(p.Log, Log{Level: l, Service: service, Text: text})
}

// table marks v as changed.
func (p *pending) table(v *virtual) {
	if p.dirty[v] {
		return
	}
	if p.dirty == nil {
		p.dirty = map[*virtual]bool{}
	}
	p.dirty[v] = true
	p.order = append(p.order, v)
}

// done looks the tables up and gives the output.
func (p *pending) done() Output {
	for _, v := range p.order {
		p.Tables = v.tables(p.Tables, p.owners)
	}
	return p.Output
}
