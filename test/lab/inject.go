package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// SendIPv4 sends a complete IPv4 packet, header included, from the host's eth0;
// the destination's link address is found by the kernel. The packet need not be
// correct, apart from what the kernel itself fills in: total length and header
// checksum.
func (h *Host) SendIPv4(dst netip.Addr, packet []byte) error {
	return h.Do(func() (err error) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return fmt.Errorf("opening a raw socket on %s: %v", h.Name, err)
		}
		defer func() { err = errors.Join(err, unix.Close(fd)) }()
		if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "eth0"); err != nil {
			return fmt.Errorf("binding to eth0 of %s: %v", h.Name, err)
		}
		if err := unix.Sendto(fd, packet, 0, &unix.SockaddrInet4{Addr: dst.As4()}); err != nil {
			return fmt.Errorf("sending to %v from %s: %v", dst, h.Name, err)
		}
		return nil
	})
}
