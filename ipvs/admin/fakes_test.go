package admin_test

import (
	"errors"
	"net/netip"

	"holdfast/ipvs"
)

// book is a host's names for tests.
type book struct{}

func (book) Addr(host string, f ipvs.Family) (netip.Addr, error) {
	for a, name := range map[string]string{"10.0.0.1": "vip.example.org", "fd00::1": "six.example.org"} {
		if a := netip.MustParseAddr(a); name == host && ipvs.FamilyOf(a) == f {
			return a, nil
		}
	}
	return netip.Addr{}, errors.New("no such host")
}

func (book) Port(service string, p ipvs.Protocol) (uint16, error) {
	switch {
	case service == "http" && p == ipvs.TCP:
		return 80, nil
	case service == "domain" && p == ipvs.UDP:
		return 53, nil
	}
	return 0, errors.New("no such service")
}

// Host knows those of the goldens' machine.
func (book) Host(a netip.Addr) string {
	return map[string]string{
		"10.0.0.1": "vip.example.org",
		"10.0.0.2": "a-very-long-host-name-of-a-real-server.in.some.example.org",
		"fd00::1":  "six-server-with-a-long-name.example.org",
		"fd00::2":  "b-very-long-host-name-of-a-virtual-service.in.some.more.of.example.org",
	}[a.String()]
}

func (book) Service(port uint16, p ipvs.Protocol) string {
	switch {
	case p == ipvs.TCP && port == 80:
		return "http"
	case p == ipvs.TCP && port == 443:
		return "https"
	case p == ipvs.TCP && port == 8080:
		return "http-alt"
	case p == ipvs.UDP && port == 53:
		return "domain"
	case p == ipvs.UDP && port == 5060:
		return "sip"
	}
	return ""
}
