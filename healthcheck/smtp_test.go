package healthcheck

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// A post is a mail server that says what it is told, and keeps what it is told.
type post struct {
	mu    sync.Mutex
	heard []string
}

// talks gives a server that says each text after a line of the client, the first one at once. "-" ends the
// connection, "!" resets it, and after the last text it waits.
func (p *post) talks(texts ...string) func(*target, net.Conn) {
	return func(_ *target, c net.Conn) {
		in := bufio.NewReader(c)
		for i, text := range texts {
			if i > 0 {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				p.mu.Lock()
				p.heard = append(p.heard, line)
				p.mu.Unlock()
			}
			switch text {
			case "-":
				return
			case "!":
				reset(c)
				return
			}
			_, _ = io.WriteString(c, text) // the client may have given up
		}
		hangs(c)
	}
}

// mail is the target of a check of a mail server.
func mail(s *target, timeout time.Duration) Target {
	t := s.aim(config.CheckSMTP, config.URL{})
	t.Checker.SMTP, t.Checker.ConnectTimeout = &config.SMTPCheck{Helo: "me.example.org"}, timeout
	return t
}

func TestSemantics10_9_TheDialogueWithAMailServer(t *testing.T) {
	long := strings.Repeat("x", 600)
	for name, c := range map[string]struct {
		says       []string
		line, want string // of the failure, without the server; "" passes
	}{
		"as it should be":     {[]string{"220 hello\r\n", "250 you\r\n", "221 bye\r\n"}, "", ""},
		"lines with LF":       {[]string{"220 \n", "250 \n", "\n"}, "", ""},
		"whatever ends it":    {[]string{"220 a\r\n", "250 b\r\n", "500 what?\r\n"}, "", ""},
		"much to end it":      {[]string{"220 a\r\n", "250 b\r\n", long + "\r\n"}, "", ""},
		"more than asked for": {[]string{"220 a\r\n220 b\r\n", "250 c\r\n250 d\r\n", "221 bye\r\n"}, "", ""},
		"refuses":             {[]string{"554 no\r\n"}, "Bad greeting banner from", "status 554 where 220 is wanted"},
		"no blank":            {[]string{"220\r\n"}, "Bad greeting banner from", `no status in "220" where 220 is wanted`},
		"no mail":             {[]string{"SSH-2.0-x\r\n"}, "Bad greeting banner from", `no status in "SSH-2.0-x" where 220 is wanted`},
		"several lines":       {[]string{"220-a\r\n220 b\r\n"}, "Bad greeting banner from", "reply of several lines where one with 220 is wanted"},
		"HELO is refused":     {[]string{"220 a\r\n", "501 no\r\n"}, "Bad HELO response from", "status 501 where 250 is wanted"},
		"HELO, several lines": {[]string{"220 a\r\n", "250-b\r\n250 c\r\n"}, "Bad HELO response from", "reply of several lines where one with 250 is wanted"},
		"a long line":         {[]string{"220 " + long + "\r\n"}, "Bad greeting banner from", "line longer than 512 bytes"},
		"a long HELO reply":   {[]string{"220 a\r\n", "250 " + long + "\r\n"}, "Bad HELO response from", "line longer than 512 bytes"},
		"closes at once":      {[]string{"-"}, "Read failure from", "connection closed before an answer"},
		"closes in a line":    {[]string{"220 a\r\n", "-"}, "Read failure from", "connection closed before an answer"},
		"closes after QUIT":   {[]string{"220 a\r\n", "250 b\r\n", "-"}, "Read failure from", "connection closed before an answer"},
		"resets after HELO":   {[]string{"220 a\r\n", "!"}, "Read failure from", "connection reset before an answer"},
		"silent":              {[]string{""}, "Read timeout from", "no answer to the request within 0.3 s"},
		"silent after HELO":   {[]string{"220 a\r\n", ""}, "Read timeout from", "no answer to the request within 0.3 s"},
		"silent after QUIT":   {[]string{"220 a\r\n", "250 b\r\n", ""}, "Read timeout from", "no answer to the request within 0.3 s"},
		"half a line":         {[]string{"220 a"}, "Read timeout from", "answer not complete and nothing more of it within 0.3 s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &post{}
			target := mail(lie(t, "127.0.0.1:0", p.talks(c.says...)), 5*time.Second)
			if strings.HasPrefix(c.line, "Read timeout") {
				target.Checker.ConnectTimeout = 300 * time.Millisecond
			}
			got := probe(t, target)
			if c.line == "" {
				if got.Verdict != attempt.Passed {
					t.Fatalf("%+v", got)
				}
				if said := strings.Join(p.heard, ""); said != "HELO me.example.org\r\nQUIT\r\n" {
					t.Errorf("it heard %q", said)
				}
				return
			}
			want := "SMTP_CHECK " + c.line + " server [127.0.0.1]:" + port(target)
			if got.Verdict != attempt.Failed || got.Line != want || got.Reason.String() != c.want {
				t.Errorf("verdict %d, %q (%s), want %q (%s)", got.Verdict, got.Line, got.Reason, want, c.want)
			}
		})
	}
}

func port(t Target) string {
	_, port, _ := strings.Cut(t.Checker.Connect.String(), ":")
	return port
}

// A server that sends a byte now and then has connect_timeout for each, but not for ever; one that never stops is left
// after a line.
func TestHostileMailServers(t *testing.T) {
	drip := lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) {
		for {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // not a wait for anything: this is what it does
		}
	})
	dripping := mail(drip, 10*time.Second)
	begin := time.Now()
	got := Prober{Overall: 300 * time.Millisecond}.Probe(t.Context(), dripping)
	if took := time.Since(begin); got.Reason.Code != reason.TooSlow && got.Reason.Code != reason.NoAnswer || took < 300*time.Millisecond {
		t.Errorf("%+v after %v", got, took)
	}
	flood := mail(lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) {
		text := strings.Repeat("220-x", 1000)
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}), 10*time.Second)
	if got := probe(t, flood); got.Reason.Code != reason.LongLine {
		t.Errorf("%+v", got)
	}
}

// An attempt that is given up ends at once.
func TestAMailServerIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	target := mail(lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) { cancel(); hangs(c) }), time.Hour)
	if got := (Prober{}).Probe(ctx, target); got.Verdict != attempt.Failed {
		t.Errorf("%+v", got)
	}
}

func TestMailServersThatCannotBeReached(t *testing.T) {
	closed := lie(t, "127.0.0.1:0", (&post{}).talks("-"))
	target := mail(closed, time.Second)
	target.Server = "[10.0.0.1]:tcp:25"
	target.Checker.BindAddr = netip.MustParseAddr("192.0.2.77")
	if got := probe(t, target); got.Verdict != attempt.Local || got.Line != "SMTP_CHECK socket bind failed. Rescheduling." ||
		len(got.Notes) != 1 || got.Notes[0] != "Checker bind failed: Cannot assign requested address" {
		t.Errorf("%+v", got)
	}
	target.Checker.BindAddr = netip.Addr{}
	target.Checker.Connect = netip.AddrPortFrom(target.Checker.Connect.Addr(), 0)
	if got := probe(t, target); got.Line != "SMTP_CHECK Could not connect to server [127.0.0.1]:0" {
		t.Errorf("%+v", got)
	}
	for server, want := range map[string]string{"[10.0.0.1]:tcp:25": "[10.0.0.1]:25", "[fd00::1]:none:0": "[fd00::1]:0", "x": "x"} {
		if got := withoutProtocol(server); got != want {
			t.Errorf("%s: %s", server, got)
		}
	}
}
