package overview

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"holdfast/internal/state"
)

// Status writes everything, briefly.
func Status(w io.Writer, a *state.All, s Style) {
	d := a.Daemon
	fmt.Fprintf(w, "holdfast %s, process %d, running for %s", d.Version, d.PID, s.ago(d.Started))
	if d.Instance != "" {
		fmt.Fprintf(w, ", instance %s", d.Instance)
	}
	if d.Namespace != "" {
		fmt.Fprintf(w, ", in network namespace %s", d.Namespace)
	}
	c := a.Config
	fmt.Fprintf(w, "\nconfiguration %s%s, in force for %s\n", c.File, ofTime(c.Written), s.ago(c.Loaded))
	if r := a.Config.LastReload; r != nil && !r.OK {
		fmt.Fprintf(w, "the last reload was refused %s ago: %s\n", s.ago(r.At), r.Reason)
	}
	switch {
	case d.Stopping:
		fmt.Fprintln(w, "it is stopping")
	case !d.Complete:
		fmt.Fprintln(w, "its start is not complete")
	}
	stale(w, a.Head)
	instances(a, s).write(w, s)
	groups(a).write(w, s)
	services(a, s).write(w, s)
	sessions(a, s).write(w, s)
	neighbors(a, s).write(w, s)
	Overrides(w, a.Overrides, s)
	if s.Wide {
		servers(a, s).write(w, s)
		checks(a, s).write(w, s)
		trackers(a).write(w, s)
		addresses(a).write(w, s)
	}
	if n := len(a.Warnings); n > 0 {
		fmt.Fprintf(w, "\n%d warnings; holdfast warnings lists them\n", n)
	}
}

// stale says what is not what is now.
func stale(w io.Writer, h state.Head) {
	if h.Problem != "" {
		fmt.Fprintf(w, "NOT UP TO DATE: %s\n", h.Problem)
	}
	for _, r := range h.Sources {
		if r.Problem == "" {
			continue
		}
		fmt.Fprintf(w, "NOT UP TO DATE: %s: %s", r.Role, r.Problem)
		if !r.At.IsZero() {
			fmt.Fprintf(w, "; what is shown of it is %d ms old", r.Age)
		}
		fmt.Fprintln(w)
	}
}

func instances(a *state.All, s Style) *table {
	t := &table{head: []string{"INSTANCE", "STATE", "SINCE", "PRIORITY", "MASTER", "ADDRESSES", "REASON"}}
	if s.Wide {
		t.head = append(t.head[:6:6], "STATE BEFORE", "LEFT BECAUSE", "REASON")
	}
	for n := range a.Instances {
		i := &a.Instances[n]
		priority := strconv.Itoa(int(i.Priority))
		if i.EffectivePriority != i.Priority {
			priority = fmt.Sprintf("%d, not %d", i.EffectivePriority, i.Priority)
		}
		master := "-"
		if i.Master.IsValid() && i.State != "FAULT" {
			master = i.Master.String()
		}
		row := []string{i.Name, i.State, s.ago(i.Since), priority, master, held(i)}
		if s.Wide {
			row = append(row, before(i)...)
		}
		t.add(append(row, strings.Join(i.Reasons, "; "))...)
	}
	return t
}

// before is the state that an instance came from, and why it left it.
func before(i *state.Instance) []string {
	if i.LastTransition == nil {
		return []string{"-", "-"}
	}
	return []string{i.LastTransition.From, i.LastTransition.Reason}
}

// held are the addresses of an instance that are here: the first of them, and how many there are.
func held(i *state.Instance) string {
	first, n := "none", 0
	for _, a := range i.Addresses {
		if a.Present {
			if n++; n == 1 {
				first = a.Address
			}
		}
	}
	if n > 1 {
		first += fmt.Sprintf(" and %d more", n-1)
	}
	if n > 0 && n < len(i.Addresses) {
		first += fmt.Sprintf(", %d missing", len(i.Addresses)-n)
	}
	return first
}

func groups(a *state.All) *table {
	t := &table{head: []string{"GROUP", "STATE", "MEMBERS"}}
	for _, g := range a.Groups {
		t.add(g.Name, g.State, strings.Join(g.Members, " "))
	}
	return t
}

func services(a *state.All, s Style) *table {
	t := &table{head: []string{"SERVICE", "QUORUM", "SERVERS UP", "WEIGHT", "CONNECTIONS", "SERVING"}}
	if s.Wide {
		t.head = append(t.head, "TABLE")
	}
	for _, v := range a.Services {
		quorum := v.Quorum
		if v.Suspended {
			quorum = "suspended"
		}
		up := fmt.Sprintf("%d of %d", v.ServersUp-v.BackupsUp, v.Servers-v.Backups)
		if v.Backups > 0 {
			up += fmt.Sprintf(", backup %d of %d", v.BackupsUp, v.Backups)
		}
		if v.Overridden > 0 {
			up += fmt.Sprintf(", %d overridden", v.Overridden)
		}
		row := []string{v.Name, quorum, up,
			fmt.Sprintf("%d, wanted %d", v.Weight, v.QuorumWanted), number(v.Connections), v.Serving}
		if s.Wide {
			row = append(row, or(v.TableHash, "-"))
		}
		t.add(row...)
	}
	return t
}

// backupServers is who serves while the quorum of the others is lost.
const backupServers = "backup servers"

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func sessions(a *state.All, s Style) *table {
	t := &table{head: []string{"BFD SESSION", "STATE", "SINCE", "NEIGHBOUR", "REASON"}}
	for _, b := range a.Sessions {
		reason := ""
		if b.State != "Up" {
			reason = b.Diagnostic
		}
		t.add(b.Name, b.State, s.ago(b.Since), b.Neighbor.String(), reason)
	}
	return t
}

func neighbors(a *state.All, s Style) *table {
	t := &table{head: []string{"BGP NEIGHBOR", "AS", "STATE", "SINCE", "PREFIXES", "ERROR"}}
	for _, n := range a.Neighbors {
		t.add(n.Address.String(), strconv.FormatUint(uint64(n.AS), 10), n.State, s.ago(n.Since), strconv.Itoa(n.Prefixes),
			n.Error)
	}
	return t
}

func servers(a *state.All, s Style) *table {
	t := &table{head: []string{"SERVICE", "SERVER", "STATE", "WEIGHT", "CONNECTIONS", "CHECKS FAILED", "SINCE", "REASON"}}
	of := servicesOf(a)
	for n := range a.Servers {
		r := &a.Servers[n]
		state := upDown(r.Up)
		switch {
		case standsIn(r, of[r.Service]):
			state = "backup, serves"
		case r.Backup:
			state = "backup, " + state
		}
		t.add(r.Service, r.Name, admin(r, state), strconv.Itoa(int(r.Effective)), number(r.Connections),
			fmt.Sprintf("%d of %d", r.ChecksFailed, r.Checks), s.ago(r.Since), r.Reason)
	}
	return t
}

func checks(a *state.All, s Style) *table {
	t := &table{head: []string{"SERVER", "CHECK", "STATE", "LAST", "TARGET", "REASON"}}
	for _, k := range a.Checks {
		t.add(k.Server, k.Kind, upDown(k.Up), s.ago(k.Started), or(k.Target, "-"), k.Error)
	}
	return t
}

func trackers(a *state.All) *table {
	t := &table{head: []string{"TRACKED", "NAME", "STATE", "BY"}}
	for _, o := range a.Trackers {
		status := o.Status
		if status == "value" {
			status = strconv.Itoa(o.Value)
		}
		var by []string
		for _, u := range o.Users {
			by = append(by, u.Instance)
		}
		t.add(o.Kind, o.Name, status, strings.Join(by, " "))
	}
	return t
}

func addresses(a *state.All) *table {
	t := &table{head: []string{"INSTANCE", "ADDRESS", "INTERFACE", "WANTED", "THERE"}}
	for _, i := range a.Instances {
		for _, v := range i.Addresses {
			t.add(i.Name, v.Address, v.Interface, yesNo(v.Wanted), yesNo(v.Present))
		}
	}
	return t
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Warnings writes all that is not as it should be, a line each.
func Warnings(w io.Writer, list []state.Warning, s Style) {
	for _, x := range list {
		var b strings.Builder
		if x.File != "" {
			fmt.Fprintf(&b, "%s:%d:%d: ", x.File, x.Line, x.Column)
		}
		b.WriteString(s.paint(x.Severity) + ": " + x.About)
		if x.Name != "" {
			b.WriteString(" " + x.Name)
		}
		b.WriteString(": " + x.Text)
		if !x.Since.IsZero() {
			b.WriteString(" (for " + s.ago(x.Since) + ")")
		}
		fmt.Fprintln(w, b.String())
	}
}
