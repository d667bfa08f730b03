package snmp

import (
	"fmt"
	"net"
	"strings"
)

// DefaultSocket is where a master agent listens unless somebody says otherwise.
const DefaultSocket = "unix:/var/agentx/master"

// agentPort is that of AgentX (RFC 2741, section 8.1).
const agentPort = "705"

// An address is where a master agent listens.
type address struct{ network, at string }

func (a address) String() string { return a.network + ":" + a.at }

// parseAddress reads an address as snmpd writes it: unix:PATH, tcp:HOST:PORT, tcp6:[HOST]:PORT, or just PATH. A port
// alone is one of this host.
func parseAddress(text string) (address, error) {
	if text == "" {
		text = DefaultSocket
	}
	if strings.HasPrefix(text, "/") {
		text = "unix:" + text
	}
	scheme, rest, _ := strings.Cut(text, ":")
	switch {
	case rest == "":
		return address{}, fmt.Errorf("not an address of a master agent: %q", text)
	case scheme == "unix":
		return address{"unix", rest}, nil
	case scheme == "tcp" || scheme == "tcp6" || scheme == "tcpv6" || scheme == "tcpipv6":
		network := "tcp"
		if scheme != "tcp" {
			network = "tcp6"
		}
		return address{network, hostPort(rest)}, nil
	}
	return address{}, fmt.Errorf("AgentX over %s is not possible: %q", scheme, text)
}

// hostPort is a host and a port of which one may be missing.
func hostPort(text string) string {
	switch _, _, err := net.SplitHostPort(text); {
	case err == nil:
		return text
	case strings.Trim(text, "0123456789") == "":
		return net.JoinHostPort("localhost", text)
	}
	return net.JoinHostPort(strings.Trim(text, "[]"), agentPort)
}
