package mib

import (
	"strings"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// A trackRow is something that an instance or group tracks.
type trackRow struct {
	index agentx.OID
	config.Track
}

// tracking is a table of tracked objects: name, weight and reversal in columns from the first on.
func tracking(number, first uint32, rows []trackRow) part {
	return &table[trackRow]{entry: under(2, number, 1), rows: rows,
		index: func(t *trackRow) agentx.OID { return t.index },
		columns: []column[trackRow]{
			{first, func(t *trackRow) agentx.Value { return agentx.Bytes(t.Name) }},
			{first + 1, func(t *trackRow) agentx.Value { return agentx.Int(t.Weight) }},
			{first + 2, func(t *trackRow) agentx.Value { return truth(t.Reverse) }},
		}}
}

// of are the tracked objects of a kind: of instances, and of groups.
func (v *view) of(kind config.TrackKind) (instances, groups []trackRow) {
	rows := func(n int, tracks config.Tracks, alone bool) (all []trackRow) {
		for i, t := range tracks.Of(kind) {
			v.own(&t)
			if alone && kind == config.TrackedInterface {
				t.Weight = 0 // it has no say in the priority
			}
			all = append(all, trackRow{agentx.OID{uint32(n + 1), uint32(i + 1)}, t})
		}
		return all
	}
	for n := range v.cfg.Instances {
		i := &v.cfg.Instances[n]
		instances = append(instances, rows(n, i.Tracks, v.rigid[i.Name])...)
	}
	for n := range v.cfg.Groups {
		groups = append(groups, rows(n, v.cfg.Groups[n].Tracks, false)...)
	}
	return instances, groups
}

// own gives a tracked file, process or session the weight of its own, which is what keepalived shows whatever the
// tracker says.
func (v *view) own(t *config.Track) {
	switch t.Kind {
	case config.TrackedFile:
		for _, f := range v.cfg.TrackFiles {
			if f.Name == t.Name {
				t.Weight, t.Reverse = f.Weight, f.Reverse
			}
		}
	case config.TrackedProcess:
		for _, p := range v.cfg.TrackProcesses {
			if p.Name == t.Name {
				t.Weight, t.Reverse = p.Weight, p.Reverse
			}
		}
	case config.TrackedBFD:
		for _, b := range v.cfg.Sessions() {
			if b.Name == t.Name {
				t.Weight, t.Reverse = b.Weight, b.Reverse
			}
		}
	}
}

// tracks are the tables of tracked interfaces and scripts of instances, which stand before the addresses.
func (v *view) tracks() Tree {
	interfaces, _ := v.of(config.TrackedInterface)
	scripts, _ := v.of(config.TrackedScript)
	return Tree{tracking(4, 1, interfaces), tracking(5, 2, scripts)}
}

// moreTracks are those that stand behind the routes.
func (v *view) moreTracks() Tree {
	_, interfaces := v.of(config.TrackedInterface)
	_, scripts := v.of(config.TrackedScript)
	files, filesOfGroups := v.of(config.TrackedFile)
	sessions, sessionsOfGroups := v.of(config.TrackedBFD)
	processes, processesOfGroups := v.of(config.TrackedProcess)
	return Tree{
		tracking(12, 2, files), v.files(), tracking(14, 1, interfaces), tracking(15, 2, scripts),
		tracking(16, 2, filesOfGroups), tracking(17, 2, sessions), v.sessions(), tracking(19, 2, sessionsOfGroups),
		tracking(20, 2, processes), v.processes(), tracking(22, 2, processesOfGroups),
	}
}

// An object is something that is tracked by somebody, with its number.
type object[T any] struct {
	n   int
	cfg T
	is  state.TrackedObject
}

func (o *object[T]) index() agentx.OID { return numbered(o.n) }

// used are the objects of a kind that somebody tracks, numbered among themselves.
func used[T any](v *view, kind config.TrackKind, all []T, name func(*T) string) []object[T] {
	var some []object[T]
	for i := range all {
		if is, known := v.tracked[tracked{kind, name(&all[i])}]; known {
			some = append(some, object[T]{len(some) + 1, all[i], is})
		}
	}
	return some
}

// objects are the tables of scripts.
func (v *view) objects() Tree {
	type row = object[config.Script]
	return Tree{&table[row]{entry: under(2, 9, 1), index: (*row).index,
		rows: used(v, config.TrackedScript, v.cfg.Scripts, func(s *config.Script) string { return s.Name }),
		columns: []column[row]{
			{2, func(r *row) agentx.Value { return agentx.Bytes(r.cfg.Name) }},
			{3, func(r *row) agentx.Value { return program(&r.cfg) }},
			{4, func(r *row) agentx.Value { return agentx.Int(int(r.cfg.Interval.Seconds())) }},
			{5, func(r *row) agentx.Value { return agentx.Int(r.cfg.Weight) }},
			{6, func(r *row) agentx.Value { return scriptResult(&r.is) }},
			{7, func(r *row) agentx.Value { return agentx.Gauge(uint32(r.cfg.Rise)) }},
			{8, func(r *row) agentx.Value { return agentx.Gauge(uint32(r.cfg.Fall)) }},
			{9, func(r *row) agentx.Value { return truth(r.cfg.Reverse) }},
		}}}
}

// program is what a script runs, or the file that it reads.
func program(s *config.Script) agentx.Value {
	if s.FileTest != "" {
		return agentx.Bytes("<" + s.FileTest)
	}
	return command(s.Command)
}

// scriptResult: 1 before the first result, 2 for bad, 3 for good.
func scriptResult(is *state.TrackedObject) agentx.Value {
	if !is.Known {
		return agentx.Int(1)
	}
	return either(is.Value != 0, 3, 2)
}

func (v *view) files() part {
	type row = object[config.TrackFile]
	return &table[row]{entry: under(2, 13, 1), index: (*row).index,
		rows: used(v, config.TrackedFile, v.cfg.TrackFiles, func(f *config.TrackFile) string { return f.Name }),
		columns: []column[row]{
			{2, func(r *row) agentx.Value { return agentx.Bytes(r.cfg.Name) }},
			{3, func(r *row) agentx.Value { return agentx.Bytes(r.cfg.Path) }},
			{4, func(r *row) agentx.Value { return agentx.Int(r.is.Value) }},
			{5, func(r *row) agentx.Value { return agentx.Int(r.cfg.Weight) }},
			{6, func(r *row) agentx.Value { return truth(r.cfg.Reverse) }},
		}}
}

func (v *view) sessions() part {
	type row = object[config.BFD]
	return &table[row]{entry: under(2, 18, 1), index: (*row).index,
		rows: used(v, config.TrackedBFD, v.cfg.Sessions(), func(b *config.BFD) string { return b.Name }),
		columns: []column[row]{
			{2, func(r *row) agentx.Value { return agentx.Bytes(r.cfg.Name) }},
			{3, func(r *row) agentx.Value { return agentx.Int(r.is.Value) }},
			{4, func(r *row) agentx.Value { return agentx.Int(r.cfg.Weight) }},
			{5, func(r *row) agentx.Value { return truth(r.cfg.Reverse) }},
		}}
}

func (v *view) processes() part {
	type row = object[config.TrackProcess]
	return &table[row]{entry: under(2, 21, 1), index: (*row).index,
		rows: used(v, config.TrackedProcess, v.cfg.TrackProcesses, func(p *config.TrackProcess) string { return p.Name }),
		columns: []column[row]{
			{2, func(r *row) agentx.Value { return agentx.Bytes(r.cfg.Name) }},
			{3, func(r *row) agentx.Value { return text(r.cfg.Process[0]) }},
			{4, func(r *row) agentx.Value { return agentx.Bytes(strings.Join(r.cfg.Process[1:], " ")) }},
			{5, func(r *row) agentx.Value { return agentx.Int(parameters(&r.cfg)) }},
			{6, func(r *row) agentx.Value { return agentx.Int(r.cfg.Weight) }},
			{7, func(r *row) agentx.Value { return truth(r.cfg.Reverse) }},
			{8, func(r *row) agentx.Value { return agentx.Gauge(uint32(r.cfg.Quorum)) }},
			{9, func(r *row) agentx.Value { return agentx.Int(r.cfg.QuorumMax) }},
			{10, func(r *row) agentx.Value { return agentx.Gauge(uint32(r.cfg.ForkDelay.Microseconds())) }},
			{11, func(r *row) agentx.Value { return agentx.Gauge(uint32(r.cfg.TerminateDelay.Microseconds())) }},
			{12, func(r *row) agentx.Value { return truth(r.cfg.FullCommand || len(r.cfg.Process) > 1) }},
			{13, func(r *row) agentx.Value { return agentx.Int(r.is.Count) }},
			{14, func(r *row) agentx.Value { return truth(r.is.Value != 0) }},
		}}
}

// parameters is how the arguments of a process are compared, 0 when there are none.
func parameters(p *config.TrackProcess) int {
	if len(p.Process) < 2 {
		return 0
	}
	return [...]int{config.MatchExact: 1, config.MatchInitial: 2, config.MatchPartial: 3}[p.Match]
}
