package language

import (
	"holdfast/config"
	"holdfast/config/syntax"
)

// preprocessorRows are the words that syntax.Load understands before blocks are
// looked at (grammar 7).
func preprocessorRows() []Keyword {
	word := func(name, args, help string) Keyword {
		return row(name, Keyword{Args: args}, "", help)
	}
	includes := "a file that cannot be read or a pattern without a match is"
	// None of them has a setter: nothing of these words is left when statements are bound.
	return []Keyword{
		word("include", "GLOB", "read the files that match, in place; "+includes+" only reported"),
		// One letter for each check (grammar 7.1).
		word("includer", "GLOB", "include; a file that cannot be read is an error"),
		word("includem", "GLOB", "include; a plain name that matches nothing is an error"),
		word("includew", "GLOB", "include; a wildcard that matches nothing is an error"),
		word("includeb", "GLOB", "include; a brace alternative that matches nothing is an error"),
		word("includea", "GLOB", "include with every check; "+includes+" an error"),
		// The whole word behind @ is compared with the config-id (grammar 7.2).
		row("@ID", Keyword{Args: "LINE"}, "", "keep the rest of the line only if the config-id is ID"),
		row("@^ID", Keyword{Args: "LINE"}, "", "keep the rest of the line only if the config-id is not ID"),
		row("@holdfast", Keyword{Args: "LINE"}, "", "keep the rest of the line, which keepalived drops; keywords "+
			"it does not know stand on such lines", ours),
		row("$NAME=",
			Keyword{Args: "VALUE"},
			"", "define a word that ${NAME} and $NAME stand for; a trailing \\ continues it"),
		// Both ends count, and the name keeps its last value (grammar 7.5).
		row("~SEQ(", Keyword{Args: "VAR,[START,[STEP,]]END)"}, "", "repeat the rest of the line for each number"),
		row("~SEQx(", Keyword{Args: "VAR,[START,[STEP,]]END)"}, "", "~SEQ with hexadecimal numbers"),
		row("~LST(",
			Keyword{Args: "VAR,VALUE,... | {VAR,..},{VALUE,..},..."},
			"", "repeat the rest of the line for each value"),
	}
}

// rootRows are the statements outside of blocks.
func rootRows() []Keyword {
	return []Keyword{
		row("linkbeat_use_polling",
			switchOn(func(b *binder) *bool { return &b.cfg.Linkbeat.All }),
			"off", "poll the link state of all virtual routers' interfaces instead of waiting for the kernel's word"),
		// That the namespace is there is looked at when all has been read (elsewhere).
		row("net_namespace", custom("NAME", 1, setNetNamespace), "the one it is started in",
			"run in a named network namespace; fixed until restart", soft,
			shows(func(b *binder) []writing { return wordIf(b.global().Place.NetNamespace) })),
		row("net_namespace_ipvs",
			custom("[NAME]", 0, setIPVSNamespace),
			"= net_namespace", "namespace of the IPVS table; bare keyword = the one it is started in",
			shows(showIPVSNamespace)),
		// Kernels before 3.13 had one set of ipsets for all namespaces; no supported one does.
		row("namespace_with_ipsets",
			switchOn(func(b *binder) *bool { return &b.global().Place.NamespaceIPsets }),
			"off", "allow ipsets in a namespace on old kernels; every kernel does now", accepted),
		row("use_pid_dir",
			switchOn(func(b *binder) *bool { return &b.global().Place.UsePIDDir }),
			"off", "put pid files into a directory of their own"),
		// Only a restart changes it (semantics 7.6).
		row("instance", custom("NAME", 1, setProgramInstance), "", "name of this daemon where several run on one host",
			soft,
			shows(func(b *binder) []writing { return wordIf(b.global().Place.Instance) })),
		// Between TERM and KILL (cli 4.3).
		row("child_wait_time",
			wholeSeconds(func(b *binder) *durationValue { return &b.global().ChildWaitTime }, 0, maxUint32), "5",
			"how long children may take to stop before they are killed"),
	}
}

// blockRows are the blocks.
func blockRows() []Keyword {
	ofVRRP := of(syntax.VRRPPart)
	return []Keyword{
		row("global_defs", block("", openGlobal, nil), "",
			"settings of the whole program; may be repeated, the last value counts",
			shows(func(b *binder) []writing { return []writing{{inner: b.global()}} })),
		// Printed before the static lists, whose entries name it.
		row("track_group",
			block("NAME", openTrackGroup, closeTrackGroup),
			"", "virtual routers that fail when a static address, route or rule goes", needs(1), soft, ofVRRP,
			shows(showTrackGroups)),
		row("static_ipaddress", list(addressArgs, addStaticAddress), "", "addresses held from start to stop", ofVRRP,
			shows(func(b *binder) []writing { return addressLines(b.cfg.StaticAddresses) })),
		row("static_routes",
			routeList(func(b *binder) *[]config.Route { return &b.cfg.StaticRoutes }),
			"", "routes held from start to stop", ofVRRP),
		row("static_rules",
			ruleList(func(b *binder) *[]config.Rule { return &b.cfg.StaticRules }),
			"", "policy rules held from start to stop", ofVRRP),
		row("vrrp_sync_group", block("NAME", openGroup, nil), "", "virtual routers that change state together",
			needs(1), soft, ofVRRP,
			shows(func(b *binder) []writing {
				return each(b.vrrp().groups, func(d *groupDraft) []string { return []string{quoted(d.Name)} })
			})),
		row("garp_group",
			block("", openGARPGroup, closeGARPGroup),
			"", "limit the rate of gratuitous ARP and NA over several interfaces", shows(showGARPGroups), ofVRRP),
		row("linkbeat_interfaces", linkbeatInterfaces(), "", "interfaces whose link state is polled", ofVRRP),
		row("interface_up_down_delays", linkDelays(), "none; UP 0", "wait before a link change is believed", ofVRRP),
		row("vrrp_instance", block("NAME", openInstance, nil), "", "one virtual router; the name is exactly one word",
			needs(1), soft, ofVRRP,
			shows(func(b *binder) []writing {
				return each(b.vrrp().instances, func(d *instanceDraft) []string { return []string{quoted(d.Name)} })
			})),
		row("vrrp_script", block("NAME", openScript, closeScript), "",
			"a program whose exit status moves a priority; stands before its users", needs(1), ofVRRP,
			shows(func(b *binder) []writing {
				return each(b.vrrp().scripts, func(d *scriptDraft) []string { return []string{quoted(d.Name)} })
			})),
		row("vrrp_track_process",
			block("NAME", openTrackProcess, closeTrackProcess),
			"", "watch that a process exists; stands before its users", needs(1), shows(showTrackProcesses), ofVRRP),
		row("track_file",
			block("NAME", openTrackFile, closeTrackFile),
			"", "watch a file that holds a number; stands before its users", needs(1), shows(showTrackFiles)),
		// Its rows are those of the new name, under a path of their own.
		row("vrrp_track_file",
			block("NAME", openTrackFile, closeTrackFile),
			"", "old name of track_file", alias("track_file"), needs(1)),
		sslRow(), bgpRow(),
		serverGroupRow(),
		row("virtual_server",
			block("IP [PORT] | fwmark N | group NAME", openService, closeService),
			"", "an IPVS service with its real servers", needs(1), shows(writeServices), of(syntax.CheckerPart)),
		// Also for the checkers, which follow it with BFD_CHECK (semantics 10.14).
		row("bfd_instance",
			block("NAME", openBFD, closeBFD),
			"", "a BFD session; stands before its users", needs(1), shows(showBFDs)),
	}
}
