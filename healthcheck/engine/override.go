package engine

import (
	"context"
	"time"

	"holdfast/internal/override"
)

// Override puts an override into force that is for the role, or ends the one of the target with the zero Override
// (super.Overridable).
func (e *Engine) Override(t override.Target, o override.Override) {
	_ = e.call(context.Background(), func() { // an engine that has ended has nothing to change
		if t.Kind == override.Director {
			e.loop.drain(time.Now(), o)
			return
		}
		e.loop.do(e.loop.core.Override(time.Now(), t, o))
	})
}

// Hasten has the checks of a real server of a virtual server made now that are due later; empty names are those of all
// (super.Hastener).
func (e *Engine) Hasten(service, server string) {
	_ = e.call(context.Background(), func() { e.loop.core.Hasten(time.Now(), service, server) }) // as above
}
