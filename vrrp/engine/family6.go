package engine

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// family6 is IPv6. Raw sockets take the whole datagram and give only what is behind its headers: the
// destination and the hop limit come as control messages.
type family6 struct {
	link   netif.Link
	to     unix.SockaddrInet6
	source netip.Addr // that the sending socket is bound to; the zero Addr for none
	own    unix.SockaddrInet6
}

// leastMTU is the smallest MTU of a link that IPv6 uses (RFC 8200 section 5).
const leastMTU = 1280

func (f *family6) hear(fd int) error {
	if f.link.MTU < leastMTU {
		return fmt.Errorf("IPv6 needs an MTU of %d, this is %d", leastMTU, f.link.MTU)
	}
	for _, o := range []struct {
		name  int
		what  string
		value int
	}{
		// As in IPv4. Kernels before 4.20 do not have it, which is one reason to look at the
		// destination of what was received.
		{unix.IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL", 0},
		{unix.IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO", 1},
		{unix.IPV6_RECVHOPLIMIT, "IPV6_RECVHOPLIMIT", 1},
	} {
		if err := option(fd, unix.IPPROTO_IPV6, o.name, o.what, o.value); err != nil {
			return err
		}
	}
	return nil
}

func (*family6) speak(fd int) error {
	return option(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP", 0)
}

// join makes the socket receive a group as well. The error does not wrap the kernel's: see family4.
func (f *family6) join(fd int, group netip.Addr) error {
	m := &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(f.link.Index)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, m); err != nil {
		return fmt.Errorf("join %v: %v", group, err)
	}
	return nil
}

// from binds the sending socket to the source. Although the header that it is given has one, the kernel would choose
// another for its route, and look at each address of the interface for that: with 250 virtual addresses that took nine
// tenths of the time of a master.
func (f *family6) from(fd int, src netip.Addr) {
	if src == f.source {
		return
	}
	f.own.Addr, f.own.ZoneId = src.As16(), uint32(f.link.Index)
	if f.source = src; unix.Bind(fd, &f.own) != nil {
		// It is gone, or somebody else may have it; the header says all the same whose advert it is.
		f.own.Addr, f.source = netip.IPv6Unspecified().As16(), netip.Addr{}
		_ = unix.Bind(fd, &f.own) // to none, which is always possible
	}
}

func (f *family6) address(dst netip.Addr) unix.Sockaddr {
	// Both the group and a peer may be link-local, which means nothing without the interface.
	f.to.Addr, f.to.ZoneId = dst.As16(), uint32(f.link.Index)
	return &f.to
}

// datagram appends the IPv6 datagram of t to b: traffic class 0xc0, no flow (semantics 2.1).
func (*family6) datagram(b []byte, t vrrp.Transmit) []byte {
	src, dst := t.Src.As16(), t.Dst.As16()
	b = append(b, ipv6.Version<<4|wire.Precedence>>4, wire.Precedence&0x0f<<4, 0, 0)
	// Other than in IPv4 the length does not count the header.
	b = binary.BigEndian.AppendUint16(b, uint16(len(t.Payload)))
	b = append(b, protocol, t.TTL)
	b = append(b, src[:]...)
	b = append(b, dst[:]...)
	return append(b, t.Payload...)
}

// parse6 makes a datagram of what a socket gave; false if the kernel does not tell all of it.
func parse6(dev string, a arrival) (vrrp.Datagram, bool) {
	d := vrrp.Datagram{Interface: dev, Src: a.from, HeaderLen: ipv6.HeaderLen, Payload: a.bytes}
	hops := false
	for rest := a.control; len(rest) >= unix.SizeofCmsghdr; {
		h, data, next, err := unix.ParseOneSocketControlMessage(rest)
		if err != nil {
			return vrrp.Datagram{}, false
		}
		rest = next
		switch {
		case h.Level != unix.IPPROTO_IPV6:
		case h.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
			// The kernel gives it as an int.
			d.TTL, hops = uint8(binary.NativeEndian.Uint32(data)), true
		case h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			// The address comes first, the number of the interface behind it.
			d.Dst = netip.AddrFrom16([16]byte(data))
		}
	}
	// Without the hop limit nothing tells an advert of the link from one that came through routers.
	return d, hops && d.Src.Is6() && d.Dst.IsValid()
}
