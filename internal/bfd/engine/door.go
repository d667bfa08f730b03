package engine

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/epoll"
	"holdfast/internal/sockbuf"
)

// doorKey is what sessions have in common that receive through one socket.
type doorKey struct{ ipv6, multihop bool }

func (k doorKey) port() int {
	if k.multihop {
		return bfd.PortMultihop
	}
	return bfd.Port
}

func (k doorKey) String() string {
	return fmt.Sprintf("port %d of IPv%d", k.port(), map[bool]int{false: 4, true: 6}[k.ipv6])
}

// A door is the socket that packets for a port come in by, from any neighbour.
type door struct {
	// said is the error that was logged last; it is empty when nothing was.
	key  doorKey
	fd   int // -1 while it is not open
	said string
}

// doors are those that the configuration needs.
type doors struct {
	poll  *epoll.Poller
	all   map[doorKey]*door
	byFD  map[int]*door
	again time.Time // when those that could not be opened are tried again; zero: all are open
}

func newDoors(p *epoll.Poller) doors {
	return doors{poll: p, all: map[doorKey]*door{}, byFD: map[int]*door{}}
}

// want closes the doors that no session needs and notes those that are needed.
func (ds *doors) want(sessions []config.BFD) {
	needed := map[doorKey]bool{}
	for i := range sessions {
		needed[doorKey{sessions[i].Neighbor.Is6(), sessions[i].Multihop}] = true
	}
	for k, d := range ds.all {
		if !needed[k] {
			ds.close(d)
			delete(ds.all, k)
		}
	}
	for k := range needed {
		if ds.all[k] == nil {
			ds.all[k] = &door{key: k, fd: -1}
		}
	}
	// open, which follows each new configuration, sets it anew.
	ds.again = time.Time{}
}

func (ds *doors) close(d *door) {
	if d.fd >= 0 {
		ds.poll.Remove(d.fd)
		delete(ds.byFD, d.fd)
		unix.Close(d.fd)
		d.fd = -1
	}
}

// reopen is how long after a failure a door is tried again.
const reopen = 2 * time.Second

// A finding is a door that could not be opened, or at last was.
type finding struct {
	key doorKey
	err error
}

func (f finding) String() string {
	if f.err == nil {
		return fmt.Sprintf("BFD packets are received on %v", f.key)
	}
	return fmt.Sprintf("Unable to open listening socket for BFD on %v: %v; trying again", f.key, f.err)
}

// open opens the doors that are not open, and tells what is new about them.
func (ds *doors) open(now time.Time) (found []finding) {
	ds.again = time.Time{}
	for k, d := range ds.all {
		if d.fd >= 0 {
			continue
		}
		fd, err := listen(k)
		if err == nil {
			if err = ds.poll.Add(fd); err != nil {
				unix.Close(fd)
			}
		}
		if err != nil {
			ds.again = now.Add(reopen)
			// The same error is not logged at every attempt.
			if text := err.Error(); d.said != text {
				d.said, found = text, append(found, finding{k, err})
			}
			continue
		}
		d.fd, ds.byFD[fd] = fd, d
		if d.said != "" {
			d.said, found = "", append(found, finding{k, nil})
		}
	}
	return found
}

// receiveBuffer is the receive buffer in bytes: some thousand packets, so that none is lost while the process does
// not run for a moment.
const receiveBuffer = 1 << 20

// listen opens the socket of a door.
func listen(k doorKey) (int, error) {
	family, level, hops := unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVTTL
	var at unix.Sockaddr = &unix.SockaddrInet4{Port: k.port()}
	if k.ipv6 {
		family, level, hops = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT
		at = &unix.SockaddrInet6{Port: k.port()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if k.ipv6 {
		// Without it the door for IPv4 could not be bound to the same port beside it.
		err = os.NewSyscallError("set IPV6_V6ONLY", unix.SetsockoptInt(fd, level, unix.IPV6_V6ONLY, 1))
	}
	if err == nil {
		// Without its TTL no packet can be judged (semantics 11.1): see arrival.
		err = os.NewSyscallError("ask for the TTL", unix.SetsockoptInt(fd, level, hops, 1))
	}
	if err == nil {
		err = os.NewSyscallError("bind", unix.Bind(fd, at))
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	_ = sockbuf.Most(fd, receiveBuffer) // what it has at first does for a while
	return fd, nil
}
