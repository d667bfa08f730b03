package api

import (
	"net"
	"net/netip"
	"sync"
)

// A fair listener lets no host have so many connections that there is no room for others.
type fair struct {
	net.Listener
	most int
	mu   sync.Mutex
	of   map[netip.Prefix]int
}

func newFair(l net.Listener, most int) *fair {
	return &fair{Listener: l, most: most, of: map[netip.Prefix]int{}}
}

// Accept closes connections of hosts that have enough.
func (f *fair) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, is := hostOf(c)
		if !is {
			return c, nil
		}
		if !f.enter(host) {
			_ = c.Close()
			continue
		}
		return &placed{Conn: c, leave: sync.OnceFunc(func() { f.leave(host) })}, nil
	}
}

func (f *fair) enter(host netip.Prefix) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[host] >= f.most {
		return false
	}
	f.of[host]++
	return true
}

func (f *fair) leave(host netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[host]--; f.of[host] == 0 {
		delete(f.of, host)
	}
}

// hostOf is where a connection comes from: of IPv6 a host has its network to choose addresses in.
func hostOf(c net.Conn) (netip.Prefix, bool) {
	a, is := c.RemoteAddr().(*net.TCPAddr)
	if !is {
		return netip.Prefix{}, false
	}
	addr := a.AddrPort().Addr().Unmap()
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	host, err := addr.WithZone("").Prefix(bits)
	return host, err == nil
}
