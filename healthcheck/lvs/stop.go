package lvs

import (
	"time"

	"holdfast/config"
)

// Stop gives everything back, service by service (semantics 8.17). How says what is
// removed one by one; with FlushAll the engine empties the table itself afterwards. The
// Core has no virtual servers any more then.
func (c *Core) Stop(how config.FlushOnStop) Output {
	a := c.pend(time.Time{})
	for _, v := range c.virtuals {
		v.stop(a, how == config.FlushEntries)
	}
	for _, k := range c.checks {
		a.Forget = append(a.Forget, k.id)
	}
	out := a.done()
	*c = *New(0)
	return out
}

func (v *virtual) stop(a *pending, eachServer bool) {
	a.table(v)
	if eachServer {
		for _, s := range v.servers {
			what := pick(s.inhibited(), "Shutting down (inhibited) service ", "Shutting down service ")
			a.log(Info, v.name, what+s.name+" from VS "+v.name)
			if v.cfg.Omega && s.serving() {
				s.notify(a, false, "=> Shutting down <=")
			}
		}
	}
	if v.cfg.Omega {
		v.notify(a, false, "=> Shutting down <=")
	}
	v.gone = true
}
