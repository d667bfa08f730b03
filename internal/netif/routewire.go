package netif

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// This file is how the kernel is told of routes, and tells of them.

// Routes reads all routes that were set by one of protos, RTPROT_*. A router may have a million
// others: the kernel is asked to leave them out, which it does from 4.20 on.
func (k *Kernel) Routes(protos []uint8) ([]Route, error) {
	// Without this option the kernel ignores the protocol that a dump asks for. It is taken back,
	// because the kernel is strict with the headers of all other dumps, too, while it is set.
	fd := k.sock.GetFd()
	if unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1) == nil {
		defer func() { _ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 0) }()
	}
	var all []Route
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for _, proto := range protos {
			// A dump takes one protocol: keepalived's (18), and any that a configuration has
			// written.
			ask := nl.NewNetlinkRequest(unix.RTM_GETROUTE, unix.NLM_F_DUMP)
			ask.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{Family: family, Protocol: proto}})
			from := len(all)
			err := k.dump(ask, func(again bool, b []byte) {
				if again {
					// Back to where this dump began: what the others have told stays.
					all = all[:from]
				}
				// Compared here as well, for kernels before 4.20, which tell all.
				if r, ok := parseRoute(b); ok && r[0].Proto == proto {
					all = append(all, r...)
				}
			})
			if err != nil && !noFamily(err) {
				return nil, fmt.Errorf("read routes: %w", err)
			}
		}
	}
	return all, nil
}

// noFamily reports whether an error says that the kernel was built without a family, or without rules.
func noFamily(err error) bool {
	return err == unix.EOPNOTSUPP || err == unix.EAFNOSUPPORT
}

// VRFTable is the routing table of the VRF device called name; the error is ENODEV if there is no such
// device, and EINVAL if it is no VRF.
func (k *Kernel) VRFTable(name string) (uint32, error) {
	links, err := k.Links()
	if err != nil {
		return 0, err
	}
	l, ok := State{Links: links}.Link(name)
	return vrfTable(l, ok)
}

func vrfTable(l Link, there bool) (uint32, error) {
	switch {
	case !there:
		return 0, unix.ENODEV
	case l.Kind != kindVRF:
		return 0, unix.EINVAL
	}
	return l.Table, nil
}

// ChangeRoutes carries out changes in order and gives one result for each: nil or the kernel's errno.
func (k *Kernel) ChangeRoutes(changes []Change[Route]) []error {
	return k.exchange(len(changes), func(i int) *nl.NetlinkRequest { return routeRequest(changes[i]) })
}

func routeRequest(c Change[Route]) *nl.NetlinkRequest {
	typ, flags := unix.RTM_NEWROUTE, unix.NLM_F_ACK
	r := c.What
	switch {
	case c.Op == Delete:
		typ = unix.RTM_DELROUTE
	case r.Alone:
		flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
	case r.Append:
		flags |= unix.NLM_F_CREATE | unix.NLM_F_APPEND
	// CREATE alone puts it before those in its slot, as `ip route prepend` does (semantics 3.16).
	default:
		flags |= unix.NLM_F_CREATE
	}
	req := nl.NewNetlinkRequest(typ, flags)
	msg := &nl.RtMsg{RtMsg: unix.RtMsg{Family: familyOf(r.IPv6), Dst_len: uint8(r.Dst.Bits()), Tos: r.TOS,
		Protocol: r.Proto, Scope: r.Scope, Type: r.Type}}
	// The header has one byte for it. RTA_TABLE has all of it, and is what the kernel believes.
	if r.Table < 256 {
		msg.Table = uint8(r.Table)
	}
	if r.Src.IsValid() {
		msg.Src_len = uint8(r.Src.Bits())
	}
	req.AddData(msg)
	add := func(typ int, data []byte) { req.AddData(nl.NewRtAttr(typ, data)) }
	add(unix.RTA_DST, r.Dst.Addr().AsSlice())
	if r.Src.IsValid() {
		add(unix.RTA_SRC, r.Src.Addr().AsSlice())
	}
	if r.PrefSrc.IsValid() {
		add(unix.RTA_PREFSRC, r.PrefSrc.AsSlice())
	}
	add(unix.RTA_TABLE, nl.Uint32Attr(r.Table))
	if r.Metric != 0 {
		add(unix.RTA_PRIORITY, nl.Uint32Attr(r.Metric))
	}
	if m := r.Metrics.attribute(); m != nil {
		req.AddData(m)
	}
	if r.IPv6 {
		add(unix.RTA_PREF, []byte{r.Pref})
	}
	if r.Expires != 0 {
		add(unix.RTA_EXPIRES, nl.Uint32Attr(r.Expires))
	}
	// unset is neither 0 nor 1: then the kernel decides.
	if r.TTLPropagate <= 1 {
		add(unix.RTA_TTL_PROPAGATE, []byte{r.TTLPropagate})
	}
	addHops(req, msg, r)
	return req
}

func familyOf(ipv6 bool) uint8 {
	if ipv6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// addHops adds the legs of a route: one as attributes of the route unless it weighs something, several in
// an attribute of their own.
func addHops(req *nl.NetlinkRequest, msg *nl.RtMsg, r Route) {
	// 0 is no weight at all, 1 the one that a single leg has anyway.
	if len(r.Hops) == 1 && r.Hops[0].Weight <= 1 {
		h := r.Hops[0]
		if h.OnLink {
			msg.Flags |= unix.RTNH_F_ONLINK
		}
		if h.Index != 0 {
			req.AddData(nl.NewRtAttr(unix.RTA_OIF, nl.Uint32Attr(uint32(h.Index))))
		}
		for _, a := range h.attributes() {
			req.AddData(a)
		}
		return
	}
	// A blackhole and its like lead nowhere: see legs.
	if len(r.Hops) == 0 {
		return
	}
	all := nl.NewRtAttr(unix.RTA_MULTIPATH, nil)
	for _, h := range r.Hops {
		// rtnh_hops is the weight less one, so that a byte holds 1 to 256.
		hop := &nl.RtNexthop{RtNexthop: unix.RtNexthop{Ifindex: int32(h.Index), Hops: uint8(max(h.Weight, 1) - 1)}}
		if h.OnLink {
			hop.Flags |= unix.RTNH_F_ONLINK
		}
		for _, a := range h.attributes() {
			hop.Children = append(hop.Children, a)
		}
		all.AddChild(hop)
	}
	req.AddData(all)
}

// attributes are those of a leg except its interface.
func (h Hop) attributes() []*nl.RtAttr {
	var list []*nl.RtAttr
	if h.Via.IsValid() {
		list = append(list, nl.NewRtAttr(unix.RTA_GATEWAY, h.Via.AsSlice()))
	}
	if h.Flow != 0 {
		list = append(list, nl.NewRtAttr(unix.RTA_FLOW, nl.Uint32Attr(h.Flow)))
	}
	if h.Encap.Kind != 0 {
		list = append(list, h.Encap.attribute(), nl.NewRtAttr(unix.RTA_ENCAP_TYPE, nl.Uint16Attr(h.Encap.Kind)))
	}
	return list
}

// attribute is nil when nothing is set.
func (m Metrics) attribute() *nl.RtAttr {
	if m == (Metrics{}) {
		return nil
	}
	all := nl.NewRtAttr(unix.RTA_METRICS, nil)
	if m.CongCtl != "" {
		all.AddRtAttr(unix.RTAX_CC_ALGO, nl.ZeroTerminated(m.CongCtl))
	}
	for typ, v := range m.Values {
		if v != 0 {
			all.AddRtAttr(typ, nl.Uint32Attr(v))
		}
	}
	return all
}

// The attributes of tunnels over IP and IPv6 (LWTUNNEL_IP_*; those of IPv6 have the same numbers), MPLS and ILA.
const (
	tunnelID = iota + 1
	tunnelDst
	tunnelSrc
	tunnelTTL
	tunnelTOS
	tunnelFlags
)

const (
	mplsDst    = 1
	ilaLocator = 1
	bottom     = 1 << 8 // of the stack of labels
)

func (e Encap) attribute() *nl.RtAttr {
	// The numbers in tunnels are in network byte order, unlike the others here.
	all := nl.NewRtAttr(unix.RTA_ENCAP|unix.NLA_F_NESTED, nil)
	switch e.Kind {
	case unix.LWTUNNEL_ENCAP_MPLS:
		all.AddRtAttr(mplsDst, labelStack(e.Labels))
		return all
	case unix.LWTUNNEL_ENCAP_ILA:
		all.AddRtAttr(ilaLocator, binary.BigEndian.AppendUint64(nil, e.Locator))
		return all
	}
	all.AddRtAttr(tunnelID, binary.BigEndian.AppendUint64(nil, e.ID))
	if e.Dst.IsValid() {
		all.AddRtAttr(tunnelDst, e.Dst.AsSlice())
	}
	if e.Src.IsValid() {
		all.AddRtAttr(tunnelSrc, e.Src.AsSlice())
	}
	if e.TTL != 0 {
		all.AddRtAttr(tunnelTTL, []byte{e.TTL})
	}
	if e.TOS != 0 {
		all.AddRtAttr(tunnelTOS, []byte{e.TOS})
	}
	if e.Flags != 0 {
		all.AddRtAttr(tunnelFlags, binary.BigEndian.AppendUint16(nil, e.Flags))
	}
	return all
}

func labelStack(labels [2]int32) []byte {
	var b []byte
	for i, l := range labels {
		if l < 0 {
			continue
		}
		// RFC 3032: 20 bits of label, 3 of class, the bottom of the stack, 8 of TTL.
		entry := uint32(l) << 12
		if i == 1 || labels[1] < 0 {
			entry |= bottom
		}
		b = binary.BigEndian.AppendUint32(b, entry)
	}
	return b
}

func parseEncap(kind uint16, b []byte) Encap {
	e := Encap{Kind: kind}
	if kind == unix.LWTUNNEL_ENCAP_MPLS {
		// 0 is a label (explicit null), so -1 stands for none.
		e.Labels = [2]int32{-1, -1}
	}
	attributes(b, func(typ uint16, v []byte) {
		switch {
		case kind == unix.LWTUNNEL_ENCAP_MPLS:
			if typ == mplsDst {
				for i := 0; i < len(e.Labels) && len(v) >= 4*(i+1); i++ {
					e.Labels[i] = int32(binary.BigEndian.Uint32(v[4*i:]) >> 12)
				}
			}
		case kind == unix.LWTUNNEL_ENCAP_ILA:
			if typ == ilaLocator && len(v) >= 8 {
				e.Locator = binary.BigEndian.Uint64(v)
			}
		case kind == unix.LWTUNNEL_ENCAP_IP || kind == unix.LWTUNNEL_ENCAP_IP6:
			e.parseTunnel(typ, v)
		}
	})
	return e
}

func (e *Encap) parseTunnel(typ uint16, v []byte) {
	address := func() netip.Addr {
		a, _ := netip.AddrFromSlice(v)
		// The kernel tells 0.0.0.0 or :: of an address that was not given.
		if a.IsUnspecified() {
			return netip.Addr{}
		}
		return a
	}
	switch {
	case typ == tunnelID && len(v) >= 8:
		e.ID = binary.BigEndian.Uint64(v)
	case typ == tunnelDst:
		e.Dst = address()
	case typ == tunnelSrc:
		e.Src = address()
	case typ == tunnelTTL && len(v) > 0:
		e.TTL = v[0]
	case typ == tunnelTOS && len(v) > 0:
		e.TOS = v[0]
	case typ == tunnelFlags && len(v) >= 2:
		e.Flags = binary.BigEndian.Uint16(v)
	}
}

// parseRoute reads one message; a multipath route of IPv6 is one route for each leg. False is for what
// is no route but a cached result.
func parseRoute(b []byte) ([]Route, bool) {
	if len(b) < unix.SizeofRtMsg || number(b[8:])&unix.RTM_F_CLONED != 0 {
		return nil, false
	}
	// rtmsg: family, lengths of destination and source, TOS, table, protocol, scope, type, flags.
	r := Route{IPv6: b[0] == unix.AF_INET6, TOS: b[3], Table: uint32(b[4]), Proto: b[5], Scope: b[6], Type: b[7],
		TTLPropagate: unset}
	r.Dst = prefixFrom(netip.Addr{}, int(b[1]), r.IPv6)
	var several []Hop
	one := parseHop(b[unix.SizeofRtMsg:], number(b[8:]))
	attributes(b[unix.SizeofRtMsg:], func(typ uint16, v []byte) {
		a, _ := netip.AddrFromSlice(v)
		switch typ {
		case unix.RTA_DST:
			r.Dst = netip.PrefixFrom(a, int(b[1]))
		case unix.RTA_SRC:
			r.Src = netip.PrefixFrom(a, int(b[2]))
		case unix.RTA_PREFSRC:
			r.PrefSrc = a
		// It replaces the byte of the header, which is too small for most tables.
		case unix.RTA_TABLE:
			r.Table = number(v)
		case unix.RTA_PRIORITY:
			r.Metric = number(v)
		case unix.RTA_OIF:
			one.Index = int(number(v))
		case unix.RTA_METRICS:
			r.Metrics = parseMetrics(v)
		case unix.RTA_PREF:
			if len(v) > 0 {
				r.Pref = v[0]
			}
		case unix.RTA_CACHEINFO: // rta_cacheinfo: clntref, lastuse, expires in hundredths of seconds
			if len(v) >= 12 && int32(number(v[8:])) > 0 {
				r.Expires = max(number(v[8:])/100, 1)
			}
		case unix.RTA_MULTIPATH:
			several = parseHops(v)
		}
	})
	switch {
	case !r.legs():
	case several == nil:
		r.Hops = []Hop{one}
	case r.IPv6:
		return r.perHop(several), true
	default:
		r.Hops = several
	}
	return []Route{r}, true
}

// perHop is a route for each leg.
func (r Route) perHop(hops []Hop) []Route {
	list := make([]Route, len(hops))
	for i, h := range hops {
		list[i] = r
		list[i].Hops = []Hop{h}
	}
	return list
}

// unset stands for a value that was not given where 0 is one.
const unset = ^uint8(0)

func prefixFrom(a netip.Addr, bits int, ipv6 bool) netip.Prefix {
	if !a.IsValid() {
		if a = netip.IPv4Unspecified(); ipv6 {
			a = netip.IPv6Unspecified()
		}
	}
	return netip.PrefixFrom(a, bits)
}

// parseHop reads the attributes of a leg, but its interface.
func parseHop(b []byte, flags uint32) Hop {
	h := Hop{OnLink: flags&unix.RTNH_F_ONLINK != 0}
	var encap []byte
	attributes(b, func(typ uint16, v []byte) {
		switch typ {
		case unix.RTA_GATEWAY:
			h.Via, _ = netip.AddrFromSlice(v)
		case unix.RTA_FLOW:
			h.Flow = number(v)
		case unix.RTA_ENCAP:
			encap = v
		case unix.RTA_ENCAP_TYPE:
			if len(v) >= 2 {
				h.Encap.Kind = binary.NativeEndian.Uint16(v)
			}
		}
	})
	if h.Encap.Kind != 0 {
		h.Encap = parseEncap(h.Encap.Kind, encap)
	}
	return h
}

func parseHops(b []byte) []Hop {
	hops := []Hop{}
	for len(b) >= unix.SizeofRtNexthop {
		// rtnexthop: length (2), flags (1), weight less one (1), interface (4), and then
		// attributes.
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtNexthop || n > len(b) {
			break
		}
		h := parseHop(b[unix.SizeofRtNexthop:n], uint32(b[2]))
		h.Weight, h.Index = int(b[3])+1, int(int32(number(b[4:])))
		hops = append(hops, h)
		b = b[min((n+3)&^3, len(b)):]
	}
	return hops
}

func parseMetrics(b []byte) (m Metrics) {
	attributes(b, func(typ uint16, v []byte) {
		switch {
		case typ == unix.RTAX_CC_ALGO:
			m.CongCtl = text(v)
		// A newer kernel may have more of them; nobody could have asked for those here.
		case int(typ) < len(m.Values):
			m.Values[typ] = number(v)
		}
	})
	return m
}

// RouteLost tells that a route is gone, or that another one has taken its place. The kernel does not say
// so of routes of IPv4 that go with their interface or with an address.
type RouteLost struct{ Route Route }

func (RouteLost) isEvent() {}

// RouteGroups are for RouteLost.
func RouteGroups() Groups { return Groups{unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE} }

func routeEvent(typ, flags uint16, b []byte) Event {
	// A route that only joins others takes nothing from anybody.
	if typ == unix.RTM_NEWROUTE && flags&unix.NLM_F_REPLACE == 0 {
		return nil
	}
	if r, ok := parseRoute(b); ok && len(r) > 0 {
		return RouteLost{r[0]}
	}
	return nil
}
