package language

import (
	"net/netip"

	"holdfast/config"
)

// familyOf is the family of an address. A mapped one never comes here: parseAddr refuses it.
func familyOf(a netip.Addr) config.Family {
	if a.Is4() {
		return config.IPv4
	}
	return config.IPv6
}

// parseFamily reads the words that iproute2 has for families.
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
	// The first of an entry that tells a family decides; all others have to agree.
	if *f == config.AnyFamily {
		*f = which
	}
	return *f == which
}
