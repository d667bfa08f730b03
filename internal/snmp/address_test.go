package snmp

import "testing"

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "unix:/var/agentx/master",
		"/run/x":                 "unix:/run/x",
		"unix:/run/x":            "unix:/run/x",
		"tcp:192.0.2.1:705":      "tcp:192.0.2.1:705",
		"tcp:192.0.2.1":          "tcp:192.0.2.1:705",
		"tcp:agent.example":      "tcp:agent.example:705",
		"tcp:7050":               "tcp:localhost:7050",
		"tcp6:[2001:db8::1]:705": "tcp6:[2001:db8::1]:705",
		"tcp6:[2001:db8::1]":     "tcp6:[2001:db8::1]:705",
		"tcpv6:[::1]:1":          "tcp6:[::1]:1",
	} {
		if got, err := parseAddress(text); err != nil || got.String() != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"udp:192.0.2.1:705", "unix:", "tcp:", "x", "ssh:host"} {
		if got, err := parseAddress(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}
