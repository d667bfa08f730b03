package services

import (
	"fmt"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// tracked prints the files that the checkers of a server follow.
func (d dataWriter) tracked(s lvs.ServerStatus) {
	first := true
	for _, k := range s.Checkers {
		if k.File.Name == "" {
			continue
		}
		if first {
			d.Text(3, "Tracked Files")
		}
		first = false
		d.Text(5, "%s, weight %s", k.File.Name, weight(k.File.Weight, k.File.Reverse))
	}
}

// files prints the files that checkers follow, with who follows them.
func (d dataWriter) files(s *Snapshot) {
	if len(s.Files) > 0 {
		d.Section("Checker track files")
	}
	for _, f := range s.Files {
		d.Line(1, "Track file", f.Config.Name)
		d.Line(3, "File", f.Config.Path)
		d.Line(3, "Status", f.Value)
		d.Line(3, "Weight", weight(f.Config.Weight, f.Config.Reverse))
		d.List(3, "Tracking instances :", followersOf(s, f.Config))
	}
}

func followersOf(s *Snapshot, f config.TrackFile) (lines []string) {
	for _, v := range s.Services {
		for _, r := range v.Servers {
			for _, k := range r.Checkers {
				if k.File.Name == f.Name {
					lines = append(lines, fmt.Sprintf("%s -> %s, weight %s", v.Name, r.Name,
						weight(k.File.Weight, k.File.Reverse)))
				}
			}
		}
	}
	return lines
}

func weight(n int, reverse bool) string { return fmt.Sprint(n, report.Word(reverse, " reverse", "")) }
