package config

import "fmt"

// DNSCheck is what a DNS_CHECK asks for.
type DNSCheck struct {
	Type DNSType
	Name string // "." = the root
}

// DNSType is the type of a DNS record (RFC 1035).
type DNSType uint16

// DNSTypeSOA asks for a start of authority, as a DNS_CHECK does that does not say what for.
const DNSTypeSOA DNSType = 6

// String is the name of the type.
func (t DNSType) String() string {
	switch t {
	case 1:
		return "A"
	case 2:
		return "NS"
	case 5:
		return "CNAME"
	case DNSTypeSOA:
		return "SOA"
	case 15:
		return "MX"
	case 16:
		return "TXT"
	case 28:
		return "AAAA"
	case 46:
		return "RRSIG"
	case 48:
		return "DNSKEY"
	}
	return fmt.Sprintf("TYPE%d", uint16(t))
}
