package engine

import (
	"fmt"
	"net"
	"net/netip"
	"time"
)

// hostAddresses lists the addresses of all interfaces of this network namespace.
func hostAddresses() (map[netip.Addr]bool, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	here := make(map[netip.Addr]bool, len(list))
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				// An IPv4 address may come in 16 bytes.
				here[addr.Unmap()] = true
			}
		}
	}
	return here, nil
}

// addresses tells the core which addresses the host has. It is asked every tick while a
// virtual server has ha_suspend; when the host does not answer, what was known stays.
func (l *loop) addresses() {
	here, err := l.e.opt.Addresses()
	if err != nil {
		l.e.log.Warn(fmt.Sprintf("cannot list the addresses of this host for ha_suspend: %v", err))
		return
	}
	l.do(l.core.Addresses(here))
	l.do(l.tellAll(time.Now())) // those that were suspended have heard nothing meanwhile
}
