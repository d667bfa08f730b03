package api

import (
	"testing"
	"time"

	"holdfast/internal/metric"
	"holdfast/internal/metric/exposed"
	"holdfast/internal/state"
)

// What happens to a daemon, second by second, and which alerts of the example fire when.
func TestAlerts(t *testing.T) {
	h := &handler{}
	repairs := metric.One()
	repairs.Rows = metric.Rows{}
	repairs.Rows.Add("object", "route")
	repairs.Add(metric.Repairs, "", metric.Numbers(0))
	incident := func(n int) state.Answer {
		a := state.Answer{Daemon: state.Daemon{Complete: true}, Sources: []state.Source{{Role: "vrrp"}, {Role: "checker"}}}
		table := repairs
		table.Columns = []metric.Column{{Family: metric.Repairs, Values: metric.Numbers(0)}}
		switch {
		case n >= 20 && n < 160: // it hangs
			a.Sources[1].Problem = "process 9 does not answer"
		case n >= 900:
			table.Columns[0].Values = metric.Numbers(1)
			a.Config.LastReload = &state.Reload{OK: false}
			a.Config.Refusals = 1
		}
		if n >= 160 {
			a.Sources[1].Deaths = 1
		}
		a.Sources[0].Report.Tables = []metric.Table{table}
		return a
	}
	r := &exposed.Recording{}
	for n := range 950 {
		a := incident(n)
		tables := append(h.daemonTables(&a), a.Sources[0].Report.Tables...)
		for i := range tables { // the clock of the recording begins at 0
			for c := range tables[i].Columns {
				if tables[i].Columns[c].Family == metric.Clock {
					tables[i].Columns[c].Values = metric.Numbers(float64(n))
				}
			}
		}
		text := exposed.Plain(t, tables)
		if n == 0 {
			exposed.Lint(t, text)
		}
		r.Scrape(t, "d1", text)
		r.Tick()
	}
	at := func(n int, alerts string) exposed.Firing {
		return exposed.Firing{At: time.Duration(n) * time.Second, Alerts: alerts}
	}
	r.Judge(t, "../../examples/prometheus/alerts.yml", at(19, ""), at(25, ""), at(35, "KeepalivedRoleDown 1"),
		at(145, "KeepalivedNotReady 1, KeepalivedRoleDown 1"), at(170, "KeepalivedRoleDied 1"), at(890, ""),
		at(905, "KeepalivedDrift 1, KeepalivedReloadFailed 1"))
}

// Everything that the supervisor is to tell it tells.
func TestTheSupervisorTellsAll(t *testing.T) {
	a := measured(t)
	a.Daemon.PID, a.Daemon.Started = 1, time.Now()
	a.Config.Loaded, a.Config.Written, a.Config.LastReload = time.Now(), time.Now(), &state.Reload{At: time.Now(), OK: true}
	address := free(t)
	published(t, &fake{answer: a}, address)
	_, body := fetch(t, address, "/metrics")
	exposed.Series(t, body)
	exposed.Complete(t, metric.Supervisor, body)
}
