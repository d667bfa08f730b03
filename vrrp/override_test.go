package vrrp

import (
	"errors"
	"strconv"

	"holdfast/internal/override"
)

// override has an operator change something: "maintenance instance VI_1", "none group G", "failover routers", "priority
// priority VI_1 7".
func (s *stage) override(args []string) error {
	if len(args) < 2 {
		return errors.New("what of what?")
	}
	t := override.Target{Kind: override.Kind(args[1])}
	if len(args) > 2 {
		t.Name = args[2]
	}
	o := override.Override{Target: t, Action: override.Action(args[0])}
	if len(args) > 3 {
		var err error
		if o.Value, err = strconv.Atoi(args[3]); err != nil {
			return err
		}
	}
	if args[0] == "none" {
		o = override.Override{}
	}
	s.print(s.core.Override(s.now, t, o))
	return nil
}

// overrule puts the routers of a host into maintenance, or ends it.
func (l *lan) overrule(h *host) {
	t := override.Target{Kind: override.Routers}
	o := override.Override{Target: t, Action: override.Maintenance}
	if h.held = !h.held; !h.held {
		o = override.Override{}
	}
	l.note("host %d in maintenance: %v", h.n, h.held)
	l.moved()
	l.do(h, h.core.Override(l.now, t, o))
}

// remind tells a host that boots what its supervisor knows.
func (l *lan) remind(h *host) {
	if h.held {
		t := override.Target{Kind: override.Routers}
		h.core.Override(l.now, t, override.Override{Target: t, Action: override.Maintenance})
	}
}
