package services

import (
	"fmt"
	"strings"

	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// Connections are those that the kernel has now, by service and destination; nil when it was not asked.
type Connections map[ipvs.ServiceID]map[ipvs.DestID]int64

// ConnectionsOf are those of a table as the kernel lists it.
func ConnectionsOf(table []ipvs.ListedService) Connections {
	all := make(Connections, len(table))
	for _, v := range table {
		of := make(map[ipvs.DestID]int64, len(v.Dests))
		for _, d := range v.Dests {
			of[d.ID] = int64(d.Stats.Active)
		}
		all[v.ID] = of
	}
	return all
}

// State is the snapshot for those who ask the daemon.
func State(s *Snapshot, now Connections) (state.Report, error) {
	w := stateWriter{now: now, servers: []state.Server{}, checks: []state.Check{}, warnings: []state.Warning{}}
	list := make([]state.Service, len(s.Services))
	for n := range s.Services {
		list[n] = w.service(&s.Services[n])
	}
	if m := s.Marks; m.Problem != "" {
		w.warn("kernel", m.Table, "marks of packets: "+m.Problem)
	}
	if w.unproven > 0 {
		w.notReady = append(w.notReady, fmt.Sprintf("%d checks have not run yet, %s first", w.unproven, w.first))
	}
	return state.NewReport(s.At, map[string]any{
		state.Services: list, state.Servers: w.servers, state.Checks: w.checks, state.Warnings: w.warnings,
	}, w.notReady)
}

type stateWriter struct {
	now      Connections
	servers  []state.Server
	checks   []state.Check
	warnings []state.Warning
	notReady []string
	unproven int    // checks that have not run
	first    string // of them
}

func (w *stateWriter) warn(about, name, text string) {
	w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: about, Name: name, Text: text})
}

func (w *stateWriter) service(v *lvs.VirtualStatus) state.Service {
	out := state.Service{
		Name: v.Name, Quorum: v.Quorum, QuorumWanted: v.Config.Quorum, Weight: v.Live, Servers: len(v.Servers),
		Serving: v.Pool, InTable: v.InTable, Suspended: v.Suspended, Scheduler: v.Config.Scheduler,
		Method: v.Config.Method.String(), Protocol: v.Config.Protocol.String(),
	}
	if v.Config.FWMark != 0 {
		out.Protocol = "none"
	}
	// A service of a group is several of the kernel's: those have no entry under its identity.
	of, known := w.now[v.ID.Service]
	if known {
		out.Connections = new(int64)
		for _, n := range of {
			*out.Connections += n
		}
	}
	for n := range v.Servers {
		if v.Servers[n].Up {
			out.ServersUp++
		}
		w.server(v, &v.Servers[n])
	}
	if v.Quorum == "down" {
		w.warn("service", v.Name, fmt.Sprintf("quorum lost: weight %d of servers that are up, %d wanted; serving: %s",
			v.Live, v.Config.Quorum, v.Pool))
	}
	return out
}

func (w *stateWriter) server(v *lvs.VirtualStatus, r *lvs.ServerStatus) {
	out := state.Server{
		Service: v.Name, Name: r.Name, Address: r.Config.Addr, Port: r.Config.Port, Up: r.Up, InTable: r.InTable,
		Weight: r.Config.Weight, Effective: r.Weight, Written: r.Written, Backup: r.Config.Backup,
		Checks: len(r.Checkers), ChecksFailed: r.Failed,
	}
	if n, known := w.now[v.ID.Service][ipvs.DestID{Addr: r.Config.Addr, Port: r.Config.Port}]; known {
		out.Connections = &n
	}
	for n := range r.Checkers {
		k := w.check(v, r, &r.Checkers[n])
		if !k.Up && out.Reason == "" {
			out.Reason, out.Since = strings.TrimSuffix(k.Kind+": "+k.Error, ": "), k.Since
			if !k.Ran {
				out.Reason = k.Kind + ": has not run yet"
			}
		}
	}
	if !r.Up && !v.Suspended {
		w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: "server", Name: v.Name + " " + r.Name,
			Text: strings.TrimSuffix("down: "+out.Reason, ": "), Since: out.Since})
	}
	w.servers = append(w.servers, out)
}

func (w *stateWriter) check(v *lvs.VirtualStatus, r *lvs.ServerStatus, k *lvs.CheckerStatus) state.Check {
	h := k.History
	out := state.Check{
		Service: v.Name, Server: r.Name, Kind: k.Config.Kind.String(), Target: target(k), Up: k.Up, Ran: k.Ran,
		Enabled: !v.Suspended, Running: k.Running, Started: k.Started, Next: k.Next,
		Failures: h.Failures, Failed: h.At, Undone: h.Undone,
	}
	if h.Failures > 0 {
		out.Since, out.Error, out.Code = h.Since, why(h.Last), h.Last.Code.String()
	}
	if h.Undone > 0 {
		out.UndoneError = why(h.UndoneWhy)
		w.warnings = append(w.warnings, state.Warning{Severity: state.Caution, About: "check", Name: v.Name + " " + r.Name,
			Text: fmt.Sprintf("%s could not be made %d times in a row: %s", out.Kind, h.Undone, out.UndoneError)})
	}
	if !out.Ran && out.Enabled {
		if w.unproven == 0 {
			w.first = fmt.Sprintf("%s of %s for %s", out.Kind, r.Name, v.Name)
		}
		w.unproven++
	}
	w.checks = append(w.checks, out)
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
