package config

import "strconv"

// Named is a number that the files of iproute2 have names for: a routing table, a
// protocol, a scope, a type of service, an interface group. The well-known names are
// numbers already; Name is set for others, whose number is the one that the host has told, 0 where none was asked.
type Named struct {
	Set    bool // given, or a default that counts
	Number uint32
	Name   string
}

// String is how it is written.
func (n Named) String() string {
	if n.Name != "" {
		return n.Name
	}
	return strconv.FormatUint(uint64(n.Number), 10)
}

// Realms are the realms of a route or rule (IPv4): of the sender and of the receiver.
type Realms struct{ From, To Named }
