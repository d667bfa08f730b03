package notify

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/role"
)

func TestMailOneReceiverRefused(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.Checker())
	answers := map[string]string{"RCPT TO:<a@x.org>": "550-5.1.1 no\r\n550 such user\r\n"}
	b.cfg.Global.Mail = listen(t, politely(answers, said))
	b.cfg.Global.Mail.To = append(b.cfg.Global.Mail.To, "c@x.org")
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
	got := receive(t, said)
	for _, want := range []string{"RCPT TO:<b@x.org>\r\n", "RCPT TO:<c@x.org>\r\nDATA\r\n", "To: a@x.org, b@x.org, c@x.org\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("client said %q, want %q", got, want)
		}
	}
	b.logged("refuses receiver a@x.org: 550 5.1.1 no such user")
	b.logged("SMTP alert successfully sent.")
	if strings.Contains(b.log(), "receiver b@x.org") {
		t.Error(b.log())
	}
}

func TestMailServerThatShutsDownAtAReceiver(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.Checker())
	b.cfg.Global.Mail = listen(t, politely(map[string]string{"RCPT": "421 going down\r\n"}, said))
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
	b.logged("Error processing RCPT TO on SMTP server")
	if got := receive(t, said); strings.Contains(got, "b@x.org") {
		t.Errorf("client went on: %q", got)
	}
}

func TestMailIsTheServersWhateverItSaysToQuit(t *testing.T) {
	said := make(chan string, 1)
	b := newBench(t, role.Checker())
	b.cfg.Global.Mail = listen(t, politely(map[string]string{"QUIT": "500 what\r\n"}, said))
	b.configure()
	b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
	receive(t, said)
	b.logged("SMTP alert successfully sent.")
}

func TestLongRepliesAreCut(t *testing.T) {
	long := "554 " + strings.Repeat("é", 30_000) + "\r\n"
	for name, answers := range map[string]map[string]string{
		"greeting": {"": long}, "receiver": {"RCPT TO:<a@x.org>": long}, "message": {".": long},
	} {
		t.Run(name, func(t *testing.T) {
			said := make(chan string, 1)
			b := newBench(t, role.Checker())
			b.cfg.Global.Mail = listen(t, politely(answers, said))
			b.configure()
			b.n.LVS(LVSEvent{Mail: true, MailSubject: "s"})
			b.logged("é...")
			for l := range strings.Lines(b.log()) {
				if len(l) > 2*maxQuote {
					t.Errorf("line of %d bytes", len(l))
				}
			}
		})
	}
}

// The server answers each step when the test lets it: after Close has given up, Finish
// waits for it.
func TestMailOfTheStopIsSent(t *testing.T) {
	said, next := make(chan string, 1), make(chan struct{})
	b := newBench(t, role.VRRP())
	polite := politely(nil, said)
	b.cfg.Global.Mail = listen(t, func(c net.Conn) { polite(held{c, next}) })
	b.cfg.Global.Mail.ConnectTimeout = time.Minute
	b.configure()
	if b.n.Unsent() != 0 {
		t.Error("mail, though nothing was said")
	}
	b.n.VRRP(VRRPEvent{Name: "A", State: Stop, Config: &config.Notify{SMTPAlert: true}})
	b.n.Close(context.Background())
	if got := b.n.Unsent(); got != time.Minute {
		t.Errorf("%v, want smtp_connect_timeout", got)
	}
	close(next)
	b.n.Finish()
	if got := receive(t, said); !strings.Contains(got, "A - Stopping\r\n") || !strings.Contains(got, "\r\n.\r\n") {
		t.Errorf("client said %q", got)
	}
	if got := b.n.Unsent(); got != 0 {
		t.Errorf("%v when all was sent", got)
	}
	b.logged("Waiting up to 1m0s for the SMTP server, alerts not sent yet: 1")
	b.logged("SMTP alert successfully sent.")
}

// held writes nothing until it is let go.
type held struct {
	net.Conn
	free <-chan struct{}
}

func (h held) Write(p []byte) (int, error) {
	<-h.free
	return h.Conn.Write(p)
}

func TestMailOfTheStopIsGivenUp(t *testing.T) {
	stuck := make(chan struct{})
	b := newBench(t, role.VRRP())
	b.cfg.Global.Mail = listen(t, func(c net.Conn) { <-stuck; c.Close() })
	b.cfg.Global.Mail.ConnectTimeout = 200 * time.Millisecond
	b.configure()
	for range maxSessions + 1 { // the last one does not even get a session
		b.n.mailer.send(letter{mail: config.Mail{To: []string{"a"}, Server: b.cfg.Global.Mail.Server, Port: b.cfg.Global.Mail.Port, ConnectTimeout: time.Minute}, subject: "never"})
	}
	b.n.Close(context.Background())
	b.n.Finish()
	b.logged("SMTP alert not sent, the server did not take it within 200ms: never")
	close(stuck)
	b.n.mailer.running.Wait() // nothing is left behind
}

// The queue stands at a program that takes long to start: a new configuration waits in
// the queue, not in front of it.
func TestConfigureDoesNotWait(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.configure()
	hold := make(chan struct{})
	b.n.queue.put(func() { <-hold })
	c := b.cfg
	c.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.n.VRRP(VRRPEvent{Name: "before", State: Master})
	b.n.Configure(&c)
	b.n.VRRP(VRRPEvent{Name: "after", State: Master})
	close(hold) // not reached if Configure waits
	b.settled()
	if got := readLine(t, b.reader("fifo")); got != "INSTANCE \"after\" MASTER 0\n" {
		t.Errorf("first line %q: the order was not kept", got)
	}
}

func TestFIFOStaysOpenAtAReload(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	r := b.reader("fifo")
	say := func(name string) {
		t.Helper()
		b.n.VRRP(VRRPEvent{Name: name, State: Master})
		if got := readLine(t, r); got != "INSTANCE \""+name+"\" MASTER 0\n" {
			t.Errorf("read %q", got)
		}
	}
	say("A")
	for range 50 {
		b.configure()
		say("B")
	}
	b.remove("fifo") // somebody took it away: a reload makes it again
	b.configure()
	again := b.reader("fifo")
	if _, err := r.ReadString('\n'); err != io.EOF {
		t.Errorf("the reader of the one that is gone got %v, want EOF", err)
	}
	r = again
	say("C")
	b.cfg.Global.VRRPNotifyFIFO.User = "nobody" // another owner is no other FIFO
	b.configure()
	say("D")
	var st unix.Stat_t
	if err := unix.Stat(b.path("fifo"), &st); err != nil || st.Uid != 65534 {
		t.Errorf("owner %d, %v", st.Uid, err)
	}
}
