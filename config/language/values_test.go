package language

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

// value is a keyword, how it is written, and its effective value with and
// without it.
type value struct {
	block   string
	keyword string
	args    string
	get     func(*config.Config) any
	def     string
	want    string
}

// wrap puts lines into a block of an otherwise complete configuration.
func wrap(block, lines string) string {
	switch block {
	case "":
		return lines + "\n" + instance() + service("", "")
	case "global_defs":
		return "global_defs {\n" + lines + "\n}\n" + instance() + service("", "")
	case "vrrp_instance":
		return instance(lines)
	case "vrrp_script":
		return secure + "vrrp_script s {\n script \"/bin/true\"\n" + lines + "\n}\n" + instance()
	case "vrrp_sync_group":
		return secure + "vrrp_sync_group G {\n group {\n A B\n }\n" + lines + "\n}\n" + instance() + second
	case "virtual_server":
		return service(lines, "")
	case "real_server":
		return service("", lines)
	case "url":
		return service("", "HTTP_GET {\n url {\n path /x\n"+lines+"\n }\n }")
	case "HTTP_GET", "SSL_GET":
		return service("", block+" {\n url {\n path /x\n }\n"+lines+"\n }")
	case "track_group":
		return "track_group g {\n" + lines + "\n}\n" + instance()
	case "garp_group":
		return "garp_group {\n gna_interval 0.5\n" + lines + "\n}\n" + instance()
	case "auth_hmac":
		return instance("auth_hmac {\n key 9 " + hmacKey + "\n active_key 9\n" + lines + "\n }")
	case "vrrp_track_process":
		return "vrrp_track_process p {\n" + lines + "\n}\n" + instance("track_process {\n p\n }")
	case "track_file", "vrrp_track_file":
		return block + " f {\n" + lines + "\n}\n" + instance("track_file {\n f\n }")
	case "bfd_instance":
		return "bfd_instance b {\n neighbor_ip 10.0.0.77\n" + lines + "\n}\n" + instance("track_bfd {\n b\n }")
	case "bgp":
		return "bgp {\nlocal_as 65001\nrouter_id 10.0.0.7\n" + lines + "\nneighbor 10.0.0.1 {\nremote_as 65000\n}\n}\n" +
			instance()
	case "neighbor":
		return "bgp {\nlocal_as 65001\nrouter_id 10.0.0.7\nnext_hop 2001:db8::7\nneighbor 10.0.0.1 {\nremote_as 65000\n" +
			lines + "\n}\n}\nbfd_instance b {\n neighbor_ip 10.0.0.77\n}\n" + instance()
	case "SSL":
		return "SSL {\n" + lines + "\n}\n" + service("", "")
	case "SSL url":
		return service("", "SSL_GET {\n url {\n path /x\n"+lines+"\n }\n }")
	case "host":
		return service("", "SMTP_CHECK {\n host {\n"+lines+"\n }\n }")
	case "FILE_CHECK":
		return followed + service("", "FILE_CHECK {\n track_file f\n"+lines+"\n }")
	case "BFD_CHECK":
		return followed + service("", "BFD_CHECK {\n name b\n"+strings.TrimPrefix(lines, "name")+"\n }")
	case "MISC_CHECK":
		return secure + service("", "MISC_CHECK {\n misc_path /bin/true\n"+lines+"\n }")
	}
	return service("", block+" {\n"+lines+"\n }")
}

const secure = "global_defs {\n enable_script_security\n script_user root\n}\n"
const second = "vrrp_instance B {\n interface eth0\n virtual_router_id 52\n virtual_ipaddress {\n 10.0.0.9/24\n }\n}\n"

func global(f func(*config.Global) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.Global) }
}
func inst(f func(*config.Instance) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.Instances[0]) }
}
func vserver(f func(*config.VirtualServer) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.VirtualServers[0]) }
}
func rserver(f func(*config.RealServer) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.VirtualServers[0].RealServers[0]) }
}
func checker(f func(*config.Checker) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.VirtualServers[0].RealServers[0].Checkers[0]) }
}
func url(f func(*config.URL) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.VirtualServers[0].RealServers[0].Checkers[0].HTTP.URLs[0]) }
}
func script1(f func(*config.Script) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.Scripts[0]) }
}
func group1(f func(*config.SyncGroup) any) func(*config.Config) any {
	return func(c *config.Config) any { return f(&c.Groups[0]) }
}

// An instance has its own interval, or none, whatever global_defs says.
func TestExtraInterfacesOfAnInstance(t *testing.T) {
	for args, want := range map[string]string{"": "1m0s true", "garp_extra_if 0": "0s false",
		"garp_extra_if 5": "5s false", "vmac_garp_intvl all 9": "9s true",
		"garp_extra_if all": "1m0s true", "garp_extra_if 86401": "1m0s true", "garp_extra_if 7 foo": "1m0s true",
		"garp_extra_if 7 all 8": "8s true", "garp_extra_if 7 8": "8s false"} {
		cfg, _ := bind(t, "global_defs {\n vrrp_garp_extra_if all 60\n}\n"+instance(args))
		e := cfg.Instances[0].GARPExtra
		if got := fmt.Sprint(e.Interval, e.All); got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
	cfg, _ := bind(t, "global_defs {\n vrrp_vmac_garp_intvl 60\n}\n"+instance())
	if e := cfg.Instances[0].GARPExtra; e != (config.GARPExtra{Interval: time.Minute}) {
		t.Errorf("vrrp_vmac_garp_intvl: %v", e)
	}
}

func values() []value {
	return slices.Concat(globalValues(), settingValues(), instanceValues(), scriptValues(), smallValues(), routeValues(),
		serviceValues(), checkerValues(), lvsValues())
}

func globalValues() []value {
	g := "global_defs"
	return []value{
		{"", "child_wait_time", "9", global(func(g *config.Global) any { return g.ChildWaitTime }), "5s", "9s"},
		{g, "router_id", "LVS1 x", global(func(g *config.Global) any { return g.RouterID }), "director", "LVS1"},
		{g, "notification_email", "{\n a@b c@d\n e@f\n}", global(func(g *config.Global) any { return g.Mail.To }), "[]",
			"[a@b c@d e@f]"},
		{g, "notification_email_from", "x@y", global(func(g *config.Global) any { return g.Mail.From }), "root@director",
			"x@y"},
		{g, "smtp_server", "mail.example 2525", global(func(g *config.Global) any {
			return fmt.Sprint(g.Mail.Server,
				g.Mail.Port)
		}), "25", "mail.example2525"},
		{g, "smtp_helo_name", "me", global(func(g *config.Global) any { return g.Mail.Helo }), "director", "me"},
		{g, "smtp_connect_timeout", "7", global(func(g *config.Global) any { return g.Mail.ConnectTimeout }), "30s", "7s"},
		{g, "smtp_alert", "", func(c *config.Config) any {
			return fmt.Sprint(c.Instances[0].Notify.SMTPAlert, c.VirtualServers[0].SMTPAlert,
				c.VirtualServers[0].RealServers[0].SMTPAlert)
		}, "false false true", "true true true"},
		{g, "smtp_alert_vrrp", "on", func(c *config.Config) any {
			return fmt.Sprint(c.Instances[0].Notify.SMTPAlert, c.VirtualServers[0].SMTPAlert)
		}, "false false", "true false"},
		{g, "smtp_alert_checker", "off", func(c *config.Config) any { return c.VirtualServers[0].RealServers[0].SMTPAlert },
			"true", "false"},
		{g, "no_email_faults", "", global(func(g *config.Global) any { return g.Mail.NoFaults }), "false", "true"},
		{g, "no_checker_emails", "", global(func(g *config.Global) any { return g.Mail.NoCheckerChanges }), "false", "true"},
		{g, "checker_log_all_failures", "true", global(func(g *config.Global) any { return g.CheckerLogAllFailure }),
			"false", "true"},
		{g, "startup_script", "\"/bin/a 'b c'\" root\n enable_script_security",
			global(func(g *config.Global) any { return fmt.Sprintf("%q", g.StartupScript.Argv) }), "[]", `["/bin/a" "b c"]`},
		{g, "startup_script_timeout", "20", global(func(g *config.Global) any { return g.StartupScriptTimeout }), "10s",
			"20s"},
		{g, "shutdown_script", "/bin/a root\n enable_script_security",
			global(func(g *config.Global) any { return g.ShutdownScript.User }), "", "root"},
		{g, "shutdown_script_timeout", "20", global(func(g *config.Global) any { return g.ShutdownScriptTimeout }), "10s",
			"20s"},
		{g, "dynamic_interfaces", "allow_if_changes", global(func(g *config.Global) any { return g.DynamicInterfaces }),
			"false", "true"},
		{g, "vmac_prefix", "carp", global(func(g *config.Global) any { return g.VMACPrefix + " " + g.VMACAddrPrefix }),
			"vrrp vrrp", "carp carp"},
		{g, "vmac_addr_prefix", "vip", global(func(g *config.Global) any { return g.VMACPrefix + " " + g.VMACAddrPrefix }),
			"vrrp vrrp", "vrrp vip"},
		{g, "default_interface", "eth1", global(func(g *config.Global) any { return g.DefaultInterface }), "eth0", "eth1"},
		{g, "v3_checksum_as_v2", "on", inst(func(i *config.Instance) any { return i.V3ChecksumAsV2 }), "false", "true"},
		{g, "lvs_timeouts", "tcp 1 tcpfin 2 udp 3", global(func(g *config.Global) any { return g.LVSTimeouts }),
			"{0s 0s 0s}", "{1s 2s 3s}"},
		{g, "lvs_flush", "", global(func(g *config.Global) any { return g.LVSFlush }), "false", "true"},
		{g, "lvs_flush_on_stop", "VS", global(func(g *config.Global) any { return g.LVSFlushOnStop }), "0", "1"},
		{g, "lvs_flush_onstop", "", global(func(g *config.Global) any { return g.LVSFlushOnStop }), "0", "2"},
		{g, "vrrp_mcast_group4", "224.0.0.99", inst(func(i *config.Instance) any { return i.MulticastGroup }), "224.0.0.18",
			"224.0.0.99"},
		{g, "vrrp_mcast_group6", "ff02::99", global(func(g *config.Global) any { return g.VRRPMcastGroup6 }), "ff02::12",
			"ff02::99"},
		{g, "vrrp_garp_master_delay", "9", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.GARPDelay,
				i.GARPLowerPrioDelay)
		}), "5s 5s", "9s 9s"},
		{g, "vrrp_garp_master_repeat", "9", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.GARPRepeat,
				i.GARPLowerPrioRepeat)
		}), "5 5", "9 9"},
		{g, "vrrp_garp_master_refresh", "9", inst(func(i *config.Instance) any { return i.GARPRefresh }), "0s", "9s"},
		{g, "vrrp_garp_master_refresh_repeat", "9", inst(func(i *config.Instance) any { return i.GARPRefreshRepeat }), "1",
			"9"},
		{g, "vrrp_garp_lower_prio_delay", "9", inst(func(i *config.Instance) any { return i.GARPLowerPrioDelay }), "5s",
			"9s"},
		{g, "vrrp_garp_lower_prio_repeat", "0", inst(func(i *config.Instance) any { return i.GARPLowerPrioRepeat }), "5",
			"0"},
		{g, "vrrp_down_timer_adverts", "4", inst(func(i *config.Instance) any { return i.DownTimerAdverts }), "3", "4"},
		{g, "vrrp_garp_interval", "0.001", inst(func(i *config.Instance) any { return i.GARPInterval }), "0s", "1ms"},
		{g, "vrrp_garp_extra_if", "60", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.GARPExtra.Interval,
				i.GARPExtra.All)
		}), "0s false", "1m0s false"},
		{g, "vrrp_gna_interval", "0.000002", inst(func(i *config.Instance) any { return i.GNAInterval }), "0s", "2µs"},
		{g, "vrrp_min_garp", "", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.GARPRepeat, i.GARPDelay,
				i.GARPLowerPrioDelay)
		}), "5 5s 5s", "1 0s 0s"},
		{g, "vrrp_lower_prio_no_advert", "", inst(func(i *config.Instance) any { return i.LowerPrioNoAdvert }), "false",
			"true"},
		{g, "vrrp_higher_prio_send_advert", "yes", inst(func(i *config.Instance) any { return i.HigherPrioSendAdvert }),
			"false", "true"},
		{g, "vrrp_owner_ignore_adverts", "yes", inst(func(i *config.Instance) any { return i.OwnerIgnoreAdverts }), "false",
			"true"},
		{g, "vrrp_version", "3", inst(func(i *config.Instance) any { return i.Version }), "2", "3"},
		{g, "vrrp_check_unicast_src", "", inst(func(i *config.Instance) any { return i.CheckUnicastSrc }), "false", "true"},
		{g, "vrrp_skip_check_adv_addr", "", inst(func(i *config.Instance) any { return i.SkipCheckAdvAddr }), "false",
			"true"},
		{g, "vrrp_strict", "", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.Strict, i.Accept,
				i.LowerPrioNoAdvert)
		}), "false true false", "true false true"},
		{g, "notify_fifo", "/f root root", global(func(g *config.Global) any {
			return g.NotifyFIFO.Path +
				g.NotifyFIFO.User + g.NotifyFIFO.Group
		}), "", "/frootroot"},
		{g, "vrrp_notify_fifo", "/f", global(func(g *config.Global) any { return g.VRRPNotifyFIFO.Path }), "", "/f"},
		{g, "lvs_notify_fifo", "/f", global(func(g *config.Global) any { return g.LVSNotifyFIFO.Path }), "", "/f"},
		{g, "notify_fifo_script", "/bin/a\n enable_script_security\n script_user root",
			global(func(g *config.Global) any { return g.NotifyFIFO.Script.Argv }), "[]", "[/bin/a]"},
		{g, "vrrp_notify_fifo_script", "/bin/a\n enable_script_security\n script_user root",
			global(func(g *config.Global) any { return g.VRRPNotifyFIFO.Script.Argv }), "[]", "[/bin/a]"},
		{g, "lvs_notify_fifo_script", "/bin/a\n enable_script_security\n script_user root",
			global(func(g *config.Global) any { return g.LVSNotifyFIFO.Script.Argv }), "[]", "[/bin/a]"},
		{g, "vrrp_notify_priority_changes", "on", inst(func(i *config.Instance) any { return i.Notify.PriorityChanges }),
			"false", "true"},
		{g, "vrrp_notify_two_masters", "", global(func(g *config.Global) any { return g.NotifyTwoMasters }), "false", "true"},
		{g, "script_user", "nobody :nogroup", global(func(g *config.Global) any { return g.ScriptUser + g.ScriptGroup }),
			"", "nobodynogroup"},
		{g, "enable_script_security", "", global(func(g *config.Global) any { return g.EnableScriptSecurity }), "false",
			"true"},
		{g, "rs_init_notifies", "", global(func(g *config.Global) any { return g.RSInitNotifies }), "false", "true"},
		{g, "vrrp_delay_after_boot", "60", global(func(g *config.Global) any { return g.DelayAfterBoot }), "0s", "1m0s"},
		{g, "vrrp_rx_bufs_policy", "advert", global(func(g *config.Global) any { return g.Buffers.Adverts }), "0", "2"},
		{g, "vrrp_rx_bufs_multiplier", "9", global(func(g *config.Global) any { return g.Buffers.AdvertMultiplier }), "3",
			"9"},
		{g, "vrrp_startup_delay", "1.5", global(func(g *config.Global) any { return g.VRRPStartupDelay }), "0s", "1.5s"},
		{g, "log_unknown_vrids", "", global(func(g *config.Global) any { return g.LogUnknownVRIDs }), "false", "true"},
		{g, "vrrp_priority", "-20", global(func(g *config.Global) any { return g.VRRPPriority }), "0", "-20"},
		{g, "vrrp_no_swap", "", global(func(g *config.Global) any { return g.VRRPNoSwap }), "false", "true"},
		{g, "vrrp_rt_priority", "50", global(func(g *config.Global) any { return g.VRRPRTPriority }), "0", "50"},
		{g, "checker_priority", "19", global(func(g *config.Global) any { return g.CheckerPriority }), "0", "19"},
		{g, "checker_no_swap", "", global(func(g *config.Global) any { return g.CheckerNoSwap }), "false", "true"},
		{g, "checker_rt_priority", "1", global(func(g *config.Global) any { return g.CheckerRTPriority }), "0", "1"},
	}
}

func instanceValues() []value {
	v := "vrrp_instance"
	vmac := inst(func(i *config.Instance) any { return i.VMAC })
	accepts := inst(func(i *config.Instance) any { return fmt.Sprint(i.Accept, i.Filtered()) })
	n := func(f func(*config.Notify) config.Command) func(*config.Config) any {
		return inst(func(i *config.Instance) any { return fmt.Sprintf("%q", f(&i.Notify).Argv) })
	}
	const cmd, want = "\"/bin/n 'a b'\"\n}\n" + secure +
		"vrrp_instance Z {\n interface eth1\n virtual_router_id 9\n virtual_ipaddress {\n 10.1.1.1/24\n }", `["/bin/n" "a b"]`
	return []value{
		{v, "state", "MASTER", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.StateGiven, i.WantMaster,
				i.Priority)
		}), "false false 100", "true true 255"},
		{v, "interface", "eth1", inst(func(i *config.Instance) any { return i.Interface + i.VIPs[0].Dev }), "eth0eth0",
			"eth1eth1"},
		{v, "virtual_router_id", "255", inst(func(i *config.Instance) any { return i.VRID }), "51", "255"},
		{v, "priority", "254", inst(func(i *config.Instance) any { return i.Priority }), "100", "254"},
		{v, "advert_int", "3", inst(func(i *config.Instance) any { return i.AdvertInt }), "1s", "3s"},
		{v, "version", "3", inst(func(i *config.Instance) any { return i.Version }), "2", "3"},
		{v, "authentication", "{\n auth_type PASS\n auth_pass 1234\n}",
			inst(func(i *config.Instance) any { return fmt.Sprintf("%d %q", i.Auth, i.AuthPass) }),
			`0 "\x00\x00\x00\x00\x00\x00\x00\x00"`, `1 "1234\x00\x00\x00\x00"`},
		{v, "virtual_ipaddress", "{\n 10.0.0.7/24\n}", inst(func(i *config.Instance) any { return len(i.VIPs) }), "1", "2"},
		{v, "use_ipvlan", "gate 10.0.0.9/24 vepa", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.IPVLAN.Use, i.IPVLAN.Name, i.IPVLAN.Addr, i.IPVLAN.Mode, i.SourceIP)
		}), "falseinvalid Prefix bridge invalid IP", "truegate10.0.0.9/24 vepa 10.0.0.9"},
		{v, "virtual_ipaddress_excluded", "{\n fe80::1/64\n}",
			inst(func(i *config.Instance) any { return len(i.ExcludedVIPs) }), "0", "1"},
		{v, "nopreempt", "", inst(func(i *config.Instance) any { return i.NoPreempt }), "false", "true"},
		{v, "nopreempt\n preempt", "", inst(func(i *config.Instance) any { return i.NoPreempt }), "false", "false"},
		{v, "preempt_delay", "2.5", inst(func(i *config.Instance) any { return i.PreemptDelay }), "0s", "2.5s"},
		{v, "unicast_src_ip 10.9.9.9\n unicast_peer", "{\n 10.9.9.8\n}",
			inst(func(i *config.Instance) any { return i.SourceIP }), "invalid IP", "10.9.9.9"},
		{v, "mcast_src_ip", "10.9.9.9", inst(func(i *config.Instance) any { return i.SourceIP }), "invalid IP", "10.9.9.9"},
		{v, "unicast_peer", "{\n 10.9.9.8 min_ttl 5\n 10.9.9.7 max_ttl 9\n}",
			inst(func(i *config.Instance) any { return fmt.Sprint(i.UnicastPeers, i.CheckUnicastSrc) }), "[] false",
			"[{10.9.9.8 5 255 test.conf:5:2} {10.9.9.7 0 9 test.conf:6:2}] true"},
		{v, "mcast_dst_ip", "224.0.0.20", inst(func(i *config.Instance) any { return i.MulticastGroup }), "224.0.0.18",
			"224.0.0.20"},
		{v, "unicast_peer {\n 10.9.9.8\n }\n unicast_ttl", "7", inst(func(i *config.Instance) any { return i.UnicastTTL }),
			"255", "7"},
		{v, "unicast_peer {\n 10.9.9.8\n }\n check_unicast_src", "",
			inst(func(i *config.Instance) any { return i.CheckUnicastSrc }), "false", "true"},
		{v, "timer_expired_backup", "100", inst(func(i *config.Instance) any { return i.TimerExpiredBackup }), "0", "100"},
		{v, "kernel_rx_buf_size", "30000", inst(func(i *config.Instance) any { return i.RxBufSize }), "0", "30000"},
		{v, "old_unicast_checksum", "", inst(func(i *config.Instance) any { return i.UnicastChecksum }), "0", "1"},
		{v, "old_unicast_checksum", "never", inst(func(i *config.Instance) any { return i.UnicastChecksum }), "0", "2"},
		{v, "v3_checksum_as_v2", "", inst(func(i *config.Instance) any { return i.V3ChecksumAsV2 }), "false", "true"},
		{v, "track_src_ip", "", inst(func(i *config.Instance) any { return i.TrackSourceIP }), "false", "true"},
		{v, "dont_track_primary", "", inst(func(i *config.Instance) any { return i.DontTrackPrimary }), "false", "true"},
		{v, "track_interface", "{\n eth1\n eth2 weight -5 reverse\n}",
			inst(func(i *config.Instance) any { return trackText(i.Tracks) }), "", "eth1:0 eth2:-5r"},
		{v, "use_vmac", "gate 02:00:00:00:00:01 netlink_notify_msg", vmac, "{false  [0 0 0 0 0 0] false 0 false false}",
			"{true gate [2 0 0 0 0 1] true 0 false false}"},
		{v, "use_vmac", "02:00:5e:00:09", vmac, "{false  [0 0 0 0 0 0] false 0 false false}",
			"{true  [2 0 94 0 9 51] false 0 false false}"},
		{v, "use_vmac_addr", "", vmac, "{false  [0 0 0 0 0 0] false 0 false false}",
			"{false  [0 0 0 0 0 0] false 0 true false}"},
		{v, "vmac_xmit_base", "\nuse_vmac", vmac, "{false  [0 0 0 0 0 0] false 0 false false}",
			"{true  [0 0 0 0 0 0] false 0 false true}"},
		{v, "promote_secondaries", "", inst(func(i *config.Instance) any { return i.PromoteSecondaries }), "false", "true"},
		{v, "skip_check_adv_addr", "off\n skip_check_adv_addr",
			inst(func(i *config.Instance) any { return i.SkipCheckAdvAddr }), "false", "true"},
		{v, "strict_mode", "", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.Strict, i.Accept, i.GARPLowerPrioRepeat, i.GARPLowerPrioDelay)
		}), "false true 5 5s", "true false 0 0s"},
		{v, "strict_mode\n version 3\n accept", "", accepts, "true false", "true false"},
		{v, "strict_mode\n version 3\n accept\n no_accept", "", accepts, "true false", "false true"},
		{v, "strict_mode\n priority 255\n no_accept", "", accepts, "true false", "true false"},
		{v, "no_accept", "", accepts, "true false", "false true"},
		{v, "no_accept\n accept", "", accepts, "true false", "true false"},
		{v, "no_accept\n priority 255", "", accepts, "true false", "false false"},
		{v, "lower_prio_no_advert", "", inst(func(i *config.Instance) any { return i.LowerPrioNoAdvert }), "false", "true"},
		{v, "higher_prio_send_advert", "", inst(func(i *config.Instance) any { return i.HigherPrioSendAdvert }), "false",
			"true"},
		{v, "owner_ignore_adverts", "", inst(func(i *config.Instance) any { return i.OwnerIgnoreAdverts }), "false", "true"},
		{v, "down_timer_adverts", "100", inst(func(i *config.Instance) any { return i.DownTimerAdverts }), "3", "100"},
		{v, "garp_master_delay", "0", inst(func(i *config.Instance) any { return i.GARPDelay }), "5s", "0s"},
		{v, "garp_master_repeat", "2", inst(func(i *config.Instance) any { return i.GARPRepeat }), "5", "2"},
		{v, "garp_master_refresh", "60", inst(func(i *config.Instance) any { return i.GARPRefresh }), "0s", "1m0s"},
		{v, "garp_master_refresh_repeat", "2", inst(func(i *config.Instance) any { return i.GARPRefreshRepeat }), "1", "2"},
		{v, "garp_lower_prio_delay", "2", inst(func(i *config.Instance) any { return i.GARPLowerPrioDelay }), "5s", "2s"},
		{v, "garp_extra_if", "all 5", inst(func(i *config.Instance) any {
			return fmt.Sprint(i.GARPExtra.Interval,
				i.GARPExtra.All)
		}), "0s false", "5s true"},
		{v, "unicast_fault_no_peer", "", inst(func(i *config.Instance) any { return i.FaultNoPeer }), "false", "true"},
		{v, "garp_lower_prio_repeat", "0", inst(func(i *config.Instance) any { return i.GARPLowerPrioRepeat }), "5", "0"},
		{v, "notify_master", cmd, n(func(n *config.Notify) config.Command { return n.Master }), "[]", want},
		{v, "notify_backup", cmd, n(func(n *config.Notify) config.Command { return n.Backup }), "[]", want},
		{v, "notify_fault", cmd, n(func(n *config.Notify) config.Command { return n.Fault }), "[]", want},
		{v, "notify_stop", cmd, n(func(n *config.Notify) config.Command { return n.Stop }), "[]", want},
		{v, "notify", cmd, n(func(n *config.Notify) config.Command { return n.Any }), "[]", want},
		{v, "notify_deleted", cmd, n(func(n *config.Notify) config.Command { return n.Deleted }), "[]", want},
		{v, "notify_deleted", "", inst(func(i *config.Instance) any { return i.Notify.DeletedSet }), "false", "true"},
		{v, "notify_master_rx_lower_pri", cmd, n(func(n *config.Notify) config.Command { return n.MasterRxLowerPri }), "[]",
			want},
		{v, "notify_priority_changes", "", inst(func(i *config.Instance) any { return i.Notify.PriorityChanges }), "false",
			"true"},
		{v, "smtp_alert", "", inst(func(i *config.Instance) any { return i.Notify.SMTPAlert }), "false", "true"},
	}
}

func trackText(tracks []config.Track) string {
	var out []string
	for _, t := range tracks {
		text := fmt.Sprintf("%s:%d", t.Name, t.Weight)
		if t.Reverse {
			text += "r"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func scriptValues() []value {
	s, g := "vrrp_script", "vrrp_sync_group"
	return []value{
		{s, "interval", "2.5", script1(func(s *config.Script) any { return fmt.Sprint(s.Interval, s.Timeout) }), "1s 1s",
			"2.5s 2.5s"},
		{s, "timeout", "4", script1(func(s *config.Script) any { return s.Timeout }), "1s", "4s"},
		{s, "weight", "-253 reverse", script1(func(s *config.Script) any { return fmt.Sprint(s.Weight, s.Reverse) }),
			"0 false", "-253 true"},
		{s, "rise", "3", script1(func(s *config.Script) any { return s.Rise }), "1", "3"},
		{s, "fall", "4", script1(func(s *config.Script) any { return s.Fall }), "1", "4"},
		{s, "user", "nobody nogroup", script1(func(s *config.Script) any { return s.Command.User + s.Command.Group }), "",
			"nobodynogroup"},
		{s, "init_fail", "", script1(func(s *config.Script) any { return s.InitFail }), "false", "true"},
		{s, "script", "</etc/x", script1(func(s *config.Script) any { return fmt.Sprint(s.FileTest, s.Command.Argv) }),
			"[/bin/true]", "/etc/x[]"},
		{g, "track_interface", "{\n eth1 weight 7\n}", group1(func(g *config.SyncGroup) any { return trackText(g.Tracks) }),
			"", "eth1:7"},
		{g, "notify_master", "/bin/x", group1(func(g *config.SyncGroup) any { return g.Notify.Master.Argv }), "[]",
			"[/bin/x]"},
		{g, "notify_backup", "/bin/x", group1(func(g *config.SyncGroup) any { return g.Notify.Backup.Argv }), "[]",
			"[/bin/x]"},
		{g, "notify_fault", "/bin/x", group1(func(g *config.SyncGroup) any { return g.Notify.Fault.Argv }), "[]", "[/bin/x]"},
		{g, "notify_stop", "/bin/x", group1(func(g *config.SyncGroup) any { return g.Notify.Stop.Argv }), "[]", "[/bin/x]"},
		{g, "notify", "/bin/x", group1(func(g *config.SyncGroup) any { return g.Notify.Any.Argv }), "[]", "[/bin/x]"},
		{g, "smtp_alert", "", group1(func(g *config.SyncGroup) any { return g.Notify.SMTPAlert }), "false", "true"},
		{g, "notify_priority_changes", "", func(c *config.Config) any {
			return fmt.Sprint(c.Groups[0].Notify.PriorityChanges, c.Instances[0].Notify.PriorityChanges)
		}, "false false", "true true"},
		{g, "sync_group_tracking_weight", "", group1(func(g *config.SyncGroup) any { return g.TrackingWeight }), "false",
			"true"},
	}
}

func serviceValues() []value {
	v, r := "virtual_server", "real_server"
	return []value{
		{v, "lb_algo", "wrr", vserver(func(v *config.VirtualServer) any { return v.Scheduler }), "rr", "wrr"},
		{v, "lvs_sched", "mh\n mh-port\n mh-fallback",
			vserver(func(v *config.VirtualServer) any { return fmt.Sprintf("%s %#x", v.Scheduler, v.SchedulerFlags) }),
			"rr 0x0", "mh 0x18"},
		{v, "lvs_sched", "sh\n sh-port", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprintf("%s %#x",
				v.Scheduler, v.SchedulerFlags)
		}), "rr 0x0", "sh 0x10"},
		{v, "flag-1\n flag-3", "", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprintf("%#x",
				v.SchedulerFlags)
		}), "0x0", "0x28"},
		{v, "lb_kind", "TUN", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprint(v.Method,
				v.RealServers[0].Method)
		}), "NAT NAT", "TUN TUN"},
		{v, "lvs_method", "DR", vserver(func(v *config.VirtualServer) any { return v.Method }), "NAT", "DR"},
		{v, "protocol", "sctp", vserver(func(v *config.VirtualServer) any { return v.Protocol }), "tcp", "sctp"},
		{v, "protocol", "UDP\n ops", vserver(func(v *config.VirtualServer) any { return v.OnePacket }), "false", "true"},
		{v, "shared_clients", "", vserver(func(v *config.VirtualServer) any { return v.SharedClients }), "false", "true"},
		{v, "persistence_timeout", "", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprint(v.Persistent,
				v.PersistenceTimeout)
		}), "false 0s", "true 6m0s"},
		{v, "persistence_timeout", "50", vserver(func(v *config.VirtualServer) any { return v.PersistenceTimeout }), "0s",
			"50s"},
		{v, "persistence_granularity", "255.255.255.0", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprint(v.PersistenceGranularity, v.Persistent, v.PersistenceTimeout)
		}), "32 false 0s", "24 true 6m0s"},
		{v, "persistence_granularity", "16", vserver(func(v *config.VirtualServer) any { return v.PersistenceGranularity }),
			"32", "16"},
		{v, "persistence_engine", "sip", vserver(func(v *config.VirtualServer) any { return v.PersistenceEngine }), "",
			"sip"},
		{v, "ha_suspend", "", vserver(func(v *config.VirtualServer) any { return v.HASuspend }), "false", "true"},
		{v, "alpha", "", vserver(func(v *config.VirtualServer) any { return fmt.Sprint(v.Alpha, v.RealServers[0].Alpha) }),
			"false false", "true true"},
		{v, "omega", "", vserver(func(v *config.VirtualServer) any { return v.Omega }), "false", "true"},
		{v, "weight", "9\n quorum 9\n hysteresis 8",
			vserver(func(v *config.VirtualServer) any { return fmt.Sprint(v.RealServers[0].Weight, v.Quorum, v.Hysteresis) }),
			"1 1 0", "9 9 8"},
		{v, "quorum_up", "/bin/x root", vserver(func(v *config.VirtualServer) any {
			return fmt.Sprint(v.QuorumUp.Argv,
				v.QuorumUp.User)
		}), "[]", "[/bin/x]root"},
		{v, "quorum_down", "'/bin/x' root",
			vserver(func(v *config.VirtualServer) any { return fmt.Sprint(v.QuorumDown.Argv) }), "[]", "[/bin/x]"},
		{r, "notify_up", "/bin/x", rserver(func(r *config.RealServer) any { return fmt.Sprint(r.Scripts().Up.Argv) }), "[]",
			"[/bin/x]"},
		{r, "notify_down", "/bin/x", rserver(func(r *config.RealServer) any { return fmt.Sprint(r.Scripts().Down.Argv) }),
			"[]", "[/bin/x]"},
		{v, "sorry_server", "10.0.0.8 8080\n sorry_server_inhibit\n sorry_server_lvs_method NAT",
			vserver(func(v *config.VirtualServer) any {
				if v.Sorry == nil {
					return "none"
				}
				return fmt.Sprint(v.Sorry.Addr, v.Sorry.Port, v.SorryInhibit, v.Sorry.InhibitOnFailure)
			}), "none", "10.0.0.8 8080 true true"},
		{v, "smtp_alert", "", vserver(func(v *config.VirtualServer) any { return v.SMTPAlert }), "false", "true"},
		{v, "inhibit_on_failure", "", rserver(func(r *config.RealServer) any { return r.InhibitOnFailure }), "false", "true"},
		{r, "weight", "3", rserver(func(r *config.RealServer) any { return r.Weight }), "1", "3"},
		{r, "lvs_method", "TUN", rserver(func(r *config.RealServer) any { return r.Method }), "NAT", "TUN"},
		{r, "uthreshold", "7", rserver(func(r *config.RealServer) any { return r.UpperThreshold }), "0", "7"},
		{r, "lthreshold", "7", rserver(func(r *config.RealServer) any { return r.LowerThreshold }), "0", "7"},
		{r, "inhibit_on_failure", "on", rserver(func(r *config.RealServer) any { return r.InhibitOnFailure }), "false",
			"true"},
		{r, "alpha", "on", rserver(func(r *config.RealServer) any { return r.Alpha }), "false", "true"},
		{v, "slow_start", "30\n lb_algo wrr\n weight 10",
			rserver(func(r *config.RealServer) any { return fmt.Sprint(r.Weight, r.SlowStart) }), "1 0s", "10 30s"},
		{v, "announce", "", vserver(announced), "", "dev lo []"},
		{v, "announce", "dev dummy0\n announce_hold 2.5", vserver(announced), "", "dev dummy0 [] 2.5s"},
		{v, "announce", "table 100\n announce_prefix 192.0.2.0/24 2001:db8::1", vserver(announced), "",
			"table 100 [192.0.2.0/24 2001:db8::1/128]"},
		{v, "announce_prefix", "192.0.2.0/24\n announce", vserver(announced), "", "dev lo [192.0.2.0/24]"},
		{v, "announce_hold", "0\n announce", vserver(announced), "", "dev lo [] 0s"},
		{r, "slow_start", "2.5\n weight 10\n }\n lb_algo wrr\n real_server 10.0.0.99 80 {",
			rserver(func(r *config.RealServer) any { return fmt.Sprint(r.Weight, r.SlowStart) }), "1 0s", "10 2.5s"},
		{r, "backup", "\n }\n real_server 10.0.0.99 80 {",
			rserver(func(r *config.RealServer) any { return r.Backup }), "false", "true"},
		{r, "smtp_alert", "no", rserver(func(r *config.RealServer) any { return r.SMTPAlert }), "true", "false"},
	}
}

func checkerValues() []value {
	var out []value
	for kind, delay := range map[string]string{"TCP_CHECK": "1s", "HTTP_GET": "3s", "SSL_GET": "3s", "MISC_CHECK": "1s"} {
		retry := map[string]string{"MISC_CHECK": "0"}[kind]
		if retry == "" {
			retry = "1"
		}
		out = append(out, timingValues(kind, retry, delay)...)
		if kind != "MISC_CHECK" {
			out = append(out, targetValues(kind)...)
		}
	}
	for _, kind := range []string{"HTTP_GET", "SSL_GET"} {
		out = append(out,
			value{kind, "virtualhost", "h", checker(func(c *config.Checker) any { return c.HTTP.Host }), "", "h"},
			value{kind, "basic_auth_file", "/a", checker(func(c *config.Checker) any { return c.HTTP.AuthFile }), "", "/a"},
			value{kind, "headers_file", "/h", checker(func(c *config.Checker) any { return c.HTTP.HeadersFile }), "", "/h"},
			value{kind, "http_protocol", "1.0c", checker(func(c *config.Checker) any { return c.HTTP.Protocol }), "1.0", "1.0C"},
			value{kind, "enable_sni", "", checker(func(c *config.Checker) any { return c.HTTP.EnableSNI }), "false", "true"},
			value{kind, "sni_name", "n", checker(func(c *config.Checker) any {
				return fmt.Sprint(c.HTTP.EnableSNI,
					c.HTTP.SNIName)
			}), "false", "truen"},
			value{kind, "fast_recovery", "", checker(func(c *config.Checker) any { return c.HTTP.FastRecovery }), "false",
				"true"},
			value{kind, "url", "{\n path /y\n}", checker(func(c *config.Checker) any { return len(c.HTTP.URLs) }), "1", "2"},
		)
	}
	u := "url"
	return append(out,
		value{"MISC_CHECK", "misc_timeout", "9", checker(func(c *config.Checker) any { return c.Misc.Timeout }), "1m0s",
			"9s"},
		value{"MISC_CHECK", "misc_dynamic", "", checker(func(c *config.Checker) any { return c.Misc.Dynamic }), "false",
			"true"},
		value{"MISC_CHECK", "user", "nobody", checker(func(c *config.Checker) any { return c.Misc.User }), "", "nobody"},
		value{u, "digest", "640205b7b0fc66c1ea91c463fac6334d", url(func(u *config.URL) any {
			return fmt.Sprintf("%v %x",
				u.HasDigest, u.Digest[:2])
		}), "false 0000", "true 6402"},
		value{u, "status_code", "200 300-399", url(func(u *config.URL) any { return u.Status }), "200-299", "200 300-399"},
		value{u, "virtualhost", "h", url(func(u *config.URL) any { return u.Host }), "", "h"},
		value{u, "regex", "\"a b\"\n regex_no_match\n regex_options caseless\n regex_min_offset 1\n regex_max_offset 2",
			url(func(u *config.URL) any {
				return fmt.Sprint(u.Regex, u.RegexNoMatch, u.RegexOptions, u.RegexMin, u.RegexMax)
			}), "false [] 0 0", "a btrue [caseless] 1 2"},
	)
}

// timingValues are the keywords of a kind of checkers that are made again and again.
func timingValues(kind, retry, delay string) []value {
	if delay == "" {
		delay = "1s"
	}
	return []value{
		{kind, "retry", "5", checker(func(c *config.Checker) any { return c.Retry }), retry, "5"},
		{kind, "delay_before_retry", "0.5", checker(func(c *config.Checker) any { return c.DelayBeforeRetry }), delay,
			"500ms"},
		{kind, "delay_loop", "2", checker(func(c *config.Checker) any { return fmt.Sprint(c.DelayLoop, c.Warmup) }),
			"1m0s 1m0s", "2s 2s"},
		{kind, "warmup", "0", checker(func(c *config.Checker) any { return c.Warmup }), "1m0s", "0s"},
		{kind, "alpha", "", checker(func(c *config.Checker) any { return c.Alpha }), "false", "true"},
		{kind, "log_all_failures", "", checker(func(c *config.Checker) any { return c.LogAllFailures }), "false", "true"},
	}
}

// targetValues are the keywords of a kind of checkers that open a socket.
func targetValues(kind string) []value {
	return []value{
		{kind, "connect_ip", "10.0.0.77", checker(func(c *config.Checker) any { return c.Connect }), "10.0.0.2:80",
			"10.0.0.77:80"},
		{kind, "connect_port", "8080", checker(func(c *config.Checker) any { return c.Connect }), "10.0.0.2:80",
			"10.0.0.2:8080"},
		{kind, "bindto", "10.0.0.77", checker(func(c *config.Checker) any { return c.BindAddr }), "invalid IP", "10.0.0.77"},
		{kind, "bind_port", "77", checker(func(c *config.Checker) any { return c.BindPort }), "0", "77"},
		{kind, "bind_if", "eth0", checker(func(c *config.Checker) any { return c.BindIf }), "", "eth0"},
		{kind, "connect_timeout", "1.5", checker(func(c *config.Checker) any { return c.ConnectTimeout }), "5s", "1.5s"},
		{kind, "fwmark", "4294967295", checker(func(c *config.Checker) any { return c.FWMark }), "0", "4294967295"},
	}
}

// Every keyword that works has its default and takes its value.
func TestValues(t *testing.T) {
	for _, v := range values() {
		t.Run(v.block+"/"+strings.Fields(v.keyword)[0]+"/"+v.want, func(t *testing.T) {
			cfg, _ := bind(t, wrap(v.block, ""))
			if got := fmt.Sprint(v.get(cfg)); got != v.def {
				t.Errorf("default %q, want %q", got, v.def)
			}
			cfg, diags := bind(t, wrap(v.block, v.keyword+" "+v.args))
			if got := fmt.Sprint(v.get(cfg)); got != v.want {
				t.Errorf("with it %q, want %q (%v)", got, v.want, diags)
			}
			for _, d := range diags {
				if strings.Contains(d.Text, strings.Fields(v.keyword)[0]+" ") && d.Class != 0 && d.ID != "not-supported-yet" {
					t.Errorf("finding %s", d)
				}
			}
		})
	}
}

// Semantics 9.2: checker > real server > virtual server > built in.
func TestSemantics9_2_Inheritance(t *testing.T) {
	const vs = "delay_loop 10\n connect_timeout 2\n retry 7\n delay_before_retry 8\n warmup 9\n virtualhost h"
	const rs = "delay_loop 20\n connect_timeout 3\n retry 17\n delay_before_retry 18\n warmup 19\n virtualhost r"
	const own = "delay_loop 30\n connect_timeout 4\n retry 0\n delay_before_retry 0\n warmup 0\n virtualhost c"
	check := func(more string) string { return "HTTP_GET {\n url {\n path /\n }\n" + more + "\n}" }
	for _, tt := range []struct{ vs, rs, own, want string }{
		{"", "", "", "1m0s 5s 1 3s 1m0s "},
		{vs, "", "", "10s 2s 7 8s 9s h"},
		{vs, rs, "", "20s 3s 17 18s 19s r"},
		{vs, rs, own, "30s 4s 0 0s 0s c"},
	} {
		c := clean(t, service(tt.vs, tt.rs+"\n"+check(tt.own))).VirtualServers[0].RealServers[0].Checkers[0]
		if got := fmt.Sprint(c.DelayLoop, c.ConnectTimeout, c.Retry, c.DelayBeforeRetry, c.Warmup, " ",
			c.HTTP.Host); strings.Join(strings.Fields(got), " ") != strings.TrimSpace(tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	// The time limit of MISC_CHECK follows the virtual server only.
	c := clean(t, secure+service("delay_loop 10",
		"delay_loop 20\n MISC_CHECK {\n misc_path /bin/true\n delay_loop 30\n}")).VirtualServers[0].RealServers[0].Checkers[0]
	if c.Misc.Timeout.Seconds() != 10 || c.DelayLoop.Seconds() != 30 {
		t.Errorf("%+v", c)
	}
}

// announced is what a virtual server shows, with how long it is held back where that is not as without a word.
func announced(v *config.VirtualServer) any {
	a, text := v.Announce, ""
	switch {
	case a == nil:
	case a.Dev != "":
		text = fmt.Sprint("dev ", a.Dev, " ", a.Prefixes)
	case a.Table.Set:
		text = fmt.Sprint("table ", a.Table, " ", a.Prefixes)
	}
	if text != "" && a.Hold != 5*time.Second {
		text += " " + a.Hold.String()
	}
	return text
}
