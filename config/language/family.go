package language

import (
	"net/netip"

	"holdfast/config"
)

func familyOf(a netip.Addr) config.Family {
	if a.Is4() {
		return config.IPv4
	}
	return config.IPv6
}

func parseFamily(word string) (config.Family, bool) {
	switch word {
	case "inet":
		return config.IPv4, true
	case "inet6":
		return config.IPv6, true
	}
	return config.AnyFamily, false
}

// versionOf is the number in the name of a family, 0 for AnyFamily.
func versionOf(f config.Family) int { return [...]int{0, 4, 6}[f] }

// agrees reports whether an address is of the family; AnyFamily takes on that of the
// address.
func agrees(f *config.Family, a netip.Addr) bool { return becomes(f, familyOf(a)) }

// becomes reports whether f is the family asked for; AnyFamily becomes it.
func becomes(f *config.Family, which config.Family) bool {
	if *f == config.AnyFamily {
		*f = which
	}
	return *f == which
}
