package firewall

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Marks are tables that mark packets on their way in, by where they go to: a service of IPVS is found by the mark
// (semantics 8.15). IPVS looks at packets behind them.
type Marks struct {
	Settings
	Of []Marked
}

// Marked is a range of addresses of one family with a mark. No two of one family, protocol and port overlap.
type Marked struct {
	First, Last netip.Addr
	Protocol    uint8  // TCP, UDP or SCTP, as in a packet
	Port        uint16 // 0 is all ports that are not in the range of another
	Mark        uint32
}

// names that keepalived uses as well. mapAny is ours: of keepalived port 0 is just that.
const (
	mapTCP  = "tcp_map"
	mapUDP  = "udp_map"
	mapSCTP = "sctp_map"
	mapAny  = "any_map"
)

// marked are the protocols that have ports for IPVS, in the order of their rules.
var marked = [...]struct {
	protocol uint8
	set      string
}{{unix.IPPROTO_TCP, mapTCP}, {unix.IPPROTO_UDP, mapUDP}, {unix.IPPROTO_SCTP, mapSCTP}}

func (w Marks) tables() []table {
	var content [len(families)]map[string]elements
	for _, m := range w.Of {
		f, name := familyOf(m.First), m.set()
		if content[f] == nil {
			content[f] = map[string]elements{}
		}
		of := content[f][name]
		if of == nil {
			of = elements{}
			content[f][name] = of
		}
		e := element{key: m.key(m.First), mark: m.Mark}
		if e.last = e.key; m.Last != m.First {
			e.last = m.key(m.Last)
		}
		of[e] = true
	}
	var list []table
	for _, f := range families {
		if content[f] != nil {
			list = append(list, table{marksOf(w.Settings, f, content[f]), content[f]})
		}
	}
	return list
}

// marksOf is the table of a family, with the maps that are needed: most packets of a busy director meet each of them.
func marksOf(s Settings, f family, needed map[string]elements) shape {
	t := shape{family: f, name: s.Table}
	in := chain{name: chainIn, hook: input, priority: s.Priority}
	add := func(name string, by key, r rule) {
		if needed[name] == nil {
			return
		}
		t.sets = append(t.sets, set{name: name, key: by, marks: true, counts: s.Counters})
		r.set, r.verdict, r.counts = name, giveBack, s.Counters
		in.rules = append(in.rules, r)
	}
	for _, m := range marked {
		add(m.set, byPort, rule{match: markByPort, protocol: m.protocol})
	}
	// Last: a port that somebody has named is not one of all.
	add(mapAny, byProtocol, rule{match: markByProtocol})
	t.chains = []chain{in}
	return t
}

func (m Marked) set() string {
	if m.Port != 0 {
		for _, one := range marked {
			if one.protocol == m.Protocol {
				return one.set
			}
		}
	}
	return mapAny
}

// key is an end of the range as the kernel compares it: each part fills registers of 32 bits.
func (m Marked) key(a netip.Addr) string {
	key := a.AsSlice()
	if m.Port == 0 {
		return string(append(key, m.Protocol, 0, 0, 0))
	}
	return string(append(binary.BigEndian.AppendUint16(key, m.Port), 0, 0))
}

func protocolName(n uint8) string {
	at := slices.IndexFunc(marked[:], func(m struct {
		protocol uint8
		set      string
	}) bool {
		return m.protocol == n
	})
	if at < 0 {
		return strconv.Itoa(int(n))
	}
	return [...]string{"tcp", "udp", "sctp"}[at]
}
