package language

import (
	"time"

	"holdfast/config"
)

type durationValue = time.Duration

// globalMailRows say who this director is and whom it writes to.
func globalMailRows() []Keyword {
	return []Keyword{
		// The host gives this default, which is filled in before anything is read.
		row("router_id",
			text("STRING", func(g *globalDraft) *string { return &g.RouterID }),
			"host name", "name of this director in mail", soft),
		row("notification_email", recipients(), "none", "who gets mail; several addresses per line are fine"),
		row("notification_email_from",
			text("ADDRESS", func(g *globalDraft) *string { return &g.Mail.From }),
			"root@host name", "sender of mail", soft),
		// Nobody is asked for the name while a daemon reads it (setSMTPServer).
		row("smtp_server",
			custom("HOST|IP [PORT 1..65535]", 1, setSMTPServer),
			"none, port 25", "relay that takes the mail; without it none is sent", shows(showSMTPServer)),
		row("smtp_helo_name",
			text("STRING", func(g *globalDraft) *string { return &g.Mail.Helo }),
			"host name", "what to say in HELO", lenient),
		row("smtp_connect_timeout", smtpTimeout(), "30", "limit for connecting and for each reply of the relay"),
		// Each of the three may be absent: a group or service that says nothing takes the
		// narrower one, then this.
		row("smtp_alert",
			tristate(func(g *globalDraft) **bool { return &g.Defaults.SMTPAlert }),
			"not set", "default of every smtp_alert"),
		row("smtp_alert_vrrp",
			tristate(func(g *globalDraft) **bool { return &g.Defaults.SMTPAlertVRRP }),
			"not set", "default of smtp_alert in vrrp_instance and vrrp_sync_group"),
		row("smtp_alert_checker",
			tristate(func(g *globalDraft) **bool { return &g.Defaults.SMTPAlertChecker }),
			"not set", "default of smtp_alert in virtual_server and real_server"),
		// Two kinds of mail can be left out: FAULT, and what changes no server (cli 9.9).
		row("no_email_faults",
			switchOn(func(g *globalDraft) *bool { return &g.Mail.NoFaults }),
			"off", "no mail when a virtual router enters FAULT"),
		row("no_checker_emails",
			boolean(func(g *globalDraft) *bool { return &g.Mail.NoCheckerChanges }),
			"off", "mail only when the real server changes, not for every checker"),
		row("checker_log_all_failures",
			boolean(func(g *globalDraft) *bool { return &g.CheckerLogAllFailure }),
			"false", "default of log_all_failures", soft),
	}
}

// globalStartRows are programs around the life of the daemon.
func globalStartRows() []Keyword {
	return []Keyword{
		// Whatever becomes of it, the start goes on (cli 4.4).
		row("startup_script",
			globalScript(func(g *globalDraft) *config.Command { return &g.StartupScript }),
			"none", "run before the roles are started", soft),
		row("startup_script_timeout",
			wholeSeconds(func(g *globalDraft) *time.Duration { return &g.StartupScriptTimeout }, 1, 1000),
			"10", "limit for startup_script", soft),
		// Behind the roles and before the pid files go (cli 4.3).
		row("shutdown_script",
			globalScript(func(g *globalDraft) *config.Command { return &g.ShutdownScript }),
			"none", "run after the roles have stopped", soft),
		row("shutdown_script_timeout",
			wholeSeconds(func(g *globalDraft) *time.Duration { return &g.ShutdownScriptTimeout }, 1, 1000),
			"10", "limit for shutdown_script", soft),
	}
}

// globalHostRows say what is done with interfaces and with the IPVS table.
func globalHostRows() []Keyword {
	return []Keyword{
		// Without it an interface that is missing keeps the daemon from running (grammar 8.7).
		row("dynamic_interfaces",
			custom("[allow_if_changes]", 0, setDynamicInterfaces),
			"off", "interfaces may be missing at start and come later", shows(showDynamicInterfaces)),
		// The name is `vrrp.51` and the like (semantics 3.13).
		row("vmac_prefix",
			interfacePrefix(func(g *globalDraft) *string { return &g.VMACPrefix }),
			"vrrp", "how names of virtual MAC interfaces begin", firstCounts),
		row("vmac_addr_prefix",
			interfacePrefix(func(g *globalDraft) *string { return &g.VMACAddrPrefix }),
			"= vmac_prefix", "how names begin that are made for use_vmac on an address", firstCounts),
		row("default_interface",
			text("IF", func(g *globalDraft) *string { return &g.DefaultInterface }),
			"eth0", "interface of static addresses without dev", soft),
		// It also makes both checksums good when receiving (semantics 2.3).
		row("v3_checksum_as_v2",
			boolean(func(g *globalDraft) *bool { return &g.Defaults.V3ChecksumAsV2 }),
			"false", "leave the pseudo header out of VRRPv3 checksums over IPv4", since("2.2.8")),
		// Those found before are restored at stop (semantics 8.21).
		row("lvs_timeouts",
			custom("[tcp N] [tcpfin N] [udp N], seconds 0..2678400", 0, setLVSTimeouts),
			"kernel's values", "IPVS connection timeouts; 0 leaves one as it is", shows(showLVSTimeouts)),
		// Without it services of others stay (semantics 8.2).
		row("lvs_flush",
			switchOn(func(g *globalDraft) *bool { return &g.LVSFlush }),
			"off", "empty the IPVS table at start, entries of others too"),
		row("lvs_flush_on_stop",
			custom("[VS]", 0, setFlushOnStop),
			"entry by entry", "at stop empty the whole table, or with VS remove our services only",
			shows(showFlushOnStop)),
		// The old spelling is no reason for a finding.
		row("lvs_flush_onstop",
			custom("[VS]", 0, setFlushOnStop),
			"entry by entry", "old spelling of lvs_flush_on_stop", alias("lvs_flush_on_stop")),
		// The state of the instance says which side sends; without one both run (semantics 8.20).
		row("lvs_sync_daemon",
			custom("IF [inst NAME] [id 0..255] [maxlen 1..65507] [port 1..65535] [ttl 1..255] [group IP]", 1,
				setSyncDaemon),
			"none", "share new IPVS connections with the other director: tell as master of inst, else listen; without inst both",
			needs(1), soft, shows(showSyncDaemon)),
	}
}

// globalAnnounceRows say where advertisements go and how addresses are announced (semantics 3.7).
func globalAnnounceRows() []Keyword {
	return []Keyword{
		// Forms of their own, because an address of the other family or one that is no group is
		// refused.
		row("vrrp_mcast_group4",
			custom("IPv4 multicast address", 1, setGroup4),
			"224.0.0.18", "where advertisements of IPv4 go",
			shows(func(g *globalDraft) []writing { return addressIf(g.VRRPMcastGroup4) })),
		row("vrrp_mcast_group6",
			custom("IPv6 multicast address", 1, setGroup6),
			"ff02::12", "where advertisements of IPv6 go",
			shows(func(g *globalDraft) []writing { return addressIf(g.VRRPMcastGroup6) })),
		row("vrrp_garp_master_delay",
			wholeSeconds(func(g *globalDraft) *time.Duration { return &g.Defaults.GARP.Delay }, 0, maxGARPSecs),
			"5", "second burst of gratuitous ARP this long after becoming master; 0 = none"),
		row("vrrp_garp_master_repeat",
			atLeastOne(func(g *globalDraft) *int { return &g.Defaults.GARP.Repeat }),
			"5", "gratuitous ARPs per address in a burst"),
		// What is refused switches it off, also if a good value stood before.
		row("vrrp_garp_master_refresh",
			wholeSeconds(func(g *globalDraft) *time.Duration { return &g.Defaults.GARP.Refresh }, 0, maxUint32),
			"0", "repeat gratuitous ARP this often while master; 0 = never",
			resets(func(g *globalDraft) { g.Defaults.GARP.Refresh = 0 })),
		row("vrrp_garp_master_refresh_repeat",
			atLeastOne(func(g *globalDraft) *int { return &g.Defaults.GARP.RefreshRepeat }),
			"1", "gratuitous ARPs per address in a refresh"),
		// The two for lower priorities follow the burst of a new master unless they are given;
		// that is settled when all of global_defs has been read (completeGlobal).
		row("vrrp_garp_lower_prio_delay",
			wholeSeconds(func(g *globalDraft) *time.Duration { return &g.Defaults.GARP.LowerPrioDelay }, 0,
				maxGARPSecs),
			"= vrrp_garp_master_delay", "second burst after an advertisement of lower priority"),
		row("vrrp_garp_lower_prio_repeat",
			number(func(g *globalDraft) *int { return &g.Defaults.GARP.LowerPrioRepeat }, 0, maxInt32),
			"= vrrp_garp_master_repeat",
			"gratuitous ARPs per address after an advertisement of lower priority; 0 = none"),
		row("vrrp_down_timer_adverts",
			number(func(g *globalDraft) *int { return &g.Defaults.DownTimerAdverts }, 1, 100),
			"3", "advertisements missed before a backup takes over"),
		// A pause for each interface, whichever instances send there (semantics 3.9).
		row("vrrp_garp_interval",
			seconds(func(g *globalDraft) *time.Duration { return &g.Defaults.GARPInterval }, 1, maxTimerTicks),
			"0", "pause between two gratuitous ARPs on an interface"),
		row("vrrp_garp_extra_if",
			extraInterfaces(func(g *globalDraft) *config.GARPExtra { return &g.Defaults.GARPExtra }, 1),
			"off", "announce addresses this often on other interfaces", soft),
		row("vrrp_vmac_garp_intvl",
			extraInterfaces(func(g *globalDraft) *config.GARPExtra { return &g.Defaults.GARPExtra }, 1),
			"off", "old name of vrrp_garp_extra_if", alias("vrrp_garp_extra_if"), deprecated, soft),
		row("vrrp_gna_interval",
			seconds(func(g *globalDraft) *time.Duration { return &g.Defaults.GNAInterval }, 1, maxTimerTicks),
			"0", "pause between two unsolicited neighbour advertisements on an interface"),
		// It is never printed: the delay and the repetitions that it leads to are.
		row("vrrp_min_garp",
			boolean(func(g *globalDraft) *bool { return &g.minGARP }),
			"false", "one gratuitous ARP and no second burst, unless set otherwise",
			shows(func(*globalDraft) []writing { return nil })),
	}
}

// globalProtocolRows are defaults of how virtual routers take part in the protocol.
func globalProtocolRows() []Keyword {
	return []Keyword{
		// What the answer is otherwise: semantics 1.17.
		row("vrrp_lower_prio_no_advert",
			boolean(func(g *globalDraft) *bool { return &g.Defaults.LowerPrioNoAdvert }),
			"false", "a master does not answer an advertisement of lower priority"),
		row("vrrp_higher_prio_send_advert",
			boolean(func(g *globalDraft) *bool { return &g.Defaults.HigherPrioSendAdvert }),
			"false", "a master sends once more before it yields to a higher priority"),
		row("vrrp_owner_ignore_adverts",
			boolean(func(g *globalDraft) *bool { return &g.Defaults.OwnerIgnoreAdverts }),
			"false", "an address owner drops what it hears", since("2.3.3")),
		// IPv6 is version 3 whatever stands here (semantics 1.2).
		row("vrrp_version",
			number(func(g *globalDraft) *int { return &g.Defaults.Version }, 2, 3),
			"2", "protocol version of IPv4 virtual routers"),
		// Neither source nor TTL of unicast is looked at unless it is asked for (semantics 2.11).
		row("vrrp_check_unicast_src",
			switchOn(func(g *globalDraft) *bool { return &g.Defaults.CheckUnicastSrc }),
			"off", "take unicast advertisements from configured peers only"),
		// For this one and the next 2.2.7 does not read the word behind the keyword.
		row("vrrp_skip_check_adv_addr",
			lenientBoolean(func(g *globalDraft) *bool { return &g.Defaults.SkipCheckAdvAddr }),
			"false", "do not compare the address list of an advertisement from the known master"),
		row("vrrp_strict",
			lenientBoolean(func(g *globalDraft) *bool { return &g.Defaults.Strict }),
			"false", "hold virtual routers to the RFC: no authentication, addresses required"),
		row("disable_local_igmp",
			switchOn(func(g *globalDraft) *bool { return &g.DisableLocalIGMP }),
			"off", "tell no router or switch which groups in 224.0.0.0/24 this host has joined"),
	}
}

// globalPipeRows are about named pipes.
func globalPipeRows() []Keyword {
	return []Keyword{
		// It takes the lines of both roles; its script is run by the checker if there is one
		// (cli 9.7).
		row("notify_fifo",
			fifo(func(g *globalDraft) *config.FIFO { return &g.NotifyFIFO }),
			"none", "named pipe for every event", soft),
		row("notify_fifo_script",
			fifoScript(func(g *globalDraft) *config.FIFO { return &g.NotifyFIFO }),
			"none", "reader of notify_fifo; the path is appended to its arguments", soft),
		// Each pipe comes before its script, but either may stand first in a file.
		row("vrrp_notify_fifo",
			fifo(func(g *globalDraft) *config.FIFO { return &g.VRRPNotifyFIFO }),
			"none", "named pipe for events of virtual routers", soft),
		row("vrrp_notify_fifo_script",
			fifoScript(func(g *globalDraft) *config.FIFO { return &g.VRRPNotifyFIFO }),
			"none", "reader of vrrp_notify_fifo", soft),
		row("lvs_notify_fifo",
			fifo(func(g *globalDraft) *config.FIFO { return &g.LVSNotifyFIFO }),
			"none", "named pipe for events of virtual and real servers", soft),
		row("lvs_notify_fifo_script",
			fifoScript(func(g *globalDraft) *config.FIFO { return &g.LVSNotifyFIFO }),
			"none", "reader of lvs_notify_fifo", soft),
		row("vrrp_notify_priority_changes",
			boolean(func(g *globalDraft) *bool { return &g.NotifyPriorityChanges }),
			"false", "default of notify_priority_changes"),
		row("vrrp_notify_two_masters",
			boolean(func(g *globalDraft) *bool { return &g.NotifyTwoMasters }),
			"false", "write TWO_MASTERS, TWO_MASTERS_OVER and GAVE_WAY to the pipes", ours),
		// A reload leaves the pipes open, so readers miss nothing without it (cli 5.5).
		row("fifo_write_vrrp_states_on_reload",
			switchOn(func(g *globalDraft) *bool { return &g.Reloading.WriteStates }),
			"off", "write the states to the pipes again after a reload"),
	}
}

// globalScriptRows are about scripts and start-up.
func globalScriptRows() []Keyword {
	return []Keyword{
		// The user written with a script comes first, then this one (cli 8.3).
		row("script_user",
			custom("USER [[:]GROUP]", 1, setScriptUser),
			"keepalived_script if it exists, else the daemon's", "who scripts run as", soft,
			shows(func(g *globalDraft) []writing { return wordsIf(g.ScriptUser, g.ScriptGroup) })),
		// Without it `-t` gives 6 as soon as a script would be run (cli 8.6).
		row("enable_script_security",
			switchOn(func(g *globalDraft) *bool { return &g.EnableScriptSecurity }),
			"off", "refuse to run scripts as root that others could change"),
		row("rs_init_notifies",
			boolean(func(g *globalDraft) *bool { return &g.RSInitNotifies }),
			"false", "notify_up and pipe lines for real servers present at start"),
		// From a millisecond on, in decimal seconds (semantics 1.28).
		row("vrrp_startup_delay",
			seconds(func(g *globalDraft) *time.Duration { return &g.VRRPStartupDelay }, 1000, maxTimerTicks),
			"0", "virtual routers wait this long after start"),
		// They are ignored either way (semantics 2.9).
		row("log_unknown_vrids",
			switchOn(func(g *globalDraft) *bool { return &g.LogUnknownVRIDs }),
			"off", "name senders of advertisements of virtual routers that are not configured"),
		// Without it links are followed when the script is loaded (cli 8.4).
		row("use_symlink_paths",
			boolean(func(g *globalDraft) *bool { return &g.SymlinkPaths }),
			"false", "run scripts under the path as written, symbolic links kept", since("2.3.0")),
		// For all scripts what `:GROUP` asks for one (grammar 5.6).
		row("set_supplementary_groups",
			boolean(func(g *globalDraft) *bool { return &g.SupplementaryGroups }),
			"false", "scripts get the supplementary groups of their user", since("2.4.4")),
	}
}

// globalProcessRows are about how the processes run.
func globalProcessRows() []Keyword {
	return []Keyword{
		row("vrrp_priority",
			number(func(g *globalDraft) *int { return &g.VRRPPriority }, -20, 19),
			"0", "nice value of the vrrp role", soft),
		row("vrrp_no_swap",
			switchOn(func(g *globalDraft) *bool { return &g.VRRPNoSwap }),
			"off", "lock the vrrp role into memory"),
		row("vrrp_rt_priority",
			realtime(func(g *globalDraft) *int { return &g.VRRPRTPriority }),
			"off", "SCHED_RR priority of the vrrp role", soft),
		row("checker_priority",
			number(func(g *globalDraft) *int { return &g.CheckerPriority }, -20, 19),
			"0", "nice value of the checker role", soft),
		row("checker_no_swap",
			switchOn(func(g *globalDraft) *bool { return &g.CheckerNoSwap }),
			"off", "lock the checker role into memory"),
		row("checker_rt_priority",
			realtime(func(g *globalDraft) *int { return &g.CheckerRTPriority }),
			"off", "SCHED_RR priority of the checker role", soft),
		row("vrrp_cpu_affinity",
			cpus(func(g *globalDraft) *[]uint { return &g.Scheduling.VRRPCPUs }),
			"all", "processors of the vrrp role", needs(1), soft),
		// Microseconds.
		row("vrrp_rlimit_rttime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.VRRPRTTime }),
			"none (keepalived: 10000)", "microseconds of processor time the vrrp role may take without a pause", needs(1)),
		row("vrrp_rlimit_rtime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.VRRPRTTime }),
			"none", "misspelling of vrrp_rlimit_rttime", alias("vrrp_rlimit_rttime"), needs(1)),
		row("checker_cpu_affinity",
			cpus(func(g *globalDraft) *[]uint { return &g.Scheduling.CheckerCPUs }),
			"all", "processors of the checker role", needs(1), soft),
		row("checker_rlimit_rttime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.CheckerRTTime }),
			"none (keepalived: 10000)", "microseconds of processor time the checker role may take without a pause", needs(1)),
		row("checker_rlimit_rtime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.CheckerRTTime }),
			"none", "misspelling of checker_rlimit_rttime", alias("checker_rlimit_rttime"), needs(1)),
		row("bfd_priority",
			number(func(g *globalDraft) *int { return &g.Scheduling.BFDPriority }, -20, 19),
			"0", "nice value of the bfd role", needs(1), soft),
		row("bfd_no_swap",
			switchOn(func(g *globalDraft) *bool { return &g.Scheduling.BFDNoSwap }),
			"off", "lock the bfd role into memory"),
		row("bfd_rt_priority",
			realtime(func(g *globalDraft) *int { return &g.Scheduling.BFDRTPriority }),
			"off", "SCHED_RR priority of the bfd role", needs(1), soft),
		row("bfd_cpu_affinity",
			cpus(func(g *globalDraft) *[]uint { return &g.Scheduling.BFDCPUs }),
			"all", "processors of the bfd role", needs(1), soft),
		row("bfd_rlimit_rttime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.BFDRTTime }),
			"none (keepalived: 10000)", "microseconds of processor time the bfd role may take without a pause", needs(1)),
		row("bfd_rlimit_rtime",
			rttime(func(g *globalDraft) *uint32 { return &g.Scheduling.BFDRTTime }),
			"none", "misspelling of bfd_rlimit_rttime", alias("bfd_rlimit_rttime"), needs(1)),
	}
}

// globalNameRows say what processes are called and how they begin.
func globalNameRows() []Keyword {
	return []Keyword{
		// Lateness is told in microseconds below; the priority is one of SCHED_RR.
		row("max_auto_priority",
			custom("[-1..99]", 0, setAutoPriority),
			"0", "raise the scheduling priority by itself when timers run late, up to this", shows(showAutoPriority)),
		row("min_auto_priority_delay",
			custom("MICROSECONDS 1..10000000", 1, setAutoPriorityDelay),
			"1000000", "lateness that makes max_auto_priority act", needs(1), soft, shows(showAutoPriorityDelay)),
		// A name of its own for a process comes before the one that this gives to all.
		row("process_names",
			switchOn(func(g *globalDraft) *bool { return &g.Names.ByRole }),
			"off", "name each process after its role"),
		row("process_name",
			processName(func(g *globalDraft) *string { return &g.Names.Parent }),
			"keepalived", "name of the supervising process", needs(1)),
		row("vrrp_process_name",
			processName(func(g *globalDraft) *string { return &g.Names.VRRP }),
			"", "name of the vrrp process", needs(1)),
		row("checker_process_name",
			processName(func(g *globalDraft) *string { return &g.Names.Checker }),
			"", "name of the checker process", needs(1)),
		row("lvs_process_name",
			processName(func(g *globalDraft) *string { return &g.Names.Checker }),
			"", "old name of checker_process_name", alias("checker_process_name"), needs(1)),
		row("bfd_process_name",
			processName(func(g *globalDraft) *string { return &g.Names.BFD }),
			"", "name of the bfd process", needs(1)),
		// It is the mask for files the daemon makes, 0177 without it (semantics 12).
		row("umask",
			custom("OCTAL | NAME[|NAME..] such as IRUSR|IWUSR", 1, setUmask),
			"0177", "file mode mask; -u on the command line wins", shows(showUmask)),
		row("random_seed",
			custom("N 0..4294967295", 1, setRandomSeed),
			"time", "makes random delays repeatable, for tests", needs(1), shows(showRandomSeed)),
	}
}

// globalBufferRows size the buffers of sockets.
func globalBufferRows() []Keyword {
	return []Keyword{
		// Bytes. The kernel cuts a size at its limit (net.core.rmem_max) unless the keyword with
		// _force takes it beyond.
		row("vrrp_netlink_cmd_rcv_bufs",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.VRRPCommand.Bytes }, 0, maxUint32),
			"kernel's", "receive buffer of netlink commands of the vrrp role", needs(1), soft),
		row("vrrp_netlink_cmd_rcv_bufs_force",
			boolean(func(g *globalDraft) *bool { return &g.Buffers.VRRPCommand.Force }),
			"false", "go over the kernel's limit for vrrp_netlink_cmd_rcv_bufs"),
		row("vrrp_netlink_monitor_rcv_bufs",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.VRRPMonitor.Bytes }, 0, maxUint32),
			"kernel's", "receive buffer of netlink events of the vrrp role", needs(1), soft),
		row("vrrp_netlink_monitor_rcv_bufs_force",
			boolean(func(g *globalDraft) *bool { return &g.Buffers.VRRPMonitor.Force }),
			"false", "go over the kernel's limit for vrrp_netlink_monitor_rcv_bufs"),
		row("lvs_netlink_cmd_rcv_bufs",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.LVSCommand.Bytes }, 0, maxUint32),
			"kernel's", "receive buffer of netlink commands of the checker role", needs(1), soft),
		row("lvs_netlink_cmd_rcv_bufs_force",
			boolean(func(g *globalDraft) *bool { return &g.Buffers.LVSCommand.Force }),
			"false", "go over the kernel's limit for lvs_netlink_cmd_rcv_bufs"),
		row("lvs_netlink_monitor_rcv_bufs",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.LVSMonitor.Bytes }, 0, maxUint32),
			"kernel's", "no effect: the checker role follows no netlink events", needs(1), soft, accepted),
		row("lvs_netlink_monitor_rcv_bufs_force",
			boolean(func(g *globalDraft) *bool { return &g.Buffers.LVSMonitor.Force }),
			"false", "no effect: the checker role follows no netlink events", accepted),
		row("process_monitor_rcv_bufs",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.ProcessMonitor.Bytes }, 0, maxUint32),
			"kernel's", "receive buffer of process events", needs(1), soft),
		row("process_monitor_rcv_bufs_force",
			boolean(func(g *globalDraft) *bool { return &g.Buffers.ProcessMonitor.Force }),
			"false", "go over the kernel's limit for process_monitor_rcv_bufs"),
		// `kernel_rx_buf_size` of an instance comes before these two (semantics 2.17).
		row("vrrp_rx_bufs_policy",
			custom("MTU|ADVERT|BYTES", 1, setBufferPolicy),
			"kernel's", "what the receive buffers of advertisements are sized by", needs(1), soft,
			shows(showBufferPolicy)),
		row("vrrp_rx_bufs_multiplier",
			number(func(g *globalDraft) *uint32 { return &g.Buffers.AdvertMultiplier }, 1, maxUint32),
			"3", "how many times the MTU or advertisement they hold", needs(1), soft, exactly(1)),
	}
}

// globalFilterRows say what filters packets to addresses that are not accepted.
func globalFilterRows() []Keyword {
	return []Keyword{
		// Read so that a file of keepalived is understood: what filters here is nftables.
		row("vrrp_iptables",
			custom("[INCHAIN [OUTCHAIN]]", 0, useNFTables),
			"off", "filter packets to addresses with iptables"),
		row("vrrp_ipsets",
			custom("[SET ..]", 0, useNFTables),
			"", "names of the sets used with vrrp_iptables; bare keyword = none"),
		row("nftables",
			optionalWord("TABLE", config.DefaultNFTable, func(g *globalDraft) *string { return &g.NFTables.Table }),
			"off", "table of nftables used for no_accept", firstCounts),
		// There is a flag beside the number, because 0 is a priority like others.
		row("nftables_priority",
			priorityOf(func(g *globalDraft) *int { return &g.NFTables.Priority },
				func(g *globalDraft) *bool { return &g.NFTables.PrioritySet }),
			"-1", "priority of the chain in that table", needs(1)),
		row("nftables_ifindex",
			switchOn(func(g *globalDraft) *bool { return &g.NFTables.ByIndex }),
			"off", "match interfaces by number, not by name"),
		row("nftables_counters",
			switchOn(func(g *globalDraft) *bool { return &g.NFTables.Counters }),
			"off", "count the packets each rule matches"),
		row("nftables_ipvs",
			optionalWord("TABLE", config.DefaultIPVSTable, func(g *globalDraft) *string { return &g.NFTables.IPVSTable }),
			"off", "map the addresses of virtual_server_group to marks with nftables", firstCounts),
		row("nftables_ipvs_priority",
			priorityOf(func(g *globalDraft) *int { return &g.NFTables.IPVSPriority },
				func(g *globalDraft) *bool { return &g.NFTables.IPVSPrioSet }),
			"-1", "priority of the chain of nftables_ipvs", needs(1)),
		row("nftables_ipvs_start_fwmark",
			number(func(g *globalDraft) *uint32 { return &g.NFTables.IPVSMark }, 1, maxUint32),
			"1000", "first mark nftables_ipvs may take", needs(1)),
	}
}

// globalAgentRows say what is served to monitoring, by SNMP and D-Bus.
func globalAgentRows() []Keyword {
	return []Keyword{
		row("snmp_socket",
			text("tcp:|udp:|unix:ADDRESS", func(g *globalDraft) *string { return &g.SNMP.Socket }),
			"unix:/var/agentx/master", "where the SNMP master agent listens", needs(1), soft, exactly(1),
			firstCounts),
		row("enable_traps",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.Traps }),
			"off", "send SNMP traps"),
		row("enable_snmp_vrrp",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.VRRP }),
			"off", "serve the VRRP tables of KEEPALIVED-MIB"),
		row("enable_snmp_keepalived",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.VRRP }),
			"off", "old name of enable_snmp_vrrp", alias("enable_snmp_vrrp")),
		// One keyword for the two that follow.
		row("enable_snmp_rfc", custom("", 0, setSNMPRFC), "off", "serve the MIBs of both VRRP versions"),
		row("enable_snmp_rfcv2",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.RFCv2 }),
			"off", "serve the MIB of RFC 2787"),
		row("enable_snmp_rfcv3",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.RFCv3 }),
			"off", "serve the MIB of RFC 6527"),
		row("enable_snmp_checker",
			switchOn(func(g *globalDraft) *bool { return &g.SNMP.Checker }),
			"off", "serve the checker tables of KEEPALIVED-MIB"),
		row("snmp_vs_stats_update_interval",
			seconds(func(g *globalDraft) *time.Duration { return &g.SNMP.VSInterval }, 1000, 30_000_000),
			"5", "how long statistics of virtual servers are kept for SNMP", since("2.3.0"), needs(1), soft),
		row("snmp_rs_stats_update_interval",
			seconds(func(g *globalDraft) *time.Duration { return &g.SNMP.RSInterval }, 1000, 30_000_000),
			"= snmp_vs_stats_update_interval", "how long statistics of real servers are kept for SNMP", since("2.3.0"),
			needs(1), soft),
		row("enable_dbus",
			switchOn(func(g *globalDraft) *bool { return &g.DBus.Enabled }),
			"off", "show virtual routers on the D-Bus system bus"),
		row("dbus_service_name",
			text("NAME", func(g *globalDraft) *string { return &g.DBus.Service }),
			"org.keepalived.Vrrp1", "name on D-Bus", needs(1), soft),
		row("dbus_no_interface_name",
			text("STRING", func(g *globalDraft) *string { return &g.DBus.NoInterface }),
			"none", "element of the D-Bus path for a virtual router without interface", since("2.3.0"), needs(1), soft),
		// The later end of this and vrrp_startup_delay holds (semantics 1.28).
		row("vrrp_delay_after_boot",
			seconds(func(g *globalDraft) *time.Duration { return &g.DelayAfterBoot }, 1000, 4294_000_000),
			"0", "vrrp_startup_delay counted from the boot of the machine", since("2.4.0"), needs(1), soft),
	}
}

// globalFileRows are about reload and files the program writes.
func globalFileRows() []Keyword {
	return []Keyword{
		// A form without a setter: a reload that cannot run is refused always (cli 5.3).
		row("reload_check_config",
			Keyword{Args: "[LOGFILE]", Support: Accepted},
			"on", "try a new configuration before it is used (this is always done here)"),
		row("reload_time_file",
			timeFile(),
			"none", "file with the time of the next reload: [[YY]YY-MM-DD ]HH:MM:SS[Z]; removed when it has come",
			needs(1), soft, exactly(1)),
		row("reload_repeat",
			switchOn(func(g *globalDraft) *bool { return &g.Reloading.Repeat }),
			"off", "reload every day at that time, if the file names no date"),
		row("reload_file",
			custom("[PATH]", 0, setReloadFile),
			"none", "file that is there while a reload reads the configuration; bare keyword = keepalived.reload in /run",
			shows(showReloadFile)),
		// It has done its work when blocks are read: the preprocessor looks at it (grammar 7.1).
		row("include_check",
			Keyword{Args: "[TYPE] [+TYPE|-TYPE ..]; TYPE read|match|wildcard_match|brace_match", Support: Accepted},
			"none", "which failures of include are errors; bare keyword = all"),
		row("config_save_dir",
			text("DIR", func(g *globalDraft) *string { return &g.Files.SaveDir }),
			"none", "keep a copy of each configuration that is read there, as keepalived.conf.PID.N", needs(1)),
		row("tmp_config_directory",
			text("DIR", func(g *globalDraft) *string { return &g.Files.TmpDir }),
			"memory", "no effect: children are handed the configuration, and nothing is written for them", needs(1), soft,
			accepted, firstCounts),
		row("data_use_instance",
			boolean(func(g *globalDraft) *bool { return &g.Files.UseInstance }),
			"false", "put the instance name into the names of dump files"),
		// The layout of what SIGRTMIN+2 writes (cli 6).
		row("json_version",
			number(func(g *globalDraft) *int { return &g.Files.JSONVersion }, 1, 2),
			"1", "layout of the JSON dump: 1 = a list of virtual routers, 2 = an object, with tracked processes",
			since("2.2.8"), needs(1), soft),
		// Where names such as those of routing tables are looked up.
		row("iproute_usr_dir",
			text("PATH", func(g *globalDraft) *string { return &g.Files.IPRouteUsr }),
			"built in", "where iproute2 keeps its own tables of names", since("2.3.2"), needs(1), soft),
		row("iproute_etc_dir",
			text("PATH", func(g *globalDraft) *string { return &g.Files.IPRouteEtc }),
			"/etc/iproute2", "where the administrator's tables of names are", since("2.3.2"), needs(1), soft),
		row("state_dump_file",
			text("PATH", func(g *globalDraft) *string { return &g.Files.StateDump }),
			"keepalived*.data in TMPDIR", "where SIGUSR1 writes", since("2.3.3"), needs(1), soft),
		row("stats_dump_file",
			text("PATH", func(g *globalDraft) *string { return &g.Files.StatsDump }),
			"", "where SIGUSR2 writes", since("2.3.3"), needs(1), soft),
		row("json_dump_file",
			text("PATH", func(g *globalDraft) *string { return &g.Files.JSONDump }),
			"", "where the JSON dump is written", since("2.3.3"), needs(1), soft),
	}
}
