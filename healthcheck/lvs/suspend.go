package lvs

import "net/netip"

// Suspends reports whether any virtual server has ha_suspend, that is, whether Addresses
// matters.
func (c *Core) Suspends() bool {
	for _, v := range c.virtuals {
		if v.cfg.HASuspend {
			return true
		}
	}
	return false
}

// Addresses says which addresses the host has now: checkers of a virtual server with
// ha_suspend run only while its address is one of them (semantics 8.16). Suspended
// checkers keep their state, and their beat: the first check after the address came back is
// at the next one. To be called before Configure, and when they change.
func (c *Core) Addresses(here map[netip.Addr]bool) Output {
	c.here = here
	a := &pending{}
	for _, v := range c.virtuals {
		if now := c.suspended(v); now != v.suspended {
			v.suspended = now
			verb := pick(now, "Suspending", "Activating")
			for _, s := range v.servers {
				for _, k := range s.checks {
					k.sayRuns(a, verb)
				}
			}
		}
	}
	return a.done()
}

func (c *Core) suspended(v *virtual) bool {
	return v.cfg.HASuspend && v.cfg.FWMark == 0 && !c.here[v.cfg.Addr]
}

// sayRuns says whether a checker runs from now on. What is followed has no such line.
func (k *check) sayRuns(a *pending, verb string) {
	v := k.server.service
	if k.kind.follows == nil {
		a.log(Info, v.name, verb+" healthchecker for service "+k.server.name+" for VS "+v.name)
	}
}
