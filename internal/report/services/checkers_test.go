package services

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/golden"
	"holdfast/internal/report"
)

// ids are the numbers of users who are on every machine.
func ids(string, string) string { return "0:0" }

// The layout is that of 2.2.7 for the same checkers, but for the lines of ours at the end
// of each: why it failed last, since when it does, how often, and why it is not checked.
func TestCheckersInTheDump(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678900, time.UTC)
	base := config.Checker{
		Connect: netip.MustParseAddrPort("127.0.1.1:80"), ConnectTimeout: 1500 * time.Millisecond,
		DelayLoop: 2 * time.Second,
		Retry:     3, DelayBeforeRetry: time.Second,
	}
	tcp, web, misc := base, base, base
	tcp.BindIf = "lo"
	web.Kind, web.BindAddr, web.BindPort, web.FWMark = config.CheckHTTP, netip.MustParseAddr("127.0.0.1"), 3333, 7
	web.HTTP = &config.HTTPCheck{Protocol: "1.1", Host: "vv", EnableSNI: true, URLs: []config.URL{
		{Path: "/a", Host: "www.x", Status: config.StatusSet{{200, 200}, {301, 303}}},
		{Path: "/b", HasDigest: true, Regex: "^ab", RegexNoMatch: true, RegexMin: 3, RegexMax: 100,
			RegexOptions: []string{"caseless"}},
	}}
	misc.Kind = config.CheckMisc
	misc.Misc = &config.MiscCheck{Command: config.Command{Argv: []string{"/bin/sh", "-c", "exit 7"},
		User: "root", Group: "root"}, Timeout: time.Second}
	ping, udp, asks := base, base, base
	ping.Kind, udp.Kind, asks.Kind = config.CheckPing, config.CheckUDP, config.CheckUDP
	udp.UDP = &config.UDPCheck{MaxReply: 255}
	asks.UDP = &config.UDPCheck{Payload: []byte("abcd"), RequireReply: true, Reply: []byte("xyz"),
		Mask: []byte{0xff, 0xf0, 0xff}, MinReply: 2, MaxReply: 9}
	file, bfd := config.Checker{Kind: config.CheckFile, File: &config.FileCheck{TrackFile: "load"}}, config.Checker{Kind: config.CheckBFD, BFD: "peer"}
	mail := base
	mail.Kind, mail.SMTP = config.CheckSMTP, &config.SMTPCheck{Helo: "me"}
	name := base
	name.Kind, name.DNS = config.CheckDNS, &config.DNSCheck{Type: 28, Name: "example.org"}
	call := base
	call.Kind, call.GRPC = config.CheckGRPC, &config.GRPCCheck{Service: "shop.Cart", Authority: "shop", TLS: true}
	d := dataWriter{report.NewPage(ids)}
	for _, s := range []lvs.CheckerStatus{
		{Config: &tcp, Up: true, Ran: true, Started: at, Next: at.Add(2 * time.Second)},
		{Config: &tcp, Up: true, Ran: true, Started: at, Running: true},
		{Config: &tcp, Ran: true, History: lvs.History{Last: reason.Reason{Code: reason.Refused}, At: at,
			Since: at.Add(-time.Hour), Failures: 1800}},
		{Config: &tcp, Up: true, Tries: 2, History: lvs.History{Last: reason.Reason{Code: reason.NoAnswer,
			Limit: time.Second}, At: at, Since: at, Failures: 2}},
		{Config: &tcp, Up: true, History: lvs.History{Undone: 9, UndoneWhy: reason.Reason{Code: reason.NotTried,
			Errno: 24, Text: "socket: too many open files"}}},
		{Config: &web, Ran: true, History: lvs.History{Last: reason.Reason{Code: reason.Status, Number: 404,
			Want: "200, 301-303"}, At: at, Since: at, Failures: 4}},
		{Config: &web, Up: true, Ran: true, History: lvs.History{Last: reason.Reason{Code: reason.NotFound},
			At: at, URL: 1}},
		{Config: &misc, Ran: true, Started: at, History: lvs.History{Last: reason.Reason{Code: reason.Exited,
			Number: 7}, At: at, Since: at, Failures: 1, Status: 7}},
		{Config: &ping, Ran: true, Started: at},
		{Config: &mail, Ran: true, Started: at},
		{Config: &name, Ran: true, Started: at},
		{Config: &call, Ran: true, Started: at},
		{Config: &file, Up: true, Ran: true, Weight: -15},
		{Config: &file, Ran: true, History: lvs.History{Last: reason.Reason{Code: reason.FileNumber,
			Number: 3}, At: at, Since: at, Failures: 1}},
		{Config: &bfd, Up: true, Ran: true, Started: at},
		{Config: &udp, Up: true, Ran: true},
		{Config: &asks, Ran: true, History: lvs.History{Last: reason.Reason{Code: reason.Length, Number: 1,
			Want: "2 to 9"}, At: at, Since: at, Failures: 1}},
	} {
		d.checker(s, true, config.Global{})
		d.Text(0, "")
	}
	golden.Equal(t, "testdata/checkers.data", string(d.Bytes()))
}
