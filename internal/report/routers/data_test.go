package routers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/golden"
	"holdfast/internal/linkstate"
	"holdfast/internal/netif"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// instance is one with the values of a file that says no more of it.
func instance(name string, vrid, priority uint8, vips ...config.Address) config.Instance {
	return config.Instance{
		Name: name, Interface: "eth0", VRID: vrid, Version: 2, Priority: priority, AdvertInt: time.Second,
		DownTimerAdverts: 3, MulticastGroup: netip.MustParseAddr("224.0.0.18"), UnicastTTL: 255, Accept: true,
		GARPDelay: 5 * time.Second, GARPRepeat: 5, GARPRefreshRepeat: 1, GARPLowerPrioDelay: 5 * time.Second,
		GARPLowerPrioRepeat: 5,
		VIPs:                vips,
	}
}

func vip(prefix string) config.Address {
	return config.Address{Prefix: netip.MustParsePrefix(prefix), Dev: "eth0"}
}

const upFlags = unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_MULTICAST

// snapshot is of a host with everything a dump can show.
func snapshot() *Snapshot {
	one := instance("VI_1", 51, 100, vip("192.168.1.150/24"), vip("192.168.1.149/32"))
	one.Routes = []config.Route{{Type: config.RouteUnicast, Dest: netip.MustParsePrefix("10.1.0.0/16"), Dev: "eth0",
		Table: config.Named{Number: 254}, Proto: config.Named{Number: 18}}}
	one.Rules = []config.Rule{{To: netip.MustParsePrefix("10.1.0.0/16"), Preference: 8, Proto: 18,
		Action: config.RuleBlackhole}}
	one.VIPs[0].Label = "eth0:1"
	one.VIPs[1].Peer, one.VIPs[1].NoTrack = netip.MustParsePrefix("10.0.0.1/32"), true
	one.ExcludedVIPs = []config.Address{vip("192.168.1.148/32")}
	one.ExcludedVIPs[0].Scope, one.ExcludedVIPs[0].Broadcast = unix.RT_SCOPE_LINK, netip.MustParseAddr("192.168.1.255")
	one.Auth, one.AuthPass = config.AuthPass, [8]byte{'1', '1', '1', '1'}
	one.Tracks = config.Tracks{{Kind: config.TrackedInterface, Name: "eth1"}}
	one.Notify.Any.Argv = []string{"/bin/true", "a b"}
	two := instance("VI_2", 52, 90, vip("192.168.1.147/32"))
	two.Version, two.AdvertInt = 3, 500*time.Millisecond
	two.SourceIP = netip.MustParseAddr("192.168.1.151")
	two.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152"), MaxTTL: 255}}
	two.IPVLAN = config.IPVLAN{Use: true, Addr: netip.MustParsePrefix("192.168.1.9/24"), Mode: config.IPVLANVEPA}
	two.NoPreempt, two.PreemptDelay = true, 90*time.Second
	two.Tracks = config.Tracks{{Kind: config.TrackedScript, Name: "chk", Weight: -5, Reverse: true},
		{Kind: config.TrackedFile, Name: "load", Weight: 2},
		{Kind: config.TrackedProcess, Name: "web", Weight: -9}, {Kind: config.TrackedProcess, Name: "none"}}
	three := instance("VI_3", 53, 80, vip("fd00::3/64"), vip("fd00::4/128"), vip("fd00::5/128"))
	three.Version, three.IPv6, three.DontTrackPrimary = 3, true, true
	three.VMAC = config.VMAC{Use: true, MAC: [6]byte{2, 0, 0, 0, 0, 9}, XmitBase: true, Addrs: true}
	three.GARPExtra = config.GARPExtra{Interval: 7 * time.Second, All: true}
	three.VIPs[0].Home, three.VIPs[0].DAD, three.VIPs[0].VMAC = true, true, true
	three.VIPs[1].LftGiven, three.VIPs[2].LftGiven, three.VIPs[2].PreferredLft = true, true, time.Minute
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	return &Snapshot{
		At: at,
		Global: config.Global{RouterID: "D1", EnableScriptSecurity: true, Mail: config.Mail{Server: "127.0.0.1",
			Port: 25,
			From: "ka@example.org", To: []string{"root@example.org"}},
			VRRPMcastGroup4: netip.MustParseAddr("224.0.0.18"),
			Defaults:        config.Defaults{GARPInterval: 1500 * time.Millisecond, GNAInterval: time.Second},
			VRRPNotifyFIFO:  config.FIFO{Path: "/run/fifo", User: "root"}, ScriptUser: "root"},
		Instances: []vrrp.Status{
			{Config: &one, State: vrrp.Master, Priority: one.Priority, Preempt: !one.NoPreempt, EffectivePriority: 100, LastTransition: at, VIPsWanted: true,
				Source: netip.MustParseAddr("192.168.1.151"), Group: one.MulticastGroup,
				Next: at.Add(time.Second), DownInterval: 3609375 * time.Microsecond,
				Counters: vrrp.Counters{AdvertReceived: 1, AdvertSent: 2, BecameMaster: 3, ReleasedMaster: 4,
					LengthErrors: 5, TTLErrors: 6,
					InvalidTypeErrors: 7, IntervalErrors: 8, AddressListErrors: 9, AuthInvalidType: 10,
					AuthTypeMismatch: 11, AuthFailure: 12,
					PriorityZeroReceived: 13, PriorityZeroSent: 14, VersionErrors: 15, ChecksumErrors: 16,
					UnexpectedSource: 17, OwnAddress: 18, LateWakeups: 19, SecondMaster: 20},
				Rivals: []vrrp.Rival{{Addr: netip.MustParseAddr("192.168.1.152"), Priority: 90, Adverts: 21, Episodes: 22,
					GaveWay: 23, Now: true, Beside: netip.MustParseAddr("192.168.1.151"), First: at, Last: at.Add(time.Second)}}},
			{Config: &two, Place: vrrp.Place{Adverts: "vrrp.52", Own: "vrrp.52"}, State: vrrp.Fault, Priority: two.Priority,
				Preempt: !two.NoPreempt, EffectivePriority: 85, LastTransition: at,
				MasterAdvertInt: time.Second, Source: two.SourceIP,
				Awaited: 1, DownInterval: time.Second,
				Faults: []vrrp.FaultReason{{Code: vrrp.FaultInterfaceDown, Name: "eth0"}}},
			{Config: &three, Place: vrrp.Place{Adverts: "vrrp6.53", Own: "vrrp6.53", Devices: []string{"vrrp6.53"}},
				State: vrrp.Backup, Priority: three.Priority, Preempt: !three.NoPreempt, EffectivePriority: 1, LastTransition: at,
				NextExtra: at.Add(time.Minute),
				Lacks: []vrrp.Obstacle{{Kind: vrrp.Refused, Device: "eth0",
					Address: netip.MustParsePrefix("fd00::3/64"), Cause: "no room"}},
				MasterAddr: netip.MustParseAddr("fe80::1"), MasterPriority: 90, MasterAdvertInt: 2 * time.Second,
				Source: netip.MustParseAddr("fe80::2"), Group: netip.MustParseAddr("ff02::12")},
		},
		Groups: []config.SyncGroup{{Name: "G1", Members: []string{"VI_1", "VI_2"},
			Tracks: config.Tracks{{Kind: config.TrackedFile, Name: "load"},
				{Kind: config.TrackedBFD, Name: "peer", Weight: 5, Reverse: true}}}},
		StaticAddresses: []StaticAddress{{Address: vip("192.168.1.160/24"), Present: true}, {Address: vip("fd00::1/64")}},
		StaticRoutes: []config.Route{{Type: config.RouteUnicast, Dest: netip.MustParsePrefix("10.0.0.0/8"), Dev: "eth0",
			Table: config.Named{Name: "blue", Number: 77}, Proto: config.Named{Number: 18}, TrackGroup: "T"}},
		StaticRules: []config.Rule{{From: netip.MustParsePrefix("10.0.0.0/8"), Preference: 7, Proto: 18,
			Action: config.RuleTable, Table: config.Named{Number: 9}}},
		TrackGroups: []config.TrackGroup{{Name: "T", Members: []string{"VI_1", "VI_2"}}},
		GARPGroups: []config.GARPGroup{{ARPInterval: 250 * time.Millisecond, NAInterval: 40 * time.Millisecond,
			Interfaces: []string{"tun0", "eth9"}}, {NAInterval: time.Second, Interfaces: []string{"eth2"}}},
		Sessions: []config.BFD{{Name: "peer", Weight: 10, Reverse: true}, {Name: "unused"}},
		Scripts: []config.Script{{Name: "chk", Command: config.Command{Argv: []string{"/bin/true"}},
			Interval: 2 * time.Second, Weight: 5, Rise: 1, Fall: 2}},
		Tracked: map[vrrp.Tracked]vrrp.Value{{Kind: config.TrackedScript, Name: "chk"}: {Known: true, Value: 1},
			{Kind: config.TrackedFile, Name: "load"}: {Known: true, Value: -3},
			{Kind: config.TrackedBFD, Name: "peer"}:  {Known: true, Value: 1}},
		Processes: []config.TrackProcess{
			{Name: "web", Process: []string{"/usr/sbin/web", "-x", "a b"}, Match: config.MatchInitial,
				FullCommand: true, Weight: -9, Quorum: 2, QuorumMax: 5,
				TerminateDelay: time.Second, ForkDelay: 1500 * time.Millisecond},
			{Name: "none", Process: []string{"evil"}, QuorumMax: -1, Reverse: true}, {Name: "unused",
				Process: []string{"x"}},
		},
		Runs: map[string]track.Run{"chk": {Result: 2, Running: true}},
		Ports: []Port{
			{Interface: "eth0", Family: unix.AF_INET, Protocol: 112, Multicast: true, Open: true, In: 12,
				Out: 13, Routers: []Router{{"VI_1", 51}}},
			{Interface: "eth0", Family: unix.AF_INET, Protocol: unix.IPPROTO_AH, Routers: []Router{{"VI_2", 52}}},
			{Interface: "eth0", Family: unix.AF_INET6, Protocol: 112, Multicast: true,
				Problem: "socket: too many open files", Routers: []Router{{"VI_3", 53}}},
		},
		Running: map[string]track.Count{"web": {Running: 3, Exited: true}},
		Files: []config.TrackFile{{Name: "load", Path: "/run/load", Weight: 1, Reverse: true},
			{Name: "unused", Path: "/run/unused"}},
		Links: []Link{
			{Link: netif.Link{Index: 3, Name: "eth0", MTU: 1500, Hardware: "\x86\x34\x1f\x36\x40\xcf",
				Flags: upFlags | unix.IFF_BROADCAST},
				Known: vrrp.Link{Name: "eth0", Addr4: netip.MustParseAddr("192.168.1.151"),
					Addrs: []netip.Addr{netip.MustParseAddr("192.168.1.151"), netip.MustParseAddr("fe80::2")}}},
			{Link: netif.Link{Index: 4, Name: "vrrp6.53", MTU: 1500, Hardware: "\x00\x00\x5e\x00\x02\x35",
				Flags: upFlags | unix.IFF_BROADCAST,
				Kind:  "macvlan", Mode: 1, Parent: 3, Group: 7}},
			{Link: netif.Link{Index: 6, Name: "vrrp.52", MTU: 1500, Kind: "ipvlan", Mode: 2, Parent: 3, Flags: upFlags}},
			{Delays: linkstate.Delays{Down: 1500 * time.Millisecond, Up: time.Second}, Waiting: true, Beat: netif.BeatEthtool,
				Link: netif.Link{Index: 5, Name: "tun0", MTU: 1400,
					Flags: unix.IFF_UP | unix.IFF_POINTOPOINT | unix.IFF_NOARP}},
		},
	}
}

// ids are the numbers of users who are on every machine.
func ids(user, _ string) string {
	if user == "root" {
		return "0:0"
	}
	return "not root"
}

func TestCLI6_StatsFile(t *testing.T) {
	golden.Equal(t, "testdata/keepalived.stats", string(Stats(snapshot())))
}

func TestCLI6_DataFile(t *testing.T) {
	golden.Equal(t, "testdata/keepalived.data", string(Data(snapshot(), ids)))
}

// What keepalived 2.2.7 writes: the state of the configuration until there was another.
func TestWantedState(t *testing.T) {
	was := vrrp.Counters{BecameMaster: 1}
	for _, tt := range []struct {
		i    vrrp.Status
		want string
	}{
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, WantMaster: true,
			Priority: 100}}, "MASTER"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{Priority: 255}}, "MASTER"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, Priority: 255}}, "BACKUP"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{Priority: 100}}, "BACKUP"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, WantMaster: true,
			Priority: 100}, Counters: was}, "BACKUP"},
		{vrrp.Status{State: vrrp.Master, Config: &config.Instance{Priority: 100}, Counters: was}, "MASTER"},
		{vrrp.Status{State: vrrp.Fault, Config: &config.Instance{StateGiven: true, WantMaster: true,
			Priority: 100}}, "FAULT"},
	} {
		if got := wanted(tt.i).String(); got != tt.want {
			t.Errorf("%v %+v: %s, want %s", tt.i.State, *tt.i.Config, got, tt.want)
		}
	}
}

func TestCLI6_JSONFile(t *testing.T) {
	text, err := JSON(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/keepalived.json", strings.ReplaceAll(string(text), `,"`, ",\n\"")) // by lines, to be read
}

// json_version 2 has the same virtual routers, and what keepalived.data tells of processes.
func TestCLI6_SecondJSON(t *testing.T) {
	s := snapshot()
	first, err := JSON(s)
	if err != nil {
		t.Fatal(err)
	}
	s.Global.Files.JSONVersion = 2
	second, err := JSON(s)
	if err != nil {
		t.Fatal(err)
	}
	type router struct {
		Data   map[string]any
		Stats  any
		Rivals any `json:"other_masters"`
	}
	var routers []router
	var whole struct {
		VRRP      []router
		Processes json.RawMessage `json:"track_process"`
	}
	if err := errors.Join(json.Unmarshal(first, &routers), json.Unmarshal(second, &whole)); err != nil {
		t.Fatal(err)
	}
	var tracked []string
	for _, r := range whole.VRRP {
		for _, key := range []string{"track_file", "track_process", "track_bfd"} {
			if names, ok := r.Data[key]; ok {
				tracked = append(tracked, fmt.Sprint(r.Data["iname"], " ", key, names))
				delete(r.Data, key)
			}
		}
	}
	if !reflect.DeepEqual(routers, whole.VRRP) {
		t.Errorf("other virtual routers:\n%s\n%s", first, second)
	}
	golden.Equal(t, "testdata/keepalived.second.json", strings.Join(tracked, "\n")+"\n"+
		strings.ReplaceAll(string(whole.Processes), `,"`, ",\n\"")+"\n")
	s.Processes, s.Instances = nil, nil
	if text, err := JSON(s); err != nil || string(text) != `{"vrrp":[],"track_process":[]}`+"\n" {
		t.Errorf("of nothing %q, %v", text, err)
	}
}
