package notify

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/role"
)

// politely serves one session, answering each step (a line, or the first four characters of one)
// with what answers gives (missing: the right reply), and delivers everything the client said.
func politely(answers map[string]string, said chan<- string) func(net.Conn) {
	right := map[string]string{
		"": "220 hi\r\n", "HELO": "250 ok\r\n", "MAIL": "250 ok\r\n", "RCPT": "250 ok\r\n",
		"DATA": "354 go\r\n", ".": "250 queued\r\n", "QUIT": "221 bye\r\n",
	}
	return func(c net.Conn) {
		defer c.Close()
		var all strings.Builder
		defer func() { said <- all.String() }()
		answer := func(step string) bool {
			text, ok := answers[step]
			if step = step[:min(len(step), 4)]; !ok {
				text, ok = answers[step]
			}
			if !ok {
				text = right[step]
			}
			_, err := io.WriteString(c, text)
			return err == nil
		}
		if !answer("") {
			return
		}
		r := bufio.NewReader(c)
		inData := false
		for {
			l, err := r.ReadString('\n')
			all.WriteString(l)
			if err != nil {
				return
			}
			step := strings.TrimRight(l, "\r\n")
			if inData && step != "." {
				continue
			}
			inData = step == "DATA"
			if !answer(step) {
				return
			}
		}
	}
}

func receive(t *testing.T, said <-chan string) string {
	t.Helper()
	select {
	case s := <-said:
		return s
	case <-time.After(patience):
		t.Fatal("no mail session")
		return ""
	}
}

func TestMailDialogue_cli9_9(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.VRRP())
	b.cfg.Global.Mail = listen(t, politely(nil, said))
	b.configure()
	b.n.VRRP(VRRPEvent{Name: "VI_1", State: Master, Config: &config.Notify{SMTPAlert: true}})
	got := receive(t, said)
	want := regexp.MustCompile(`^HELO lb1\r
MAIL FROM:<k@x\.org>\r
RCPT TO:<a@x\.org>\r
RCPT TO:<b@x\.org>\r
DATA\r
Date: [A-Z][a-z]{2}, [0-3][0-9] [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} [+-][0-9]{4}\r
From: k@x\.org\r
Subject: \[R1\] VRRP Instance VI_1 - Entering MASTER state\r
X-Mailer: Keepalived\r
To: a@x\.org, b@x\.org\r
\r
=> VRRP Instance is now owning VRRP VIPs <=\r
\r
\.\r
QUIT\r
$`)
	if !want.MatchString(got) {
		t.Errorf("client said %q", got)
	}
	b.logged("SMTP alert successfully sent.")
	b.logged("Remote SMTP server [127.0.0.1]:")
}

func TestMailTexts_cli9_9(t *testing.T) {
	const gone = "=> VRRP Instance is no longer owning VRRP VIPs <="
	for _, c := range []struct {
		group         bool
		state         State
		subject, body string
	}{
		{false, Master, "VRRP Instance X - Entering MASTER state", "=> VRRP Instance is now owning VRRP VIPs <="},
		{false, Backup, "VRRP Instance X - Entering BACKUP state", gone},
		{false, Fault, "VRRP Instance X - Entering FAULT state", gone},
		{false, Stop, "VRRP Instance X - Stopping", "=> VRRP Instance stopping <="},
		{false, Deleted, "VRRP Instance X - Deleted", "=> VRRP Deleted at reload <="},
		{true, Master, "VRRP Group X - Entering MASTER state", "=> All VRRP group instances are now in MASTER state <="},
		{true, Stop, "VRRP Group X - Stopping", "=> All VRRP group instances are now stopping <="},
		{false, MasterPriority, "", ""},
		{false, MasterRxLowerPri, "", ""},
	} {
		subject, body := vrrpMail(VRRPEvent{Group: c.group, Name: "X", State: c.state})
		if subject != c.subject || body != c.body {
			t.Errorf("%v %v: %q, %q", c.group, c.state, subject, body)
		}
	}
}

func subjects(session string) string {
	for l := range strings.Lines(session) {
		if s, ok := strings.CutPrefix(l, "Subject: "); ok {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

func TestMailRepeatedStates_cli9_9(t *testing.T) {
	said := make(chan string, 16)
	b := newBench(t, role.VRRP())
	b.cfg.Global.Mail = listen(t, politely(nil, said))
	b.cfg.Global.Mail.NoFaults = true
	b.configure()
	alert := config.Notify{SMTPAlert: true}
	say := func(group bool, name string, s State, c config.Notify) {
		b.n.VRRP(VRRPEvent{Group: group, Name: name, State: s, Config: &c})
	}
	for _, step := range []struct {
		group bool
		name  string
		state State
		cfg   config.Notify
		want  string
	}{
		{false, "A", Backup, alert, "[R1] VRRP Instance A - Entering BACKUP state"},
		{false, "A", Backup, alert, ""},
		{false, "B", Backup, alert, "[R1] VRRP Instance B - Entering BACKUP state"},
		{true, "A", Backup, alert, "[R1] VRRP Group A - Entering BACKUP state"},
		{false, "A", Fault, alert, ""}, // no_email_faults
		{false, "A", Backup, alert, ""},
		{false, "A", Master, config.Notify{}, ""}, // no smtp_alert
		{false, "A", Master, alert, "[R1] VRRP Instance A - Entering MASTER state"},
	} {
		say(step.group, step.name, step.state, step.cfg)
		if step.want == "" {
			continue
		}
		if got := subjects(receive(t, said)); got != step.want {
			t.Fatalf("mail %q, want %q", got, step.want)
		}
	}
	b.configure() // a reload does not make it say everything again
	say(false, "A", Master, alert)
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "Realserver X of virtual server Y - UP", MailBody: "=> TCP CHECK succeed on service <="})
	if got := subjects(receive(t, said)); got != "[R1] Realserver X of virtual server Y - UP" {
		t.Errorf("mail %q", got)
	}
}

func TestMailNeedsServerAndRecipients_cli9_9(t *testing.T) {
	said := make(chan string, 16)
	mail := listen(t, politely(nil, said))
	b := newBench(t, role.VRRP())
	for _, change := range []func(*config.Mail){func(m *config.Mail) { m.To = nil }, func(m *config.Mail) { m.Server = "" }} {
		b.cfg.Global.Mail = mail
		change(&b.cfg.Global.Mail)
		b.configure()
		b.n.LVS(LVSEvent{Mail: true, MailSubject: "not sent"})
	}
	b.cfg.Global.Mail = mail
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "sent"})
	if got := subjects(receive(t, said)); got != "[R1] sent" {
		t.Errorf("mail %q", got)
	}
}

func TestMailDeviations_cli9_9(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]string
		log     string
	}{
		"busy":                 {map[string]string{"": "421 busy\r\n"}, "Error processing greeting"},
		"wrong greeting code":  {map[string]string{"": "250 hi\r\n"}, "Error processing greeting"},
		"HELO refused":         {map[string]string{"HELO": "550 no\r\n"}, "Error processing HELO"},
		"sender refused":       {map[string]string{"MAIL": "553 no\r\n"}, "Error processing MAIL FROM"},
		"recipient refused":    {map[string]string{"RCPT": "550 no\r\n"}, "takes none of the receivers, alert not sent: [R1] s"},
		"data refused":         {map[string]string{"DATA": "451 no\r\n"}, "Error processing DATA"},
		"data answered by 250": {map[string]string{"DATA": "250 ok\r\n"}, "Error processing DATA"},
		"message refused":      {map[string]string{".": "554 spam\r\n"}, "Error processing message"},
		"no number":            {map[string]string{"HELO": "hello\r\n"}, "Error processing HELO"},
		"short":                {map[string]string{"HELO": "2\r\n"}, "Error processing HELO"},
		"empty line":           {map[string]string{"HELO": "\r\n"}, "Error processing HELO"},
		"binary":               {map[string]string{"": "\x00\xff\x01\r\n"}, "Error processing greeting"},
	} {
		t.Run(name, func(t *testing.T) {
			said := make(chan string, 1)
			b := newBench(t, role.Checker())
			b.cfg.Global.Mail = listen(t, politely(c.answers, said))
			b.configure()
			b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
			b.logged(c.log)
			receive(t, said)
			if strings.Contains(b.log(), "successfully") {
				t.Errorf("logged %q", b.log())
			}
		})
	}
}

func TestMailMultiLineRepliesAreUnderstood(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.Checker())
	b.cfg.Global.Mail = listen(t, politely(map[string]string{"": "220-welcome\r\n220 hi\r\n", "HELO": "250-a\r\n250-b\r\n250 c\r\n"}, said))
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
	receive(t, said)
	b.logged("SMTP alert successfully sent.")
}

func TestMailServersThatLie(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"closes at once": func(c net.Conn) { c.Close() },
		"says nothing":   func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"never ends a line": func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, strings.Repeat("2", 4096)); err != nil {
					return
				}
			}
		},
		"never ends a reply": func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "220-more\r\n"); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, role.Checker())
			b.cfg.Global.Mail = listen(t, serve)
			b.cfg.Global.Mail.ConnectTimeout = 300 * time.Millisecond
			b.configure()
			b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
			b.logged("Error processing greeting on SMTP server")
		})
	}
}

func TestMailNobodyListens(t *testing.T) {
	b := newBench(t, role.Checker())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	b.cfg.Global.Mail = config.Mail{To: []string{"a"}, Server: "127.0.0.1", Port: port}
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
	b.logged("Error connecting SMTP server")
}

func TestMailHeadersCannotBeForged(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.Checker())
	b.cfg.Global.Mail = listen(t, politely(nil, said))
	b.cfg.Global.Mail.From = "k@x.org>\r\nDATA\r\nevil"
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s\r\nBcc: evil@x.org", MailBody: ".\r\nQUIT"})
	got := receive(t, said)
	for l := range strings.Lines(got) {
		if strings.HasPrefix(l, "Bcc:") || strings.HasPrefix(l, "evil") {
			t.Errorf("forged line %q in %q", l, got)
		}
	}
	if strings.Count(got, "\nQUIT\r\n") != 1 || strings.Count(got, "DATA\r\n") != 1 {
		t.Errorf("client said %q", got)
	}
}

func TestMailFloodIsBounded(t *testing.T) {
	stuck := make(chan struct{})
	b := newBench(t, role.Checker())
	b.cfg.Global.Mail = listen(t, func(c net.Conn) { <-stuck; c.Close() })
	b.cfg.Global.Mail.ConnectTimeout = time.Minute
	b.configure()
	began := time.Now()
	for i := range 2 * maxLetters {
		b.n.LVS(LVSEvent{Mail: true, MailSubject: fmt.Sprint(i)})
	}
	b.logged("SMTP alert dropped")
	b.settled()
	if took := time.Since(began); took > time.Minute/2 {
		t.Errorf("took %v", took)
	}
	began = time.Now()
	b.n.Close(context.Background())
	if took := time.Since(began); took > closeTime+patience {
		t.Errorf("Close took %v", took)
	}
	close(stuck)
}
