package healthcheck

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/report"
)

// smtpKind is SMTP_CHECK.
func smtpKind() *Kind {
	return &Kind{
		Probe:      probeSMTP,
		Dump:       dumpSMTP,
		Iterations: func(k *config.Checker) int { return k.Retry },
		UsualDelay: time.Second,
	}
}

// maxReplyLine is the longest line of a reply with its end (RFC 5321, 4.5.3.1.5).
const maxReplyLine = 512

// A talk is a conversation with a mail server.
type talk struct {
	conn  net.Conn
	t     Target
	until time.Time // when it has to be over
}

// probeSMTP greets a mail server and takes leave: 220, HELO, 250, QUIT, and any line (semantics 10.9). Connecting and
// each read have connect_timeout, all of it as long as a page may take.
func probeSMTP(ctx context.Context, p Prober, t Target) attempt.Outcome {
	until := time.Now().Add(p.overall(t))
	conn, err := dial(ctx, t.Checker)
	if err != nil {
		return smtpFault(t, err)
	}
	defer closeQuietly(conn)
	// Each step sets a deadline of its own, so one in the past would not end them all.
	stop := context.AfterFunc(ctx, func() { closeQuietly(conn) })
	defer stop()
	s := talk{conn, t, until}
	for _, step := range []struct{ say, want, wrong string }{
		{"", "220", "Bad greeting banner from"},
		{"HELO " + t.Checker.SMTP.Helo + "\r\n", "250", "Bad HELO response from"},
		{"QUIT\r\n", "", ""}, // whatever it answers, the server was there
	} {
		if why := s.say(step.say); why.Code != reason.None {
			return s.fail("Write failure to", why)
		}
		line, why := s.hear()
		switch {
		case why.Code == reason.NoAnswer, why.Code == reason.TooSlow:
			return s.fail("Read timeout from", why)
		case why.Code == reason.LongLine && step.wrong != "":
			return s.fail(step.wrong, why)
		case why.Code != reason.None && why.Code != reason.LongLine:
			return s.fail("Read failure from", why)
		}
		if why := judgeSMTP(line, step.want); why.Code != reason.None {
			return s.fail(step.wrong, why)
		}
	}
	return attempt.Outcome{Verdict: attempt.Passed}
}

// judgeSMTP looks at the first line of a reply: its code has to be want, and a blank behind it, as 2.2.7 has it.
func judgeSMTP(line []byte, want string) reason.Reason {
	if want == "" || bytes.HasPrefix(line, []byte(want+" ")) {
		return reason.Reason{}
	}
	if bytes.HasPrefix(line, []byte(want+"-")) {
		return reason.Reason{Code: reason.SeveralLines, Want: want}
	}
	why := reason.Reason{Code: reason.Status, Want: want}
	if len(line) >= 4 && line[3] == ' ' {
		// What is no number leaves 0, and is quoted.
		why.Number, _ = strconv.Atoi(string(line[:3]))
	}
	why.Text = string(line[:min(len(line), 40)])
	return why
}

// say sends a line; nothing is said with "".
func (s talk) say(line string) reason.Reason {
	if line == "" {
		return reason.Reason{}
	}
	if err := s.conn.SetWriteDeadline(s.limit()); err != nil {
		return broken(err, reason.Asking, s.t.Checker.ConnectTimeout)
	}
	if _, err := s.conn.Write([]byte(line)); err != nil {
		return broken(err, reason.Asking, s.t.Checker.ConnectTimeout)
	}
	return reason.Reason{}
}

// hear reads until there is a whole line, and gives it without its end. What comes with it in the same packet is
// dropped: nobody has asked for it.
func (s talk) hear() ([]byte, reason.Reason) {
	var buf [maxReplyLine]byte
	n, phase := 0, reason.Waiting
	for {
		if !time.Now().Before(s.until) {
			return nil, reason.Reason{Code: reason.TooSlow}
		}
		if err := s.conn.SetReadDeadline(s.limit()); err != nil {
			return nil, broken(err, phase, s.t.Checker.ConnectTimeout)
		}
		more, err := s.conn.Read(buf[n:])
		if end := bytes.IndexByte(buf[n:n+more], '\n'); end >= 0 {
			return bytes.TrimSuffix(buf[:n+end], []byte("\r")), reason.Reason{}
		}
		n += more
		switch {
		case err != nil:
			return nil, broken(err, phase, s.t.Checker.ConnectTimeout)
		case n == len(buf):
			return nil, reason.Reason{Code: reason.LongLine, Number: maxReplyLine}
		}
		phase = reason.Reading
	}
}

// limit is until when one step may take.
func (s talk) limit() time.Time {
	at := time.Now().Add(s.t.Checker.ConnectTimeout)
	if s.until.Before(at) {
		return s.until
	}
	return at
}

func (s talk) fail(what string, why reason.Reason) attempt.Outcome {
	return smtpFailure(s.t, what, why)
}

func smtpFault(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	if why.Code == reason.NotTried {
		return untried("SMTP_CHECK socket bind failed. Rescheduling.", why, note)
	}
	switch {
	case why.Code == reason.NoAnswer:
		return smtpFailure(t, "Connection timeout to", why)
	case why.Errno == int(syscall.ENETUNREACH):
		return fail(fmt.Sprintf("SMTP_CHECK Network unreachable for server %s - real server %s", t.Checker.Connect.Addr(),
			withoutProtocol(t.Server)), why)
	}
	return smtpFailure(t, "Could not connect to", why)
}

// withoutProtocol is the name of a real server, "[10.0.0.1]:tcp:25", as 2.2.7 has it here: "[10.0.0.1]:25".
func withoutProtocol(server string) string {
	host, rest, ok := strings.Cut(server, "]:")
	if !ok {
		return server
	}
	return host + "]" + rest[max(strings.LastIndexByte(rest, ':'), 0):]
}

// smtpFailure names the address that was connected to, where other checks name the real server.
func smtpFailure(t Target, what string, why reason.Reason) attempt.Outcome {
	at := t.Checker.Connect
	return fail("SMTP_CHECK "+what+" server "+bracketed(at), why)
}

func bracketed(a netip.AddrPort) string {
	return "[" + a.Addr().String() + "]:" + strconv.Itoa(int(a.Port()))
}

// dumpSMTP writes what is said in HELO.
func dumpSMTP(d *report.Page, s lvs.CheckerStatus, g config.Global) {
	dumpMethod(d, s, g)
	d.Line(3, "helo", s.Config.SMTP.Helo)
}
