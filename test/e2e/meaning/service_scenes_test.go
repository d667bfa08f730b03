//go:build e2e

package meaning

import (
	"fmt"
	"strings"
	"syscall"
)

// vs is the text of a virtual_server of TCP port 80 with one real server that is
// not checked; its address is 10.2.0.N.
func vs(n int, more string) string {
	return fmt.Sprintf(`
virtual_server 10.2.0.%d 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    %s
    real_server 10.1.0.%d 80 {
    }
}
`, n, more, n)
}

// served waits until every virtual_server of the configuration has its quorum, and
// looks.
func served(b *bench) {
	b.start()
	b.logged("Gained quorum", strings.Count(b.conf, "virtual_server "))
	b.look("running")
	b.stop()
}

func serviceScenes() []scene {
	return []scene{
		{
			name:  "schedulers",
			ipvs:  true,
			shows: "virtual_server: lb_algo lvs_sched flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback hashed",
			conf:  schedulers(),
			play:  served,
		},
		{
			name:  "methods and protocols",
			ipvs:  true,
			shows: "virtual_server: lb_kind lvs_method protocol ip_family ops weight real_server; real_server: weight lvs_method uthreshold lthreshold; root: virtual_server",
			conf: `
virtual_server 10.2.0.1 80 {
    protocol TCP
    lb_algo rr
    lvs_method NAT
    weight 7
    real_server 10.1.0.1 8080 {
    }
    real_server 10.1.0.2 {
        weight 0
    }
    real_server 10.1.0.3 80 {
        weight 2147483647
        lvs_method TUN
    }
    real_server 10.1.0.4 80 {
        weight 65536
        lvs_method DR
        uthreshold 100
        lthreshold 10
    }
}
virtual_server 10.2.0.2 53 {
    protocol udp
    lb_algo wrr
    lb_kind TUN
    ops
    real_server 10.1.0.1 53 {
        weight 3
    }
}
virtual_server 10.2.0.3 80 {
    protocol SCTP
    lb_algo wlc
    lb_kind DR
    real_server 10.1.0.1 8080 {
    }
}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind DR
    real_server 10.1.0.1 80 {
    }
}
virtual_server fwmark 8 {
    ip_family inet6
    lb_algo rr
    lb_kind NAT
    real_server fd00::1 80 {
    }
}
virtual_server fd00:2::1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server fd00::1 80 {
    }
    real_server fd00::2 80 {
        weight 5
    }
}
`,
			play: served,
		},
		{
			name:  "groups of services",
			ipvs:  true,
			shows: "root: virtual_server_group; virtual_server_group/<entry>: ADDRESS fwmark",
			conf: `
virtual_server_group G {
    10.2.1.1 80
    10.2.1.7 8080
    fwmark 17
    10.2.1.2-4 8081
}
virtual_server_group H {
    fd00:2::1 80
}
virtual_server group G {
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    real_server 10.1.0.1 80 {
    }
    real_server 10.1.0.2 80 {
        weight 3
    }
}
virtual_server group H {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    persistence_timeout 60
    real_server fd00::1 80 {
    }
}
virtual_server group nosuch {
    lb_algo rr
    real_server 10.1.0.1 80 {
    }
}
`,
			play: func(b *bench) {
				b.start()
				b.logged("Gained quorum", 2)
				b.look("running")
				b.signal(syscall.SIGTERM)
				b.ends() // keepalived forgets services of ranges, so the table is not looked at
				b.heard("stopped")
			},
		},
		{
			name:  "kinds of tunnels",
			ipvs:  true,
			shows: "virtual_server: lb_kind; real_server: lvs_method",
			conf: `
virtual_server 10.2.0.4 443 {
    lb_algo rr
    lb_kind TUN type gue port 6080 nocsum
    protocol TCP
    real_server 10.1.0.1 443 {
        lvs_method TUN type gre csum
    }
    real_server 10.1.0.2 443 {
    }
}
`,
			play: served,
		},
		{
			name:    "a persistence mask in bits",
			ipvs:    true,
			shows:   "virtual_server: persistence_granularity",
			conf:    vs(8, "persistence_granularity 24"),
			play:    served,
			differs: map[string]string{secIPVS: "reads the mask 0.0.0.24"},
		},
		{
			name:  "persistence",
			ipvs:  true,
			shows: "virtual_server: persistence_timeout persistence_engine persistence_granularity",
			conf: vs(1, "persistence_timeout 50") + vs(2, "persistence_timeout") + vs(3, "persistence_granularity 255.255.255.0") +
				vs(4, "persistence_timeout 60\n    persistence_granularity 255.255.0.0") + vs(5, "persistence_timeout 0") + vs(6, "persistence_timeout 60s") +
				vs(7, "persistence_timeout 2678401") + `
virtual_server 10.2.0.9 5060 {
    protocol UDP
    lb_algo rr
    lb_kind NAT
    persistence_timeout 30
    persistence_engine sip
    real_server 10.1.0.1 5060 {
    }
}
virtual_server fd00:2::1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    persistence_granularity 64
    real_server fd00::1 80 {
    }
}
virtual_server 10.2.0.10 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    real_server 10.1.0.1 {
    }
}
`,
			play: served,
		},
		{
			name:  "defaults and values that are none",
			ipvs:  true,
			shows: "virtual_server: weight quorum hysteresis lb_algo lb_kind protocol; real_server: weight",
			conf: vs(1, "weight 0") + vs(2, "weight -1") + vs(3, "weight 2x") + vs(4, "quorum 5") + vs(5, "quorum 1\n    hysteresis 1") +
				vs(6, "lb_algo nosuch") + vs(7, "lb_kind nosuch") + vs(8, "protocol nosuch") + vs(9, "hysteresis x") + `
virtual_server 10.2.0.10 80 {
    real_server 10.1.0.1 80 {
        weight 1x
    }
    real_server 10.1.0.2 80 {
        weight 2147483648
    }
    real_server 10.1.0.3 80 {
        weight 010
        lvs_method nosuch
    }
    real_server 10.1.0.4 81 {
        weight 3
        weight 4
    }
}
`,
			play: served,
		},
		{
			name:  "a sorry server for nobody",
			ipvs:  true,
			shows: "virtual_server: sorry_server sorry_server_inhibit sorry_server_lvs_method alpha quorum_down; global_defs: lvs_notify_fifo notify_fifo",
			conf: strings.Replace(secure, "script_user root", "script_user root\n    lvs_notify_fifo /run/case/lvs.fifo\n    notify_fifo /run/case/all.fifo", 1) +
				checked(1, "alpha\n    sorry_server 10.1.0.100 80\n    quorum_down \"/run/case/note down one\"", "") +
				checked(2, "alpha\n    sorry_server 10.1.0.101 81\n    sorry_server_inhibit\n    sorry_server_lvs_method NAT", "") +
				checked(3, "sorry_server 10.1.0.102 80\n    sorry_server_inhibit", "") + checked(4, "alpha", ""),
			play: func(b *bench) {
				b.start()
				b.logged("Removing service", 1)
				b.logged("TCP_CHECK", 4)
				b.inTable("10.2.0.3:80 -r 10.1.0.102:80 -g -w 1", "!-r 10.1.0.3:80")
				b.called(1)
				b.got("lvs.fifo", 6)
				b.got("all.fifo", 6)
				b.look("nobody")
				b.stop()
			},
		},
		{
			name:  "timeouts",
			ipvs:  true,
			shows: "global_defs: lvs_timeouts lvs_flush",
			conf:  "global_defs {\n    lvs_timeouts tcp 123 tcpfin 45 udp 67\n    lvs_flush\n}\n" + vs(1, ""),
			play: func(b *bench) {
				b.foreign()
				served(b)
			},
			differs: map[string]string{secLog: "`lvs_flush` says in the log"},
		},
		{
			name:  "services of others",
			ipvs:  true,
			shows: "virtual_server: real_server; global_defs: checker_priority checker_no_swap checker_rt_priority",
			conf:  "global_defs {\n    checker_priority -5\n    checker_no_swap\n    checker_rt_priority 7\n}\n" + vs(1, ""),
			play: func(b *bench) {
				b.foreign()
				b.start()
				b.logged("Gained quorum", 1)
				b.scheduling("checkers.pid")
				b.look("running")
				b.stop()
			},
		},
		{
			name:  "flush on stop",
			ipvs:  true,
			shows: "global_defs: lvs_flush_on_stop lvs_notify_fifo_script",
			conf: strings.Replace(secure, "root\n", "root\n    lvs_flush_on_stop\n    lvs_notify_fifo /run/case/lvs\n    lvs_notify_fifo_script \"/run/case/follow 'one two'\"\n", 1) +
				vs(1, "") + vs(2, ""),
			files: map[string]string{"follow": follow},
			play: func(b *bench) {
				b.foreign()
				b.start()
				b.logged("Gained quorum", 2)
				b.called(2)
				b.look("running")
				b.stop()
			},
		},
		{
			name:  "flush services on stop",
			ipvs:  true,
			shows: "global_defs: lvs_flush_onstop",
			conf:  "global_defs {\n    lvs_flush_onstop VS\n}\n" + vs(1, "") + vs(2, ""),
			play: func(b *bench) {
				b.foreign()
				served(b)
			},
		},
	}
}

// foreign puts a service into the table that is nobody's here.
func (b *bench) foreign() {
	_, err := b.host.Run("sh", "-ec", "ipvsadm -A -t 10.9.0.1:80 -s wrr; ipvsadm -a -t 10.9.0.1:80 -r 10.9.0.2:80 -m -w 5")
	b.must(err)
}

// schedulers is a virtual_server for each scheduler and each set of its flags.
func schedulers() string {
	var b strings.Builder
	n := 0
	for _, algo := range strings.Fields("rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq") {
		n++
		b.WriteString(vs(n, "lb_algo "+algo))
	}
	for _, more := range []string{
		"lvs_sched wrr", "lb_algo sh\n    sh-port", "lb_algo sh\n    sh-fallback", "lb_algo sh\n    sh-port\n    sh-fallback", "lb_algo mh\n    mh-port",
		"lb_algo mh\n    mh-fallback\n    mh-port", "lb_algo wlc\n    flag-1", "lb_algo wlc\n    flag-2\n    flag-3", "sh-port", "mh-fallback",
		"hashed", "lb_algo sh\n    hashed", "lb_algo sh\n    flag-1", "lb_algo sh\n    sh-port\n    lb_algo rr",
	} {
		n++
		b.WriteString(vs(n, more))
	}
	return b.String()
}
