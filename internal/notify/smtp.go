package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast/internal/logging"
)

const (
	maxReplies  = 64 << 10 // bytes of one session
	maxQuote    = 200      // bytes of a reply that are put into a log line
	smtpTimeout = 30 * time.Second
	quitTimeout = time.Second
	smtpPort    = 25
)

// smtpSession is one SMTP session (RFC 5321 section 3.3), with HELO and without anything
// optional, as keepalived holds it.
type smtpSession struct {
	conn    net.Conn
	text    *textproto.Conn
	server  string        // address and port
	timeout time.Duration // of one step
}

// deliver sends one letter. Any answer but the expected one ends the session, except that a
// receiver who is refused does not keep the others from getting theirs.
func (m *mailer) deliver(l letter, at time.Time) error {
	timeout := l.mail.ConnectTimeout
	if timeout <= 0 {
		timeout = smtpTimeout
	}
	port := l.mail.Port
	if port == 0 {
		port = smtpPort
	}
	server := net.JoinHostPort(l.mail.Server, strconv.Itoa(int(port)))
	d := net.Dialer{Timeout: timeout}
	conn, err := d.DialContext(m.dialing, "tcp", server)
	if err != nil {
		return logging.Worded("Error connecting SMTP server %s: %v, alert not sent: %s", server, err, l.subject)
	}
	defer conn.Close()
	// Each step has a timeout, but there are as many steps as receivers.
	stop := context.AfterFunc(m.ctx, func() { _ = conn.Close() })
	defer stop()
	m.log.Debug(fmt.Sprintf("Remote SMTP server [%s]:%d connected.", l.mail.Server, port))
	s := smtpSession{
		conn: conn, text: textproto.NewConn(limited{conn, io.LimitReader(conn, maxReplies)}),
		server: server, timeout: timeout,
	}
	return s.hold(l, at, func(refused string) { m.log.Warn(refused) })
}

// hold sends the letter to the server. refused is called with a line for each receiver
// that the server does not take.
func (s smtpSession) hold(l letter, at time.Time, refused func(string)) error {
	if err := s.step("greeting", 220, ""); err != nil {
		return err
	}
	if err := s.step("HELO", 250, "HELO "+l.mail.Helo); err != nil {
		return err
	}
	if err := s.step("MAIL FROM", 250, "MAIL FROM:<"+l.mail.From+">"); err != nil {
		return err
	}
	// One receiver who is refused costs the others nothing (cli 9.9).
	taken := 0
	for _, to := range l.mail.To {
		answer, err := s.receiver(to)
		switch {
		case err != nil:
			return err
		case answer == "":
			taken++
		default:
			refused(fmt.Sprintf("SMTP server %s refuses receiver %s: %s", s.server, oneLine(to), answer))
		}
	}
	if taken == 0 {
		s.quit()
		return logging.Worded("SMTP server %s takes none of the receivers, alert not sent: %s", s.server, l.subject)
	}
	if err := s.step("DATA", 354, "DATA"); err != nil {
		return err
	}
	if err := l.write(s.text.DotWriter(), at); err != nil {
		return logging.Worded("Error sending message to SMTP server %s: %v", s.server, err)
	}
	// Only this reply makes the letter the server's: what fails before it is a letter not sent.
	if err := s.step("message", 250, ""); err != nil {
		return err
	}
	s.quit()
	return nil
}

// step says something, unless it is empty, and expects a reply with this code.
func (s smtpSession) step(what string, code int, say string) error {
	if err := s.say(what, say); err != nil {
		return err
	}
	if _, _, err := s.text.ReadResponse(code); err != nil {
		return logging.Worded("Error processing %s on SMTP server %s: %s", what, s.server, answerOf(err))
	}
	return nil
}

func (s smtpSession) say(what, line string) error {
	// For what is said and for the reply together; an error shows with the next use of the
	// connection.
	_ = s.conn.SetDeadline(time.Now().Add(s.timeout))
	if line == "" {
		return nil
	}
	if err := s.text.PrintfLine("%s", oneLine(line)); err != nil {
		return logging.Worded("Error sending %s to SMTP server %s: %v", what, s.server, err)
	}
	return nil
}

// shuttingDown is the code of a server that ends the session whatever was said (RFC 5321
// section 3.8).
const shuttingDown = 421

// receiver names one receiver. answer is what the server says when it does not take this
// one, of which the others have no harm.
func (s smtpSession) receiver(to string) (answer string, err error) {
	const what = "RCPT TO"
	if err := s.say(what, "RCPT TO:<"+to+">"); err != nil {
		return "", err
	}
	_, _, err = s.text.ReadResponse(25) // 250, 251: it forwards
	var reply *textproto.Error
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &reply) && reply.Code != shuttingDown:
		return answerOf(err), nil
	}
	return "", logging.Worded("Error processing %s on SMTP server %s: %s", what, s.server, answerOf(err))
}

// quit takes leave. The letter is the server's by then, whatever it answers.
func (s smtpSession) quit() {
	_ = s.conn.SetDeadline(time.Now().Add(min(s.timeout, quitTimeout)))
	if s.text.PrintfLine("QUIT") == nil {
		_, _, _ = s.text.ReadResponse(221)
	}
}

// write writes the message with keepalived's headers in their order.
func (l letter) write(w io.WriteCloser, at time.Time) error {
	lines := []string{
		"Date: " + at.Format(time.RFC1123Z),
		"From: " + l.mail.From,
		"Subject: " + l.subject,
		"X-Mailer: Keepalived",
		"To: " + strings.Join(l.mail.To, ", "),
		"",
		l.body,
		"",
		"",
	}
	for i := range lines {
		lines[i] = oneLine(lines[i])
	}
	if _, err := io.WriteString(w, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return w.Close()
}

// oneLine keeps names from the configuration from starting another line.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

// answerOf is what the server said, or why nothing was understood.
func answerOf(err error) string {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return quote(fmt.Sprintf("%03d %s", reply.Code, reply.Msg))
	}
	return quote(err.Error())
}

// quote makes what a server said fit into a log line.
func quote(s string) string {
	if len(s) > maxQuote {
		n := maxQuote
		// Not within a character: half of one is no text.
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "..."
	}
	return oneLine(s)
}

// limited reads from a bounded reader: a server that never stops talking is cut off.
type limited struct {
	io.WriteCloser
	r io.Reader
}

func (l limited) Read(p []byte) (int, error) { return l.r.Read(p) }
