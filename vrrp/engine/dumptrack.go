package engine

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/internal/report"
	"holdfast/vrrp"
)

// tracks prints what an instance or a group tracks.
func (d dataWriter) tracks(tracks config.Tracks) {
	for kind, title := range [...]string{
		config.TrackedInterface: "Tracked interfaces", config.TrackedScript: "Tracked scripts", config.TrackedFile: "Tracked files",
		config.TrackedProcess: "Tracked processes",
	} {
		list := tracks.Of(config.TrackKind(kind))
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(d.b, "   %s :\n", title)
		comma := report.Word(config.TrackKind(kind) >= config.TrackedFile, ",", "")
		for _, t := range list {
			fmt.Fprintf(d.b, "     %s%s weight %s\n", t.Name, comma, weight(t.Weight, t.Reverse))
		}
	}
}

func weight(n int, reverse bool) string { return fmt.Sprint(n, report.Word(reverse, " reverse", "")) }

// tracked prints the objects that are tracked, kind by kind.
func (d dataWriter) tracked(s *Snapshot) {
	if len(s.Scripts) > 0 {
		d.b.WriteString("------< VRRP Scripts >------\n")
	}
	for _, c := range s.Scripts {
		d.script(s, c)
	}
	d.files(s)
	d.processes(s)
}

func (d dataWriter) files(s *Snapshot) {
	files := slices.DeleteFunc(slices.Clone(s.Files), func(f config.TrackFile) bool { return len(trackersOf(s, config.TrackedFile, f.Name)) == 0 })
	if len(files) > 0 {
		d.b.WriteString("------< VRRP Track files >------\n")
	}
	for _, f := range files {
		d.line(1, "Track file", f.Name)
		d.line(3, "File", f.Path)
		d.line(3, "Status", s.Tracked[vrrp.Tracked{Kind: config.TrackedFile, Name: f.Name}].Value)
		d.line(3, "Weight", weight(f.Weight, f.Reverse))
		d.trackers(s, config.TrackedFile, f.Name)
	}
}

func (d dataWriter) processes(s *Snapshot) {
	list := slices.DeleteFunc(slices.Clone(s.Processes), func(p config.TrackProcess) bool { return len(trackersOf(s, config.TrackedProcess, p.Name)) == 0 })
	if len(list) > 0 {
		d.b.WriteString("------< VRRP Track processes >------\n")
	}
	for _, p := range list {
		count := s.Running[p.Name]
		d.line(1, "VRRP Track process", p.Name)
		d.line(3, "Process", p.Process[0])
		if len(p.Process) > 1 {
			d.line(3, "Parameters", strings.Join(p.Process[1:], " "))
			d.b.WriteString([...]string{"   Param match\n", "   Param match = initial\n", "   Param match = partial\n"}[p.Match])
		}
		d.line(3, "Min processes", p.Quorum)
		if p.QuorumMax >= 0 {
			d.line(3, "Max processes", p.QuorumMax)
		}
		d.line(3, "Current processes", count.Running)
		d.line(3, "Have quorum", s.Tracked[vrrp.Tracked{Kind: config.TrackedProcess, Name: p.Name}].Value == 1)
		d.line(3, "Weight", weight(p.Weight, p.Reverse))
		d.line(3, "Terminate delay", fmt.Sprintf("%.6fs", p.TerminateDelay.Seconds()))
		d.line(3, "Fork delay", fmt.Sprintf("%.6fs", p.ForkDelay.Seconds()))
		fmt.Fprintf(d.b, "   Fork delay timer %srunning\n   Terminate delay timer %srunning\n",
			report.Word(count.Forked, "", "not "), report.Word(count.Exited, "", "not "))
		d.line(3, "Full command", p.FullCommand)
		d.trackers(s, config.TrackedProcess, p.Name)
	}
}

func (d dataWriter) script(s *Snapshot, c config.Script) {
	d.line(1, "VRRP Script", c.Name)
	d.line(3, "Command", command(c.Command))
	d.line(3, "Interval", report.Seconds(c.Interval)+" sec")
	d.line(3, "Timeout", report.Seconds(c.Timeout)+" sec")
	d.line(3, "Weight", c.Weight)
	d.line(3, "Rise", c.Rise)
	d.line(3, "Fall", c.Fall)
	result := s.Tracked[vrrp.Tracked{Kind: config.TrackedScript, Name: c.Name}]
	d.line(3, "Insecure", "no") // an insecure one is not run
	d.line(3, "Status", report.Word(!result.Known, "INIT", report.Word(result.Value == 1, "GOOD", "BAD")))
	d.line(3, "Script uid:gid", owner(s.Global, c.Command))
	d.trackers(s, config.TrackedScript, c.Name)
}

// trackers prints who tracks an object.
func (d dataWriter) trackers(s *Snapshot, kind config.TrackKind, name string) {
	d.b.WriteString("   Tracking instances :\n")
	for _, line := range trackersOf(s, kind, name) {
		d.b.WriteString("     " + line + "\n")
	}
}

// trackersOf are the instances that track an object, by themselves or by their group.
func trackersOf(s *Snapshot, kind config.TrackKind, name string) (lines []string) {
	for _, i := range s.Instances {
		tracks := i.Config.Tracks
		for _, g := range s.Groups {
			if slices.Contains(g.Members, i.Config.Name) {
				tracks = slices.Concat(tracks, g.Tracks)
			}
		}
		for _, t := range tracks {
			if t.Kind == kind && t.Name == name {
				lines = append(lines, fmt.Sprintf("%s, weight %s", i.Config.Name, weight(t.Weight, t.Reverse)))
			}
		}
	}
	return lines
}
