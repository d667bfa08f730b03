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
				for range s.checks {
					v.sayCheckers(a, verb, s)
				}
			}
		}
	}
	return a.done()
}

func (c *Core) suspended(v *virtual) bool {
	return v.cfg.HASuspend && v.cfg.FWMark == 0 && !c.here[v.cfg.Addr]
}

func (v *virtual) sayCheckers(a *pending, verb string, s *server) {
	a.log(Info, v.name, verb+" healthchecker for service "+s.name+" for VS "+v.name)
}
