package services

import (
	"fmt"
	"strings"

	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/internal/state"
)

// State is the snapshot for those who ask the daemon.
func State(s *Snapshot, now Connections) (state.Report, error) {
	servers, checks := 0, 0
	for n := range s.Services {
		servers += len(s.Services[n].Servers)
		for _, r := range s.Services[n].Servers {
			checks += len(r.Checkers)
		}
	}
	// Written one by one: as values, they would be most of what an answer needs of memory.
	w := stateWriter{servers: state.NewList[state.Server](servers), checks: state.NewList[state.Check](checks)}
	return w.report(s, now)
}

// Brief is the same without the lists of servers and checks; of a snapshot with tallies it is all there is.
func Brief(s *Snapshot, now Connections) (state.Report, error) {
	return (&stateWriter{}).report(s, now)
}

func (w *stateWriter) report(s *Snapshot, now Connections) (state.Report, error) {
	w.of, w.now, w.warnings = s, now, []state.Warning{}
	list := make([]state.Service, len(s.Services))
	for n := range s.Services {
		list[n] = w.service(&s.Services[n], s.tally(n))
	}
	if m := s.Marks; m.Problem != "" {
		w.warn("kernel", m.Table, "marks of packets: "+m.Problem)
	}
	if s.Unwritten != "" {
		w.warn("record", "", "cannot write down which IPVS services are ours, for the time after a crash: "+s.Unwritten)
	}
	neighbors := w.neighbors()
	if w.unproven > 0 {
		w.notReady = append(w.notReady, unproven(w.unproven, w.first))
	}
	lists := map[string]any{state.Services: list, state.Neighbors: neighbors, state.Warnings: w.warnings}
	if w.servers != nil {
		lists[state.Servers], lists[state.Checks] = w.servers, w.checks
	}
	return state.NewReport(s.At, lists, w.notReady)
}

type stateWriter struct {
	of       *Snapshot
	now      Connections
	servers  *state.List[state.Server] // nil for a brief report, as checks
	checks   *state.List[state.Check]
	aServer  state.Server // what is being added, so that it need not be allocated
	aCheck   state.Check
	warnings []state.Warning
	notReady []string
	unproven int    // checks that have not run
	first    string // of them
}

func (w *stateWriter) warn(about, name, text string) {
	w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: about, Name: name, Text: text})
}

// tally counts the real servers of a service.
func (s *Snapshot) tally(n int) (t lvs.Tally) {
	if s.Tallies != nil {
		return s.Tallies[n]
	}
	for _, r := range s.Services[n].Servers {
		t.Add(r.Up, r.Config.Backup, r.Override.Action != "")
	}
	return t
}

func (w *stateWriter) service(v *lvs.VirtualStatus, of lvs.Tally) state.Service {
	out := state.Service{
		Name: v.Name, Quorum: v.Quorum, QuorumWanted: v.Config.Quorum, Hysteresis: v.Config.Hysteresis,
		Weight: v.Live, Servers: of.Servers, ServersUp: of.Up, Backups: of.Backups, BackupsUp: of.BackupsUp,
		Overridden: of.Overridden, Serving: v.Pool, InTable: v.InTable, Suspended: v.Suspended, Scheduler: v.Config.Scheduler,
		Method: v.Config.Method.String(), Protocol: v.Config.Protocol.String(), Group: v.Config.Group,
		Entries: w.entries(v), Connections: w.connections(v), Packets: w.packets(v),
		Announced: w.announced(v),
	}
	if digest, known := w.of.Digests[v.ID]; known {
		out.TableHash = hash(digest)
	}
	if v.Asked != 0 {
		out.ConfigHash = hash(v.Asked)
	}
	if v.Config.FWMark != 0 {
		out.Protocol = "none"
	}
	for n := range v.Servers {
		w.server(v, &v.Servers[n])
	}
	if v.Quorum == "down" {
		w.warn("service", v.Name, fmt.Sprintf("quorum lost: weight %d of servers that are up, %d wanted; serving: %s",
			v.Live, v.Config.Quorum, v.Pool))
	}
	return out
}

// hash is a digest as people read it.
func hash(digest uint64) string { return fmt.Sprintf("%012x", digest) }

// announced are the places of a service. One that is not shown because it cannot serve has a warning already.
func (w *stateWriter) announced(v *lvs.VirtualStatus) []state.Place {
	all := []state.Place{}
	for _, a := range w.of.Announced[v.ID] {
		p := state.Place{Prefix: a.Prefix.String(), Interface: a.Dev, Table: a.Table, BGP: a.BGP, Shown: a.On,
			Since: a.Since, Reason: a.Why, Problem: a.Problem}
		switch {
		case p.Problem != "":
			w.warn("service", v.Name, "announcing "+p.String()+": "+p.Problem)
		case !p.Shown && v.Quorum == "up" && !a.Drained: // of that the override tells
			w.warnings = append(w.warnings, state.Warning{Severity: state.Caution, About: "service", Name: v.Name,
				Text: "not announcing " + p.String() + ": " + p.Reason, Since: p.Since})
		}
		all = append(all, p)
	}
	return all
}

// neighbors are the routers that hear of what is announced. Where none hears of something, a service has a warning.
func (w *stateWriter) neighbors() []state.Neighbor {
	all := make([]state.Neighbor, len(w.of.Neighbors))
	for i, n := range w.of.Neighbors {
		all[i] = state.Neighbor{Address: n.Neighbor, AS: n.RemoteAS, State: string(n.State), Since: n.Since, Prefixes: n.Told,
			Error: n.Error, Lost: n.Losses, BFD: n.BFD, Program: n.Program}
		if n.BFD != "" {
			all[i].BFDUp = n.Way == speaker.WayUp
		}
		if i == 0 && n.Outdated { // one program has all of them
			w.warnings = append(w.warnings, state.Warning{Severity: state.Caution, About: state.AboutNeighbor,
				Name: n.Neighbor.String(), Text: strings.Join(strings.Fields("holdfast-bgp "+n.Program), " ") +
					" is no longer the program at its path; it goes on until the daemon is started again"})
		}
		if n.State != talk.Established {
			w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: state.AboutNeighbor,
				Name: n.Neighbor.String(), Since: n.Since,
				Text: strings.TrimSuffix(fmt.Sprintf("the BGP session is %s: %s", n.State, n.Error), ": ")})
		}
	}
	return all
}

func (w *stateWriter) server(v *lvs.VirtualStatus, r *lvs.ServerStatus) {
	out := state.Server{
		Service: v.Name, Name: r.Name, Address: r.Config.Addr, Port: r.Config.Port, Up: r.Up, InTable: r.InTable,
		Weight: r.Config.Weight, Effective: r.Weight, Written: r.Written, Backup: r.Config.Backup,
		Checks: len(r.Checkers), ChecksFailed: r.Failed, Override: state.OverridingOf(r.Override),
	}
	out.Connections, out.Inactive = w.connectionsTo(v, r)
	var undone []string
	for n := range r.Checkers {
		k := w.check(v, r, &r.Checkers[n])
		if k.Undone > 0 {
			undone = append(undone, fmt.Sprintf("%s could not be made %d times in a row: %s", k.Kind, k.Undone, k.UndoneError))
		}
		if !k.Up && out.Reason == "" {
			out.Reason, out.Since = strings.TrimSuffix(k.Kind+": "+k.Error, ": "), k.Since
			if !k.Ran {
				out.Reason = k.Kind + ": has not run yet"
			}
		}
	}
	// One warning a server: when a thousand fail at once, their checks may not be possible either.
	name := func() string { return v.Name + " " + r.Name }
	switch {
	case !r.Up && !v.Suspended:
		said := append([]string{strings.TrimSuffix("down: "+out.Reason, ": ")}, undone...)
		w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: "server", Name: name(),
			Text: strings.Join(said, "; "), Since: out.Since})
	case len(undone) > 0:
		w.warnings = append(w.warnings, state.Warning{Severity: state.Caution, About: "check", Name: name(),
			Text: strings.Join(undone, "; ")})
	}
	if w.servers != nil {
		w.aServer = out
		w.servers.Add(&w.aServer)
	}
}

func (w *stateWriter) check(v *lvs.VirtualStatus, r *lvs.ServerStatus, k *lvs.CheckerStatus) state.Check {
	h := k.History
	out := state.Check{
		Service: v.Name, Server: r.Name, Kind: k.Config.Kind.String(), Up: k.Up, Ran: k.Ran,
		Enabled: !v.Suspended, Running: k.Running, Started: k.Started, Next: k.Next,
		Failures: h.Failures, Failed: h.At, Undone: h.Undone,
	}
	if h.Failures > 0 {
		out.Since, out.Error, out.Code = h.Since, why(h.Last), h.Last.Code.String()
	}
	if h.Undone > 0 {
		out.UndoneError = why(h.UndoneWhy)
	}
	if !out.Ran && out.Enabled {
		if w.unproven == 0 {
			w.first = fmt.Sprintf("%s of %s for %s", out.Kind, r.Name, v.Name)
		}
		w.unproven++
	}
	if w.checks != nil {
		out.Target = target(k)
		w.aCheck = out
		w.checks.Add(&w.aCheck)
	}
	return out
}

// why is a reason in words; a failure that no code names has none.
func why(r reason.Reason) string {
	if said := r.String(); said != "" {
		return said
	}
	return "failed"
}

// target is what a checker asks.
func target(k *lvs.CheckerStatus) string {
	c := k.Config
	switch {
	case c.Misc != nil:
		return strings.Join(c.Misc.Argv, " ")
	case c.File != nil:
		return c.File.TrackFile
	case c.BFD != "":
		return c.BFD
	case c.HTTP != nil && len(c.HTTP.URLs) > 0:
		url := k.History.URL
		if k.History.Failures == 0 || url >= len(c.HTTP.URLs) {
			url = 0
		}
		return c.Connect.String() + " " + c.HTTP.URLs[url].Path
	case c.Connect.IsValid():
		return c.Connect.String()
	}
	return ""
}
