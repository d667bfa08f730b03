package config

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
