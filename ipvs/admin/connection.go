package admin

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"holdfast/ipvs"
)

// A Connection is one that the kernel forwards, or what it remembers of a client of a persistent service.
type Connection struct {
	Protocol              string // TCP, UDP, SCTP, IP
	Client, Virtual, Real netip.AddrPort
	State                 string
	Expires               int64  // seconds
	Engine, EngineData    string // of a persistence engine
}

// ParseConnections reads /proc/net/ip_vs_conn. An error names the line.
func ParseConnections(text string) ([]Connection, error) {
	var list []Connection
	for i, line := range strings.Split(text, "\n") {
		if i == 0 || line == "" {
			continue
		}
		c, err := parseConnection(line)
		if err != nil {
			return nil, fmt.Errorf("ip_vs_conn:%d: %w", i+1, err)
		}
		list = append(list, c)
	}
	return list, nil
}

func parseConnection(line string) (c Connection, err error) {
	f := strings.Fields(line)
	if len(f) < 9 {
		return c, fmt.Errorf("%d words, want 9 or more", len(f))
	}
	c.Protocol, c.State = f[0], f[7]
	for i, at := range []*netip.AddrPort{&c.Client, &c.Virtual, &c.Real} {
		if *at, err = parseHexEndpoint(f[1+2*i], f[2+2*i]); err != nil {
			return c, err
		}
	}
	if c.Expires, err = strconv.ParseInt(f[8], 10, 64); err != nil {
		return c, fmt.Errorf("expires in %q", f[8])
	}
	if len(f) > 9 {
		c.Engine, c.EngineData = f[9], strings.Join(f[10:], " ")
	}
	return c, nil
}

// parseHexEndpoint reads an address, of which IPv4 is eight hexadecimal digits, and a port of four.
func parseHexEndpoint(addr, port string) (netip.AddrPort, error) {
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port %q", port)
	}
	if strings.Contains(addr, ":") {
		a, err := netip.ParseAddr(addr)
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("address %q", addr)
		}
		return netip.AddrPortFrom(a, uint16(p)), nil
	}
	n, err := strconv.ParseUint(addr, 16, 32)
	if err != nil || len(addr) != 8 {
		return netip.AddrPort{}, fmt.Errorf("address %q", addr)
	}
	a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	return netip.AddrPortFrom(a, uint16(p)), nil
}

// number is the protocol's, 0 for one that has no ports with names.
func (c Connection) number() ipvs.Protocol {
	return map[string]ipvs.Protocol{"TCP": ipvs.TCP, "UDP": ipvs.UDP, "SCTP": ipvs.SCTP}[c.Protocol]
}

// WriteConnections shows connections in the kernel's order.
func WriteConnections(w io.Writer, list []Connection, v View, names Names) error {
	n := naming{names, v.Numeric}
	head := "IPVS connection entries\npro expire state       source             virtual            destination"
	if v.Engines {
		head += "        pe name          pe_data"
	}
	if _, err := io.WriteString(w, head+"\n"); err != nil {
		return err
	}
	for _, c := range list {
		name := func(a netip.AddrPort) string {
			s := n.endpoint(a.Addr(), a.Port(), c.number())
			return s[:min(len(s), nameLongest)]
		}
		line := fmt.Sprintf("%-3s %02d:%02d  %-11s %-18s %-18s ", c.Protocol, c.Expires/60, c.Expires%60, c.State,
			name(c.Client), name(c.Virtual))
		if v.Engines && c.Engine != "" {
			line += fmt.Sprintf("%-16s %-18s %s", name(c.Real), c.Engine, c.EngineData)
		} else {
			line += name(c.Real)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}
