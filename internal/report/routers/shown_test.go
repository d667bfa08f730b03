package routers

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/linkstate"
	"holdfast/internal/netif"
	"holdfast/internal/report/shown"
	"holdfast/internal/track"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// everything is a snapshot in which each field has something.
func everything() *Snapshot {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	one := instance("VI_1", 51, 100, vip("192.168.1.150/24"))
	one.Version, one.GARPExtra.Interval = 3, time.Second
	addr := netip.MustParseAddr("192.168.1.151")
	return &Snapshot{
		At: at, Unwritten: "no space left on device",
		Global: config.Global{RouterID: "D1"},
		Instances: []vrrp.Status{{
			Router: 1, Config: &one, Place: vrrp.Place{Adverts: "eth0.1", Own: "eth0.1", Devices: []string{"eth0.1"}},
			State: vrrp.Master, Priority: 100, EffectivePriority: 100, Preempt: true, Source: addr,
			Group:      netip.MustParseAddr("224.0.0.18"),
			MasterAddr: addr, MasterPriority: 7, MasterAdvertInt: time.Second, LastTransition: at, Next: at,
			Last:         vrrp.Transition{From: vrrp.Backup, To: vrrp.Fault, At: at, Cause: vrrp.Cause{Code: vrrp.CauseFault, Text: "eth9 down"}},
			DownInterval: time.Second, NextExtra: at,
			Takeover: vrrp.TakeoverSilence, Part: at, Misfit: vrrp.MisfitTTL,
			Awaited: 1, VIPsWanted: true, Faults: []vrrp.FaultReason{{Code: vrrp.FaultNoPeers}},
			Lacks: []vrrp.Obstacle{{Cause: "x"}}, Moves: vrrp.Moves{{0, 1}}, Causes: vrrp.Causes{1: 2},
			Refusals: []vrrp.Refusal{{Addr: addr, Reason: wire.BadTTL, Count: 1}},
			Rivals: []vrrp.Rival{{Addr: netip.MustParseAddr("192.168.1.152"), Priority: 8, Adverts: 9, Episodes: 10, GaveWay: 11,
				Now: true, Beside: netip.MustParseAddr("192.168.1.153"), First: at.Add(time.Second), Last: at.Add(time.Minute)}},
		}},
		Announced: [2]uint64{1, 2}, Repairs: []Repair{{"route", 3}},
		Groups:  []config.SyncGroup{{Name: "G"}},
		Scripts: []config.Script{{Name: "s"}}, Files: []config.TrackFile{{Name: "f"}},
		Processes: []config.TrackProcess{{Name: "p"}}, Sessions: []config.BFD{{Name: "b"}},
		StaticAddresses: []StaticAddress{{Address: vip("192.168.1.160/24"), Present: true}},
		StaticRoutes:    []config.Route{{Type: config.RouteUnicast, Dest: netip.MustParsePrefix("10.0.0.0/8"), Dev: "eth0"}},
		StaticRules:     []config.Rule{{Preference: 7}},
		TrackGroups:     []config.TrackGroup{{Name: "T", Members: []string{"VI_1"}}},
		GARPGroups:      []config.GARPGroup{{ARPInterval: time.Second, Interfaces: []string{"eth0", "eth1"}}},
		Ports: []Port{{Interface: "eth0", Family: unix.AF_INET6, Protocol: unix.IPPROTO_AH, Multicast: true,
			Open: true, In: 1, Out: 2,
			Problem: "none", Routers: []Router{{"VI_1", 51}}}},
		Filter: Filter{On: true, Table: "filter", Blocked: 12, Restored: 13, Problem: "not there"},
		Links: []Link{
			{Delays: linkstate.Delays{Down: time.Second, Up: time.Second}, Waiting: true, Beat: netif.BeatMII,
				Link: netif.Link{Index: 3, Name: "eth0.1", MTU: 1500, Hardware: "123456", Flags: upFlags,
					Parent: 4, Kind: "macvlan", Mode: 1, Table: 5, Group: 6, Alias: "x"},
				Known: vrrp.Link{Name: "eth0.1", Index: 3, MTU: 1, Addr4: addr,
					Addrs: []netip.Addr{netip.MustParseAddr("fe80::1")}}},
			{Link: netif.Link{Index: 4, Name: "eth0", MTU: 1500}},
		},
	}
}

// Whatever is known of the role at a moment is in one of the files. A field that is added to a snapshot
// has its line, or a reason here.
func TestEverythingIsShown(t *testing.T) {
	reasons := map[string]string{
		"Snapshot.Unwritten":                  "a warning tells of it, as does the log",
		"Snapshot.At":                         "the file has a time",
		"Snapshot.Instances[0].Router":        "people know it by its name",
		"Snapshot.Instances[0].Place.Adverts": "the port has it",
		"Snapshot.Instances[0].Place.Devices": "it is among the interfaces",
		"Snapshot.Instances[0].Takeover":      "SNMP shows it",
		"Snapshot.Instances[0].Part":          "SNMP shows it",
		"Snapshot.Instances[0].Misfit":        "SNMP shows it",
		"Snapshot.Instances[0].Last.From":     "events and the API tell of it",
		"Snapshot.Instances[0].Last.To":       "as State",
		"Snapshot.Instances[0].Last.At":       "as LastTransition",
		"Snapshot.Instances[0].Last.Cause":    "events and the API tell of it",
		"Snapshot.Links[0].Link.Alias":        "it says whose a virtual MAC interface is, in words of ours",
		"Snapshot.Links[0].Known.Name":        "as that of Link",
		"Snapshot.Links[0].Known.Index":       "as that of Link",
		"Snapshot.Links[0].Known.Exists":      "it is there",
		"Snapshot.Links[0].Known.Up":          "as the flags of Link",
		"Snapshot.Links[0].Known.MTU":         "as that of Link",
		"Snapshot.Links[0].Known.Polled":      "as Beat",
		"Snapshot.Links[0].Known.Multicast":   "as the flags of Link",
		"Snapshot.Announced":                  "it is among the metrics",
		"Snapshot.Repairs[0].Object":          "it is among the metrics",
		"Snapshot.Repairs[0].Count":           "it is among the metrics",
		"Snapshot.Instances[0].Moves":         "they are among the metrics",
		"Snapshot.Instances[0].Causes":        "they are among the metrics",

		"Snapshot.Instances[0].Refusals[0].Addr":   "they are among the metrics",
		"Snapshot.Instances[0].Refusals[0].Reason": "they are among the metrics",
		"Snapshot.Instances[0].Refusals[0].Count":  "they are among the metrics",
	}
	reasons["Snapshot.Instances[0].Set (the sample has none)"] = "what is set is shown as priority and preemption"
	reasons["Snapshot.Instances[0].Override (the sample has none)"] = "the file is keepalived's, and the state there BACKUP"
	// What is shown depends on the state and on whether there is a socket.
	text := func(s *Snapshot) string {
		signed := *s.Instances[0].Config
		signed.HMAC.Use = true
		s.Instances = slices.Clone(s.Instances)
		s.Instances[0].Config = &signed
		other := *s
		other.Instances, other.Ports = slices.Clone(s.Instances), slices.Clone(s.Ports)
		other.Instances[0].State = vrrp.Backup
		other.Ports[0].Open = !s.Ports[0].Open
		return string(Data(s, ids)) + string(Stats(s)) + string(Data(&other, ids))
	}
	for _, f := range shown.Hidden(everything, text, "holdfast/config") {
		if reasons[f] == "" {
			t.Errorf("%s is nowhere", f)
		}
		delete(reasons, f)
	}
	for f, why := range reasons {
		t.Errorf("%s is there: %s?", f, why)
	}
}

// What is known of tracked objects, by their names.
func TestTrackedObjectsAreShown(t *testing.T) {
	script := func() *track.Run { return &track.Run{Result: 1} }
	process := func() *track.Count { return &track.Count{Running: 1} }
	value := func() *vrrp.Value { return &vrrp.Value{Known: true, Value: 1} }
	text := func(change func(*Snapshot)) string {
		s := snapshot()
		change(s)
		return string(Data(s, ids))
	}
	hidden := shown.Hidden(script, func(r *track.Run) string { return text(func(s *Snapshot) { s.Runs["chk"] = *r }) })
	hidden = append(hidden, shown.Hidden(process,
		func(c *track.Count) string { return text(func(s *Snapshot) { s.Running["web"] = *c }) })...)
	hidden = append(hidden, shown.Hidden(value, func(v *vrrp.Value) string {
		return text(func(s *Snapshot) { s.Tracked[vrrp.Tracked{Kind: config.TrackedScript, Name: "chk"}] = *v })
	})...)
	if hidden != nil {
		t.Errorf("nowhere: %q", hidden)
	}
}
