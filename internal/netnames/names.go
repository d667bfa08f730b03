// Package netnames turns names of hosts and services into numbers and back, as the C library does for programs that
// show addresses.
package netnames

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"holdfast/ipvs"
)

// patience bounds a question to name servers: somebody sits and waits for a list.
const patience = 3 * time.Second

// Names asks this host, each thing once. The zero value is ready. It is for one goroutine.
type Names struct {
	// ServicesFile is in place of /etc/services.
	ServicesFile string

	hosts    map[netip.Addr]string
	services *services
}

// Addr is the first address of a host in a family.
func (n *Names) Addr(host string, f ipvs.Family) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	network := "ip4"
	if f == ipvs.IPv6 {
		network = "ip6"
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.Addr{}, err
	}
	if len(addrs) == 0 {
		return netip.Addr{}, errors.New("no address")
	}
	if f == ipvs.IPv4 {
		return addrs[0].Unmap(), nil
	}
	return addrs[0], nil
}

// Host is the name of an address, "" if it has none.
func (n *Names) Host(a netip.Addr) string {
	name, known := n.hosts[a]
	if known {
		return name
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if names, err := net.DefaultResolver.LookupAddr(ctx, a.String()); err == nil && len(names) > 0 {
		name = strings.TrimSuffix(names[0], ".")
	}
	if n.hosts == nil {
		n.hosts = map[netip.Addr]string{}
	}
	n.hosts[a] = name
	return name
}

// Port is the port of a service of a protocol.
func (n *Names) Port(service string, p ipvs.Protocol) (uint16, error) {
	if port, ok := n.table().ports[key{service, p.String()}]; ok {
		return port, nil
	}
	return 0, fmt.Errorf("no service %s/%v", service, p)
}

// Service is the name of a port, "" if it has none.
func (n *Names) Service(port uint16, p ipvs.Protocol) string {
	return n.table().names[key{strconv.Itoa(int(port)), p.String()}]
}

func (n *Names) table() *services {
	if n.services == nil {
		file := n.ServicesFile
		if file == "" {
			file = "/etc/services"
		}
		text, _ := os.ReadFile(file) // without it there are no names
		s := parseServices(string(text))
		n.services = &s
	}
	return n.services
}

// A key is a name or a number with the name of a protocol.
type key struct{ what, protocol string }

// services is /etc/services.
type services struct {
	ports map[key]uint16
	names map[key]string
}

// parseServices reads services(5): a name, a number with a protocol, other names. The first line about a thing counts.
func parseServices(text string) services {
	s := services{ports: map[key]uint16{}, names: map[key]string{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		number, protocol, _ := strings.Cut(f[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			continue
		}
		// The name, and those behind the number.
		f[1] = f[0]
		for _, name := range f[1:] {
			if _, taken := s.ports[key{name, protocol}]; !taken {
				s.ports[key{name, protocol}] = uint16(port)
			}
		}
		at := key{strconv.Itoa(int(port)), protocol}
		if s.names[at] == "" {
			s.names[at] = f[0]
		}
	}
	return s
}
