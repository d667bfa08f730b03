package witness

import "strings"

// lineTexts are about lines and comments (grammar 2 and 3).
func lineTexts() []text {
	long := strings.Repeat("x", 1000)
	return []text{
		{name: "2.1 a line of 1022 bytes", main: global("router_id" + strings.Repeat(" ", 1010) + "abc")},
		{name: "2.1 a line of 1023 bytes", main: global("router_id" + strings.Repeat(" ", 1011) + "abc"), differs: longLine},
		{name: "2.1 a line that is cut", main: global("router_id a " + long + long)},
		{name: "2.1 a long comment", main: global("router_id a # " + long + long), differs: longLine},
		{name: "2.2 a NUL in a line", main: global("router_id a", "router_id b\x00c", "router_id\x00d"), differs: nul},
		{name: "2.2 a NUL alone", main: global("router_id a", "\x00"), differs: nul},
		{name: "2.3 lines that end with CR LF", main: strings.ReplaceAll(global("router_id a"), "\n", "\r\n")},
		{name: "2.3 CR inside a line", main: global("router_id a\rb")},
		{name: "2.3 several CR at the end", main: global("router_id a\r\r")},
		{name: "2.3 CR before a comment", main: global("router_id a\r#b")},
		{name: "2.3 CR and nothing else", main: strings.ReplaceAll(global("router_id a"), "\n", "\r")},
		{name: "2.3 CR in quotes and in a comment", main: global("router_id \"a\rb\"", "smtp_helo_name b # c\rd")},
		{name: "2.4 form feeds in every place", main: global("\f$X\f=\fa", "$Y=\fb\f", "router_id\f$Y\fc", "@one\fsmtp_helo_name\fd\f", "notification_email\f{", "~SEQ(I\f,\f1,2)\fe$I\ff", "\f}"), args: []string{"-i", "one"}},
		{name: "2.4 vertical tabs in every place", main: global("\v$X\v=\va", "$Y=\vb\v", "router_id\v$Y", "@one\vsmtp_helo_name\vd\v", "notification_email\v{", "~SEQ(I\v,\v1,2)\ve$I\vf", "\v}"), args: []string{"-i", "one"}},
		{name: "2.4 a form feed in a command", main: inside("notify_master \"/usr/bin/echo\fa\"", "notify_backup\f/usr/bin/echo\froot")},
		{name: "2.4 a form feed in an include", main: global("include\fa.conf"), files: map[string]string{"a.conf": "router_id a\n"}},
		{name: "2.4 a form feed behind a reference", main: global("$X=a", "router_id $X\fb")},
		{name: "2.4 a vertical tab behind a reference", main: global("$X=a", "router_id $X\vb")},
		{name: "2.4 blanks and tabs around", main: global(" \t router_id \t a \t ", "\t", " ")},
		{name: "2.4 form feed and vertical tab", main: global("router_id\fa", "router_id b\vc")},
		{name: "2.4 a form feed before a word", main: global("router_id a", "\frouter_id b")},
		{name: "2.4 a no-break space", main: global("router_id a\u00a0b")},
		{name: "2.4 empty lines", main: "\n\n" + strings.ReplaceAll(global("router_id a"), "\n", "\n\n \t\n")},
		{name: "2.5 no newline at the end", main: strings.TrimSuffix(global("router_id a"), "\n")},
		{name: "2.5 no newline behind a comment", main: global("router_id a") + "# end"},
		{name: "2.5 the last line is a backslash", main: global("router_id a") + "\\"},
		{name: "a byte order mark", main: "\ufeff" + global("router_id a"), differs: "A byte order mark is ignored with a warning."},
		{name: "3.1 a comment alone", main: global("# x", "! y", "  # z", "router_id a")},
		{name: "3.1 a comment behind a word", main: global("router_id a # b", "")},
		{name: "3.1 a comment in a word", main: global("router_id va!x")},
		{name: "3.1 a hash in a word", main: inside("priority 51#c")},
		{name: "3.1 a comment in place of the word", main: global("router_id a", "smtp_helo_name b # c", "router_id #d")},
		{name: "3.1 braces in a comment", main: inside("# {", "priority 7 # }", "! } }")},
		{name: "3.1 quotes in a comment", main: inside(`# "`, `priority 7 # "a`, `! it's`)},
		{name: "3.1 a comment behind a brace", main: "vrrp_instance A { # first\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { ! second\n10.0.0.1/24\n} # {\n}#\n"},
		{name: "3.1 a comment between keyword and brace", main: "vrrp_instance A # {\n{\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress\n# x\n\n{\n10.0.0.1/24\n}\n}\n"},
		{name: "3.1 comments among addresses", main: addresses("# first", "10.0.0.1/24 # second", "!10.0.0.9/24", "10.0.0.2/24!third")},
		{name: "3.1 a comment in an address", main: addresses("10.0.0.1#/24", "10.0.0.2/24")},
		{name: "3.1 an exclamation mark in a command", main: inside("notify_master /usr/bin/echo!x")},
		{name: "3.2 comments in double quotes", main: global(`router_id "a#b!c"`, `smtp_helo_name "#"`)},
		{name: "3.2 a comment behind quotes", main: global(`router_id "a" # "b"`, `smtp_helo_name "c"#d`)},
		{name: "3.2 comments in single quotes", main: global("router_id 'a#b'", "smtp_helo_name 'a !b'")},
		{name: "3.2 a comment in quotes of a command", main: inside(`notify_master "/usr/bin/echo a#b !c"`)},
		{name: "3.2 a comment in single quotes of a command", main: inside(`notify_master '/usr/bin/echo a#b'`, "priority 7")},
		{name: "3.2 quotes with an escaped quote", main: inside(`notify_master "/usr/bin/echo \"a#b\" c"`, "priority 7")},
		{name: "3.3 an escaped hash in global_defs", main: global(`router_id a\#b`)},
		{name: "3.3 an escaped exclamation mark", main: global(`router_id a\!b`, `smtp_helo_name \!c`)},
		{name: "3.3 an escaped hash in an instance", main: inside(`priority 7\#7`, `notify_master /usr/bin/echo\#x`)},
		{name: "3.3 an escaped hash in an argument", main: inside(`notify_master "/usr/bin/echo a\#b"`)},
		{name: "3.3 an escaped backslash before a hash", main: global(`router_id a\\#b`)},
		{name: "3.3 an escaped hash in quotes", main: global(`router_id "a\#b"`)},
		{name: "3.3 other escapes in global_defs", main: global(`router_id a\b\"c`), differs: openQuote},
		{name: "3.4 a hash by name", main: global("router_id a${_HASH}b")},
		{name: "3.4 a hash by name in quotes", main: global(`router_id "a${_HASH}b"`, `smtp_helo_name "${_BANG}"`)},
		{name: "3.4 a bang by name", main: inside("priority 7${_BANG}8", `notify_master "/usr/bin/echo ${_BANG} ${_HASH}"`)},
		{name: "3.4 a comment out of a definition", main: global("$C=a # b", "router_id $C", "$D=\"e#f\"", "smtp_helo_name $D")},
		{name: "3.4 a definition behind a comment", main: global("#$C=a", "router_id $C")},
		{name: "3.5 no comments of several lines", main: global("/* x */", "router_id a // b", "; c")},
		{name: "a comment that ends with a backslash", main: global(`# x \`, "router_id a")},
		{name: "a backslash behind a comment", main: global(`router_id a # x \`, "smtp_helo_name b")},
	}
}

const nul = "A line with a NUL byte is left out"

const longLine = "A line of more than 1022 bytes is read as one line"
