package language

import (
	"net/netip"
	"testing"
)

// Checkers connect to the port that was written, whatever port the table gets (seen on
// keepalived 2.2.7).
func TestSemantics8_5_CheckersUseTheWrittenPort(t *testing.T) {
	check := "\n  TCP_CHECK {\n  }\n }\n}\n"
	for name, c := range map[string]struct {
		text, connect string
		port          uint16
	}{
		"fwmark and DR": {"virtual_server fwmark 5 {\n lb_kind DR\n real_server 10.1.0.1 8080 {" + check,
			"10.1.0.1:8080", 0},
		"DR, another port": {"virtual_server 10.0.0.1 80 {\n lb_kind DR\n protocol TCP\n real_server 10.1.0.1 8080 {" +
			check, "10.1.0.1:8080", 80},
		"NAT, another port": {"virtual_server 10.0.0.1 80 {\n lb_kind NAT\n protocol TCP\n real_server 10.1.0.1 8080 {" +
			check, "10.1.0.1:8080", 8080},
		"no port": {"virtual_server 10.0.0.1 80 {\n lb_kind DR\n protocol TCP\n real_server 10.1.0.1 {" + check,
			"10.1.0.1:80", 80},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := bind(t, c.text)
			r := cfg.VirtualServers[0].RealServers[0]
			if got := r.Checkers[0].Connect; got != netip.MustParseAddrPort(c.connect) || r.Port != c.port {
				t.Errorf("connects to %s, table has port %d; want %s, %d", got, r.Port, c.connect, c.port)
			}
		})
	}
}
