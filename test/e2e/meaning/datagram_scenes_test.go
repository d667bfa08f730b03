//go:build e2e

package meaning

import (
	"fmt"
	"net"
	"strings"
)

// A datagramServer is a real server without connections on the director's own host.
type datagramServer struct {
	*reader
	conn net.PacketConn
}

// answer takes datagrams at an address, which is put on lo first, and sends what reply
// says of each, nothing if that is not ok.
func (b *bench) answer(addr string, reply func(string) (text string, ok bool)) *datagramServer {
	return b.answerAs(addr, func(sent string) string { return fmt.Sprintf("%q", sent) }, reply)
}

// answerAs does that and writes down what show makes of each datagram.
func (b *bench) answerAs(addr string, show func(string) string, reply func(string) (text string, ok bool)) *datagramServer {
	host, _, err := net.SplitHostPort(addr)
	b.must(err)
	_, err = b.host.Run("ip", "addr", "replace", host, "dev", "lo")
	b.must(err)
	s := &datagramServer{reader: &reader{section: secRequests, name: addr, sorted: true, once: true}}
	b.must(b.host.Do(func() (err error) {
		s.conn, err = net.ListenPacket("udp", addr)
		return err
	}))
	s.closer = s.conn
	b.readers = append(b.readers, s.reader)
	go func() {
		buf := make([]byte, 2048)
		for {
			n, a, err := s.conn.ReadFrom(buf)
			if err != nil {
				return
			}
			from, port, _ := net.SplitHostPort(a.String()) // a UDP address has a port
			if len(port) < 5 {
				from += ":" + port // not one that the kernel picks
			}
			s.add(from + " sends " + show(string(buf[:n])))
			if text, ok := reply(string(buf[:n])); ok {
				_, _ = s.conn.WriteTo([]byte(text), a) // the other end may have given up
			}
		}
	}()
	return s
}

// stop leaves the port to nobody.
func (s *datagramServer) stop() { s.conn.Close() } // closed twice at the end

func always(text string) func(string) (string, bool) {
	return func(string) (string, bool) { return text, true }
}

func silence(string) (string, bool) { return "", false }

func mirror(text string) (string, bool) { return text, true }

// mailing are global settings with which changes of servers are mailed.
const mailing = `
global_defs {
    notification_email {
        root@localhost
    }
    router_id r1
    notification_email_from director@example.org
    smtp_helo_name director
    smtp_server 127.0.0.1 2525
    smtp_alert_checker true
}
`

// datagramService is a service whose servers are checked in the ways given, often.
func datagramService(vip, server, check string, ways []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "virtual_server %s 53 {\n    protocol UDP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 1\n    warmup 0\n    connect_timeout 2\n", vip)
	for i, way := range ways {
		fmt.Fprintf(&b, "    real_server %s%d 53 {\n        %s {\n delay_before_retry 0.2\n %s\n        }\n    }\n", server, i+1, check, way)
	}
	b.WriteString("}\n")
	return b.String()
}

func datagramScenes() []scene {
	return []scene{
		{
			name: "words of UDP_CHECK",
			ipvs: true,
			slow: true,
			shows: "UDP_CHECK: connect_ip connect_port bindto bind_port fwmark connect_timeout retry delay_before_retry warmup delay_loop " +
				"alpha log_all_failures payload require_reply min_reply_length max_reply_length; real_server: UDP_CHECK",
			conf: mailing + datagramService("10.2.0.1", "10.1.0.", "UDP_CHECK", []string{
				"retry 2\n log_all_failures", "connect_ip 10.1.0.60\n connect_port 5353\n bindto 10.1.0.1\n require_reply 68656c6c6f",
				"bindto 10.1.0.3\n bind_port 5050\n require_reply", "fwmark 7\n require_reply\n delay_loop 2\n warmup 0.5",
				"payload 01 02fe\n require_reply 01x2xx\n min_reply_length 3\n max_reply_length 3", "require_reply 68\n min_reply_length 3",
				"require_reply 68\n max_reply_length 4\n retry 0", "alpha\n log_all_failures", "connect_timeout 1",
				"require_reply\n connect_timeout 1\n retry 1\n log_all_failures\n alpha",
				"require_reply 6a", "require_reply\n max_reply_length 2", "payload 00",
			}) + datagramService("fd01::1", "fd00::", "UDP_CHECK", []string{
				"require_reply 68", "alpha",
			}),
			play: func(b *bench) {
				b.sink("127.0.0.1:2525")
				one := b.answer("10.1.0.1:53", always("hello"))
				b.answer("10.1.0.60:5353", always("hello"))
				for i := 3; i <= 13; i++ {
					switch addr := fmt.Sprintf("10.1.0.%d:53", i); i {
					case 5:
						b.answer(addr, mirror)
					case 6:
						b.answer(addr, always("he"))
					case 8:
					case 9, 10, 13:
						b.answer(addr, silence)
					default:
						b.answer(addr, always("hello"))
					}
				}
				b.answer("[fd00::1]:53", always("hello"))
				// Nobody has these ports, but the host is there.
				b.answer("10.1.0.8:1", silence)
				b.answer("[fd00::2]:1", silence)
				b.marked()
				b.start()
				b.inTable("!-r 10.1.0.6:53", "!-r 10.1.0.7:53", "!-r 10.1.0.8:53", "!-r 10.1.0.10:53", "!-r 10.1.0.11:53", "!-r [fd00::2]:53")
				for _, up := range []string{"10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.9", "10.1.0.12", "10.1.0.13", "fd00::1"} {
					b.logged("UDP connection to ["+up+"]:udp:53 success", 1)
				}
				b.got("mail", 5)
				b.look("running")
				one.stop()
				b.logged("UDP_CHECK on service [10.1.0.1]:udp:53 failed after 2 retries", 1)
				b.got("mail", 6)
				b.look("one down")
				b.answer("10.1.0.1:53", always("hello"))
				b.logged("UDP connection to [10.1.0.1]:udp:53 success", 2)
				b.got("mail", 7)
				b.look("one up again")
				b.deaf()
				b.stop()
			},
		},
		{
			name:  "words of PING_CHECK",
			ipvs:  true,
			slow:  true,
			shows: "PING_CHECK: connect_ip connect_timeout retry delay_before_retry warmup delay_loop alpha log_all_failures; real_server: PING_CHECK",
			conf: mailing + datagramService("10.2.0.1", "10.1.0.", "PING_CHECK", []string{
				"connect_ip 10.1.0.60\n retry 2", "alpha\n log_all_failures\n delay_loop 2\n warmup 0.5", "connect_ip 10.1.0.61\n connect_timeout 1",
				"retry 0", "log_all_failures\n connect_timeout 1", "connect_ip 192.168.1.152\n retry 1",
			}) + datagramService("fd01::1", "fd00::", "PING_CHECK", []string{"retry 1", "alpha\n connect_ip fd00::61", "log_all_failures\n retry 0"}),
			play: func(b *bench) {
				b.sink("127.0.0.1:2525")
				for _, a := range []string{"10.1.0.60", "10.1.0.2", "10.1.0.4", "10.1.0.5", "fd00::1", "fd00::3"} {
					_, err := b.host.Run("ip", "addr", "add", a, "dev", "lo")
					b.must(err)
				}
				mute := func(value string) {
					b.must(b.host.Sysctl("net/ipv4/icmp_echo_ignore_all", value))
					b.must(b.host.Sysctl("net/ipv6/icmp/echo_ignore_all", value))
				}
				b.start()
				b.inTable("!-r 10.1.0.3:53", "!-r [fd00::2]:53")
				b.logged("ICMP CHECK on service [fd00::2]:udp:53 failed", 1)
				b.logged("success.", 7)
				b.got("mail", 4)
				b.look("running")
				b.must(b.neighbour.CutCable())
				b.logged("ICMP CHECK on service [10.1.0.6]:udp:53 of [10.2.0.1]:udp:53 failed after 1 retries", 1)
				b.got("mail", 5)
				b.look("the cable is out")
				b.must(b.neighbour.PlugCable())
				b.logged("success.", 8)
				b.got("mail", 6)
				b.look("the cable is in")
				mute("1")
				for _, line := range []string{"[10.1.0.1]:udp:53 of [10.2.0.1]:udp:53 failed after 2 retries", "[10.1.0.4]:udp:53 failed",
					"[10.1.0.5]:udp:53 of [10.2.0.1]:udp:53 failed after 1 retries", "[fd00::1]:udp:53 of [fd01::1]:udp:53 failed after 1 retries", "[fd00::3]:udp:53 failed"} {
					b.logged("ICMP CHECK on service "+line, 1)
				}
				b.logged("Lost quorum", 1)
				b.got("mail", 13)
				b.look("silent")
				mute("0")
				b.logged("success.", 14)
				b.got("mail", 20)
				b.look("answering again")
				b.deaf()
				b.stop()
			},
		},
	}
}
