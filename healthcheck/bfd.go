package healthcheck

import (
	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// bfdKind is BFD_CHECK, which makes no attempts: the bfd role tells how its sessions fare.
func bfdKind() *Kind {
	// No Probe: the engine hears from the other role and tells the core.
	return &Kind{Dump: func(d *report.Page, s lvs.CheckerStatus, g config.Global) {
		dumpMethod(d, s, g)
		d.Line(3, "Name", s.Config.BFD)
		d.Line(3, "Alpha", report.YesNo(s.Config.Alpha))
	}}
}
