package mib

import (
	"net/netip"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// An addressRow is a virtual address, or one of the host: those have the instance 0.
type addressRow struct {
	index agentx.OID
	*config.Address
	state.AddressObject
	ifindex    int
	advertised bool
}

func (v *view) addresses() part {
	var rows []addressRow
	add := func(instance uint32, n int, a *config.Address, is state.AddressObject, advertised bool) {
		rows = append(rows, addressRow{agentx.OID{instance, uint32(n + 1)}, a, is, v.links[is.Dev], advertised})
	}
	static := v.static()
	for n := range v.cfg.StaticAddresses {
		a := &v.cfg.StaticAddresses[n]
		is := state.AddressObject{Dev: a.Dev}
		if n < len(static) {
			is = static[n]
		}
		add(0, n, a, is, false)
	}
	for i := range v.routers {
		r, n := &v.routers[i], 0
		for a := range r.Instance.Addresses() {
			add(r.n, n, a, r.RouterObjects.Addresses[n], n < len(r.VIPs))
			n++
		}
	}
	return &table[addressRow]{entry: under(2, 6, 1), rows: rows,
		index: func(r *addressRow) agentx.OID { return r.index },
		columns: []column[addressRow]{
			{2, func(r *addressRow) agentx.Value { return family(r.Prefix.Addr().Is6()) }},
			{3, func(r *addressRow) agentx.Value { return address(r.Prefix.Addr()) }},
			{4, func(r *addressRow) agentx.Value { return broadcast(r.Address) }},
			{5, func(r *addressRow) agentx.Value { return agentx.Gauge(uint32(r.Prefix.Bits())) }},
			{6, func(r *addressRow) agentx.Value { return scope(uint32(r.Scope)) }},
			{7, func(r *addressRow) agentx.Value { return agentx.Int(r.ifindex) }},
			{8, func(r *addressRow) agentx.Value { return agentx.Bytes(r.AddressObject.Dev) }},
			{9, func(r *addressRow) agentx.Value { return text(r.Label) }},
			{10, func(r *addressRow) agentx.Value { return truth(r.Present) }},
			{11, func(r *addressRow) agentx.Value { return truth(r.advertised) }},
			{12, func(r *addressRow) agentx.Value { return address(r.Peer.Addr()) }},
		}}
}

// static are what the role says of the addresses of the host.
func (v *view) static() []state.AddressObject {
	for _, s := range v.a.Sources {
		if o := s.Report.Objects.Static.Addresses; o != nil {
			return o
		}
	}
	return nil
}

// broadcast is that of an address of IPv4, four zeros where there is none.
func broadcast(a *config.Address) agentx.Value {
	switch {
	case a.Prefix.Addr().Is6():
		return agentx.Value{}
	case !a.Broadcast.IsValid():
		return address(netip.IPv4Unspecified())
	}
	return address(a.Broadcast)
}

// scope is the InetScopeType of a scope of rtnetlink, 0 for one that it does not know.
func scope(number uint32) agentx.Value {
	switch number {
	case 0:
		return agentx.Int(14) // global
	case 200:
		return agentx.Int(5) // site
	case 253:
		return agentx.Int(2) // link
	case 254:
		return agentx.Int(1) // host
	}
	return agentx.Int(0)
}
