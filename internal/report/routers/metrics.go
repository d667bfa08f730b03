package routers

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/metric"
	"holdfast/internal/report"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// Metrics is the snapshot for those who count and measure.
func Metrics(s *Snapshot) state.Report {
	w := stateWriter{s: s, groups: map[string]string{}}
	m := metrics{s: s}
	for n := range s.Instances {
		i := &s.Instances[n]
		out := w.instance(i)
		m.instance(i)
		m.addressStates(i)
		m.addresses(&out)
	}
	m.instances.table(s)
	tables := []metric.Table{m.states, m.excluded, m.instances.Table}
	tables = append(tables, m.tracked()...)
	tables = append(tables, m.ports(), m.announced(), m.repairs())
	return state.Report{At: s.At.UnixNano(), Tables: tables, NotReady: w.notReady}
}

type metrics struct {
	s                *Snapshot
	states, excluded metric.Table
	instances        instanceTable
}

// An instanceTable has a row for each instance.
type instanceTable struct {
	metric.Table
	wanted, missing, stray metric.Values
}

func labelsOf(i *vrrp.Status) (name, dev, vrid string) {
	return i.Config.Name, i.Config.Interface, strconv.Itoa(int(i.Config.VRID))
}

func (m *metrics) instance(i *vrrp.Status) {
	name, dev, vrid := labelsOf(i)
	m.instances.Rows.Add("iname", name, "intf", dev, "vrid", vrid)
}

// addressStates tell the state of an instance once for each of its addresses, with its words of the dump: what is first
// there, and the interface behind "dev" (keepalived-exporter).
func (m *metrics) addressStates(i *vrrp.Status) {
	name, dev, vrid := labelsOf(i)
	add := func(to *metric.Table, family string, lines []string) {
		if len(to.Columns) == 0 {
			to.Add(family, "", nil)
		}
		seen := map[[2]string]bool{}
		for _, line := range lines {
			words := strings.Split(line, " ")
			if len(words) < 3 || seen[[2]string{words[0], words[2]}] {
				continue
			}
			seen[[2]string{words[0], words[2]}] = true
			to.Rows.Add("iname", name, "intf", words[2], "vrid", vrid, "ip_address", words[0])
			to.Columns[0].Values = append(to.Columns[0].Values, float64(i.State))
		}
	}
	add(&m.states, metric.VRRPState, addressLines(*i, i.Config.VIPs))
	add(&m.excluded, metric.VRRPExcludedState, addressLines(*i, i.Config.ExcludedVIPs))
	if len(i.Config.VIPs) == 0 {
		m.states.Rows.Add("iname", name, "intf", dev, "vrid", vrid, "ip_address", "")
		m.states.Columns[0].Values = append(m.states.Columns[0].Values, float64(i.State))
	}
}

func (m *metrics) addresses(out *state.Instance) {
	var wanted, missing, stray float64
	for _, a := range out.Addresses {
		switch {
		case a.Wanted && !a.Present:
			missing++
			wanted++
		case a.Wanted:
			wanted++
		case a.Present:
			stray++
		}
	}
	t := &m.instances
	t.wanted, t.missing, t.stray = append(t.wanted, wanted), append(t.missing, missing), append(t.stray, stray)
}

// table fills the columns.
func (t *instanceTable) table(s *Snapshot) {
	add := func(family, labels string, value func(*vrrp.Status) float64) {
		values := make(metric.Values, len(s.Instances))
		for n := range values {
			values[n] = value(&s.Instances[n])
		}
		t.Add(family, labels, values)
	}
	for n, c := range metric.AdoptedCounters() {
		add(c.Name, "", func(i *vrrp.Status) float64 { return float64(adopted(&i.Counters)[n]) })
	}
	add(metric.GARPDelay, "", func(i *vrrp.Status) float64 { return float64(report.Whole(i.Config.GARPDelay)) })
	add(metric.VRRPPriority, metric.Labels("kind", "base"), func(i *vrrp.Status) float64 {
		return float64(i.Config.Priority)
	})
	add(metric.VRRPPriority, metric.Labels("kind", "effective"), func(i *vrrp.Status) float64 {
		return float64(i.EffectivePriority)
	})
	add(metric.VRRPMasterPriority, "", masterPriority)
	add(metric.VRRPTransition, "", func(i *vrrp.Status) float64 { return moment(i.LastTransition) })
	for from := vrrp.Init; from <= vrrp.Fault; from++ {
		for to := vrrp.Init; to <= vrrp.Fault; to++ {
			if from != to {
				add(metric.VRRPTransitions, metric.Labels("from", from.String(), "to", to.String()),
					func(i *vrrp.Status) float64 { return float64(i.Moves[from][to]) })
			}
		}
	}
	for n, r := range refusals(&vrrp.Counters{}) {
		add(metric.VRRPRefused, metric.Labels("reason", r.reason), func(i *vrrp.Status) float64 {
			return float64(refusals(&i.Counters)[n].count)
		})
	}
	add(metric.VRRPLate, "", func(i *vrrp.Status) float64 { return float64(i.Counters.LateWakeups) })
	add(metric.VRRPTwoMasters, "", otherMasters)
	add(metric.VRRPSecondMaster, "", func(i *vrrp.Status) float64 { return float64(i.Counters.SecondMaster) })
	add(metric.VRRPFaults, "", func(i *vrrp.Status) float64 { return float64(len(i.Faults)) })
	add(metric.VRRPInterval, "", func(i *vrrp.Status) float64 { return i.Config.AdvertInt.Seconds() })
	add(metric.VRRPDown, "", func(i *vrrp.Status) float64 { return i.DownInterval.Seconds() })
	t.Add(metric.VRRPAddresses, metric.Labels("condition", "wanted"), t.wanted)
	t.Add(metric.VRRPAddresses, metric.Labels("condition", "missing"), t.missing)
	t.Add(metric.VRRPAddresses, metric.Labels("condition", "stray"), t.stray)
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

func masterPriority(i *vrrp.Status) float64 {
	switch {
	case i.State == vrrp.Master:
		return float64(i.EffectivePriority)
	case i.MasterAddr.IsValid():
		return float64(i.MasterPriority)
	}
	return metric.None()
}

func otherMasters(i *vrrp.Status) (n float64) {
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
func (m *metrics) tracked() []metric.Table {
	var scripts, objects, files metric.Table
	var status, running, up, value metric.Values
	for _, c := range m.s.Scripts {
		scripts.Rows.Add("name", c.Name)
		v := m.s.Tracked[vrrp.Tracked{Kind: config.TrackedScript, Name: c.Name}]
		status = append(status, known(v, truth(v.Value == 1)))
		running = append(running, truth(m.s.Runs[c.Name].Running))
	}
	w := stateWriter{s: m.s}
	for _, t := range w.trackers() {
		if t.Status == "value" {
			files.Rows.Add("name", t.Name)
			value = append(value, float64(t.Value))
			continue
		}
		objects.Rows.Add("kind", t.Kind, "name", t.Name)
		up = append(up, truth(t.Status == "up"))
		if t.Status == "unknown" {
			up[len(up)-1] = metric.None()
		}
	}
	scripts.Add(metric.ScriptStatus, "", status)
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
func (m *metrics) ports() metric.Table {
	type port struct{ dev, family string }
	var t metric.Table
	at := map[port]int{}
	var problem metric.Values
	for _, p := range m.s.Ports {
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
	t.Add(metric.PortProblem, "", problem)
	return t
}

func (m *metrics) announced() metric.Table {
	var t metric.Table
	t.Rows.Add("family", "ipv4")
	t.Rows.Add("family", "ipv6")
	t.Add(metric.VRRPAnnounced, "", metric.Values{float64(m.s.Announced[0]), float64(m.s.Announced[1])})
	return t
}

// repairs are what was put back that somebody else had removed.
func (m *metrics) repairs() metric.Table {
	var t metric.Table
	var n metric.Values
	for _, r := range m.s.Repairs {
		t.Rows.Add("object", r.Object)
		n = append(n, float64(r.Count))
	}
	t.Add(metric.Repairs, "", n)
	return t
}
