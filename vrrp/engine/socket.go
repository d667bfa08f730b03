package engine

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A port is the two raw sockets of one interface: everything VRRP that arrives on
// it, multicast and unicast, comes out of rx; tx sends with headers of our own.
type port struct {
	dev    string
	index  int
	rx, tx int
	groups map[netip.Addr]bool // joined
	out    []byte
	to     unix.SockaddrInet4
	each   func(b []byte) // handles a received datagram; set once, so that reading allocates nothing
	failed unix.Errno     // of the last send; logged when it changes
	full   time.Time      // when there was last no room to send
}

// receiveBuffer is the receive buffer in bytes: some thousand advertisements, so that
// none is lost while the loop sets a large number of addresses.
const receiveBuffer = 1 << 20

// openPort opens the sockets of link. The error is EPERM without the right to.
func openPort(link netif.Link) (*port, error) {
	p := &port{dev: link.Name, index: link.Index, rx: -1, tx: -1, groups: map[netip.Addr]bool{}}
	err := errors.Join(p.openReceive(), p.openSend(link))
	if err != nil {
		p.close()
		return nil, fmt.Errorf("open VRRP sockets on %s: %w", link.Name, err)
	}
	return p, nil
}

func rawSocket(dev string, proto int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.BindToDevice(fd, dev); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("bind to device", err)
	}
	return fd, nil
}

func (p *port) openReceive() (err error) {
	if p.rx, err = rawSocket(p.dev, protocol); err != nil {
		return err
	}
	// Without this the socket gets the multicasts of every group that anybody on
	// this host has joined.
	if err := unix.SetsockoptInt(p.rx, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0); err != nil {
		return os.NewSyscallError("set IP_MULTICAST_ALL", err)
	}
	if unix.SetsockoptInt(p.rx, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(p.rx, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	return nil
}

func (p *port) openSend(link netif.Link) (err error) {
	// IPPROTO_RAW receives nothing.
	if p.tx, err = rawSocket(p.dev, unix.IPPROTO_RAW); err != nil {
		return err
	}
	const control = 7 // TC_PRIO_CONTROL: before the traffic that may be filling the queue
	if err := unix.SetsockoptInt(p.tx, unix.SOL_SOCKET, unix.SO_PRIORITY, control); err != nil {
		return os.NewSyscallError("set SO_PRIORITY", err)
	}
	return options(p.tx, func(c *ipv4.RawConn) error {
		return errors.Join(c.SetMulticastInterface(&net.Interface{Index: link.Index, Name: link.Name}), c.SetMulticastLoopback(false))
	})
}

// join makes the port receive group as well.
func (p *port) join(group netip.Addr) error {
	if p.groups[group] {
		return nil
	}
	err := options(p.rx, func(c *ipv4.RawConn) error {
		return c.JoinGroup(&net.Interface{Index: p.index, Name: p.dev}, &net.IPAddr{IP: group.AsSlice()})
	})
	if err != nil {
		return fmt.Errorf("join %v on %s: %w", group, p.dev, err)
	}
	p.groups[group] = true
	return nil
}

// leave undoes join.
func (p *port) leave(group netip.Addr) error {
	delete(p.groups, group)
	return options(p.rx, func(c *ipv4.RawConn) error {
		return c.LeaveGroup(&net.Interface{Index: p.index, Name: p.dev}, &net.IPAddr{IP: group.AsSlice()})
	})
}

// options sets socket options of fd through package ipv4; fd itself stays outside of
// the runtime's poller.
func options(fd int, set func(*ipv4.RawConn) error) error {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("dup", err)
	}
	f := os.NewFile(uintptr(dup), "vrrp")
	defer f.Close()
	pc, err := net.FilePacketConn(f)
	if err != nil {
		return err
	}
	defer pc.Close()
	c, err := ipv4.NewRawConn(pc)
	if err != nil {
		return err
	}
	return set(c)
}

func (p *port) close() {
	for _, fd := range []int{p.rx, p.tx} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// send sends one datagram at once or fails; it never waits.
func (p *port) send(t vrrp.Transmit) error {
	p.out = appendDatagram(p.out[:0], t)
	p.to.Addr = t.Dst.As4()
	return unix.Sendto(p.tx, p.out, unix.MSG_DONTWAIT, &p.to)
}
