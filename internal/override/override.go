// Package override is what an operator changes of a running daemon beside its configuration: a server that gets no new
// connections, a virtual router that is not to be master, how much is logged. An Override is a value; a List has one
// for each thing, takes requests and lets them end. Time comes in as a Moment.
package override

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/internal/news"
)

// An Action is what is done to a thing.
type Action string

// The actions: Drain, Maint and Weight are for a server, Drain for the director too, Maintenance and Failover for
// virtual routers, Priority and Preempt for what an instance has of its configuration, LogLevel for the log.
const (
	Drain       Action = "drain"       // weight 0 in the table, whatever its checks say; nothing is announced
	Maint       Action = "maint"       // not in the table
	Weight      Action = "weight"      // another weight than that of the configuration
	Maintenance Action = "maintenance" // backup, and not to become master
	Failover    Action = "failover"    // has given up being master, and leaves it to whoever takes over
	Priority    Action = "priority"    // another one than that of the configuration
	Preempt     Action = "preempt"     // whether it preempts, whatever the configuration says
	LogLevel    Action = "log-level"
)

// A Kind is what kind of thing is overridden.
type Kind string

// The kinds. Routers are all virtual routers of the daemon, Director is what it announces, Log all that it logs: there
// is one of each. PriorityOf and PreemptOf are what an instance has of its configuration, which goes beside what is
// said of the instance.
const (
	Server   Kind = "server"
	Instance Kind = "instance"
	Group    Kind = "group"
	Routers  Kind = "routers"
	Director Kind = "director"
	Log      Kind = "log"

	PriorityOf Kind = "priority"
	PreemptOf  Kind = "preempt"
)

// A Target is a thing.
type Target struct {
	Kind    Kind
	Service string // of a server: its virtual server, as log lines name it
	Name    string // as log lines name it; "" where there is one of the kind
}

// String is the target as lines of the log and messages name it.
func (t Target) String() string {
	switch t.Kind {
	case Server:
		return "service " + t.Name + " of VS " + t.Service
	case Instance, PriorityOf, PreemptOf:
		return "(" + t.Name + ")"
	case Group:
		return "VRRP_Group(" + t.Name + ")"
	case Routers:
		return "all virtual routers"
	case Director:
		return "this director"
	}
	return "the log"
}

// Object is the name as events have it: that of a server with its virtual server.
func (t Target) Object() string { return strings.TrimSpace(t.Service + " " + t.Name) }

// Instance is what a log line about the target has as its field of that name.
func (t Target) Instance() string {
	if t.Kind == Server {
		return t.Service
	}
	return t.Name
}

// Key is the name under which there is news of the target.
func (t Target) Key() string { return string(t.Kind) + "\x00" + t.Service + "\x00" + t.Name }

// An Override is one change. The zero Override is none.
type Override struct {
	Target
	Action Action
	Value  int    // of Weight and Priority; of Preempt 1 if it does, else 0
	Level  string // of LogLevel
	By     string // who did it, "" where the host has no name for the user
	UID    uint32
	Since  time.Time
	// Until is when it ends, zero for one that somebody has to end. Deadline is the same by the clock that nobody sets,
	// the time since the boot: that one decides.
	Until    time.Time
	Deadline time.Duration
	// UntilReload is one that ends with the next reload, and with the daemon.
	UntilReload bool
}

// Topic and Version make it news.
func (Override) Topic() news.Topic { return news.Overrides }

// Version is the second.
func (Override) Version() uint16 { return 2 }

// A Moment is now, by both clocks.
type Moment struct {
	Wall time.Time
	Boot time.Duration // since the boot, with the time for which the machine was suspended
}

// Ends is when an override ends by the wall clock as it goes now, zero if it has no end: whoever has set the clock
// moves what is shown, and not the end.
func (o Override) Ends(now Moment) time.Time {
	if o.Deadline == 0 {
		return time.Time{}
	}
	return now.Wall.Add(o.Deadline - now.Boot)
}

func (o Override) over(now Moment) bool { return o.Deadline != 0 && now.Boot >= o.Deadline }

// Who is the user as lines name him.
func (o Override) Who() string { return who(o.By, o.UID) }

// BySNMP is who has done what an SNMP manager has set: no user of the host.
const BySNMP = "SNMP"

func who(name string, uid uint32) string {
	switch name {
	case "":
		return fmt.Sprintf("uid %d", uid)
	case BySNMP:
		return name
	}
	return fmt.Sprintf("%s (%d)", name, uid)
}

// What is what is done, as lines say it.
func (o Override) What() string {
	switch o.Action {
	case Drain:
		return "drained"
	case Maint:
		return "out of the table"
	case Weight:
		return fmt.Sprintf("weight %d", o.Value)
	case Maintenance:
		return "in maintenance"
	case Failover:
		return "handing over"
	case Priority:
		return fmt.Sprintf("priority %d", o.Value)
	case Preempt:
		if o.Value == 0 {
			return "not preempting"
		}
		return "preempting"
	}
	return "level " + o.Level
}

// Said is the line about an override that begins.
func (o Override) Said() string {
	line := o.String() + ": " + o.What() + " by " + o.Who()
	switch {
	case o.UntilReload:
		return line + " until the next reload"
	case o.Until.IsZero():
		return line + " until somebody ends it"
	}
	return line + " for " + Short(o.Until.Sub(o.Since))
}

// SaidStill is the line about one that a daemon finds in force when it starts.
func (o Override) SaidStill() string {
	line := o.String() + ": still " + o.What() + " by " + o.Who() + " since " + o.Since.Format(time.DateTime)
	if o.Until.IsZero() {
		return line
	}
	return line + " until " + o.Until.Format(time.DateTime)
}

// Takes reports whether it takes something away that the configuration wants to work.
func (o Override) Takes() bool {
	switch o.Action {
	case Weight:
		return o.Value == 0
	case Failover, Priority, Preempt:
		return false
	}
	return true
}

// Sound reports whether it is one that a List may have: what is read again may be anything.
func (o Override) Sound() bool {
	kinds := map[Action][]Kind{
		Drain: {Server, Director}, Maint: {Server}, Weight: {Server}, LogLevel: {Log},
		Maintenance: {Instance, Group, Routers}, Failover: {Instance, Group, Routers},
		Priority: {PriorityOf}, Preempt: {PreemptOf},
	}
	one := o.Kind == Routers || o.Kind == Director || o.Kind == Log // there is no other to tell it from
	named := (o.Name == "") == one && (o.Service != "") == (o.Kind == Server)
	return slices.Contains(kinds[o.Action], o.Kind) && named && o.Value >= 0 && o.Value <= MaxWeight && o.Deadline >= 0 &&
		(o.Action != LogLevel || slices.Contains(Levels(), o.Level))
}

// SaidOver is the line about one that ends: by whom, or by itself where that is "".
func (o Override) SaidOver(by string) string {
	line := o.String() + ": no longer " + o.What()
	if by == "" {
		return line + ", its time is over"
	}
	return line + ", ended by " + by
}

// Short is a duration without the units that are 0: 1h, 90s as 1m30s.
func Short(d time.Duration) string {
	d = d.Round(time.Second)
	text := ""
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / u.of; n > 0 {
			text += fmt.Sprintf("%d%s", n, u.name)
			d -= n * u.of
		}
	}
	return cmp.Or(text, "0s")
}

// A List has the overrides that are in force, one for each target. The zero List is empty.
type List struct{ of map[Target]Override }

// All are those of the list, in an order that stays.
func (l *List) All() []Override {
	all := make([]Override, 0, len(l.of))
	for _, o := range l.of {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Override) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Of is the override of a target.
func (l *List) Of(t Target) (Override, bool) {
	o, is := l.of[t]
	return o, is
}

// Put puts an override into force, in place of the one that its target has.
func (l *List) Put(o Override) {
	if l.of == nil {
		l.of = map[Target]Override{}
	}
	l.of[o.Target] = o
}

// Remove ends the override of a target.
func (l *List) Remove(t Target) { delete(l.of, t) }

// Expire ends those whose time is over and gives them.
func (l *List) Expire(now Moment) []Override {
	var over []Override
	for _, o := range l.All() {
		if o.over(now) {
			delete(l.of, o.Target)
			over = append(over, o)
		}
	}
	return over
}

// Reloaded ends those that last until a reload and gives them.
func (l *List) Reloaded() []Override {
	var over []Override
	for _, o := range l.All() {
		if o.UntilReload {
			delete(l.of, o.Target)
			over = append(over, o)
		}
	}
	return over
}

// Next is how long it is until the first of them ends; false when none has an end.
func (l *List) Next(now Moment) (wait time.Duration, ok bool) {
	for _, o := range l.of {
		if left := o.Deadline - now.Boot; o.Deadline != 0 && (!ok || left < wait) {
			wait, ok = left, true
		}
	}
	return max(wait, 0), ok
}
