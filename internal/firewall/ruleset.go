// Package firewall keeps packets away from virtual addresses that a master has and must not answer for (Accept_Mode of
// RFC 9568 section 6.1, semantics 3.12). It does so with nftables, by netlink: a table for each family that is ours
// alone, with sets of addresses. What is to be there is a value (Want), and how the kernel gets there as well
// (state.change), so that both can be tested without one; a Filter brings the kernel there and keeps it there.
package firewall

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Settings are how the tables look.
type Settings struct {
	Table    string // name, of the table of either family
	Priority int32  // of the chains at the hooks
	ByIndex  bool   // interfaces are matched by number, otherwise by name
	Counters bool   // every rule counts
}

// An Address is one that nobody is to reach, or to be reached from.
type Address struct {
	Addr netip.Addr
	// Dev is the name of its interface, or Index the number, whichever is matched by. Both are of link-local
	// addresses only: others are blocked on all interfaces, as a host has them on all.
	Dev   string
	Index int
}

// Blocked are addresses that are blocked.
type Blocked map[Address]bool

// Want is what is to be in the kernel.
type Want struct {
	Settings
	On      bool // otherwise there is no table
	Blocked Blocked
}

// linkLocal reports whether an address stands for another host on every link.
func (a Address) linkLocal() bool { return a.Addr.Is6() && a.Addr.IsLinkLocalUnicast() }

func (a Address) family() family {
	if a.Addr.Is4() {
		return ip4
	}
	return ip6
}

// set is the name of the set that an address belongs to.
func (a Address) set() string {
	if a.linkLocal() {
		return setLinkLocal
	}
	return setVIPs
}

// A family is one of addresses. Each has a table, as with keepalived; one for both would not be found under its name.
type family uint8

const (
	ip4 family = iota
	ip6
)

var families = [...]family{ip4, ip6}

func (f family) String() string { return [...]string{"ip", "ip6"}[f] }

// names that keepalived uses as well: people look for them. setMessages is ours.
const (
	setVIPs      = "vips"
	setLinkLocal = "vips_link_local"
	setNeighbour = "neighbor-discovery"
	setMessages  = "router-messages"

	chainIn, chainInLink   = "in", "in_link_local"
	chainOut, chainOutLink = "out", "out_link_local"
)

// types of ICMPv6 messages (RFC 4861 section 4, RFC 2710 section 3, RFC 3810 section 5.2).
const (
	listenerReport  = 131
	listenerDone    = 132
	routerAdvert    = 134
	neighborSolic   = 135
	neighborAdvert  = 136
	redirect        = 137
	listenerReport2 = 143
)

// A table is everything in a table but the addresses.
type table struct {
	family family
	name   string
	sets   []set
	chains []chain
}

// A set is what a rule looks something up in.
type set struct {
	name string
	// types of ICMPv6 that it consists of; nil for one of addresses.
	types []uint8
	// with the interface beside each address, by number or by name.
	interfaces, byIndex bool
}

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
	match   match
	source  bool   // of a packet's two addresses that it comes from, with the interface it leaves by
	set     string // of inSet, onLink and message
	verdict verdict
	to      string // of goTo
	counts  bool
	byIndex bool // of onLink
}

type match uint8

const (
	inSet   match = iota // the address is in the set
	onLink               // the address with its interface is
	isLocal              // the address is link-local
	message              // the type of the ICMPv6 message is in the set
)

type verdict uint8

const (
	drop verdict = iota
	accept
	goTo
)

// tableOf is the table of a family.
func tableOf(s Settings, f family) table {
	t := table{family: f, name: s.Table, sets: []set{{name: setVIPs}}}
	out := chain{name: chainOut, hook: output, priority: s.Priority}
	in := chain{name: chainIn, hook: input, priority: s.Priority}
	counted := func(rules ...rule) []rule {
		for n := range rules {
			rules[n].counts, rules[n].byIndex = s.Counters, s.ByIndex && rules[n].match == onLink
		}
		return rules
	}
	if f == ip4 {
		out.rules = counted(rule{match: inSet, source: true, set: setVIPs})
		in.rules = counted(rule{match: inSet, set: setVIPs})
		t.chains = []chain{out, in}
		return t
	}
	t.sets = append(t.sets,
		set{name: setNeighbour, types: []uint8{neighborSolic, neighborAdvert}},
		// What a router says with the address, and its joining of groups: on a virtual MAC interface it has no
		// other to say it with, and a switch that is not told sends nothing on (RFC 4541).
		set{name: setMessages,
			types: []uint8{listenerReport, listenerDone, routerAdvert, redirect, listenerReport2}},
		set{name: setLinkLocal, interfaces: true, byIndex: s.ByIndex})
	neighbour := rule{match: message, set: setNeighbour, verdict: accept}
	out.rules = counted(neighbour,
		rule{match: message, set: setMessages, verdict: accept},
		rule{match: isLocal, source: true, verdict: goTo, to: chainOutLink},
		rule{match: inSet, source: true, set: setVIPs})
	// Neighbours are answered in any case (RFC 9568 section 6.4.3): without that nothing is sent here that is to be
	// passed on.
	in.rules = counted(neighbour,
		rule{match: isLocal, verdict: goTo, to: chainInLink},
		rule{match: inSet, set: setVIPs})
	t.chains = []chain{out, in,
		{name: chainInLink, rules: counted(rule{match: onLink, set: setLinkLocal})},
		{name: chainOutLink, rules: counted(rule{match: onLink, source: true, set: setLinkLocal})}}
	return t
}

// String is the table as nft lists it, without the addresses and what was counted.
func (t table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %v %s {\n", t.family, t.name)
	for _, s := range t.sets {
		fmt.Fprintf(&b, "\tset %s {\n\t\ttype %s\n\t}\n", s.name, s.holds(t.family))
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

// holds is the type of a set's elements.
func (s set) holds(f family) string {
	switch {
	case s.types != nil:
		return "icmpv6_type"
	case s.interfaces && s.byIndex:
		return "ipv6_addr . iface_index"
	case s.interfaces:
		return "ipv6_addr . ifname"
	case f == ip4:
		return "ipv4_addr"
	}
	return "ipv6_addr"
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
	}
	if r.counts {
		text += " counter"
	}
	return text + " " + [...]string{"drop", "accept", "goto " + r.to}[r.verdict]
}

// allLinkLocal are the link-local addresses of IPv6 (RFC 4291 section 2.5.6).
func allLinkLocal() netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr("fe80::"), 10) }

// Priority is a number of the configuration as the kernel takes it.
func Priority(n int) int32 { return int32(max(min(n, math.MaxInt32), math.MinInt32)) }
