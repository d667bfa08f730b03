package config

import "fmt"

// CheckKind names a checker.
type CheckKind uint8

// The kinds of checkers. Which of them are made is said by their keywords (Support).
const (
	CheckTCP CheckKind = iota
	CheckHTTP
	CheckSSL
	CheckMisc
	CheckSMTP
	CheckDNS
	CheckUDP
	CheckPing
	CheckFile
	CheckBFD
	checkKinds // how many there are
)

// CheckKinds lists the kinds.
func CheckKinds() []CheckKind {
	all := make([]CheckKind, checkKinds)
	for i := range all {
		all[i] = CheckKind(i)
	}
	return all
}

// String is the keyword of the checker's block.
func (k CheckKind) String() string {
	return [...]string{"TCP_CHECK", "HTTP_GET", "SSL_GET", "MISC_CHECK", "SMTP_CHECK",
		"DNS_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK", "BFD_CHECK"}[k]
}

// Socket reports whether the checker sends something to the server itself.
func (k CheckKind) Socket() bool { return k != CheckMisc && k != CheckFile && k != CheckBFD }

// Polls reports whether the checker is run again and again; the others follow events.
func (k CheckKind) Polls() bool { return k != CheckFile && k != CheckBFD }

// SMTPCheck is what an SMTP_CHECK says.
type SMTPCheck struct {
	Helo string
}

// DNSCheck is what a DNS_CHECK asks for.
type DNSCheck struct {
	Type DNSType
	Name string // "." = the root
}

// DNSType is the type of a DNS record (RFC 1035).
type DNSType uint16

// dnsTypes are the types that can be asked for.
func dnsTypes() []DNSType { return []DNSType{1, 2, 5, 6, 15, 16, 28, 46, 48} }

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

// FileCheck follows a track_file (semantics 10.13).
type FileCheck struct {
	TrackFile string
	Weight    *int // what the number is multiplied by, nil = of the track_file
	Reverse   bool
}
