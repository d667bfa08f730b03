package services

import (
	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// Data is the snapshot in the layout of keepalived_check.data (cli 6), which people read and some
// scripts grep. ids tells the numbers of users.
func Data(s *Snapshot, ids report.IDs) []byte {
	d := dataWriter{report.NewPage(ids)}
	d.Global(s.Global)
	d.Section("LVS Topology")
	d.Text(1, "System is compiled with LVS v1.2.1")
	for i := range s.Services {
		d.service(&s.Services[i])
	}
	d.Section("Health checkers")
	for _, v := range s.Services {
		for _, r := range v.Servers {
			for _, k := range r.Checkers {
				d.Text(1, "%s -> %s", v.Name, r.Name)
				d.checker(k, s.Global)
			}
		}
	}
	return d.Bytes()
}

type dataWriter struct{ *report.Page }

func (d dataWriter) service(s *lvs.VirtualStatus) {
	v := s.Config
	d.Heading(1, "Virtual server")
	switch {
	case v.Group != "":
		d.Line(1, "VS GROUP", v.Group)
	case v.FWMark != 0:
		d.Line(1, "VS FWMARK", v.FWMark)
	default:
		d.Text(1, "VS VIP = %s, VPORT = %d", v.Addr, v.Port)
	}
	d.Text(3, "Address family = inet%s", report.Word(v.IPv6 || v.Addr.Is6(), "6", ""))
	d.Line(3, "lvs_sched", v.Scheduler)
	for i := range 3 {
		d.Text(3, "flag-%d = %s", i+1, report.Enabled(v.SchedulerFlags&(8<<i) != 0))
	}
	d.Line(3, "One packet scheduling", report.Enabled(v.OnePacket))
	if v.Persistent {
		d.Line(3, "persistence timeout", report.Whole(v.PersistenceTimeout))
		d.Line(3, "persistence granularity", v.PersistenceGranularity)
	}
	d.Line(3, "protocol", protocol(v))
	d.Text(3, "alpha is %s", report.OnOff(v.Alpha))
	d.Text(3, "omega is %s", report.OnOff(v.Omega))
	d.Text(3, "quorum = %d, hysteresis = %d", v.Quorum, v.Hysteresis)
	d.Command(3, "Quorum up notify script", v.QuorumUp)
	d.Command(3, "Quorum down notify script", v.QuorumDown)
	d.Line(3, "Using smtp notification", report.YesNo(v.SMTPAlert))
	d.Line(3, "default forwarding method", method(v.Method))
	if v.Sorry != nil {
		d.Line(3, "sorry server", lvs.ServerName(v, *v.Sorry))
		d.Line(5, "forwarding method", method(v.Sorry.Method))
		d.Text(5, "Inhibit on failure is %s", report.OnOff(v.SorryInhibit))
	}
	alive := 0
	for _, r := range s.Servers {
		alive += report.Bit(r.Up)
	}
	d.Line(3, "alive", report.Bit(alive > 0))
	d.Line(3, "quorum_state_up", report.Bit(s.Quorum == "up"))
	for _, r := range s.Servers {
		d.server(r)
	}
}

func (d dataWriter) server(s lvs.ServerStatus) {
	r := s.Config
	d.Heading(3, "Real server")
	d.Text(3, "RIP = %s, RPORT = %d, WEIGHT = %d EFF WEIGHT = %d", r.Addr, r.Port, s.Weight, s.Weight)
	d.Line(3, "forwarding method", method(r.Method))
	d.Text(3, "Alpha is %s", report.OnOff(r.Alpha))
	d.Text(3, "connection limit range = %d -> %d", r.LowerThreshold, r.UpperThreshold)
	d.Text(3, "Inhibit on failure is %s", report.OnOff(r.InhibitOnFailure))
	d.Command(3, "RS up notify script", r.Scripts().Up)
	d.Command(3, "RS down notify script", r.Scripts().Down)
	d.Line(3, "Using smtp notification", report.YesNo(r.SMTPAlert))
	d.Line(3, "initial weight", r.Weight)
	d.Line(3, "effective weight", s.Weight)
	d.Line(3, "alive", report.Bit(s.Up))
	d.Line(3, "num failed checkers", s.Failed)
	d.Line(3, "RS set", report.Bit(s.InTable))
}

func method(m config.Method) string {
	switch m {
	case config.DR:
		return "DR"
	case config.TUN:
		return "TUN"
	}
	return "NAT"
}

func protocol(v config.VirtualServer) string {
	switch {
	case v.FWMark != 0:
		return "none"
	case v.Protocol == config.UDP:
		return "UDP"
	case v.Protocol == config.SCTP:
		return "SCTP"
	}
	return "TCP"
}
