package language

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// settingValues are the keywords of global_defs and of the top level that concern
// the processes and the machinery around them.
func settingValues() []value {
	var out []value
	g := func(keyword, args string, f func(*config.Global) any, def, want string) {
		out = append(out, value{"global_defs", keyword, args, global(f), def, want})
	}
	top := func(keyword, args string, f func(*config.Global) any, def, want string) {
		out = append(out, value{"", keyword, args, global(f), def, want})
	}
	top("net_namespace", "red", func(g *config.Global) any { return g.Place.NetNamespace }, "", "red")
	top("net_namespace_ipvs", "", func(g *config.Global) any { return g.Place.IPVSNamespaceSet }, "false", "true")
	top("net_namespace_ipvs", "blue", func(g *config.Global) any { return g.Place.IPVSNamespace }, "", "blue")
	top("namespace_with_ipsets", "", func(g *config.Global) any { return g.Place.NamespaceIPsets }, "false", "true")
	top("use_pid_dir", "", func(g *config.Global) any { return g.Place.UsePIDDir }, "false", "true")
	top("instance", "one", func(g *config.Global) any { return g.Place.Instance }, "", "one")

	for _, role := range []string{"vrrp", "checker", "bfd"} {
		sched := func(f func(s *config.Scheduling) [3]any) func(*config.Global) any {
			i := map[string]int{"vrrp": 0, "checker": 1, "bfd": 2}[role]
			return func(g *config.Global) any { return f(&g.Scheduling)[i] }
		}
		g(role+"_cpu_affinity", "0 1", sched(func(s *config.Scheduling) [3]any {
			return [3]any{s.VRRPCPUs, s.CheckerCPUs,
				s.BFDCPUs}
		}), "[]", "[0 1]")
		time := func(s *config.Scheduling) [3]any { return [3]any{s.VRRPRTTime, s.CheckerRTTime, s.BFDRTTime} }
		g(role+"_rlimit_rttime", "4294967295", sched(time), "0", "4294967295")
		g(role+"_rlimit_rttime", "1", sched(time), "0", "2")
		g(role+"_rlimit_rtime", "7", sched(time), "0", "7")
		name := func(g *config.Global) any {
			return map[string]string{"vrrp": g.Names.VRRP, "checker": g.Names.Checker, "bfd": g.Names.BFD}[role]
		}
		g(role+"_process_name", "kd", name, "", "kd")
	}
	g("lvs_process_name", "kd", func(g *config.Global) any { return g.Names.Checker }, "", "kd")
	g("process_name", "kd", func(g *config.Global) any { return g.Names.Parent }, "", "kd")
	g("process_names", "", func(g *config.Global) any { return g.Names.ByRole }, "false", "true")
	g("bfd_priority", "-20", func(g *config.Global) any { return g.Scheduling.BFDPriority }, "0", "-20")
	g("bfd_no_swap", "", func(g *config.Global) any { return g.Scheduling.BFDNoSwap }, "false", "true")
	g("bfd_rt_priority", "99", func(g *config.Global) any { return g.Scheduling.BFDRTPriority }, "0", "99")
	g("max_auto_priority", "", func(g *config.Global) any { return g.Scheduling.AutoPriority }, "0", "99")
	g("max_auto_priority", "-1", func(g *config.Global) any { return g.Scheduling.AutoPriority }, "0", "-1")
	g("min_auto_priority_delay", "1500", func(g *config.Global) any { return g.Scheduling.AutoPriorityDelay }, "1s",
		"1.5ms")
	g("umask", "022", func(g *config.Global) any { return fmt.Sprintf("%v %03o", g.Files.UmaskSet, g.Files.Umask) },
		"false 000", "true 022")
	g("umask", "IRWXO|IWGRP IXUSR", func(g *config.Global) any { return fmt.Sprintf("%03o", g.Files.Umask) }, "000", "127")
	g("random_seed", "0", func(g *config.Global) any { return g.RandomSeedSet }, "false", "true")

	for name, f := range map[string]func(b *config.Buffers) *config.Buffer{
		"vrrp_netlink_cmd":     func(b *config.Buffers) *config.Buffer { return &b.VRRPCommand },
		"vrrp_netlink_monitor": func(b *config.Buffers) *config.Buffer { return &b.VRRPMonitor },
		"lvs_netlink_cmd":      func(b *config.Buffers) *config.Buffer { return &b.LVSCommand },
		"lvs_netlink_monitor":  func(b *config.Buffers) *config.Buffer { return &b.LVSMonitor },
		"process_monitor":      func(b *config.Buffers) *config.Buffer { return &b.ProcessMonitor },
	} {
		g(name+"_rcv_bufs", "65536", func(g *config.Global) any { return f(&g.Buffers).Bytes }, "0", "65536")
		g(name+"_rcv_bufs_force", "", func(g *config.Global) any { return f(&g.Buffers).Force }, "false", "true")
	}
	policy := func(g *config.Global) any { return fmt.Sprint(g.Buffers.Adverts, g.Buffers.AdvertBytes) }
	g("vrrp_rx_bufs_policy", "mtu", policy, "0 0", "1 0")
	g("vrrp_rx_bufs_policy", "ADVERT", policy, "0 0", "2 0")
	g("vrrp_rx_bufs_policy", "4096", policy, "0 0", "3 4096")
	g("vrrp_rx_bufs_multiplier", "9", func(g *config.Global) any { return g.Buffers.AdvertMultiplier }, "3", "9")
	return append(out, featureValues()...)
}

// featureValues are about parts of the program that are not built yet.
func featureValues() []value {
	var out []value
	g := func(keyword, args string, f func(*config.Global) any, def, want string) {
		out = append(out, value{"global_defs", keyword, args, global(f), def, want})
	}
	g("use_symlink_paths", "", func(g *config.Global) any { return g.SymlinkPaths }, "false", "true")
	g("set_supplementary_groups", "", func(g *config.Global) any { return g.SupplementaryGroups }, "false", "true")
	g("disable_local_igmp", "", func(g *config.Global) any { return g.DisableLocalIGMP }, "false", "true")
	sync := func(g *config.Global) any { d := g.SyncDaemon; d.Pos = syntax.Pos{}; return fmt.Sprint(d) }
	off := "{  0 false 0 0 0 invalid IP }"
	g("lvs_sync_daemon", "eth0", sync, off, "{eth0  0 false 0 0 0 invalid IP }")
	g("lvs_sync_daemon", "eth0 A", sync, off, "{eth0 A 0 false 0 0 0 invalid IP }")
	g("lvs_sync_daemon", "eth0 inst A id 255 maxlen 65507 port 65535 ttl 255 group 224.0.0.81", sync, off,
		"{eth0 A 255 true 65507 65535 255 224.0.0.81 }")
	g("nftables", "", func(g *config.Global) any { return g.NFTables.Table }, "", "keepalived")
	g("nftables", "t", func(g *config.Global) any { return g.NFTables.Table }, "", "t")
	g("nftables_priority", "-2147483648", func(g *config.Global) any {
		return fmt.Sprint(g.NFTables.PrioritySet,
			g.NFTables.Priority)
	}, "false 0", "true -2147483648")
	g("nftables_ifindex", "", func(g *config.Global) any { return g.NFTables.ByIndex }, "false", "true")
	g("nftables_counters", "", func(g *config.Global) any { return g.NFTables.Counters }, "false", "true")
	g("nftables_ipvs", "", func(g *config.Global) any { return g.NFTables.IPVSTable }, "", "keepalived_ipvs")
	g("nftables_ipvs_priority", "5", func(g *config.Global) any {
		return fmt.Sprint(g.NFTables.IPVSPrioSet,
			g.NFTables.IPVSPriority)
	}, "false 0", "true 5")
	g("nftables_ipvs_start_fwmark", "4294967295", func(g *config.Global) any { return g.NFTables.IPVSMark }, "1000",
		"4294967295")
	g("snmp_socket", "unix:/x", func(g *config.Global) any { return g.SNMP.Socket }, "", "unix:/x")
	g("enable_traps", "", func(g *config.Global) any { return g.SNMP.Traps }, "false", "true")
	snmp := func(g *config.Global) any { return fmt.Sprint(g.SNMP.VRRP, g.SNMP.RFCv2, g.SNMP.RFCv3, g.SNMP.Checker) }
	none := "false false false false"
	g("enable_snmp_vrrp", "", snmp, none, "true false false false")
	g("enable_snmp_keepalived", "", snmp, none, "true false false false")
	g("enable_snmp_rfc", "", snmp, none, "false true true false")
	g("enable_snmp_rfcv2", "", snmp, none, "false true false false")
	g("enable_snmp_rfcv3", "", snmp, none, "false false true false")
	g("enable_snmp_checker", "", snmp, none, "false false false true")
	g("snmp_vs_stats_update_interval", "30", func(g *config.Global) any { return g.SNMP.VSInterval }, "5s", "30s")
	g("snmp_rs_stats_update_interval", "0.001", func(g *config.Global) any { return g.SNMP.RSInterval }, "0s", "1ms")
	g("enable_dbus", "", func(g *config.Global) any { return g.DBus.Enabled }, "false", "true")
	g("dbus_service_name", "a.b", func(g *config.Global) any { return g.DBus.Service }, "", "a.b")
	g("dbus_no_interface_name", "x", func(g *config.Global) any { return g.DBus.NoInterface }, "", "x")
	g("vrrp_delay_after_boot", "4294", func(g *config.Global) any { return g.DelayAfterBoot }, "0s", "1h11m34s")
	g("dynamic_interfaces", "allow_if_changes", func(g *config.Global) any { return g.IfChanges }, "false", "true")
	g("reload_time_file", "/t", func(g *config.Global) any { return g.Reloading.TimeFile }, "", "/t")
	g("reload_repeat", "", func(g *config.Global) any { return g.Reloading.Repeat }, "false", "true")
	g("reload_file", "", func(g *config.Global) any { return fmt.Sprint(g.Reloading.Handshake, g.Reloading.File) },
		"false", "true")
	g("reload_file", "/f", func(g *config.Global) any { return fmt.Sprint(g.Reloading.Handshake, g.Reloading.File) },
		"false", "true/f")
	g("fifo_write_vrrp_states_on_reload", "", func(g *config.Global) any { return g.Reloading.WriteStates }, "false",
		"true")
	for name, f := range map[string]func(f *config.Files) string{
		"config_save_dir":      func(f *config.Files) string { return f.SaveDir },
		"tmp_config_directory": func(f *config.Files) string { return f.TmpDir },
		"iproute_usr_dir":      func(f *config.Files) string { return f.IPRouteUsr },
		"iproute_etc_dir":      func(f *config.Files) string { return f.IPRouteEtc },
		"state_dump_file":      func(f *config.Files) string { return f.StateDump },
		"stats_dump_file":      func(f *config.Files) string { return f.StatsDump },
		"json_dump_file":       func(f *config.Files) string { return f.JSONDump },
	} {
		g(name, "\"/a b\"", func(g *config.Global) any { return f(&g.Files) }, "", "/a b")
	}
	g("data_use_instance", "on", func(g *config.Global) any { return g.Files.UseInstance }, "false", "true")
	g("json_version", "2", func(g *config.Global) any { return g.Files.JSONVersion }, "1", "2")
	return out
}

// Values that are refused or corrected, and the exit status of a configuration test:
// that of keepalived 2.2.7.
func TestSettingsRefused(t *testing.T) {
	env := host()
	env.CPUs = 2
	for _, tt := range []struct {
		line string
		want int
	}{
		{"vrrp_cpu_affinity", 5}, {"vrrp_cpu_affinity 0 1", 0}, {"vrrp_cpu_affinity 2", 5}, {"vrrp_cpu_affinity x", 5},
		{"vrrp_cpu_affinity -1", 5},
		{"process_name", 2}, {"process_name abcdefghijklmnop", 5}, {"process_name abcdefghijklmno", 0},
		{"max_auto_priority 99", 0}, {"max_auto_priority 100", 5}, {"max_auto_priority -1", 0}, {"max_auto_priority -2", 5},
		{"max_auto_priority x", 5},
		{"min_auto_priority_delay 0", 5}, {"min_auto_priority_delay 10000001", 5}, {"min_auto_priority_delay", 5},
		{"umask", 2}, {"umask 0177", 0}, {"umask 1777", 5}, {"umask 0888", 5}, {"umask 99", 0}, {"umask 512", 5},
		{"umask 0x1ff", 0}, {"umask IRUSR | IWUSR", 0}, {"umask IRWXX", 5}, {"umask 7777777", 5},
		{"random_seed", 2}, {"random_seed x", 5}, {"random_seed 4294967296", 5},
		{"vrrp_netlink_cmd_rcv_bufs", 5}, {"vrrp_netlink_cmd_rcv_bufs 0", 0}, {"vrrp_netlink_cmd_rcv_bufs 4294967296", 5},
		{"vrrp_netlink_cmd_rcv_bufs_force maybe", 5},
		{"vrrp_rx_bufs_policy", 5}, {"vrrp_rx_bufs_policy 10x", 5}, {"vrrp_rx_bufs_multiplier 0", 5},
		{"lvs_sync_daemon", 5}, {"lvs_sync_daemon eth0 A 10", 5}, {"lvs_sync_daemon eth0 A x", 5},
		{"lvs_sync_daemon eth0 inst", 2}, {"lvs_sync_daemon eth0 id 256", 5},
		{"lvs_sync_daemon eth0 maxlen 0", 5}, {"lvs_sync_daemon eth0 port 0", 5}, {"lvs_sync_daemon eth0 ttl 256", 5},
		{"lvs_sync_daemon eth0 group 10.0.0.1", 5},
		{"nftables_priority", 2}, {"nftables_priority 2147483648", 5}, {"nftables_ipvs_start_fwmark 0", 5},
		{"snmp_socket", 5}, {"dbus_service_name", 5}, {"reload_time_file", 5}, {"config_save_dir", 2},
		{"tmp_config_directory", 5}, {"data_use_instance x", 5},
		{"vrrp_rlimit_rttime 0", 5}, {"vrrp_rlimit_rttime", 2}, {"vrrp_rlimit_rttime 4294967296", 5},
		{"bfd_rt_priority 0", 5}, {"bfd_rt_priority 100", 5}, {"bfd_priority 20", 5},
	} {
		text := "global_defs {\n" + tt.line + "\n}\n" + instance()
		_, diags := Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}),
			func() Env { e := env; e.Test = true; return e }())
		if got := ExitStatus(diags); got != tt.want {
			t.Errorf("%s: exit %d, want %d: %v", tt.line, got, tt.want, diags)
		}
		for _, d := range diags {
			if d.Class != syntax.ClassNone && d.Pos.Line != 2 {
				t.Errorf("%s: reported at %s", tt.line, d.Pos)
			}
		}
	}
}

// The file of reload_time_file is looked at where a configuration is checked, and never counts for a test.
func TestCLI5_4_TimeFileOfTheHost(t *testing.T) {
	text := "global_defs {\n reload_time_file /bad\n}\n" + instance()
	env := host()
	env.TimeFile = func(path string) string { return map[string]string{"/bad": "no time in /bad"}[path] }
	for _, tt := range []struct {
		test bool
		text string
		want string
	}{
		{true, text, "f:2:19: warning: no time in /bad; write a time to come into the file, or remove it"},
		{true, strings.Replace(text, "bad", "good", 1), ""},
		{false, text, ""},
	} {
		env.Test = tt.test
		c, said := Bind(syntax.Load(syntax.MapSource{"f": tt.text}, "f", syntax.Options{}), env)
		got := ""
		for _, d := range said {
			got += d.String()
		}
		if got != tt.want || ExitStatus(said) != 0 || c.Global.Reloading.TimeFile == "" {
			t.Errorf("%q, status %d, want %q", got, ExitStatus(said), tt.want)
		}
	}
}

// Everything that can be set comes back when it was printed.
func TestSettingsComeBack(t *testing.T) {
	for _, v := range values() {
		if v.block == "" || v.block == "global_defs" {
			c, _ := bind(t, wrap(v.block, v.keyword+" "+v.args))
			c.VirtualServers, c.Instances = nil, nil
			comesBack(t, c, host())
			if text := printed(t, c); !strings.Contains(text, "global_defs {\n") {
				t.Errorf("no global_defs in\n%s", text)
			}
		}
	}
}

// Words about iptables stand for nftables, as with 2.2.7, and say so.
func TestIPTablesMeansNFTables(t *testing.T) {
	for words, table := range map[string]string{
		"vrrp_iptables":                    "keepalived",
		"vrrp_iptables IN OUT":             "keepalived",
		"vrrp_ipsets a b c":                "keepalived",
		"vrrp_iptables\n nftables filter":  "filter",
		"nftables filter\n vrrp_iptables":  "filter",
		"vrrp_iptables\n vrrp_ipsets none": "keepalived",
	} {
		cfg, diags := bind(t, "global_defs {\n "+words+"\n}\n"+instance("no_accept"))
		if got := cfg.Global.NFTables.Table; got != table {
			t.Errorf("%q: table %q, want %q", words, got, table)
		}
		if len(diags) == 0 || diags[0].ID != "old-form" || ExitStatus(diags) != 5 {
			t.Errorf("%q: exit %d, findings %v", words, ExitStatus(diags), diags)
		}
	}
}
