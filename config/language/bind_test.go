package language

import (
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// load reads text as the file test.conf, the way the daemon does.
func load(text string) syntax.Snapshot {
	return syntax.Load(syntax.MapSource{"test.conf": text}, "test.conf", syntax.Options{ConfigID: "node"})
}

// host answers like a host with four interfaces, some users and one script.
func host() Env {
	in := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	return Env{
		HostName: "director", Test: true,
		Namespace: in("red"),
		Interface: in("eth0", "eth1", "eth2", "eth3"),
		User:      in("root", "nobody"), Group: in("root", "nogroup"),
		Named: func(table, name string) (uint32, bool) {
			return 0, table+" "+name == "rt_tables uplink" || name == "AF11" || name == "cosmos"
		},
		VRF: in("eth3"),
		Script: func(c config.Command) string {
			if strings.HasPrefix(c.Argv[0], "/nope") {
				return "Script '" + c.Argv[0] + "' not found"
			}
			return ""
		},
	}
}

func bind(t *testing.T, text string) (*config.Config, []syntax.Diagnostic) {
	t.Helper()
	cfg, diags := Bind(load(text), host())
	if cfg == nil {
		t.Fatal("Bind gave no Config")
	}
	return cfg, diags
}

// clean binds text that must have no findings.
func clean(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, diags := bind(t, text)
	for _, d := range diags {
		t.Errorf("unexpected finding %s", d)
	}
	return cfg
}

// Whoever resolves the command later knows that a finding names what is wrong with it.
func TestProblemsOfCommandsAreKept(t *testing.T) {
	cfg, diags := bind(t, "global_defs {\n enable_script_security\n script_user root\n"+
		" notify_fifo_script /nope/fifo\n startup_script /nope/up\n}\n"+
		"vrrp_script chk {\n script /nope/chk\n}\n"+instance(" notify_master /nope/m", " notify_backup /bin/true",
		" track_script {\n chk\n }")+
		"virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n quorum_up /nope/q\n"+
		" real_server 10.0.0.2 80 {\n notify_up /nope/u\n MISC_CHECK {\n misc_path /nope/c\n }\n }\n}\n")
	text := ""
	for _, d := range diags {
		text += d.Text + "\n"
	}
	real := cfg.VirtualServers[0].RealServers[0]
	for _, c := range []config.Command{
		cfg.Global.NotifyFIFO.Script, cfg.Global.StartupScript, cfg.Scripts[0].Command, cfg.Instances[0].Notify.Master,
		cfg.VirtualServers[0].QuorumUp, real.Notify.Up, real.Checkers[0].Misc.Command,
	} {
		if c.Problem != "Script '"+c.Argv[0]+"' not found" || strings.Count(text, c.Problem) != 1 {
			t.Errorf("%s: problem %q in\n%s", c.Argv[0], c.Problem, text)
		}
	}
	if p := cfg.Instances[0].Notify.Backup.Problem; p != "" {
		t.Errorf("a good command has the problem %q", p)
	}
}

// instance is a vrrp_instance named A with more lines.
func instance(lines ...string) string {
	return "vrrp_instance A {\n interface eth0\n virtual_router_id 51\n" + strings.Join(lines, "\n") +
		"\n virtual_ipaddress {\n  10.0.0.1/24\n }\n}\n"
}

// service is a virtual_server with one real server and more lines in both.
func service(more, real string) string {
	return "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n" + more +
		"\n real_server 10.0.0.2 80 {\n" + real + "\n }\n}\n"
}

const seed = `global_defs {
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
    real_server 192.168.1.172 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`

func TestBindDirectorPair(t *testing.T) {
	cfg := clean(t, seed)
	if len(cfg.Instances) != 1 || len(cfg.VirtualServers) != 1 || len(cfg.VirtualServers[0].RealServers) != 2 {
		t.Fatalf("%+v", cfg)
	}
	in, vs := cfg.Instances[0], cfg.VirtualServers[0]
	if in.VRID != 51 || in.Priority != 100 || in.AdvertInt != time.Second || in.Version != 2 || !in.WantMaster {
		t.Errorf("instance %+v", in)
	}
	if vs.Name() != "[192.168.1.150]:tcp:80" || vs.Method != config.DR || vs.Scheduler != "rr" {
		t.Errorf("service %s %+v", vs.Name(), vs)
	}
	check := vs.RealServers[1].Checkers[0]
	if check.Connect.String() != "192.168.1.172:80" || check.DelayLoop != 6*time.Second ||
		check.ConnectTimeout != 3*time.Second {
		t.Errorf("checker %+v", check)
	}
}

// Findings come in the order of the text, whatever phase found them.
func TestFindingsAreInFileOrderAndOnce(t *testing.T) {
	_, diags := bind(t, `vrrp_instance A {
 interface eth0
 priority 0
 virtual_ipaddress {
  10.0.0.1/33
 }
}
foo
vrrp_instance B {
 interface eth9
 virtual_router_id 51
 bar
}
`)
	last := 0
	seen := map[string]bool{}
	for _, d := range diags {
		if d.Pos.Line < last {
			t.Errorf("%s comes after line %d", d, last)
		}
		last = d.Pos.Line
		if seen[d.String()] {
			t.Errorf("%s is there twice", d)
		}
		seen[d.String()] = true
	}
	if len(diags) != 7 {
		t.Errorf("%d findings: %v", len(diags), diags)
	}
}

func TestFindingsOfIncludesStandWhereTheyAreIncluded(t *testing.T) {
	s := syntax.Load(syntax.MapSource{
		"main.conf": "priority\ninclude sub.conf\nbar\n",
		"sub.conf":  "inner\n",
	}, "main.conf", syntax.Options{})
	_, diags := Bind(s, Env{})
	var got []string
	for _, d := range diags {
		if strings.HasPrefix(d.Text, "Unknown keyword") {
			got = append(got, d.Pos.String())
		}
	}
	if want := "main.conf:1:1 sub.conf:1:1 main.conf:3:1"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// find gives the finding whose text contains part.
func find(diags []syntax.Diagnostic, part string) (syntax.Diagnostic, bool) {
	for _, d := range diags {
		if strings.Contains(d.Text, part) {
			return d, true
		}
	}
	return syntax.Diagnostic{}, false
}

func TestUnknownKeywordNamesTheNearestOrItsHome(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"vrrp_instance A {\n virtual_router_di 5\n}",
			"Unknown keyword 'virtual_router_di' in vrrp_instance; did you mean 'virtual_router_id'?"},
		{"vvrp_script x {\n}", "Unknown keyword 'vvrp_script'; did you mean 'vrrp_script'? (its block is skipped)"},
		{"real_server 10.0.0.1 80 {\n weight 1\n}",
			"Unknown keyword 'real_server'; it belongs in virtual_server (its block is skipped)"},
		{service("", "connetc_port 5"), "in virtual_server/real_server"},
		{"zzzzzzzz", "Unknown keyword 'zzzzzzzz'"},
		{"vrrp_instance A {\n ha_suspend\n}", "it belongs in virtual_server"},
		{instance("delay_loop 5"), "Unknown keyword 'delay_loop' in vrrp_instance; it belongs in virtual_server, " +
			"virtual_server/real_server, virtual_server/real_server/HTTP_GET or others"},
	} {
		_, diags := bind(t, tt.text)
		d, ok := find(diags, tt.want)
		if !ok {
			t.Errorf("%q: no %q in %v", tt.text, tt.want, diags)
			continue
		}
		if d.Class != syntax.ClassConfigError || d.Severity != syntax.Error {
			t.Errorf("%s: class %d severity %s", d, d.Class, d.Severity)
		}
	}
}

// The block of an unknown keyword is skipped as a whole, so nothing in it is taken for
// keywords of the enclosing block (a deviation from grammar 6.5).
func TestUnknownBlockIsSkippedBalanced(t *testing.T) {
	cfg, diags := bind(t, strings.Replace(instance("priority 50"), "priority 50",
		"foo {\n priority 7\n bar { x }\n }\n priority 50", 1))
	if len(diags) != 1 {
		t.Errorf("findings %v", diags)
	}
	if cfg.Instances[0].Priority != 50 || len(cfg.Instances[0].VIPs) != 1 {
		t.Errorf("%+v", cfg.Instances[0])
	}
}

func TestUnsupportedKeywordIsReportedOnceAndNotCounted(t *testing.T) {
	rows := func() []Keyword {
		return []Keyword{row("later", boolean(func(*binder) *bool { return new(bool) }), "", "", notYet)}
	}
	l := newLanguage(general{}, []chapter{{"", rows}}, nil)
	statements, diags := syntax.Read(load("later\n"), l.shape())
	b := newBinder(l, host())
	b.keep(newGlobalDraft(b.env))
	b.keep(newServicesRead())
	b.bindAll(statements)
	diags = append(diags, b.diags...)
	if len(diags) != 1 || ExitStatus(diags) != 0 {
		t.Fatalf("exit %d, findings %v", ExitStatus(diags), diags)
	}
	for _, d := range diags {
		if !strings.Contains(d.Text, "not supported yet") || !d.Pos.IsValid() || d.Severity != syntax.Warning {
			t.Errorf("%s", d)
		}
	}
}

// A session that only the other role is told of cannot be used, as with 2.2.7 (semantics 11.4, 10.14).
func TestSessionsForTheOtherRole(t *testing.T) {
	only := func(role string) string { return "bfd_instance b {\n neighbor_ip 10.0.0.9\n " + role + "\n}\n" }
	cfg, diags := bind(t, only("checker")+instance("track_bfd {\n b\n }"))
	if _, ok := find(diags, "it is only for checkers"); !ok || ExitStatus(diags) != 5 || len(cfg.Instances[0].Tracks) != 0 {
		t.Errorf("exit %d, findings %v", ExitStatus(diags), diags)
	}
	cfg, diags = bind(t, only("vrrp")+service("", "BFD_CHECK {\n name b\n }"))
	if _, ok := find(diags, "bfd_instance b not found"); !ok || len(cfg.VirtualServers[0].RealServers[0].Checkers) != 0 {
		t.Errorf("exit %d, findings %v", ExitStatus(diags), diags)
	}
	cfg, diags = bind(t, only("vrrp")+instance("track_bfd {\n b weight 5 reverse\n }"))
	if len(diags) != 0 || len(cfg.Instances[0].Tracks) != 1 {
		t.Errorf("findings %v", diags)
	}
}

func TestUnknownKeywordInsideUnsupportedBlockIsReported(t *testing.T) {
	_, diags := bind(t, instance()+"bfd_instance b {\n neighbor_ip 10.0.0.9\n min_rxx 10\n}\n")
	if _, ok := find(diags, "did you mean 'min_rx'?"); !ok || ExitStatus(diags) != 5 {
		t.Errorf("exit %d, findings %v", ExitStatus(diags), diags)
	}
}

// Grammar 9.1: a missing argument ends a configuration test with 2, whatever else
// is wrong.
func TestGrammar9_1_MissingParameter(t *testing.T) {
	_, diags := bind(t, instance("priority")+"foo\n")
	d, ok := find(diags, "is missing a parameter")
	if !ok || d.Severity != syntax.Fatal || ExitStatus(diags) != 2 {
		t.Errorf("exit %d, findings %v", ExitStatus(diags), diags)
	}
}

func TestExitStatusIsTheHighestClass(t *testing.T) {
	d := func(c syntax.Class) syntax.Diagnostic { return syntax.Diagnostic{Class: c} }
	for _, tt := range []struct {
		classes []syntax.Class
		want    int
	}{
		{nil, 0}, {[]syntax.Class{0}, 0}, {[]syntax.Class{4}, 4}, {[]syntax.Class{4, 5, 0}, 5},
		{[]syntax.Class{6, 5}, 6}, {[]syntax.Class{6, 2, 5}, 2},
	} {
		var diags []syntax.Diagnostic
		for _, c := range tt.classes {
			diags = append(diags, d(c))
		}
		if got := ExitStatus(diags); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.classes, got, tt.want)
		}
	}
}

func TestGlobalsHoldWhereverTheyStand(t *testing.T) {
	cfg := clean(t, instance()+"global_defs {\n vrrp_garp_master_repeat 9\n vrrp_garp_master_delay 2\n}\n"+
		"global_defs {\n vrrp_garp_master_delay 3\n}\n")
	in := cfg.Instances[0]
	if in.GARPRepeat != 9 || in.GARPDelay != 3*time.Second || in.GARPLowerPrioRepeat != 9 ||
		in.GARPLowerPrioDelay != 3*time.Second {
		t.Errorf("%+v", in)
	}
}

func TestEmptyConfigurationIsNoted(t *testing.T) {
	_, diags := bind(t, "global_defs {\n}\n")
	d, ok := find(diags, "no configuration to run")
	if !ok || d.Severity != syntax.Note || ExitStatus(diags) != 0 {
		t.Errorf("%v", diags)
	}
}

// A configuration test of keepalived ends where the network namespace does not exist, with
// status 0 whatever the rest of the file says (seen on 2.2.7).
func TestNamespaceThatIsNotThere(t *testing.T) {
	const bad = "global_defs {\n bogus\n}\nvrrp_instance A {\n interface eth0\n virtual_router_id 1\n bogus\n"
	for _, tt := range []struct {
		text string
		want int
	}{
		{"net_namespace red\n" + bad, 5},
		{"net_namespace nope\n" + bad, 0},
		{bad + "}\nnet_namespace nope\n", 0},
		{"net_namespace red\n" + bad + "priority\n}\n", 2},
		{"net_namespace nope\n" + bad + "priority\n}\n", 0},
		{"net_namespace nope\nglobal_defs {\n umask\n}\n", 2},
	} {
		_, diags := bind(t, tt.text)
		if got := ExitStatus(diags); got != tt.want {
			t.Errorf("%q: exit %d, want %d: %v", tt.text, got, tt.want, diags)
		}
		if _, said := find(diags, "network namespace nope doesn't exist"); said != strings.Contains(tt.text, "nope") {
			t.Errorf("%q: said %v", tt.text, said)
		}
	}
}
