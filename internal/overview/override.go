package overview

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/state"
)

// Overrides writes what operators have changed, a line each.
func Overrides(w io.Writer, list []state.Override, s Style) {
	t := &table{head: []string{"WHAT", "NAME", "CHANGE", "FOR", "UNTIL"}}
	for n := range list {
		o := &list[n]
		name := strings.TrimSpace(o.Name + " " + o.Service)
		if !o.Configured {
			name += " (not in the configuration)"
		}
		t.add(o.Kind, or(name, "-"), o.Text, s.ago(o.Since), until(o, s))
	}
	t.write(w, s)
}

// until is how long something still holds.
func until(o *state.Override, s Style) string {
	switch {
	case o.Reload:
		return "the next reload"
	case o.Until.IsZero():
		return "somebody ends it"
	}
	return o.Until.Local().Format("2006-01-02 15:04:05") + " (" + span(o.Until.Sub(s.Now)) + ")"
}

// overridden is what is said of an object behind its state, "" where nobody has changed it.
func overridden(o *state.Overriding, s Style) string {
	if o == nil {
		return ""
	}
	return o.Text + " for " + s.ago(o.Since) + left(o, s)
}

// left is how long it will go on.
func left(o *state.Overriding, s Style) string {
	if o.Until.IsZero() {
		return ", until somebody ends it"
	}
	return ", " + span(o.Until.Sub(s.Now)) + " left"
}

// admin is the state of a server with what an operator has said of it, which comes first.
func admin(r *state.Server, state string) string {
	if r.Override == nil {
		return state
	}
	word := map[string]string{"drain": "drained", "maint": "maint", "weight": "weight " + strconv.Itoa(r.Override.Value)}
	return word[r.Override.Action] + ", " + state
}

// Without writes whether the quorums hold without the real servers of a name, of a virtual server or of all: whether it
// is found, and whether they hold.
func Without(w io.Writer, a *state.All, server, service string) (found, holds bool) {
	what, of, by := seek(server), seek(service), servicesOf(a)
	less := map[string]int64{}
	holds = true
	for n := range a.Servers {
		r, v := &a.Servers[n], by[a.Servers[n].Service]
		if v == nil || !what.server(r, v) || service != "" && !of.service(v) {
			continue
		}
		found = true
		if r.Up && !r.Backup {
			less[v.Name] += int64(r.Effective)
		} else {
			less[v.Name] += 0
		}
	}
	for n := range a.Services {
		v := &a.Services[n]
		taken, meant := less[v.Name]
		if !meant {
			continue
		}
		left := v.Weight - taken
		verdict := "the quorum holds"
		switch {
		case v.Quorum != "up":
			verdict, holds = "the quorum is "+v.Quorum+" already", false
		case left <= 0 || left < int64(v.QuorumWanted)-int64(v.Hysteresis):
			verdict, holds = "the quorum is lost", false
		}
		fmt.Fprintf(w, "%s: %s without it: weight %d of servers that are up, %d wanted\n",
			v.Name, verdict, left, v.QuorumWanted)
	}
	return found, found && holds
}

// Routers reports whether there are instances or a sync group of a name, which may be "all".
func Routers(a *state.All, name string) bool {
	is := func(i state.Instance) bool { return i.Name == name || i.Group == name }
	return len(a.Instances) > 0 && (name == "all" || slices.ContainsFunc(a.Instances, is))
}
