package healthcheck

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/report"
)

// dnsKind is DNS_CHECK. It has no usual delay before a retry: that is its delay_loop.
func dnsKind() *Kind {
	return &Kind{Probe: probeDNS, Dump: dumpDNS, Iterations: func(*config.Checker) int { return 0 }}
}

// probeDNS asks a name server over UDP. The first reply to the question decides, by its code alone; what else comes is
// not seen (semantics 10.10).
func probeDNS(ctx context.Context, _ Prober, t Target) attempt.Outcome {
	// Under a firewall mark a real server may have port 0 (semantics 8.5).
	if t.Checker.Connect.Port() == 0 {
		return dnsFailure(t, "cannot ask", reason.Reason{Code: reason.NotConnected, Text: "there is no port 0"})
	}
	id := uint16(rand.Uint32())
	query, err := dnsQuery(id, t.Checker.DNS)
	if err != nil {
		// The language has said that no server knows such a name.
		return dnsFailure(t, "cannot ask for "+t.Checker.DNS.Name, reason.Reason{Code: reason.NotConnected, Text: brief(err)})
	}
	d, err := openDatagram(ctx, &t.Checker, unix.SOCK_DGRAM, unix.IPPROTO_UDP, true)
	if err != nil {
		return dnsFault(t, err)
	}
	defer d.close()
	if err := d.send(query); err != nil {
		return dnsFault(t, err)
	}
	// A header is all that is looked at; the rest of a reply may be anything.
	var buf [dnsHeader]byte
	for {
		n, err := d.receive(buf[:])
		if err != nil {
			return dnsFault(t, err)
		}
		code, ours := dnsReply(buf[:min(n, len(buf))], id)
		switch {
		case ours && code == dnsmessage.RCodeSuccess:
			return attempt.Outcome{Verdict: attempt.Passed}
		case ours:
			return dnsFailure(t, fmt.Sprintf("read error occurred. (rcode = %d)", code),
				reason.Reason{Code: reason.ResponseCode, Number: int(code)})
		}
	}
}

// dnsHeader is the length of the header of a message (RFC 1035, 4.1.1).
const dnsHeader = 12

// dnsQuery is a question for a server that is to find the answer itself.
func dnsQuery(id uint16, ask *config.DNSCheck) ([]byte, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(ask.Name, ".") + ".")
	if err != nil {
		return nil, err
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.Type(ask.Type), Class: dnsmessage.ClassINET}},
	}
	return m.Pack()
}

// dnsReply reads the header of a datagram, and reports whether that is a reply to a question.
func dnsReply(b []byte, id uint16) (code dnsmessage.RCode, ours bool) {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	return h.RCode, err == nil && h.ID == id && h.Response
}

// dnsFault words a question that was not answered.
func dnsFault(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	call, errno := failedCall(err)
	switch {
	case why.Code == reason.NotTried:
		return untried(dnsLine(t, "UDP socket bind failed. Rescheduling."), why, note)
	case call == "" || why.Code == reason.NoAnswer:
		return dnsFailure(t, "read timeout from socket", why)
	case call == "connect" && errno == syscall.ENETUNREACH:
		return dnsFailure(t, "network unreachable for "+bracketed(t.Checker.Connect), why)
	}
	verb := "write"
	if call == "receive" {
		verb = "read"
	}
	return dnsFailure(t, fmt.Sprintf("failed to %s socket; errno %d (%s)", verb, int(errno), capital(errno)), why)
}

func dnsFailure(t Target, what string, why reason.Reason) attempt.Outcome {
	return fail(dnsLine(t, what), why)
}

func dnsLine(t Target, what string) string { return "DNS_CHECK (" + t.Server + ") " + what }

// dumpDNS writes what is asked for.
func dumpDNS(d *report.Page, s lvs.CheckerStatus, g config.Global) {
	dumpMethod(d, s, g)
	d.Line(3, "Type", s.Config.DNS.Type)
	d.Line(3, "Name", s.Config.DNS.Name)
}
