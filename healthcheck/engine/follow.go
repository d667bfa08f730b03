package engine

import (
	"context"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/track"
)

// A Source watches what checkers of a kind follow; track.Sessions and track.Files are some.
type Source interface {
	Configure(cfg *config.Config, objects []track.Object) track.Outcome
	Stop()
}

// A followed is what the checkers of one kind follow, with who watches it.
type followed struct {
	source Source
	ids    map[string]track.ID
	names  map[track.ID]string
	values map[string]int // that are known
}

// follows is all that is followed, kind by kind.
type follows struct {
	kinds map[config.CheckKind]*followed
	list  []lvs.Followed // order of the configuration
	end   context.Context
	stop  context.CancelFunc
}

func newFollows() follows {
	end, stop := context.WithCancel(context.Background())
	return follows{kinds: map[config.CheckKind]*followed{}, end: end, stop: stop}
}

// follow has watched what the checkers of a setup follow, and gives the values that are known.
func (l *loop) follow(cfg *config.Config, setup lvs.Setup) map[lvs.Followed]int {
	l.follows.list = setup.Followed()
	objects := map[config.CheckKind][]track.Object{}
	for _, what := range l.follows.list {
		// Without a checker of the kind so far nothing of it is watched.
		if of := l.followedOf(what.Kind); of != nil {
			objects[what.Kind] = append(objects[what.Kind], track.Object{ID: of.identify(what.Name), Name: what.Name})
		}
	}
	if len(l.follows.kinds) == 0 {
		return nil
	}
	known, part := map[lvs.Followed]int{}, l.partFollowed(cfg)
	for kind, of := range l.follows.kinds {
		// Made anew: what nobody follows any more is not known.
		of.values = map[string]int{}
		for id, value := range of.source.Configure(part, objects[kind]).Values {
			of.values[of.names[id]] = value
			known[lvs.Followed{Kind: kind, Name: of.names[id]}] = value
		}
	}
	return known
}

// partFollowed is a configuration without the track_files that no checker follows: whoever watches files makes them
// too (init_file), and those are the business of the vrrp role alone.
func (l *loop) partFollowed(cfg *config.Config) *config.Config {
	part := *cfg
	part.TrackFiles = nil
	for _, f := range cfg.TrackFiles {
		if slices.Contains(l.follows.list, lvs.Followed{Kind: config.CheckFile, Name: f.Name}) {
			part.TrackFiles = append(part.TrackFiles, f)
		}
	}
	return &part
}

// followedOf is what is followed of a kind, nil for one that nobody watches.
func (l *loop) followedOf(kind config.CheckKind) *followed {
	of, begin := l.follows.kinds[kind], l.e.opt.Sources[kind]
	if of == nil && begin != nil {
		of = &followed{ids: map[string]track.ID{}, names: map[track.ID]string{}}
		of.source = begin(func(id track.ID, value int) { l.e.changed(l.follows.end, kind, id, value) })
		l.follows.kinds[kind] = of
	}
	return of
}

// identify gives what is followed a number that nothing else ever has: a report may be under way during a reload.
func (f *followed) identify(name string) track.ID {
	id, known := f.ids[name]
	if !known {
		id = track.ID(len(f.ids) + 1)
		f.ids[name], f.names[id] = id, name
	}
	return id
}

// tellAll tells the checkers all values that are known.
func (l *loop) tellAll(now time.Time) (out lvs.Output) {
	for _, what := range l.follows.list {
		if of := l.follows.kinds[what.Kind]; of != nil {
			if value, known := of.values[what.Name]; known {
				out.Append(l.core.Tell(now, what, value))
			}
		}
	}
	return out
}

// changed takes what a source says to the loop, until end.
func (e *Engine) changed(end context.Context, kind config.CheckKind, id track.ID, value int) {
	l := &e.loop
	_ = e.call(end, func() { // an engine that has ended follows nothing
		of := l.follows.kinds[kind]
		name := of.names[id]
		// A report about something that a reload has dropped may have been under way.
		if _, known := of.values[name]; known {
			of.values[name] = value
			l.do(l.core.Tell(time.Now(), lvs.Followed{Kind: kind, Name: name}, value))
		}
	})
}

// stopFollowing ends all reports. One that waits for the loop, which is where this is called, is given up first: its
// source may wait for it.
func (l *loop) stopFollowing() {
	l.follows.stop()
	for _, of := range l.follows.kinds {
		of.source.Stop()
	}
}
