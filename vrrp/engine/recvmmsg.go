package engine

import (
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

// A receiver takes datagrams off sockets, several per system call and without
// allocating. IPv4 raw sockets give the whole datagram, so source, destination and TTL are in
// its own header.
type receiver struct {
	msgs [burst]mmsghdr
	iovs [burst]unix.Iovec
	bufs [burst][maxDatagram]byte
}

func newReceiver() *receiver {
	r := new(receiver)
	for i := range r.msgs {
		r.iovs[i].Base = &r.bufs[i][0]
		r.iovs[i].SetLen(maxDatagram)
		r.msgs[i].hdr.Iov = &r.iovs[i]
		r.msgs[i].hdr.SetIovlen(1)
	}
	return r
}

// drain calls each for every datagram waiting in fd, at most limit of them, and
// tells how many there were. The bytes are valid during the call.
func (r *receiver) drain(fd, limit int, each func(b []byte)) int {
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
			each(r.bufs[i][:r.msgs[i].len])
		}
		total += int(n)
		if n < burst {
			return total
		}
	}
	return total
}
