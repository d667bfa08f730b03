package reference

import (
	"maps"
	"strings"
	"sync"

	"holdfast/config/language"
)

// entryOf is an entry of a list.
func entryOf(list string) string {
	// Some lists of one name hold other things in another block.
	switch list {
	case "track_group/group":
		return "VI_1"
	case "vrrp_sync_group/track_interface":
		return "eth2 weight -20"
	}
	// In all others the last part decides: an entry of vrrp_instance/virtual_routes is one of
	// static_routes too.
	switch list[strings.LastIndexByte(list, '/')+1:] {
	case "virtual_ipaddress":
		return "192.0.2.10/24"
	case "virtual_ipaddress_excluded":
		return "192.0.2.11/24"
	case "static_ipaddress":
		return "192.0.2.20/24 dev eth0"
	case "virtual_routes", "static_routes":
		return "198.51.100.0/24 via 192.0.2.1 dev eth0"
	case "virtual_rules", "static_rules":
		return "from 198.51.100.0/24 table 100 preference 1000"
	case "virtual_server_group":
		return "192.0.2.10 80"
	case "notification_email":
		return "admin@example.org"
	case "unicast_peer":
		return "192.0.2.2"
	case "track_interface":
		return "eth1 weight -20"
	case "track_script":
		return "chk_nginx weight -20"
	case "track_file":
		return "load weight 1"
	case "track_process":
		return "nginx weight -20"
	case "track_bfd":
		return "peer weight -20"
	case "group":
		return "outside\ninside"
	case "interfaces":
		return "eth0 eth1"
	case "linkbeat_interfaces":
		return "eth0 MII"
	case "interface_up_down_delays":
		return "eth0 2 5"
	}
	return "example"
}

// written gives what value cannot know: by block and keyword, else by keyword.
func written(k *language.Keyword) sample {
	block := strings.TrimSuffix(k.Block, "/"+language.Entry)
	// `weight` is a number here, and a number with a word behind it there.
	if s, ok := samples()[block+"/"+k.Name]; ok {
		return s
	}
	return samples()[k.Name]
}

// samples are the examples that are written out.
var samples = sync.OnceValue(func() map[string]sample {
	out := map[string]sample{}
	// A key that two parts have would be that of the later one.
	for _, part := range []map[string]sample{preprocessorSamples(), globalSamples(), instanceSamples(),
		trackerSamples(), entrySamples(), serviceSamples(), checkSamples(),
		ownSamples()} {
		maps.Copy(out, part)
	}
	return out
})

// line is a sample of one statement.
func line(text string, with ...string) sample { return sample{line: text, with: with} }

func preprocessorSamples() map[string]sample {
	// What the preprocessor makes is shown at addresses, where it is used most.
	addresses := "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n%\n}\n}"
	// What comes before is at the top level: a definition holds from its line on (grammar 7.3).
	in := func(before, entry string) sample {
		return line(before + strings.Replace(addresses, "%", entry, 1))
	}
	return map[string]sample{
		"@ID":       line("global_defs {\n@director1 router_id first\n@director2 router_id second\n}"),
		"@holdfast": line("global_defs {\n@holdfast vrrp_notify_two_masters\n}"),
		"@^ID":      line("global_defs {\n@^director1 router_id other\n}"),
		"$NAME=":    in("$LAN=192.0.2\n", "${LAN}.10/24"),
		"~SEQ(":     in("", "~SEQ(N,10,19) 192.0.2.${N}/24"),
		"~SEQx(":    line("static_ipaddress {\n~SEQx(N,10,31) 2001:db8::${N}/64 dev eth0\n}"),
		"~LST(":     in("", "~LST(N,10,20,40) 192.0.2.${N}/24"),
	}
}

func globalSamples() map[string]sample {
	pipe := func(name string) sample { return line(name + " /run/keepalived.fifo") }
	reader := func(name string) sample {
		return line(name+`_script "/usr/local/sbin/events"`, name+" /run/keepalived.fifo")
	}
	return map[string]sample{
		"net_namespace":                 line("net_namespace blue"),
		"net_namespace_ipvs":            line("net_namespace_ipvs blue"),
		"instance":                      line("instance blue"),
		"router_id":                     line("router_id director1"),
		"notification_email_from":       line("notification_email_from keepalived@example.org"),
		"smtp_server":                   line("smtp_server 192.0.2.25 25"),
		"smtp_helo_name":                line("smtp_helo_name director1.example.org"),
		"dynamic_interfaces":            line("dynamic_interfaces"),
		"lvs_timeouts":                  line("lvs_timeouts tcp 7200 tcpfin 30 udp 60"),
		"lvs_flush_on_stop":             line("lvs_flush_on_stop VS"),
		"lvs_flush_onstop":              line("lvs_flush_onstop VS"),
		"vrrp_mcast_group4":             line("vrrp_mcast_group4 224.0.0.18"),
		"vrrp_mcast_group6":             line("vrrp_mcast_group6 ff02::12"),
		"vrrp_garp_interval":            line("vrrp_garp_interval 0.001"),
		"vrrp_gna_interval":             line("vrrp_gna_interval 0.001"),
		"notify_fifo":                   pipe("notify_fifo"),
		"notify_fifo_script":            reader("notify_fifo"),
		"vrrp_notify_fifo":              pipe("vrrp_notify_fifo"),
		"vrrp_notify_fifo_script":       reader("vrrp_notify_fifo"),
		"lvs_notify_fifo":               pipe("lvs_notify_fifo"),
		"lvs_notify_fifo_script":        reader("lvs_notify_fifo"),
		"vrrp_priority":                 line("vrrp_priority -10"),
		"checker_priority":              line("checker_priority -10"),
		"bfd_priority":                  line("bfd_priority -10"),
		"process_name":                  line("process_name director"),
		"vrrp_process_name":             line("vrrp_process_name director_vrrp"),
		"checker_process_name":          line("checker_process_name director_check"),
		"lvs_process_name":              line("lvs_process_name director_check"),
		"bfd_process_name":              line("bfd_process_name director_bfd"),
		"umask":                         line("umask 022"),
		"vrrp_netlink_cmd_rcv_bufs":     line("vrrp_netlink_cmd_rcv_bufs 1048576"),
		"vrrp_netlink_monitor_rcv_bufs": line("vrrp_netlink_monitor_rcv_bufs 1048576"),
		"lvs_netlink_cmd_rcv_bufs":      line("lvs_netlink_cmd_rcv_bufs 1048576"),
		"lvs_netlink_monitor_rcv_bufs":  line("lvs_netlink_monitor_rcv_bufs 1048576"),
		"process_monitor_rcv_bufs":      line("process_monitor_rcv_bufs 1048576"),
		"lvs_sync_daemon":               line("lvs_sync_daemon eth0 inst VI_1 id 51"),
		"vrrp_garp_extra_if":            line("vrrp_garp_extra_if all 60"),
		"vrrp_iptables":                 line("nftables keepalived"),
		"vrrp_ipsets":                   line("nftables keepalived"),
		"nftables":                      line("nftables keepalived"),
		"nftables_priority":             line("nftables_priority -1", "nftables keepalived"),
		"nftables_ipvs":                 line("nftables_ipvs keepalived_ipvs"),
		"nftables_ipvs_priority":        line("nftables_ipvs_priority -1", "nftables_ipvs keepalived_ipvs"),
		"snmp_socket":                   line("snmp_socket unix:/var/agentx/master"),
		"dbus_service_name":             line("dbus_service_name org.keepalived.Vrrp1"),
		"dbus_no_interface_name":        line("dbus_no_interface_name none"),
		"vmac_prefix":                   line("vmac_prefix vrrp"),
		"vmac_addr_prefix":              line("vmac_addr_prefix vrrpa"),
		"reload_check_config":           line("reload_check_config /var/log/keepalived-reload.log"),
		"include_check":                 line("include_check read +match"),
		"iproute_usr_dir":               line("iproute_usr_dir /usr/share/iproute2"),
		"iproute_etc_dir":               line("iproute_etc_dir /etc/iproute2"),
	}
}

func instanceSamples() map[string]sample {
	// Without peers these have no effect but a finding.
	peers := "unicast_peer {\n192.0.2.2\n}"
	// A statement that would bring a finding alone has the one it needs beside it. In those beside
	// it "-virtual_ipaddress" takes that block out of the example; a line "-" is no example at all.
	return map[string]sample{
		"vrrp_instance/virtual_router_id": line("virtual_router_id 51"),
		"vrrp_instance/native_ipv6": line("native_ipv6",
			"virtual_ipaddress {\nfe80::10/64\n2001:db8::10/64\n}"),
		"no_virtual_ipaddress":               line("no_virtual_ipaddress", "-virtual_ipaddress"),
		"state":                              line("state MASTER", "priority 150"),
		"preempt":                            line("preempt"),
		"unicast_src_ip":                     line("unicast_src_ip 192.0.2.1", peers),
		"unicast_peer":                       line(peers),
		"unicast_ttl":                        line("unicast_ttl 255", peers),
		"check_unicast_src":                  line("check_unicast_src", peers),
		"unicast_fault_no_peer":              line("unicast_fault_no_peer", peers),
		"track_src_ip":                       line("track_src_ip", "mcast_src_ip 192.0.2.1"),
		"mcast_dst_ip":                       line("mcast_dst_ip 224.0.0.18"),
		"garp_extra_if":                      line("garp_extra_if all 60"),
		"old_unicast_checksum":               line("old_unicast_checksum never", peers),
		"vrrp_instance/use_vmac":             line("use_vmac vrrp.51", "vmac_xmit_base"),
		"use_vmac_addr":                      line("use_vmac_addr", "use_vmac vrrp.51", "vmac_xmit_base"),
		"vmac_xmit_base":                     line("vmac_xmit_base", "use_vmac vrrp.51"),
		"use_ipvlan":                         line("use_ipvlan ipvl.51 192.0.2.1"),
		"vrf":                                line("-"), // has no effect
		"version":                            line("version 3"),
		"timer_expired_backup":               line("timer_expired_backup"),
		"kernel_rx_buf_size":                 line("kernel_rx_buf_size 1048576"),
		"vrrp_instance/linkbeat_use_polling": line("-"),
		"lvs_sync_daemon_interface":          line("-"),
		"global_tracking":                    line("-"),
		"auth_type":                          line("auth_type PASS"),
		"auth_pass":                          line("auth_pass s3cret"),
		"vrrp_instance/auth_hmac/key":        line("key 1 file:/etc/keepalived/hmac.key"),
		"active_key":                         line("active_key 1"),
	}
}

func trackerSamples() map[string]sample {
	beside := func(before string) sample { return sample{before: before} }
	file, process, bfd := "track_file "+
		"load {\nfile /run/load\n}", "vrrp_track_process "+
		"nginx {\nprocess nginx\n}", "bfd_instance peer {\nneighbor_ip 192.0.2.2\n}"
	out := map[string]sample{
		"vrrp_script/script":     line(`script "/usr/bin/pgrep -x nginx"`),
		"vrrp_script/weight":     line("weight -20"),
		"vrrp_script/interval":   line("interval 2"),
		"vrrp_script/timeout":    line("timeout 1"),
		"vrrp_script/rise":       line("rise 2"),
		"vrrp_script/fall":       line("fall 2"),
		"process":                line("process nginx"),
		"param_match":            line("param_match initial"),
		"file":                   line("file /run/load"),
		"init_file":              line("init_file 0"),
		"SSL/password":           line("password s3cret"),
		"SSL/ca":                 line("ca /etc/ssl/certs/ca.pem"),
		"SSL/certificate":        line("certificate /etc/ssl/certs/director.pem"),
		"SSL/verify_server":      line("@holdfast verify_server false", "ca /etc/ssl/certs/ca.pem"),
		"SSL/key":                line("key /etc/ssl/private/director.key"),
		"garp_interval":          line("garp_interval 0.001"),
		"gna_interval":           line("gna_interval 0.001"),
		"garp_group/interface":   line("interface eth0", "-interfaces"),
		"max_hops":               line("max_hops 3"),
		"bfd_instance/weight":    line("weight -20"),
		"bfd_instance/source_ip": line("source_ip 192.0.2.1"),
	}
	// Both spellings are keywords.
	for _, neighbour := range []string{"neighbor_ip", "neighbour_ip"} {
		out[neighbour] = line(neighbour + " 192.0.2.2")
	}
	// A tracker is defined before its user (grammar 6.9), so its definition goes before the block.
	for _, block := range []string{"vrrp_instance/", "vrrp_sync_group/"} {
		out[block+"track_script"] = beside(secure + "\n" + pgrep)
		out[block+"track_file"] = beside(file)
		out[block+"track_process"] = beside(process)
		out[block+"track_bfd"] = beside(bfd)
	}
	return out
}

// entrySamples are the words of addresses, routes and rules. "= " begins a whole entry, for a word that does
// not go with the usual one of the list; what is static fails with the routers of a track_group, so there is one.
func entrySamples() map[string]sample {
	failing := router + "\ntrack_group TG_1 {\ngroup {\nVI_1\n}\n}"
	out := map[string]sample{
		"brd":                          line("brd +"),
		"broadcast":                    line("broadcast +"),
		"label":                        line("label eth0:1"),
		"peer":                         line("peer 192.0.2.1/32"),
		"preferred_lft":                line("preferred_lft 0"),
		"static_ipaddress/track_group": {line: "track_group TG_1", before: failing},
		"encap":                        line("encap mpls 100"),
		"expires":                      line("expires 600"),
		"congctl":                      line("congctl cubic"),
		"rtt":                          line("rtt 300ms"),
		"rttvar":                       line("rttvar 300ms"),
		"rto_min":                      line("rto_min 300ms"),
		"mtu":                          line("mtu 1400"),
		"advmss":                       line("advmss 1360"),
		"window":                       line("window 65535"),
		"features":                     line("features ecn"),
		"fwmark":                       line("fwmark 1"),
	}
	out["static_routes/track_group"] = sample{line: "track_group TG_1", before: failing}
	out["static_rules/track_group"] = sample{line: "dev eth0 track_group TG_1", before: failing}
	whole := func(list, word, entry string) { out[list+"/"+word] = line("= " + entry) }
	for list, address := range map[string]string{"static_ipaddress": "192.0.2.20/24",
		"vrrp_instance/virtual_ipaddress":          "192.0.2.10/24",
		"vrrp_instance/virtual_ipaddress_excluded": "192.0.2.11/24"} {
		whole(list, "ADDRESS", address)
		whole(list, "dev", address+" dev eth1")
		whole(list, "peer", strings.TrimSuffix(address, "/24")+" peer 198.51.100.1")
	}
	for _, list := range []string{"static_routes", "vrrp_instance/virtual_routes"} {
		whole(list, "DESTINATION", "default via 192.0.2.1 dev eth0")
		whole(list, "to", "src 192.0.2.10 to 198.51.100.0/24 via 192.0.2.1 dev eth0")
		whole(list, "via", "198.51.100.0/24 via 192.0.2.1 dev eth0")
		whole(list, "dev", "198.51.100.0/24 via 192.0.2.1 dev eth0")
		whole(list, "oif", "198.51.100.0/24 via 192.0.2.1 oif eth0")
		whole(list, "vrf", "198.51.100.0/24 via 192.0.2.1 dev eth0 vrf blue")
		whole(list, "or", "198.51.100.0/24 no_track nexthop via 192.0.2.1 dev eth0 nexthop via 192.0.2.2 dev eth0")
		whole(list, "nexthop",
			"198.51.100.0/24 no_track nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 192.0.2.2 dev eth0 weight 1")
		whole(list, "from", "2001:db8:1::/48 from 2001:db8:2::/48 via 2001:db8::1 dev eth0")
		whole(list, "inet", "198.51.100.0/24 via 192.0.2.1 dev eth0 inet")
		whole(list, "inet6", "2001:db8:1::/48 via 2001:db8::1 dev eth0 inet6")
		whole(list, "protocol", "198.51.100.0/24 via 192.0.2.1 dev eth0 protocol 18")
		whole(list, "expires", "2001:db8:1::/48 via 2001:db8::1 dev eth0 expires 600")
		whole(list, "pref", "2001:db8:1::/48 via 2001:db8::1 dev eth0 pref high")
		whole(list, "encap", "198.51.100.0/24 encap mpls 100 via 192.0.2.1 dev eth0")
		out[list+"/as"] = line("-") // of MPLS, which keepalived 2.2.7 does not read
		whole(list, "scope", "192.0.2.0/24 dev eth0 scope link")
		whole(list, "features", "198.51.100.0/24 via 192.0.2.1 dev eth0 features ecn")
		whole(list, "src", "198.51.100.0/24 via 192.0.2.1 dev eth0 src 192.0.2.10")
	}
	for _, list := range []string{"static_rules", "vrrp_instance/virtual_rules"} {
		ruleSamples(func(word, entry string) { whole(list, word, entry) })
	}
	out["virtual_server_group/ADDRESS"] = line("= 192.0.2.10-19 80")
	out["virtual_server_group/fwmark"] = line("= fwmark 1")
	return out
}

// ruleSamples gives the words of a rule with a whole entry for each.
func ruleSamples(whole func(word, entry string)) {
	// Each has a preference: a rule without one gets the next free one, with a finding
	// (semantics 3.16).
	whole("from", "from 198.51.100.0/24 table 100 preference 1000")
	whole("to", "to 198.51.100.0/24 table 100 preference 1000")
	whole("table", "from 198.51.100.0/24 table 100 preference 1000")
	whole("lookup", "from 198.51.100.0/24 lookup 100 preference 1000")
	whole("preference", "from 198.51.100.0/24 table 100 preference 1000")
	whole("order", "from 198.51.100.0/24 table 100 order 1000")
	whole("priority", "from 198.51.100.0/24 table 100 priority 1000")
	whole("protocol", "from 198.51.100.0/24 table 100 preference 1000 protocol 18")
	whole("not", "not from 198.51.100.0/24 table 100 preference 1000")
	whole("inet6", "fwmark 1 table 100 preference 1000 inet6")
	whole("type", "from 198.51.100.0/24 type blackhole preference 1000")
	whole("goto", "from 198.51.100.0/24 goto 2000 preference 1000")
	whole("l3mdev", "l3mdev preference 1000")
	whole("ipproto", "from 198.51.100.0/24 ipproto tcp table 100 preference 1000")
	// These are the action of a rule, and stand where another rule has its table.
	for _, action := range []string{"nop", "blackhole", "unreachable", "prohibit"} {
		whole(action, "from 198.51.100.0/24 "+action+" preference 1000")
	}
}

// ownSamples are whole configurations.
func ownSamples() map[string]sample {
	service := func(algorithm, inner string) sample {
		return sample{whole: "virtual_server 192.0.2.10 80 {\nlb_algo " + algorithm +
			"\nlb_kind NAT\nprotocol TCP\n" + inner + "}"}
	}
	server := func(weight, inner string) string {
		return "real_server 192.0.2.11 80 {\nweight " + weight + "\n" + inner + "TCP_CHECK {\n}\n}\n"
	}
	return map[string]sample{
		"announce": service("mh", "@holdfast announce dev lo\n"+server("1", "")),
		"announce_prefix": service("mh", "@holdfast announce table 100\n"+
			"@holdfast announce_prefix 192.0.2.0/28\n"+server("1", "")),
		"bgp/communities":        line("communities 65001:100 65001:200"),
		"bgp/router_id":          line("router_id 192.0.2.1"),
		"bgp/next_hop":           line("next_hop 192.0.2.1 2001:db8::1"),
		"bgp/program":            line("program /usr/libexec/holdfast-bgp"),
		"bgp/neighbor/keepalive": line("keepalive 3"),
		"bgp/neighbor/bfd":       {line: "bfd peer", before: "bfd_instance peer {\nneighbor_ip 192.0.2.254\n}"},
		"bgp/neighbor/families":  line("families ipv4"),
		"announce_hold": service("mh", "@holdfast announce\n@holdfast announce_hold 10\n"+
			server("1", "")),
		"virtual_server/slow_start":             service("wrr", "@holdfast slow_start 30\n"+server("10", "")),
		"virtual_server/real_server/slow_start": service("wrr", server("10", "@holdfast slow_start 30\n")),
		"backup": service("rr", server("1", "")+ownLines("real_server 192.0.2.21 80 {\nbackup\nTCP_CHECK {\n}\n}\n")+
			"@^holdfast sorry_server 192.0.2.21 80\n"),
	}
}

func serviceSamples() map[string]sample {
	udp, sorry := []string{"protocol UDP"}, "sorry_server 192.0.2.99 80"
	// An option of a scheduler stands beside that scheduler: with another one it is a finding.
	return map[string]sample{
		"virtual_server/lb_kind":                line("lb_kind DR"),
		"virtual_server/lvs_method":             line("lvs_method DR", "-lb_kind"),
		"virtual_server/lvs_sched":              line("lvs_sched wlc", "-lb_algo"),
		"virtual_server/lb_algo":                line("lb_algo wlc"),
		"virtual_server/real_server/lvs_method": line("lvs_method TUN"),
		"virtual_server/hashed":                 line("-"),
		"ops":                                   line("ops", udp...),
		"sh-port":                               line("sh-port", "lb_algo sh"),
		"sh-fallback":                           line("sh-fallback", "lb_algo sh"),
		"mh-port":                               line("mh-port", "lb_algo mh"),
		"mh-fallback":                           line("mh-fallback", "lb_algo mh"),
		"delay_loop":                            line("delay_loop 6"),
		"retry":                                 line("retry 3"),
		"delay_before_retry":                    line("delay_before_retry 2"),
		"connect_timeout":                       line("connect_timeout 3"),
		"warmup":                                line("warmup 2"),
		"persistence_timeout":                   line("persistence_timeout 300"),
		"persistence_engine": line("persistence_engine sip",
			append([]string{"persistence_timeout 300"}, udp...)...),
		"persistence_granularity": line("persistence_granularity 24"),
		"virtualhost":             line("virtualhost www.example.org"),
		"snmp_name":               line("snmp_name web"),
		"virtual_server/quorum":   line("quorum 2", realServer, "real_server 192.0.2.12 80 {\n}"),
		"hysteresis": line("hysteresis 1", "quorum 2",
			"real_server 192.0.2.11 80 {\nweight 2\n}"),
		"sorry_server":                           line(sorry),
		"sorry_server_inhibit":                   line("sorry_server_inhibit", sorry),
		"sorry_server_lvs_method":                line("sorry_server_lvs_method TUN", sorry),
		"virtual_server/weight":                  line("weight 10"),
		"virtual_server/real_server":             line(realServer),
		"virtual_server/real_server/weight":      line("weight 2"),
		"virtual_server/real_server/uthreshold":  line("uthreshold 1000"),
		"virtual_server/real_server/lthreshold":  line("lthreshold 800", "uthreshold 1000"),
		"virtual_server/real_server/virtualhost": line("virtualhost www.example.org"),
	}
}

func checkSamples() map[string]sample {
	out := map[string]sample{
		"connect_port":     line("connect_port 8080"),
		"connect_ip":       line("connect_ip 192.0.2.12"),
		"bindto":           line("bindto 192.0.2.1"),
		"bind_port":        line("bind_port 40000"),
		"bind_if":          line("bind_if eth0"),
		"sni_name":         line("sni_name www.example.org"),
		"http_protocol":    line("http_protocol 1.1"),
		"path":             line("path /health"),
		"digest":           line("digest 9b3a0c85a887a256d6939da88aabd8cd"),
		"status_code":      line("status_code 200-299"),
		"regex":            line(`regex "status: *ok"`),
		"regex_no_match":   line("regex_no_match", `regex "error"`),
		"regex_options":    line("regex_options caseless", `regex "ok"`),
		"regex_min_offset": line("regex_min_offset 10", `regex "ok"`),
		"regex_max_offset": line("regex_max_offset 1000", `regex "ok"`),
		"regex_stack":      line("regex_stack 32768 524288", `regex "ok"`),
		"misc_path":        line(`misc_path "/usr/bin/pgrep -x nginx"`),
		"helo_name":        line("helo_name director1.example.org"),
		"payload":          line("payload 48656c6c6f"),
		"require_reply":    line("require_reply 4fxx"),
		"name":             line("name peer"),
	}
	// These have another meaning in other blocks, so they go by block and keyword (see written).
	at := "virtual_server/real_server/"
	out[at+"DNS_CHECK/name"] = line("name example.org")
	out[at+"FILE_CHECK/track_file"] = line("track_file load")
	out[at+"FILE_CHECK/weight"] = line("weight 1")
	for _, kind := range []string{"HTTP_GET", "SSL_GET", "TCP_CHECK", "SMTP_CHECK", "SMTP_CHECK/host", "DNS_CHECK",
		"UDP_CHECK", "PING_CHECK"} {
		out[at+kind+"/fwmark"] = line("fwmark 1")
	}
	return out
}
