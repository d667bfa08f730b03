package ipvs

import (
	"cmp"
	"net/netip"
	"strconv"
)

// String names the protocol as keepalived does: tcp, udp, sctp, none for 0, else
// its number.
func (p Protocol) String() string {
	switch p {
	case 0:
		return "none"
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}

// String names the service as keepalived does in logs and FIFOs (semantics 8.22):
// [192.168.1.150]:tcp:80, [2001:db8::1]:tcp:80 or FWM 1.
func (id ServiceID) String() string {
	if id.FWMark != 0 {
		return "FWM " + strconv.FormatUint(uint64(id.FWMark), 10)
	}
	return endpoint(id.Addr, id.Protocol, id.Port)
}

// DestName names a destination of the service as keepalived does (semantics
// 8.22): it has the service's protocol, [192.168.1.171]:tcp:80, and none under a
// firewall mark.
func (id ServiceID) DestName(d DestID) string {
	id = id.Canonical()
	return endpoint(d.Addr, id.Protocol, d.Port)
}

func endpoint(a netip.Addr, p Protocol, port uint16) string {
	return "[" + a.String() + "]:" + p.String() + ":" + strconv.Itoa(int(port))
}

// String is the destination as ipvsadm prints it: 192.168.1.171:80 or
// [2001:db8::1]:80. See ServiceID.DestName for keepalived's name.
func (d DestID) String() string { return netip.AddrPortFrom(d.Addr, d.Port).String() }

// String names the method as ipvsadm -L does: Masq, Local, Tunnel or Route.
func (m Method) String() string {
	switch m {
	case Masq:
		return "Masq"
	case Local:
		return "Local"
	case Tunnel:
		return "Tunnel"
	case Route:
		return "Route"
	}
	return "method " + strconv.FormatUint(uint64(m), 10)
}

// Canonical is the one spelling of an identity the kernel reports: a service by
// mark has no protocol, address or port, an address has no zone, and the family
// is that of the address. Diff and the kernel compare canonical identities.
func (id ServiceID) Canonical() ServiceID {
	if id.FWMark != 0 {
		if id.Family == 0 {
			id.Family = IPv4
		}
		return ServiceID{Family: id.Family, FWMark: id.FWMark}
	}
	id.Addr = id.Addr.WithZone("")
	if id.Addr.IsValid() {
		id.Family = FamilyOf(id.Addr)
	}
	return id
}

// Canonical is the identity without the zone of its address.
func (d DestID) Canonical() DestID {
	d.Addr = d.Addr.WithZone("")
	return d
}

// FamilyOf is the family of an address; an IPv4-mapped IPv6 address is IPv6, as it
// is for the kernel.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

// compareServices orders services as ipvsadm lists them: by mark, family,
// protocol, address and port. (ipvsadm compares addresses with signed overflow,
// so tables that mix addresses below and above 128.0.0.0 come out differently.)
func compareServices(a, b ServiceID) int {
	return cmp.Or(
		cmp.Compare(a.FWMark, b.FWMark),
		cmp.Compare(a.Family, b.Family),
		cmp.Compare(a.Protocol, b.Protocol),
		a.Addr.Compare(b.Addr),
		cmp.Compare(a.Port, b.Port),
	)
}

func compareDests(a, b DestID) int {
	return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Port, b.Port))
}
