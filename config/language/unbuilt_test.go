package language

import (
	"slices"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// What keepalived 2.2.7 answers to settings that have no effect here yet: the exit
// status of a configuration test is the same.
func TestUnbuiltSettingsAreCheckedAsByKeepalived(t *testing.T) {
	g := func(lines string) string { return "global_defs {\n" + lines + "\n}\n" }
	bfd := func(lines string) string { return "bfd_instance b {\n" + lines + "\n}\n" }
	check := func(kind, lines string) string { return service("", kind+" {\n"+lines+"\n}") }
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"vmac", instance("use_vmac vrrp.51 02:00:00:00:00:01\n vmac_xmit_base"), 0},
		{"vmac without base", instance("use_vmac\n unicast_peer {\n 10.0.0.9\n}"), 5},
		{"base without vmac", instance("vmac_xmit_base"), 5},
		{"vmac on an interface", instance("use_vmac eth1"), 5},
		{"vmac long name", instance("use_vmac vrrp.1234567890123"), 5},
		{"vmac twice", instance("use_vmac vr") + strings.Replace(second, "eth0", "eth1\n use_vmac vr", 1), 5},
		{"vmac and promote", instance("use_vmac\n promote_secondaries"), 5},
		{"ipvlan without address", instance("use_ipvlan"), 5},
		{"native IPv6", instance("virtual_ipaddress_excluded {\n fe80::1\n}\n native_ipv6\n"), 5},
		{"track file", "track_file f {\n file /x\n}\n" + instance("track_file {\n f weight 5\n}"), 0},
		{"track file unknown", instance("track_file {\n f\n}"), 5},
		{"track file weight", "track_file f {\n file /x\n weight 300\n}\n" + instance(), 5},
		{"track file without file", "track_file f {\n}\n", 5},
		{"track process", "vrrp_track_process p {\n process x\n quorum 2\n delay 1\n}\n" +
			instance("track_process {\n p weight 254\n}"), 0},
		{"track process unknown", instance("track_process {\n p\n}"), 5},
		{"track process values", "vrrp_track_process p {\n process x\n quorum 0\n}\n", 5},
		{"track process without process", "vrrp_track_process p {\n}\n", 5},
		{"track bfd", bfd("neighbor_ip 10.0.0.2") + instance("track_bfd {\n b\n}"), 0},
		{"track bfd unknown", instance("track_bfd {\n b\n}"), 5},
		{"bfd without neighbour", bfd("min_rx 10"), 5},
		{"bfd multiplier", bfd("neighbor_ip 10.0.0.2\n multiplier 300"), 5},
		{"bfd families", bfd("neighbor_ip 10.0.0.2\n source_ip fe80::1"), 5},
		{"bfd same neighbour", bfd("neighbor_ip 10.0.0.2") + strings.Replace(bfd("neighbor_ip 10.0.0.2"), " b ", " c ", 1),
			5},
		{"bfd twice", bfd("neighbor_ip 10.0.0.2") + bfd("neighbor_ip 10.0.0.3"), 5},
		{"bfd long name", strings.Replace(bfd("neighbor_ip 10.0.0.2"), " b ", " b1234567890123456789012345678901 ", 1), 5},
		{"bfd check unknown", check("BFD_CHECK", "name b"), 5},
		{"file check unknown", check("FILE_CHECK", "track_file f"), 5},
		{"smtp check", check("SMTP_CHECK", "helo_name x\n connect_timeout 3\n retry 2"), 0},
		{"smtp check values", check("SMTP_CHECK", "connect_timeout 0"), 5},
		{"dns type", check("DNS_CHECK", "type FOO"), 5},
		{"dns", check("DNS_CHECK", "type AAAA\n name example.org"), 0},
		{"dns type by number", check("DNS_CHECK", "type 257"), 5},
		{"udp payload", check("UDP_CHECK", "payload xyz"), 5},
		{"udp lengths", check("UDP_CHECK", "payload 00 01\n require_reply 0x\n min_reply_length 5\n max_reply_length 3"), 5},
		{"ping", check("PING_CHECK", "retry 3"), 0},
		{"route", instance("virtual_routes {\n src 10.0.0.1 to 10.9.0.0/16 via 10.0.0.3 dev eth0 table main\n" +
			" default via 10.0.0.9 dev eth0 metric 9 onlink\n 10.8.0.0/16 dev eth0 nexthop via 10.0.0.5 dev eth0 weight 5\n" +
			"}"), 0},
		{"route of nexthops is watched by its own interface",
			instance("virtual_routes {\n 10.8.0.0/16 nexthop via 10.0.0.5 dev eth0 weight 5\n}"), 5},
		{"route untracked", "static_routes {\n 10.1.0.0/16 via 10.0.0.2\n}\n", 5},
		{"route no_track", "static_routes {\n 10.1.0.0/16 via 10.0.0.2 no_track\n}\n", 0},
		{"route word", "static_routes {\n 10.1.0.0/16 via 10.0.0.2 dev eth0 foo\n}\n", 5},
		{"route gw", "static_routes {\n 10.1.0.0/16 gw 10.0.0.2 dev eth0\n}\n", 5},
		{"route or", "static_routes {\n 10.1.0.0/16 via 10.0.0.2 or 10.0.0.3 dev eth0\n}\n", 5},
		{"route gateway", "static_routes {\n default via x dev eth0\n}\n", 5},
		{"route interface", "static_routes {\n default via 10.0.0.2 dev eth9\n}\n", 5},
		{"rule", "static_rules {\n from 10.1.0.0/16 table 100 priority 5\n from all blackhole preference 9\n}\n", 0},
		{"rule to", "static_rules {\n from 10.1.0.0/16 to 10.2.0.0/16 table 100 preference 5\n}\n", 0},
		{"route numbers with a plus", "static_routes {\n 10.1.0.0/16 dev eth0 tos +7 table +5 scope +8 realms +3/+4\n}\n", 0},
		{"route default after an address", "static_routes {\n 10.1.0.0/16 dev eth0 default\n}\n", 5},
		{"route default after a gateway", "static_routes {\n via 10.0.0.9 to default\n}\n", 5},
		{"route default twice", "static_routes {\n default default dev eth0\n}\n", 0},
		{"rule group", "static_rules {\n from 10.1.0.0/16 table 5 preference +9 suppress_ifgroup 2147483647\n}\n", 0},
		{"rule group too large", "static_rules {\n from 10.1.0.0/16 table 5 preference 9 suppress_ifgroup 2147483648\n}\n",
			5},
		{"rule without preference", "static_rules {\n from 10.1.0.0/16 table 100\n}\n", 5},
		{"rule word", "static_rules {\n foo 10.1.0.0/16 table 5 preference 1\n}\n", 5},
		{"static address", "static_ipaddress {\n 10.1.1.1/24 dev eth0\n 10.1.1.2/24\n}\n", 0},
		{"static address bad", "static_ipaddress {\n foo\n}\n", 5},
		{"service group", "virtual_server_group g {\n 10.0.0.1-5 80\n fwmark 5\n}\nvirtual_server group g {\n" +
			" protocol TCP\n lb_algo rr\n lb_kind NAT\n real_server 10.0.0.2 80 {\n }\n}\n", 0},
		{"service group scripts", "virtual_server group g {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n" +
			" quorum_up /bin/true\n real_server 10.0.0.2 80 {\n }\n}\n", 6},
		{"service group empty", "virtual_server_group g {\n}\n", 5},
		{"granularity that is no mask", service("persistence_granularity 1.5", ""), 0},
		{"granularity of a large number", service("persistence_granularity 4294967295", ""), 0},
		{"granularity too large", service("persistence_granularity 4294967296", ""), 5},
		{"granularity with too large a byte", service("persistence_granularity 256.5", ""), 5},
		{"SSL twice", "SSL {\n password a\n}\nSSL {\n password a\n}\n", 5},
		{"garp group", "garp_group {\n garp_interval 1\n interfaces {\n eth0 eth1\n }\n}\n", 0},
		{"garp group interface", "garp_group {\n garp_interval 1\n interfaces {\n eth9\n }\n}\n", 5},
		{"linkbeat interface", "linkbeat_interfaces {\n eth9\n}\n", 4},
		{"delay of an unknown interface", "interface_up_down_delays {\n eth9 1\n}\n", 4},
		{"delay too long", "interface_up_down_delays {\n eth0 300\n}\n", 5},
		{"sync daemon", g("lvs_sync_daemon eth0 inst A id 5"), 0},
		{"sync daemon, old form", g("lvs_sync_daemon eth0 A"), 0},
		{"sync daemon, old form with id", g("lvs_sync_daemon eth0 A 5"), 5},
		{"sync daemon values", g("lvs_sync_daemon eth0 inst A id 300"), 5},
		{"extra interfaces", g("vrrp_garp_extra_if all 10"), 0},
		{"extra interfaces never", g("vrrp_garp_extra_if 0"), 5},
		{"buffers", g("vrrp_rx_bufs_policy mtu\n vrrp_rx_bufs_multiplier 2"), 0},
		{"buffers unknown", g("vrrp_rx_bufs_policy foo"), 5},
		{"multiplier", g("vrrp_rx_bufs_multiplier 0"), 5},
		{"auto priority", g("max_auto_priority"), 0},
		{"auto priority high", g("max_auto_priority 200"), 5},
		{"umask", g("umask 022\n umask IRWXO|IWGRP"), 0},
		{"umask unknown", g("umask foo"), 5},
		{"iptables", g("vrrp_iptables"), 5},
		{"nftables", g("nftables\n nftables_priority -5"), 0},
		{"rlimit", g("vrrp_rlimit_rtime 5\n bfd_rt_priority 50"), 0},
		{"rlimit zero", g("vrrp_rlimit_rttime 0"), 5},
		{"snmp", g("enable_snmp_keepalived\n enable_traps"), 0},
	} {
		_, diags := bind(t, tt.text)
		if got := ExitStatus(diags); got != tt.want {
			t.Errorf("%s: exit %d, want %d: %v", tt.name, got, tt.want, diags)
		}
	}
}

// What an instance asks for without a keyword of its own is said as well.
func TestWhatIsNotRunIsSaid(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{instance("unicast_fault_no_peer"), "Cannot use unicast without any peers - going to fault state"},
	} {
		_, findings := bind(t, tt.text)
		if !slices.ContainsFunc(findings, func(d syntax.Diagnostic) bool {
			return d.Severity == syntax.Warning && d.Class == syntax.ClassNone && d.Pos.IsValid() &&
				strings.Contains(d.Text, tt.want)
		}) {
			t.Errorf("%q: no warning with %q in %v", tt.text, tt.want, findings)
		}
	}
}
