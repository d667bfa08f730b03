package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// SendIP sends a complete IP packet, header included, from the host's eth0;
// the destination's link address is found by the kernel. The packet need not be
// correct, apart from what the kernel itself fills in for IPv4: total length and header
// checksum.
func (h *Host) SendIP(dst netip.Addr, packet []byte) error {
	family, to := unix.AF_INET, unix.Sockaddr(nil)
	if dst.Is6() {
		family, to = unix.AF_INET6, &unix.SockaddrInet6{Addr: dst.As16()}
	} else {
		to = &unix.SockaddrInet4{Addr: dst.As4()}
	}
	return h.Do(func() (err error) {
		fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return fmt.Errorf("opening a raw socket on %s: %v", h.Name, err)
		}
		defer func() { err = errors.Join(err, unix.Close(fd)) }()
		if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "eth0"); err != nil {
			return fmt.Errorf("binding to eth0 of %s: %v", h.Name, err)
		}
		if err := unix.Sendto(fd, packet, 0, to); err != nil {
			return fmt.Errorf("sending to %v from %s: %v", dst, h.Name, err)
		}
		return nil
	})
}
