//go:build e2e

package meaning

// byMark is groups of addresses of each kind, with settings.
func byMark(settings string) string {
	return "global_defs {\n nftables_ipvs" + settings + "\n}\n" + `
virtual_server_group web {
    10.2.0.1 80
    10.2.0.5-9 80
    10.2.0.16/28 8080
}
virtual_server_group own {
    10.2.2.1 80
    fwmark 7
}
virtual_server_group six {
    fd00:2::1 80
    fd00:2::5-9 80
}
virtual_server_group both {
    10.2.3.1 80
    fd00:2:3::1 80
}
virtual_server group web {
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    persistence_timeout 60
    real_server 10.1.0.1 8080 {
    }
    real_server 10.1.0.2 8080 {
        weight 3
    }
}
virtual_server group web {
    protocol UDP
    lb_algo rr
    lb_kind DR
    real_server 10.1.0.1 {
    }
}
virtual_server group web {
    protocol SCTP
    lb_algo rr
    lb_kind DR
    real_server 10.1.0.1 {
    }
}
virtual_server group six {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server fd00::1 80 {
    }
}
virtual_server group own {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 10.1.0.1 80 {
    }
}
virtual_server group both {
    protocol TCP
    lb_algo rr
    lb_kind TUN
    real_server 10.1.0.1 {
    }
    real_server fd00::1 {
    }
}
`
}

// markScenes are about groups that are services by mark, in a kernel whose nftables can do nothing: where it can,
// test/e2e/marks compares both programs.
func markScenes() []scene {
	served := func(b *bench) {
		b.start()
		b.logged("Gained quorum", 6)
		b.look("running")
		b.seen.add(secSteps, "nftables:\n%s", b.filter())
		b.stop()
		b.seen.add(secSteps, "nftables at the end: %s", b.filter())
	}
	return []scene{
		{
			name:    "groups by mark",
			ipvs:    true,
			shows:   "global_defs: nftables_ipvs",
			conf:    byMark(""),
			play:    served,
			differs: map[string]string{secIPVS: "2.2.7 makes services by mark there that nobody reaches"},
		},
	}
}
