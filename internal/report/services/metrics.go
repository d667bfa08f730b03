package services

import (
	"fmt"
	"strconv"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/metric"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// A Meter makes tables of what a core tells of its virtual servers (lvs.Meter), and of what the kernel has counted.
type Meter struct {
	services, servers, checks metric.Table
	kernel                    Counted
	members                   []*countedService // of the virtual server at hand, nil for one that the kernel has not
	waiting                   Waiting
	// Digest is that of the table of some services, false if it is not known (ipvs.Digest); nil tells none.
	Digest func([]ipvs.ServiceID) (uint64, bool)
}

// Columns of the tables, by their place.
const (
	quorumUp = iota
	weightLive
	weightQuorum
	serversAll
	serversUp
	pool
	suspended
	tableHash
	configHash
	connections
	packetsIn
	packetsOut
	bytesIn
	bytesOut
)

const (
	serverUp = iota
	weightConfigured
	weightEffective
	serverConnections
	serverPacketsIn
	serverPacketsOut
	serverBytesIn
	serverBytesOut
	active
	inactive
)

const (
	checkUp = iota
	lastRun
	runsPassed
	runsFailed
	runsUndone
)

// NewMeter is a Meter that has what the kernel counts, nil when it was not asked.
func NewMeter(kernel Counted) *Meter {
	m := &Meter{kernel: kernel}
	columns := func(t *metric.Table, families ...string) {
		for _, f := range families {
			t.Add(f, "", metric.Values{})
		}
	}
	label := func(t *metric.Table, n int, name, value string) { t.Columns[n].Labels = metric.Labels(name, value) }
	columns(&m.services, metric.QuorumUp, metric.VSWeight, metric.VSWeight, metric.VSServers, metric.VSServers,
		metric.VSPool, metric.VSSuspended, metric.VSTableHash, metric.VSConfigHash, metric.IPVSConnections,
		metric.IPVSPacketsIn, metric.IPVSPacketsOut, metric.IPVSBytesIn, metric.IPVSBytesOut)
	label(&m.services, weightLive, "kind", "live")
	label(&m.services, weightQuorum, "kind", "quorum")
	label(&m.services, serversAll, "condition", "configured")
	label(&m.services, serversUp, "condition", "up")
	columns(&m.servers, metric.RSUp, metric.RSWeight, metric.RSWeight, metric.IPVSServerConnections,
		metric.IPVSServerPacketsIn, metric.IPVSServerPacketsOut, metric.IPVSServerBytesIn, metric.IPVSServerBytesOut,
		metric.IPVSServerActive, metric.IPVSServerInactive)
	label(&m.servers, weightConfigured, "kind", "configured")
	label(&m.servers, weightEffective, "kind", "effective")
	columns(&m.checks, metric.CheckUp, metric.CheckLastRun, metric.CheckRuns, metric.CheckRuns, metric.CheckRuns)
	label(&m.checks, runsPassed, "result", "success")
	label(&m.checks, runsFailed, "result", "failure")
	label(&m.checks, runsUndone, "result", "not_made")
	return m
}

// tables are those of things of which there are thousands.
func (m *Meter) tables() []*metric.Table { return []*metric.Table{&m.services, &m.servers, &m.checks} }

// Room is how much room the tables have taken.
func (m *Meter) Room() (list []metric.Room) {
	for _, t := range m.tables() {
		list = append(list, t.Room())
	}
	return list
}

// Reserve makes as much room as another meter has taken.
func (m *Meter) Reserve(room []metric.Room) {
	for n, t := range m.tables() {
		if n < len(room) {
			t.Reserve(room[n])
		}
	}
}

// row fills the next row of a table.
func row(t *metric.Table, values ...float64) {
	for n, v := range values {
		t.Columns[n].Values.Add(v)
	}
}

// Virtual is told of a virtual server.
func (m *Meter) Virtual(v *lvs.VirtualReading) {
	m.services.Rows.Add("service", v.Name)
	var sum traffic
	known := false
	m.members = m.members[:0]
	for _, id := range v.Members {
		s := m.kernel[id]
		m.members = append(m.members, s)
		if s != nil {
			known = true
			sum.add(&s.traffic)
		}
	}
	kernel := sum.numbers(known)
	digest, agreed := uint64(0), false
	if v.Agreed && m.Digest != nil {
		digest, agreed = m.Digest(v.Members)
	}
	row(&m.services, metric.Known(v.Quorum != "unknown", truth(v.Quorum == "up")), float64(v.Live), float64(v.Wanted),
		float64(v.Servers), float64(v.Up), float64(v.Pool), truth(v.Suspended),
		metric.Known(agreed, float64(digest)), metric.Known(v.Asked != 0, float64(v.Asked)),
		kernel[0], kernel[1], kernel[2], kernel[3], kernel[4])
}

// Server is told of a real server of the virtual server before.
func (m *Meter) Server(s *lvs.ServerReading) {
	m.servers.Rows.Add("service", s.Service, "server", s.Name)
	var sum countedServer
	known := false
	for n, of := range m.members {
		if of == nil {
			continue
		}
		if d := of.server(s.Dest(n)); d != nil {
			known = true
			sum.add(&d.traffic)
			sum.active += d.active
			sum.inactive += d.inactive
		}
	}
	kernel := sum.numbers(known)
	row(&m.servers, truth(s.Up), float64(s.Configured), float64(s.Effective), kernel[0], kernel[1], kernel[2],
		kernel[3], kernel[4], metric.Known(known, float64(sum.active)), metric.Known(known, float64(sum.inactive)))
}

// Checker is told of a checker of the real server before.
func (m *Meter) Checker(k *lvs.CheckerReading) {
	m.checks.Rows.Add("service", k.Service, "server", k.Server, "check", strconv.Itoa(k.Number), "kind", k.Kind.String())
	row(&m.checks, metric.Known(k.Ran, truth(k.Up)), metric.Known(!k.Started.IsZero(), float64(k.Started.UnixMilli())/1e3),
		float64(k.Runs.Passed), float64(k.Runs.Failed), float64(k.Runs.Undone))
	m.waiting.Checker(k)
}

// A Tally is what is counted of the role as a whole.
type Tally struct {
	At        time.Time
	Durations map[config.CheckKind]lvs.Durations
	Repaired  uint64 // services of the kernel's table
	Marks     uint64 // tables that mark packets
	Neighbors []speaker.Session
}

// Report is what the meter was told.
func (m *Meter) Report(t Tally) state.Report {
	r := state.Report{At: t.At.UnixNano()}
	r.Tables = []metric.Table{m.services, m.servers, m.checks, durations(t), repairs(t), neighbors(t)}
	r.NotReady = m.waiting.Reasons()
	return r
}

// A Waiting is told of all checkers and looks for those that have not run.
type Waiting struct {
	n     int
	first string
}

// Virtual is told of a virtual server.
func (w *Waiting) Virtual(*lvs.VirtualReading) {}

// Server is told of a real server.
func (w *Waiting) Server(*lvs.ServerReading) {}

// Checker is told of a checker.
func (w *Waiting) Checker(k *lvs.CheckerReading) {
	if k.Ran || !k.Enabled {
		return
	}
	if w.n++; w.n == 1 {
		w.first = fmt.Sprintf("%s of %s for %s", k.Kind, k.Server, k.Service)
	}
}

// Reasons are why a role is not ready whose checkers it was told of.
func (w *Waiting) Reasons() []string {
	if w.n == 0 {
		return nil
	}
	return []string{unproven(w.n, w.first)}
}

// unproven is why a role is not ready whose checks have not all run.
func unproven(n int, first string) string {
	return fmt.Sprintf("%d checks have not run yet, %s first", n, first)
}

func durations(t Tally) metric.Table {
	var out metric.Table
	bounds := lvs.DurationBounds()
	columns := make([]metric.Values, len(bounds)+3)
	for _, kind := range config.CheckKinds() {
		d := t.Durations[kind]
		if d.Count == 0 {
			continue
		}
		out.Rows.Add("kind", kind.String())
		for n := range bounds {
			columns[n].Add(float64(d.Below[n]))
		}
		for n, v := range []float64{float64(d.Count), d.Sum.Seconds(), float64(d.Count)} {
			columns[len(bounds)+n].Add(v)
		}
	}
	for n := range columns {
		c := metric.Column{Family: metric.CheckTime, Suffix: "_bucket", Values: columns[n]}
		switch {
		case n < len(bounds):
			c.Labels = metric.Labels("le", strconv.FormatFloat(bounds[n].Seconds(), 'g', -1, 64))
		case n == len(bounds):
			c.Labels = metric.Labels("le", "+Inf")
		default:
			c.Suffix = [...]string{"_sum", "_count"}[n-len(bounds)-1]
		}
		out.Columns = append(out.Columns, c)
	}
	return out
}

func repairs(t Tally) metric.Table {
	var out metric.Table
	out.Rows.Add("object", "ipvs service")
	out.Rows.Add("object", "packet marks")
	out.Add(metric.Repairs, "", metric.Numbers(float64(t.Repaired), float64(t.Marks)))
	return out
}

// neighbors are the routers that hear by BGP of what is announced.
func neighbors(t Tally) metric.Table {
	var out metric.Table
	var columns [5]metric.Values
	for _, n := range t.Neighbors {
		out.Rows.Add("neighbor", n.Neighbor.String())
		for i, v := range []float64{truth(n.State == talk.Established), float64(n.Since.UnixMilli()) / 1e3, float64(n.Told),
			float64(n.Losses), metric.Known(n.BFD != "", truth(n.Way == speaker.WayUp))} {
			columns[i].Add(v)
		}
	}
	for i, family := range []string{metric.BGPEstablished, metric.BGPSince, metric.BGPPrefixes, metric.BGPLosses,
		metric.BGPWay} {
		out.Add(family, "", columns[i])
	}
	return out
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
