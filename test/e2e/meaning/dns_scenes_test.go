//go:build e2e

package meaning

import "fmt"

// nameServer answers a question with a response code; 16 is silence, 17 a reply to another question.
func nameServer(code byte) func(string) (string, bool) {
	return func(q string) (string, bool) {
		if len(q) < 12 || code == 16 {
			return "", false
		}
		r := []byte(q)
		r[2], r[3] = 0x81, 0x80|code&0xf
		if code == 17 {
			r[0], r[3] = r[0]^1, 0x80
		}
		return string(r), true
	}
}

func dnsScenes() []scene {
	ways := []string{
		"retry 2\n log_all_failures", "connect_ip 10.1.0.60\n connect_port 5353\n bindto 10.1.0.1\n type A\n name example.org",
		"bindto 10.1.0.3\n bind_port 5050\n type AAAA\n name www.example.org", "fwmark 7\n delay_loop 2\n warmup 0.5\n type TXT\n name example.org", "retry 1\n log_all_failures",
		"retry 0", "connect_timeout 1\n retry 1", "connect_timeout 1", "alpha", "alpha\n log_all_failures\n retry 1", "connect_ip 192.0.2.9\n retry 1", "type MX\n name ab.example.",
	}
	return []scene{{
		name: "words of DNS_CHECK",
		ipvs: true,
		slow: true,
		shows: "DNS_CHECK: connect_ip connect_port bindto bind_port fwmark connect_timeout retry delay_before_retry warmup delay_loop alpha " +
			"log_all_failures type name; real_server: DNS_CHECK",
		conf: mailing + datagramService("10.2.0.1", "10.1.0.", "DNS_CHECK", ways) + datagramService("fd01::1", "fd00::", "DNS_CHECK", []string{"", "retry 0"}),
		play: func(b *bench) {
			b.sink("127.0.0.1:2525")
			// The number of a question is another one each time.
			question := func(addr string, code byte) *datagramServer {
				return b.answerAs(addr, func(q string) string { return fmt.Sprintf("%q", q[min(len(q), 2):]) }, nameServer(code))
			}
			one := question("10.1.0.1:53", 0)
			question("10.1.0.60:5353", 0)
			question("10.1.0.3:53", 0)
			question("10.1.0.4:53", 0)
			question("10.1.0.5:53", 3)
			question("10.1.0.6:53", 2)
			question("10.1.0.7:53", 16)
			question("10.1.0.8:53", 17)
			question("10.1.0.9:53", 0)
			question("10.1.0.12:53", 0)
			question("[fd00::1]:53", 0)
			// Nobody has this port, but the host is there.
			b.answer("10.1.0.10:1", silence)
			b.answer("[fd00::2]:1", silence)
			b.marked()
			b.start()
			b.inTable("!-r 10.1.0.5:53", "!-r 10.1.0.6:53", "!-r 10.1.0.7:53", "!-r 10.1.0.8:53", "-r 10.1.0.9:53", "!-r 10.1.0.10:53",
				"!-r 10.1.0.11:53", "!-r [fd00::2]:53")
			b.got("mail", 9)
			b.look("running")
			one.stop()
			b.logged("DNS_CHECK ([10.1.0.1]:udp:53) failed to read socket; errno 111 (Connection refused) after 2 retries", 1)
			b.got("mail", 10)
			b.look("one down")
			sick := question("10.1.0.1:53", 0)
			b.inTable("-r 10.1.0.1:53")
			b.got("mail", 11)
			b.look("one up again")
			sick.stop()
			question("10.1.0.1:53", 5)
			b.logged("(rcode = 5) after 2 retries", 1)
			b.got("mail", 12)
			b.look("one refuses")
			b.deaf()
			b.stop()
		},
	}}
}
