package language

import (
	"time"

	"holdfast/config"
)

// A checkKind is what sets the checkers of one kind apart from those of others while they are read: the rest of
// the chapter asks it, and not which kind a checker is. Beside it a kind has the row of its block
// (checkerRows) and its part of the dump.
type checkKind struct {
	rows  func() []Keyword            // of its block
	inner map[string]func() []Keyword // of the blocks in it, by their keywords
	begin func(c *config.Checker)     // gives a new checker what only this kind has
	// usable is asked when its block ends, and says why the checker is dropped if it could never say
	// anything (semantics 10.5). nil: it always can.
	usable func(s *stmt, d *checkerDraft) bool
	// complete fills in what only this kind inherits.
	complete func(b *binder, v *serviceDraft, r *realDraft, c *checkerDraft)
	// How often, and after which pause, it is tried again when nothing is said (semantics 9.2); the pause
	// may be the time between its checks.
	retry     uint32
	pause     time.Duration
	pauseLoop bool
	port      uint16 // where it connects to if nothing says a port
	portless  bool   // needs no port
	hosts     bool   // host blocks in it say where it connects to
}

// checkKindOf gives what is known of a kind. It is asked when rows are made; from then on the draft of a checker
// carries the answer.
func checkKindOf(kind config.CheckKind) *checkKind {
	of := [...]func() checkKind{
		config.CheckTCP:  tcpCheck,
		config.CheckHTTP: httpCheck,
		config.CheckSSL:  sslCheck,
		config.CheckMisc: miscCheck,
		config.CheckSMTP: smtpCheck,
		config.CheckDNS:  dnsCheck,
		config.CheckUDP:  udpCheck,
		config.CheckPing: pingCheck,
		config.CheckFile: fileCheck,
		config.CheckBFD:  bfdCheck,
		config.CheckGRPC: grpcCheck,
	}[kind]()
	return &of
}

// checkChapters are the blocks of all kinds, within that of a real server, in the order of the reference.
func checkChapters(real string) []chapter {
	var out []chapter
	for _, kind := range []config.CheckKind{config.CheckHTTP, config.CheckSSL, config.CheckTCP, config.CheckMisc,
		config.CheckSMTP, config.CheckDNS, config.CheckUDP, config.CheckPing, config.CheckFile, config.CheckBFD,
		config.CheckGRPC} {
		of, block := checkKindOf(kind), join(real, kind.String())
		out = append(out, chapter{block, of.rows})
		for name, rows := range of.inner { // no kind has more than one
			out = append(out, chapter{join(block, name), rows})
		}
	}
	return out
}
