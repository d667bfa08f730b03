package syntax

import (
	"fmt"
	"net/netip"
	"strings"
)

// Addr reads a numeric IPv4 or IPv6 address (grammar 8.5). Names are not
// looked up, and zones (fe80::1%eth0) are not allowed.
func Addr(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("invalid IP address '%s'", text)
	}
	return addr, nil
}

// Prefix reads an address with an optional prefix length (grammar 8.5); without
// one, or with one that cannot be, it is that of a single address, and
// the warning says why. The address is not masked.
func Prefix(text string) (p netip.Prefix, warning string, err error) {
	host, length, found := strings.Cut(text, "/")
	addr, err := Addr(host)
	if err != nil {
		return netip.Prefix{}, "", err
	}
	bits := addr.BitLen()
	if !found {
		return netip.PrefixFrom(addr, bits), "", nil
	}
	n, err := Integer(length, 0, int64(bits))
	if err != nil {
		warning = fmt.Sprintf("Invalid address prefix len %s for address %s - using %d", length, text, bits)
		n = int64(bits)
	}
	return netip.PrefixFrom(addr, int(n)), warning, nil
}
