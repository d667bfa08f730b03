package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

const (
	// dumpFile is the name of the dump file in report.Dir.
	dumpFile = "keepalived_check.data"
	// dumpWait is how long Dump waits for the loop.
	dumpWait = 5 * time.Second
)

// Dump writes keepalived_check.data, the state as of now, readable for its owner only.
// There are no statistics of checks: the other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dumpWait)
	defer cancel()
	s, err := e.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("cannot write the checker data: %w", err)
	}
	e.log.Info(fmt.Sprintf("Printing checker data for process(%d) on signal", os.Getpid()))
	if err := report.Write(dumpFile, s.data()); err != nil {
		return fmt.Errorf("cannot write the checker data: %w", err)
	}
	return nil
}

// data is the snapshot in the layout of keepalived's dump, which people read and some
// scripts grep.
func (s *Snapshot) data() []byte {
	var b bytes.Buffer
	report.Global(&b, s.Global, runas.IDs)
	b.WriteString("------< LVS Topology >------\n System is compiled with LVS v1.2.1\n")
	for i := range s.Services {
		service(&b, &s.Services[i])
	}
	b.WriteString("------< Health checkers >------\n")
	for _, v := range s.Services {
		for _, r := range v.Servers {
			for _, k := range r.Checkers {
				fmt.Fprintf(&b, " %s -> %s\n", v.Name, r.Name)
				checker(&b, k, s.Global)
			}
		}
	}
	return b.Bytes()
}

func service(b *bytes.Buffer, s *lvs.VirtualStatus) {
	v := s.Config
	b.WriteString(" ------< Virtual server >------\n")
	switch {
	case v.Group != "":
		fmt.Fprintf(b, " VS GROUP = %s\n", v.Group)
	case v.FWMark != 0:
		fmt.Fprintf(b, " VS FWMARK = %d\n", v.FWMark)
	default:
		fmt.Fprintf(b, " VS VIP = %s, VPORT = %d\n", v.Addr, v.Port)
	}
	fmt.Fprintf(b, "   Address family = inet%s\n", report.Word(v.IPv6 || v.Addr.Is6(), "6", ""))
	fmt.Fprintf(b, "   lvs_sched = %s\n", v.Scheduler)
	for i := range 3 {
		fmt.Fprintf(b, "   flag-%d = %s\n", i+1, report.Word(v.SchedulerFlags&(8<<i) != 0, "enabled", "disabled"))
	}
	fmt.Fprintf(b, "   One packet scheduling = %s\n", report.Word(v.OnePacket, "enabled", "disabled"))
	if v.Persistent {
		fmt.Fprintf(b, "   persistence timeout = %d\n", v.PersistenceTimeout/time.Second)
		fmt.Fprintf(b, "   persistence granularity = %d\n", v.PersistenceGranularity)
	}
	fmt.Fprintf(b, "   protocol = %s\n", protocol(v))
	fmt.Fprintf(b, "   alpha is %s\n", onOff(v.Alpha))
	fmt.Fprintf(b, "   omega is %s\n", onOff(v.Omega))
	fmt.Fprintf(b, "   quorum = %d, hysteresis = %d\n", v.Quorum, v.Hysteresis)
	report.Command(b, "   Quorum up notify script", v.QuorumUp)
	report.Command(b, "   Quorum down notify script", v.QuorumDown)
	fmt.Fprintf(b, "   Using smtp notification = %s\n", yesNo(v.SMTPAlert))
	fmt.Fprintf(b, "   default forwarding method = %s\n", method(v.Method))
	if v.Sorry != nil {
		fmt.Fprintf(b, "   sorry server = %s\n     forwarding method = %s\n     Inhibit on failure is %s\n",
			lvs.ServerName(v, *v.Sorry), method(v.Sorry.Method), onOff(v.SorryInhibit))
	}
	alive := 0
	for _, r := range s.Servers {
		alive += report.Bit(r.Up)
	}
	fmt.Fprintf(b, "   alive = %d\n   quorum_state_up = %d\n", report.Bit(alive > 0), report.Bit(s.Quorum == "up"))
	for _, r := range s.Servers {
		server(b, r)
	}
}

func server(b *bytes.Buffer, s lvs.ServerStatus) {
	r := s.Config
	b.WriteString("   ------< Real server >------\n")
	fmt.Fprintf(b, "   RIP = %s, RPORT = %d, WEIGHT = %d EFF WEIGHT = %d\n", r.Addr, r.Port, s.Weight, s.Weight)
	fmt.Fprintf(b, "   forwarding method = %s\n", method(r.Method))
	fmt.Fprintf(b, "   Alpha is %s\n", onOff(r.Alpha))
	fmt.Fprintf(b, "   connection limit range = %d -> %d\n", r.LowerThreshold, r.UpperThreshold)
	fmt.Fprintf(b, "   Inhibit on failure is %s\n", onOff(r.InhibitOnFailure))
	report.Command(b, "   RS up notify script", r.Scripts().Up)
	report.Command(b, "   RS down notify script", r.Scripts().Down)
	fmt.Fprintf(b, "   Using smtp notification = %s\n", yesNo(r.SMTPAlert))
	fmt.Fprintf(b, "   initial weight = %d\n   effective weight = %d\n", r.Weight, s.Weight)
	fmt.Fprintf(b, "   alive = %d\n   num failed checkers = %d\n   RS set = %d\n", report.Bit(s.Up), s.Failed, report.Bit(s.InTable))
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

func onOff(c bool) string { return report.Word(c, "ON", "OFF") }
func yesNo(c bool) string { return report.Word(c, "yes", "no") }
