package routers

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/metric"
	"holdfast/internal/report"
	"holdfast/internal/state"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// Metrics is the snapshot for those who count and measure.
func Metrics(s *Snapshot) state.Report {
	m := NewMeter(len(s.Instances))
	for n := range s.Instances {
		m.Router(&s.Instances[n], s.Addresses[s.Instances[n].Router])
	}
	return m.Report(s)
}

// A Meter makes tables of what it is told of virtual routers, one after the other, and keeps nothing else of them.
type Meter struct {
	states, excluded, instances metric.Table
	reasons, refused            metric.Table // have rows only for what has happened
	columns                     []column     // of instances
	tracks                      map[vrrp.Tracked]bool
	seen                        map[[2]string]bool // addresses of the instance at hand
	notReady                    []string
	at                          reading
}

// A reading is what columns are made of.
type reading struct {
	*vrrp.Status
	adopted                [14]uint64
	refused                [18]refusal
	wanted, missing, stray float64
}

// A column is a number of each instance.
type column struct {
	family, labels string
	value          func(*reading) float64
}

// rowBytes is about how much the labels of a router have that those of the one before have not: name, number, address.
const rowBytes = 40

// NewMeter is a Meter that was told nothing yet, and will be of so many routers.
func NewMeter(routers int) *Meter {
	m := &Meter{columns: columns(), tracks: map[vrrp.Tracked]bool{}, seen: map[[2]string]bool{}}
	for _, c := range m.columns {
		m.instances.Add(c.family, c.labels, metric.Values{})
	}
	m.states.Add(metric.VRRPState, "", metric.Values{})
	m.excluded.Add(metric.VRRPExcludedState, "", metric.Values{})
	m.reasons.Add(metric.VRRPReasons, "", metric.Values{})
	m.refused.Add(metric.VRRPRefusedFrom, "", metric.Values{})
	m.instances.Grow(routers, rowBytes)
	m.states.Grow(routers, rowBytes)
	return m
}

// Reset forgets what the meter was told, for the next time: what it has reported until then is overwritten.
func (m *Meter) Reset() {
	for _, t := range []*metric.Table{&m.states, &m.excluded, &m.instances, &m.reasons, &m.refused} {
		t.Reset()
	}
	clear(m.tracks)
	m.notReady = nil
}

// Router takes a virtual router with its addresses.
func (m *Meter) Router(i *vrrp.Status, addresses []Address) {
	name, dev, vrid := labelsOf(i)
	m.instances.Rows.Add("iname", name, "intf", dev, "vrid", vrid)
	m.addressStates(i, vrid)
	m.at = reading{Status: i, adopted: adopted(&i.Counters), refused: refusals(&i.Counters)}
	m.notReady = NotReady(m.notReady, i, addresses)
	for _, a := range addresses {
		switch {
		case a.Wanted:
			m.at.wanted++
			if !a.Present {
				m.at.missing++
			}
		case a.Present:
			m.at.stray++
		}
	}
	for n := range m.columns {
		m.instances.Columns[n].Values.Add(m.columns[n].value(&m.at))
	}
	m.happened(i, vrid)
	for _, t := range i.Config.Tracks {
		m.tracks[vrrp.Tracked{Kind: t.Kind, Name: t.Name}] = true
	}
}

// Report is what the meter was told, and the rest of the snapshot.
func (m *Meter) Report(s *Snapshot) state.Report {
	for _, g := range s.Groups {
		for _, t := range g.Tracks {
			m.tracks[vrrp.Tracked{Kind: t.Kind, Name: t.Name}] = true
		}
	}
	tables := []metric.Table{m.states, m.excluded, m.instances, m.reasons, m.refused}
	tables = append(tables, m.tracked(s)...)
	tables = append(tables, ports(s), announced(s), repairs(s))
	return state.Report{At: s.At.UnixNano(), Tables: tables, NotReady: m.notReady}
}

// happened tells why an instance has changed its state, and whose packets were refused.
func (m *Meter) happened(i *vrrp.Status, vrid string) {
	name, dev := i.Config.Name, i.Config.Interface
	for code, n := range i.Causes {
		if n > 0 {
			m.reasons.Rows.Add("iname", name, "intf", dev, "vrid", vrid, "reason", vrrp.CauseCode(code).Word())
			m.reasons.Columns[0].Values.Add(float64(n))
		}
	}
	for n := range i.Refusals {
		r := &i.Refusals[n]
		word, peer := refusalWord(r.Reason), "other"
		same := func(o vrrp.Refusal) bool { return o.Addr == r.Addr && refusalWord(o.Reason) == word }
		if slices.ContainsFunc(i.Refusals[:n], same) {
			continue // told with the first one
		}
		count := uint64(0)
		for _, o := range i.Refusals[n:] {
			if same(o) {
				count += o.Count
			}
		}
		if r.Addr.IsValid() {
			peer = r.Addr.String()
		}
		m.refused.Rows.Add("iname", name, "intf", dev, "vrid", vrid, "peer", peer, "reason", word)
		m.refused.Columns[0].Values.Add(float64(count))
	}
}

// refusalWord is the label of a reason, by the counter that it has.
func refusalWord(r wire.Reason) string {
	var c vrrp.Counters
	if n := c.Refused(r); n != nil {
		*n = 1
	}
	for _, of := range refusals(&c) {
		if of.count > 0 {
			return of.reason
		}
	}
	return ""
}

func labelsOf(i *vrrp.Status) (name, dev, vrid string) {
	return i.Config.Name, i.Config.Interface, strconv.Itoa(int(i.Config.VRID))
}

// addressStates tell the state of an instance once for each of its addresses, with its words of the dump: what is first
// there, and the third, which is the interface behind "dev" where there is no broadcast address (keepalived-exporter).
func (m *Meter) addressStates(i *vrrp.Status, vrid string) {
	name, dev := i.Config.Name, i.Config.Interface
	add := func(to *metric.Table, list []config.Address) {
		clear(m.seen)
		for n := range list {
			a := onItsInterface(i, list[n])
			first, third := report.Host(a.Prefix), a.Dev
			if a.Broadcast.IsValid() {
				third = a.Broadcast.String()
			}
			if len(list) > 1 {
				if m.seen[[2]string{first, third}] {
					continue
				}
				m.seen[[2]string{first, third}] = true
			}
			to.Rows.Add("iname", name, "intf", third, "vrid", vrid, "ip_address", first)
			to.Columns[0].Values.Add(float64(i.State))
		}
	}
	add(&m.states, i.Config.VIPs)
	add(&m.excluded, i.Config.ExcludedVIPs)
	if len(i.Config.VIPs) == 0 {
		m.states.Rows.Add("iname", name, "intf", dev, "vrid", vrid, "ip_address", "")
		m.states.Columns[0].Values.Add(float64(i.State))
	}
}

// columns are those of the table of instances.
func columns() (all []column) {
	add := func(family, labels string, value func(*reading) float64) {
		all = append(all, column{family, labels, value})
	}
	for n, c := range metric.AdoptedCounters() {
		add(c.Name, "", func(r *reading) float64 { return float64(r.adopted[n]) })
	}
	add(metric.GARPDelay, "", func(r *reading) float64 { return float64(report.Whole(r.Config.GARPDelay)) })
	add(metric.VRRPPriority, metric.Labels("kind", "base"), func(r *reading) float64 { return float64(r.Priority) })
	add(metric.VRRPPriority, metric.Labels("kind", "effective"), func(r *reading) float64 {
		return float64(r.EffectivePriority)
	})
	add(metric.VRRPMasterPriority, "", masterPriority)
	add(metric.VRRPTransition, "", func(r *reading) float64 { return moment(r.LastTransition) })
	for from := vrrp.Init; from <= vrrp.Fault; from++ {
		for to := vrrp.Init; to <= vrrp.Fault; to++ {
			if from != to {
				add(metric.VRRPTransitions, metric.Labels("from", from.String(), "to", to.String()),
					func(r *reading) float64 { return float64(r.Moves[from][to]) })
			}
		}
	}
	for n, r := range refusals(&vrrp.Counters{}) {
		add(metric.VRRPRefused, metric.Labels("reason", r.reason), func(r *reading) float64 {
			return float64(r.refused[n].count)
		})
	}
	add(metric.VRRPLate, "", func(r *reading) float64 { return float64(r.Counters.LateWakeups) })
	add(metric.VRRPTwoMasters, "", otherMasters)
	add(metric.VRRPSecondMaster, "", func(r *reading) float64 { return float64(r.Counters.SecondMaster) })
	add(metric.VRRPFaults, "", func(r *reading) float64 { return float64(len(r.Faults)) })
	add(metric.VRRPInterval, "", func(r *reading) float64 { return r.Config.AdvertInt.Seconds() })
	add(metric.VRRPDown, "", func(r *reading) float64 { return r.DownInterval.Seconds() })
	add(metric.VRRPAddresses, metric.Labels("condition", "wanted"), func(r *reading) float64 { return r.wanted })
	add(metric.VRRPAddresses, metric.Labels("condition", "missing"), func(r *reading) float64 { return r.missing })
	add(metric.VRRPAddresses, metric.Labels("condition", "stray"), func(r *reading) float64 { return r.stray })
	return all
}

// adopted are the values of metric.AdoptedCounters.
func adopted(c *vrrp.Counters) [14]uint64 {
	return [...]uint64{c.AdvertReceived, c.AdvertSent, c.BecameMaster, c.ReleasedMaster, c.LengthErrors, c.IntervalErrors,
		c.TTLErrors, c.InvalidTypeErrors, c.AddressListErrors, c.AuthInvalidType, c.AuthTypeMismatch, c.AuthFailure,
		c.PriorityZeroReceived, c.PriorityZeroSent}
}

// A refusal is how many packets were refused for a reason.
type refusal struct {
	reason string
	count  uint64
}

func refusals(c *vrrp.Counters) [18]refusal {
	return [...]refusal{
		{metric.RefusedLength, c.LengthErrors}, {metric.RefusedTTL, c.TTLErrors}, {metric.RefusedType, c.InvalidTypeErrors},
		{metric.RefusedVersion, c.VersionErrors}, {metric.RefusedChecksum, c.ChecksumErrors},
		{metric.RefusedInterval, c.IntervalErrors}, {metric.RefusedAddresses, c.AddressListErrors},
		{metric.RefusedAuthType, c.AuthInvalidType}, {metric.RefusedMismatch, c.AuthTypeMismatch},
		{metric.RefusedAuth, c.AuthFailure}, {metric.RefusedSource, c.UnexpectedSource}, {metric.RefusedOwn, c.OwnAddress},
		{metric.RefusedMissing, c.AuthExtMissing}, {metric.RefusedMalformed, c.AuthExtMalformed},
		{metric.RefusedKey, c.AuthExtUnknownKey}, {metric.RefusedHMAC, c.AuthExtInvalidHMAC},
		{metric.RefusedStale, c.AuthExtStale}, {metric.RefusedReplay, c.AuthExtReplay},
	}
}

func masterPriority(i *reading) float64 {
	switch {
	case i.State == vrrp.Master:
		return float64(i.EffectivePriority)
	case i.MasterAddr.IsValid():
		return float64(i.MasterPriority)
	}
	return metric.None()
}

func otherMasters(i *reading) (n float64) {
	for _, r := range i.Rivals {
		if r.Now {
			n++
		}
	}
	return n
}

// moment is in seconds since 1970, to the microsecond.
func moment(t time.Time) float64 {
	if t.IsZero() {
		return metric.None()
	}
	return math.Round(float64(t.UnixMicro())) / 1e6
}

// tracked are the objects that instances track, and all scripts.
func (m *Meter) tracked(s *Snapshot) []metric.Table {
	var scripts, objects, files metric.Table
	var good, running, up, value metric.Values
	for _, c := range s.Scripts {
		scripts.Rows.Add("name", c.Name)
		v := s.Tracked[vrrp.Tracked{Kind: config.TrackedScript, Name: c.Name}]
		good.Add(known(v, truth(v.Value == 1)))
		running.Add(truth(s.Runs[c.Name].Running))
	}
	for _, t := range inOrder(maps.Keys(m.tracks)) {
		v := s.Tracked[t]
		said := status(t.Kind, v)
		if said == "value" {
			files.Rows.Add("name", t.Name)
			value.Add(float64(v.Value))
			continue
		}
		objects.Rows.Add("kind", t.Kind.String(), "name", t.Name)
		up.Add(metric.Known(said != "unknown", truth(said == "up")))
	}
	scripts.Add(metric.ScriptStatus, "", good)
	scripts.Add(metric.ScriptState, "", running)
	objects.Add(metric.TrackUp, "", up)
	files.Add(metric.TrackValue, "", value)
	return []metric.Table{scripts, objects, files}
}

// known is a number of an object that is missing before its first result.
func known(v vrrp.Value, n float64) float64 {
	if !v.Known {
		return metric.None()
	}
	return n
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// ports tells of each interface and family whether adverts cannot get through.
func ports(s *Snapshot) metric.Table {
	type port struct{ dev, family string }
	var t metric.Table
	at := map[port]int{}
	var problem []float64
	for _, p := range s.Ports {
		k := port{p.Interface, report.Word(p.Family == unix.AF_INET6, "ipv6", "ipv4")}
		n, is := at[k]
		if !is {
			n = len(problem)
			at[k] = n
			t.Rows.Add("intf", k.dev, "family", k.family)
			problem = append(problem, 0)
		}
		if p.Problem != "" {
			problem[n] = 1
		}
	}
	t.Add(metric.PortProblem, "", metric.Numbers(problem...))
	return t
}

func announced(s *Snapshot) metric.Table {
	var t metric.Table
	t.Rows.Add("family", "ipv4")
	t.Rows.Add("family", "ipv6")
	t.Add(metric.VRRPAnnounced, "", metric.Numbers(float64(s.Announced[0]), float64(s.Announced[1])))
	return t
}

// repairs are what was put back that somebody else had removed.
func repairs(s *Snapshot) metric.Table {
	var t metric.Table
	var n metric.Values
	for _, r := range s.Repairs {
		t.Rows.Add("object", r.Object)
		n.Add(float64(r.Count))
	}
	t.Add(metric.Repairs, "", n)
	return t
}
