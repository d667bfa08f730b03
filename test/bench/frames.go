package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where things are in a frame of Ethernet, IPv4 and TCP or UDP.
const (
	frameSize = 60
	ipAt      = 14
	portsAt   = ipAt + 20
	flagsAt   = portsAt + 13
)

// The flags of TCP.
const (
	synFlag = 0x02
	ackFlag = 0x10
)

// A packet is what a frame is about.
type packet struct {
	from, to netip.AddrPort
	protocol byte
	flags    byte // of TCP
}

// A generator writes frames to a link, many by one system call.
type generator struct {
	fd     int
	frames [64][frameSize]byte
	iovs   [64]unix.Iovec
	msgs   [64]message
}

// message is the kernel's struct mmsghdr.
type message struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// newGenerator writes to a link of the namespace that the thread is in. Frames go from one station to another.
func newGenerator(link string, to net.HardwareAddr) (*generator, error) {
	in, err := net.InterfaceByName(link)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	g := &generator{fd: fd}
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: in.Index}),
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)); err != nil {
		return nil, errors.Join(err, g.close())
	}
	for n := range g.frames {
		f := g.frames[n][:]
		copy(f, to)
		copy(f[6:], in.HardwareAddr)
		f[12], f[13] = 0x08, 0x00
		f[ipAt], f[ipAt+8] = 0x45, 64
		binary.BigEndian.PutUint16(f[ipAt+2:], frameSize-ipAt)
		f[portsAt+12] = 5 << 4
		g.iovs[n].Base = &f[0]
		g.iovs[n].SetLen(len(f))
		g.msgs[n].hdr.Iov = &g.iovs[n]
		g.msgs[n].hdr.SetIovlen(1)
	}
	return g, nil
}

func (g *generator) close() error { return unix.Close(g.fd) }

// send writes n packets, and tells how long each takes, with all that the kernel does with it on one processor: of
// batches, the one that a tenth of them are faster than, so that no time of others counts. Where that is far from the
// middle one, packets were put off from one batch to the next, and the middle one counts.
func (g *generator) send(n int, what func(i int) packet) (time.Duration, error) {
	var each []float64
	for i := 0; i < n; {
		batch := min(n-i, len(g.frames))
		for k := range batch {
			fill(g.frames[k][:], what(i+k))
		}
		began := time.Now()
		for k := 0; k < batch; {
			sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(g.fd),
				uintptr(unsafe.Pointer(&g.msgs[k])), uintptr(batch-k), 0, 0, 0)
			if errno != 0 && errno != unix.EINTR {
				return 0, fmt.Errorf("packet %d of %d: %w", i+k, n, errno)
			}
			if errno == 0 {
				k += int(sent)
			}
		}
		each = append(each, float64(time.Since(began))/float64(batch))
		i += batch
	}
	runtime.KeepAlive(g)
	slices.Sort(each)
	quick := each[len(each)/10]
	if usual := each[len(each)/2]; usual > 4*quick {
		quick = usual
	}
	return time.Duration(quick), nil
}

// fill has a frame be about a packet. The checksum of TCP or UDP, which no director looks at, is left out.
func fill(f []byte, p packet) {
	f[ipAt+9] = p.protocol
	from, to := p.from.Addr().As4(), p.to.Addr().As4()
	copy(f[ipAt+12:], from[:])
	copy(f[ipAt+16:], to[:])
	binary.BigEndian.PutUint16(f[ipAt+10:], 0)
	binary.BigEndian.PutUint16(f[ipAt+10:], checksum(f[ipAt:portsAt]))
	binary.BigEndian.PutUint16(f[portsAt:], p.from.Port())
	binary.BigEndian.PutUint16(f[portsAt+2:], p.to.Port())
	if p.protocol == unix.IPPROTO_UDP {
		binary.BigEndian.PutUint16(f[portsAt+4:], frameSize-portsAt)
		binary.BigEndian.PutUint16(f[portsAt+6:], 0)
		return
	}
	f[flagsAt] = p.flags
}

// checksum is that of IPv4 (RFC 1071).
func checksum(header []byte) uint16 {
	var sum uint32
	for i := 0; i < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
