package healthcheck

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// named is a name server on an address, which sends what answer makes of each question.
func named(t *testing.T, address string, answer func(query []byte) [][]byte) Target {
	t.Helper()
	var lc net.ListenConfig
	c, err := lc.ListenPacket(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 2000)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, reply := range answer(bytes.Clone(buf[:n])) {
				_, _ = c.WriteTo(reply, from) // who asked may have had enough
			}
		}
	}()
	return Target{Server: rs, Service: vs, Checker: config.Checker{
		Kind: config.CheckDNS, Connect: netip.MustParseAddrPort(c.LocalAddr().String()), ConnectTimeout: 5 * time.Second,
		DNS: &config.DNSCheck{Type: config.DNSTypeSOA, Name: "."},
	}}
}

// header is the reply to a question with these flags, and nothing behind the question.
func header(q []byte, flags uint16) []byte {
	r := bytes.Clone(q)
	r[2], r[3] = byte(flags>>8), byte(flags)
	return r
}

// one gives a name server that answers each question with one reply.
func one(reply func(q []byte) []byte) func([]byte) [][]byte {
	return func(q []byte) [][]byte { return [][]byte{reply(q)} }
}

// What 2.2.7 was seen to send, but for the number.
func TestSemantics10_10_TheQuestion(t *testing.T) {
	for _, c := range []struct {
		ask  config.DNSCheck
		want string
	}{
		{config.DNSCheck{Type: config.DNSTypeSOA, Name: "."}, "12340100000100000000000000" + "00060001"},
		{config.DNSCheck{Type: 1, Name: "example.org"}, "123401000001000000000000" + "076578616d706c65036f7267" + "0000010001"},
		{config.DNSCheck{Type: 6, Name: "www.example.org."}, "123401000001000000000000" + "03777777076578616d706c65036f7267" + "0000060001"},
		{config.DNSCheck{Type: 28, Name: `exa\.mple`}, "123401000001000000000000" + "046578615c046d706c65" + "00001c0001"},
	} {
		got, err := dnsQuery(0x1234, &c.ask)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%+v: %x %v, want %s", c.ask, got, err, c.want)
		}
	}
	for _, name := range []string{strings.Repeat("a", 64) + ".org", strings.Repeat("a.", 130)} {
		if q, err := dnsQuery(1, &config.DNSCheck{Type: 1, Name: name}); err == nil {
			t.Errorf("%s: %x", name, q)
		}
	}
}

func TestSemantics10_10_TheReply(t *testing.T) {
	ok := func(q []byte) []byte { return header(q, 0x8180) }
	wrong := func(q []byte) []byte { r := ok(q); r[0] ^= 1; return r }
	for name, c := range map[string]struct {
		answer     func([]byte) [][]byte
		line, want string // of the failure; "" passes
	}{
		"answers":           {one(ok), "", ""},
		"no recursion":      {one(func(q []byte) []byte { return header(q, 0x8000) }), "", ""},
		"truncated":         {one(func(q []byte) []byte { return header(q, 0x8380) }), "", ""},
		"a bare header":     {one(func(q []byte) []byte { return ok(q)[:12] }), "", ""},
		"garbage behind":    {one(func(q []byte) []byte { return append(ok(q)[:12], bytes.Repeat([]byte{0xc0, 12}, 600)...) }), "", ""},
		"as long as can be": {one(func(q []byte) []byte { return append(ok(q), make([]byte, 65000)...) }), "", ""},
		"others before":     {func(q []byte) [][]byte { return [][]byte{wrong(q), nil, q, q[:11], header(q, 0x0103), ok(q)} }, "", ""},
		"server failure":    {one(func(q []byte) []byte { return header(q, 0x8182) }), "read error occurred. (rcode = 2)", "answered with response code 2"},
		"name error":        {one(func(q []byte) []byte { return header(q, 0x8183) }), "read error occurred. (rcode = 3)", "answered with response code 3"},
		"refused, before":   {func(q []byte) [][]byte { return [][]byte{header(q, 0x8185), ok(q)} }, "read error occurred. (rcode = 5)", "answered with response code 5"},
		"silent":            {func([]byte) [][]byte { return nil }, "read timeout from socket", "no answer within 0.3 s"},
		"another number":    {one(wrong), "read timeout from socket", "no answer within 0.3 s"},
		"the question":      {one(func(q []byte) []byte { return q }), "read timeout from socket", "no answer within 0.3 s"},
		"too short":         {one(func(q []byte) []byte { return ok(q)[:11] }), "read timeout from socket", "no answer within 0.3 s"},
	} {
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			t.Run(name+" "+address, func(t *testing.T) {
				t.Parallel()
				target := named(t, address, c.answer)
				if c.line == "read timeout from socket" {
					target.Checker.ConnectTimeout = 300 * time.Millisecond
				}
				got := probe(t, target)
				switch {
				case c.line == "" && got.Verdict != attempt.Passed:
					t.Errorf("%+v", got)
				case c.line != "" && (got.Verdict != attempt.Failed || got.Line != "DNS_CHECK ("+rs+") "+c.line || got.Reason.String() != c.want):
					t.Errorf("verdict %d, %q (%s)", got.Verdict, got.Line, got.Reason)
				}
			})
		}
	}
}

// Replies without end, none of which is one, end with connect_timeout.
func TestANameServerThatFloods(t *testing.T) {
	target := named(t, "127.0.0.1:0", func(q []byte) [][]byte {
		q[0] ^= 1
		return slices.Repeat([][]byte{header(q, 0x8180)}, 5000)
	})
	target.Checker.ConnectTimeout = 300 * time.Millisecond
	if got := probe(t, target); got.Reason.Code != reason.NoAnswer {
		t.Errorf("%+v", got)
	}
}

// A reply from anywhere but the address and port that were asked is not seen, whatever it says.
func TestRepliesFromElsewhere(t *testing.T) {
	var lc net.ListenConfig
	other, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		buf := make([]byte, 2000)
		n, from, err := c.ReadFrom(buf)
		if err == nil {
			_, _ = other.WriteTo(header(buf[:n], 0x8180), from) // if it is lost, nothing comes either
		}
	}()
	target := Target{Server: rs, Checker: config.Checker{Kind: config.CheckDNS, ConnectTimeout: 300 * time.Millisecond,
		Connect: netip.MustParseAddrPort(c.LocalAddr().String()), DNS: &config.DNSCheck{Type: 6, Name: "."}}}
	if got := probe(t, target); got.Verdict != attempt.Failed || got.Reason.Code != reason.NoAnswer {
		t.Errorf("%+v", got)
	}
}

func TestNameServersThatCannotBeReached(t *testing.T) {
	target := named(t, "127.0.0.1:0", func([]byte) [][]byte { return nil })
	target.Checker.BindAddr = netip.MustParseAddr("192.0.2.77")
	if got := probe(t, target); got.Verdict != attempt.Local || got.Line != "DNS_CHECK ("+rs+") UDP socket bind failed. Rescheduling." ||
		len(got.Notes) != 1 || got.Notes[0] != "Checker bind failed: Cannot assign requested address" {
		t.Errorf("%+v", got)
	}
	target.Checker.BindAddr = netip.Addr{}
	target.Checker.Connect = netip.MustParseAddrPort("127.0.0.1:1")
	if got := probe(t, target); got.Verdict != attempt.Failed ||
		got.Line != "DNS_CHECK ("+rs+") failed to read socket; errno 111 (Connection refused)" {
		t.Errorf("%+v", got)
	}
	target.Checker.Connect = netip.MustParseAddrPort("127.0.0.1:0")
	if got := probe(t, target); got.Verdict != attempt.Failed || got.Reason.String() != "there is no port 0" {
		t.Errorf("%+v", got)
	}
	target = named(t, "127.0.0.1:0", one(func(q []byte) []byte { return header(q, 0x8180) }))
	target.Checker.DNS.Name = strings.Repeat("a", 64)
	if got := probe(t, target); got.Verdict != attempt.Failed || got.Reason.Code != reason.NotConnected {
		t.Errorf("%+v", got)
	}
}

// Whatever comes, a reply is one by its number and its bit.
func FuzzDNSReply(f *testing.F) {
	f.Add([]byte{0x12, 0x34, 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c, 0xc0, 0x0c})
	f.Add([]byte{0x12, 0x34, 0x81})
	f.Fuzz(func(t *testing.T, b []byte) {
		code, ours := dnsReply(b, 0x1234)
		want := len(b) >= dnsHeader && b[0] == 0x12 && b[1] == 0x34 && b[2]&0x80 != 0
		if ours != want || ours && code != dnsmessage.RCode(b[3]&0xf) {
			t.Errorf("%x: code %d, a reply %v", b, code, ours)
		}
	})
}
