package healthcheck

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// asked is a datagram that a server was sent.
type asked struct {
	from    netip.AddrPort
	payload []byte
}

// udpServer answers datagrams as talk does; the answers go through say.
type udpServer struct {
	at   netip.AddrPort
	conn *net.UDPConn
	mu   sync.Mutex
	got  []asked
}

func serveUDP(t *testing.T, at string, talk func(say func(string), n int)) *udpServer {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at)))
	if err != nil {
		t.Error(err)
		return nil
	}
	s := &udpServer{at: netip.MustParseAddrPort(conn.LocalAddr().String()), conn: conn}
	go func() {
		buf := make([]byte, 65536)
		for n := 1; ; n++ {
			size, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return // closed
			}
			s.mu.Lock()
			s.got = append(s.got, asked{from, bytes.Clone(buf[:size])})
			s.mu.Unlock()
			talk(func(text string) { _, _ = conn.WriteToUDPAddrPort([]byte(text), from) }, n)
		}
	}()
	return s
}

func (s *udpServer) questions() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.got...)
}

func udpTarget(at netip.AddrPort, timeout time.Duration, want config.UDPCheck) Target {
	if want.MaxReply == 0 {
		want.MaxReply = 255
	}
	return Target{
		Service: vs,
		Server:  rs,
		Checker: config.Checker{Kind: config.CheckUDP, Connect: at, ConnectTimeout: timeout, UDP: &want},
	}
}

// loopbacks are the addresses of this host, one of each family, with any port.
var loopbacks = []string{"127.0.0.1:0", "[::1]:0"}

const silent = "no answer within 0.2 s"

// like is a pattern that an answer has to begin with; a dot is any byte.
func like(text string) config.UDPCheck {
	c := config.UDPCheck{RequireReply: true, Reply: []byte(text), Mask: bytes.Repeat([]byte{0xff}, len(text))}
	for i := range text {
		if text[i] == '.' {
			c.Mask[i] = 0
		}
	}
	return c
}

func limited(c config.UDPCheck, least, most uint16) config.UDPCheck {
	c.MinReply, c.MaxReply = least, most
	return c
}

// What an answer decides, and what silence does.
func TestSemantics10_11_UDPReplies(t *testing.T) {
	says := func(texts ...string) func(func(string), int) {
		return func(say func(string), _ int) {
			for _, text := range texts {
				say(text)
			}
		}
	}
	any := config.UDPCheck{RequireReply: true}
	long := strings.Repeat("h", 300)
	for name, c := range map[string]struct {
		talk func(func(string), int)
		want config.UDPCheck
		why  string // "" passes
	}{
		"silence is no failure":         {says(), config.UDPCheck{}, ""},
		"an answer":                     {says("hello"), config.UDPCheck{}, ""},
		"any answer":                    {says("hello"), any, ""},
		"an empty answer":               {says(""), any, ""},
		"no answer":                     {says(), any, silent},
		"as wanted":                     {says("hello"), like("hello"), ""},
		"some bytes as wanted":          {says("hallo"), like("h.llo"), ""},
		"more than wanted":              {says("hello world"), like("hello"), ""},
		"the beginning of what is":      {says("he"), like("hello"), ""},
		"another answer":                {says("jello"), like("hello"), "another answer than is wanted, from byte 1 on"},
		"another end":                   {says("hellO"), like("hello"), "another answer than is wanted, from byte 5 on"},
		"wrong, then right":             {says("jello", "hello"), like("hello"), "another answer than is wanted, from byte 1 on"},
		"right, then wrong":             {says("hello", "jello"), like("hello"), ""},
		"too short":                     {says("he"), limited(like("he"), 3, 255), "answer of 2 bytes where 3 to 255 are wanted"},
		"as short as may be":            {says("hel"), limited(like("he"), 3, 255), ""},
		"too long":                      {says(long), like("h"), "answer of 300 bytes where 0 to 255 are wanted"},
		"as long as can be":             {says(strings.Repeat("h", 65000)), like("h"), "answer of 65000 bytes where 0 to 255 are wanted"},
		"as long as may be":             {says(long), limited(like("h"), 0, 300), ""},
		"limits without a pattern":      {says("he"), limited(any, 3, 4), ""},
		"a long one without a pattern":  {says(long), any, ""},
		"a short one without a pattern": {says(""), limited(any, 3, 4), ""},
		"limits that leave nothing":     {says("hello"), limited(like("h"), 10, 2), "answer of 5 bytes where 10 to 2 are wanted"},
	} {
		for _, at := range loopbacks {
			s := serveUDP(t, at, c.talk)
			timeout := patience
			if c.why == silent || strings.Contains(name, "silence") {
				timeout = 200 * time.Millisecond
			}
			got := probe(t, udpTarget(s.at, timeout, c.want))
			_ = s.conn.Close()
			verdict, line := attempt.Passed, ""
			if c.why != "" {
				verdict, line = attempt.Failed, "UDP connection to "+rs+" failed."
			}
			wantResult(t, got, verdict, line)
			if got.Reason.String() != c.why {
				t.Errorf("%s, %s: %q, want %q", name, at, got.Reason, c.why)
			}
		}
	}
}

func TestUDPSendsItsPayload(t *testing.T) {
	for _, at := range loopbacks {
		s := serveUDP(t, at, func(say func(string), _ int) { say("yes") })
		for _, payload := range []string{"", "\x01\x02\xff", strings.Repeat("x", 500)} {
			c, want := config.UDPCheck{RequireReply: true}, payload
			if payload == "" {
				want = "keepalived check - keepalived ch"
			} else {
				c.Payload = []byte(payload)
			}
			wantResult(t, probe(t, udpTarget(s.at, patience, c)), attempt.Passed, "")
			got := s.questions()
			if last := got[len(got)-1]; string(last.payload) != want {
				t.Errorf("%q, want %q", last.payload, want)
			}
		}
		if n := len(s.questions()); n != 3 {
			t.Errorf("%d datagrams for three checks", n)
		}
		_ = s.conn.Close()
	}
}

// A port that nobody has is refused at once, whether an answer is wanted or not.
func TestUDPRefused(t *testing.T) {
	for _, at := range loopbacks {
		s := serveUDP(t, at, func(func(string), int) {})
		_ = s.conn.Close()
		for _, c := range []config.UDPCheck{{}, {RequireReply: true}, like("hello")} {
			got := probe(t, udpTarget(s.at, time.Hour, c))
			wantResult(t, got, attempt.Failed, "UDP connection to "+rs+" failed.")
			if got.Reason.String() != "connection refused" {
				t.Errorf("%s: %s", at, got.Reason)
			}
		}
		got := probe(t, udpTarget(netip.AddrPortFrom(s.at.Addr(), 0), time.Hour, config.UDPCheck{}))
		wantResult(t, got, attempt.Failed, "UDP connection to "+rs+" failed.")
	}
}

// An answer that comes after its attempt, or from somebody else, is none.
func TestUDPAnswersThatAreNone(t *testing.T) {
	for _, at := range loopbacks {
		late := make(chan func(string), 1)
		s := serveUDP(t, at, func(say func(string), n int) {
			if n == 1 {
				late <- say
				return
			}
			(<-late)("hello")
		})
		stranger := serveUDP(t, at, func(func(string), int) {})
		for range 2 {
			got := probe(t, udpTarget(s.at, 200*time.Millisecond, config.UDPCheck{RequireReply: true}))
			if got.Verdict != attempt.Failed || got.Reason.String() != silent {
				t.Errorf("%s: %d %s", at, got.Verdict, got.Reason)
			}
		}
		_ = s.conn.Close()
		s = serveUDP(t, at, func(func(string), int) {})
		go func() {
			for range 1000 {
				if q := s.questions(); len(q) > 0 {
					_, _ = stranger.conn.WriteToUDPAddrPort([]byte("hello"), q[0].from)
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		got := probe(t, udpTarget(s.at, 200*time.Millisecond, config.UDPCheck{RequireReply: true}))
		if got.Verdict != attempt.Failed || got.Reason.String() != silent {
			t.Errorf("%s: %d %s after an answer of somebody else", at, got.Verdict, got.Reason)
		}
		_, _ = s.conn.Close(), stranger.conn.Close()
	}
}

// marked is a command that gives packets with the firewall mark 7 to an address of this host
// another source.
func marked(family, to, source string) string {
	ip := "ip " + family
	return ip + " rule add pref 100 lookup local; " + ip + " rule add pref 50 fwmark 7 lookup 77; " + ip + " rule del pref 0; " +
		ip + " route add local " + to + " dev lo src " + source + " table 77;"
}

// bindto, bind_port, bind_if and fwmark have their effect.
func TestUDPGoesTheWayItIsTold(t *testing.T) {
	inNamespace(t, func(run func(string)) {
		run("ip address add 192.0.2.2/32 dev lo; ip -6 address add 2001:db8::2/128 dev lo nodad;" + settled("2001:db8::1", "2001:db8::2") +
			marked("-4", "192.0.2.1", "192.0.2.2") + marked("-6", "2001:db8::1", "2001:db8::2"))
		for _, way := range []struct{ at, here, second string }{
			{"192.0.2.1:53", "192.0.2.1", "192.0.2.2"},
			{"[2001:db8::1]:53", "2001:db8::1", "2001:db8::2"},
		} {
			s := serveUDP(t, way.at, func(say func(string), _ int) { say("yes") })
			for name, c := range map[string]struct {
				change func(*config.Checker)
				from   string
				port   uint16
			}{
				"nothing":              {func(*config.Checker) {}, way.here, 0},
				"bindto":               {func(k *config.Checker) { k.BindAddr = netip.MustParseAddr(way.second) }, way.second, 0},
				"bind_port":            {func(k *config.Checker) { k.BindPort = 5050 }, way.here, 5050},
				"bindto and bind_port": {func(k *config.Checker) { k.BindAddr, k.BindPort = netip.MustParseAddr(way.second), 5051 }, way.second, 5051},
				"bind_if":              {func(k *config.Checker) { k.BindIf = "lo" }, way.here, 0},
				"fwmark":               {func(k *config.Checker) { k.FWMark = 7 }, way.second, 0},
			} {
				target := udpTarget(s.at, patience, config.UDPCheck{RequireReply: true})
				c.change(&target.Checker)
				wantResult(t, probe(t, target), attempt.Passed, "")
				got := s.questions()
				last := got[len(got)-1].from
				if last.Addr().String() != c.from || c.port != 0 && last.Port() != c.port {
					t.Errorf("%s, %s: from %s, want %s:%d", way.at, name, last, c.from, c.port)
				}
			}
			_ = s.conn.Close()
		}
	})
}

func TestUDPEndsWithItsContext(t *testing.T) {
	for _, at := range loopbacks {
		s := serveUDP(t, at, func(func(string), int) {})
		endsWithItsContext(t, func(ctx context.Context) attempt.Outcome {
			return probeUDP(ctx, Prober{}, udpTarget(s.at, time.Hour, config.UDPCheck{}))
		})
		_ = s.conn.Close()
	}
}
