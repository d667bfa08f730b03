package engine

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxDatagram holds the largest advertisement (255 IPv6 addresses) with IP options
// and room to see that something is longer.
const maxDatagram = 4608

// burst is how many datagrams one system call takes.
const burst = 32

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// controlLen is room for the control messages that an IPv6 socket was asked for, in bytes.
const controlLen = 128

// An arrival is what a socket gave of one datagram; it is valid during a call. In IPv4 the source is in the
// bytes and there is no control message.
type arrival struct {
	bytes   []byte
	from    netip.Addr // of an IPv6 socket, without a zone
	control []byte
}

// A receiver takes datagrams off sockets, several per system call and without
// allocating.
type receiver struct {
	msgs     [burst]mmsghdr
	iovs     [burst]unix.Iovec
	bufs     [burst][maxDatagram]byte
	names    [burst]unix.RawSockaddrInet6
	controls [burst][controlLen / 8]uint64 // aligned as the kernel's structures are
}

func newReceiver() *receiver {
	r := new(receiver)
	for i := range r.msgs {
		r.iovs[i].Base = &r.bufs[i][0]
		r.iovs[i].SetLen(maxDatagram)
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
	r.names[i].Family = 0
	r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	r.msgs[i].hdr.SetControllen(controlLen)
}

// arrival is message i.
func (r *receiver) arrival(i int) arrival {
	a := arrival{bytes: r.bufs[i][:r.msgs[i].len]}
	if name := &r.names[i]; name.Family == unix.AF_INET6 {
		a.from = netip.AddrFrom16(name.Addr)
	}
	a.control = unsafe.Slice(r.msgs[i].hdr.Control, r.msgs[i].hdr.Controllen)
	return a
}

// drain calls each for every datagram waiting in fd, at most limit of them, and
// tells how many there were. What each gets is valid during the call.
func (r *receiver) drain(fd, limit int, each func(arrival)) int {
	total := 0
	for total < limit {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.msgs[0])), burst,
			unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			// EAGAIN: empty. ENETDOWN and the like are told by the watcher; reading the error
			// has cleared it.
			return total
		}
		for i := range int(n) {
			each(r.arrival(i))
			r.rearm(i)
		}
		total += int(n)
		if n < burst { // it was emptied: another call would only say EAGAIN
			return total
		}
	}
	return total
}
