package engine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

func vips(list ...string) []config.Address {
	var out []config.Address
	for _, s := range list {
		out = append(out, config.Address{Prefix: netip.MustParsePrefix(s), Dev: "eth0"})
	}
	return out
}

func texts(list []netif.Wanted) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Prefix.String())
	}
	return out
}

// fakeAddresses is the desired state over a fake host with eth0.
func fakeAddresses(instances ...config.Instance) (*addresses, *netif.Fake) {
	f := netif.NewFake("eth0")
	a := newAddresses(netif.NewAddresses(f))
	a.configure(routersOf(instances))
	a.reloading = false
	return a, f
}

// routersOf gives instances IDs: the first is 1 if its virtual router ID is 51.
func routersOf(instances []config.Instance) []*router {
	var ids []vrrp.ID
	for _, i := range instances {
		ids = append(ids, vrrp.ID(i.VRID)-50)
	}
	all := newRouting(instances, ids).all
	for _, r := range all {
		r.addresses = addressesOf(r.cfg)
	}
	return all
}

// set is one wish alone.
func set(a *addresses, router vrrp.ID, on bool) error {
	a.want(router, on)
	return a.apply()
}

func expect(t *testing.T, f *netif.Fake, want string) {
	t.Helper()
	if want != "" {
		want = " " + want
	}
	if got := f.String(); got != "eth0             UP            "+want+"\n" {
		t.Errorf("host has\n%swant%s", got, want)
	}
}

func TestAddressesFollowVIPsActions(t *testing.T) {
	one, two := instance("VI_1", 51, 100, "10.0.0.1/32", "10.0.0.2/32"), instance("VI_2", 52, 100, "10.0.0.3/32")
	one.ExcludedVIPs = vips("10.0.0.9/32")
	a, f := fakeAddresses(one, two)
	for _, s := range []struct {
		id    vrrp.ID
		on    bool
		added []string
		there string
	}{
		{1, true, []string{"10.0.0.1/32", "10.0.0.2/32", "10.0.0.9/32"}, "10.0.0.1/32 10.0.0.2/32 10.0.0.9/32"},
		{1, true, nil, "10.0.0.1/32 10.0.0.2/32 10.0.0.9/32"},
		{2, true, []string{"10.0.0.3/32"}, "10.0.0.1/32 10.0.0.2/32 10.0.0.9/32 10.0.0.3/32"},
		{1, false, nil, "10.0.0.3/32"},
		{1, false, nil, "10.0.0.3/32"},
		{2, false, nil, ""},
	} {
		if err := set(a, s.id, s.on); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s.added, texts(a.take(s.id))); d != "" {
			t.Errorf("%d %v: added (-want +got):\n%s", s.id, s.on, d)
		}
		if len(a.restored) > 0 {
			t.Errorf("%d %v: restored %v", s.id, s.on, a.restored)
		}
		expect(t, f, s.there)
	}
}

func TestAddressesAreSetInTheOrderOfTheConfiguration(t *testing.T) {
	var list []config.Instance
	want := ""
	for i := range 20 {
		p := prefixText(10, 0, 0, i+1)
		list = append(list, instance("VI_"+itoa(20-i), uint8(i+1), 100, p))
		want += " " + p
	}
	a, f := fakeAddresses(list...)
	for _, r := range routersOf(list) {
		a.want(r.id, true)
	}
	if err := a.apply(); err != nil {
		t.Fatal(err)
	}
	expect(t, f, want[1:])
}

// What somebody removed comes back with the next change of anything, and is told
// apart from what was asked for.
func TestAddressesTellRestoredFromAdded(t *testing.T) {
	a, f := fakeAddresses(instance("VI_1", 51, 100, "10.0.0.1/32"), instance("VI_2", 52, 100, "10.0.0.2/32"))
	if err := set(a, 1, true); err != nil {
		t.Fatal(err)
	}
	gone := f.State().Addresses[0]
	if errs := f.ChangeAddresses([]netif.Change[netif.Address]{{Op: netif.Delete, What: gone}}); errs[0] != nil {
		t.Fatal(errs)
	}
	if err := set(a, 2, true); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"10.0.0.1/32"}, texts(a.restored[1])); d != "" {
		t.Errorf("restored (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"10.0.0.2/32"}, texts(a.take(2))); d != "" {
		t.Errorf("added (-want +got):\n%s", d)
	}
}

func TestAddressSharedByTwoMastersStaysWithOne(t *testing.T) {
	a, f := fakeAddresses(instance("VI_1", 51, 100, "10.0.0.1/32"), instance("VI_2", 52, 100, "10.0.0.1/32"))
	for _, id := range []vrrp.ID{1, 2} {
		if err := set(a, id, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := set(a, 1, false); err != nil {
		t.Fatal(err)
	}
	expect(t, f, "10.0.0.1/32")
}

// A reload as commit does it: configure, the core's actions, settle.
func TestReloadOfAddresses(t *testing.T) {
	type action struct {
		id vrrp.ID
		on bool
	}
	old := []config.Instance{instance("VI_1", 51, 100, "10.0.0.1/32"), instance("VI_2", 52, 100, "10.0.0.2/32")}
	for _, c := range []struct {
		name    string
		new     []config.Instance
		actions []action
		masters string // after the reload, a digit for each
		there   string
		changes int // how many requests the kernel may see
	}{
		{"nothing changed", old, nil, "12", "10.0.0.1/32 10.0.0.2/32", 0},
		{"one more address", []config.Instance{instance("VI_1", 51, 100, "10.0.0.1/32", "10.0.0.7/32"), old[1]},
			[]action{{1, true}}, "12", "10.0.0.1/32 10.0.0.2/32 10.0.0.7/32", 1},
		{"swapped between masters", []config.Instance{instance("VI_1", 51, 100, "10.0.0.2/32"), instance("VI_2", 52, 100, "10.0.0.1/32")},
			[]action{{1, true}, {2, true}}, "12", "10.0.0.1/32 10.0.0.2/32", 0},
		{"renamed", []config.Instance{instance("VI_A", 51, 100, "10.0.0.1/32"), old[1]}, nil, "12", "10.0.0.1/32 10.0.0.2/32", 0},
		{"names swapped", []config.Instance{instance("VI_2", 51, 100, "10.0.0.1/32"), instance("VI_1", 52, 100, "10.0.0.2/32")},
			nil, "12", "10.0.0.1/32 10.0.0.2/32", 0},
		{"removed", old[:1], []action{{2, false}}, "1", "10.0.0.1/32", 1},
		{"removed, and its name is another's who is not master", []config.Instance{old[0], instance("VI_2", 99, 100, "10.0.0.8/32")},
			[]action{{2, false}}, "1", "10.0.0.1/32", 1},
		{"all removed", nil, []action{{1, false}, {2, false}}, "", "", 2},
		{"moved to one who is not master", []config.Instance{instance("VI_1", 51, 100, "10.0.0.7/32"), old[1], instance("VI_3", 53, 100, "10.0.0.1/32")},
			[]action{{1, true}}, "12", "10.0.0.2/32 10.0.0.7/32", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, f := fakeAddresses(old...)
			for _, r := range routersOf(old) {
				if err := set(a, r.id, true); err != nil {
					t.Fatal(err)
				}
			}
			changes := 0
			f.Refuse = func(netif.Change[netif.Address]) error { changes++; return nil }
			a.configure(routersOf(c.new))
			for _, x := range c.actions {
				if err := set(a, x.id, x.on); err != nil {
					t.Fatal(err)
				}
			}
			master := func(id vrrp.ID) bool { return strings.Contains(c.masters, itoa(int(id))) }
			a.settle(routersOf(c.new), master)
			if err := a.apply(); err != nil {
				t.Fatal(err)
			}
			expect(t, f, c.there)
			if changes != c.changes {
				t.Errorf("%d requests to the kernel, want %d", changes, c.changes)
			}
			if len(a.restored) > 0 {
				t.Errorf("restored %v", a.restored)
			}
		})
	}
}

func TestApplyErrorsReachTheCaller(t *testing.T) {
	a, f := fakeAddresses(instance("VI_1", 51, 100, "10.0.0.1/32", "10.0.0.2/32"))
	f.Refuse = func(c netif.Change[netif.Address]) error {
		if c.What.Prefix == netip.MustParsePrefix("10.0.0.1/32") {
			return unix.EPERM
		}
		return nil
	}
	if err := set(a, 1, true); !errors.Is(err, unix.EPERM) {
		t.Errorf("error %v", err)
	}
	expect(t, f, "10.0.0.2/32")
	f.Refuse = nil
	if err := a.apply(); err != nil {
		t.Fatal(err)
	}
	expect(t, f, "10.0.0.2/32 10.0.0.1/32")
}

func TestSemantics3_5_NoTrackIsNotMissed(t *testing.T) {
	i := instance("VI_1", 51, 100, "10.0.0.1/32", "10.0.0.2/32")
	i.VIPs[1].NoTrack = true
	a, _ := fakeAddresses(i)
	if err := set(a, 1, true); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"10.0.0.1/32": true, "10.0.0.2/32": false, "10.0.0.3/32": false, "10.0.0.1/24": false} {
		if got := a.wants(vip{"eth0", netip.MustParsePrefix(text)}); got != want {
			t.Errorf("%s is wanted: %v, want %v", text, got, want)
		}
	}
}

func TestThrottle(t *testing.T) {
	var th throttle[vip]
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	one := vip{"eth0", netip.MustParsePrefix("10.0.0.1/32")}
	for i := range 1000 { // many addresses, each once: no fight
		if th.done(now, vip{"eth0", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 32)}) {
			t.Fatal("a thousand different addresses count as a fight")
		}
	}
	for i := range repairsAtOnce {
		if at := th.next(now); !at.Equal(now) {
			t.Fatalf("repair %d is put off", i)
		}
		if spaced := th.done(now, one); spaced != (i == repairsAtOnce-1) {
			t.Errorf("repair %d: spaced %v", i, spaced)
		}
		now = now.Add(time.Millisecond)
	}
	if at := th.next(now); at.Sub(th.last) != repairPause {
		t.Errorf("the next repair is %v after the last, want %v", at.Sub(th.last), repairPause)
	}
	if th.done(now, one) {
		t.Error("said twice")
	}
	now = th.last.Add(repairQuiet + time.Millisecond)
	if at := th.next(now); !at.Equal(now) {
		t.Error("after a quiet time the repair is put off")
	}
}
