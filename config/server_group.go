package config

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"holdfast/config/syntax"
)

// ServerGroup is a virtual_server_group: addresses and firewall marks that one
// virtual_server serves.
type ServerGroup struct {
	Name    string
	Entries []GroupEntry
	Pos     syntax.Pos
}

// GroupEntry is one line of a virtual_server_group: a range of addresses with a
// port, or a firewall mark.
type GroupEntry struct {
	First, Last netip.Addr // one family; equal for a single address
	Port        uint16     // 0 = all ports
	FWMark      uint32     // counts if First is not valid
	Family      Family     // of the mark, or of the addresses
	Pos         syntax.Pos
}

// MaxEntry is how many addresses one entry may stand for: each of them is a
// service in the kernel.
const MaxEntry = 1 << 16

// TooMany reports whether the entry stands for more addresses than one may.
func (e GroupEntry) TooMany() bool {
	if e.ByMark() {
		return false
	}
	a, b := e.First.As16(), e.Last.As16()
	return !bytes.Equal(a[:8], b[:8]) || binary.BigEndian.Uint64(b[8:])-binary.BigEndian.Uint64(a[8:]) >= MaxEntry
}

// ByMark reports whether the entry is a firewall mark.
func (e GroupEntry) ByMark() bool { return !e.First.IsValid() }

// String is the entry as it is written.
func (e GroupEntry) String() string { return strings.Join(e.Words(), " ") }

// Words is the entry as the words of a line.
func (e GroupEntry) Words() []string {
	if e.ByMark() {
		words := []string{"fwmark", strconv.FormatUint(uint64(e.FWMark), 10)}
		if e.Family != AnyFamily {
			words = append(words, e.Family.String())
		}
		return words
	}
	text := e.First.String()
	if e.Last != e.First {
		text += "-" + e.Last.String()
	}
	if e.Port == 0 {
		return []string{text}
	}
	return []string{text, strconv.Itoa(int(e.Port))}
}

// EntriesOf are the entries of a group that the service serves: those of its address
// family, or of both if tunnels lead to all of its servers (semantics 8.15), without those
// of more addresses than there can be services. Nobody may change them: they may be those of the group.
func (v *VirtualServer) EntriesOf(g *ServerGroup) []GroupEntry {
	family := IPv4
	if v.IPv6 {
		family = IPv6
	}
	both := v.tunnels()
	other := func(e GroupEntry) bool { return !both && e.Family != AnyFamily && e.Family != family || e.TooMany() }
	// Most groups have no others, and some have thousands of entries.
	if !slices.ContainsFunc(g.Entries, other) {
		return g.Entries
	}
	return slices.DeleteFunc(slices.Clone(g.Entries), other)
}

// tunnels reports whether the service has servers and reaches them by tunnels only: a packet of either
// family gets through to each.
func (v *VirtualServer) tunnels() bool {
	for i := range v.RealServers {
		if v.RealServers[i].Method != TUN {
			return false
		}
	}
	return len(v.RealServers) > 0 && (v.Sorry == nil || v.Sorry.Method == TUN)
}

// HasMarks reports whether an entry of the group is a firewall mark.
func (g *ServerGroup) HasMarks() bool { return slices.ContainsFunc(g.Entries, GroupEntry.ByMark) }
