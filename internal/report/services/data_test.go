package services

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/golden"
	"holdfast/internal/report/shown"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/ipvs"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 678900, time.UTC)

func program(words ...string) config.Command { return config.Command{Argv: words} }

// snapshot is of a director with everything a dump can show of services.
func snapshot() *Snapshot {
	addr := netip.MustParseAddr
	web := config.VirtualServer{
		Addr: addr("10.0.0.1"), Port: 80, Protocol: config.TCP, Scheduler: "sh", SchedulerFlags: 16,
		Persistent: true, PersistenceTimeout: time.Minute,
		PersistenceGranularity: 24, Quorum: 2, Hysteresis: 1, Alpha: true, Omega: true,
		QuorumUp: program("/bin/up", "a b"), QuorumDown: program("/bin/down"),
		SMTPAlert: true, HASuspend: true, SorryInhibit: true, Sorry: &config.RealServer{Addr: addr("127.0.0.9"),
			Port: 80, Weight: 1},
	}
	one := config.RealServer{
		Addr: addr("10.1.0.1"), Port: 8080, Weight: 3, UpperThreshold: 100, LowerThreshold: 10,
		InhibitOnFailure: true, Alpha: true, Backup: true, SlowStart: 30 * time.Second,
		Notify: &config.UpDown{Up: program("/bin/u"), Down: program("/bin/d")}, SMTPAlert: true,
	}
	check := config.Checker{Kind: config.CheckTCP, Connect: netip.MustParseAddrPort("10.1.0.1:8080"),
		ConnectTimeout: time.Second, DelayLoop: time.Second, Retry: 3}
	group := config.VirtualServer{Group: "g", Protocol: config.UDP, Scheduler: "wrr", OnePacket: true,
		Method: config.DR, PersistenceGranularity: 32, Quorum: 1}
	mark := config.VirtualServer{FWMark: 9, IPv6: true, Scheduler: "mh", SchedulerFlags: 8, OnePacket: true, SharedClients: true,
		Method: config.TUN, Quorum: 1}
	nine := lvs.ID{Service: ipvs.ServiceID{Family: ipvs.IPv6, FWMark: 9}}
	far := config.RealServer{Addr: addr("fd00::1"), Weight: 2, Method: config.TUN}
	return &Snapshot{
		At: at, Global: config.Global{RouterID: "D1"},
		SSL: SSL{Password: true, CA: "/etc/ca.pem", Certificate: "/etc/cert.pem", Key: "/etc/key.pem", Unverified: true},
		Groups: []config.ServerGroup{{Name: "g", Entries: []config.GroupEntry{
			{First: addr("10.0.0.5"), Last: addr("10.0.0.6"), Port: 80, Family: config.IPv4},
			{First: addr("10.0.0.8"), Last: addr("10.0.0.8"), Port: 80, Family: config.IPv4}, {FWMark: 7},
		}}, {Name: "mapped", Entries: []config.GroupEntry{
			{First: addr("10.0.0.9"), Last: addr("10.0.0.9"), Port: 80, Family: config.IPv4},
		}}},
		Marks: Marks{On: true, Table: "marking", Ranges: 12, Restored: 13, Problem: "not there",
			Of: map[lvs.MarkedGroup]uint32{{Group: "mapped", Protocol: config.TCP}: 1000,
				{Group: "mapped", Protocol: config.SCTP}: 1001}},
		Unwritten: "no space left on device",
		Files:     []File{{Config: config.TrackFile{Name: "load", Path: "/run/load", Weight: -2, Reverse: true}, Value: 7}},
		Slots:     map[lvs.ID]string{nine: "0123456789abcdef"}, Digests: map[lvs.ID]uint64{nine: 0xabcdef}, Repaired: map[lvs.ID]int{nine: 14},
		Neighbors: []speaker.Session{{Neighbor: addr("10.0.0.77"), RemoteAS: 65077, State: talk.OpenSent, Since: at, Told: 15,
			Losses: 16, Error: "connection refused", BFD: "peer", Way: speaker.WayUp, Program: "1.77", Outdated: true}},
		Announced: map[lvs.ID][]Announced{nine: {
			{Status: announce.Status{Place: announce.Place{Prefix: netip.MustParsePrefix("192.0.2.0/28"), Dev: "lo"}, On: true,
				Since: at}, Problem: "no room"},
			{Status: announce.Status{Place: announce.Place{Prefix: netip.MustParsePrefix("2001:db8::/48"), Table: 100}, Since: at,
				Why: "its quorum is lost", Until: at, Of: []lvs.ID{nine}}},
		}},
		Services: []lvs.VirtualStatus{
			{ID: lvs.ID{Service: ipvs.ServiceID{Port: 80}, Group: "none"}, Name: "[10.0.0.1]:tcp:80",
				Members: []ipvs.ServiceID{{Family: ipvs.IPv4, Protocol: 6, Addr: web.Addr, Port: 80}},
				Config:  web, Quorum: "up", InTable: true, Live: 3, SorryIn: true, Pool: "backup servers", Backup: 3, Servers: []lvs.ServerStatus{
					{Name: "[10.1.0.1]:tcp:8080", Config: &one, Up: true, InTable: true, Weight: 3, Failed: 1,
						Written: 2, Grown: at,
						Checkers: []lvs.CheckerStatus{
							{Config: &check, Up: true, Ran: true, Tries: 1, Weight: 5, Next: at, Started: at,
								File: config.Track{Kind: config.TrackedFile, Name: "load", Weight: 3, Reverse: true},
								History: lvs.History{
									Last: reason.Reason{Code: reason.Refused}, At: at, Since: at, Failures: 2,
									Undone:    3,
									UndoneWhy: reason.Reason{Code: reason.NotTried, Errno: 24, Text: "no room"},
								}},
						}},
				}},
			{Name: "[g]:0", Config: group, Quorum: "down", InTable: true},
			{ID: nine, Name: "FWM 9", Config: mark, Quorum: "unknown", Asked: 0xfedcba, Suspended: true, Servers: []lvs.ServerStatus{
				{Name: "[fd00::1]:none:0", Config: &far, Checkers: []lvs.CheckerStatus{{Config: &check}}},
			}},
		},
	}
}

func TestCLI6_CheckerFile(t *testing.T) {
	golden.Equal(t, "testdata/keepalived_check.data", string(Data(snapshot(), ids)))
}

// Whatever is known of the role at a moment is in its file. A field that is added to a snapshot has its
// line, or a reason here.
func TestEverythingIsShown(t *testing.T) {
	reasons := map[string]string{
		"Snapshot.At":                                                    "the file has a time",
		"Snapshot.Tallies (the sample has none)":                         "a snapshot that has some has not all, and no file",
		"Snapshot.Neighbors[0].Outdated":                                 "a warning tells of it, as does the log",
		"Snapshot.Unwritten":                                             "a warning tells of it, as does the log",
		"Snapshot.Services[0].Members[0]":                                "its configuration says it",
		"Snapshot.Services[0].ID.Service":                                "its configuration says it",
		"Snapshot.Services[0].ID.Group":                                  "its configuration says it",
		"Snapshot.Services[0].ID.Ordinal":                                "services of a group are in order",
		"Snapshot.Services[0].Servers[0].Override (the sample has none)": "the file is keepalived's: its weight says it",
		"Snapshot.Services[0].Servers[0].Checkers[0].History.URL":        "of a checker of pages; TestCheckersInTheDump",
		"Snapshot.Services[0].Servers[0].Checkers[0].History.Status":     "of a script; TestCheckersInTheDump",
	}
	for _, f := range shown.Hidden(snapshot, func(s *Snapshot) string { return string(Data(s, ids)) },
		"holdfast/config") {
		if reasons[f] == "" {
			t.Errorf("%s is nowhere", f)
		}
		delete(reasons, f)
	}
	for f, why := range reasons {
		t.Errorf("%s is there: %s?", f, why)
	}
}
