package engine

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/golden"
	"holdfast/internal/netif"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// snapshot is of a host with everything a dump can show.
func snapshot() *Snapshot {
	one := instance("VI_1", 51, 100, "192.168.1.150/24", "192.168.1.149/32")
	one.VIPs[0].Label = "eth0:1"
	one.VIPs[1].Peer, one.VIPs[1].NoTrack = prefix("10.0.0.1/32"), true
	one.ExcludedVIPs = vips("192.168.1.148/32")
	one.ExcludedVIPs[0].Scope, one.ExcludedVIPs[0].Broadcast = unix.RT_SCOPE_LINK, netip.MustParseAddr("192.168.1.255")
	one.Auth, one.AuthPass = config.AuthPass, [8]byte{'1', '1', '1', '1'}
	one.Tracks = config.Tracks{{Kind: config.TrackedInterface, Name: "eth1"}}
	one.Notify.Any.Argv = []string{"/bin/true", "a b"}
	two := v3(instance("VI_2", 52, 90, "192.168.1.147/32"), 500*time.Millisecond)
	two.SourceIP = netip.MustParseAddr("192.168.1.151")
	two.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152"), MaxTTL: 255}}
	two.NoPreempt, two.PreemptDelay = true, 90*time.Second
	two.Tracks = config.Tracks{{Kind: config.TrackedScript, Name: "chk", Weight: -5, Reverse: true}, {Kind: config.TrackedFile, Name: "load", Weight: 2},
		{Kind: config.TrackedProcess, Name: "web", Weight: -9}, {Kind: config.TrackedProcess, Name: "none"}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	return &Snapshot{
		At: at,
		Global: config.Global{RouterID: "D1", EnableScriptSecurity: true, Mail: config.Mail{Server: "127.0.0.1", Port: 25,
			From: "ka@example.org", To: []string{"root@example.org"}}, VRRPMcastGroup4: netip.MustParseAddr("224.0.0.18"),
			VRRPNotifyFIFO: config.FIFO{Path: "/run/fifo", User: "root"}, ScriptUser: "root"},
		Instances: []vrrp.Status{
			{Config: &one, State: vrrp.Master, EffectivePriority: 100, LastTransition: at, VIPsWanted: true,
				Counters: vrrp.Counters{AdvertReceived: 1, AdvertSent: 2, BecameMaster: 3, ReleasedMaster: 4, LengthErrors: 5, TTLErrors: 6,
					InvalidTypeErrors: 7, IntervalErrors: 8, AddressListErrors: 9, AuthInvalidType: 10, AuthTypeMismatch: 11, AuthFailure: 12,
					PriorityZeroReceived: 13, PriorityZeroSent: 14, VersionErrors: 15, ChecksumErrors: 16}},
			{Config: &two, State: vrrp.Fault, EffectivePriority: 85, LastTransition: at, MasterAdvertInt: time.Second,
				Faults: []vrrp.FaultReason{{Code: vrrp.FaultInterfaceDown, Name: "eth0"}}},
		},
		Groups:  []config.SyncGroup{{Name: "G1", Members: []string{"VI_1", "VI_2"}, Tracks: config.Tracks{{Kind: config.TrackedFile, Name: "load"}}}},
		Scripts: []config.Script{{Name: "chk", Command: config.Command{Argv: []string{"/bin/true"}}, Interval: 2 * time.Second, Weight: 5, Rise: 1, Fall: 2}},
		Tracked: map[vrrp.Tracked]vrrp.Value{{Kind: config.TrackedScript, Name: "chk"}: {Known: true, Value: 1},
			{Kind: config.TrackedFile, Name: "load"}: {Known: true, Value: -3}},
		Processes: []config.TrackProcess{
			{Name: "web", Process: []string{"/usr/sbin/web", "-x", "a b"}, Match: config.MatchInitial, FullCommand: true, Weight: -9, Quorum: 2, QuorumMax: 5,
				TerminateDelay: time.Second, ForkDelay: 1500 * time.Millisecond},
			{Name: "none", Process: []string{"evil"}, QuorumMax: -1, Reverse: true}, {Name: "unused", Process: []string{"x"}},
		},
		Running: map[string]track.Count{"web": {Running: 3, Exited: true}},
		Files:   []config.TrackFile{{Name: "load", Path: "/run/load", Weight: 1, Reverse: true}, {Name: "unused", Path: "/run/unused"}},
		Links: []netif.Link{
			{Index: 3, Name: "eth0", MTU: 1500, Hardware: "\x86\x34\x1f\x36\x40\xcf", Flags: upFlags | unix.IFF_BROADCAST},
			{Index: 5, Name: "tun0", MTU: 1400, Flags: unix.IFF_UP | unix.IFF_POINTOPOINT | unix.IFF_NOARP},
		},
		reported: map[string]vrrp.Link{"eth0": {Name: "eth0", Addr4: netip.MustParseAddr("192.168.1.151")}},
	}
}

func TestCLI6_StatsFile(t *testing.T) {
	var b bytes.Buffer
	writeStats(&b, snapshot())
	golden.Equal(t, "testdata/keepalived.stats", b.String())
}

func TestCLI6_DataFile(t *testing.T) {
	var b bytes.Buffer
	writeData(&b, snapshot())
	golden.Equal(t, "testdata/keepalived.data", b.String())
}

// The stats file of a running keepalived and ours, with the same instances, are the
// same but for the numbers; and every section of its data file that we have is
// called the same.
func TestCLI6_LayoutIsThatOfKeepalived(t *testing.T) {
	n := newNetwork(t)
	i := instance("VI_1", 51, 100, "192.168.1.150/32")
	files := map[string][2]string{}
	for at, kind := range []string{"keepalived", "engine"} {
		b := n.box(kind[:2], "192.168.1.15"+itoa(at+1)+"/24")
		startAs(b, kind, i)
		for sig, name := range map[string]string{"-USR1": dataFile, "-USR2": statsFile} {
			if out, err := exec.Command("kill", sig, itoa(b.proc.Pid)).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
			path := filepath.Join(b.Dir, name)
			eventually(t, name, func() bool {
				text, err := os.ReadFile(path)
				f := files[name]
				f[at] = string(text)
				files[name] = f
				return err == nil && len(text) > 0 && bytes.HasSuffix(text, []byte("\n"))
			})
		}
		if code := b.stop(); code != 0 {
			t.Errorf("%s: exit status %d", kind, code)
		}
	}
	digits := strings.NewReplacer("0", "", "1", "", "2", "", "3", "", "4", "", "5", "", "6", "", "7", "", "8", "", "9", "")
	s := files[statsFile]
	if d := cmp.Diff(strings.Split(digits.Replace(s[0]), "\n"), strings.Split(digits.Replace(s[1]), "\n")); d != "" {
		t.Errorf("stats (-keepalived +engine):\n%s", d)
	}
	for line := range strings.Lines(files[dataFile][1]) {
		key, _, _ := strings.Cut(line, " = ")
		if strings.HasPrefix(line, "------<") && !strings.Contains(files[dataFile][0], line) {
			t.Errorf("keepalived has no section %q", line)
		}
		// Lines of ours that it does not have with a configuration as small as this.
		extra := []string{" VRRP startup delay", "   Number of faults"}
		if strings.Contains(line, " = ") && !strings.Contains(files[dataFile][0], key+" = ") && !contains(extra, key) {
			t.Errorf("keepalived has no line %q", key)
		}
	}
}

// What keepalived 2.2.7 writes: the state of the configuration until there was another.
func TestWantedState(t *testing.T) {
	was := vrrp.Counters{BecameMaster: 1}
	for _, tt := range []struct {
		i    vrrp.Status
		want string
	}{
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, WantMaster: true, Priority: 100}}, "MASTER"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{Priority: 255}}, "MASTER"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, Priority: 255}}, "BACKUP"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{Priority: 100}}, "BACKUP"},
		{vrrp.Status{State: vrrp.Backup, Config: &config.Instance{StateGiven: true, WantMaster: true, Priority: 100}, Counters: was}, "BACKUP"},
		{vrrp.Status{State: vrrp.Master, Config: &config.Instance{Priority: 100}, Counters: was}, "MASTER"},
		{vrrp.Status{State: vrrp.Fault, Config: &config.Instance{StateGiven: true, WantMaster: true, Priority: 100}}, "FAULT"},
	} {
		if got := wanted(tt.i).String(); got != tt.want {
			t.Errorf("%v %+v: %s, want %s", tt.i.State, *tt.i.Config, got, tt.want)
		}
	}
}
