package config

// The words inside entries of list blocks. Entries are read by their own
// functions; the rows are what the reference, the completion and "did you mean" know.

// How entries of routes and rules are written.
const (
	routeArgs = "[TYPE] PREFIX [via IP] [dev IF] [src IP] [table N] [metric N] [no_track] .."
	ruleArgs  = "[from PREFIX] [to PREFIX] [fwmark N] [iif IF] table N [preference N] [no_track] .."
)

// addressRows are the words of an address entry; static tells the block of addresses
// that stay from start to stop.
func addressRows(block string, static bool) []Keyword {
	form := func(args string) Keyword {
		k := Keyword{Args: args}
		if static {
			k.Support = NotYet
		}
		return k
	}
	rows := []Keyword{
		row("ADDRESS", form("IP[/LEN]"), "/32 or /128", "the address, first in the entry"),
		row("dev", form("IF"), "interface of the instance", "interface that gets it"),
		row("scope", form("global|site|link|host|nowhere|N"), "global", "scope of an IPv4 address"),
		row("brd", form("IP|+|-"), "none", "broadcast address; + sets the host bits, - clears them"),
		row("broadcast", form("IP|+|-"), "none", "another name of brd", alias("brd")),
		row("label", form("NAME up to 15 characters"), "none", "label of an IPv4 address"),
		row("peer", form("IP[/LEN]"), "none", "other end of a point-to-point link; the length is the peer's"),
		row("home", form(""), "off", "mobile home address (IPv6)"),
		row("-nodad", form(""), "off", "do duplicate address detection after all (IPv6)"),
		row("mngtmpaddr", form(""), "off", "manage temporary addresses (IPv6)"),
		row("noprefixroute", form(""), "off", "do not add the route of the network"),
		row("autojoin", form(""), "off", "join the multicast group of the address"),
		row("preferred_lft", form("forever|SECONDS"), "forever; 0 for an IPv6 /128", "how long it is chosen as a source address"),
		row("no_track", form(""), "off", "do not care when somebody removes it or its interface fails"),
	}
	if static {
		rows = append(rows, row("track_group", form("NAME"), "none", "virtual routers that fail with its interface"))
	} else {
		rows = append(rows, row("use_vmac", form(""), "off", "put it on a virtual MAC interface of its own"))
	}
	return inBlock(join(block, Entry), rows...)
}

// routeRows are the words of a route entry.
func routeRows(block string, static bool) []Keyword {
	rows := []Keyword{
		row("DESTINATION", later("[to] [TYPE] IP[/LEN]|default"), "", "where the route leads; TYPE is unicast, blackhole, prohibit or another"),
		row("to", later("[TYPE] PREFIX"), "", "may stand before the destination"),
		row("inet", later(""), "from the addresses", "an IPv4 route"),
		row("inet6", later(""), "from the addresses", "an IPv6 route"),
		row("src", later("IP"), "none", "source address to prefer"),
		row("as", later("to IP"), "none", "translated address"),
		row("via", later("[inet|inet6] IP"), "none", "gateway"),
		row("gw", later("IP"), "", "old name of via", alias("via"), deprecated),
		row("from", later("PREFIX"), "none", "only for packets from these sources (IPv6)"),
		row("tos", later("N|NAME"), "0", "only for this type of service"),
		row("dsfield", later("N|NAME"), "0", "another name of tos", alias("tos")),
		row("table", later("N|NAME"), "main", "routing table"),
		row("protocol", later("N|NAME"), "18 (keepalived)", "who is said to have set it"),
		row("scope", later("NAME|N"), "from the route", "scope"),
		row("metric", later("N"), "0", "cost among equal routes"),
		row("priority", later("N"), "0", "another name of metric", alias("metric")),
		row("preference", later("N"), "0", "another name of metric", alias("metric")),
		row("dev", later("IF"), "none", "interface; without one the route is not watched"),
		row("oif", later("IF"), "none", "another name of dev", alias("dev")),
		row("onlink", later(""), "off", "the gateway is on the link whatever the addresses say"),
		row("encap", later("ip|ip6|mpls|ila PARAMETERS"), "none", "put packets into a light tunnel"),
		row("expires", later("SECONDS"), "none", "goes by itself after this time (IPv6)"),
		row("mtu", later("[lock] N"), "none", "largest packet on the path"),
		row("hoplimit", later("N"), "none", "hop limit of packets"),
		row("advmss", later("[lock] N"), "none", "segment size to offer"),
		row("rtt", later("[lock] TIME"), "none", "first guess of the round trip time"),
		row("rttvar", later("[lock] TIME"), "none", "first guess of its variance"),
		row("rto_min", later("[lock] TIME"), "none", "shortest time to a retransmission"),
		row("reordering", later("[lock] N"), "none", "reordering to expect"),
		row("window", later("[lock] N"), "none", "largest window to offer"),
		row("cwnd", later("[lock] N"), "none", "largest congestion window"),
		row("ssthresh", later("[lock] N"), "none", "first slow start threshold"),
		row("initcwnd", later("N"), "none", "first congestion window"),
		row("initrwnd", later("N"), "none", "first receive window"),
		row("realms", later("[FROM/]TO"), "none", "realms (IPv4)"),
		row("features", later("ecn"), "none", "features of the path"),
		row("quickack", later("0|1"), "none", "acknowledge at once"),
		row("congctl", later("[lock] NAME"), "none", "congestion control"),
		row("pref", later("low|medium|high"), "medium", "preference of the router (IPv6)"),
		row("ttl-propagate", later("enabled|disabled"), "none", "copy the TTL into the MPLS label"),
		row("fastopen_no_cookie", later("0|1"), "none", "TCP fast open without cookie"),
		row("add", later(""), "", "fail if the route is there already"),
		row("prepend", later(""), "unless append is given", "before equal routes"),
		row("append", later(""), "off", "after equal routes"),
		row("nexthop", later("via [inet|inet6] IP | dev IF | weight 1..256 | onlink | .."), "none", "one leg of several; may be repeated"),
		row("or", later("IP"), "", "second gateway; use nexthop", alias("nexthop"), deprecated),
		row("vrf", later("IF"), "none", "table of a VRF device"),
		row("no_track", later(""), "off", "do not care when somebody removes it"),
	}
	if static {
		rows = append(rows, row("track_group", later("NAME"), "none", "virtual routers that fail with it"))
	}
	return inBlock(join(block, Entry), rows...)
}

// ruleRows are the words of a policy rule entry.
func ruleRows(block string, static bool) []Keyword {
	rows := []Keyword{
		row("inet", later(""), "from the addresses", "an IPv4 rule"),
		row("inet6", later(""), "from the addresses", "an IPv6 rule"),
		row("from", later("PREFIX|default|all"), "any", "source of the packet"),
		row("to", later("PREFIX|default|all"), "any", "destination of the packet"),
		row("table", later("N|NAME"), "", "look the route up in this table"),
		row("lookup", later("N|NAME"), "", "another name of table", alias("table")),
		row("not", later(""), "off", "packets that do not match"),
		row("preference", later("0..4294967295"), "16384 and downwards", "order of the rule"),
		row("order", later("0..4294967295"), "16384 and downwards", "another name of preference", alias("preference")),
		row("priority", later("0..4294967295"), "16384 and downwards", "another name of preference", alias("preference")),
		row("tos", later("N|NAME"), "0", "type of service of the packet"),
		row("dsfield", later("N|NAME"), "0", "another name of tos", alias("tos")),
		row("fwmark", later("N[/MASK]"), "none", "mark of the packet"),
		row("realms", later("[FROM/]TO"), "none", "realms (IPv4)"),
		row("suppress_prefixlength", later("0..2147483647"), "off", "ignore routes with a prefix this short"),
		row("sup_pl", later("0..2147483647"), "off", "another name of suppress_prefixlength", alias("suppress_prefixlength")),
		row("suppress_ifgroup", later("N|NAME"), "off", "ignore routes over this interface group"),
		row("sup_group", later("N|NAME"), "off", "another name of suppress_ifgroup", alias("suppress_ifgroup")),
		row("dev", later("IF"), "any", "interface the packet came in by"),
		row("iif", later("IF"), "any", "another name of dev", alias("dev")),
		row("oif", later("IF"), "any", "interface the packet goes out by"),
		row("tunnel-id", later("N"), "none", "tunnel the packet came by"),
		row("uidrange", later("A-B"), "none", "users that send it"),
		row("l3mdev", later(""), "off", "look up in the table of the VRF device"),
		row("protocol", later("0..255"), "18 (keepalived)", "who is said to have set it"),
		row("ipproto", later("N|NAME"), "any", "transport of the packet"),
		row("sport", later("A-B"), "any", "source ports"),
		row("dport", later("A-B"), "any", "destination ports"),
		row("type", later("ACTION"), "", "may stand before the action"),
		row("goto", later("PREFERENCE"), "", "go on at another rule"),
		row("nop", later(""), "", "do nothing"),
		row("blackhole", later(""), "", "drop"),
		row("unreachable", later(""), "", "refuse: network unreachable"),
		row("prohibit", later(""), "", "refuse: administratively prohibited"),
		row("no_track", later(""), "off", "do not care when somebody removes it"),
	}
	if static {
		rows = append(rows, row("track_group", later("NAME"), "none", "virtual routers that fail with it; needs dev"))
	}
	return inBlock(join(block, Entry), rows...)
}

// staticRows are what stands in the blocks of static addresses, routes and rules
// and in the small blocks beside them.
func staticRows() []Keyword {
	rows := inBlock("track_group", row("group", laterList("INSTANCE ..."), "", "the virtual routers that fail"))
	rows = append(rows, addressRows("static_ipaddress", true)...)
	rows = append(rows, routeRows("static_routes", true)...)
	rows = append(rows, ruleRows("static_rules", true)...)
	return append(rows, inBlock("garp_group",
		row("garp_interval", laterSeconds(0, maxTimerTicks), "0", "pause between two gratuitous ARPs", needs(1)),
		row("gna_interval", laterSeconds(0, maxTimerTicks), "0", "pause between two unsolicited neighbour advertisements", needs(1)),
		row("interface", checkedLater("IF", 1, func(s *stmt) bool { checkGARPInterfaces(s); return true }), "", "one interface"),
		row("interfaces", laterEntries(checkGARPInterfaces), "", "interfaces that share the limit", described("IF ...")),
	)...)
}

// trackRows are the trackers that are not built.
func trackRows() []Keyword {
	rows := inBlock("vrrp_track_process",
		row("process", later(`PATH|NAME [ARGS ..] | "PATH" ARGS`), "required", "the process to look for", needs(1), func(k *Keyword) { k.Script = true }),
		row("param_match", later("initial|partial"), "exact", "how its arguments are compared"),
		row("weight", laterNumber(-254, 254), "0", "0: its loss means FAULT; otherwise what the priority moves by", needs(1), soft, described("-254..254 [reverse]")),
		row("quorum", laterNumber(1, 65535), "1", "how many there must be", needs(1)),
		row("quorum_max", laterNumber(0, 65535), "unlimited", "how many there may be", needs(1)),
		row("delay", laterSeconds(1, 3600_000_000), "0", "sets terminate_delay and fork_delay", needs(1)),
		row("terminate_delay", laterSeconds(1, 3600_000_000), "0", "time until a lost process counts", needs(1)),
		row("fork_delay", laterSeconds(1, 3600_000_000), "0", "time until a new process counts", needs(1)),
		row("full_command", later(""), "off", "compare the whole command line"),
	)
	for _, name := range []string{"track_file", "vrrp_track_file"} {
		rows = append(rows, inBlock(name,
			row("file", later("PATH"), "required", "the file, it holds one number", needs(1), soft),
			row("weight", laterNumber(-254, 254), "1", "what the number is multiplied by; 0: any number but 0 means FAULT", needs(1), soft, described("-254..254 [reverse]")),
			row("init_file", later("[VALUE] [overwrite]"), "none is made; VALUE 0", "make the file at start"),
		)...)
	}
	return rows
}

// bfdRows are the keywords of bfd_instance.
func bfdRows() []Keyword {
	return inBlock("bfd_instance",
		row("neighbor_ip", laterAddress(), "required", "the other end", needs(1)),
		row("neighbour_ip", laterAddress(), "", "another spelling of neighbor_ip", alias("neighbor_ip"), needs(1)),
		row("source_ip", laterAddress(), "any", "own address", needs(1)),
		row("min_rx", later("MILLISECONDS 1..4294967"), "10", "shortest interval to receive at", needs(1)),
		row("min_tx", later("MILLISECONDS 1..4294967"), "10", "interval to send at", needs(1)),
		row("idle_tx", later("MILLISECONDS 1000..4294967"), "1000", "interval to send at while not up", needs(1)),
		row("multiplier", laterNumber(1, 255), "5", "packets missed until it is down", needs(1)),
		row("passive", later(""), "off", "wait for the neighbour to begin"),
		row("ttl", laterNumber(1, 255), "255", "TTL of packets sent", needs(1)),
		row("hoplimit", laterNumber(1, 255), "64", "hop limit of packets sent", needs(1)),
		row("max_hops", laterNumber(-1, 255), "0", "how much a received TTL may have shrunk", needs(1)),
		row("multihop", laterBool(), "false", "use the port for several hops", since("2.2.8")),
		row("weight", laterNumber(-253, 253), "0", "default weight of its trackers", needs(1), described("-253..253 [reverse]")),
		row("vrrp", later(""), "both roles", "tell the vrrp role only"),
		row("checker", later(""), "both roles", "tell the checker role only"),
	)
}
