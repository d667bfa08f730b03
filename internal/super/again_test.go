package super

import (
	"context"
	"testing"

	"holdfast/config"
)

// A looker is an engine that looks whether a track_file is to be written anew.
type looker struct {
	Engine
	overwrites bool
}

func (l *looker) Prepare(_ context.Context, c *config.Config) error {
	l.overwrites = c.TrackFiles[0].Overwrite
	return nil
}

// A process in the place of another one, which died or was upgraded, leaves track_files as they are.
func TestTrackFilesAreWrittenAtTheStartAlone(t *testing.T) {
	for name, c := range map[string]struct {
		m          message
		overwrites bool
	}{
		"a start":                  {message{}, true},
		"in the place of a dead":   {message{Again: true}, false},
		"in the place of a former": {message{Succeeds: true}, false},
	} {
		l := &looker{}
		c.m.Config = &config.Config{TrackFiles: []config.TrackFile{{Name: "f", Init: true, Overwrite: true}}}
		child := &roleChild{ChildOptions: ChildOptions{Engine: l}}
		if _, reply := child.prepare(t.Context(), c.m); reply.Err != "" || l.overwrites != c.overwrites {
			t.Errorf("%s: %v, %s", name, l.overwrites, reply.Err)
		}
	}
}
