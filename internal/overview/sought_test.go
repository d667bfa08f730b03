package overview

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// first are the names that the answers begin with.
var first = regexp.MustCompile(`(?m)^(sync group \S+|.+? of .+?|FWM \d+|\S+?):? (?:is|the quorum is) `)

// Every way in which the log, the configuration and ipvsadm name a thing finds it, and all that a name fits.
func TestEveryNameOfAThing(t *testing.T) {
	single := "[10.0.0.9]:tcp:80"
	one := "[10.1.0.1]:tcp:8080 of " + single
	for name, want := range map[string][]string{
		"VI_1": {"VI_1"}, "(VI_1)": {"VI_1"}, "VRRP_Instance(VI_1)": {"VI_1"}, "vrrp_instance VI_1": {"VI_1"},
		"10.0.0.10": {"VI_1"}, "10.0.0.10/24": {"VI_1"}, "10.0.0.9": {"VI_1", single},
		"G": {"sync group G", "VI_1", "VI_3"}, "VRRP_Group(G)": {"sync group G", "VI_1", "VI_3"},
		"10.0.0.9:80": {single}, "[10.0.0.9]:80": {single}, single: {single}, "VS " + single: {single},
		"10.0.0.9 80": {single}, "virtual_server 10.0.0.9 80": {single}, "TCP 10.0.0.9:80": {single},
		"10.0.0.9:tcp:80": {single}, "TCP  10.0.0.9:80": {single},
		"FWM 9": {"FWM 9"}, "VS FWM 9": {"FWM 9"}, "fwmark 9": {"FWM 9"}, "fwm9": {"FWM 9"}, "FWM  9 IPv6": {"FWM 9"},
		"virtual_server fwmark 9": {"FWM 9"},
		"web":                     {"[web]:0", "[web]:1"}, "[web]": {"[web]:0", "[web]:1"}, "[web]:1": {"[web]:1"},
		"group web": {"[web]:0", "[web]:1"}, "virtual_server group web": {"[web]:0", "[web]:1"},
		"virtual_server_group web": {"[web]:0", "[web]:1"}, "FWM 7": {"[web]:0", "[web]:1"},
		"10.0.0.20": {"[web]:0", "[web]:1"}, "10.0.0.29:53": {"[web]:0", "[web]:1"}, "UDP 10.0.0.22:53": {"[web]:0"},
		"[10.0.0.25]:tcp:53": {"[web]:1"}, "10.0.0.20-29 53": {"[web]:0", "[web]:1"},
		"[10.0.0.20]:udp:53-10.0.0.29": {"[web]:0"},
		"10.1.0.1":                     {one}, "10.1.0.1:8080": {one}, "[10.1.0.1]": {one}, "[10.1.0.1]:8080": {one},
		"real_server 10.1.0.1 8080": {one}, "[10.1.0.1]:tcp:8080": {one}, single + " [10.1.0.1]:tcp:8080": {one},
		"[fd00::1]:none:0": {"[fd00::1]:none:0 of FWM 9"}, "[fd00::1]:0": {"[fd00::1]:none:0 of FWM 9"},
		"fd00:0::1": {"[fd00::1]:none:0 of FWM 9"}, "[FD00::1]": {"[fd00::1]:none:0 of FWM 9"},
		// With DR it has the port of its group in the table of the kernel.
		"10.1.0.3:53": {"[10.1.0.3]:udp:0 of [web]:0"}, "10.1.0.3:54": {"[10.1.0.3]:tcp:54 of [web]:1"},
		"10.1.0.3": {"[10.1.0.3]:udp:0 of [web]:0", "[10.1.0.3]:tcp:54 of [web]:1"},
		"peer":     {"peer"}, "BFD_Instance(peer)": {"peer"}, "10.0.0.3": {"peer"},
	} {
		var b strings.Builder
		found := Why(&b, sample(), name, Style{Now: now})
		var got []string
		for _, m := range first.FindAllStringSubmatch(b.String(), -1) {
			if !strings.HasPrefix(m[0], " ") {
				got = append(got, m[1])
			}
		}
		if !found || !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q\n%s", name, got, want, b.String())
		}
	}
}

// What is not there is not found, and what may have been meant is listed.
func TestNearNames(t *testing.T) {
	for name, want := range map[string][]string{
		"": nil, " ": nil, "nothing like it": nil, "FWM": {"FWM 9"}, "10.0.0.9:": {"[10.0.0.9]:tcp:80"},
		"10.0.0.9:81":        {"[10.0.0.9]:tcp:80"},
		"[10.0.0.9]:udp:80":  {"[10.0.0.9]:tcp:80"},
		"10.1.0.1:8081":      {"[10.1.0.1]:tcp:8080"},
		"10.0.0.9:x":         {"[10.0.0.9]:tcp:80"},
		"10.0.0.3 80":        {"peer"},
		"FWM 8":              {"FWM 9"},
		"FWM 99999999999999": nil,
		"vi_2":               {"VI_1", "VI_3"},
		"VI":                 {"VI_1", "VI_3"},
		"longer":             {"longer_name"},
		"wbe":                {"web"},
		"10.0.0.8:80":        {"[10.0.0.9]:tcp:80"},
		"10.0.0.30:53":       nil,
	} {
		var b strings.Builder
		if Why(&b, sample(), name, Style{Now: now}) || b.Len() > 0 {
			t.Errorf("%q: %s", name, b.String())
		}
		if got := Near(sample(), name); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := Near(sample(), "10.1.0."); len(got) != 5 {
		t.Errorf("%q", got)
	}
}
