package config

import (
	"net/netip"
	"time"

	"holdfast/config/syntax"
)

// Checker is one checker of a real server, everything inherited already
// (semantics 9.2).
type Checker struct {
	Kind             CheckKind
	Connect          netip.AddrPort // where to connect
	BindAddr         netip.Addr
	BindPort         uint16
	BindIf           string
	FWMark           uint32
	ConnectTimeout   time.Duration
	DelayLoop        time.Duration
	Retry            int
	DelayBeforeRetry time.Duration
	Warmup           time.Duration
	Alpha            bool
	LogAllFailures   bool

	// What only some kinds have; nil with the others.
	HTTP *HTTPCheck // HTTP_GET, SSL_GET
	Misc *MiscCheck
	SMTP *SMTPCheck
	DNS  *DNSCheck
	UDP  *UDPCheck
	GRPC *GRPCCheck
	File *FileCheck
	BFD  string // BFD_CHECK: name of the bfd_instance

	Own OwnLines
	Pos syntax.Pos
}

// OverTLS reports whether the checker speaks TLS, and so has use for the SSL block.
func (k *Checker) OverTLS() bool { return k.Kind == CheckSSL || k.GRPC != nil && k.GRPC.TLS }

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
	CheckGRPC
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

// traits are what is true of all checkers of a kind.
type traits struct {
	name   string
	socket bool // it sends something to the server itself
	tcp    bool // over a TCP connection
	polls  bool // it is made again and again; the others follow events
}

func (k CheckKind) traits() traits {
	return [...]traits{
		CheckTCP:  {name: "TCP_CHECK", socket: true, tcp: true, polls: true},
		CheckHTTP: {name: "HTTP_GET", socket: true, tcp: true, polls: true},
		CheckSSL:  {name: "SSL_GET", socket: true, tcp: true, polls: true},
		CheckMisc: {name: "MISC_CHECK", polls: true},
		CheckSMTP: {name: "SMTP_CHECK", socket: true, tcp: true, polls: true},
		CheckDNS:  {name: "DNS_CHECK", socket: true, polls: true},
		CheckUDP:  {name: "UDP_CHECK", socket: true, polls: true},
		CheckPing: {name: "PING_CHECK", socket: true, polls: true},
		CheckFile: {name: "FILE_CHECK"},
		CheckBFD:  {name: "BFD_CHECK"},
		CheckGRPC: {name: "GRPC_CHECK", socket: true, tcp: true, polls: true},
	}[k]
}

// String is the keyword of the checker's block.
func (k CheckKind) String() string { return k.traits().name }

// Socket reports whether the checker sends something to the server itself.
func (k CheckKind) Socket() bool { return k.traits().socket }

// OverTCP reports whether the checker opens a TCP connection.
func (k CheckKind) OverTCP() bool { return k.traits().tcp }

// Polls reports whether the checker is run again and again; the others follow events.
func (k CheckKind) Polls() bool { return k.traits().polls }

// MiscCheck is the program of a MISC_CHECK.
type MiscCheck struct {
	Command
	Timeout time.Duration
	Dynamic bool // exit status 2..255 is up and sets the weight
}

// SMTPCheck is what an SMTP_CHECK says.
type SMTPCheck struct {
	Helo string
}

// UDPCheck is what a UDP_CHECK sends and wants to see (semantics 10.11).
type UDPCheck struct {
	Payload      []byte // nil = the fixed text
	RequireReply bool
	Reply        []byte // what the answer begins with, nil = anything
	Mask         []byte // bits of Reply that count
	MinReply     uint16 // limits of the length of the answer; they count with Reply
	MaxReply     uint16
}

// FileCheck follows a track_file (semantics 10.13).
type FileCheck struct {
	TrackFile string
	Weight    *int // what the number is multiplied by, nil = of the track_file
	Reverse   bool
}
