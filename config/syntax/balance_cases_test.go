package syntax_test

import "strings"

// A braceCase is a text with braces that do not match.
type braceCase struct {
	name, text string
	want       string // the findings
	keeps      string // statements that have to be where they belong
}

const (
	routerA = "vrrp_instance A {\n    interface eth0\n    virtual_ipaddress {\n        10.0.0.1/24\n    }\n" +
		"    priority 100\n}\n"
	routerB = "vrrp_instance B {\n    interface eth1\n    virtual_ipaddress {\n        10.0.1.1/24\n    }\n" +
		"    priority 50\n}\n"
	web = "virtual_server 10.0.0.1 80 {\n    lb_algo rr\n    real_server 10.0.0.2 80 {\n        weight 1\n" +
		"        TCP_CHECK {\n            connect_timeout 3\n        }\n    }\n    real_server 10.0.0.3 80 {\n" +
		"        weight 2\n    }\n}\n"
)

// without is a text without one of its lines; after is one with another line after one.
func without(text string, line int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:line-1], "") + strings.Join(lines[line:], "")
}

func after(text string, line int, more string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:line], "") + more + "\n" + strings.Join(lines[line:], "")
}

// flat is a text without indentation.
func flat(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		out = append(out, strings.TrimLeft(line, " \t"))
	}
	return strings.Join(out, "\n")
}

func tabs(text string) string { return strings.ReplaceAll(text, "    ", "\t") }
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// ownLine puts every '{' on a line of its own.
func ownLine(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if head, ok := strings.CutSuffix(line, " {"); ok {
			out = append(out, head, line[:len(line)-len(strings.TrimLeft(line, " \t"))]+"{")
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func braceCases() []braceCase {
	const both = "/vrrp_instance/priority /vrrp_instance/virtual_ipaddress/10.0.0.1/24 " +
		"/vrrp_instance/virtual_ipaddress/10.0.1.1/24"
	const all = "/virtual_server/lb_algo /virtual_server/real_server/weight " +
		"/virtual_server/real_server/TCP_CHECK/connect_timeout"
	return append([]braceCase{
		{name: "list, a keyword follows", text: without(routerA, 5) + routerB, want: "missing-close-brace 3:5 see 5:5",
			keeps: both},
		{name: "list, the end of its block follows", text: without(without(routerA, 6), 5) + routerB,
			want: "missing-close-brace 3:5 see 5:1"},
		{name: "block, another one follows", text: without(routerA, 7) + routerB, want: "missing-close-brace 1:1 see 7:1",
			keeps: both},
		{name: "last block", text: routerA + without(routerB, 7), want: "missing-close-brace 8:17", keeps: both},
		{name: "last list", text: routerA + without(routerB, 5), want: "missing-close-brace 10:5 see 12:5", keeps: both},
		{name: "list and block at the end", text: routerA + without(without(without(routerB, 7), 6), 5),
			want: "missing-close-brace 8:17, missing-close-brace 10:23"},
		{name: "list at the root, a block follows", text: "static_ipaddress {\n    10.0.0.9/24 dev eth0\n" + routerA,
			want: "missing-close-brace 1:1 see 3:1", keeps: "/vrrp_instance/priority"},
		{name: "scalars at the root follow", text: without(routerA, 7) + "net_namespace red\n" + routerB,
			want: "missing-close-brace 1:1 see 7:1", keeps: "/net_namespace " + both},
		{name: "check, its server is closed", text: without(web, 7) + routerA, want: "missing-close-brace 5:9 see 7:5",
			keeps: all + " /vrrp_instance/priority"},
		{name: "server, another one follows", text: without(web, 8), want: "missing-close-brace 3:5 see 8:5", keeps: all},
		{name: "check and server, another server follows", text: without(without(web, 8), 7),
			want: "missing-close-brace 5:9 see 7:5", keeps: all},
		{name: "service, a router follows", text: without(web, 12) + routerA, want: "missing-close-brace 1:1 see 12:1",
			keeps: all + " /vrrp_instance/priority"},
		{name: "in the middle of three", text: routerA + without(web, 11) + routerB,
			want: "missing-close-brace 16:5 see 18:1", keeps: all + " " + both},
		{name: "two lists", text: without(routerA, 5) + without(routerB, 5),
			want: "missing-close-brace 3:5 see 5:5, missing-close-brace 9:5 see 11:5", keeps: both},
		{name: "two blocks", text: without(routerA, 7) + without(routerB, 7) + web,
			want: "missing-close-brace 1:1 see 7:1, missing-close-brace 7:1 see 13:1", keeps: both + " " + all},
		{name: "flat, list", text: flat(without(routerA, 5) + routerB), want: "missing-close-brace 3:1 see 5:1", keeps: both},
		{name: "flat, block", text: flat(without(routerA, 7) + routerB), want: "missing-close-brace 1:1 see 7:1",
			keeps: both},
		{name: "flat, check", text: flat(without(web, 7) + routerA), want: "missing-close-brace 8:1 see 3:1",
			keeps: "/vrrp_instance/priority"},
		{name: "flat, server", text: flat(without(web, 8)), want: "missing-close-brace 8:1 see 3:1", keeps: all},
		{name: "tabs, list", text: tabs(without(routerA, 5) + routerB), want: "missing-close-brace 3:2 see 5:2", keeps: both},
		{name: "tabs, server", text: tabs(without(web, 8)), want: "missing-close-brace 3:2 see 8:2", keeps: all},
		{name: "CRLF, list", text: crlf(without(routerA, 5) + routerB), want: "missing-close-brace 3:5 see 5:5", keeps: both},
		{name: "CRLF, block", text: crlf(without(routerA, 7) + routerB), want: "missing-close-brace 1:1 see 7:1",
			keeps: both},
		{name: "own line, list", text: ownLine(without(routerA, 5) + routerB), want: "missing-close-brace 4:5 see 7:5",
			keeps: both},
		{name: "own line, block", text: ownLine(without(routerA, 7) + routerB), want: "missing-close-brace 1:1 see 9:1",
			keeps: both},
		{name: "own line, '{' lost", text: without(ownLine(routerA), 2) + routerB, want: "missing-open-brace 1:1",
			keeps: both},
		{name: "'{' lost", text: strings.Replace(routerA, "A {", "A", 1) + routerB, want: "missing-open-brace 1:1",
			keeps: both},
		{name: "'{' of a list lost", text: strings.Replace(routerA, "address {", "address", 1) + routerB,
			want: "missing-open-brace 3:5", keeps: both},
		{name: "one line, list", text: "vrrp_instance A {\n    virtual_ipaddress { 10.0.0.1/24\n    priority 100\n}\n" +
			routerB, want: "missing-close-brace 2:5 see 3:5", keeps: "/vrrp_instance/priority"},
		{name: "one line, two of one",
			text: "vrrp_instance A {\n    virtual_ipaddress { 10.0.0.1/24 }}\n    priority 100\n}\n" + routerB,
			want: "extra-close-brace 2:38 see 3:5", keeps: both},
		{name: "comment between", text: without(routerA, 7) + "# the other one }\n" + routerB,
			want: "missing-close-brace 1:1 see 8:1", keeps: both},
		{name: "unknown block before", text: "vrrp_instanse X {\n    state MASTER\n}\n" + without(routerA, 5) + routerB,
			want: "missing-close-brace 6:5 see 8:5", keeps: both},
		{name: "misplaced keyword before", text: "global_defs {\n    weight 5\n}\n" + without(routerA, 5) + routerB,
			want: "missing-close-brace 6:5 see 8:5", keeps: both},
		{name: "misplaced keyword of a block around",
			text: "vrrp_sync_group G {\n    group {\n        A\n    }\n    state MASTER\n}\n" + routerA + after(web, 10, "}"),
			want: "extra-close-brace 24:1", keeps: all},
		{name: "deep, nothing but '}'", text: strings.Repeat("a {\n", 3) + "}\n",
			want: "missing-close-brace 1:3, missing-close-brace 2:3"},
	}, extraCases()...)
}

func extraCases() []braceCase {
	const both = "/vrrp_instance/priority /vrrp_instance/virtual_ipaddress/10.0.0.1/24 " +
		"/vrrp_instance/virtual_ipaddress/10.0.1.1/24"
	const all = "/virtual_server/lb_algo /virtual_server/real_server/weight " +
		"/virtual_server/real_server/TCP_CHECK/connect_timeout"
	return []braceCase{
		{name: "extra at the root, first", text: "}\n" + routerA, want: "extra-close-brace 1:1",
			keeps: "/vrrp_instance/priority"},
		{name: "extra at the root, between", text: routerA + "}\n" + routerB, want: "extra-close-brace 8:1", keeps: both},
		{name: "extra at the root, last", text: routerA + routerB + "}\n", want: "extra-close-brace 15:1", keeps: both},
		{name: "extra in a block", text: after(routerA, 2, "    }") + routerB, want: "extra-close-brace 3:5 see 4:5",
			keeps: both},
		{name: "extra in a block, at the margin", text: after(routerA, 2, "}") + routerB,
			want: "extra-close-brace 3:1 see 4:5", keeps: both},
		{name: "extra after a list", text: after(routerA, 5, "    }") + routerB, want: "extra-close-brace 6:5 see 7:5",
			keeps: both},
		{name: "extra in a list", text: after(routerA, 3, "        }") + routerB, want: "extra-close-brace 4:9 see 7:5",
			keeps: both},
		{name: "extra in a service", text: after(web, 2, "    }") + routerA, want: "extra-close-brace 3:5 see 4:5",
			keeps: all},
		{name: "extra in a server", text: after(web, 4, "        }") + routerA, want: "extra-close-brace 5:9 see 6:9",
			keeps: all},
		{name: "extra in a check", text: after(web, 5, "            }") + routerA, want: "extra-close-brace 6:13 see 10:5",
			keeps: all},
		{name: "extra after a server", text: after(web, 8, "    }") + routerA, want: "extra-close-brace 9:5 see 10:5",
			keeps: all},
		{name: "extra, flat", text: flat(after(routerA, 2, "}")) + routerB, want: "extra-close-brace 3:1 see 4:1",
			keeps: both},
		{name: "extra, tabs", text: tabs(after(web, 8, "    }")) + routerA, want: "extra-close-brace 9:2 see 10:2",
			keeps: all},
		{name: "extra, CRLF", text: crlf(after(routerA, 2, "    }") + routerB), want: "extra-close-brace 3:5 see 4:5",
			keeps: both},
		{name: "extra, own line", text: ownLine(after(routerA, 2, "    }") + routerB),
			want: "extra-close-brace 4:5 see 5:5", keeps: both},
		{name: "extra on the line of a keyword", text: strings.Replace(routerA, "eth0", "eth0 }", 1) + routerB,
			want: "extra-close-brace 2:20 see 3:5", keeps: both},
		{name: "two extra, apart", text: after(routerA, 2, "    }") + after(routerB, 2, "    }"),
			want: "extra-close-brace 3:5 see 4:5, extra-close-brace 11:5 see 12:5", keeps: both},
		{name: "one extra, one missing", text: after(routerA, 2, "    }") + without(routerB, 5) + web,
			want: "extra-close-brace 3:5 see 4:5, missing-close-brace 11:5 see 13:5", keeps: both + " " + all},
		// Braces match: that 'vrrp_instance' is no keyword in a list is found later.
		{name: "one missing, one extra", text: without(routerA, 5) + after(routerB, 2, "    }") + web, keeps: all},
		{name: "'{' after a value", text: strings.Replace(routerA, "eth0", "eth0 {", 1) + routerB,
			want: "unexpected-open-brace 2:20", keeps: both},
		{name: "'{' after an entry", text: strings.Replace(routerA, "1/24", "1/24 {", 1) + routerB,
			want: "unexpected-open-brace 4:21", keeps: "/vrrp_instance/priority"},
		{name: "'{' twice", text: strings.Replace(routerA, "A {", "A {{", 1) + routerB, want: "unexpected-open-brace 1:18",
			keeps: both},
		{name: "'{' alone", text: "{\n" + routerA, want: "unexpected-open-brace 1:1", keeps: "/vrrp_instance/priority"},
		{name: "nothing but braces", text: "}}}\n",
			want: "extra-close-brace 1:1, extra-close-brace 1:2, extra-close-brace 1:3"},
	}
}
