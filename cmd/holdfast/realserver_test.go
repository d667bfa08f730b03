package main

import "testing"

func TestRealserverCalledWrongly(t *testing.T) {
	for _, v := range []invocation{
		{[]string{"realserver"}, 2, "", "holdfast realserver: requires at least 1 arg(s), only received 0\n"},
		{[]string{"realserver", "serve", "192.0.2.10"}, 2, "", `holdfast realserver: "serve": want apply, check or remove` + "\n"},
		{[]string{"realserver", "apply"}, 2, "", "holdfast realserver: apply needs a virtual address\n"},
		{[]string{"realserver", "apply", "192.0.2"}, 2, "", `holdfast realserver: "192.0.2" is no address` + "\n"},
		{[]string{"realserver", "apply", "fe80::1"}, 2, "", "holdfast realserver: fe80::1 is of one link: a virtual address is one that clients reach\n"},
		{[]string{"realserver", "apply", "--tun-type", "vxlan", "192.0.2.10"}, 2, "", `holdfast realserver: tunnel type "vxlan": want ipip, gue or gre` + "\n"},
		{[]string{"realserver", "apply", "--tun-type", "gue", "192.0.2.10"}, 2, "", "holdfast realserver: --tun-port is for --tun-type gue, which needs it\n"},
		{[]string{"realserver", "apply", "--tun-port", "6080", "192.0.2.10"}, 2, "", "holdfast realserver: --tun-port is for --tun-type gue\n"},
		{[]string{"realserver", "apply", "--tun", "--tun-csum", "10.0.0.1", "192.0.2.10"}, 2, "",
			"holdfast realserver: --tun-csum is for --tun-type gre: the others need nothing for checksums\n"},
		{[]string{"realserver", "apply", "--tun-csum", "10.0.0.1", "192.0.2.10"}, 2, "", "holdfast realserver: --tun-csum is for --tun-type gre\n"},
		{[]string{"realserver", "apply", "--tun-type", "gre", "--tun-csum", "x", "192.0.2.10"}, 2, "", `holdfast realserver: --tun-csum: "x" is no address` + "\n"},
		{[]string{"realserver", "check", "--port", "0", "192.0.2.10"}, 2, "", `holdfast realserver: port "0": want 1..65535` + "\n"},
		{[]string{"realserver", "check", "-o", "xml", "192.0.2.10"}, 2, "", "holdfast realserver: --format xml: want text, json\n"},
		{[]string{"realserver", "remove"}, 2, "", "holdfast realserver: remove needs virtual addresses, or --all\n"},
		{[]string{"realserver", "remove", "198.51.100.250"}, 2, "", "holdfast realserver: 198.51.100.250 was not applied here: it stays as it is\n"},
		{[]string{"realserver", "apply", "--dry-run", "--runtime", "198.51.100.250"}, 0, "ip address add 198.51.100.250/32 dev lo scope host label lo:holdfast\n", ""},
		{[]string{"realserver", "check", "198.51.100.250"}, 1, "198.51.100.250 is not on lo\n", ""},
		{[]string{"__complete", "realserver", ""}, 0, "check\tsay what is wrong\n", "Completion ended"},
	} {
		v.run(t)
	}
}
