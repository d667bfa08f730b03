package routers

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
	// The index is the kind, so the sections stand in the order of the constants, and not of the
	// file.
	for kind, title := range [...]string{
		config.TrackedInterface: "Tracked interfaces", config.TrackedScript: "Tracked scripts",
		config.TrackedFile:    "Tracked files",
		config.TrackedProcess: "Tracked processes", config.TrackedBFD: "Tracked BFDs",
	} {
		list := tracks.Of(config.TrackKind(kind))
		if len(list) == 0 {
			continue
		}
		d.Text(3, "%s :", title)
		// What stands behind a name is not the same for each kind in keepalived's dump.
		comma := [...]string{config.TrackedFile: ",", config.TrackedProcess: ",", config.TrackedBFD: ":"}[kind]
		for _, t := range list {
			d.Text(5, "%s%s weight %s", t.Name, comma, weight(t.Weight, t.Reverse))
		}
	}
}

func weight(n int, reverse bool) string { return fmt.Sprint(n, report.Word(reverse, " reverse", "")) }

// tracked prints the objects that are tracked, kind by kind.
func (d dataWriter) tracked(s *Snapshot) {
	if len(s.Scripts) > 0 {
		d.Section("VRRP Scripts")
	}
	for _, c := range s.Scripts {
		d.script(s, c)
	}
	d.files(s)
	d.processes(s)
	d.sessions(s)
}

func (d dataWriter) sessions(s *Snapshot) {
	// DeleteFunc moves what it keeps, hence the clone: the list of the snapshot is not ours to
	// change. A session that no instance tracks may be one of the checker's.
	list := slices.DeleteFunc(slices.Clone(s.Sessions), func(b config.BFD) bool {
		return len(trackersOf(s, config.TrackedBFD, b.Name)) == 0
	})
	if len(list) > 0 {
		d.Section("VRRP Track BFDs")
	}
	for _, b := range list {
		up := s.Tracked[vrrp.Tracked{Kind: config.TrackedBFD, Name: b.Name}].Value == 1
		d.Line(1, "VRRP Track BFD", b.Name)
		d.Line(3, "Weight", weight(b.Weight, b.Reverse))
		d.Text(3, "Bfd is %s", report.Word(up, "up", "down"))
		d.trackers(s, config.TrackedBFD, b.Name)
	}
}

func (d dataWriter) files(s *Snapshot) {
	files := slices.DeleteFunc(slices.Clone(s.Files), func(f config.TrackFile) bool {
		return len(trackersOf(s,
			config.TrackedFile, f.Name)) == 0
	})
	if len(files) > 0 {
		d.Section("VRRP Track files")
	}
	for _, f := range files {
		d.Line(1, "Track file", f.Name)
		d.Line(3, "File", f.Path)
		d.Line(3, "Status", s.Tracked[vrrp.Tracked{Kind: config.TrackedFile, Name: f.Name}].Value)
		d.Line(3, "Weight", weight(f.Weight, f.Reverse))
		d.trackers(s, config.TrackedFile, f.Name)
	}
}

// trackedProcesses are those that some instance tracks.
func trackedProcesses(s *Snapshot) []config.TrackProcess {
	return slices.DeleteFunc(slices.Clone(s.Processes), func(p config.TrackProcess) bool {
		return len(trackersOf(s, config.TrackedProcess, p.Name)) == 0
	})
}

func (d dataWriter) processes(s *Snapshot) {
	list := trackedProcesses(s)
	if len(list) > 0 {
		d.Section("VRRP Track processes")
	}
	for _, p := range list {
		count := s.Running[p.Name]
		d.Line(1, "VRRP Track process", p.Name)
		// `process /usr/sbin/named -u bind`: the name first, what follows are parameters.
		d.Line(3, "Process", p.Process[0])
		if len(p.Process) > 1 {
			d.Line(3, "Parameters", strings.Join(p.Process[1:], " "))
			d.Text(3, "%s", [...]string{"Param match", "Param match = initial", "Param match = partial"}[p.Match])
		}
		d.Line(3, "Min processes", p.Quorum)
		// Below 0 there is no limit; 0 is one: no process may run (semantics 5.14).
		if p.QuorumMax >= 0 {
			d.Line(3, "Max processes", p.QuorumMax)
		}
		d.Line(3, "Current processes", count.Running)
		d.Line(3, "Have quorum", s.Tracked[vrrp.Tracked{Kind: config.TrackedProcess, Name: p.Name}].Value == 1)
		d.Line(3, "Weight", weight(p.Weight, p.Reverse))
		d.Line(3, "Terminate delay", fmt.Sprintf("%.6fs", p.TerminateDelay.Seconds()))
		d.Line(3, "Fork delay", fmt.Sprintf("%.6fs", p.ForkDelay.Seconds()))
		d.Text(3, "Fork delay timer %srunning", report.Word(count.Forked, "", "not "))
		d.Text(3, "Terminate delay timer %srunning", report.Word(count.Exited, "", "not "))
		d.Line(3, "Full command", p.FullCommand)
		d.trackers(s, config.TrackedProcess, p.Name)
	}
}

func (d dataWriter) script(s *Snapshot, c config.Script) {
	d.Line(1, "VRRP Script", c.Name)
	d.Line(3, "Command", report.Command(c.Command))
	d.Line(3, "Interval", report.Seconds(c.Interval)+" sec")
	d.Line(3, "Timeout", report.Seconds(c.Timeout)+" sec")
	d.Line(3, "Weight", c.Weight)
	d.Line(3, "Rise", c.Rise)
	d.Line(3, "Fall", c.Fall)
	// A script that nobody uses is never run (semantics 5.12), and has the zero run here.
	run := s.Runs[c.Name]
	d.Line(3, "Result", run.Result)
	// Not Known is INIT: before the first result there is neither good nor bad (semantics 5.7).
	result := s.Tracked[vrrp.Tracked{Kind: config.TrackedScript, Name: c.Name}]
	d.Line(3, "Insecure", "no") // an insecure one is not run
	d.Line(3, "Status", report.Word(!result.Known, "INIT", report.Word(result.Value == 1, "GOOD", "BAD")))
	d.Line(3, "Script uid:gid", d.Owner(c.Command, s.Global))
	d.trackers(s, config.TrackedScript, c.Name)
	d.Line(3, "State", report.Word(run.Running, "running", "idle"))
}

// trackers prints who tracks an object.
func (d dataWriter) trackers(s *Snapshot, kind config.TrackKind, name string) {
	d.List(3, "Tracking instances :", trackersOf(s, kind, name))
}

// trackersOf are the instances that track an object, by themselves or by their group.
func trackersOf(s *Snapshot, kind config.TrackKind, name string) (lines []string) {
	for _, i := range s.Instances {
		// What a group tracks holds for all its members (semantics 5.16). Concat makes a new list:
		// append could write into that of a configuration which is in use.
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
