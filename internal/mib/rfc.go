package mib

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// vrrpMIB is the root of VRRP-MIB (RFC 2787), which shows the virtual routers of version 2.
func vrrpMIB() agentx.OID { return agentx.OID{1, 3, 6, 1, 2, 1, 68} }

// vrrpv3MIB is that of VRRPV3-MIB (RFC 6527), which shows all of them.
func vrrpv3MIB() agentx.OID { return agentx.OID{1, 3, 6, 1, 2, 1, 207} }

// An operRow is a virtual router under the index that the RFCs give it.
type operRow struct {
	index agentx.OID
	*router
}

type operColumn = column[operRow]

// operations are the virtual routers of a MIB, in the order of their indexes.
func (v *view) operations(shown func(*router) bool, index func(ifindex uint32, r *router) agentx.OID) []operRow {
	var rows []operRow
	for i := range v.routers {
		if r := &v.routers[i]; shown(r) {
			rows = append(rows, operRow{index(uint32(v.links[r.Instance.Interface]), r), r})
		}
	}
	return sorted(rows, func(r *operRow) agentx.OID { return r.index })
}

// sorted puts rows into the order of their indexes, and leaves out what has that of another: a table has one row for
// each.
func sorted[R any](rows []R, index func(*R) agentx.OID) []R {
	compare := func(a, b R) int { return index(&a).Compare(index(&b)) }
	slices.SortStableFunc(rows, compare)
	return slices.CompactFunc(rows, func(a, b R) bool { return compare(a, b) == 0 })
}

// operState is the state as both MIBs number it: initialize, backup, master.
func operState(r *operRow) agentx.Value {
	if r.State == 1 || r.State == 2 {
		return agentx.Int(int(r.State) + 1)
	}
	return agentx.Int(1)
}

// an associated address is one that goes with a virtual router.
type associated struct{ index agentx.OID }

// associations are the addresses of the adverts of virtual routers.
func associations(entry agentx.OID, of []operRow) part {
	var rows []associated
	for i := range of {
		for n := range of[i].VIPs {
			at := of[i].index
			for _, b := range of[i].VIPs[n].Prefix.Addr().AsSlice() {
				at = at.With(uint32(b))
			}
			rows = append(rows, associated{at})
		}
	}
	index := func(a *associated) agentx.OID { return a.index }
	return &table[associated]{entry: entry, rows: sorted(rows, index), index: index,
		columns: []column[associated]{{2, func(*associated) agentx.Value { return agentx.Int(rowActive) }}}}
}

// rowActive is the RowStatus of all rows.
const rowActive = 1

// total adds up a counter of all virtual routers.
func (v *view) total(of func(*state.RouterCounters) uint64) (sum uint64) {
	for i := range v.routers {
		sum += of(&v.routers[i].Counters)
	}
	return sum
}

// scalars are objects that there is one of each.
func scalars(entry agentx.OID, values ...scalarValue) part {
	columns := make([]column[struct{}], len(values))
	for i, v := range values {
		columns[i] = column[struct{}]{v.number, func(*struct{}) agentx.Value { return v.value }}
	}
	return &table[struct{}]{entry: entry, columns: columns, rows: make([]struct{}, 1), index: scalar[struct{}]}
}

type scalarValue struct {
	number uint32
	value  agentx.Value
}

// ipv4 is an IpAddress, 0.0.0.0 for none.
func ipv4(a netip.Addr) agentx.Value {
	if !a.Is4() {
		a = netip.IPv4Unspecified()
	}
	return agentx.Value{Type: agentx.IPAddress, Text: string(a.AsSlice())}
}

func (v *view) rfc2787() Tree {
	root := vrrpMIB()
	rows := v.operations(func(r *router) bool { return r.Version == 2 },
		func(ifindex uint32, r *router) agentx.OID { return agentx.OID{ifindex, uint32(r.VRID)} })
	index := func(r *operRow) agentx.OID { return r.index }
	oper := []operColumn{
		{2, func(r *operRow) agentx.Value { return agentx.Bytes(string(r.MAC[:])) }},
		{3, operState},
		{4, func(r *operRow) agentx.Value { return truth(r.LinkUp) }},
		{5, func(r *operRow) agentx.Value { return agentx.Int(int(r.RouterObjects.Priority)) }},
		{6, func(r *operRow) agentx.Value { return agentx.Int(len(r.VIPs)) }},
		{7, func(r *operRow) agentx.Value { return ipv4(r.Master) }},
		{8, func(r *operRow) agentx.Value { return ipv4(r.Source) }},
		{9, func(r *operRow) agentx.Value { return agentx.Int(int(r.Auth) + 1) }},
		// 10 is the password, which nobody may read.
		{11, func(r *operRow) agentx.Value { return agentx.Int(int(r.AdvertInt.Seconds())) }},
		{12, func(r *operRow) agentx.Value { return truth(r.Preempt) }},
		{13, func(r *operRow) agentx.Value { return v.stamp(r) }},
		{14, func(*operRow) agentx.Value { return agentx.Int(1) }}, // IP
		{15, func(*operRow) agentx.Value { return agentx.Int(rowActive) }},
	}
	counted := func(of func(*state.RouterCounters) uint64) func(*operRow) agentx.Value {
		return func(r *operRow) agentx.Value { return agentx.Count(of(&r.Counters)) }
	}
	var statistics []operColumn
	for n, of := range []func(*state.RouterCounters) uint64{
		func(c *state.RouterCounters) uint64 { return c.BecameMaster },
		func(c *state.RouterCounters) uint64 { return c.Received },
		func(c *state.RouterCounters) uint64 { return c.Interval },
		func(c *state.RouterCounters) uint64 { return c.AuthFailure },
		func(c *state.RouterCounters) uint64 { return c.TTL },
		func(c *state.RouterCounters) uint64 { return c.ZeroReceived },
		func(c *state.RouterCounters) uint64 { return c.ZeroSent },
		func(c *state.RouterCounters) uint64 { return c.Type },
		func(c *state.RouterCounters) uint64 { return c.Addresses },
		func(c *state.RouterCounters) uint64 { return c.AuthType },
		func(c *state.RouterCounters) uint64 { return c.AuthMismatch },
		func(c *state.RouterCounters) uint64 { return c.Length },
	} {
		statistics = append(statistics, operColumn{uint32(n + 1), counted(of)})
	}
	return Tree{
		scalars(root.With(1), scalarValue{1, agentx.Int(2)}, scalarValue{2, truth(v.want.Traps)}),
		&table[operRow]{entry: root.With(1, 3, 1), columns: oper, rows: rows, index: index},
		associations(root.With(1, 4, 1), rows),
		scalars(root.With(2),
			scalarValue{1, agentx.Count(v.total(func(c *state.RouterCounters) uint64 { return c.Checksum }))},
			scalarValue{2, agentx.Count(v.total(func(c *state.RouterCounters) uint64 { return c.Version }))},
			scalarValue{3, agentx.Count(0)}), // adverts of other virtual routers are never received
		&table[operRow]{entry: root.With(2, 4, 1), columns: statistics, rows: rows, index: index},
	}
}

func (v *view) rfc6527() Tree {
	root := vrrpv3MIB()
	rows := v.operations(func(*router) bool { return true }, func(ifindex uint32, r *router) agentx.OID {
		return agentx.OID{ifindex, uint32(r.VRID), uint32(family(r.IPv6).Int())}
	})
	index := func(r *operRow) agentx.OID { return r.index }
	oper := []operColumn{
		{3, func(r *operRow) agentx.Value { return given(r.master()) }},
		{4, func(r *operRow) agentx.Value { return given(r.Source) }},
		{5, func(r *operRow) agentx.Value { return agentx.Bytes(string(r.MAC[:])) }},
		{6, operState},
		{7, func(r *operRow) agentx.Value { return agentx.Gauge(uint32(r.RouterObjects.Priority)) }},
		{8, func(r *operRow) agentx.Value { return agentx.Int(len(r.VIPs)) }},
		{9, func(r *operRow) agentx.Value { return agentx.Int(int(r.AdvertInt.Milliseconds() / 10)) }},
		{10, func(r *operRow) agentx.Value { return truth(r.Preempt) }},
		{11, func(r *operRow) agentx.Value { return truth(r.Accept) }},
		{12, func(r *operRow) agentx.Value { return agentx.Ticks(v.uptime(r)) }},
		{13, func(*operRow) agentx.Value { return agentx.Int(rowActive) }},
	}
	return Tree{
		&table[operRow]{entry: root.With(1, 1, 1, 1), columns: oper, rows: rows, index: index},
		associations(root.With(1, 1, 2, 1), rows),
		scalars(root.With(1, 2),
			scalarValue{1, agentx.Count64(v.total(func(c *state.RouterCounters) uint64 { return c.Checksum }))},
			scalarValue{2, agentx.Count64(v.total(func(c *state.RouterCounters) uint64 { return c.Version }))},
			scalarValue{3, agentx.Count64(0)}, scalarValue{4, agentx.Ticks(0)}),
		&table[operRow]{entry: root.With(1, 2, 5, 1), columns: v3Statistics(), rows: rows, index: index},
	}
}

func v3Statistics() []operColumn {
	all := []operColumn{
		{1, func(r *operRow) agentx.Value { return agentx.Count(r.Counters.BecameMaster) }},
		{2, func(r *operRow) agentx.Value { return agentx.Int(int(r.Takeover)) }},
	}
	long := func(number uint32, of func(*state.RouterCounters) uint64) {
		all = append(all, operColumn{number, func(r *operRow) agentx.Value { return agentx.Count64(of(&r.Counters)) }})
	}
	long(3, func(c *state.RouterCounters) uint64 { return c.Received })
	long(4, func(c *state.RouterCounters) uint64 { return c.Interval })
	long(5, func(c *state.RouterCounters) uint64 { return c.TTL })
	all = append(all, operColumn{6, func(r *operRow) agentx.Value { return agentx.Int(int(r.Misfit)) }})
	long(7, func(c *state.RouterCounters) uint64 { return c.ZeroReceived })
	long(8, func(c *state.RouterCounters) uint64 { return c.ZeroSent })
	long(9, func(c *state.RouterCounters) uint64 { return c.Type })
	long(10, func(c *state.RouterCounters) uint64 { return c.Addresses })
	long(11, func(c *state.RouterCounters) uint64 { return c.Length })
	return append(all,
		operColumn{12, func(*operRow) agentx.Value { return agentx.Ticks(0) }},
		// In milliseconds.
		operColumn{13, func(r *operRow) agentx.Value { return agentx.Gauge(uint32(r.AdvertInt.Milliseconds())) }})
}

// master is the address of the master: its own if it is that.
func (r *operRow) master() netip.Addr {
	if r.State == 2 {
		return r.Source
	}
	return r.Master
}

// given is an InetAddress, that of IPv4 that stands for none where there is none.
func given(a netip.Addr) agentx.Value {
	if !a.IsValid() {
		a = netip.IPv4Unspecified()
	}
	return address(a)
}

// stamp is the TimeStamp of the moment from which on a router takes part: the sysUpTime of the agent then, 0 if that
// was before it or never.
func (v *view) stamp(r *operRow) agentx.Value { return agentx.Ticks(ticks(r.Part, v.at.Booted)) }

// uptime is for how long a router has taken part, in hundredths of a second.
func (v *view) uptime(r *operRow) uint32 { return ticks(v.at.Now, r.Part) }

// ticks are the hundredths of a second between two moments, 0 if there is none or they are in another order.
func ticks(now, then time.Time) uint32 {
	if now.IsZero() || then.IsZero() {
		return 0
	}
	return uint32(max(0, now.Sub(then)) / (10 * time.Millisecond))
}
