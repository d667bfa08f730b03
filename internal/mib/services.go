package mib

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// service is a virtual server with its number, which counts from 1.
type service struct {
	n int
	*config.VirtualServer
	*state.ServiceObjects
}

// servicesOf are those that both the configuration and the role know.
func (v *view) servicesOf() []service {
	said := map[string]*state.ServiceObjects{}
	for _, s := range v.a.Sources {
		list := s.Report.Objects.Services
		for i := range list {
			said[list[i].Name] = &list[i]
		}
	}
	var all []service
	for i := range v.cfg.VirtualServers {
		c := &v.cfg.VirtualServers[i]
		if o := said[c.Name()]; o != nil && len(o.Servers) == len(c.RealServers) {
			all = append(all, service{i + 1, c, o})
		}
	}
	return all
}

// checker are the tables of virtual servers and what belongs to them.
func (v *view) checker() Tree {
	all := v.servicesOf()
	t := Tree{v.serverGroups(), v.groupMembers(), virtualServers(all), realServers(all)}
	if len(v.cfg.VirtualServers) > 0 { // without any there is no process that would be asked
		t = append(t, v.syncDaemon(), v.timeouts())
	}
	return t
}

func (v *view) serverGroups() part {
	type row struct {
		n    int
		name string
	}
	var rows []row
	for i, g := range v.cfg.ServerGroups {
		rows = append(rows, row{i + 1, g.Name})
	}
	return &table[row]{entry: under(3, 1, 1), rows: rows, index: func(r *row) agentx.OID { return numbered(r.n) },
		columns: []column[row]{{2, func(r *row) agentx.Value { return agentx.Bytes(r.name) }}}}
}

// What a member of a group is.
const (
	memberMark = iota + 1
	memberAddress
	memberRange
)

type memberRow struct {
	index agentx.OID
	*config.GroupEntry
}

func (m *memberRow) kind() int {
	switch {
	case m.ByMark():
		return memberMark
	case m.First == m.Last:
		return memberAddress
	}
	return memberRange
}

func (v *view) groupMembers() part {
	var rows []memberRow
	for i := range v.cfg.ServerGroups {
		entries := v.cfg.ServerGroups[i].Entries
		for n := range entries {
			rows = append(rows, memberRow{agentx.OID{uint32(i + 1), uint32(n + 1)}, &entries[n]})
		}
	}
	is := func(kind int, of func(*memberRow) agentx.Value) func(*memberRow) agentx.Value {
		return func(m *memberRow) agentx.Value { return unless(m.kind() != kind, of(m)) }
	}
	return &table[memberRow]{entry: under(3, 2, 1), rows: rows, index: func(m *memberRow) agentx.OID { return m.index },
		columns: []column[memberRow]{
			{2, func(m *memberRow) agentx.Value { return agentx.Int(m.kind()) }},
			{3, is(memberMark, func(m *memberRow) agentx.Value { return agentx.Gauge(m.FWMark) })},
			{4, func(m *memberRow) agentx.Value { return unless(m.ByMark(), family(m.First.Is6())) }},
			{5, is(memberAddress, func(m *memberRow) agentx.Value { return address(m.First) })},
			{6, is(memberRange, func(m *memberRow) agentx.Value { return address(m.First) })},
			{7, is(memberRange, func(m *memberRow) agentx.Value { return address(m.Last) })},
			{8, func(m *memberRow) agentx.Value { return unless(m.ByMark(), agentx.Gauge(uint32(m.Port))) }},
		}}
}

// What a virtual server is.
const (
	serviceMark = iota + 1
	serviceAddress
	serviceGroup
)

func (s *service) kind() int {
	switch {
	case s.Group != "":
		return serviceGroup
	case s.FWMark != 0:
		return serviceMark
	}
	return serviceAddress
}

type serviceColumn = column[service]

// Bits of the scheduler's flags, as the kernel has them.
const (
	schedulerFlag1 = 1 << (iota + 3)
	schedulerFlag2
	schedulerFlag3
)

func virtualServers(all []service) part {
	is := func(kind int, of func(*service) agentx.Value) func(*service) agentx.Value {
		return func(s *service) agentx.Value { return unless(s.kind() != kind, of(s)) }
	}
	flag := func(bit uint32) func(*service) agentx.Value {
		return func(s *service) agentx.Value { return truth(s.SchedulerFlags&bit != 0) }
	}
	columns := []serviceColumn{
		{2, func(s *service) agentx.Value { return agentx.Int(s.kind()) }},
		{3, is(serviceGroup, func(s *service) agentx.Value { return agentx.Bytes(s.Group) })},
		{4, is(serviceMark, func(s *service) agentx.Value { return agentx.Gauge(s.FWMark) })},
		{5, func(s *service) agentx.Value { return family(s.IPv6) }},
		{6, is(serviceAddress, func(s *service) agentx.Value { return address(s.Addr) })},
		{7, is(serviceAddress, func(s *service) agentx.Value { return agentx.Gauge(uint32(s.Port)) })},
		{8, func(s *service) agentx.Value { return unless(s.kind() == serviceMark, protocol(s.Protocol)) }},
		{9, func(s *service) agentx.Value { return agentx.Int(scheduler(s.Scheduler)) }},
		{10, func(s *service) agentx.Value { return agentx.Int(int(s.Method) + 1) }},
		{11, func(s *service) agentx.Value { return truth(s.Alive) }},
		{13, func(s *service) agentx.Value { return truth(s.Persistent) }},
		{14, func(s *service) agentx.Value {
			return unless(!s.Persistent, agentx.Gauge(uint32(s.PersistenceTimeout.Seconds())))
		}},
		{15, func(s *service) agentx.Value { return unless(s.hasFamily(true), s.mask()) }},
		{17, func(s *service) agentx.Value { return truth(s.HASuspend) }},
		{18, func(s *service) agentx.Value { return truth(s.Alpha) }},
		{19, func(s *service) agentx.Value { return truth(s.Omega) }},
		{20, func(s *service) agentx.Value { return agentx.Gauge(uint32(len(s.Servers))) }},
		{21, func(s *service) agentx.Value { return agentx.Gauge(s.up()) }},
		{22, func(s *service) agentx.Value { return agentx.Gauge(s.VirtualServer.Quorum) }},
		{23, func(s *service) agentx.Value { return truth(s.ServiceObjects.Quorum) }},
		{24, func(s *service) agentx.Value { return command(s.QuorumUp) }},
		{25, func(s *service) agentx.Value { return command(s.QuorumDown) }},
		{26, func(s *service) agentx.Value { return agentx.Gauge(s.Hysteresis) }},
	}
	traffic := func(s *service) *state.Traffic { return &s.Traffic }
	columns = append(columns, trafficColumns(traffic, 27, 28)...)
	columns = append(columns, rateColumns(traffic, 32)...)
	columns = append(columns, serviceColumn{37, func(s *service) agentx.Value { return truth(s.OnePacket) }})
	columns = append(columns, longColumns(traffic, 38)...)
	columns = append(columns, splitColumns(traffic, 41)...)
	columns = append(columns, []serviceColumn{
		{51, func(s *service) agentx.Value {
			return unless(s.hasFamily(false), agentx.Gauge(s.granularity()))
		}},
		{52, func(*service) agentx.Value { return truth(false) }},
		{53, flag(schedulerFlag1)}, {54, flag(schedulerFlag2)}, {55, flag(schedulerFlag3)},
		{61, func(s *service) agentx.Value { return truth(s.SMTPAlert) }},
		{62, flag(schedulerFlag1)}, {63, flag(schedulerFlag2)},
	}...)
	columns = append(columns, tunnelColumns(68,
		func(s *service) (config.Method, config.Tunnel) { return s.Method, s.Tunnel })...)
	columns = append(columns, serviceColumn{71, func(s *service) agentx.Value { return text(s.SNMPName) }})
	columns = append(columns, serviceDefaults()...)
	slices.SortFunc(columns, func(a, b serviceColumn) int { return int(a.number) - int(b.number) })
	return &table[service]{entry: under(3, 3, 1), rows: all, columns: columns,
		index: func(s *service) agentx.OID { return numbered(s.n) }}
}

// up is how many servers are up.
func (s *service) up() (n uint32) {
	for i := range s.Servers {
		if s.Servers[i].Up {
			n++
		}
	}
	return n
}

func protocol(p config.Protocol) agentx.Value {
	switch p {
	case config.TCP:
		return agentx.Int(1)
	case config.UDP:
		return agentx.Int(2)
	case config.SCTP:
		return agentx.Int(3)
	}
	return agentx.Int(4)
}

// scheduler is the number of a scheduler, 99 for one that the MIB does not know.
func scheduler(name string) int {
	known := []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"}
	if n := slices.Index(known, name); n >= 0 {
		return n + 1
	}
	return 99
}

// hasFamily reports whether the service has an address, which is of IPv6 or is not. Groups and marks show the
// granularity of their clients in both ways.
func (s *service) hasFamily(v6 bool) bool { return s.kind() == serviceAddress && s.IPv6 == v6 }

// granularity is the number that keepalived has: a mask of IPv4 in the order of bytes of the network, or a length of
// IPv6; all bits for a single host.
func (s *service) granularity() uint32 {
	length := s.PersistenceGranularity
	switch {
	case s.IPv6 && length < 128:
		return uint32(length)
	case s.IPv6 || length >= 32:
		return math.MaxUint32
	}
	return bits.ReverseBytes32(^uint32(0) << (32 - length))
}

// mask is the same as an InetAddress of IPv4.
func (s *service) mask() agentx.Value {
	return address(netip.AddrFrom4([4]byte(binary.LittleEndian.AppendUint32(nil, s.granularity()))))
}

// A server is a real server of a virtual server, or its sorry server.
type server struct {
	index agentx.OID
	*config.RealServer
	of    *config.VirtualServer
	sorry bool
	state.ServerObjects
}

func realServers(all []service) part {
	var rows []server
	for i := range all {
		s := &all[i]
		n := uint32(0)
		if s.VirtualServer.Sorry != nil {
			n++
			rows = append(rows, server{agentx.OID{uint32(s.n), n}, s.VirtualServer.Sorry, s.VirtualServer, true,
				state.ServerObjects{Traffic: s.ServiceObjects.Sorry}})
		}
		for k := range s.RealServers {
			n++
			rows = append(rows, server{agentx.OID{uint32(s.n), n}, &s.RealServers[k], s.VirtualServer, false, s.Servers[k]})
		}
	}
	regular := func(of func(*server) agentx.Value) func(*server) agentx.Value {
		return func(r *server) agentx.Value { return unless(r.sorry, of(r)) }
	}
	traffic := func(r *server) *state.Traffic { return &r.Traffic }
	columns := []column[server]{
		{2, func(r *server) agentx.Value { return either(r.sorry, 2, 1) }},
		{3, func(r *server) agentx.Value { return family(r.Addr.Is6()) }},
		{4, func(r *server) agentx.Value { return address(r.Addr) }},
		{5, func(r *server) agentx.Value { return agentx.Gauge(uint32(r.Port)) }},
		{6, regular(func(r *server) agentx.Value { return truth(r.Up) })},
		{7, regular(func(r *server) agentx.Value { return agentx.Int(int(r.Effective)) })},
		{8, regular(func(r *server) agentx.Value { return nonzero(r.UpperThreshold) })},
		{9, regular(func(r *server) agentx.Value { return nonzero(r.LowerThreshold) })},
		// As keepalived has them: inhibit is 1.
		{10, regular(func(r *server) agentx.Value { return either(r.InhibitOnFailure, 2, 1) })},
		{11, regular(func(r *server) agentx.Value { return command(r.Scripts().Up) })},
		{12, regular(func(r *server) agentx.Value { return command(r.Scripts().Down) })},
		{13, regular(func(r *server) agentx.Value { return agentx.Gauge(uint32(r.Failed)) })},
	}
	columns = append(columns, trafficColumns(traffic, 14, 18)...)
	columns = append(columns, []column[server]{
		{15, func(r *server) agentx.Value { return agentx.Gauge(r.Traffic.Active) }},
		{16, func(r *server) agentx.Value { return agentx.Gauge(r.Traffic.Inactive) }},
		{17, func(r *server) agentx.Value { return agentx.Gauge(r.Traffic.Persistent) }},
	}...)
	columns = append(columns, rateColumns(traffic, 22)...)
	columns = append(columns, longColumns(traffic, 27)...)
	columns = append(columns, splitColumns(traffic, 30)...)
	columns = append(columns, []column[server]{
		{40, func(r *server) agentx.Value { return agentx.Int(int(r.Method) + 1) }},
		{42, func(r *server) agentx.Value { return truth(r.Alpha) }},
		{47, func(r *server) agentx.Value { return truth(r.SMTPAlert) }},
		{55, func(r *server) agentx.Value { return text(r.SNMPName) }},
	}...)
	columns = append(columns, tunnelColumns(52,
		func(r *server) (config.Method, config.Tunnel) { return r.Method, r.Tunnel })...)
	columns = append(columns, serverDefaults()...)
	slices.SortFunc(columns, func(a, b column[server]) int { return int(a.number) - int(b.number) })
	return &table[server]{entry: under(3, 4, 1), rows: rows, columns: columns, writers: serverWriters(),
		index: func(r *server) agentx.OID { return r.index }}
}

// tunnelColumns are the kind, the port and the checksum of a tunnel; nothing of another way.
func tunnelColumns[R any](first uint32, of func(*R) (config.Method, config.Tunnel)) []column[R] {
	each := func(value func(config.Tunnel) agentx.Value) func(*R) agentx.Value {
		return func(r *R) agentx.Value {
			m, t := of(r)
			return unless(m != config.TUN, value(t))
		}
	}
	return []column[R]{
		{first, each(func(t config.Tunnel) agentx.Value { return agentx.Int(int(t.Type) + 1) })},
		{first + 1, each(func(t config.Tunnel) agentx.Value {
			return unless(t.Type != config.GUE, agentx.Gauge(uint32(t.Port)))
		})},
		{first + 2, each(func(t config.Tunnel) agentx.Value {
			return unless(t.Type == config.IPIP, agentx.Int(int(t.Checksum)+1))
		})},
	}
}
