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
		if t.Kind == override.Log {
			e.detail = e.opt.Detail || o.Level == "debug"
			e.core.Detail(e.detail)
			return
		}
		e.tick(time.Now())
		e.do(e.core.Override(e.now, t, o))
	})
}
