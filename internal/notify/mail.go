package notify

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/vrrp"
)

// mailVRRP sends the mail of a state change, unless the object's last mail told the same
// state (cli 9.9).
func (n *Notifier) mailVRRP(kind string, e vrrp.Notify) {
	subject, body := vrrpMail(e)
	if subject == "" || !e.Config.SMTPAlert {
		return
	}
	if e.State == vrrp.NotifyFault && n.global.Mail.NoFaults {
		return
	}
	key := kind + " " + e.Name
	if n.mailed[key] == e.State {
		return
	}
	n.mailed[key] = e.State
	n.mail(subject, body)
}

// vrrpMail words the mail of a notification; an empty subject means that there is none.
func vrrpMail(e vrrp.Notify) (subject, body string) {
	what := "Instance"
	if e.Group {
		what = "Group"
	}
	subject = fmt.Sprintf("VRRP %s %s - ", what, e.Name)
	switch e.State {
	case vrrp.NotifyMaster, vrrp.NotifyBackup, vrrp.NotifyFault:
		subject += fmt.Sprintf("Entering %s state", e.State)
	case vrrp.NotifyStop:
		subject += "Stopping"
	case vrrp.NotifyDeleted:
		subject += "Deleted"
	default:
		return "", ""
	}
	switch {
	case e.Group && e.State == vrrp.NotifyStop:
		body = "=> All VRRP group instances are now stopping <="
	case e.Group:
		body = fmt.Sprintf("=> All VRRP group instances are now in %s state <=", e.State)
	case e.State == vrrp.NotifyMaster:
		body = "=> VRRP Instance is now owning VRRP VIPs <="
	case e.State == vrrp.NotifyStop:
		body = "=> VRRP Instance stopping <="
	case e.State == vrrp.NotifyDeleted:
		body = "=> VRRP Deleted at reload <="
	default:
		body = "=> VRRP Instance is no longer owning VRRP VIPs <="
	}
	return subject, body
}

// mail sends one alert if mail is configured.
func (n *Notifier) mail(subject, body string) {
	m := n.global.Mail
	if len(m.To) == 0 || m.Server == "" {
		return
	}
	n.mailer.send(letter{mail: m, subject: fmt.Sprintf("[%s] %s", n.global.RouterID, subject), body: body})
}

// letter is one alert.
type letter struct {
	mail    config.Mail
	subject string
	body    string
}

const (
	maxSessions = 8   // at the same time
	maxLetters  = 256 // waiting for a session
	maxReplies  = 64 << 10
	smtpTimeout = 30 * time.Second
	smtpPort    = 25
)

// mailer sends letters, one session each, without anybody waiting for it.
type mailer struct {
	log      *zap.Logger
	running  *sync.WaitGroup
	ctx      context.Context // ends sessions at stop
	stop     context.CancelFunc
	sessions chan struct{}
	letters  chan struct{}
}

func newMailer(log *zap.Logger, running *sync.WaitGroup) *mailer {
	m := &mailer{log: log, running: running, sessions: make(chan struct{}, maxSessions), letters: make(chan struct{}, maxLetters)}
	m.ctx, m.stop = context.WithCancel(context.Background())
	return m
}

func (m *mailer) send(l letter) {
	select {
	case m.letters <- struct{}{}:
	default:
		m.log.Warn(fmt.Sprintf("SMTP alert dropped, %d are waiting for the server: %s", maxLetters, l.subject))
		return
	}
	m.running.Add(1)
	at := time.Now()
	go func() {
		defer m.running.Done()
		defer func() { <-m.letters }()
		select {
		case m.sessions <- struct{}{}:
			defer func() { <-m.sessions }()
		case <-m.ctx.Done():
			return
		}
		if err := m.session(l, at); err != nil {
			m.log.Warn(err.Error())
			return
		}
		m.log.Info("SMTP alert successfully sent.")
	}()
}

// session is one SMTP session (RFC 5321 section 3.3), with HELO and without anything
// optional, as keepalived holds it. Any answer but the expected one ends it.
func (m *mailer) session(l letter, at time.Time) error {
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
	conn, err := d.DialContext(m.ctx, "tcp", server)
	if err != nil {
		return logging.Worded("Error connecting SMTP server %s: %v", server, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(m.ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	m.log.Debug(fmt.Sprintf("Remote SMTP server [%s]:%d connected.", l.mail.Server, port))
	t := textproto.NewConn(limited{conn, io.LimitReader(conn, maxReplies)})
	step := func(what string, code int, say func() error) error {
		if m.ctx.Err() == nil {
			_ = conn.SetDeadline(time.Now().Add(timeout))
		}
		if err := say(); err != nil {
			return logging.Worded("Error sending %s to SMTP server %s: %v", what, server, err)
		}
		if _, _, err := t.ReadResponse(code); err != nil {
			return logging.Worded("Error processing %s on SMTP server %s: %v", what, server, oneLine(err.Error()))
		}
		return nil
	}
	return dialogue(t, l, at, step)
}

func dialogue(t *textproto.Conn, l letter, at time.Time, step func(string, int, func() error) error) error {
	cmd := func(format string, a ...any) func() error {
		line := oneLine(fmt.Sprintf(format, a...))
		return func() error { return t.PrintfLine("%s", line) }
	}
	if err := step("greeting", 220, func() error { return nil }); err != nil {
		return err
	}
	if err := step("HELO", 250, cmd("HELO %s", l.mail.Helo)); err != nil {
		return err
	}
	if err := step("MAIL FROM", 250, cmd("MAIL FROM:<%s>", l.mail.From)); err != nil {
		return err
	}
	for _, to := range l.mail.To {
		if err := step("RCPT TO", 250, cmd("RCPT TO:<%s>", to)); err != nil {
			return err
		}
	}
	if err := step("DATA", 354, cmd("DATA")); err != nil {
		return err
	}
	if err := step("message", 250, func() error { return l.write(t.DotWriter(), at) }); err != nil {
		return err
	}
	return step("QUIT", 221, cmd("QUIT"))
}

// write writes the message with the headers of cli 9.9 in their order.
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

// limited reads from a bounded reader: a server that never stops talking is cut off.
type limited struct {
	io.WriteCloser
	r io.Reader
}

func (l limited) Read(p []byte) (int, error) { return l.r.Read(p) }
