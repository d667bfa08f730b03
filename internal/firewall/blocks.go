package firewall

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

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

// Blocks are tables that keep packets away from addresses (Accept_Mode of RFC 9568 section 6.1, semantics 3.12).
type Blocks struct {
	Settings
	On      bool // otherwise there is no table
	Blocked Blocked
}

func (w Blocks) tables() []table {
	if !w.On {
		return nil
	}
	var list []table
	for _, f := range families {
		list = append(list, table{blocksOf(w.Settings, f), map[string]elements{}})
	}
	for a := range w.Blocked {
		t := &list[a.family()]
		of := t.elements[a.set()]
		if of == nil {
			of = elements{}
			t.elements[a.set()] = of
		}
		of[element{key: a.key(t.find(a.set()))}] = true
	}
	return list
}

// linkLocal reports whether an address stands for another host on every link.
func (a Address) linkLocal() bool { return a.Addr.Is6() && a.Addr.IsLinkLocalUnicast() }

func (a Address) family() family { return familyOf(a.Addr) }

// set is the name of the set that an address belongs to.
func (a Address) set() string {
	if a.linkLocal() {
		return setLinkLocal
	}
	return setVIPs
}

// key is an address as an element of a set.
func (a Address) key(s set) string {
	key := a.Addr.AsSlice()
	switch s.key {
	case byLinkIndex:
		key = binary.NativeEndian.AppendUint32(key, uint32(a.Index))
	case byLinkName:
		name := make([]byte, unix.IFNAMSIZ)
		copy(name, a.Dev)
		key = append(key, name...)
	}
	return string(key)
}

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

// blocksOf is the table of a family.
func blocksOf(s Settings, f family) shape {
	t := shape{family: f, name: s.Table, sets: []set{{name: setVIPs}}}
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
	link := set{name: setLinkLocal, key: byLinkName}
	if s.ByIndex {
		link.key = byLinkIndex
	}
	t.sets = append(t.sets,
		set{name: setNeighbour, key: byMessage, types: []uint8{neighborSolic, neighborAdvert}},
		// What a router says with the address, and its joining of groups: on a virtual MAC interface it has no
		// other to say it with, and a switch that is not told sends nothing on (RFC 4541).
		set{name: setMessages, key: byMessage,
			types: []uint8{listenerReport, listenerDone, routerAdvert, redirect, listenerReport2}},
		link)
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
