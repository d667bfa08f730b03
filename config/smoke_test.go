package config

import (
	"slices"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// snapshot makes a snapshot of text as one file, as the preprocessor would.
func snapshot(text string) syntax.Snapshot {
	s := syntax.Snapshot{Main: "test.conf", Files: []string{"test.conf"}}
	for i, line := range strings.Split(text, "\n") {
		if cut := strings.IndexAny(line, "#!"); cut >= 0 {
			line = line[:cut]
		}
		if strings.TrimSpace(line) != "" {
			s.Lines = append(s.Lines, syntax.Line{File: "test.conf", Line: i + 1, Col: 1, Text: line})
		}
	}
	return s
}

func TestBindTheSeedScene(t *testing.T) {
	cfg, diags := Bind(snapshot(`global_defs {
   router_id LVS1
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        192.168.1.150/24
    }
}
virtual_server 192.168.1.150 80 {
    delay_loop 6
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.168.1.171 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`), Env{HostName: "d1"})
	if len(diags) != 0 || ExitStatus(diags) != 0 {
		t.Fatalf("findings: %v", diags)
	}
	if len(cfg.Instances) != 1 || len(cfg.VirtualServers) != 1 || len(cfg.VirtualServers[0].RealServers) != 1 {
		t.Fatalf("%+v", cfg)
	}
	if got := cfg.VirtualServers[0].Name(); got != "[192.168.1.150]:tcp:80" {
		t.Errorf("name %s", got)
	}
	if !slices.Equal(cfg.VirtualServers[0].RealServers[0].Checkers[0].Connect.AppendTo(nil), []byte("192.168.1.171:80")) {
		t.Errorf("connect %v", cfg.VirtualServers[0].RealServers[0].Checkers[0].Connect)
	}
}
