// Package firewall writes nftables tables by netlink and keeps them as they are: those that keep packets away from
// virtual addresses that a master has and must not answer for (Blocks), and those that mark packets for IPVS (Marks).
// Each is a table for each family that is ours alone. What is to be there is a value (table), and how the kernel gets
// there as well (state.change), so that both can be tested without one; a Keeper brings the kernel there and keeps it
// there.
package firewall

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Settings are how tables look.
type Settings struct {
	Table    string // name, of the table of either family
	Priority int32  // of the chains at the hooks
	ByIndex  bool   // interfaces are matched by number, otherwise by name
	Counters bool   // every rule counts, and every element of a map
}

// A family is one of addresses. Each has a table, as with keepalived; one for both would not be found under its name.
type family uint8

const (
	ip4 family = iota
	ip6
)

var families = [...]family{ip4, ip6}

func (f family) String() string { return [...]string{"ip", "ip6"}[f] }

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return ip4
	}
	return ip6
}

// A table is one of the kernel's. Two of one shape differ in their elements only.
type table struct {
	shape
	elements map[string]elements // by the name of the set
}

// A shape is everything in a table but the elements.
type shape struct {
	family family
	name   string
	sets   []set
	chains []chain
}

// A set is what a rule looks something up in, and a map if that is a mark.
type set struct {
	name string
	key  key
	// types of ICMPv6 that it consists of; nil for one that changes.
	types  []uint8
	marks  bool // a map of ranges
	counts bool // how often each element was met
}

// A key is what is looked up in a set.
type key uint8

const (
	byAddress   key = iota
	byLinkName      // address and name of the interface
	byLinkIndex     // address and number of the interface
	byPort          // address and port
	byProtocol      // address and number of the protocol
	byMessage       // type of an ICMPv6 message
)

// An element is one of a set, in the bytes that the kernel compares.
type element struct {
	key  string
	last string // of a range of a map; its key if it is one
	mark uint32 // of a map
}

type elements map[element]bool

// A chain is a list of rules, at a hook or for others to go to.
type chain struct {
	name     string
	hook     hook
	priority int32
	rules    []rule
}

type hook uint8

const (
	noHook hook = iota
	input
	output
)

func (h hook) String() string { return [...]string{"", "input", "output"}[h] }

// A rule is a match and what becomes of the packet.
type rule struct {
	match    match
	source   bool   // of a packet's two addresses that it comes from, with the interface it leaves by
	set      string // all but isLocal look something up
	protocol uint8  // of markByPort
	verdict  verdict
	to       string // of goTo
	counts   bool
	byIndex  bool // of onLink
}

type match uint8

const (
	inSet          match = iota // the address is in the set
	onLink                      // the address with its interface is
	isLocal                     // the address is link-local
	message                     // the type of the ICMPv6 message is in the set
	markByPort                  // the address with its port is in the map: the packet has its mark now
	markByProtocol              // the address with the protocol is
)

type verdict uint8

const (
	drop verdict = iota
	accept
	goTo
	giveBack // nothing more in this chain
)

// String is the table as nft lists it, without the addresses and what was counted.
func (t shape) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %v %s {\n", t.family, t.name)
	for _, s := range t.sets {
		b.WriteString(s.text(t.family))
	}
	for _, c := range t.chains {
		fmt.Fprintf(&b, "\tchain %s {\n", c.name)
		if c.hook != noHook {
			fmt.Fprintf(&b, "\t\ttype filter hook %v priority %s; policy accept;\n", c.hook, priorityText(c.priority))
		}
		for _, r := range c.rules {
			fmt.Fprintf(&b, "\t\t%s\n", r.text(t.family))
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func (s set) text(f family) string {
	if !s.marks {
		return fmt.Sprintf("\tset %s {\n\t\ttype %s\n\t}\n", s.name, s.holds(f))
	}
	counter := ""
	if s.counts {
		counter = "\t\tcounter\n"
	}
	return fmt.Sprintf("\tmap %s {\n\t\ttype %s : mark\n\t\tflags interval\n%s\t}\n", s.name, s.holds(f), counter)
}

// holds is the type of a set's elements.
func (s set) holds(f family) string {
	addr := [...]string{"ipv4_addr", "ipv6_addr"}[f]
	return [...]string{byAddress: addr, byLinkName: addr + " . ifname", byLinkIndex: addr + " . iface_index",
		byPort: addr + " . inet_service", byProtocol: addr + " . inet_proto", byMessage: "icmpv6_type"}[s.key]
}

// priorityText is a priority as nft writes it: by its distance from "filter", which is 0, if that is short.
func priorityText(n int32) string {
	const near = 10
	switch {
	case n == 0:
		return "filter"
	case n > 0 && n <= near:
		return "filter + " + strconv.Itoa(int(n))
	case n < 0 && n >= -near:
		return "filter - " + strconv.Itoa(-int(n))
	}
	return strconv.Itoa(int(n))
}

func (r rule) text(f family) string {
	end, dev := "daddr", "iif"
	if r.source {
		end, dev = "saddr", "oif"
	}
	if !r.byIndex {
		dev += "name"
	}
	text := fmt.Sprintf("%v %s @%s", f, end, r.set)
	switch r.match {
	case inSet:
	case onLink:
		text = fmt.Sprintf("%v %s . %s @%s", f, end, dev, r.set)
	case isLocal:
		text = fmt.Sprintf("%v %s %v", f, end, allLinkLocal())
	case message:
		text = fmt.Sprintf("icmpv6 type @%s", r.set)
	case markByPort:
		text = fmt.Sprintf("meta mark set %v daddr . %s dport map @%s", f, protocolName(r.protocol), r.set)
	case markByProtocol:
		text = fmt.Sprintf("meta mark set %v daddr . meta l4proto map @%s", f, r.set)
	}
	if r.counts {
		text += " counter"
	}
	return text + " " + [...]string{"drop", "accept", "goto " + r.to, "return"}[r.verdict]
}

// allLinkLocal are the link-local addresses of IPv6 (RFC 4291 section 2.5.6).
func allLinkLocal() netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr("fe80::"), 10) }

// Priority is a number of the configuration as the kernel takes it.
func Priority(n int) int32 { return int32(max(min(n, math.MaxInt32), math.MinInt32)) }
