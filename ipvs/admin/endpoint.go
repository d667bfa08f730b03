package admin

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"holdfast/ipvs"
)

// An endpoint is an address with a port, which is 0 where none was given.
type endpoint struct {
	addr    netip.Addr
	port    uint16
	hasPort bool
}

// parseEndpoint reads HOST, HOST:PORT, [IPV6]:PORT or an IPv6 address alone. Host and port may be names; one in
// brackets is looked for in IPv6, another one in IPv4 and then there.
func parseEndpoint(text string, p ipvs.Protocol, names Names) (e endpoint, err error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return endpoint{addr: a}, zoneless(a)
	}
	families := []ipvs.Family{ipvs.IPv4, ipvs.IPv6}
	host, port, hasPort := text, "", false
	if inside, ok := strings.CutPrefix(text, "["); ok {
		families = families[1:]
		if host, port, ok = strings.Cut(inside, "]"); !ok {
			return e, errors.New("] is missing")
		}
		if port, hasPort = strings.CutPrefix(port, ":"); !hasPort {
			return e, errors.New("behind ] there has to be :PORT")
		}
	} else {
		host, port, hasPort = strings.Cut(text, ":")
	}
	if host == "" {
		return e, errors.New("want HOST:PORT")
	}
	if e.addr, err = parseHost(host, families, names); err != nil {
		return e, err
	}
	if !hasPort {
		return e, nil
	}
	e.hasPort = true
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		e.port = uint16(n)
		return e, nil
	}
	// A number that is none of a port is no name either.
	if port == "" || strings.Trim(port, "-0123456789") == "" {
		return e, fmt.Errorf("want a port of 0..65535, not %q", port)
	}
	if p == 0 {
		p = ipvs.TCP // behind a mark there may be any
	}
	if e.port, err = names.Port(port, p); err != nil {
		return e, fmt.Errorf("no port of %v is called %q", p, port)
	}
	return e, nil
}

func zoneless(a netip.Addr) error {
	if a.Zone() != "" {
		return errors.New("IPVS knows no interfaces: leave the zone out")
	}
	return nil
}

func parseHost(host string, families []ipvs.Family, names Names) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if ipvs.FamilyOf(a) == ipvs.IPv4 && families[0] == ipvs.IPv6 {
			return a, errors.New("brackets are for IPv6")
		}
		return a, zoneless(a)
	}
	for _, f := range families {
		if a, err := names.Addr(host, f); err == nil {
			return a, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("there is no host %q", host)
}

// parseMask reads the mask of persistence. A number alone is a prefix in IPv6. In IPv4 it would be one too for whoever
// writes it, and for ipvsadm it is the mask 0.0.0.24: it is refused.
func parseMask(text string, f ipvs.Family) (prefix uint8, odd [4]byte, err error) {
	if f == ipvs.IPv6 {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n < 1 || n > 128 {
			return 0, odd, errors.New("want the length of a prefix, 1..128")
		}
		return uint8(n), odd, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() {
		return 0, odd, errors.New("want a mask like 255.255.255.0")
	}
	b := a.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := bits.LeadingZeros32(^m)
	if n == 0 || m<<n != 0 {
		return ipvs.NotPrefix, b, nil
	}
	return uint8(n), odd, nil
}
