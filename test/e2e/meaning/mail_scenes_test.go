//go:build e2e

package meaning

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// post is a mail server that says each text after a line of the client, the first one at once, and then waits for the
// end of the connection.
func post(texts ...string) func(net.Conn) string {
	return func(c net.Conn) string {
		if c.SetDeadline(time.Now().Add(limit)) != nil {
			return ""
		}
		in := bufio.NewReader(c)
		var heard []string
		for i, text := range texts {
			if i > 0 {
				line, err := in.ReadString('\n')
				if err != nil {
					return fmt.Sprintf("says %q", heard)
				}
				heard = append(heard, line)
			}
			if text == "-" {
				return fmt.Sprintf("says %q and is left", heard)
			}
			_, _ = io.WriteString(c, text) // it may have been given up
		}
		_, _ = io.Copy(io.Discard, in) // until it is closed
		return fmt.Sprintf("says %q", heard)
	}
}

func mailScenes() []scene {
	var servers strings.Builder
	for i, way := range []string{
		"retry 2\n log_all_failures", "connect_ip 10.1.0.60\n connect_port 2526\n bindto 10.1.0.50\n helo_name me.example.org",
		"bindto 10.1.0.3\n bind_port 2528\n delay_loop 60\n warmup 0.5", "log_all_failures\n retry 1\n alpha", "retry 1\n fwmark 7", "retry 0\n log_all_failures",
		"retry 0", "connect_timeout 1\n retry 1\n log_all_failures", "alpha", "connect_ip 192.0.2.9\n log_all_failures\n retry 1",
		"connect_ip 192.168.1.77\n connect_timeout 1\n retry 0", "host {\n connect_ip 10.1.0.12\n connect_port 2527\n connect_timeout 2\n retry 0\n }",
		"retry 0", "retry 0\n helo_name \"a b\"",
		"connect_timeout 3\n connect_ip 10.1.0.60\n connect_port 2526\n bindto 10.1.0.50\n helo_name me.example.org\n" +
			"host {\n connect_ip 10.1.0.12\n connect_port 2527\n connect_timeout 2\n }",
	} {
		fmt.Fprintf(&servers, "    real_server 10.1.0.%d 25 {\n        SMTP_CHECK {\n delay_before_retry 0.2\n %s\n        }\n    }\n", i+1, way)
	}
	return []scene{{
		name: "words of SMTP_CHECK",
		ipvs: true,
		slow: true,
		shows: "SMTP_CHECK: connect_ip connect_port bindto bind_port fwmark connect_timeout retry delay_before_retry warmup delay_loop alpha " +
			"log_all_failures helo_name host; real_server: SMTP_CHECK; host: connect_ip connect_port connect_timeout retry",
		conf: mailing + "virtual_server 10.2.0.1 25 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 1\n    warmup 0\n" +
			"    connect_timeout 2\n" + servers.String() + "}\n" +
			"virtual_server fd01::1 25 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 1\n    warmup 0\n" +
			"    real_server fd00::1 25 {\n        SMTP_CHECK {\n        }\n    }\n    real_server fd00::2 25 {\n        SMTP_CHECK {\n retry 0\n        }\n    }\n}\n",
		play: func(b *bench) {
			b.sink("127.0.0.1:2525")
			b.listen("10.1.0.50:1").Close()
			good := post("220 hello\r\n", "250 you\r\n", "221 bye\r\n")
			one := b.serve("10.1.0.1:25", good)
			b.serve("10.1.0.60:2526", good)
			b.serve("10.1.0.3:25", post("220 \n", "250 \n", "what?\n"))
			b.serve("10.1.0.4:25", post("554 no\r\n"))
			b.serve("10.1.0.5:25", post("220-a\r\n220 b\r\n"))
			b.serve("10.1.0.6:25", post("220 a\r\n", "500 no\r\n"))
			b.serve("10.1.0.7:25", post("220 a\r\n", "-"))
			b.serve("10.1.0.8:25", post(""))
			b.serve("10.1.0.9:25", good)
			b.serve("10.1.0.12:2527", good)
			b.serve("10.1.0.13:25", post("220 a\r\n", "250 b\r\n", "-"))
			b.serve("10.1.0.14:25", post("220\r\n"))
			b.serve("[fd00::1]:25", good)
			b.listen("[fd00::2]:1").Close()
			b.marked()
			b.start()
			for i := 4; i <= 14; i++ {
				if i != 9 && i != 12 {
					b.inTable(fmt.Sprintf("!-r 10.1.0.%d:25", i))
				}
			}
			b.inTable("!-r [fd00::2]:25")
			b.logged("succeed on service.", 8)
			b.logged("Bad greeting banner from server [10.1.0.4]:25", 2)
			b.got("mail", 11)
			b.look("running")
			one.stop()
			b.inTable("!-r 10.1.0.1:25")
			b.got("mail", 12)
			b.look("one down")
			b.serve("10.1.0.1:25", good)
			b.inTable("-r 10.1.0.1:25")
			b.got("mail", 13)
			b.look("one up again")
			b.deaf()
			b.stop()
		},
	}}
}
