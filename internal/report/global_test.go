package report

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

// ids tells names, so that the test does not depend on who is on the machine.
func ids(user, group string) string { return user + ":" + group }

func text(g config.Global) string {
	p := NewPage(ids)
	p.Global(g)
	return string(p.Bytes())
}

// The values of an empty file.
func TestGlobalDefaults(t *testing.T) {
	cfg, _ := language.Bind(syntax.Snapshot{}, language.Env{HostName: "vm"})
	golden.Equal(t, "testdata/defaults.data", text(cfg.Global))
}

func TestGlobal(t *testing.T) {
	on, off := true, false
	golden.Equal(t, "testdata/all.data", text(config.Global{
		RouterID: "D 1", ScriptUser: "nobody", ScriptGroup: "nogroup", EnableScriptSecurity: true,
		RSInitNotifies: true, LogUnknownVRIDs: true,
		Mail: config.Mail{To: []string{"one@example.org", "two@example.org"}, From: "from@example.org",
			Server: "127.0.0.1", Port: 2525,
			Helo: "helo.example.org", ConnectTimeout: 3 * time.Second, NoFaults: true, NoCheckerChanges: true},
		Defaults: config.Defaults{SMTPAlert: &on, SMTPAlertVRRP: &off, SMTPAlertChecker: &on,
			GARP: config.GARP{Delay: 6 * time.Second, Repeat: 3, Refresh: time.Minute, RefreshRepeat: 2,
				LowerPrioDelay: 7 * time.Second, LowerPrioRepeat: 4},
			GARPExtra: config.GARPExtra{Interval: 7 * time.Second, All: true}, GARPInterval: time.Millisecond,
			GNAInterval:      time.Microsecond,
			DownTimerAdverts: 4, Version: 3, LowerPrioNoAdvert: true, HigherPrioSendAdvert: true,
			SkipCheckAdvAddr: true, CheckUnicastSrc: true, Strict: true},
		NFTables:             config.NFTables{Table: "filter", Priority: 7, PrioritySet: true, ByIndex: true, Counters: true},
		Place:                config.Place{NetNamespace: "blue", IPVSNamespace: "green", Instance: "two"},
		Names:                config.Names{Parent: "P", VRRP: "V", Checker: "C", BFD: "B"},
		StartupScript:        config.Command{Argv: []string{"/bin/start", "a b"}, User: "root"},
		StartupScriptTimeout: 5 * time.Second,
		ShutdownScript:       config.Command{Argv: []string{"/bin/stop"}}, ShutdownScriptTimeout: 6 * time.Second,
		DynamicInterfaces: true, IfChanges: true, SyncDaemon: config.SyncDaemon{Interface: "eth0", VRRP: "VI_1", ID: 7},
		LVSTimeouts: config.LVSTimeouts{TCP: 100 * time.Second, TCPFin: 50 * time.Second,
			UDP: 20 * time.Second}, DefaultInterface: "eth1",
		DisableLocalIGMP: true, LVSFlush: true, LVSFlushOnStop: config.FlushServices,
		NotifyFIFO: config.FIFO{Path: "/run/all"},
		VRRPNotifyFIFO: config.FIFO{Path: "/run/vrrp", User: "root", Group: "adm",
			Script: config.Command{Argv: []string{"/bin/read", "x"}}},
		LVSNotifyFIFO: config.FIFO{Path: "/run/lvs", Script: config.Command{Argv: []string{"/bin/read"},
			User: "daemon"}},
		Reloading: config.Reloading{WriteStates: true, TimeFile: "/run/when", Repeat: true, Handshake: true}, NotifyPriorityChanges: true,
		VRRPMcastGroup4: netip.MustParseAddr("224.0.0.19"), VRRPMcastGroup6: netip.MustParseAddr("ff02::13"),
		Scheduling: config.Scheduling{AutoPriority: 20, AutoPriorityDelay: 5 * time.Second, VRRPRTTime: 4,
			VRRPCPUs: []uint{0, 3}, BFDCPUs: []uint{1},
			CheckerRTTime: 2, BFDRTTime: 3, BFDPriority: -3, BFDNoSwap: true, BFDRTPriority: 9},
		VRRPPriority: -5, CheckerPriority: -4, VRRPRTPriority: 7, CheckerRTPriority: 8, VRRPNoSwap: true,
		CheckerNoSwap: true,
		SNMP: config.SNMP{Socket: "unix:/run/x", Traps: true, VRRP: true, RFCv2: true, RFCv3: true,
			Checker: true}, DBus: config.DBus{Enabled: true, Service: "org.x"},
		Buffers: config.Buffers{VRRPCommand: config.Buffer{Bytes: 1, Force: true},
			VRRPMonitor: config.Buffer{Bytes: 2}, ProcessMonitor: config.Buffer{Bytes: 3},
			LVSCommand: config.Buffer{Bytes: 4}, LVSMonitor: config.Buffer{Bytes: 5, Force: true}, AdvertMultiplier: 6},
		Files: config.Files{Umask: 0o22, UmaskSet: true, SaveDir: "/save", TmpDir: "/tmp/d"}, VRRPStartupDelay: 1500 * time.Millisecond,
		VMACPrefix: "vv", VMACAddrPrefix: "va",
	}))
}

// Only the supervisor knows when the next reload is.
func TestReloadLines(t *testing.T) {
	for _, tt := range []struct {
		r          config.Reloading
		next, want string
	}{
		{config.Reloading{}, "", ""},
		{config.Reloading{Repeat: true}, "", ""},
		{config.Reloading{TimeFile: "/t"}, "", " Reload time file = /t\n No reload scheduled\n"},
		{config.Reloading{TimeFile: "/t", Repeat: true}, "2026-12-01 10:00:00",
			" Reload time file = /t (repeat)\n Reload scheduled for 2026-12-01 10:00:00\n"},
		{config.Reloading{Handshake: true}, "", " Reload_file = /run/keepalived/keepalived_two.reload\n"},
		{config.Reloading{Handshake: true, File: "/f"}, "", " Reload_file = /f\n"},
	} {
		p := NewPage(ids)
		p.Supervisor(config.Global{Reloading: tt.r, Place: config.Place{Instance: "two"}}, tt.next)
		_, rest, _ := strings.Cut(string(p.Bytes()), " Checkers log all failures = false\n")
		if got, _, _ := strings.Cut(rest, " Dynamic interfaces"); got != tt.want {
			t.Errorf("%+v, %q: %q, want %q", tt.r, tt.next, got, tt.want)
		}
	}
}

// process_names gives the names that keepalived has for its processes.
func TestProcessNames(t *testing.T) {
	got := text(config.Global{Names: config.Names{ByRole: true, VRRP: "own"}})
	for _, want := range []string{" VRRP process name = own\n", " LVS process name = keepalived_lvs\n",
		" BFD process name = keepalived_bfd\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// -1 is a word.
func TestAutoPriorityForbidden(t *testing.T) {
	if got := text(config.Global{Scheduling: config.Scheduling{AutoPriority: -1}}); !strings.Contains(got, " Max auto priority = Disabled\n") {
		t.Error(got)
	}
}
