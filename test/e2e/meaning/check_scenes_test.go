//go:build e2e

package meaning

import (
	"fmt"
	"strings"
	"syscall"
)

// checked is a virtual_server like vs whose real server is checked every second.
func checked(n int, more, check string) string {
	return fmt.Sprintf(`
virtual_server 10.2.0.%d 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    delay_loop 1
    warmup 0
    connect_timeout 2
    retry 0
    %s
    real_server 10.1.0.%d 80 {
        TCP_CHECK {
            %s
        }
    }
}
`, n, more, n, check)
}

func checkScenes() []scene {
	return []scene{
		{
			name: "a server goes and comes",
			ipvs: true,
			slow: true,
			shows: "virtual_server: delay_loop warmup connect_timeout retry delay_before_retry quorum hysteresis quorum_up quorum_down sorry_server inhibit_on_failure smtp_alert; " +
				"real_server: notify_up notify_down inhibit_on_failure TCP_CHECK smtp_alert; global_defs: lvs_notify_fifo smtp_alert_checker rs_init_notifies checker_log_all_failures",
			conf: `
global_defs {
    router_id r1
    enable_script_security
    script_user root
    lvs_notify_fifo /run/case/lvs.fifo
    notification_email {
        root@localhost
    }
    notification_email_from director@example.org
    smtp_helo_name director
    smtp_server 127.0.0.1 2525
    smtp_alert_checker true
    rs_init_notifies true
    checker_log_all_failures true
}
virtual_server 10.2.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    delay_loop 1
    warmup 0
    connect_timeout 20
    retry 2
    delay_before_retry 0.5
    quorum 3
    hysteresis 1
    quorum_up "/run/case/note quorum up"
    quorum_down "/run/case/note quorum 'is down'"
    sorry_server 10.1.0.100 80
    smtp_alert true
    real_server 10.1.0.1 80 {
        weight 3
        notify_up "/run/case/note up one"
        notify_down "/run/case/note down one"
        TCP_CHECK {
        }
    }
    real_server 10.1.0.2 80 {
        inhibit_on_failure
        notify_up "/run/case/note up two"
        notify_down "/run/case/note down two"
        smtp_alert false
        TCP_CHECK {
            connect_port 81
            bindto 10.1.0.50
            retry 1
        }
    }
}
`,
			play: func(b *bench) {
				b.sink("127.0.0.1:2525")
				one := b.serve("10.1.0.1:80", accept)
				b.serve("10.1.0.2:81", accept)
				b.listen("10.1.0.50:1").Close()
				b.start()
				b.logged("connection to [10.1.0.2]:tcp:80 success", 1)
				b.logged("Gained quorum", 1)
				b.called(3)
				b.look("both")
				one.stop()
				b.inTable("-r 10.1.0.100:80", "!-r 10.1.0.1:80")
				b.called(5)
				b.got("mail", 3)
				b.look("one")
				b.serve("10.1.0.1:80", accept)
				b.inTable("-r 10.1.0.1:80", "!-r 10.1.0.100:80")
				b.called(7)
				b.got("mail", 5)
				b.look("both again")
				b.deaf()
				b.stop()
			},
		},
		{
			name:  "inhibited servers and the sorry server",
			ipvs:  true,
			slow:  true,
			shows: "virtual_server: omega sorry_server inhibit_on_failure; real_server: inhibit_on_failure; TCP_CHECK: connect_port connect_timeout; global_defs: lvs_notify_fifo",
			conf:  inhibited(),
			play: func(b *bench) {
				servers := map[string]*server{}
				up := func(names ...string) {
					for _, n := range names {
						servers[n] = b.serve("10.1."+n, accept)
					}
				}
				down := func(names ...string) {
					for _, n := range names {
						servers[n].stop()
					}
				}
				up("0.1:81", "0.2:81", "0.3:81", "1.1:82", "1.2:82", "1.3:82")
				b.start()
				b.logged("success.", 6)
				b.look("all up")
				down("0.1:81", "1.1:82")
				b.logged("Lost quorum", 2)
				b.inTable("10.2.0.1:80 -r 10.1.0.100:80", "10.2.0.2:80 -r 10.1.1.100:80")
				b.look("quorum lost")
				down("0.2:81", "1.2:82")
				b.logged("Disabling service", 2)
				b.look("one more down")
				up("0.2:81", "1.2:82")
				b.logged("Enabling service", 2)
				b.look("up again")
				up("0.1:81", "1.1:82")
				b.logged("Gained quorum", 4)
				b.inTable("!10.2.0.1:80 -r 10.1.0.100:80", "!10.2.0.2:80 -r 10.1.1.100:80")
				b.look("quorum gained")
				down("0.1:81", "1.2:82")
				b.logged("Lost quorum", 3)
				b.logged("Disabling service", 3)
				b.look("at the end")
				b.signal(syscall.SIGTERM)
				b.ends()
				b.got("lvs.fifo", 20)
				b.look("stopped")
			},
		},
		requests("HTTP requests", "HTTP_GET", "bind_port bind_if fwmark"),
		requests("HTTPS requests", "SSL_GET", "bind_port bind_if fwmark"),
		answers("what a page says", "HTTP_GET"),
		answers("what a page says in secret", "SSL_GET"),
		{
			name: "words of TCP_CHECK",
			ipvs: true,
			slow: true,
			shows: "TCP_CHECK: connect_ip connect_port bindto bind_port bind_if fwmark connect_timeout retry delay_before_retry warmup delay_loop alpha log_all_failures; " +
				"global_defs: no_checker_emails",
			conf: `
global_defs {
    notification_email {
        root@localhost
    }
    router_id r1
    notification_email_from director@example.org
    smtp_helo_name director
    smtp_server 127.0.0.1 2525
    no_checker_emails
}
` + checkedBy("TCP_CHECK", []string{
				"connect_ip 10.1.0.60\n connect_port 8080\n bindto 10.1.0.1", "bindto 10.1.0.2\n bind_port 5050", "bind_if eth0\n connect_timeout 2",
				"fwmark 7", "retry 2\n delay_before_retry 0.5\n log_all_failures\n alpha\n connect_port 81", "connect_port 82\n log_all_failures\n }\n TCP_CHECK {\n connect_port 83\n log_all_failures\n alpha false",
			}),
			play: func(b *bench) {
				b.sink("127.0.0.1:2525")
				for i := 1; i <= 6; i++ {
					b.serve(fmt.Sprintf("10.1.0.%d:80", i), accept)
				}
				b.serve("10.1.0.60:8080", accept)
				b.marked()
				b.start()
				b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "!-r 10.1.0.3:80", "-r 10.1.0.4:80", "!-r 10.1.0.6:80")
				b.logged("TCP_CHECK on service [10.1.0.5]:tcp:80", 1)
				b.logged("TCP_CHECK on service [10.1.0.6]:tcp:80", 2)
				b.got("mail", 2)
				b.look("running")
				b.deaf()
				b.stop()
			},
		},
		{
			name:  "TLS",
			ipvs:  true,
			slow:  true,
			shows: "SSL_GET: url enable_sni virtualhost connect_port http_protocol; SSL_GET/url: path virtualhost digest status_code; real_server: SSL_GET",
			conf:  secret("enable_sni\n            virtualhost www.example.org", 1) + secret("virtualhost www.example.org", 2) + secret("enable_sni", 3),
			play: func(b *bench) {
				for i := 1; i <= 3; i++ {
					b.serve(fmt.Sprintf("10.1.0.%d:443", i), b.secret(web(map[string]string{"/": "200 OK\nhello\n"})))
				}
				b.start()
				b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "-r 10.1.0.3:80")
				b.look("running")
				b.stop()
			},
		},
		{
			name:  "programs that check",
			ipvs:  true,
			slow:  true,
			shows: "real_server: MISC_CHECK weight; MISC_CHECK: misc_path misc_timeout misc_dynamic user delay_loop warmup retry delay_before_retry alpha log_all_failures",
			conf:  misc(),
			files: map[string]string{"say": `#!/bin/sh
printf '%s\n' "say: $(id -u) $*" >>/run/case/said
exit "$1"
`, "sleep": "#!/bin/sh\nexec sleep 100\n"},
			differs: map[string]string{secExit: "2.2.7 ends itself with SIGTERM"},
			play: func(b *bench) {
				b.write("said", "", 0o666)
				b.start()
				b.inTable("-r 10.1.0.2:80 -g -w 5", "!-r 10.1.0.3:80", "!-r 10.1.0.4:80", "-r 10.1.0.5:80 -g -w 0", "!-r 10.1.0.6:80")
				b.look("running")
				b.stop()
			},
		},
	}
}

// inhibited are two services with inhibited servers.
func inhibited() string {
	var b strings.Builder
	b.WriteString("global_defs {\n    lvs_notify_fifo /run/case/lvs.fifo\n}\n")
	for i := range 2 {
		fmt.Fprintf(&b, `
virtual_server 10.2.0.%d 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    delay_loop 2
    warmup 0
    retry 1
    delay_before_retry 0.5
    quorum 3
    omega
    sorry_server 10.1.%d.100 80
`, i+1, i)
		for n, more := range []string{"weight 3", "inhibit_on_failure", "inhibit_on_failure"} {
			fmt.Fprintf(&b, `    real_server 10.1.%d.%d 80 {
        %s
        TCP_CHECK {
            connect_port %d
            connect_timeout 20
        }
    }
`, i, n+1, more, i+81)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// requests are what the checker asks web servers.
func requests(name, check, more string) scene {
	return scene{
		name: name,
		ipvs: true,
		slow: true,
		shows: check + ": url connect_ip connect_port bindto connect_timeout virtualhost http_protocol fast_recovery warmup delay_loop retry delay_before_retry " + more + "; " +
			check + "/url: path status_code virtualhost digest; virtual_server: virtualhost alpha; real_server: virtualhost " + check + " alpha delay_loop warmup retry delay_before_retry connect_timeout",
		conf: web3(check),
		play: func(b *bench) {
			talk := web(map[string]string{"/": "200 OK\nhello\n", "/a": "302 Found\n", "/digest": "200 OK\nhello\n", "/b c": "200 OK\nx"})
			if check == "SSL_GET" {
				talk = b.secret(talk)
			}
			for i := 1; i <= 9; i++ {
				b.serve(fmt.Sprintf("10.1.0.%d:80", i), talk)
			}
			b.serve("10.1.0.60:8080", talk)
			b.marked()
			b.start()
			b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "-r 10.1.0.3:80", "-r 10.1.0.6:80", "-r 10.1.0.7:80", "-r 10.1.0.9:80")
			b.got("10.1.0.4:80", 2)
			b.got("10.1.0.5:80", 2)
			b.look("running")
			b.stop()
		},
	}
}

// marked gives connections with the firewall mark 7 a source address of their own.
func (b *bench) marked() {
	_, err := b.host.Run("sh", "-ec", `ip addr add 10.1.0.77 dev lo; ip rule add pref 100 lookup local; ip rule add pref 50 fwmark 7 lookup 77; ip rule del pref 0
		for a in 4 9; do ip route add local 10.1.0.$a dev lo src 10.1.0.77 table 77; done`)
	b.must(err)
}

// answers are what the checker thinks of pages.
func answers(name, check string) scene {
	return scene{
		name: name,
		ipvs: true,
		slow: true,
		shows: check + "/url: regex regex_no_match regex_options regex_min_offset regex_max_offset digest status_code; " +
			check + ": alpha log_all_failures nb_get_retry",
		conf: pages(check),
		play: func(b *bench) {
			talk := web(map[string]string{"/": "200 OK\nHello World\n", "/404": "404 Not Found\n"})
			if check == "SSL_GET" {
				talk = b.secret(talk)
			}
			for i := 1; i <= 10; i++ {
				b.serve(fmt.Sprintf("10.1.0.%d:80", i), talk)
			}
			b.start()
			for i := 1; i <= 10; i++ {
				b.until("a verdict", func() (bool, string) {
					log := b.proc.Log()
					return strings.Contains(log, fmt.Sprintf("[10.1.0.%d]:tcp:80 succeed on service", i)) ||
						strings.Contains(log, fmt.Sprintf(" server [10.1.0.%d]:tcp:80", i)), log
				})
			}
			b.look("running")
			b.stop()
		},
	}
}

// checkedBy is a service whose servers are checked in the ways given.
func checkedBy(check string, ways []string) string {
	var b strings.Builder
	b.WriteString("virtual_server 10.2.0.1 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 60\n    warmup 0\n    connect_timeout 20\n")
	for i, way := range ways {
		fmt.Fprintf(&b, "    real_server 10.1.0.%d 80 {\n        %s {\n warmup 0\n delay_loop 30\n %s\n        }\n    }\n", i+1, check, way)
	}
	b.WriteString("}\n")
	return b.String()
}

// web3 is a service with nine ways to ask for a page.
func web3(check string) string {
	server := func(n int, more, inside string) string {
		return fmt.Sprintf("    real_server 10.1.0.%d 80 {\n%s        %s {\n%s        }\n    }\n", n, more, check, inside)
	}
	return `
virtual_server 10.2.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    delay_loop 3
    warmup 0
    connect_timeout 20
    alpha
    virtualhost vs.example.org
` + server(1, "", "url {\n path /\n status_code 200\n }\n") +
		server(2, "virtualhost rs.example.org\n", "url {\n path /\n }\nurl {\n path /a\n status_code 301-303 404\n virtualhost url.example.org\n }\n fast_recovery\n http_protocol 1.0C\n") +
		server(3, "", "connect_ip 10.1.0.60\nconnect_port 8080\nbindto 10.1.0.1\nvirtualhost check.example.org\nhttp_protocol 1.1\nurl {\n path \"/b c\"\n}\n url {\n path /digest\n digest b1946ac92492d2347c6235b4d2611184\n }\n") +
		server(4, "", "url {\n path /digest\n digest 00000000000000000000000000000000\n }\n") +
		server(5, "", "url {\n path /a\n }\n") +
		server(6, "delay_loop 2\nwarmup 0\nretry 1\ndelay_before_retry 1\nconnect_timeout 30\nalpha\n", "http_protocol 2\ndelay_loop 3\nwarmup 0\nconnect_timeout 25\nretry 0\ndelay_before_retry 1\nurl {\n path /\n}\n") +
		server(7, "", "bindto 10.1.0.7\nbind_port 5050\nurl {\n path /\n}\n") + server(8, "", "bind_if eth0\nconnect_timeout 2\nurl {\n path /\n}\n") +
		server(9, "", "fwmark 7\nurl {\n path /\n}\n") + "}\n"
}

// pages is a service with ten ways to look at a page.
func pages(check string) string {
	var b strings.Builder
	b.WriteString("virtual_server 10.2.0.1 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 5\n    warmup 0\n    connect_timeout 20\n    alpha\n")
	for i, url := range []string{
		"path /\n regex World", "path /\n regex world", "path /\n regex world\n regex_options caseless", "path /\n regex World\n regex_no_match",
		"path /\n regex nothing\n regex_no_match", "path /404", "path /404\n status_code 404", "path /404\n status_code 200-299 400-410", "path /\n digest b10a8db164e0754105b7a99be72e3fe5\n regex Hello\n regex_min_offset 1\n regex_max_offset 500", "path /\n regex \"^World$\"\n regex_options multiline",
	} {
		fmt.Fprintf(&b, "    real_server 10.1.0.%d 80 {\n        %s {\n            log_all_failures\n            nb_get_retry 0\n            alpha\n            url {\n %s\n            }\n        }\n    }\n", i+1, check, url)
	}
	b.WriteString("}\n")
	return b.String()
}

// secret is a service checked with TLS.
func secret(more string, n int) string {
	return fmt.Sprintf(`
virtual_server 10.2.0.%d 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    delay_loop 3
    warmup 0
    connect_timeout 20
    alpha
    real_server 10.1.0.%d 80 {
        SSL_GET {
            connect_port 443
            http_protocol 1.1
            %s
            url {
                path /
                digest b1946ac92492d2347c6235b4d2611184
                status_code 200
            }
        }
    }
}
`, n, n, more)
}

// misc is a service whose servers are checked by programs.
func misc() string {
	var b strings.Builder
	b.WriteString(secure + "virtual_server 10.2.0.1 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 20\n    warmup 0\n")
	for i, check := range []string{
		"misc_path \"/run/case/say 0 'a b' c\"", "misc_path \"/run/case/say 7\"\n misc_dynamic", "misc_path \"/run/case/say 7\"",
		"misc_path \"/run/case/say 1 x\"\n misc_dynamic\n user nobody nogroup", "misc_path \"/run/case/say 2\"\n misc_dynamic",
		"misc_path /run/case/sleep\n misc_timeout 3", "misc_path /run/case/absent", "misc_path /run/case/say 0",
	} {
		fmt.Fprintf(&b, "    real_server 10.1.0.%d 80 {\n        weight 2\n        MISC_CHECK {\n            %s\n            delay_loop 30\n            warmup 0\n            retry 0\n            delay_before_retry 1\n            alpha false\n            log_all_failures\n        }\n    }\n", i+1, check)
	}
	b.WriteString("}\n")
	return b.String()
}
