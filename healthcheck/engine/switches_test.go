package engine

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

func sharing(protocols ...config.Protocol) map[ipvs.Switch]bool {
	var services []config.VirtualServer
	for _, p := range protocols {
		services = append(services, config.VirtualServer{Protocol: p, SharedClients: true})
	}
	return wantedSwitches(append(services, config.VirtualServer{Protocol: config.TCP}))
}

func TestSwitchesByProtocol(t *testing.T) {
	for _, test := range []struct {
		protocols []config.Protocol
		want      string
	}{
		{nil, ""},
		{[]config.Protocol{config.TCP}, "schedule_icmp sloppy_tcp"},
		{[]config.Protocol{config.UDP}, "schedule_icmp"},
		{[]config.Protocol{config.SCTP}, "schedule_icmp sloppy_sctp"},
		{[]config.Protocol{config.UDP, config.ProtocolNone}, "schedule_icmp sloppy_sctp sloppy_tcp"},
	} {
		var got []string
		for _, s := range slices.Sorted(maps.Keys(sharing(test.protocols...))) {
			got = append(got, string(s))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v want %v, not %q", test.protocols, got, test.want)
		}
	}
}

// wantSwitches compares sloppy_tcp, sloppy_sctp and schedule_icmp.
func wantSwitches(t *testing.T, when string, k Kernel, want ...int) {
	t.Helper()
	var got []int
	for _, s := range ipvs.Switches() {
		v, err := k.Switch(s)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: switches %v, want %v", when, got, want)
	}
}

// A reload, a stop and the life after a crash set what was there before; what was on already stays on.
func TestSwitchesAreGivenBack(t *testing.T) {
	dir, k := t.TempDir(), fake.New()
	path := filepath.Join(dir, "s")
	if err := k.SetSwitch(ipvs.ScheduleICMP, 1); err != nil {
		t.Fatal(err)
	}
	a := began(t, k, path, killed(t, 1), 1)
	wantSwitches(t, "nobody wants any", k, 0, 0, 1)
	a.r.setSwitches(sharing(config.TCP, config.SCTP))
	wantSwitches(t, "wanted", k, 1, 1, 1)
	a.r.setSwitches(sharing(config.TCP))
	wantSwitches(t, "one is not wanted any more", k, 1, 0, 1)
	// Killed; the next life does not want them.
	b := began(t, k, path, killed(t, 2), 1)
	b.r.setSwitches(sharing())
	wantSwitches(t, "the life after a crash does not want it", k, 0, 0, 1)
	// Killed again, and wanted again: what was there before is not forgotten.
	b.r.setSwitches(sharing(config.TCP))
	c := began(t, k, path, thisProcess(t), 1)
	c.r.setSwitches(sharing(config.TCP))
	wantSwitches(t, "the life after a crash wants it", k, 1, 0, 1)
	c.stop()
	wantSwitches(t, "stopped", k, 0, 0, 1)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files %v %v", left, err)
	}
}

// The table may stay at a stop, and what its services want with it.
func TestSwitchesStayWithTheTable(t *testing.T) {
	k := fake.New()
	a := began(t, k, filepath.Join(t.TempDir(), "s"), living(t), 1)
	a.r.setSwitches(sharing(config.TCP))
	a.r.close(true, false)
	wantSwitches(t, "kept", k, 1, 0, 1)
}

// What somebody else sets to 0 is set again within a round, with one line.
func TestSwitchesAreKept(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	k := fake.New()
	r := newReconciler(k, zap.New(core), statefile.New(filepath.Join(t.TempDir(), "s"), thisProcess(t)), "")
	r.survey()
	r.adopt(func(ipvs.ServiceID) bool { return false }, false)
	r.setSwitches(sharing(config.TCP))
	if err := k.SetSwitch(ipvs.SloppyTCP, 0); err != nil {
		t.Fatal(err)
	}
	for range roundTicks {
		r.check()
	}
	wantSwitches(t, "after a round", k, 1, 0, 1)
	if n := logs.FilterMessageSnippet("net.ipv4.vs.sloppy_tcp was set to 0 by somebody else").Len(); n != 1 || logs.Len() != 1 {
		t.Errorf("said: %v", logs.All())
	}
}

// brokenSwitches is a kernel whose switches cannot be set.
type brokenSwitches struct {
	Kernel
	err error
}

func (k *brokenSwitches) SetSwitch(s ipvs.Switch, v int) error {
	if k.err != nil {
		return k.err
	}
	return k.Kernel.SetSwitch(s, v)
}

// A switch that cannot be set is an error said once, and set later.
func TestSwitchesAreTriedAgain(t *testing.T) {
	b := newBench(t)
	k := &brokenSwitches{Kernel: b.k, err: syscall.EROFS}
	b.r.kernel = k
	b.r.setSwitches(sharing(config.TCP))
	for range 3 * roundTicks {
		b.r.check()
	}
	wantSwitches(t, "refused", b.k, 0, 0, 0)
	k.err = nil
	for range roundTicks {
		b.r.check()
	}
	wantSwitches(t, "not refused any more", b.k, 1, 0, 1)
	// Without IPVS in the kernel there is nothing to give back.
	k.err = fs.ErrNotExist
	synctest.Test(t, func(t *testing.T) { b.stop() })
	if len(b.r.switches.before) != 0 {
		t.Errorf("left to be restored: %v", b.r.switches.before)
	}
}
