package mib

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/agentx"
	"holdfast/internal/golden"
	"holdfast/internal/state"
)

// scenes are the configurations that are compared with keepalived.
const scenes = "../../test/e2e/snmp/testdata"

// everything is what is wanted if all is.
func everything() config.SNMP {
	return config.SNMP{VRRP: true, RFCv2: true, RFCv3: true, Checker: true, Traps: true}
}

func bound(t testing.TB, name string) *config.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(scenes, name+".conf"))
	if err != nil {
		t.Fatal(err)
	}
	s := syntax.Load(syntax.MapSource{"f": string(text)}, "f", syntax.Options{})
	c, _ := language.Bind(s, language.Env{HostName: "host"})
	return c
}

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// answer is a daemon that runs a configuration, and of which all is as it might be.
func answer(c *config.Config) *state.Answer {
	o := state.Objects{Links: map[string]int{"eth0": 2, "in1": 4, "vm56": 6}}
	for n := range c.Instances {
		o.Routers = append(o.Routers, routerObjects(&c.Instances[n], uint8(n%3+1)))
	}
	for _, s := range c.Scripts {
		o.Tracked = append(o.Tracked, state.TrackedObject{Kind: config.TrackedScript, Name: s.Name, Known: s.Weight != 0, Value: s.Rise})
	}
	for _, f := range c.TrackFiles {
		o.Tracked = append(o.Tracked, state.TrackedObject{Kind: config.TrackedFile, Name: f.Name, Known: true, Value: 7})
	}
	for _, p := range c.TrackProcesses {
		o.Tracked = append(o.Tracked, state.TrackedObject{Kind: config.TrackedProcess, Name: p.Name, Known: true, Value: 1, Count: 3})
	}
	for _, b := range c.BFDs {
		o.Tracked = append(o.Tracked, state.TrackedObject{Kind: config.TrackedBFD, Name: b.Name, Known: true})
	}
	for _, a := range c.StaticAddresses {
		o.Static.Addresses = append(o.Static.Addresses, state.AddressObject{Dev: a.Dev, Present: true})
	}
	o.Static.Routes, o.Static.Rules = make([]bool, len(c.StaticRoutes)), make([]bool, len(c.StaticRules))
	for n := range c.VirtualServers {
		v := &c.VirtualServers[n]
		of := state.ServiceObjects{Name: v.Name(), Alive: true, Quorum: n%2 == 0, Traffic: traffic(uint64(n) + 1)}
		for k := range v.RealServers {
			of.Servers = append(of.Servers, state.ServerObjects{Up: k == 0, Effective: int32(v.RealServers[k].Weight), Failed: k,
				Traffic: traffic(1 << 33)})
		}
		o.Services = append(o.Services, of)
	}
	return &state.Answer{Daemon: state.Daemon{Version: "1.2.3"}, Running: c,
		Sources: []state.Source{{Role: "vrrp", Report: state.Report{Objects: o}}}}
}

// traffic are numbers of which none is another.
func traffic(n uint64) state.Traffic {
	return state.Traffic{Connections: n, PacketsIn: n + 1, PacketsOut: n + 2, BytesIn: n + 3, BytesOut: n + 4, ConnectionRate: n + 5,
		PacketRateIn: n + 6, PacketRateOut: n + 7, ByteRateIn: n + 8, ByteRateOut: n + 9, Active: 10, Inactive: 11, Persistent: 12}
}

func routerObjects(i *config.Instance, st uint8) state.RouterObjects {
	r := state.RouterObjects{Name: i.Name, State: st, Wanted: st, Priority: i.Priority, Preempt: !i.NoPreempt, Effective: i.Priority - 1, VIPsSet: st == 2,
		Interface: i.Interface, Source: netip.MustParseAddr("192.168.1.151"), Master: netip.MustParseAddr("192.168.1.152"),
		MAC: [6]byte{2, 0, 0, 0, 0, st}, Misfit: 1, LinkUp: true,
		Counters: state.RouterCounters{BecameMaster: 1, Received: 2, Checksum: 3, Version: 4, Interval: 5, TTL: 6, Type: 7, Addresses: 8,
			Length: 9, AuthType: 10, AuthMismatch: 11, AuthFailure: 12, ZeroReceived: 13, ZeroSent: 14}}
	if st == 2 {
		r.Takeover = 3
	}
	if st != 3 {
		r.Part = now().Add(-time.Minute)
	}
	if i.IPv6 {
		r.Source, r.Master = netip.MustParseAddr("fe80::151"), netip.MustParseAddr("fe80::152")
	}
	for a := range i.Addresses() {
		r.Addresses = append(r.Addresses, state.AddressObject{Dev: a.Dev, Present: st == 2})
	}
	for range i.Routes {
		r.Routes = append(r.Routes, st == 2)
	}
	for range i.Rules {
		r.Rules = append(r.Rules, st == 2)
	}
	return r
}

// walk goes through a tree as an SNMP agent does.
func walk(t Tree) (all []agentx.VarBind) {
	at := agentx.Range{Start: agentx.OID{1}}
	for {
		v, is := t.Next(at)
		if !is {
			return all
		}
		all = append(all, v)
		at.Start = v.Name
	}
}

func line(v agentx.VarBind) string {
	switch v.Value.Type {
	case agentx.Integer:
		return fmt.Sprintf("%v = Integer %d", v.Name, v.Value.Int())
	case agentx.OctetString:
		return fmt.Sprintf("%v = %q", v.Name, v.Value.Text)
	case agentx.IPAddress:
		return fmt.Sprintf("%v = IpAddress %x", v.Name, v.Value.Text)
	}
	kind := map[agentx.Type]string{agentx.Gauge32: "Gauge32", agentx.Counter32: "Counter32", agentx.Counter64: "Counter64",
		agentx.TimeTicks: "TimeTicks"}[v.Value.Type]
	return fmt.Sprintf("%v = %s %d", v.Name, kind, v.Value.Number)
}

func view1(c *config.Config) Tree {
	return Of(answer(c), everything(), Moment{Now: now(), Booted: now().Add(-time.Hour)})
}

func TestViews(t *testing.T) {
	for _, name := range []string{"least", "much", "routes", "services"} {
		var b strings.Builder
		for _, v := range walk(view1(bound(t, name))) {
			b.WriteString(line(v) + "\n")
		}
		golden.Equal(t, filepath.Join("testdata", name+".walk"), b.String())
	}
}

// What a walk comes past is in the order of the names, is got by its name, and is what comes next from wherever one
// begins.
func TestTreesAreOrdered(t *testing.T) {
	for _, name := range []string{"least", "much", "routes", "services"} {
		tree := view1(bound(t, name))
		all := walk(tree)
		for i, v := range all {
			if i > 0 && all[i-1].Name.Compare(v.Name) >= 0 {
				t.Fatalf("%v comes behind %v", v.Name, all[i-1].Name)
			}
			if got := tree.Get(v.Name); line(agentx.VarBind{Name: v.Name, Value: got}) != line(v) {
				t.Errorf("%s is got as %+v", line(v), got)
			}
			for _, no := range []agentx.OID{v.Name.With(1), v.Name[:len(v.Name)-1]} {
				if got := tree.Get(no); got.Type != agentx.NoSuchObject && got.Type != agentx.NoSuchInstance {
					t.Errorf("%v is %+v", no, got)
				}
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			r := agentx.Range{Include: rapid.Bool().Draw(t, "include")}
			near := func(what string) agentx.OID {
				o := all[rapid.IntRange(0, len(all)-1).Draw(t, what)].Name
				o = o[:rapid.IntRange(1, len(o)).Draw(t, what+" length")].With()
				if o[len(o)-1] > 0 {
					o[len(o)-1] -= uint32(rapid.IntRange(0, 1).Draw(t, what+" less"))
				}
				return o
			}
			r.Start = near("start")
			if rapid.Bool().Draw(t, "ends") {
				r.End = near("end")
			}
			want := ""
			for _, v := range all {
				if at := v.Name.Compare(r.Start); (at > 0 || at == 0 && r.Include) && (r.End == nil || v.Name.Compare(r.End) < 0) {
					want = line(v)
					break
				}
			}
			got := ""
			if v, is := tree.Next(r); is {
				got = line(v)
			}
			if got != want {
				t.Fatalf("%+v: %s, want %s", r, got, want)
			}
		})
	}
}

// What a role has not said yet, or says of another configuration, makes rows missing and nothing else.
func TestRolesThatSayNothing(t *testing.T) {
	c := bound(t, "much")
	a := answer(c)
	a.Sources = nil
	if n := len(walk(Of(a, everything(), Moment{Now: now()}))); n < 20 {
		t.Errorf("%d objects without a role", n)
	}
	a = answer(c)
	o := &a.Sources[0].Report.Objects
	o.Routers = o.Routers[1:]
	o.Routers[0].Addresses = nil
	tree := Of(a, everything(), Moment{Now: now()})
	for n, want := range []agentx.Type{agentx.NoSuchInstance, agentx.NoSuchInstance, agentx.OctetString} {
		if got := tree.Get(under(2, 3, 1, 2, uint32(n+1))); got.Type != want {
			t.Errorf("instance %d is %+v", n+1, got)
		}
	}
	if tree := Of(&state.Answer{}, everything(), Moment{}); tree != nil {
		t.Error("something is shown without a configuration")
	}
}

func TestRegions(t *testing.T) {
	for want, c := range map[string]config.SNMP{
		"": {Traps: true}, ".1.3.6.1.2.1.68 ": {RFCv2: true}, ".1.3.6.1.2.1.207 ": {RFCv3: true},
		".1.3.6.1.4.1.9586.100.5.1 .1.3.6.1.4.1.9586.100.5.2 ": {VRRP: true},
		".1.3.6.1.4.1.9586.100.5.1 .1.3.6.1.4.1.9586.100.5.3 ": {Checker: true},
	} {
		got := ""
		for _, r := range Regions(c) {
			got += r.OID.String() + " "
		}
		if got != want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func traps(t *testing.T, e state.Event, want config.SNMP) string {
	t.Helper()
	c := bound(t, "much")
	if e.About == state.AboutService || e.About == state.AboutServer {
		c = bound(t, "services")
	}
	var b strings.Builder
	for _, n := range Traps(&e, answer(c), want, Moment{Now: now()}) {
		fmt.Fprintf(&b, "%v", n[0].Value.OID)
		for _, v := range n[1:] {
			b.WriteString(" | " + line(v))
		}
		b.WriteString("\n")
	}
	return strings.ReplaceAll(b.String(), Keepalived().String(), "K")
}

func TestTraps(t *testing.T) {
	all := everything()
	for name, c := range map[string]struct {
		event state.Event
		want  config.SNMP
		text  string
	}{
		"group": {state.Event{About: state.AboutGroup, Name: "G1", To: "BACKUP"}, all,
			`K.2.10.0.1 | K.2.1.1.2 = "G1" | K.2.1.1.3 = Integer 1 | K.1.2.0 = "much of it"` + "\n"},
		"backup": {state.Event{About: state.AboutInstance, Name: "VI_1", To: "BACKUP"}, all,
			`K.2.10.0.2 | K.2.3.1.2 = "VI_1" | K.2.3.1.4 = Integer 1 | K.2.3.1.5 = Integer 1 | K.1.2.0 = "much of it"` + "\n"},
		"master": {state.Event{About: state.AboutInstance, Name: "VI_5", To: "MASTER"}, all,
			`K.2.10.0.2 | K.2.3.1.2 = "VI_5" | K.2.3.1.4 = Integer 2 | K.2.3.1.5 = Integer 1 | K.1.2.0 = "much of it"
.1.3.6.1.2.1.68.0.1 | .1.3.6.1.2.1.68.1.3.1.7.2.55 = IpAddress c0a80197
.1.3.6.1.2.1.207.0.1 | .1.3.6.1.2.1.207.1.1.1.1.3.2.55.1 = "\xc0\xa8\x01\x97" | .1.3.6.1.2.1.207.1.2.5.1.2.2.55.1 = Integer 3
`},
		"only rfc": {state.Event{About: state.AboutInstance, Name: "VI_5", To: "MASTER"}, config.SNMP{RFCv2: true},
			".1.3.6.1.2.1.68.0.1 | .1.3.6.1.2.1.68.1.3.1.7.2.55 = IpAddress c0a80197\n"},
		"quorum": {state.Event{About: state.AboutService, Name: "[10.0.0.1]:tcp:80", To: "down", Up: 1}, all,
			`K.3.5.0.2 | K.3.3.1.2 = Integer 2 | K.3.3.1.5 = Integer 1 | K.3.3.1.6 = "\n\x00\x00\x01" | K.3.3.1.7 = Gauge32 80 | ` +
				`K.3.3.1.8 = Integer 1 | K.3.3.1.23 = Integer 2 | K.3.3.1.22 = Gauge32 4 | K.3.3.1.21 = Gauge32 1 | K.3.3.1.20 = Gauge32 2 | K.1.2.0 = "services"` + "\n"},
		"server": {state.Event{About: state.AboutServer, Name: "[127.0.0.4]:tcp:8080", Of: "[10.0.0.1]:tcp:80", To: "down", Up: 1}, all,
			`K.3.5.0.1 | K.3.4.1.3 = Integer 1 | K.3.4.1.4 = "\x7f\x00\x00\x04" | K.3.4.1.5 = Gauge32 8080 | K.3.4.1.6 = Integer 2 | ` +
				`K.3.3.1.2 = Integer 2 | K.3.3.1.5 = Integer 1 | K.3.3.1.6 = "\n\x00\x00\x01" | K.3.3.1.7 = Gauge32 80 | ` +
				`K.3.3.1.8 = Integer 1 | K.3.3.1.21 = Gauge32 1 | K.3.3.1.20 = Gauge32 2 | K.1.2.0 = "services"` + "\n"},
		"server of a mark": {state.Event{About: state.AboutServer, Name: "[127.0.0.2]:none:0", Of: "FWM 5", To: "up", Up: 1}, all,
			`K.3.5.0.1 | K.3.4.1.3 = Integer 1 | K.3.4.1.4 = "\x7f\x00\x00\x02" | K.3.4.1.5 = Gauge32 0 | K.3.4.1.6 = Integer 1 | ` +
				`K.3.3.1.2 = Integer 1 | K.3.3.1.4 = Gauge32 5 | K.3.3.1.8 = Integer 2 | K.3.3.1.21 = Gauge32 1 | K.3.3.1.20 = Gauge32 1 | ` +
				`K.1.2.0 = "services"` + "\n"},
		"a TTL": {state.Event{About: state.AboutAdvert, Name: "VI_5", Of: "192.0.2.1", Code: "ttl"}, all,
			".1.3.6.1.2.1.207.0.2 | .1.3.6.1.2.1.207.1.2.5.1.6.2.55.1 = Integer 1\n"},
		"a password": {state.Event{About: state.AboutAdvert, Name: "VI_5", Of: "192.0.2.1", Code: "auth_failure"}, all,
			".1.3.6.1.2.1.68.0.2 | .1.3.6.1.2.1.68.1.5.2.55 = IpAddress c0000201 | .1.3.6.1.2.1.68.1.6.2.55 = Integer 3\n"},
		"of one there is not": {state.Event{About: state.AboutAdvert, Name: "VI_99", Of: "192.0.2.1", Code: "ttl"}, all, ""},
		"not of version 2":    {state.Event{About: state.AboutAdvert, Name: "VI_5", Of: "192.0.2.1", Code: "auth_other"}, config.SNMP{RFCv3: true}, ""},
		"server of none":      {state.Event{About: state.AboutServer, Name: "[127.0.0.4]:tcp:8080", Of: "[10.0.0.1]:tcp:81", To: "down"}, all, ""},
		"no instance":         {state.Event{About: state.AboutInstance, Name: "VI_99", To: "MASTER"}, all, ""},
		"begins":              {state.Event{About: state.AboutInstance, Name: "VI_1", To: "INIT"}, all, ""},
		"repaired":            {state.Event{About: state.AboutService, Name: "[10.0.0.1]:tcp:80", To: "repaired"}, all, ""},
		"a reload":            {state.Event{About: state.AboutReload}, all, ""},
		"not wanted":          {state.Event{About: state.AboutGroup, Name: "G1", To: "BACKUP"}, config.SNMP{Checker: true}, ""},
	} {
		if got := traps(t, c.event, c.want); got != c.text {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.text)
		}
	}
	if Traps(&state.Event{About: state.AboutGroup, To: "BACKUP"}, &state.Answer{}, all, Moment{}) != nil {
		t.Error("a trap without a configuration")
	}
}

// When the daemon stops all routers and groups are shut down, and the servers that are up go before their virtual server.
func TestTrapsOfAStop(t *testing.T) {
	stop := state.Event{About: state.AboutDaemon, To: "stopping"}
	for name, c := range map[string]struct {
		want  config.SNMP
		count int
		parts []string
	}{
		"much": {everything(), 11, []string{`K.2.3.1.2 = "VI_1" | K.2.3.1.4 = Integer 5`, `K.2.1.1.2 = "G2" | K.2.1.1.3 = Integer 5`}},
		"services": {config.SNMP{Checker: true}, 26, []string{
			`K.3.4.1.6 = Integer 2 | K.3.3.1.2 = Integer 1 | K.3.3.1.4 = Gauge32 5 | K.3.3.1.8 = Integer 2 | K.3.3.1.21 = Gauge32 0 | K.3.3.1.20 = Gauge32 1`,
			`K.3.3.1.4 = Gauge32 5 | K.3.3.1.8 = Integer 2 | K.3.3.1.23 = Integer 3`}},
		"least": {config.SNMP{Checker: true}, 0, nil},
	} {
		text := ""
		all := Traps(&stop, answer(bound(t, name)), c.want, Moment{Now: now()})
		for _, n := range all {
			for _, v := range n {
				text += " | " + strings.ReplaceAll(line(v), Keepalived().String(), "K")
			}
		}
		if len(all) != c.count {
			t.Errorf("%s: %d notifications: %s", name, len(all), text)
		}
		for _, p := range c.parts {
			if !strings.Contains(text, p) {
				t.Errorf("%s: %q is not in %s", name, p, text)
			}
		}
	}
	if Tells(&state.Event{About: state.AboutDaemon, Name: "vrrp", To: "stopping"}, everything()) {
		t.Error("a process is taken for the daemon")
	}
}

// Whether a configuration has what an event is about.
func TestKnown(t *testing.T) {
	much, services := answer(bound(t, "much")), answer(bound(t, "services"))
	for _, c := range []struct {
		a  *state.Answer
		e  state.Event
		is bool
	}{
		{much, state.Event{About: state.AboutInstance, Name: "VI_1"}, true},
		{much, state.Event{About: state.AboutInstance, Name: "VI_99"}, false},
		{much, state.Event{About: state.AboutGroup, Name: "G1"}, true},
		{much, state.Event{About: state.AboutGroup, Name: "VI_1"}, false},
		{services, state.Event{About: state.AboutService, Name: "FWM 5"}, true},
		{services, state.Event{About: state.AboutService, Name: "FWM 7"}, false},
		{services, state.Event{About: state.AboutServer, Of: "FWM 5", Name: "[127.0.0.2]:none:0"}, true},
		{services, state.Event{About: state.AboutServer, Of: "FWM 6", Name: "[127.0.0.2]:none:0"}, false},
		{services, state.Event{About: state.AboutDaemon}, true},
		{&state.Answer{}, state.Event{About: state.AboutDaemon}, false},
	} {
		if Knows(c.a, &c.e) != c.is {
			t.Errorf("%+v: %v", c.e, !c.is)
		}
	}
}
