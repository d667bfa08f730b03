package healthcheck

import (
	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// fileKind is FILE_CHECK, which makes no attempts: a track_file is watched.
func fileKind() *Kind {
	// No Probe: the engine has the file watched and tells the core of its number.
	return &Kind{Dump: func(d *report.Page, s lvs.CheckerStatus, g config.Global) {
		dumpMethod(d, s, g)
		d.Line(5, "Tracked file", s.Config.File.TrackFile)
	}}
}
