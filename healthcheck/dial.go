package healthcheck

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// deviceError says that a socket cannot be bound to the interface of bind_if.
type deviceError struct {
	name string
	err  error
}

func (e *deviceError) Error() string { return "bind to device " + e.name + ": " + e.err.Error() }

// dial connects to the target of k within connect_timeout, from the address, port and
// interface and with the firewall mark it asks for (semantics 10.15).
func dial(ctx context.Context, k config.Checker) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, k.ConnectTimeout)
	defer cancel()
	d := net.Dialer{
		// No keep-alives: the connection lives for one check.
		KeepAlive: -1,
		Control: func(_, _ string, c syscall.RawConn) error {
			return prepare(c, k)
		},
	}
	if from := source(&k); from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(from)
	}
	to := netip.AddrPortFrom(zoned(k.Connect.Addr(), k.BindIf), k.Connect.Port())
	return d.DialContext(ctx, "tcp", to.String())
}

// prepare sets the options of a socket before it is bound.
func prepare(c syscall.RawConn, k config.Checker) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = setOptions(int(fd), &k) }); cerr != nil {
		return cerr
	}
	return err
}

// setOptions sets the firewall mark and the interface. A fixed source port in TIME_WAIT
// still blocks the next attempt (semantics 9.8): there is no SO_REUSEADDR.
func setOptions(fd int, k *config.Checker) error {
	if k.FWMark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(k.FWMark)); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if k.BindIf != "" {
		if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, k.BindIf); err != nil {
			return &deviceError{k.BindIf, err}
		}
	}
	return nil
}

// source is where connections come from, not valid if that is left to the kernel.
func source(k *config.Checker) netip.AddrPort {
	a := k.BindAddr
	if !a.IsValid() {
		// `bind_port` without `bindto`: that port of whatever address the kernel takes.
		if k.BindPort == 0 {
			return netip.AddrPort{}
		}
		a = unspecified(k.Connect.Addr())
	}
	return netip.AddrPortFrom(zoned(a, k.BindIf), k.BindPort)
}

func unspecified(like netip.Addr) netip.Addr {
	if like.Unmap().Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// zoned is a with the number of the interface as its zone where it needs one. The library would remember for a minute
// which number a name had, and an interface may be made anew. One that is not there is noticed when the socket is bound
// to it.
func zoned(a netip.Addr, dev string) netip.Addr {
	if dev == "" || !a.Is6() || !a.IsLinkLocalUnicast() {
		return a
	}
	found, err := net.InterfaceByName(dev)
	if err != nil {
		return a
	}
	return a.WithZone(strconv.Itoa(found.Index))
}

// zoneNumber is the number of an interface that is the zone of an address, 0 for none.
func zoneNumber(a netip.Addr) uint32 {
	if a.Zone() == "" {
		return 0
	}
	n, err := strconv.ParseUint(a.Zone(), 10, 32)
	if err != nil {
		return 0 // zoned makes numbers only
	}
	return uint32(n)
}
