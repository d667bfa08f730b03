package language

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/conformance"
)

const tracked = secure + "vrrp_script chk {\n script \"/bin/true\"\n weight -20\n}\n"

func TestTrackScript(t *testing.T) {
	for _, tt := range []struct{ entry, want string }{
		{"chk", "chk:-20"}, {"chk weight 5", "chk:5"}, {"chk weight 0", "chk:0"}, {"chk weight 5 reverse", "chk:5r"},
		{"chk weight -253 noreverse", "chk:-253"},
	} {
		cfg := clean(t, tracked+instance("track_script {\n"+tt.entry+"\n}"))
		if got := trackText(cfg.Instances[0].Tracks); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.entry, got, tt.want)
		}
		cfg = clean(t, tracked+"vrrp_sync_group G {\n group {\n A\n B\n }\n"+
			" track_script {\n"+tt.entry+"\n }\n}\n"+instance()+second)
		if got := trackText(cfg.Groups[0].Tracks); got != tt.want {
			t.Errorf("group, %s: %s, want %s", tt.entry, got, tt.want)
		}
	}
}

func TestSemantics1_2_VersionFollowsFamily(t *testing.T) {
	v6 := func(more string) string { return strings.Replace(instance(more), "10.0.0.1/24", "fe80::1/64", 1) }
	for _, tt := range []struct {
		text    string
		version int
		ipv6    bool
	}{
		{instance(), 2, false}, {instance("version 3"), 3, false}, {v6(""), 3, true}, {v6("version 2"), 2, true},
		{"global_defs {\n vrrp_version 3\n}\n" + instance(), 3, false},
		{"global_defs {\n vrrp_version 2\n}\n" + v6(""), 3, true},
	} {
		cfg, findings := bind(t, tt.text)
		for _, d := range findings {
			t.Errorf("unexpected finding %v", d)
		}
		in := cfg.Instances[0]
		if in.Version != tt.version || in.IPv6 != tt.ipv6 {
			t.Errorf("%q: version %d IPv6 %v", tt.text, in.Version, in.IPv6)
		}
		if group := "224.0.0.18"; tt.ipv6 == (in.MulticastGroup.String() == group) {
			t.Errorf("%q: group %s", tt.text, in.MulticastGroup)
		}
	}
}

func TestSemantics1_3_IntervalIsRounded(t *testing.T) {
	for _, tt := range []struct {
		version int
		given   string
		want    time.Duration
	}{
		{2, "1", time.Second}, {2, "0.4", time.Second}, {2, "1.4", time.Second}, {2, "1.5", 2 * time.Second},
		{2, "255", 255 * time.Second},
		{3, "0.01", 10 * time.Millisecond}, {3, "0.014", 10 * time.Millisecond}, {3, "0.5", 500 * time.Millisecond},
		{3, "40.95", 40950 * time.Millisecond}, {3, "41", 40950 * time.Millisecond},
	} {
		cfg, _ := bind(t, instance(fmt.Sprintf("version %d\n advert_int %s", tt.version, tt.given)))
		if got := cfg.Instances[0].AdvertInt; got != tt.want {
			t.Errorf("v%d %s: %v, want %v", tt.version, tt.given, got, tt.want)
		}
	}
}

func TestSemantics1_14_NopreemptIsCleared(t *testing.T) {
	for _, tt := range []struct {
		lines     string
		nopreempt bool
		delay     time.Duration
	}{
		{"nopreempt", true, 0}, {"state BACKUP\n nopreempt", true, 0},
		{"state MASTER\n priority 100\n nopreempt\n preempt_delay 5", false, 0},
		{"priority 255\n nopreempt", false, 0}, {"preempt_delay 5", false, 5 * time.Second},
		{"nopreempt\n preempt_delay 5", true, 0},
		{"strict_mode\n preempt_delay 5", false, 0},
	} {
		cfg, _ := bind(t, instance(tt.lines))
		if in := cfg.Instances[0]; in.NoPreempt != tt.nopreempt || in.PreemptDelay != tt.delay {
			t.Errorf("%q: %v %v", tt.lines, in.NoPreempt, in.PreemptDelay)
		}
	}
}

func TestSemantics2_12_Authentication(t *testing.T) {
	auth := func(more, kind, pass string) string {
		return instance(more + "\n authentication {\n auth_type " + kind + "\n auth_pass " + pass + "\n}")
	}
	for _, tt := range []struct {
		text string
		want config.Auth
		pass string
	}{
		{auth("", "PASS", "secret"), config.AuthPass, "secret"}, {auth("version 3", "PASS", "secret"), config.AuthNone, ""},
		{auth("strict_mode", "PASS", "secret"), config.AuthNone, ""},
		{auth("", "PASS", "123456789"), config.AuthPass, "12345678"},
		{instance("authentication {\n auth_pass secret\n}"), config.AuthNone, ""},
	} {
		cfg, _ := bind(t, tt.text)
		in := cfg.Instances[0]
		if got := strings.TrimRight(string(in.AuthPass[:]), "\x00"); in.Auth != tt.want || got != tt.pass {
			t.Errorf("%q: %d %q", tt.text, in.Auth, got)
		}
	}
}

// The header is for version 2 over IPv4; a virtual router with one does not begin as master unless it owns its addresses.
func TestSemantics2_13_AuthenticationHeader(t *testing.T) {
	ah := func(more string) string {
		return instance(more + "\n authentication {\n auth_type AH\n auth_pass secret\n}")
	}
	for text, want := range map[string]struct {
		auth   config.Auth
		master bool
	}{
		ah(""): {config.AuthAH, false}, ah("state MASTER\n priority 100"): {config.AuthAH, false}, ah("version 3"): {config.AuthNone, false},
		ah("state MASTER\n priority 255"): {config.AuthAH, true}, ah("strict_mode"): {config.AuthNone, false},
	} {
		cfg, _ := bind(t, text)
		if in := cfg.Instances[0]; in.Auth != want.auth || in.WantMaster != want.master {
			t.Errorf("%q: %d, master %v", text, in.Auth, in.WantMaster)
		}
	}
}

// auth_hmac and authentication exclude each other; the stronger one stays.
func TestSemantics2_14_ExcludesAuthentication(t *testing.T) {
	cfg, said := bind(t, instance("authentication {\n auth_type PASS\n auth_pass secret\n}\n auth_hmac {\n key 1 "+
		hmacKey+"\n active_key 1\n}"))
	if in := cfg.Instances[0]; in.Auth != config.AuthNone || !in.HMAC.Use || len(said) != 1 {
		t.Errorf("%d, %v: %v", in.Auth, in.HMAC.Use, said)
	}
}

// What is wrong with the file of a key is said where it is named; what is right is not.
func TestSemantics2_14_KeyFileOfTheHost(t *testing.T) {
	text := instance("auth_hmac {\n key 1 file:/good\n key 2 file:/bad\n active_key 1\n}")
	env := host()
	env.KeyFile = func(path string) string { return map[string]string{"/bad": "others can use /bad"}[path] }
	cfg, said := Bind(load(text), env)
	if len(said) != 1 || said[0].ID != "hmac-key-file" || len(cfg.Instances[0].HMAC.Keys) != 2 {
		t.Errorf("%v, %+v", said, cfg.Instances[0].HMAC.Keys)
	}
}

// Semantics 2.15 and 2.11: what makes two virtual routers the same.
func TestSemantics2_15_SameRouter(t *testing.T) {
	b := func(more, vip string) string {
		return "vrrp_instance B {\n interface eth0\n virtual_router_id 51\n" + more + "\n virtual_ipaddress {\n" + vip +
			"\n}\n}\n"
	}
	peer := func(ip string) string { return "unicast_peer {\n" + ip + "\n}" }
	for _, tt := range []struct {
		name, text string
		run        bool
	}{
		{"same", instance() + b("", "10.0.0.2/24"), false},
		{"other family", instance() + b("", "fe80::2/64"), true},
		{"other interface", instance() + strings.Replace(b("", "10.0.0.2/24"), "eth0", "eth1", 1), true},
		{"other group", instance() + b("mcast_dst_ip 224.0.0.19", "10.0.0.2/24"), true},
		{"one unicast", instance() + b(peer("10.0.0.9"), "10.0.0.2/24"), true},
		{"disjoint peers", instance(peer("10.0.0.8")) + b(peer("10.0.0.9"), "10.0.0.2/24"), true},
		{"shared peer", instance(peer("10.0.0.9")) + b(peer("10.0.0.9"), "10.0.0.2/24"), false},
	} {
		_, diags := bind(t, tt.text)
		if Runnable(diags) != tt.run {
			t.Errorf("%s: %v", tt.name, diags)
		}
	}
}

func TestSemantics3_2_AddressDefaults(t *testing.T) {
	for _, tt := range []struct{ entry, want string }{
		{"10.0.0.1", "10.0.0.1/32 dev eth0 scope global"},
		{"10.0.0.1/24 brd +", "10.0.0.1/24 dev eth0 scope global brd 10.0.0.255"},
		{"10.0.0.1/24 broadcast -", "10.0.0.1/24 dev eth0 scope global brd 10.0.0.0"},
		{"10.0.0.1/24 brd 10.0.0.9 dev eth1 label eth1:1 scope link no_track",
			"10.0.0.1/24 dev eth1 scope link brd 10.0.0.9 label eth1:1 no_track"},
		{"10.0.0.1 peer 10.0.0.2/30 preferred_lft 10", "10.0.0.1/32 dev eth0 scope global peer 10.0.0.2/30 preferred_lft 10"},
		{"fe80::1/64 home -nodad mngtmpaddr noprefixroute autojoin",
			"fe80::1/64 dev eth0 noprefixroute home mngtmpaddr autojoin -nodad"},
		{"10.0.0.1 use_vmac dev eth1", "10.0.0.1/32 dev eth1 scope global use_vmac"},
		{"2001:db8::1", "2001:db8::1/128 dev eth0 preferred_lft 0"},
		{"2001:db8::1 preferred_lft forever", "2001:db8::1/128 dev eth0"},
		{"2001:db8::1/64", "2001:db8::1/64 dev eth0"},
	} {
		cfg, diags := bind(t, strings.Replace(instance(), "10.0.0.1/24", tt.entry, 1))
		if ExitStatus(diags) != 0 || len(cfg.Instances[0].VIPs) != 1 {
			t.Errorf("%s: %v", tt.entry, diags)
			continue
		}
		if got := addressText(cfg.Instances[0].VIPs[0]); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.entry, got, tt.want)
		}
	}
}

func TestPrefixLengthCountsItsDigits(t *testing.T) {
	text := func(address string) string { return strings.Replace(instance(), "10.0.0.1/24", address, 1) }
	run := host()
	run.Test = false
	for address, want := range map[string]string{
		"10.0.0.1/24x": "10.0.0.1/24", "10.0.0.1/16.0": "10.0.0.1/16", "10.0.0.1/x": "10.0.0.1/32",
		"10.0.0.1/":   "10.0.0.1/32",
		"10.0.0.1/-1": "10.0.0.1/32", "10.0.0.1/255.255.255.0": "10.0.0.1/32", "10.0.0.1/-1x": "10.0.0.1/32",
	} {
		cfg, findings := Bind(load(text(address)), run)
		if got := cfg.Instances[0].VIPs[0].Prefix.String(); got != want || len(findings) == 0 {
			t.Errorf("%s: %s with %v, want %s", address, got, findings, want)
		}
	}
	cfg, _ := bind(t, text("10.0.0.1/24x"))
	if got := cfg.Instances[0].VIPs[0].Prefix.String(); got != "10.0.0.1/32" {
		t.Errorf("with -t: %s", got)
	}
}

// An address is the same with and without the name of its own interface.
func TestAddressTwiceIsDropped(t *testing.T) {
	for _, more := range []string{"10.0.0.1/24", "10.0.0.1/32 dev eth0"} {
		cfg, diags := bind(t, strings.Replace(instance("virtual_ipaddress_excluded {\n"+more+"\n}"), "10.0.0.1/24\n }\n}",
			"10.0.0.1/24\n"+more+"\n10.0.0.1/24 dev eth1\n }\n}", 1))
		in := cfg.Instances[0]
		if len(in.VIPs) != 2 || len(in.ExcludedVIPs) != 0 || len(diags) != 2 || ExitStatus(diags) != 0 {
			t.Errorf("%s: %v %v %v", more, in.VIPs, in.ExcludedVIPs, diags)
		}
	}
}

// The host is asked once for each name.
func TestHostIsAskedOnce(t *testing.T) {
	env, asked := host(), map[string]int{}
	env.Interface = func(name string) bool { asked[name]++; return true }
	Bind(load(instance("track_interface {\n eth1\n}")+second), env)
	if asked["eth0"] != 1 || asked["eth1"] != 1 {
		t.Errorf("%v", asked)
	}
}

func TestNoVirtualIPAddressSilences(t *testing.T) {
	clean(t, "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n no_virtual_ipaddress\n}\n")
}

// Grammar 8.7: a missing interface stops keepalived unless interfaces may come later.
func TestGrammar8_7_DynamicInterfaces(t *testing.T) {
	text := strings.Replace(instance(), "eth0", "eth9", 1)
	if _, diags := bind(t, text); Runnable(diags) || ExitStatus(diags) != 5 {
		t.Errorf("%v", diags)
	}
	cfg, diags := bind(t, "global_defs {\n dynamic_interfaces\n}\n"+text)
	if !Runnable(diags) || ExitStatus(diags) != 0 || len(cfg.Instances) != 1 {
		t.Errorf("%v", diags)
	}
	env := host()
	env.Interface = nil
	if _, diags := Bind(load(text), env); len(diags) != 0 {
		t.Errorf("asked nobody, and yet %v", diags)
	}
}

func TestSemantics6_5_Members(t *testing.T) {
	cfg, diags := bind(t, "vrrp_sync_group G {\n group {\n A B\n X\n }\n}\nvrrp_sync_group H {\n group {\n B\n }\n"+
		"}\n"+instance()+second)
	if len(cfg.Groups) != 1 || fmt.Sprint(cfg.Groups[0].Members) != "[A B]" {
		t.Errorf("%+v", cfg.Groups)
	}
	if ExitStatus(diags) != 5 || len(diags) != 3 {
		t.Errorf("%v", diags)
	}
}

func TestSemantics8_5_Ports(t *testing.T) {
	for _, tt := range []struct {
		head, kind, server string
		want               uint16
	}{
		{"10.0.0.1 80", "NAT", "10.0.0.2 8080", 8080}, {"10.0.0.1 80", "NAT", "10.0.0.2", 80},
		{"10.0.0.1 80", "DR", "10.0.0.2 8080", 80},
		{"10.0.0.1 80", "TUN", "10.0.0.2 8080", 80}, {"fwmark 5", "DR", "10.0.0.2 8080", 0},
		{"fwmark 5", "NAT", "10.0.0.2 8080", 8080},
	} {
		cfg, _ := bind(t, "virtual_server "+tt.head+" {\n lb_algo rr\n lb_kind "+tt.kind+"\n protocol TCP\n"+
			" real_server "+tt.server+" {\n }\n}\n")
		if got := cfg.VirtualServers[0].RealServers[0].Port; got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

func TestSemantics8_3_Defaults(t *testing.T) {
	cfg, diags := bind(t, "virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n }\n}\n")
	vs := cfg.VirtualServers[0]
	if vs.Scheduler != "wlc" || vs.Method != config.NAT || vs.Protocol != config.UDP || len(diags) != 3 ||
		ExitStatus(diags) != 5 {
		t.Errorf("%+v %v", vs, diags)
	}
	cfg, _ = bind(t, "virtual_server 10.0.0.1 {\n protocol TCP\n real_server 10.0.0.2 {\n }\n}\n")
	if vs := cfg.VirtualServers[0]; !vs.Persistent || vs.PersistenceTimeout != 360*time.Second {
		t.Errorf("%+v", vs)
	}
}

func TestSemantics8_9_Quorum(t *testing.T) {
	for _, tt := range []struct {
		lines              string
		quorum, hysteresis uint32
	}{{"quorum 5", 1, 0}, {"quorum 5\n hysteresis 7", 1, 0}, {"weight 10\n quorum 5\n hysteresis 7", 5, 4},
		{"weight 10\n quorum 5\n hysteresis 2", 5, 2}} {
		cfg, _ := bind(t, service(tt.lines, ""))
		if vs := cfg.VirtualServers[0]; vs.Quorum != tt.quorum || vs.Hysteresis != tt.hysteresis {
			t.Errorf("%q: %d %d", tt.lines, vs.Quorum, vs.Hysteresis)
		}
	}
	cfg, _ := bind(t, service("", "weight 0"))
	if vs := cfg.VirtualServers[0]; vs.Quorum != 0 {
		t.Errorf("all weights 0: quorum %d", vs.Quorum)
	}
}

func TestFWMarkFamily(t *testing.T) {
	for _, tt := range []struct {
		lines, server string
		ipv6          bool
		prefix        uint8
	}{{"", "10.0.0.2 80", false, 32}, {"", "2001:db8::2 80", true, 128},
		{"ip_family inet6", "2001:db8::2 80", true, 128}, {"ip_family inet", "10.0.0.2 80", false, 32}} {
		cfg := clean(t, "virtual_server fwmark 7 {\n lb_algo rr\n"+
			" lb_kind NAT\n"+tt.lines+"\n real_server "+tt.server+" {\n }\n}\n")
		vs := cfg.VirtualServers[0]
		if vs.IPv6 != tt.ipv6 || vs.PersistenceGranularity != tt.prefix || vs.Name() != "FWM 7" ||
			vs.Protocol != config.ProtocolNone {
			t.Errorf("%+v: %+v", tt, vs)
		}
	}
}

func TestSchedulerFlagsAreBits(t *testing.T) {
	cfg := clean(t, service("lb_algo sh\n sh-fallback\n flag-2", ""))
	if got := cfg.VirtualServers[0].SchedulerFlags; got != 0x18 {
		t.Errorf("%#x", got)
	}
}

// Grammar 6.10: what the second of two statements does.
func TestGrammar6_10_Repetition(t *testing.T) {
	cfg, _ := bind(t, tracked+"global_defs {\n router_id a\n}\n"+instance("priority 50\n priority 60\n state BACKUP\n"+
		" state MASTER\n notify /bin/a\n notify /bin/b"))
	in := cfg.Instances[0]
	if in.Priority != 60 || !in.WantMaster || in.Notify.Any.Argv[0] != "/bin/a" || cfg.Global.RouterID != "a" ||
		cfg.Global.ScriptUser != "root" {
		t.Errorf("%+v", in)
	}
}

func TestGrammar5_Commands(t *testing.T) {
	for _, tt := range []struct {
		text, argv, user string
	}{
		{`notify "/bin/a b 'c d'" root root`, `["/bin/a" "b" "c d"]`, "rootroot"},
		{`notify '/bin/a'`, `["/bin/a"]`, ""},
		{`notify /bin/a nobody`, `["/bin/a"]`, "nobody"},
		{`notify "/bin/a \x41"`, `["/bin/a" "A"]`, ""},
	} {
		cfg := clean(t, secure+instance(tt.text))
		c := cfg.Instances[0].Notify.Any
		if got := fmt.Sprintf("%q", c.Argv); got != tt.argv || c.User+c.Group != tt.user {
			t.Errorf("%s: %s %s", tt.text, got, c.User+c.Group)
		}
	}
	cfg, diags := bind(t, secure+"vrrp_script s {\n script /bin/a b c\n}\n"+instance())
	if got := fmt.Sprint(cfg.Scripts[0].Command.Argv); got != "[/bin/a]" || ExitStatus(diags) != 0 {
		t.Errorf("%s %v", got, diags)
	}
	if _, ok := find(diags, "quote the whole command"); !ok {
		t.Errorf("nothing said about the dropped words: %v", diags)
	}
}

// Cli 8.6: scripts without enable_script_security make a configuration test exit
// with 6, each kind once.
func TestScriptSecurity(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
	}{
		{"vrrp_script s {\n script /bin/true\n}\n", 0}, // nobody would run it
		{"vrrp_script s {\n script /bin/true\n}\n" + instance(), 6},
		{"vrrp_script s {\n script </etc/hosts\n}\n" + instance(), 0},
		{instance("notify /bin/true"), 6}, {instance("notify /nope"), 0}, {instance("notify_deleted"), 0},
		{service("quorum_up /bin/true", ""), 6}, {service("", "notify_up /bin/true"), 6},
		{service("", "MISC_CHECK {\n misc_path /bin/true\n}"), 6}, {service("", "MISC_CHECK {\n misc_path /nope\n}"), 0},
		{"global_defs {\n startup_script /bin/true\n}\n", 6},
		{"global_defs {\n vrrp_notify_fifo /f\n vrrp_notify_fifo_script /bin/true\n}\n", 6},
		{secure + instance("notify /bin/true"), 0},
		{instance("notify /bin/true\n notify_master /bin/true") + "foo\n", 6},
		{strings.Replace(instance("notify /bin/true"), "eth0", "eth9", 1), 5},
	} {
		_, diags := bind(t, tt.text)
		if got := ExitStatus(diags); got != tt.want {
			t.Errorf("%q: exit %d, want %d: %v", tt.text, got, tt.want, diags)
		}
		count := 0
		for _, d := range diags {
			if d.Class == syntax.ClassSecurityError {
				count++
			}
		}
		if count > 1 {
			t.Errorf("%q: said %d times", tt.text, count)
		}
	}
}

// The direction of what is tracked holds for its trackers that write a weight only, as
// seen in the dump of 2.2.7.
func TestDirectionOfTrackers(t *testing.T) {
	objects := "track_file f {\n file /x\n weight 5 reverse\n}\nvrrp_track_process p {\n process x\n" +
		" weight 5 reverse\n}\nbfd_instance b {\n neighbor_ip 10.0.0.77\n weight 5 reverse\n}\n"
	for entry, want := range map[string]config.Track{"": {Weight: 5, Reverse: true},
		"weight 3": {Weight: 3, Reverse: true}, "weight 3 noreverse": {Weight: 3},
		"weight 3 reverse": {Weight: 3, Reverse: true}} {
		lists := "track_file {\n f " + entry + "\n}\ntrack_process {\n p " + entry + "\n}\ntrack_bfd {\n b " + entry + "\n}"
		cfg, _ := bind(t, objects+instance(lists)+"vrrp_sync_group G {\n group {\n A\n}\n"+
			" sync_group_tracking_weight\n"+lists+"\n}\n")
		for _, tracks := range []config.Tracks{cfg.Instances[0].Tracks, cfg.Groups[0].Tracks} {
			for kind := config.TrackedFile; kind <= config.TrackedBFD; kind++ {
				if of := tracks.Of(kind); len(of) != 1 || of[0].Weight != want.Weight || of[0].Reverse != want.Reverse {
					t.Errorf("%q: %s %v", entry, kind, of)
				}
			}
		}
	}
}

// What becomes of a file that a member of a group or an address owner tracks with a weight, as seen in the
// dump of 2.2.7: with a weight of 1 it is tracked without one, with another not at all.
func TestSemantics5_16_WeightsOfFiles(t *testing.T) {
	files := "track_file one {\n file /x\n}\ntrack_file five {\n file /x\n weight 5\n}\n"
	for entry, want := range map[string]string{"one": "one:0", "five": "", "five weight 1": "five:0", "one weight 7": "",
		"five weight 0": "five:0"} {
		for what, text := range map[string]string{
			"owner": instance("priority 255\n track_file {\n" + entry + "\n}"),
			"group": instance("track_file {\n"+entry+"\n}") + "vrrp_sync_group G {\n group {\n A\n}\n}\n",
		} {
			cfg, found := bind(t, files+text)
			if got := trackText(cfg.Instances[0].Tracks); got != want {
				t.Errorf("%s of %s: %q, want %q", entry, what, got, want)
			}
			said := slices.ContainsFunc(found, func(d syntax.Diagnostic) bool { return d.ID == "weight-without-effect" })
			if said != (entry != "five weight 0") {
				t.Errorf("%s of %s: %v", entry, what, found)
			}
		}
	}
}

func TestSemantics1_32_FirstAddressOfIPv6(t *testing.T) {
	conformance.Shows(t, "R20")
	conformance.Refuses(t, "R20")
	six := func(more, addresses string) string {
		return strings.Replace(instance(more), "10.0.0.1/24", addresses, 1)
	}
	const peer = "unicast_peer {\n fe80::9\n }"
	for _, tt := range []struct {
		text, want string
		status     int
	}{
		{six("", "fe80::1/64\n 2001:db8::1/64"), "", 0},
		{six("", "2001:db8::1/64\n fe80::1/64"), "(A) the first IPv6 VIP address should be link local", 0},
		{"global_defs {\n vrrp_strict\n}\n" + six("", "2001:db8::1/64"),
			"(A) the first IPv6 VIP address must be link local", 5},
		{six(peer, "2001:db8::1/64"), "", 0},
		{instance(), "", 0},
		{six("version 2\n authentication {\n auth_type PASS\n auth_pass x\n }", "fe80::1/64"),
			"(A) VRRP version 2 over IPv6 has no room for authentication", 0},
	} {
		cfg, findings := bind(t, tt.text)
		if got := ExitStatus(findings); got != tt.status {
			t.Errorf("%q: status %d", tt.text, got)
		}
		if tt.want == "" && len(findings) > 0 || tt.want != "" && (len(findings) != 1 ||
			!strings.Contains(findings[0].Text, tt.want)) {
			t.Errorf("%q: %v", tt.text, findings)
		}
		if cfg.Instances[0].Auth != config.AuthNone {
			t.Errorf("%q has authentication", tt.text)
		}
	}
}

// The interface of an instance with linkbeat_use_polling is one of linkbeat_interfaces, once, and as it is written
// there.
func TestLinkbeatOfAnInstance(t *testing.T) {
	cfg, _ := bind(t, instance("linkbeat_use_polling"))
	if l := cfg.Linkbeat.Interfaces; len(l) != 1 || l[0].Name != "eth0" || l[0].Method != config.LinkbeatAny {
		t.Errorf("polled are %v", l)
	}
	cfg, _ = bind(t, instance("linkbeat_use_polling")+"linkbeat_interfaces {\n eth0 IOCTL\n}\n")
	if l := cfg.Linkbeat.Interfaces; len(l) != 1 || l[0].Method != config.LinkbeatIOCTL {
		t.Errorf("polled are %v", l)
	}
}

// Where only tunnels lead to the servers of a mark, its family is what the service says, else IPv6 if all servers are.
func TestSemantics8_4_FamilyOfAMark(t *testing.T) {
	const four, six = "real_server 10.0.0.2 0 {\n}\n", "real_server fd00::2 0 {\n}\n"
	const route = "real_server fd00::3 0 {\n lvs_method DR\n}\n"
	for _, c := range []struct {
		text    string
		ipv6    bool
		servers int
	}{
		{six, true, 1},
		{four, false, 1},
		{six + four, false, 2},
		{four + six, false, 2},
		{"sorry_server 10.0.0.9 0\n" + six, false, 1},
		{six + "sorry_server 10.0.0.9 0\n", false, 1},
		{"sorry_server fd00::9 0\n" + four, false, 1},
		{route + four, true, 2},
		{four + route, true, 2},
		{four + "ip_family inet6\n", true, 1},
		{"ip_family inet6\n" + four, true, 1},
		{six + "ip_family inet\n", false, 1},
		{"persistence_granularity 255.255.255.0\n" + six, false, 1},
		{"persistence_granularity 64\n" + four, true, 1},
		{"ip_family inet\n" + route + four, false, 1},
	} {
		cfg, diags := bind(t, "virtual_server fwmark 5 {\n lb_algo rr\n lb_kind TUN\n"+c.text+"}\n")
		if v := cfg.VirtualServers; len(v) != 1 || v[0].IPv6 != c.ipv6 || len(v[0].RealServers) != c.servers {
			t.Errorf("%s: %+v, want IPv6 %v and %d servers\n%v", c.text, v, c.ipv6, c.servers, diags)
		}
	}
	both := "virtual_server fwmark 5 {\n ip_family inet\n lb_algo rr\n lb_kind TUN\n" + six + "}\n"
	if cfg, _ := bind(t, both+strings.Replace(both, "inet", "inet6", 1)); len(cfg.VirtualServers) != 2 {
		t.Errorf("a mark has %d services, want one of each family", len(cfg.VirtualServers))
	}
}
