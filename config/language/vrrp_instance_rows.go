package language

import (
	"strconv"
	"time"

	"holdfast/config"
)

// addressArgs is how an entry of an address list is written.
const addressArgs = "IP[/LEN] [dev IF] [scope SCOPE] [brd IP|+|-] [label NAME] [peer IP[/LEN]] " +
	"[preferred_lft N] [no_track] ..."

// instanceRows say which virtual router it is, when it sends and what its addresses are.
func instanceRows() []Keyword {
	return []Keyword{
		// A state that cannot be read is BACKUP, whatever stood above it: no typing error makes a
		// master.
		row("state",
			custom("MASTER|BACKUP", 1, setState),
			"BACKUP; MASTER with priority 255",
			"state to aim for; without priority 255 the election decides all the same", shows(showState),
			resets(func(d *instanceDraft) { d.StateGiven, d.WantMaster = true, false })),
		row("interface",
			custom("IF", 1, setInterface),
			"required", "interface of the advertisements; loopback is refused",
			shows(func(d *instanceDraft) []writing { return wordIf(d.Interface) })),
		// exact: `51x` is refused by a running daemon as well (grammar 8.1).
		row("virtual_router_id",
			exact(func(d *instanceDraft) *uint8 { return &d.VRID }, 1, 255),
			"required", "VRID, equal on all directors that share the addresses"),
		// Out of range it becomes 100 (grammar 8.6), and does not stay what it was.
		row("priority",
			exact(func(d *instanceDraft) *uint8 { return &d.Priority }, 1, 255),
			"100; 255 with state MASTER", "the highest wins; 255 = owner of the addresses",
			resets(func(d *instanceDraft) { d.Priority = defaultPriority })),
		row("advert_int",
			// The limits of both versions together, in microseconds; the version, and with it what
			// fits, is known at the end (completeInterval).
			seconds(func(d *instanceDraft) *time.Duration { return &d.AdvertInt }, 10_000, 255_000_000),
			"1", "time between advertisements: whole seconds in v2, 10 ms steps up to 40.95 in v3"),
		row("version", protocolVersion(), "vrrp_version; 3 for IPv6", "protocol version"),
		row("authentication",
			block("", openAuth, nil),
			"none", "authentication of RFC 2338, version 2 only", shows(showAuth)),
		// Each line is an entry (grammar 6.8), and a second block adds to the first (grammar 6.10).
		row("virtual_ipaddress",
			list(addressArgs, addVIP),
			"required in v3", "addresses that move: advertised, and set while master",
			shows(func(d *instanceDraft) []writing { return addressLines(d.VIPs) })),
		row("virtual_ipaddress_excluded",
			list(addressArgs, addExcludedVIP),
			"none", "addresses that move but are not advertised; any family",
			shows(func(d *instanceDraft) []writing { return addressLines(d.ExcludedVIPs) })),
		// It takes away the warning that version 2 has without an address (semantics 1.30), nothing
		// else.
		row("no_virtual_ipaddress",
			switchOn(func(d *instanceDraft) *bool { return &d.noVIPs }),
			"off", "an empty address list is meant", since("2.2.8")),
		row("nopreempt",
			switchOn(func(d *instanceDraft) *bool { return &d.NoPreempt }),
			"off", "leave a master of lower priority alone"),
		// Two words for one field: the last of them counts.
		row("preempt",
			switchOff(func(d *instanceDraft) *bool { return &d.NoPreempt }),
			"on", "take over from a master of lower priority"),
		// The limit is in microseconds: a thousand seconds.
		row("preempt_delay",
			seconds(func(d *instanceDraft) *time.Duration { return &d.PreemptDelay }, 0, 1000_000_000),
			"0", "wait this long before taking over from a master of lower priority"),
	}
}

// instancePeerRows say who is spoken to, and from where.
func instancePeerRows() []Keyword {
	return []Keyword{
		// Both words fill one field, and peers decide which of them is written back (sourceIf).
		row("unicast_src_ip",
			sourceAddress(),
			"first address of the interface", "source address of unicast advertisements",
			shows(func(d *instanceDraft) []writing { return sourceIf(d, d.unicast()) })),
		row("mcast_src_ip",
			sourceAddress(),
			"first address of the interface", "source address of multicast advertisements",
			shows(func(d *instanceDraft) []writing { return sourceIf(d, !d.unicast()) })),
		row("unicast_peer",
			list("IP [min_ttl 0..255] [max_ttl 0..255]", addPeer),
			"none", "directors to send to one by one; switches multicast off", shows(showPeers)),
		row("mcast_dst_ip",
			custom("multicast IP", 1, setGroupAddress),
			"vrrp_mcast_group4 or 6", "another group for the advertisements",
			shows(func(d *instanceDraft) []writing { return addressIf(d.MulticastGroup) })),
		// exact, as for the virtual router id (grammar 8.1).
		row("unicast_ttl",
			exact(func(d *instanceDraft) *uint8 { return &d.UnicastTTL }, 0, 255),
			"255", "TTL or hop limit of unicast advertisements"),
		row("check_unicast_src",
			switchOn(func(d *instanceDraft) *bool { return &d.CheckUnicastSrc }),
			"off", "take advertisements from the peers only"),
		row("unicast_fault_no_peer",
			switchOn(func(d *instanceDraft) *bool { return &d.FaultNoPeer }),
			"off", "an empty peer list means FAULT, not multicast"),
		// A BOOL, so that an instance can say no to what global_defs says.
		row("v3_checksum_as_v2",
			boolean(func(d *instanceDraft) *bool { return &d.V3ChecksumAsV2 }),
			"global_defs", "leave the pseudo header out of VRRPv3 checksums over IPv4", since("2.2.8")),
		row("track_src_ip",
			switchOn(func(d *instanceDraft) *bool { return &d.TrackSourceIP }),
			"off", "FAULT while the source address is not there"),
		row("dont_track_primary",
			switchOn(func(d *instanceDraft) *bool { return &d.DontTrackPrimary }),
			"off", "do not look at the state of the own interface"),
	}
}

// instanceModeRows say what is tracked and how the virtual router takes part in the protocol.
func instanceModeRows() []Keyword {
	return []Keyword{
		row("track_interface",
			trackedByInstance(config.TrackedInterface),
			"none", "interfaces whose loss means FAULT or moves the priority"),
		row("track_script",
			trackedByInstance(config.TrackedScript),
			"none", "vrrp_scripts whose failure means FAULT or moves the priority"),
		row("promote_secondaries",
			switchOn(func(d *instanceDraft) *bool { return &d.PromoteSecondaries }),
			"off", "set promote_secondaries on the interface while running"),
		// accept and no_accept undo each other, and the last of them counts.
		row("accept", accept(), "on, off when strict", "take packets sent to the addresses"),
		row("no_accept", noAccept(), "off", "drop packets sent to the addresses unless owner"),
		row("skip_check_adv_addr",
			boolean(func(d *instanceDraft) *bool { return &d.SkipCheckAdvAddr }),
			"global_defs", "do not compare the address list of an advertisement from the known master"),
		row("strict_mode",
			boolean(func(d *instanceDraft) *bool { return &d.Strict }),
			"vrrp_strict", "hold this one to the RFC"),
		// Read for its mistakes: nothing asks for the number.
		row("debug", number(func(d *instanceDraft) *int { return &d.debug }, 0, 4), "0", "no effect", accepted),
		row("lower_prio_no_advert",
			boolean(func(d *instanceDraft) *bool { return &d.LowerPrioNoAdvert }),
			"global_defs", "as master do not answer an advertisement of lower priority"),
		row("higher_prio_send_advert",
			boolean(func(d *instanceDraft) *bool { return &d.HigherPrioSendAdvert }),
			"global_defs", "as master send once more before yielding to a higher priority"),
		row("owner_ignore_adverts",
			boolean(func(d *instanceDraft) *bool { return &d.OwnerIgnoreAdverts }),
			"global_defs", "as address owner drop what is heard", since("2.3.3")),
		row("down_timer_adverts",
			number(func(d *instanceDraft) *int { return &d.DownTimerAdverts }, 1, 100),
			"vrrp_down_timer_adverts", "advertisements missed before a backup takes over"),
		row("timer_expired_backup",
			timerExpired(),
			"off; bare = 254", "with nopreempt a master that finds its timer late becomes backup", since("2.2.8")),
		row("thread_timer_expired",
			timerExpired(),
			"", "old name of timer_expired_backup", since("2.3.2"), alias("timer_expired_backup"), deprecated),
	}
}

// instanceGARPRows say how its addresses are announced (semantics 3.7).
func instanceGARPRows() []Keyword {
	return []Keyword{
		// In whole seconds, of which keepalived keeps microseconds in 32 bits.
		row("garp_master_delay",
			wholeSeconds(func(d *instanceDraft) *time.Duration { return &d.GARPDelay }, 0, maxGARPSecs),
			"vrrp_garp_master_delay", "second burst of gratuitous ARP this long after becoming master; 0 = none"),
		// A repeat of 0 becomes 1 (grammar 8.6). That after a lower priority may be 0, which is
		// none.
		row("garp_master_repeat",
			atLeastOne(func(d *instanceDraft) *int { return &d.GARPRepeat }),
			"vrrp_garp_master_repeat", "gratuitous ARPs per address in a burst"),
		// A refresh that is refused is none, whatever stood above it.
		row("garp_master_refresh",
			wholeSeconds(func(d *instanceDraft) *time.Duration { return &d.GARPRefresh }, 0, maxUint32),
			"vrrp_garp_master_refresh", "repeat gratuitous ARP this often while master; 0 = never",
			resets(func(d *instanceDraft) { d.GARPRefresh = 0 })),
		row("garp_master_refresh_repeat",
			atLeastOne(func(d *instanceDraft) *int { return &d.GARPRefreshRepeat }),
			"vrrp_garp_master_refresh_repeat", "gratuitous ARPs per address in a refresh"),
		row("garp_extra_if",
			extraInterfaces(func(d *instanceDraft) *config.GARPExtra { return &d.GARPExtra }, 0),
			"vrrp_garp_extra_if", "announce addresses this often on other interfaces; 0 = never", soft),
		row("vmac_garp_intvl",
			extraInterfaces(func(d *instanceDraft) *config.GARPExtra { return &d.GARPExtra }, 0),
			"", "old name of garp_extra_if", alias("garp_extra_if"), deprecated, soft),
		row("garp_lower_prio_delay",
			wholeSeconds(func(d *instanceDraft) *time.Duration { return &d.GARPLowerPrioDelay }, 0, maxGARPSecs),
			"vrrp_garp_lower_prio_delay", "second burst after an advertisement of lower priority"),
		row("garp_lower_prio_repeat",
			number(func(d *instanceDraft) *int { return &d.GARPLowerPrioRepeat }, 0, maxInt32),
			"vrrp_garp_lower_prio_repeat",
			"gratuitous ARPs per address after an advertisement of lower priority; 0 = none"),
	}
}

// instanceNotifyRows say what is run and told when its state changes.
func instanceNotifyRows() []Keyword {
	// The scripts are one struct, which sync groups have as well (groupRows).
	n := func(p func(*config.Notify) *config.Command) Keyword {
		return script(func(d *instanceDraft) *config.Command { return p(&d.Notify) })
	}
	return []Keyword{
		row("notify_master",
			n(func(n *config.Notify) *config.Command { return &n.Master }),
			"none", "run when it becomes master; the first definition counts"),
		row("notify_backup",
			n(func(n *config.Notify) *config.Command { return &n.Backup }),
			"none", "run when it becomes backup"),
		row("notify_fault",
			n(func(n *config.Notify) *config.Command { return &n.Fault }),
			"none", "run when it enters FAULT"),
		row("notify_stop",
			n(func(n *config.Notify) *config.Command { return &n.Stop }),
			"none", "run when the program stops"),
		// The word alone is a setting, so it is no ordinary script (setNotifyDeleted).
		row("notify_deleted",
			custom("["+commandArgs+"]", 0, setNotifyDeleted),
			"FAULT is told", "tell DELETED, not FAULT, when a reload removes it; with a command, run that",
			func(k *Keyword) { k.Script = true }, shows(showNotifyDeleted), firstCounts),
		row("notify",
			n(func(n *config.Notify) *config.Command { return &n.Any }),
			"none", "run at every change with INSTANCE, name, state and priority appended"),
		row("notify_master_rx_lower_pri",
			n(func(n *config.Notify) *config.Command { return &n.MasterRxLowerPri }),
			"none", "run when a master hears a lower priority"),
		row("notify_priority_changes",
			boolean(func(d *instanceDraft) *bool { return &d.Notify.PriorityChanges }),
			"vrrp_notify_priority_changes", "write changes of the priority to the pipes"),
		row("smtp_alert",
			tristate(func(d *instanceDraft) **bool { return &d.smtpAlert }),
			"global_defs, else false", "send mail at changes"),
	}
}

// authRows are the keywords of authentication, whose draft is the instance itself (openAuth).
func authRows() []Keyword {
	return []Keyword{
		row("auth_type",
			custom("PASS|AH", 1, setAuthType),
			"none", "PASS sends the password in clear, AH signs with it (IPv4 only)", shows(showAuthType)),
		// secret: a filler is written in its place where secrets are not shown.
		row("auth_pass",
			custom("STRING, 8 bytes count", 1, setAuthPass),
			"none", "the password, equal on all directors", secret(redacted),
			shows(func(d *instanceDraft) []writing { return wordIf(d.authPass) })),
	}
}

// instanceHostRows are what the virtual router has on the host beside addresses, and what it tracks there.
func instanceHostRows() []Keyword {
	return []Keyword{
		// Routes and rules track the interfaces that they name, without no_track (semantics 3.4).
		row("virtual_routes",
			routeList(func(d *instanceDraft) *[]config.Route { return &d.Routes }),
			"none", "routes set while master"),
		row("virtual_rules",
			ruleList(func(d *instanceDraft) *[]config.Rule { return &d.Rules }),
			"none", "policy rules set while master"),
		row("track_file",
			trackedByInstance(config.TrackedFile),
			"none", "track_files whose numbers move the priority or mean FAULT"),
		row("track_process",
			trackedByInstance(config.TrackedProcess),
			"none", "vrrp_track_processes whose loss means FAULT or moves the priority"),
		row("track_bfd",
			trackedByInstance(config.TrackedBFD),
			"none", "BFD sessions whose loss means FAULT or moves the priority"),
		row("linkbeat_use_polling",
			switchOn(func(d *instanceDraft) *bool { return &d.pollLink }),
			"", "use linkbeat_interfaces instead", alias("linkbeat_interfaces"), deprecated),
		row("lvs_sync_daemon_interface",
			custom("IF", 1, setSyncDaemonInterface),
			"", "use lvs_sync_daemon in global_defs instead", alias("lvs_sync_daemon in global_defs"), deprecated),
	}
}

// instanceWireRows say what its advertisements look like, and which socket they go through.
func instanceWireRows() []Keyword {
	return []Keyword{
		// Its draft is the instance as well: the default of time_window depends on advert_int.
		row("auth_hmac", block("", openHMAC, closeHMAC), "none", "sign advertisements with HMAC-SHA256", since("2.4.0"),
			shows(func(d *instanceDraft) []writing {
				if !d.HMAC.Use {
					return nil
				}
				return []writing{{inner: d}}
			})),
		// One of three: the old sum, never the old sum, or what a peer is found to send (semantics
		// 2.3).
		row("old_unicast_checksum", custom("[never]", 0, setOldChecksum), "found out",
			"checksum of unicast VRRPv3 as before 1.3.7",
			shows(func(d *instanceDraft) []writing {
				switch d.UnicastChecksum {
				case config.ChecksumOld:
					return written()
				case config.ChecksumNew:
					return written("never")
				}
				return nil
			})),
		// Written only where no address tells the family.
		row("native_ipv6",
			custom("", 0, setNativeIPv6),
			"", "the family is IPv6; the addresses tell that too", accepted,
			shows(func(d *instanceDraft) []writing { return when(d.IPv6 && len(d.VIPs) == 0) })),
		row("vrf",
			text("IF", func(d *instanceDraft) *string { return &d.VRF }),
			"none", "VRF device for unicast without interface, which 2.2.7 refuses: no effect", accepted),
		row("kernel_rx_buf_size", number(func(d *instanceDraft) *uint32 { return &d.RxBufSize }, 0, maxUint32),
			"vrrp_rx_bufs_policy", "receive buffer for its advertisements", soft, exactly(1),
			shows(func(d *instanceDraft) []writing {
				return onlyIf(d.RxBufSize != 0, strconv.FormatUint(uint64(d.RxBufSize), 10))
			})),
	}
}

// noAccept says that packets to the addresses are dropped; accept takes it back.
func noAccept() Keyword {
	k := custom("", 0, func(_ *stmt, d *instanceDraft) bool { d.accept, d.noAccept = false, true; return true })
	k.bind.show = showing(func(d *instanceDraft) []writing { return when(d.noAccept) })
	return k
}

// accept takes packets to the addresses, strict or not.
func accept() Keyword {
	k := custom("", 0, func(_ *stmt, d *instanceDraft) bool { d.accept, d.noAccept = true, false; return true })
	k.bind.show = showing(func(d *instanceDraft) []writing { return when(d.accept) })
	return k
}

// setOldChecksum takes the bare keyword or `never` (semantics 2.3).
func setOldChecksum(s *stmt, d *instanceDraft) bool {
	switch s.word(0) {
	case "":
		d.UnicastChecksum = config.ChecksumOld
	case "never":
		d.UnicastChecksum = config.ChecksumNew
	default:
		s.errorf(s.at(0), "unknown-value",
			"(%s) Unknown old_unicast_checksum mode %s - ignoring; write never or nothing", d.Name, s.word(0))
	}
	// Also behind a wrong word: that the keyword is there is what completeUnicast asks for.
	return true
}

// timerExpired takes a priority from which on a late timer makes a backup.
func timerExpired() Keyword {
	k := custom("[N 1..254]", 0, func(s *stmt, d *instanceDraft) bool {
		// The bare keyword means 254 (semantics 1.29).
		n, ok := int64(254), true
		if len(s.args) > 0 {
			n, ok = s.integer(0, 1, 254, false)
		}
		if ok {
			d.TimerExpiredBackup = uint8(n)
		}
		return ok
	})
	k.bind.show = showing(func(d *instanceDraft) []writing { return inRange(int64(d.TimerExpiredBackup), 1, 254) })
	return k
}

// setSyncDaemonInterface is the old place of lvs_sync_daemon.
func setSyncDaemonInterface(s *stmt, d *instanceDraft) bool {
	// lvs_sync_daemon in global_defs is bound before any instance, and counts before this; so does
	// the first instance that has this keyword.
	if g := &s.global().SyncDaemon; g.Interface == "" {
		// The number of the virtual router is the default of the new keyword only.
		*g = config.SyncDaemon{Interface: s.word(0), VRRP: d.Name, IDGiven: true, Pos: s.pos()}
	}
	return true
}

// trackedByInstance is trackedList for what an instance tracks.
func trackedByInstance(kind config.TrackKind) Keyword {
	return trackedList(kind, func(d *instanceDraft) *config.Tracks { return &d.Tracks })
}
