package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// family4 is IPv4. Raw sockets give and take the whole datagram, so all that is checked is in its own header.
type family4 struct {
	link netif.Link
	to   unix.SockaddrInet4
}

func (*family4) hear(fd int) error {
	// Without this the socket gets the multicasts of every group that anybody on
	// this host has joined.
	return option(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, "IP_MULTICAST_ALL", 0)
}

func (f *family4) speak(fd int) error {
	// By the index alone: with an address the kernel would choose the interface that has it, which a VIP
	// on two interfaces makes the wrong one.
	from := &unix.IPMreqn{Ifindex: int32(f.link.Index)}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, from); err != nil {
		return os.NewSyscallError("set IP_MULTICAST_IF", err)
	}
	return option(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP", 0)
}

func (*family4) from(int, netip.Addr) {}

// join makes the socket receive a group as well. The error does not wrap the kernel's: a right that
// lacks is one to have sockets.
func (f *family4) join(fd int, group netip.Addr) error {
	err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP,
		&unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(f.link.Index)})
	if errors.Is(err, unix.ENOBUFS) {
		return fmt.Errorf("join %v: %v (is the sysctl net.ipv4.igmp_max_memberships high enough?)", group, err)
	}
	if err != nil {
		return fmt.Errorf("join %v: %v", group, err)
	}
	return nil
}

func (f *family4) address(dst netip.Addr) unix.Sockaddr {
	f.to.Addr = dst.As4()
	return &f.to
}

// datagram appends the IPv4 datagram of t to b: TOS 0xc0, may be fragmented (semantics 2.1). The kernel fills in the
// header checksum and, as for keepalived, an identification when there is none.
func (*family4) datagram(b []byte, t vrrp.Transmit) []byte {
	h := wire.Header4{Src: t.Src, Dst: t.Dst, TTL: t.TTL, Protocol: protocol, ID: t.ID}
	if t.AH {
		h.Protocol = wire.AHProtocol
	}
	return append(h.Append(b, len(t.Payload)), t.Payload...)
}

// parse4 takes apart a received IPv4 datagram; false if it is not one. The
// payload is part of it. What the IP layer let through is not checked again, and
// nothing of VRRP is: that is counted by vrrp.Core.
func parse4(dev string, b []byte) (vrrp.Datagram, bool) {
	if len(b) < ipv4.HeaderLen || b[0]>>4 != ipv4.Version {
		return vrrp.Datagram{}, false
	}
	header := int(b[0]&0x0f) * 4 // in words of the wire; options make it longer than 20
	if header < ipv4.HeaderLen || header > len(b) {
		return vrrp.Datagram{}, false
	}
	d := vrrp.Datagram{
		Interface:   dev,
		Src:         netip.AddrFrom4([4]byte(b[12:16])),
		Dst:         netip.AddrFrom4([4]byte(b[16:20])),
		TTL:         b[8],
		TotalLength: int(binary.BigEndian.Uint16(b[2:])),
		HeaderLen:   header,
		Header:      b[:header],
		Payload:     b[header:],
	}
	if b[9] != wire.AHProtocol {
		return d, true
	}
	ok := false
	d.AH, d.Payload, ok = wire.SplitAH(d.Payload) // others may use the protocol for something else
	return d, ok
}
