package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mostFiles is how many descriptors there may be when the server has begun to listen: a dozen are.
const mostFiles = 256

// raiseHopLimit has the first answer to a connection over IPv6 go out with the full hop limit, which a neighbour may
// look at (RFC 5082): the library sees to that for IPv4 alone, and afterwards to each connection.
func raiseHopLimit() error {
	for fd := range mostFiles {
		if is, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || is == 0 {
			continue // nothing, or nobody listens there
		}
		if family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || family != unix.AF_INET6 {
			continue
		}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, 255); err != nil {
			return fmt.Errorf("raise the hop limit of who listens: %w", err)
		}
	}
	return nil
}
