package engine

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"holdfast/internal/bfd"
)

const (
	// burst is how many datagrams one system call takes.
	burst = 64
	// maxPacket has room for a packet with the longest authentication, and to see that something is longer.
	maxPacket = 128
	// controlLen is room for the TTL, in bytes.
	controlLen = 64
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// A receiver takes datagrams off sockets, several per system call and without allocating.
type receiver struct {
	msgs     [burst]mmsghdr
	iovs     [burst]unix.Iovec
	bufs     [burst][maxPacket]byte
	names    [burst]unix.RawSockaddrInet6  // also for IPv4, whose are shorter
	controls [burst][controlLen / 8]uint64 // aligned as the kernel's structures are
}

func newReceiver() *receiver {
	// It points into itself: it must not be copied.
	r := new(receiver)
	for i := range r.msgs {
		r.iovs[i].Base = &r.bufs[i][0]
		r.iovs[i].SetLen(maxPacket)
		h := &r.msgs[i].hdr
		h.Iov = &r.iovs[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		h.Control = (*byte)(unsafe.Pointer(&r.controls[i]))
		r.rearm(i)
	}
	return r
}

// rearm makes room in message i for what the kernel writes beside the bytes.
func (r *receiver) rearm(i int) {
	r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	r.msgs[i].hdr.SetControllen(controlLen)
}

// drain calls each for every datagram waiting at a door, at most limit of them. What each gets is valid
// during the call.
func (r *receiver) drain(d *door, limit int, each func(bfd.Arrival)) {
	for total := 0; total < limit; {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(d.fd), uintptr(unsafe.Pointer(&r.msgs[0])), burst,
			unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return // empty; reading an error of the network has cleared it
		}
		for i := range int(n) {
			if a, ok := r.arrival(i); ok {
				a.Multihop = d.key.multihop
				each(a)
			}
			// The kernel has written over the room what it has used of it.
			r.rearm(i)
		}
		total += int(n)
		// Fewer than there was room for: nothing more waits.
		if n < burst {
			return
		}
	}
}

// arrival is message i; false if the kernel does not tell all of it.
func (r *receiver) arrival(i int) (bfd.Arrival, bool) {
	h := &r.msgs[i].hdr
	from, ok := addrPort(&r.names[i])
	ttl, told := hops(unsafe.Slice(h.Control, h.Controllen))
	return bfd.Arrival{From: from, TTL: ttl, Packet: r.bufs[i][:r.msgs[i].len]}, ok && told
}

// addrPort is who has sent a datagram.
func addrPort(name *unix.RawSockaddrInet6) (netip.AddrPort, bool) {
	switch name.Family {
	case unix.AF_INET:
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port(&four.Port)), true
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr), port(&name.Port)), true
	}
	return netip.AddrPort{}, false
}

// port reads a port in the order of the network.
func port(p *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(p))[:]) }

// hops finds the TTL, or hop limit, among control messages.
func hops(control []byte) (int, bool) {
	for len(control) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return 0, false
		}
		control = rest
		ttl := h.Level == unix.IPPROTO_IP && h.Type == unix.IP_TTL
		limit := h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_HOPLIMIT
		if (ttl || limit) && len(data) >= 4 {
			return int(binary.NativeEndian.Uint32(data)), true
		}
	}
	return 0, false
}
