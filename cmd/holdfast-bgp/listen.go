package main

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// mostFiles is how many descriptors there may be when the server has begun to listen: a dozen are.
const mostFiles = 256

// listening gives the sockets of a family on which the server listens. It opens them with the first order, and says of
// none which it is.
func listening(family int) (all []int) {
	for fd := range mostFiles {
		if is, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || is == 0 {
			continue // nothing, or nobody listens there
		}
		if f, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err == nil && f == family {
			all = append(all, fd)
		}
	}
	return all
}

// raiseHopLimit has the first answer to a connection over IPv6 go out with the full hop limit, which a neighbour may
// look at (RFC 5082): the library sees to that for IPv4 alone, and afterwards to each connection.
func raiseHopLimit() error {
	for _, fd := range listening(unix.AF_INET6) {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, 255); err != nil {
			return fmt.Errorf("raise the hop limit of who listens: %w", err)
		}
	}
	return nil
}

// forgetKey has who connects from an address not be asked for a password any more. The library does that only when it
// is told the password again, and has no way to be told.
func forgetKey(from netip.Addr) error {
	family, sig := unix.AF_INET, unix.TCPMD5Sig{}
	if from.Is6() {
		family = unix.AF_INET6
		addr := from.As16()
		copy(sig.Addr.Data[6:], addr[:]) // behind the port and the flow label
	} else {
		addr := from.As4()
		copy(sig.Addr.Data[2:], addr[:])
	}
	sig.Addr.Family = uint16(family)
	for _, fd := range listening(family) {
		err := unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("forget the password of %v: %w", from, err)
		}
	}
	return nil
}
