package engine

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/net/bpf"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/internal/sockbuf"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// This file is the socket of a router that lives on a virtual MAC interface. It is below IP there, because the
// kernel must say nothing by itself on that interface while another router is master: what it says has the
// hardware address that is the master's, and switches would send the master's traffic here. Joining a group makes
// the kernel say so, and sending from an interface takes an address on it. So the group is joined on the
// interface below, which tells switches with the hardware address there, and on the virtual one the card's filter
// lets it in.
//
// The socket must be on the virtual interface, not only on the one below. The kernel gives a frame that has the
// hardware address of one of our virtual interfaces as its source, as those of the other routers with this
// VRID have, to that one alone.

// A frameSocket sends and receives IP datagrams with link-layer headers that the kernel makes.
type frameSocket struct {
	packet int // bound to the virtual interface
	member int // keeps the membership on the interface below
	out    []byte
	family family
	to     unix.SockaddrLinklayer
}

// errNoParent is a virtual interface whose parent is not there, or in another network namespace.
var errNoParent = errors.New("the interface below is not here")

func openFrameSocket(k portKey, link netif.Link) (socket, error) {
	if link.Parent == 0 {
		return nil, errNoParent
	}
	// Groups are joined on the interface below, see the top of this file.
	s := &frameSocket{packet: -1, member: -1, family: familyOf(k, netif.Link{Index: link.Parent, MTU: link.MTU})}
	s.to = unix.SockaddrLinklayer{Protocol: bigEndian(etherType(k)), Ifindex: link.Index, Halen: 6,
		Addr: groupHardware(k.group)}
	err := s.open(k, link)
	if err == nil {
		err = roomBeside(s.packet)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	if k.below {
		s.to.Ifindex = link.Parent
	}
	return s, nil
}

func (s *frameSocket) open(k portKey, link netif.Link) (err error) {
	// Without a protocol nothing is received before the filter is there and the socket bound.
	if s.packet, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return os.NewSyscallError("socket", err)
	}
	if err := filter(s.packet, frameFilter(k)); err != nil {
		return err
	}
	s.resize(receiveBuffer)
	if err := option(s.packet, unix.SOL_SOCKET, unix.SO_PRIORITY, "SO_PRIORITY", urgent); err != nil {
		return err
	}
	if err := unix.Bind(s.packet, &unix.SockaddrLinklayer{Protocol: s.to.Protocol, Ifindex: link.Index}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	letIn := &unix.PacketMreq{Ifindex: int32(link.Index), Type: unix.PACKET_MR_MULTICAST, Alen: 6, Address: s.to.Addr}
	if err := unix.SetsockoptPacketMreq(s.packet, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, letIn); err != nil {
		return os.NewSyscallError("set PACKET_ADD_MEMBERSHIP", err)
	}
	if s.member, err = unix.Socket(k.family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return os.NewSyscallError("socket", err)
	}
	return s.family.join(s.member, k.group)
}

func etherType(k portKey) uint16 {
	if k.family == unix.AF_INET6 {
		return unix.ETH_P_IPV6
	}
	return unix.ETH_P_IP
}

// bigEndian is a number as the kernel reads it from memory in network order.
func bigEndian(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}

// groupHardware is the link-layer address of a group (RFC 1112 section 6.4, RFC 2464 section 7).
func groupHardware(group netip.Addr) [8]byte {
	if group.Is6() {
		a := group.As16()
		return [8]byte{0x33, 0x33, a[12], a[13], a[14], a[15]}
	}
	a := group.As4()
	return [8]byte{0x01, 0x00, 0x5e, a[1] & 0x7f, a[2], a[3]}
}

// filter makes a socket take only what a program accepts.
func filter(fd int, program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		code[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	p := &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, p)
	return os.NewSyscallError("set SO_ATTACH_FILTER", err)
}

// frameFilter accepts the VRRP datagrams to a port's group for its router: each of the virtual interfaces on a
// card gets those of all.
func frameFilter(k portKey) []bpf.Instruction {
	var program []bpf.Instruction
	only := func(load bpf.Instruction, value uint32) {
		program = append(program, load, bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1}, bpf.RetConstant{})
	}
	only(bpf.LoadExtension{Num: bpf.ExtType}, unix.PACKET_MULTICAST) // not one for another VLAN, nor our own
	if k.family == unix.AF_INET6 {
		// At 6 is the next header, at 24 the destination, the VRID in the second byte behind.
		only(bpf.LoadAbsolute{Off: 6, Size: 1}, protocol)
		group := k.group.As16()
		for at := uint32(0); at < 16; at += 4 {
			only(bpf.LoadAbsolute{Off: 24 + at, Size: 4}, binary.BigEndian.Uint32(group[at:]))
		}
		only(bpf.LoadAbsolute{Off: ipv6.HeaderLen + 1, Size: 1}, uint32(k.vrid))
	} else {
		group := k.group.As4()
		// At 9 is the protocol, at 16 the destination.
		only(bpf.LoadAbsolute{Off: 9, Size: 1}, uint32(k.protocol))
		only(bpf.LoadAbsolute{Off: 16, Size: 4}, binary.BigEndian.Uint32(group[:]))
		program = append(program, bpf.LoadMemShift{Off: 0}) // the length of the header
		vrid := uint32(1)
		if k.protocol == wire.AHProtocol {
			vrid += wire.AHLen
		}
		only(bpf.LoadIndirect{Off: vrid, Size: 1}, uint32(k.vrid))
	}
	return append(program, bpf.RetConstant{Val: maxDatagram})
}

func (s *frameSocket) fd() int { return s.packet }

func (s *frameSocket) resize(bytes int) { _ = sockbuf.Most(s.packet, bytes) } // the one it has does as well

func (s *frameSocket) close() {
	for _, fd := range []int{s.packet, s.member} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// closers is how many frame sockets are closed at the same time.
const closers = 16

// closeFrames closes all frame sockets at the end of the role. For each the kernel waits 10 ms and more until nobody
// uses it; those that wait at the same time wait for the same.
func (ps *ports) closeFrames() {
	todo := make(chan *frameSocket)
	var done sync.WaitGroup
	for range closers {
		done.Go(func() {
			for s := range todo {
				s.close()
			}
		})
	}
	for _, p := range ps.all {
		if s, is := p.socket.(*frameSocket); is {
			ps.poll.Remove(s.fd())
			delete(ps.byFD, s.fd())
			// No port has it any more: nobody else closes it.
			p.endpoint = endpoint{}
			todo <- s
		}
	}
	close(todo)
	done.Wait()
}

// send sends one datagram at once or fails; it never waits.
func (s *frameSocket) send(t vrrp.Transmit) error {
	s.out = s.family.datagram(s.out[:0], t)
	if t.Dst.Is4() {
		// Below IP nobody fills it in for us.
		binary.BigEndian.PutUint16(s.out[10:], headerChecksum(s.out[:ipv4.HeaderLen]))
	}
	return unix.Sendto(s.packet, s.out, unix.MSG_DONTWAIT, &s.to)
}

// headerChecksum is that of an IPv4 header whose field for it is zero, and zero of one that has it (RFC 791).
func headerChecksum(header []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// parseFrame takes apart what a frame socket gave, and checks what the IP layer would have.
func parseFrame(k portKey, b []byte) (vrrp.Datagram, bool) {
	if k.family == unix.AF_INET6 {
		return parseFrame6(k.dev, b)
	}
	d, ok := parse4(k.dev, b)
	const fragment = 0x3fff // more of them, or an offset; the kernel has put together what it could
	if !ok || d.TotalLength < d.HeaderLen || d.TotalLength > len(b) || headerChecksum(b[:d.HeaderLen]) != 0 ||
		binary.BigEndian.Uint16(b[6:])&fragment != 0 {
		return vrrp.Datagram{}, false
	}
	d.Payload = d.Payload[:max(d.TotalLength-d.HeaderLen-len(d.AH), 0)] // short frames are padded
	return d, true
}

func parseFrame6(dev string, b []byte) (vrrp.Datagram, bool) {
	if len(b) < ipv6.HeaderLen || b[0]>>4 != ipv6.Version {
		return vrrp.Datagram{}, false
	}
	end := ipv6.HeaderLen + int(binary.BigEndian.Uint16(b[4:]))
	if end > len(b) {
		return vrrp.Datagram{}, false
	}
	return vrrp.Datagram{
		Interface: dev,
		Src:       netip.AddrFrom16([16]byte(b[8:24])),
		Dst:       netip.AddrFrom16([16]byte(b[24:40])),
		TTL:       b[7],
		HeaderLen: ipv6.HeaderLen,
		Payload:   b[ipv6.HeaderLen:end],
	}, true
}
