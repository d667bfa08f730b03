package language

// The words inside entries of list blocks. Entries are read by their own
// functions; the rows are what the reference, the completion and "did you mean" know.

// addressRows are the words of an address entry; static tells the block of addresses
// that stay from start to stop.
func addressRows(static bool) []Keyword {
	form := func(args string) Keyword { return Keyword{Args: args} }
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
		row("preferred_lft",
			form("forever|SECONDS"),
			"forever; 0 for an IPv6 /128", "how long it is chosen as a source address"),
		row("no_track", form(""), "off", "do not care when somebody removes it or its interface fails"),
	}
	if static {
		rows = append(rows, row("track_group", form("NAME"), "none", "virtual routers that fail with its interface"))
	} else {
		rows = append(rows, row("use_vmac", form(""), "off", "put it on a virtual MAC interface of its own"))
	}
	return rows
}
