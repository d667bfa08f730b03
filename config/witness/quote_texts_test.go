package witness

// quoteTexts are about words and double quotes (grammar 4).
func quoteTexts() []text {
	return []text{
		{name: "4.1 a quoted word", main: global(`router_id "a b"`)},
		{name: "4.1 an empty word", main: global(`router_id ""`)},
		{name: "4.1 tabs in quotes", main: global("router_id \"a\tb\"")},
		{name: "4.1 blanks at the ends of quotes", main: global(`router_id "  a  "`)},
		{name: "4.1 braces in quotes", main: global(`router_id "{a}"`, `smtp_helo_name "}"`), differs: quotedBrace},
		{name: "4.1 an opening brace in quotes", main: global(`router_id "{"`), differs: quotedBrace},
		{name: "4.1 both braces in quotes", main: global(`router_id "{}"`, `smtp_helo_name "{ }"`)},
		{name: "4.1 quotes that touch a word", main: global("notification_email {", `a"b c"d`, "}")},
		{name: "4.1 quotes that touch quotes", main: global("notification_email {", `"a""b"`, "}")},
		{name: "4.1 quotes at the end of a word", main: global(`router_id a"b"`)},
		{name: "4.1 a word behind quotes", main: global(`router_id "a"b`)},
		{name: "4.1 a backslash in quotes", main: global(`router_id "a\b\\c"`)},
		{name: "4.1 a backslash before the closing quote", main: global(`router_id "a\"`)},
		{name: "4.1 a quoted number", main: inside(`priority "77"`, `advert_int "2"`)},
		{name: "4.1 a quoted address", main: addresses(`"10.0.0.1/24"`, `10.0.0.2/24 dev "eth0"`)},
		{name: "4.1 an address and words in one pair of quotes", main: addresses("10.0.0.1/24", `"10.0.0.2/24 dev eth0"`)},
		{name: "4.1 a quoted keyword", main: inside(`"priority" 77`)},
		{name: "4.1 a quoted keyword that touches", main: inside(`"priority"77`)},
		{name: "4.1 a quoted block keyword", main: `"vrrp_instance" A {` +
			"\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "4.1 commas and semicolons", main: global("notification_email {", "a,b;c d;", "}", "router_id a;")},
		{name: "4.2 a name with blanks", main: `vrrp_instance "VI 1" {` +
			"\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "4.2 a name in quotes that touch the brace", main: `vrrp_instance "A"{` +
			"\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "4.2 a group of names with blanks",
			main: "vrrp_instance \"A 1\" {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n" +
				"vrrp_instance B {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n" +
				"vrrp_sync_group \"G 1\" {\ngroup {\n\"A 1\" B\n}\n}\n"},
		{name: "4.2 a group of names without quotes",
			main: "vrrp_instance \"A 1\" {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n" +
				"vrrp_sync_group G {\ngroup {\nA 1\n}\n}\n"},
		{name: "4.2 a name of odd characters",
			main: "vrrp_instance a=b@c~d$e/f\\g {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n" +
				"}\n}\n"},
		{name: "4.2 a name of bytes beyond ASCII",
			main: "vrrp_instance Zürich {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"},
		{name: "4.3 a quote that is not closed", main: global(`router_id a`, `router_id "b c`)},
		{name: "4.3 a quote that is not closed behind a word", main: global(`router_id a "b`), differs: openQuote},
		{name: "4.3 a quote that is not closed in an instance", main: inside("priority 7", `priority "8`)},
		{name: "4.3 a quote that is not closed among addresses", main: addresses("10.0.0.1/24", `"10.0.0.2/24`,
			"10.0.0.3/24")},
		{name: "4.3 a quote that is not closed in a command", main: inside("priority 7", `notify_master "/usr/bin/echo a`)},
		{name: "4.3 a quote that is not closed before a brace",
			main:    "vrrp_instance \"A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n",
			differs: openQuote},
		{name: "4.3 three quotes", main: global(`router_id "a"b"`), differs: openQuote},
		{name: "4.4 single quotes", main: global("notification_email {", "'a b' c'd", "}", "router_id 'a b'")},
		{name: "4.4 a single quote", main: global("router_id it's")},
		{name: "4.4 a double quote in single quotes", main: global(`router_id 'a"b"c'`)},
		{name: "4.5 a keyword in capitals", main: inside("priority 7", "Priority 8", "PRIORITY 9")},
		{name: "4.5 an enumeration in small letters", main: inside("state master", "authentication {", "auth_type pass",
			"auth_pass x", "}")},
		{name: "4.6 surplus words", main: inside("priority 7 8", "advert_int 2 x", "interface eth0 eth1")},
		{name: "4.6 surplus words in global_defs", main: global("router_id b c")},
		{name: "4.6 surplus words behind a name",
			main: "vrrp_instance A B {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n" +
				instance},
		{name: "4.6 no name", main: "vrrp_instance {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n" +
			"10.0.0.2/24\n}\n}\n" + instance},
		{name: "4.6 an empty name", main: "vrrp_instance \"\" {\ninterface eth0\nvirtual_router_id 52\n" +
			"virtual_ipaddress {\n10.0.0.2/24\n}\n}\n" + instance},
		{name: "4.6 no argument", main: inside("priority", "advert_int 2")},
		{name: "4.6 a keyword that is part of a word", main: inside("priority7 8", "priority=9", "prio 10")},
	}
}

const quotedBrace = "A brace alone in quotes is a word"

const openQuote = "A statement with an unterminated quote is dropped"

// scriptTexts are about the second tokenizer (grammar 5).
func scriptTexts() []text {
	notify := func(words string) string { return inside("notify_master " + words) }
	script := func(words ...string) string {
		all := "vrrp_script s {\n"
		for _, w := range words {
			all += w + "\n"
		}
		return "global_defs {\n" + secure + "}\n" + all +
			"}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n" +
			"track_script {\ns\n}\n}\n"
	}
	return []text{
		{name: "5.1 a bare command", main: notify("/usr/bin/true")},
		{name: "5.1 a command in double quotes", main: notify(`"/usr/bin/echo a b"`)},
		{name: "5.1 a command in single quotes", main: notify(`'/usr/bin/echo a b'`)},
		{name: "5.1 pieces that touch", main: notify(`"/usr/bin/ec""ho a"' b'\ c`)},
		{name: "5.1 pieces of a bare word", main: notify(`/usr/b"in/ech"o`)},
		{name: "5.1 letters behind a backslash", main: notify(`"/usr/bin/echo x\\ay \\bz \\tq \\vw"`)},
		{name: "5.1 letters behind one backslash", main: notify(`"/usr/bin/echo x\ay\bz\tq"`)},
		{name: "5.1 blanks behind one backslash", main: notify(`"/usr/bin/echo a\fb\nc\rd\ve"`)},
		{name: "5.1 blanks behind two backslashes", main: notify(`"/usr/bin/echo a\\fb\\rc\\vd"`)},
		{name: "5.1 a line feed behind two backslashes", main: notify(`"/usr/bin/echo a\\nb"`)},
		{name: "5.1 octal", main: notify(`"/usr/bin/echo \\101\\1023 \\7x"`)},
		{name: "5.1 octal once", main: notify(`"/usr/bin/echo \101\1023"`)},
		{name: "5.1 hexadecimal", main: notify(`"/usr/bin/echo \\x41\\x42z \\xC3\\xBC"`)},
		{name: "5.1 hexadecimal once", main: notify(`"/usr/bin/echo \x41\x42z"`)},
		{name: "5.1 hexadecimal of many digits", main: notify(`"/usr/bin/echo \\x0041"`)},
		{name: "5.1 hexadecimal without digits", main: notify(`"/usr/bin/echo \\xg"`)},
		{name: "5.1 control", main: notify(`"/usr/bin/echo \\cA\\ca"`)},
		{name: "5.1 other escaped characters", main: notify(`"/usr/bin/echo \\q\\8\\(\\$"`)},
		{name: "5.1 an escaped blank", main: notify(`/usr/bin/echo\ a`)},
		{name: "5.1 an escaped blank twice", main: notify(`"/usr/bin/echo a\\ b c"`)},
		{name: "5.1 a backslash at the end", main: notify(`/usr/bin/echo\`)},
		{name: "5.2 quotes inside quotes", main: notify(`"/usr/bin/echo m 'a b'"`)},
		{name: "5.2 quotes inside quotes the other way", main: notify(`'/usr/bin/echo m "a b"'`)},
		{name: "5.2 escaped quotes", main: notify(`"/usr/bin/echo \"c d\""`)},
		{name: "5.2 quotes escaped twice", main: notify(`"/usr/bin/echo \\\"c d\\\""`)},
		{name: "5.2 empty arguments", main: notify(`"/usr/bin/echo '' a ''"`)},
		{name: "5.2 blanks between arguments", main: notify("\"/usr/bin/echo  a \t b  \"")},
		{name: "5.2 a blank before the command", main: notify(`" /usr/bin/echo a"`)},
		{name: "5.2 a command with a blank in its name", main: notify(`"'/usr/bin/echo a'"`)},
		{name: "5.2 a single quote that is not closed", main: notify(`"/usr/bin/echo it's"`)},
		{name: "5.2 braces in a command", main: notify(`"/usr/bin/echo {a} }{"`)},
		{name: "5.2 braces in single quotes", main: notify(`'/usr/bin/echo a}' `) + "}\n"},
		{name: "5.3 nothing of a shell", main: notify(`"/usr/bin/echo $HOME * ; a | b > c && d ~"`)},
		{name: "5.4 a user", main: notify(`"/usr/bin/echo a" root`)},
		{name: "5.4 user and group", main: notify(`"/usr/bin/echo a" root root`)},
		{name: "5.4 another user", main: notify(`"/usr/bin/echo a" daemon`)},
		{name: "5.4 another user and group", main: notify(`"/usr/bin/echo a" daemon nogroup`)},
		{name: "5.4 a quoted user", main: notify(`"/usr/bin/echo a" "daemon" 'nogroup'`)},
		{name: "5.4 arguments taken for a user", main: notify("/usr/bin/echo hello world")},
		{name: "5.4 a group that is none", main: notify(`"/usr/bin/echo a" root nosuch`)},
		{name: "5.4 more words than user and group", main: notify(`"/usr/bin/echo a" root root b c`)},
		{name: "5.5 a script", main: script("script /usr/bin/true")},
		{name: "5.5 a script with arguments", main: script(`script "/usr/bin/test -e '/a b'"`, "interval 2")},
		{name: "5.5 words behind a script", main: script("script /usr/bin/true a b")},
		{name: "5.5 a user of a script", main: script("script /usr/bin/true", "user daemon nogroup")},
		{name: "5.7 a file test", main: script("script </etc/hosts")},
		{name: "5.7 a file test in quotes", main: script(`script "</etc/hosts"`)},
		{name: "5.7 a blank behind the sign", main: script(`script "< /etc/hosts"`)},
		{name: "5.8 a command without a slash", main: notify("true")},
		{name: "5.7 a script that is not there", main: script("script /usr/bin/nosuch")},
		{name: "5.7 a file test of what is not there", main: script("script </nosuch")},
		{name: "5.8 a command that is not there", main: notify("/usr/bin/nosuch")},
		{name: "5.8 a command in a folder", main: notify("/usr/bin")},
		{name: "5.8 no command", main: inside("notify_master", "priority 7")},
		{name: "5.8 an empty command", main: notify(`""`)},
		{name: "6.10 two commands", main: inside("notify_master /usr/bin/true", "notify_master /usr/bin/echo",
			"notify /usr/bin/true", "notify_stop /usr/bin/true")},
		{name: "a keyword that touches its command", main: inside(`notify_master"/usr/bin/true"`),
			differs: "A command in quotes that touches its keyword"},
	}
}
