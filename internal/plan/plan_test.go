package plan

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/golden"
	"holdfast/internal/state"
)

// read binds a text, which has to be without errors.
func read(t *testing.T, text string) *config.Config {
	t.Helper()
	s := syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{ConfigID: "d1", Dir: "/"})
	c, found := language.Bind(s, language.Env{HostName: "d1"})
	for _, d := range found {
		if d.Severity >= syntax.Error {
			t.Fatal(d)
		}
	}
	return c
}

const before = `
vrrp_script chk {
    script "/bin/true"
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass sesame
    }
    virtual_ipaddress {
        192.0.2.10/24
        192.0.2.11/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress {
        192.0.2.20/24
    }
}
virtual_server 192.0.2.10 80 {
    lb_algo mh
    lb_kind DR
    protocol TCP
    real_server 192.0.2.101 80 {
        TCP_CHECK {
        }
    }
    real_server 192.0.2.102 80 {
        TCP_CHECK {
        }
    }
}
`

// now is the daemon that runs it: master of one, backup of the other.
func now() Running {
	seven := int64(7)
	return Running{
		Instances: []state.Instance{
			{Name: "VI_1", State: "MASTER", Priority: 100, EffectivePriority: 100},
			{Name: "VI_2", State: "BACKUP", Priority: 100, EffectivePriority: 100, MasterPriority: 150,
				Master: netip.MustParseAddr("192.0.2.2")},
		},
		Trackers: []state.Tracker{{Kind: "interface", Name: "eth9", Status: "down"}},
		Servers: []state.Server{{Service: "[192.0.2.10]:tcp:80", Address: netip.MustParseAddr("192.0.2.101"), Port: 80,
			Connections: &seven}},
	}
}

func planOf(t *testing.T, oldnew ...string) state.Plan {
	t.Helper()
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(before, oldnew[i]) {
			t.Fatalf("there is no %q", oldnew[i])
		}
	}
	next := strings.NewReplacer(oldnew...).Replace(before)
	return Of(state.Prospect{File: "f", Generation: 3, Running: read(t, before), Next: read(t, next)}, now())
}

func TestNothingChanges(t *testing.T) {
	p := planOf(t)
	if p.Changes || len(p.Moves)+len(p.Routers)+len(p.Addresses)+len(p.Services)+len(p.Statements) > 0 ||
		p.Summary != "nothing changes" {
		t.Errorf("%+v", p)
	}
}

// Each change beside what the plan says of it.
func TestPlans(t *testing.T) {
	var all strings.Builder
	for _, c := range []struct {
		name string
		edit []string
	}{
		{"a master gets a lower priority", []string{"virtual_router_id 51\n    priority 100", "virtual_router_id 51\n    priority 50"}},
		{"a backup gets the highest", []string{"virtual_router_id 52\n    priority 100", "virtual_router_id 52\n    priority 200"}},
		{"a backup gets more", []string{"virtual_router_id 52\n    priority 100", "virtual_router_id 52\n    priority 120"}},
		{"a backup that does not preempt", []string{"virtual_router_id 52\n    priority 100",
			"virtual_router_id 52\n    nopreempt\n    priority 200"}},
		{"another id", []string{"virtual_router_id 51", "virtual_router_id 61"}},
		{"another name", []string{"VI_1", "VI_A"}},
		{"another password", []string{"sesame", "trustno1"}},
		{"another interval", []string{"advert_int 1", "advert_int 2"}},
		{"an owner is added", []string{"vrrp_instance VI_2 {", "vrrp_instance VI_3 {\n    interface eth1\n    virtual_router_id 53\n" +
			"    priority 255\n    virtual_ipaddress {\n        192.0.2.30/24\n    }\n}\nvrrp_instance VI_2 {"}},
		{"a router goes", []string{before[strings.Index(before, "vrrp_instance VI_1"):strings.Index(before, "vrrp_instance VI_2")], ""}},
		{"an address goes to another router", []string{"        192.0.2.11/24\n", "", "192.0.2.20/24", "192.0.2.20/24\n        192.0.2.11/24"}},
		{"addresses come and go", []string{"192.0.2.11/24", "192.0.2.12/24", "192.0.2.20/24", "192.0.2.21/24"}},
		{"a group", []string{"vrrp_instance VI_1", "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}\nvrrp_instance VI_1"}},
		{"it tracks what is down", []string{"    virtual_router_id 51", "    track_interface {\n        eth9\n    }\n    virtual_router_id 51"}},
		{"it tracks what is not known", []string{"    virtual_router_id 51", "    track_script {\n        chk\n    }\n    virtual_router_id 51"}},
		{"a server goes and one comes", []string{"real_server 192.0.2.101 80", "real_server 192.0.2.103 80"}},
		{"a weight", []string{"    real_server 192.0.2.102 80 {\n", "    real_server 192.0.2.102 80 {\n        weight 3\n"}},
		{"another service", []string{"virtual_server 192.0.2.10 80", "virtual_server 192.0.2.10 443"}},
	} {
		p := planOf(t, c.edit...)
		if !p.Changes {
			t.Errorf("%s: nothing changes", c.name)
		}
		p.Findings, p.Gone, p.Fixed = nil, nil, nil
		text, err := json.MarshalIndent(map[string]any{"moves": p.Moves, "routers": p.Routers, "addresses": p.Addresses,
			"services": p.Services}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "sesame") || strings.Contains(string(text), "trustno1") {
			t.Errorf("%s: a password", c.name)
		}
		all.WriteString(c.name + ": " + p.Summary + "\n" + string(text) + "\n\n")
	}
	golden.Equal(t, "testdata/plans.txt", all.String())
}

// A backup that has heard no master yet is not said to have one.
func TestABackupWithoutAMaster(t *testing.T) {
	next := strings.Replace(before, "virtual_router_id 52\n    priority 100", "virtual_router_id 52\n    priority 120", 1)
	r := now()
	r.Instances[1].Master, r.Instances[1].MasterPriority = netip.Addr{}, 0
	p := Of(state.Prospect{Running: read(t, before), Next: read(t, next)}, r)
	if len(p.Routers) != 1 || !strings.Contains(strings.Join(p.Routers[0].Effect, "\n"), "no master is heard: an election with priority 120") ||
		len(p.Moves) != 0 {
		t.Errorf("%+v", p)
	}
}

// No password is in a plan, wherever it stood.
func TestNoPasswords(t *testing.T) {
	p := planOf(t, "sesame", "trustno1")
	text, err := json.Marshal(p)
	if err != nil || strings.Contains(string(text), "sesame") || strings.Contains(string(text), "trustno1") {
		t.Errorf("%v, %s", err, text)
	}
	if !strings.Contains(string(text), "auth_pass REDACTED -\\u003e REDACTED (another one)") {
		t.Errorf("%s", text)
	}
}

// What is refused is told with what it would have changed; what could not be read with nothing.
func TestRefusals(t *testing.T) {
	p := Of(state.Prospect{File: "f", Refused: "no", Fixed: "later", Running: read(t, before)}, now())
	text, _ := json.Marshal(p)
	if p.Changes || p.Refused != "no" || len(p.Fixed) != 1 || strings.Contains(string(text), "null") {
		t.Errorf("%s", text)
	}
	p = Of(state.Prospect{File: "f", Refused: "no", Running: read(t, before), Next: read(t, "")}, now())
	if !p.Changes || len(p.Gone) != 2 || len(p.Routers) != 2 || len(p.Services) != 1 {
		t.Errorf("%+v", p)
	}
}
