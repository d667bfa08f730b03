package config

import "net/netip"

// Family is an address family.
type Family uint8

// AnyFamily is that of a firewall mark that is given none: the virtual_server's. It is
// also that of an entry whose words have not told one yet.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

// String is the word of the family, "" for AnyFamily.
func (f Family) String() string { return [...]string{"", "inet", "inet6"}[f] }

func familyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

func parseFamily(word string) (Family, bool) {
	switch word {
	case "inet":
		return IPv4, true
	case "inet6":
		return IPv6, true
	}
	return AnyFamily, false
}

// versionOf is the number in the name of a family, 0 for AnyFamily.
func versionOf(f Family) int { return [...]int{0, 4, 6}[f] }

// agrees reports whether an address is of the family; AnyFamily takes on that of the
// address.
func agrees(f *Family, a netip.Addr) bool { return becomes(f, familyOf(a)) }

// becomes reports whether f is the family asked for; AnyFamily becomes it.
func becomes(f *Family, which Family) bool {
	if *f == AnyFamily {
		*f = which
	}
	return *f == which
}
