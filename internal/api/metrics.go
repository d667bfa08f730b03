package api

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"holdfast/internal/metric"
	"holdfast/internal/state"
)

// metrics answers a scrape: what the supervisor knows first, then what each role has told. What a role told that does
// not answer now is left out, so that nobody takes it for what is.
func (h *handler) metrics(w http.ResponseWriter, r *http.Request) {
	a := h.Source.Metrics(r.Context())
	tables := h.daemonTables(&a)
	for i := range a.Sources {
		if s := &a.Sources[i]; s.Problem == "" && a.Problem == "" {
			tables = append(tables, s.Report.Tables...)
		}
	}
	w.Header().Set("Content-Type", metric.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	// An error is that of somebody who does not read any more.
	_ = h.packers.write(w, r, func(w io.Writer) error { return metric.Write(w, tables) })
}

// daemonTables are what the supervisor tells.
func (h *handler) daemonTables(a *state.Answer) []metric.Table {
	one := metric.One()
	say := func(family string, value float64) { one.Add(family, "", metric.Numbers(value)) }
	d, c, hash := &a.Daemon, &a.Config, h.hashSoon(a)
	say(metric.Up, truth(len(a.Ill()) == 0))
	say(metric.Ready, truth(len(a.NotReady()) == 0))
	one.Add(metric.BuildInfo, metric.Labels("version", d.Version, "goversion", runtime.Version()), metric.Numbers(1))
	say(metric.StartTime, seconds(d.Started))
	say(metric.Clock, seconds(time.Now()))
	if !c.Loaded.IsZero() {
		say(metric.ConfigLoaded, seconds(c.Loaded))
	}
	if !c.Written.IsZero() {
		say(metric.ConfigWritten, seconds(c.Written))
	}
	if n, err := strconv.ParseUint(hash[:min(len(hash), 12)], 16, 64); err == nil {
		say(metric.ConfigHash, float64(n))
	}
	severities := map[string]int{}
	for _, f := range a.Findings {
		severities[f.Severity]++
	}
	for _, s := range []string{state.Error, state.Caution} {
		one.Add(metric.ConfigFindings, metric.Labels("severity", s), metric.Numbers(float64(severities[s])))
	}
	last := c.LastReload
	say(metric.ReloadOK, truth(last == nil || last.OK))
	if last != nil {
		say(metric.ReloadTime, seconds(last.At))
		say(metric.ReloadDuration, float64(last.Took)/1e3)
	}
	one.Add(metric.Reloads, metric.Labels("result", "success"), metric.Numbers(float64(c.Reloads)))
	one.Add(metric.Reloads, metric.Labels("result", "refused"), metric.Numbers(float64(c.Refusals)))
	return []metric.Table{one, roleTable(a), processTable(a)}
}

func roleTable(a *state.Answer) metric.Table {
	var t metric.Table
	var up, deaths, age metric.Values
	for _, s := range a.Sources {
		t.Rows.Add("role", s.Role)
		up.Add(truth(s.Problem == "" && a.Problem == ""))
		deaths.Add(float64(s.Deaths))
		age.Add(metric.Known(!s.At.IsZero(), time.Since(s.At).Seconds()))
	}
	t.Add(metric.RoleUp, "", up)
	t.Add(metric.RoleDeaths, "", deaths)
	t.Add(metric.RoleAge, "", age)
	return t
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seconds is a moment in seconds since 1970, to the millisecond.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1e3 }
