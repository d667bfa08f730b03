package witness

const (
	balance = "A brace that is missing or too many is reported once"
	skipped = "The body of an unknown block is skipped as a whole"
)

// braceTexts are about braces (grammar 6.1 to 6.7).
func braceTexts() []text {
	return []text{
		{name: "6.1 braces that touch",
			main: "vrrp_instance A{\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress{ 10.0.0.1/24}}\n"},
		{name: "6.1 braces on lines of their own",
			main: "vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress\n{\n10.0.0.1/24\n}\n}\n"},
		{name: "6.1 a brace after empty lines and comments",
			main: "vrrp_instance A\n\n# x\n  {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress\n\n{\n10.0.0.1/24\n" +
				"}\n}\n"},
		{name: "6.1 all on one line", main: "vrrp_instance A { interface eth0 }\n" + instance},
		{name: "6.1 statements behind braces",
			main: "vrrp_instance A { interface eth0\nvirtual_router_id 51\nvirtual_ipaddress { 10.0.0.1/24\n" +
				"10.0.0.2/24 } priority 7\n}\n"},
		{name: "6.1 a statement before a closing brace",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { 10.0.0.1/24 }\npriority 7 }\n"},
		{name: "6.1 a block behind a block",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n" +
				"virtual_ipaddress { 10.0.0.1/24 } } vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\n" +
				"virtual_ipaddress { 10.0.0.2/24 }}\n"},
		{name: "6.1 several blocks on a line", main: inside("authentication { auth_type PASS",
			"auth_pass x } track_interface { eth1 } unicast_peer { 192.168.1.9", "}")},
		{name: "6.1 empty blocks", main: inside("track_interface {}", "track_script { }", "authentication {", "}")},
		{name: "6.1 an empty global_defs", main: "global_defs {}\n" + instance},
		{name: "6.1 an empty list of addresses",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { }\n}\n"},
		{name: "6.1 a brace in a word", main: inside("track_interface{eth1}", "priority 7")},
		{name: "6.2 keywords on one line",
			main: "vrrp_instance A { interface eth0 virtual_router_id 51\nvirtual_router_id 52\n" +
				"virtual_ipaddress { 10.0.0.1/24 10.0.0.2/24 }\n}\n"},
		{name: "6.2 a semicolon", main: inside("priority 7; advert_int 2;")},
		{name: "6.3 a brace that is missing", main: inside("track_interface", "eth1", "}", "priority 7")},
		{name: "6.3 a brace of an instance that is missing",
			main: "vrrp_instance A\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "6.3 a brace of global_defs that is missing", main: "global_defs\nrouter_id a\n}\n" + instance},
		{name: "6.4 a brace behind a keyword that takes none", main: inside("priority 7 {", "advert_int 2")},
		{name: "6.4 a brace alone", main: inside("{", "priority 7")},
		{name: "6.4 braces behind a keyword that takes none", main: inside("priority 7 {", "}", "advert_int 2"),
			differs: balance},
		{name: "6.4 a brace twice", main: "vrrp_instance A { {\ninterface eth0\nvirtual_router_id 51\n" +
			"virtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "6.5 an unknown keyword", main: inside("nosuch", "nosuch 1 2", "priority 7")},
		{name: "6.5 an unknown keyword at the root", main: before("nosuch", "nosuch 1 2")},
		{name: "6.5 an unknown block", main: inside("nosuch {", "state MASTER", "}", "priority 7"), differs: skipped},
		{name: "6.5 an unknown block at the root", main: before("nosuch x {", "a b", "}")},
		{name: "6.5 an unknown block in a block", main: before("nosuch x {", "a b {", "c d", "}", "}")},
		{name: "6.5 an unknown empty block", main: inside("nosuch {}", "priority 7"), differs: skipped},
		{name: "6.6 a brace too many at the root", main: before("}", "", "}")},
		{name: "6.6 a brace too many in an instance", main: inside("track_interface {", "eth1", "}", "}", "priority 7"),
			differs: balance},
		{name: "6.6 two braces too many at the end", main: instance + "}\n}\n"},
		{name: "6.7 a brace missing at the end",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n"},
		{name: "6.7 two braces missing at the end",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n"},
		{name: "6.7 a brace missing between instances",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n" +
				"vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\n" +
				"virtual_ipaddress {\n10.0.0.2/24\n}\n}\n", differs: balance},
		{name: "6.7 a brace missing inside",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\npriority 7\n}\n" +
				"vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\n" +
				"virtual_ipaddress {\n10.0.0.2/24\n}\n}\n", differs: balance},
		{name: "blocks of the other role", main: before("virtual_server 10.0.0.1 80 {", "lb_algo rr", "nosuch {",
			"} nosuch", "real_server 10.0.0.2 80 {", "}", "}")},
		{name: "a block keyword inside another block", main: inside("vrrp_script s {", "script /usr/bin/true", "}",
			"priority 7"), differs: skipped},
	}
}

// blockTexts are about what is in blocks, and their order (grammar 6.8 to 6.10).
func blockTexts() []text {
	second := "vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n"
	return []text{
		{name: "6.8 entries behind braces",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { 10.0.0.1/24\n" +
				"10.0.0.2/24 }\nvirtual_ipaddress_excluded { 10.0.0.3/24 }\n}\n"},
		{name: "6.8 several words in a list of words",
			main: "global_defs {\nnotification_email_from root@x\nnotification_email { a@x b@x\nc@x \"d e\" }\n}\n" + instance},
		{name: "6.8 a group on one line", main: instance + second + "vrrp_sync_group G { group { A B } }\n"},
		{name: "6.8 a group on lines", main: instance + second + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n"},
		{name: "6.8 keywords as entries", main: global("notification_email {", "router_id", "priority 7", "}")},
		{name: "6.8 peers", main: inside("unicast_peer {", "192.168.1.2", "192.168.1.3 192.168.1.4", "}")},
		{name: "6.8 tracked interfaces", main: inside("track_interface {", "eth1 weight 5", "lo", "}")},
		{name: "6.8 two blocks of addresses", main: inside("virtual_ipaddress {", "10.0.0.2/24", "}")},
		{name: "6.8 a nested block in a list", main: addresses("10.0.0.1/24", "x {", "10.0.0.2/24", "}", "10.0.0.3/24"),
			differs: balance},
		{name: "6.8 static addresses", main: before("static_ipaddress {", "10.9.0.1/24 dev eth0",
			"10.9.0.2/24 dev eth1 label eth1:x", "}")},
		{name: "6.8 words of tracked interfaces", main: inside("track_interface {", "eth1 weght 7", "}",
			"track_interface {", "lo weight 3 foo", "}")},
		{name: "6.8 a tracked interface with half a weight", main: inside("track_interface {", "eth1 weight", "lo reverse",
			"}")},
		{name: "6.8 a weight that is none", main: inside("track_interface {", "eth1 weight x", "lo weight 3x reverse foo",
			"}")},
		{name: "6.8 words of tracked scripts", main: "global_defs {\n" + secure +
			"}\n$S=vrrp_script $X { \\\nscript /usr/bin/true \\\nweight 5 \\\n}\n~LST(X,a,b,c,d,e) $S\n" +
			"vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n" +
			"track_script {\na foo\nb weight\nc weight x\nd weight 3 foo\ne reverse\n}\n}\n"},
		{name: "6.9 a group before its members", main: "vrrp_sync_group G {\ngroup {\nA\n}\n}\n" + instance},
		{name: "6.9 a script before its user", main: before("vrrp_script s {", "script /usr/bin/true", "}") +
			"vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.2/24\n}\ntrack_script {\n" +
			"s weight 4\n}\n}\n"},
		{name: "6.9 a script behind its user", main: inside("track_script {", "s", "}") +
			"vrrp_script s {\nscript /usr/bin/true\n}\n"},
		{name: "6.9 a track_file", main: before("track_file f {", "file DIR/count", "weight 3", "}") +
			"vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.2/24\n}\ntrack_file {\n" +
			"f weight 2\n}\n}\n",
			files: map[string]string{"count": "0\n"}},
		{name: "6.9 global_defs behind an instance", main: instance + "global_defs {\nrouter_id a\nvrrp_version 3\n}\n" +
			second},
		{name: "6.10 an instance twice", main: instance +
			"vrrp_instance A {\ninterface eth1\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n"},
		{name: "6.10 a script twice", main: "global_defs {\n" + secure +
			"}\nvrrp_script s {\nscript /usr/bin/true\n}\nvrrp_script s {\nscript /usr/bin/echo\n}\n" +
			"vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\ntrack_script {\n" +
			"s\n}\n}\n"},
		{name: "6.10 global_defs twice",
			main: "global_defs {\nrouter_id a\nsmtp_helo_name b\n}\nglobal_defs {\nrouter_id c\n}\n" + instance},
		{name: "6.10 scalars twice", main: inside("priority 7", "priority 8", "virtual_router_id 52", "advert_int 2",
			"advert_int 3", "version 3", "version 2")},
		{name: "6.10 version 2 and 3", main: inside("version 2", "version 3", "version 2")},
		{name: "6.10 version 3 and 2", main: inside("version 3", "version 2", "version 3")},
		{name: "6.10 version 2 and IPv6",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nversion 2\nvirtual_ipaddress {\nfe80::1/64\n}\n}\n"},
		{name: "6.10 IPv6 and version 2",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\nfe80::1/64\n}\nversion 2\n}\n"},
		{name: "6.10 version 2 with another default",
			main: "global_defs {\nvrrp_version 3\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nversion 2\n" +
				"virtual_ipaddress {\n10.0.0.1/24\n}\n}\n" + second},
		{name: "6.10 addresses of an instance twice", main: inside("unicast_peer {", "192.168.1.2", "}", "unicast_peer {",
			"192.168.1.3", "}", "track_interface {", "eth1", "}", "track_interface {", "lo", "}")},
		{name: "6.10 mail addresses twice", main: global("notification_email {", "a@x", "}", "notification_email {", "b@x",
			"}")},
		{name: "6.10 a password twice", main: inside("authentication {", "auth_type PASS", "auth_pass a", "auth_pass b",
			"}")},
	}
}

// valueTexts are about numbers, switches and addresses (grammar 8).
func valueTexts() []text {
	return []text{
		{name: "8.1 a sign", main: inside("priority +7")},
		{name: "8.1 leading zeros", main: inside("priority 010", "virtual_router_id 0061")},
		{name: "8.1 junk behind a number", main: inside("priority 7x", "down_timer_adverts 4x")},
		{name: "8.1 hexadecimal", main: inside("priority 0x10")},
		{name: "8.1 a fraction", main: inside("priority 7.5")},
		{name: "8.1 nothing but a sign", main: inside("priority +", "priority -")},
		{name: "8.1 a blank in quotes", main: inside(`priority " 7"`, `virtual_router_id "52 "`)},
		{name: "8.1 a huge number", main: inside("priority 99999999999999999999")},
		{name: "8.2 out of range", main: inside("priority 0", "virtual_router_id 256", "advert_int 300")},
		{name: "8.2 the ends of the range", main: inside("priority 254", "virtual_router_id 255", "advert_int 255",
			"version 2")},
		{name: "8.3 a fraction of a second", main: inside("version 3", "advert_int 1.25")},
		{name: "8.3 a fraction without a digit before it", main: inside("version 3", "advert_int .5")},
		{name: "8.3 a fraction without a digit behind it", main: inside("version 3", "advert_int 2.")},
		{name: "8.3 more digits than count", main: inside("version 3", "advert_int 1.23456789")},
		{name: "8.3 a unit", main: inside("version 3", "advert_int 2s")},
		{name: "8.3 two points", main: inside("version 3", "advert_int 1.2.3")},
		{name: "8.3 a sign before seconds", main: inside("version 3", "advert_int +1.5")},
		{name: "8.3 two signs before seconds", main: inside("version 3", "advert_int +-1.5", "advert_int -+2")},
		{name: "8.3 seconds in quotes", main: inside("version 3", `advert_int "1.5"`)},
		{name: "8.3 an exponent", main: inside("version 3", "advert_int 1e1")},
		{name: "8.3 a fraction with version 2", main: inside("version 2", "advert_int 1.6")},
		{name: "8.5 a dotted mask", main: addresses("10.0.0.1/255.255.255.0", "10.0.0.2/24")},
		{name: "8.5 lengths out of range", main: addresses("10.0.0.1/33", "10.0.0.2/-1", "fe80::1/64")},
		{name: "8.5 a length of zeros", main: addresses("10.0.0.1/024", "10.0.0.2/+24", "10.0.0.3/0")},
		{name: "8.5 addresses that are none", main: addresses("10.0.0.256/24", "host/24", "10.0.1/24", "010.0.0.1/24",
			"10.0.0.5")},
		{name: "8.5 IPv6", main: addresses("fe80::1", "2001:db8::1/64", "2001:DB8::A")},
		{name: "8.5 an IPv4 address as IPv6", main: addresses("fe80::1", "::ffff:10.0.0.1/120"),
			differs: "IPv4 addresses written as IPv6"},
		{name: "8.5 an IPv6 address in brackets", main: addresses("10.0.0.1/24", "[fe80::2]/64")},
		{name: "8.5 a zone", main: addresses("10.0.0.1/24", "fe80::2%eth0/64")},
		{name: "8.6 a long password", main: inside("authentication {", "auth_type PASS", "auth_pass 123456789", "}")},
		{name: "8.6 a password with blanks", main: inside("authentication {", "auth_type PASS", `auth_pass "a b#c"`, "}")},
		{name: "8.6 a password with bytes beyond ASCII", main: inside("authentication {", "auth_type PASS",
			"auth_pass pässwörter", "}")},
		{name: "8.6 weights", main: inside("track_interface {", "eth1 weight 254", "lo weight -300", "}")},
		{name: "8.7 an interface that is not there",
			main: "vrrp_instance A {\ninterface nosuch0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "8.7 no interface", main: "vrrp_instance A {\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "9.2 no virtual_router_id",
			main: "vrrp_instance A {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "nothing", main: ""},
		{name: "nothing but comments", main: "# a\n! b\n"},
	}
}
