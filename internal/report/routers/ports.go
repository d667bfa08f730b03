package routers

import (
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/internal/report"
)

// Port is what virtual routers on an interface send and receive through.
type Port struct {
	Interface        string
	Family, Protocol int // as socket(2) takes them
	Multicast        bool
	// Open is set while there are sockets: In to receive with, Out to send with.
	Open    bool
	In, Out int
	Problem string // why there are none although there is an interface
	Routers []Router
}

// Router is a virtual router as the port names it.
type Router struct {
	Name string
	VRID uint8
}

// port is that of an instance, nil if it has none.
func (s *Snapshot) port(instance string) *Port {
	for n := range s.Ports {
		// An instance is on one port at most: the first one found is it.
		if slices.ContainsFunc(s.Ports[n].Routers, func(r Router) bool { return r.Name == instance }) {
			return &s.Ports[n]
		}
	}
	return nil
}

// ports prints the ports; that one has no sockets, and why, is said in a line of ours.
func (d dataWriter) ports(s *Snapshot) {
	if len(s.Ports) > 0 {
		d.Section("VRRP Sockpool")
	}
	for _, p := range s.Ports {
		if p.Open {
			d.Text(1, "fd_in %d fd_out = %d", p.In, p.Out)
		} else {
			// As keepalived has it of a socket that could not be opened; why is told behind it.
			d.Text(1, "fd_in -1 fd_out = -1")
			d.Given(3, "Problem", p.Problem)
		}
		d.Line(3, "Interface", p.Interface)
		d.Line(3, "Family", report.Word(p.Family == unix.AF_INET6, "IPv6", "IPv4"))
		d.Line(3, "Protocol", report.Word(p.Protocol == unix.IPPROTO_AH, "AH", "VRRP"))
		d.Line(3, "Type", report.Word(p.Multicast, "Multicast", "Unicast"))
		d.Text(3, "VRRP instances")
		for _, r := range p.Routers {
			d.Text(5, "%s vrid %d", r.Name, r.VRID)
		}
	}
}
