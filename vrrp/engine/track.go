package engine

import (
	"slices"

	"holdfast/config"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// A Source watches the tracked objects of one kind; package track has them.
type Source interface {
	Configure(cfg *config.Config, objects []track.Object) track.Outcome
	Stop()
}

// sources are the kinds of objects that somebody watches, and what watches them.
type sources map[config.TrackKind]Source

// watch has the objects watched that cfg tracks. It returns the values that are known already, and what
// cannot be watched.
func (e *Engine) watch(cfg *config.Config) (values map[vrrp.TrackedID]int, disabled map[vrrp.Tracked]bool) {
	values, disabled = map[vrrp.TrackedID]int{}, map[vrrp.Tracked]bool{}
	e.startSources()
	// The IDs come before the core has the configuration: sources report by them, and some begin at once.
	e.watched = map[track.ID]string{}
	for _, kind := range sortedKeys(e.sources) { // lines of the log have an order
		names := trackedNames(cfg, kind)
		objects := make([]track.Object, len(names))
		for i, n := range names {
			id := track.ID(e.core.IdentifyTracked(vrrp.Tracked{Kind: kind, Name: n}))
			objects[i], e.watched[id] = track.Object{ID: id, Name: n}, n
		}
		out := e.sources[kind].Configure(cfg, objects)
		for _, id := range out.Disabled {
			disabled[vrrp.Tracked{Kind: kind, Name: e.watched[id]}] = true
		}
		for id, v := range out.Values {
			values[vrrp.TrackedID(id)] = v
		}
	}
	return values, disabled
}

// startSources makes the sources, once in the life of the engine: sources keep what they know over a
// reload (cli 5.6), which configures them anew.
func (e *Engine) startSources() {
	if e.sources != nil {
		return
	}
	e.sources = sources{}
	for kind, start := range e.opt.Sources {
		e.sources[kind] = start(e.track)
	}
}

// track takes what a source says to the loop.
func (e *Engine) track(id track.ID, value int) {
	// Sources have goroutines of their own; the loop alone touches the core.
	e.events.Post(func() { e.do(e.core.Track(e.now, vrrp.TrackedID(id), value)) })
}

// trackedNames are the objects of a kind that instances and groups track, each once.
func trackedNames(cfg *config.Config, kind config.TrackKind) (names []string) {
	seen := map[string]bool{}
	add := func(tracks config.Tracks) {
		for _, t := range tracks {
			if t.Kind == kind && !seen[t.Name] {
				seen[t.Name] = true
				names = append(names, t.Name)
			}
		}
	}
	for i := range cfg.Instances {
		add(cfg.Instances[i].Tracks)
	}
	for i := range cfg.Groups {
		add(cfg.Groups[i].Tracks)
	}
	return names
}

// without are instances and groups that do not track what cannot be watched (cli 8.7).
func without(disabled map[vrrp.Tracked]bool, instances []config.Instance,
	groups []config.SyncGroup) ([]config.Instance, []config.SyncGroup) {
	if len(disabled) == 0 {
		return instances, groups
	}
	// A copy: the configuration itself belongs to others as well.
	keep := func(tracks config.Tracks) config.Tracks {
		return slices.DeleteFunc(slices.Clone(tracks), func(t config.Track) bool {
			return disabled[vrrp.Tracked{Kind: t.Kind, Name: t.Name}]
		})
	}
	instances, groups = slices.Clone(instances), slices.Clone(groups)
	for i := range instances {
		instances[i].Tracks = keep(instances[i].Tracks)
	}
	for i := range groups {
		groups[i].Tracks = keep(groups[i].Tracks)
	}
	return instances, groups
}
