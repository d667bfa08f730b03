package services

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
	"holdfast/internal/speaker"
)

// Data is the snapshot in the layout of keepalived_check.data (cli 6), which people read and some
// scripts grep. ids tells the numbers of users.
func Data(s *Snapshot, ids report.IDs) []byte {
	d := dataWriter{report.NewPage(ids)}
	d.Global(s.Global)
	d.ssl(s.SSL)
	d.Section("LVS Topology")
	d.Text(1, "System is compiled with LVS v1.2.1")
	for _, g := range s.Groups {
		d.group(g, s.Marks)
	}
	for i := range s.Services {
		d.service(&s.Services[i], s)
	}
	d.Section("Health checkers")
	for _, v := range s.Services {
		for _, r := range v.Servers {
			for _, k := range r.Checkers {
				d.Text(1, "%s -> %s", v.Name, r.Name)
				d.checker(k, !v.Suspended, s.Global)
			}
		}
	}
	d.files(s)
	d.marks(s.Marks)
	d.neighbors(s.Neighbors)
	return d.Bytes()
}

type dataWriter struct{ *report.Page }

// marks tells of the marks in lines of ours, where packets are marked.
func (d dataWriter) marks(m Marks) {
	if m.Ranges == 0 && m.Problem == "" && m.Restored == 0 {
		return
	}
	d.Section("Marks of packets")
	d.Line(1, "Table", m.Table)
	d.Line(1, "Ranges of addresses", m.Ranges)
	d.Line(1, "Made again after somebody else changed it", m.Restored)
	d.Given(1, "Problem", m.Problem)
}

// neighbors tells, in lines of ours, of the routers that hear by BGP of what is announced.
func (d dataWriter) neighbors(all []speaker.Session) {
	if len(all) == 0 {
		return
	}
	d.Section("BGP neighbors")
	for _, n := range all {
		d.Line(1, "Neighbor", n.Neighbor)
		d.Line(3, "AS", n.RemoteAS)
		d.Line(3, "State", n.State)
		d.Line(3, "Since", report.Date(n.Since))
		d.Line(3, "Prefixes", n.Told)
		d.Line(3, "Lost", n.Losses)
		if n.BFD != "" {
			d.Line(3, "BFD session", n.BFD+" "+n.Way.String())
		}
		d.Given(3, "Error", n.Error)
		d.Given(3, "Program", n.Program)
	}
}

// ssl leaves out the password, which keepalived shows.
func (d dataWriter) ssl(s SSL) {
	d.Section("SSL definitions")
	if s == (SSL{}) {
		d.Text(1, "Using autogen SSL context")
		return
	}
	if s.Password {
		d.Text(1, "Password : (not shown)")
	}
	for _, f := range [...]struct{ what, path string }{
		{"CA-file", s.CA}, {"Certificate file", s.Certificate}, {"Key file", s.Key},
	} {
		if f.path != "" {
			d.Text(1, "%s : %s", f.what, f.path)
		}
	}
	if s.Unverified {
		d.Text(1, "Servers are not verified")
	}
}

func (d dataWriter) group(g config.ServerGroup, m Marks) {
	// A group may mix families; an entry by mark has none of its own.
	has := func(f config.Family) bool {
		return slices.ContainsFunc(g.Entries, func(e config.GroupEntry) bool { return !e.ByMark() && e.Family == f })
	}
	d.Heading(1, "Virtual server group")
	d.Line(1, "Virtual Server Group", fmt.Sprintf("%s, IPv4 = %s, IPv6 = %s",
		g.Name, report.YesNo(has(config.IPv4)), report.YesNo(has(config.IPv6))))
	if m.On && !g.HasMarks() {
		of := func(p config.Protocol) uint32 { return m.Of[lvs.MarkedGroup{Group: g.Name, Protocol: p}] }
		d.Text(2, "Fwmark TCP: %d UDP: %d SCTP: %d", of(config.TCP), of(config.UDP), of(config.SCTP))
	}
	for _, e := range g.Entries {
		switch {
		case e.ByMark():
			d.Line(3, "FWMARK", e.FWMark)
		// `10.0.0.1-5 80` is a range, `10.0.0.1 80` a range of one.
		case e.First == e.Last:
			d.Text(3, "VIP = %s, VPORT = %d", e.First, e.Port)
		default:
			d.Text(3, "VIP Range = %s-%s, VPORT = %d", e.First, e.Last, e.Port)
		}
	}
}

func (d dataWriter) service(s *lvs.VirtualStatus, of *Snapshot) {
	v, g := s.Config, of.Global
	d.Heading(1, "Virtual server")
	switch {
	case v.Group != "":
		d.Line(1, "VS GROUP", s.Name)
	case v.FWMark != 0:
		d.Line(1, "VS FWMARK", v.FWMark)
	default:
		d.Text(1, "VS VIP = %s, VPORT = %d", v.Addr, v.Port)
	}
	d.Text(3, "Address family = inet%s", report.Word(v.IPv6 || v.Addr.Is6(), "6", ""))
	d.scheduler(v)
	if table, known := of.Slots[s.ID]; known {
		d.Line(3, "Table of mh", table)
	}
	if digest, known := of.Digests[s.ID]; known {
		d.Line(3, "Hash of the table", hash(digest))
	}
	if s.Asked != 0 {
		d.Line(3, "Hash of the configured table", hash(s.Asked))
	}
	d.Line(3, "protocol", protocol(v))
	d.Text(3, "alpha is %s", report.OnOff(v.Alpha))
	d.Text(3, "omega is %s", report.OnOff(v.Omega))
	d.Text(3, "quorum = %d, hysteresis = %d", v.Quorum, v.Hysteresis)
	d.Program(3, "Quorum up notify script", v.QuorumUp, g, "")
	d.Program(3, "Quorum down notify script", v.QuorumDown, g, "")
	if v.HASuspend {
		d.Text(3, "Using HA suspend")
	}
	d.Line(3, "Using smtp notification", report.YesNo(v.SMTPAlert))
	d.Line(3, "default forwarding method", method(v.Method))
	if v.Sorry != nil {
		d.Line(3, "sorry server", v.ServerName(v.Sorry))
		d.Line(5, "forwarding method", method(v.Sorry.Method))
		d.Text(5, "Inhibit on failure is %s", report.OnOff(v.SorryInhibit))
		d.Line(5, "in use", report.YesNo(s.SorryIn))
	}
	d.reserve(s)
	d.Line(3, "alive", report.Bit(s.InTable))
	d.Line(3, "effective weight of servers that are up", s.Live)
	d.Line(3, "quorum_state_up", report.Bit(s.Quorum == "up"))
	if n := of.Repaired[s.ID]; n > 0 {
		d.Line(3, "Repaired after somebody else changed it", n)
	}
	for _, a := range of.Announced[s.ID] {
		d.announced(a)
	}
	for _, r := range s.Servers {
		d.server(r, g)
	}
}

// announced writes what a service shows to routing daemons.
func (d dataWriter) announced(a Announced) {
	d.Line(3, report.Word(a.On, "Announced", "Not announced"), a.Place)
	if !a.Since.IsZero() {
		d.Line(5, "Since", report.Date(a.Since))
	}
	if !a.On {
		d.Line(5, "Reason", a.Why)
	}
	if a.Problem != "" {
		d.Line(5, "Problem", a.Problem)
	}
}

// scheduler writes how connections are spread.
func (d dataWriter) scheduler(v config.VirtualServer) {
	d.Line(3, "lvs_sched", v.Scheduler)
	d.Line(3, "Hashed", report.Enabled(false)) // of old kernels
	for _, f := range flags(v.Scheduler) {
		d.Line(3, f.name, report.Enabled(v.SchedulerFlags&f.bit != 0))
	}
	// The kernel knows `ops` of UDP only: it is shown as written, and that it does nothing.
	ops := report.Enabled(v.OnePacket)
	if v.OnePacket && protocol(v) != "UDP" {
		ops += " (inactive due to not UDP)"
	}
	d.Line(3, "One packet scheduling", ops)
	if v.SharedClients {
		d.Line(3, "Shared clients", report.Enabled(true))
	}
	if !v.Persistent {
		return
	}
	d.Line(3, "persistence timeout", report.Whole(v.PersistenceTimeout))
	n := int(v.PersistenceGranularity)
	switch {
	// The default, each client by itself, has no line: 128 bits here, 32 below, or nothing written.
	case v.IPv6 || v.Addr.Is6():
		if n != 0 && n != 128 {
			d.Line(3, "persistence granularity", n)
		}
	case n != 0 && n != 32:
		d.Line(3, "persistence granularity", net.IP(net.CIDRMask(n, 32)))
	}
}

// A flag is one of a scheduler's three.
type flag struct {
	name string
	bit  uint32 // IP_VS_SVC_F_SCHED1..3
}

// flags are those that a scheduler knows, in keepalived's order.
func flags(scheduler string) []flag {
	switch scheduler {
	case "sh", "mh":
		// These two give the bits names of their own: SCHED1 (8) is fallback, SCHED2 (16) port.
		return []flag{{scheduler + "-port", 16}, {scheduler + "-fallback", 8}}
	}
	return []flag{{"flag-1", 8}, {"flag-2", 16}, {"flag-3", 32}}
}

func (d dataWriter) server(s lvs.ServerStatus, g config.Global) {
	r := s.Config
	d.Heading(3, "Real server")
	// The weight of the file stands below as the initial one: a check may have changed it.
	d.Text(3, "RIP = %s, RPORT = %d, WEIGHT = %d EFF WEIGHT = %d", r.Addr, r.Port, s.Weight, s.Weight)
	d.Line(3, "forwarding method", method(r.Method))
	d.Text(3, "Alpha is %s", report.OnOff(r.Alpha))
	d.Text(3, "connection limit range = %d -> %d", r.LowerThreshold, r.UpperThreshold)
	d.Text(3, "Inhibit on failure is %s", report.OnOff(r.InhibitOnFailure))
	d.Program(5, "RS up notify script", r.Scripts().Up, g, "")
	d.Program(5, "RS down notify script", r.Scripts().Down, g, "")
	d.Line(3, "Using smtp notification", report.YesNo(r.SMTPAlert))
	d.Line(3, "initial weight", r.Weight)
	d.Line(3, "effective weight", s.Weight)
	d.Line(3, "alive", report.Bit(s.Up))
	d.Line(3, "num failed checkers", s.Failed)
	d.Line(3, "RS set", report.Bit(s.InTable))
	d.growth(s)
	d.tracked(s)
}

// reserve has lines of ours, when there are servers in reserve.
func (d dataWriter) reserve(s *lvs.VirtualStatus) {
	if slices.ContainsFunc(s.Servers, func(r lvs.ServerStatus) bool { return r.Config.Backup }) {
		d.Line(3, "serving", s.Pool)
		d.Line(3, "effective weight of backup servers that are up", s.Backup)
	}
}

// growth has lines of ours about a weight that is not always what it is.
func (d dataWriter) growth(s lvs.ServerStatus) {
	if s.Config.Backup {
		d.Line(3, "Backup", report.YesNo(true))
	}
	if s.Config.SlowStart > 0 {
		d.Text(3, "Slow start = %f", s.Config.SlowStart.Seconds())
	}
	if !s.Grown.IsZero() {
		d.Line(3, "Weight so far", s.Written)
		d.Line(3, "Whole weight at", report.Date(s.Grown))
	}
}

// method is how packets get to a server. Of tunnels there is one type as long as the options of lvs_method have
// no effect.
func method(m config.Method) string {
	if m == config.TUN {
		return "TUN, type = IPIP"
	}
	return m.String()
}

func protocol(v config.VirtualServer) string {
	// A mark of the firewall takes packets of any protocol.
	if v.FWMark != 0 {
		return config.ProtocolNone.String() // in small letters
	}
	return strings.ToUpper(v.Protocol.String())
}
