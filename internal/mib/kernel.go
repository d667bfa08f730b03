package mib

import (
	"net/netip"
	"time"

	"holdfast/internal/agentx"
)

// This file is what the kernel's IPVS is told once for all services.

func (v *view) syncDaemon() part {
	d := v.cfg.Global.SyncDaemon
	on := d.Interface != ""
	number := func(n int) agentx.Value { return unless(!on, agentx.Int(n)) }
	return scalars(under(3, 6),
		scalarValue{1, truth(on)},
		scalarValue{2, unless(!on, agentx.Bytes(d.Interface))},
		scalarValue{3, unless(!on, text(d.VRRP))},
		scalarValue{4, number(int(d.ID))},
		scalarValue{5, number(int(d.MaxLen))},
		scalarValue{6, number(int(d.Port))},
		scalarValue{7, number(int(d.TTL))},
		scalarValue{8, unless(!on || d.Group == (netip.Addr{}), family(d.Group.Is6()))},
		scalarValue{9, unless(!on, address(d.Group))})
}

func (v *view) timeouts() part {
	t := v.cfg.Global.LVSTimeouts
	given := func(d time.Duration) agentx.Value { return unless(d == 0, agentx.Int(int(d.Seconds()))) }
	return scalars(under(3, 7),
		scalarValue{1, given(t.TCP)}, scalarValue{2, given(t.TCPFin)}, scalarValue{3, given(t.UDP)})
}
