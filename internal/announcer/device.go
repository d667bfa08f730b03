package announcer

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
)

// host is the kernel of this host.
type host struct {
	*netif.Kernel
	tun   int // descriptor of the device, -1 without one
	name  string
	index int
}

// Open gives the kernel of this host, in the network namespace of the thread.
func Open() (Kernel, error) {
	k, err := netif.OpenKernel()
	if err != nil {
		return nil, err
	}
	return &host{Kernel: k, tun: -1}, nil
}

// Device makes a device that goes with this process. Packets into it are for nobody: the table is one that
// routing daemons read, and no rule leads there.
func (h *host) Device() (name string, index int, err error) {
	if h.tun >= 0 {
		i, err := h.Index(h.name)
		switch {
		case err == nil && i == h.index:
			return h.name, h.index, nil
		case err != nil && !errors.Is(err, unix.ENODEV):
			return "", 0, fmt.Errorf("look for %s: %w", h.name, err)
		}
		_ = unix.Close(h.tun) // somebody has removed the device
		h.tun = -1
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", 0, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	req, err := unix.NewIfreq("holdfast%d")
	if err != nil {
		return "", 0, err
	}
	req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return "", 0, fmt.Errorf("make a device: %w", err)
	}
	name = req.Name()
	if index, err = h.Index(name); err != nil {
		return "", 0, err
	}
	if err := up(name); err != nil {
		return "", 0, fmt.Errorf("set %s up: %w", name, err)
	}
	h.tun, h.name, h.index = fd, name, index
	return name, index, nil
}

// Lend gives the device and its descriptor.
func (h *host) Lend() (name string, index, fd int) { return h.name, h.index, h.tun }

// Adopt takes over a device.
func (h *host) Adopt(name string, index, fd int) { h.name, h.index, h.tun = name, index, fd }

// up sets a device up.
func up(name string) error {
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(sock) }()
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(sock, unix.SIOCGIFFLAGS, req); err != nil {
		return err
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(sock, unix.SIOCSIFFLAGS, req)
}

// Close removes the device.
func (h *host) Close() error {
	err := h.Kernel.Close()
	if h.tun >= 0 {
		err = errors.Join(err, unix.Close(h.tun))
	}
	return err
}
