package overview

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"holdfast/internal/state"
)

// Why writes why the things with a name are in their state: virtual routers and their sync groups, virtual servers,
// real servers, and BFD and BGP sessions. The name may be as the log, the configuration or ipvsadm has it; all that it
// fits are told of. It reports whether there is one.
func Why(w io.Writer, a *state.All, name string, s Style) bool {
	stale(w, a.Head)
	some, found := Select(a, name)
	for _, g := range some.Groups {
		fmt.Fprintf(w, "sync group %s is %s: %s\n", g.Name, s.paint(g.State), strings.Join(g.Members, " "))
	}
	for n := range some.Instances {
		whyInstance(w, a, &some.Instances[n], s)
	}
	for n := range some.Services {
		whyService(w, a, &some.Services[n], s)
	}
	of := servicesOf(a)
	for n := range some.Servers {
		whyServer(w, a, &some.Servers[n], of[some.Servers[n].Service], s)
	}
	for _, b := range some.Sessions {
		fmt.Fprintf(w, "%s is %s for %s: %s\n", b.Name, s.paint(b.State), s.ago(b.Since), b.Diagnostic)
		fmt.Fprintf(w, "  the neighbour %v says %s, heard %s\n", b.Neighbor, b.RemoteState, past(b.LastSeen, s))
	}
	for _, b := range some.Neighbors {
		fmt.Fprintf(w, "the BGP session with %v of AS %d is %s for %s, lost %d times, and told %d prefixes\n",
			b.Address, b.AS, s.paint(b.State), s.ago(b.Since), b.Lost, b.Prefixes)
		if b.Error != "" {
			fmt.Fprintf(w, "  %s\n", b.Error)
		}
		if b.BFD != "" {
			fmt.Fprintf(w, "  it goes with the BFD session %s, which is %s\n", b.BFD, upDown(b.BFDUp))
		}
	}
	return found
}

// Select gives of an answer what the things with a name are, as Why tells of them, with the checks and the warnings
// about them, and reports whether there is one.
func Select(a *state.All, name string) (some state.All, found bool) {
	what := seek(name)
	some = state.All{Head: a.Head, Daemon: a.Daemon, Config: a.Config}
	some.Groups = chosen(a.Groups, func(g *state.Group) bool { return g.Name == what.text })
	some.Instances = chosen(a.Instances, func(i *state.Instance) bool {
		return what.instance(i) || slices.ContainsFunc(some.Groups, func(g state.Group) bool {
			return slices.Contains(g.Members, i.Name)
		})
	})
	some.Services = chosen(a.Services, what.service)
	of := servicesOf(a)
	some.Servers = chosen(a.Servers, func(r *state.Server) bool { return what.server(r, of[r.Service]) })
	some.Sessions = chosen(a.Sessions, what.session)
	some.Neighbors = chosen(a.Neighbors, func(b *state.Neighbor) bool { return what.addr == b.Address && what.port < 0 })
	some.Checks = chosen(a.Checks, func(k *state.Check) bool {
		return slices.ContainsFunc(some.Servers, func(r state.Server) bool {
			return r.Service == k.Service && r.Name == k.Server
		})
	})
	names := calledBy(&some)
	some.Trackers = chosen(a.Trackers, func(t *state.Tracker) bool {
		return slices.ContainsFunc(t.Users, func(u state.User) bool { return names[u.Instance] })
	})
	some.Overrides = chosen(a.Overrides, func(o *state.Override) bool { return names[o.Name] })
	some.Warnings = chosen(a.Warnings, func(w *state.Warning) bool { return names[w.Name] })
	return some, len(some.Groups)+len(some.Instances)+len(some.Services)+len(some.Servers)+len(some.Sessions)+
		len(some.Neighbors) > 0
}

// calledBy are the names by which overrides and warnings call what is in an answer.
func calledBy(some *state.All) map[string]bool {
	names := map[string]bool{}
	for _, g := range some.Groups {
		names[g.Name] = true
	}
	for _, i := range some.Instances {
		names[i.Name] = true
	}
	for _, v := range some.Services {
		names[v.Name] = true
	}
	for _, r := range some.Servers {
		names[r.Name], names[r.Service+" "+r.Name] = true, true
	}
	for _, b := range some.Sessions {
		names[b.Name] = true
	}
	for _, b := range some.Neighbors {
		names[b.Address.String()] = true
	}
	return names
}

// chosen are those of a list that a choice takes, never nil.
func chosen[T any](all []T, take func(*T) bool) []T {
	some := []T{}
	for n := range all {
		if take(&all[n]) {
			some = append(some, all[n])
		}
	}
	return some
}

// servicesOf are the virtual servers by their names.
func servicesOf(a *state.All) map[string]*state.Service {
	of := make(map[string]*state.Service, len(a.Services))
	for n := range a.Services {
		of[a.Services[n].Name] = &a.Services[n]
	}
	return of
}

// plain is a name of the log without its brackets and protocol: [10.0.0.1]:tcp:80 is 10.0.0.1:80.
func plain(name string) string {
	addr, rest, ok := strings.Cut(strings.TrimPrefix(name, "["), "]:")
	_, port, cut := strings.Cut(rest, ":")
	if !ok || !cut {
		return name
	}
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return addr + ":" + port
}

func whyInstance(w io.Writer, a *state.All, i *state.Instance, s Style) {
	fmt.Fprintf(w, "%s is %s for %s\n", i.Name, s.paint(i.State), s.ago(i.Since))
	say := func(format string, args ...any) { fmt.Fprintf(w, "  "+format+"\n", args...) }
	for _, r := range i.Reasons {
		say("%s", r)
	}
	if o := i.Override; o != nil {
		say("that is so for %s%s", s.ago(o.Since), left(o, s)) // what it is stands among the reasons
	}
	if t := i.LastTransition; t != nil {
		say("it was %s before: %s", s.paint(t.From), t.Reason)
	}
	if i.EffectivePriority == i.Priority {
		say("its priority is %d", i.Priority)
	} else {
		say("its priority is %d, %d in the configuration", i.EffectivePriority, i.Priority)
	}
	if i.State == "BACKUP" && i.MasterPriority > 0 && i.EffectivePriority > i.MasterPriority && !i.Preempt {
		say("with nopreempt it leaves a master with a lower priority alone")
	}
	if i.State == "BACKUP" {
		say("without an advert for %d ms it takes over", i.MasterDown)
	}
	if i.Group != "" {
		say("it follows the sync group %s", i.Group)
	}
	if i.Awaited > 0 {
		say("it waits for %d scripts that have not reported yet", i.Awaited)
	}
	for _, lack := range i.Lacks {
		say("%s: its priority is the lowest", lack)
	}
	for _, r := range i.OtherMasters {
		if r.Now {
			say("%v with priority %d is master too, for %s", r.Address, r.Priority, s.ago(r.First))
		} else {
			say("%v with priority %d was master too, until %s ago", r.Address, r.Priority, s.ago(r.Last))
		}
	}
	for _, o := range a.Trackers {
		for _, u := range o.Users {
			if u.Instance == i.Name {
				say("%s %s is %s; %s", o.Kind, o.Name, tracked(o, s), effect(u))
			}
		}
	}
	for _, v := range i.Addresses {
		say("%s is %s %s, and %s", v.Address, there(v.Present), v.Interface, wanted(v.Wanted))
	}
}

// past is a moment as what it is past, or never.
func past(t time.Time, s Style) string {
	if t.IsZero() {
		return "never"
	}
	return s.ago(t) + " ago"
}

func tracked(o state.Tracker, s Style) string {
	if o.Status == "value" {
		return fmt.Sprint(o.Value)
	}
	return s.paint(o.Status)
}

// effect is what a tracked object does to an instance.
func effect(u state.User) string {
	reverse := ""
	if u.Reverse {
		reverse = ", reversed"
	}
	if u.Weight == 0 {
		return "down means FAULT" + reverse
	}
	return fmt.Sprintf("its weight is %d%s", u.Weight, reverse)
}

func there(is bool) string {
	if is {
		return "on"
	}
	return "not on"
}

func wanted(is bool) string {
	if is {
		return "wanted"
	}
	return "not wanted"
}

func whyService(w io.Writer, a *state.All, v *state.Service, s Style) {
	fmt.Fprintf(w, "%s: the quorum is %s: weight %d of servers that are up, wanted %d; serving: %s\n",
		v.Name, s.paint(v.Quorum), v.Weight, v.QuorumWanted, v.Serving)
	if v.Suspended {
		fmt.Fprintln(w, "  it is suspended (ha_suspend): its address is not on this host")
	}
	for _, p := range v.Announced {
		fmt.Fprintln(w, "  "+announced(p, s))
	}
	for n := range a.Servers {
		if r := &a.Servers[n]; r.Service == v.Name {
			fmt.Fprintf(w, "  %s is %s with weight %d%s%s\n",
				r.Name, s.paint(upDown(r.Up)), r.Effective, reserve(r, v), because(r, s))
		}
	}
}

// announced is whether routing daemons see a place.
func announced(p state.Place, s Style) string {
	text := p.String() + " is announced"
	if !p.Shown {
		text = p.String() + " is not announced: " + p.Reason
	} else if !p.Since.IsZero() {
		text += " for " + s.ago(p.Since)
	}
	if p.Problem != "" {
		text += "; " + p.Problem
	}
	return text
}

// reserve is what a backup server is besides up or down.
func reserve(r *state.Server, of *state.Service) string {
	switch {
	case !r.Backup:
		return ""
	case standsIn(r, of):
		return ", a backup that serves now"
	}
	return ", a backup that does not serve now"
}

// standsIn reports whether a backup server serves.
func standsIn(r *state.Server, of *state.Service) bool {
	return r.Backup && r.Up && of != nil && of.Serving == backupServers
}

func because(r *state.Server, s Style) string {
	if r.Reason == "" {
		return ""
	}
	text := ": " + r.Reason
	if !r.Since.IsZero() {
		text += " (for " + s.ago(r.Since) + ")"
	}
	return text
}

func whyServer(w io.Writer, a *state.All, r *state.Server, of *state.Service, s Style) {
	fmt.Fprintf(w, "%s of %s is %s with weight %d%s, %d of %d checks failed\n",
		r.Name, r.Service, s.paint(upDown(r.Up)), r.Effective, reserve(r, of), r.ChecksFailed, r.Checks)
	if said := overridden(r.Override, s); said != "" {
		fmt.Fprintf(w, "  an operator has it %s\n", said)
	}
	for n := range a.Checks {
		k := &a.Checks[n]
		if k.Service == r.Service && k.Server == r.Name {
			whyCheck(w, k, s)
		}
	}
	if r.Checks == 0 {
		fmt.Fprintln(w, "  it has no checks: it is up until a reload takes it out")
	}
}

func whyCheck(w io.Writer, k *state.Check, s Style) {
	fmt.Fprintf(w, "  %s %s is %s", k.Kind, k.Target, s.paint(upDown(k.Up)))
	switch {
	case !k.Enabled:
		fmt.Fprint(w, ", not made: the service is suspended")
	case !k.Ran:
		fmt.Fprint(w, ", has not run yet")
	case k.Failures > 0:
		fmt.Fprintf(w, ": %s; failed %d times in a row, for %s", k.Error, k.Failures, s.ago(k.Since))
	}
	if !k.Started.IsZero() {
		fmt.Fprintf(w, "; last attempt %s ago", s.ago(k.Started))
	}
	if k.Undone > 0 {
		fmt.Fprintf(w, "; could not be made %d times in a row: %s", k.Undone, k.UndoneError)
	}
	switch {
	case k.Running:
		fmt.Fprint(w, "; an attempt is under way")
	case !k.Next.IsZero() && k.Next.After(s.Now):
		fmt.Fprintf(w, "; next in %s", span(k.Next.Sub(s.Now)))
	}
	fmt.Fprintln(w)
}
