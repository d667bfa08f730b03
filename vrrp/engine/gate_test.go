package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/firewall"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A gateHost is an engine over a fake kernel and a fake filter, both of which write down what they are asked for.
type gateHost struct {
	*Engine
	f    *netif.Fake
	log  *observer.ObservedLogs
	did  []string
	busy bool // the filter does not come to an end
	tell func(firewall.Report)
}

// gateFilter is the filter of a gateHost.
type gateFilter struct{ h *gateHost }

func (g gateFilter) Set(wanted firewall.Wanted) <-chan error {
	w := wanted.(firewall.Blocks)
	var list []string
	for a := range w.Blocked {
		list = append(list, strings.TrimSpace(fmt.Sprint(a.Addr, " ", a.Dev)))
	}
	slices.Sort(list)
	what := "filter off"
	if w.On {
		what = "block " + strings.Join(list, ", ")
	}
	g.h.did = append(g.h.did, what)
	done := make(chan error)
	if !g.h.busy {
		close(done)
	}
	return done
}

func (g gateFilter) Close(time.Duration) { g.h.did = append(g.h.did, "filter closed") }

func newGateHost(instances ...config.Instance) *gateHost {
	h := &gateHost{f: netif.NewFake("eth0")}
	core, logs := observer.New(zap.InfoLevel)
	h.log = logs
	h.Engine = New(Options{Log: zap.New(core)})
	h.host = newHost(netif.State{Links: []netif.Link{{Index: 7, Name: "eth0"}}})
	h.addrs = newAddresses(netif.NewAddresses(h.f))
	h.f.Refuse = func(c netif.Change[netif.Address]) error {
		h.did = append(h.did, fmt.Sprint(c))
		return nil
	}
	h.gate = newGate()
	h.gate.open = func(stray []string, tell func(firewall.Report)) packetFilter {
		if len(stray) > 0 {
			h.did = append(h.did, "stray "+strings.Join(stray, ", "))
		}
		h.tell = tell
		return gateFilter{h}
	}
	h.load(config.Global{}, instances...)
	return h
}

// load takes a configuration as a commit does, up to where masters settle.
func (h *gateHost) load(g config.Global, instances ...config.Instance) {
	h.cfg = &config.Config{Global: g, Instances: instances}
	ids := make([]vrrp.ID, len(instances))
	for n := range instances {
		ids[n] = vrrp.ID(instances[n].VRID) - 50
	}
	former := h.routers.byID
	h.routers = newRouting(instances, ids)
	h.routers.former = former
	for _, r := range h.routers.all {
		r.addresses = addressesOf(r.cfg)
	}
	h.configureGate()
	h.addrs.configure(h.routers.all)
}

// settles ends a reload: routers with these IDs are masters.
func (h *gateHost) settles(masters ...vrrp.ID) {
	h.addrs.settle(h.routers.all, func(id vrrp.ID) bool { return slices.Contains(masters, id) })
	h.applyAddresses(nil)
	h.routers.former = nil
}

func (h *gateHost) wish(on bool, ids ...vrrp.ID) {
	for _, id := range ids {
		h.addrs.want(id, on)
	}
	h.applyAddresses(nil)
}

// expect compares what was done since the last time.
func (h *gateHost) expect(t *testing.T, moment string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, h.did); diff != "" {
		t.Errorf("%s (-want +got):\n%s", moment, diff)
	}
	h.did = nil
}

// closed is an instance whose addresses are not accepted.
func closed(name string, vrid uint8, vips ...string) config.Instance {
	i := instance(name, vrid, 100, vips...)
	i.Accept = false
	return i
}

func TestNobodyAsksForAFilterThatNobodyNeeds(t *testing.T) {
	owner := closed("B", 52, "10.0.0.2/24")
	owner.Priority = 255
	h := newGateHost(instance("A", 51, 100, "10.0.0.1/24"), owner)
	h.wish(true, 1, 2)
	h.wish(false, 1, 2)
	h.closeGate()
	for _, what := range h.did {
		if strings.Contains(what, "block") || strings.Contains(what, "filter") {
			t.Errorf("asked for %q", what)
		}
	}
}

// An address is blocked before it is set, and until it is gone; all that become master at once are one change.
func TestAddressesAreBlockedAsLongAsTheyAreThere(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24"), closed("B", 52, "10.0.0.2/24", "fe80::1/64"),
		instance("C", 53, 100, "10.0.0.3/24"))
	h.wish(true, 1, 2, 3)
	if len(h.did) != 5 || h.did[0] != "block 10.0.0.1, 10.0.0.2, fe80::1 eth0" {
		t.Errorf("masters: %q", h.did)
	}
	h.did = nil
	h.wish(false, 2)
	if len(h.did) != 3 || h.did[2] != "block 10.0.0.1" {
		t.Errorf("a backup: %q", h.did)
	}
	h.did = nil
	h.wish(false, 1)
	// Between the two the other one of the subnet comes back, which the kernel has taken along.
	if len(h.did) != 3 || h.did[2] != "block " {
		t.Errorf("no master: %q", h.did)
	}
}

// What cannot be removed stays blocked.
func TestAnAddressThatStaysIsStillBlocked(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24"), closed("B", 52, "10.0.0.2/24"))
	h.wish(true, 1, 2)
	h.f.Refuse = func(netif.Change[netif.Address]) error { return unix.EBUSY }
	h.did = nil
	h.wish(false, 1, 2)
	h.expect(t, "refused")
	h.f.Refuse = nil
	h.wish(false, 1)
	h.expect(t, "removed", "block ")
}

func TestReloadsOfTheFilter(t *testing.T) {
	open, shut := instance("A", 51, 100, "10.0.0.1/24"), closed("A", 51, "10.0.0.1/24")
	h := newGateHost(shut)
	h.wish(true, 1)
	h.did = nil

	h.load(config.Global{}, shut)
	h.settles(1)
	h.expect(t, "nothing new")

	h.load(config.Global{}, open)
	h.settles(1)
	h.expect(t, "accept", "filter off")

	h.load(config.Global{}, shut)
	h.settles(1)
	h.expect(t, "no_accept", "block 10.0.0.1")

	// The new one is blocked before it is set, and the former until it is gone.
	h.load(config.Global{}, closed("A", 51, "10.0.0.9/24"))
	h.settles(1)
	if first, last := h.did[0], h.did[len(h.did)-1]; first != "block 10.0.0.1, 10.0.0.9" || last != "block 10.0.0.9" {
		t.Errorf("another address: %q", h.did)
	}
	h.did = nil

	g := config.Global{NFTables: config.NFTables{Table: "other", Counters: true, Priority: 7, PrioritySet: true}}
	h.load(g, closed("A", 51, "10.0.0.9/24"))
	h.settles(1)
	h.expect(t, "another table", "block 10.0.0.9")
	if want := (firewall.Settings{Table: "other", Priority: 7, Counters: true}); h.gate.now.Settings != want {
		t.Errorf("settings are %+v, want %+v", h.gate.now.Settings, want)
	}

	// One that goes with its instance is blocked until it is gone.
	h.load(config.Global{}, closed("B", 52, "10.0.0.8/24"))
	h.settles()
	if last := h.did[len(h.did)-1]; last != "block " || !strings.HasPrefix(h.did[0], "block 10.0.0.9") {
		t.Errorf("the instance is gone: %q", h.did)
	}
}

// What the host has of its own is not blocked: it may be what the host is reached by.
func TestOwnAddressesAreNotBlocked(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24", "10.0.0.2/24"))
	h.addrs.theirs[vip{"eth0", prefix("10.0.0.1/24")}] = true
	h.wish(true, 1)
	if h.did[0] != "block 10.0.0.2" {
		t.Errorf("%q", h.did)
	}
}

// A filter that does not come to an end holds up nobody for long.
func TestABusyFilterDoesNotHoldUpAMaster(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24"))
	h.busy = true
	h.wish(true, 1)
	if len(h.did) != 2 || h.log.FilterMessageSnippet("nftables is busy").Len() != 1 {
		t.Errorf("%q, log %v", h.did, h.log.All())
	}
}

func TestABusyFilterWaitsNoLongerThanAnAdvert(t *testing.T) {
	fast := instance("B", 52, 100, "10.0.0.2/24")
	fast.AdvertInt = 10 * time.Millisecond
	for want, list := range map[time.Duration][]config.Instance{
		blockPatience:  {closed("A", 51, "10.0.0.1/24")},
		fast.AdvertInt: {closed("A", 51, "10.0.0.1/24"), fast},
	} {
		if h := newGateHost(list...); h.gate.patience != want {
			t.Errorf("with %d instances: %v, want %v", len(list), h.gate.patience, want)
		}
	}
}

func TestTablesOfALifeBefore(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  []config.Instance
		w     witnesses
		first []string
	}{
		{"nothing", []config.Instance{instance("A", 51, 100, "10.0.0.1/24")}, witnesses{}, nil},
		{"in use", []config.Instance{closed("A", 51, "10.0.0.1/24")}, witnesses{}, []string{"stray keepalived", "block "}},
		{"written down", []config.Instance{instance("A", 51, 100, "10.0.0.1/24")},
			witnesses{lines: map[string]bool{"nftables old": true, "eth0 10.0.0.1/24": true}},
			[]string{"stray old", "filter off"}},
		{"a keepalived's", []config.Instance{instance("A", 51, 100, "10.0.0.1/24")},
			witnesses{keepalived: "/run/keepalived.pid"}, []string{"stray keepalived", "filter off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newGateHost(c.list...)
			h.adoptTables(c.w)
			h.applyAddresses(nil)
			h.expect(t, "the first apply", c.first...)
			h.applyAddresses(nil)
			h.expect(t, "the next")
		})
	}
}

// Each instance of the daemon has a table of its own, unless it was given a name; a dead keepalived had one for all.
func TestInstancesHaveTheirOwnTables(t *testing.T) {
	for _, c := range []struct{ instance, table, want, stray string }{
		{"", "", "keepalived", "keepalived"},
		{"one", "", "keepalived_one", "keepalived, keepalived_one"},
		{"one", "mine", "mine", "mine"},
	} {
		h := newGateHost()
		h.load(config.Global{Place: config.Place{Instance: c.instance}, NFTables: config.NFTables{Table: c.table}},
			closed("A", 51, "10.0.0.1/24"))
		if got := h.gate.settings.Table; got != c.want {
			t.Errorf("%+v: table %q", c, got)
		}
		h.adoptTables(witnesses{keepalived: "/run/keepalived.pid"})
		if got := strings.Join(h.gate.stray, ", "); got != c.stray {
			t.Errorf("%+v: left over is %q", c, got)
		}
	}
}

func TestTheRecordNamesTables(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24"))
	if got := h.gate.lines(); !slices.Equal(got, []string{"nftables keepalived"}) {
		t.Errorf("at the start: %q", got)
	}
	h.wish(true, 1)
	// A crash may come before the former table is gone.
	h.load(config.Global{NFTables: config.NFTables{Table: "new"}}, closed("A", 51, "10.0.0.1/24"))
	if got := h.gate.lines(); !slices.Equal(got, []string{"nftables new", "nftables keepalived"}) {
		t.Errorf("while it is exchanged: %q", got)
	}
	for _, line := range h.gate.lines() {
		if p, is := parsePlaced(line); is {
			t.Errorf("%q is taken for the address %v", line, p)
		}
	}
}

// Link-local addresses go by the interface's number under nftables_ifindex, and follow it.
func TestTheNumberOfAnInterface(t *testing.T) {
	h := newGateHost()
	h.load(config.Global{NFTables: config.NFTables{ByIndex: true}}, closed("A", 51, "fe80::1/64"))
	h.settles(1)
	at := func(index int) firewall.Blocked {
		return firewall.Blocked{{Addr: netip.MustParseAddr("fe80::1"), Index: index}: true}
	}
	if diff := cmp.Diff(at(7), h.gate.now.Blocked, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	h.host.removeLink(netif.Link{Index: 7, Name: "eth0"})
	h.host.setLink(netif.Link{Index: 8, Name: "eth0"})
	h.followLinks()
	if !h.gate.now.Blocked[firewall.Address{Addr: netip.MustParseAddr("fe80::1"), Index: 8}] {
		t.Errorf("blocked is %v", h.gate.now.Blocked)
	}
}

func TestReportsOfTheFilter(t *testing.T) {
	h := newGateHost(closed("A", 51, "10.0.0.1/24"))
	h.wish(true, 1)
	h.filterSays(firewall.Report{Err: unix.EPERM})
	if s := h.filterState(); s.Problem != "operation not permitted" || !s.On || s.Table != "keepalived" || s.Blocked != 1 {
		t.Errorf("with a problem: %+v", s)
	}
	h.filterSays(firewall.Report{})
	for n := range uint64(300) {
		h.filterSays(firewall.Report{Restored: n + 1})
	}
	if s := h.filterState(); s.Problem != "" || s.Restored != 300 {
		t.Errorf("afterwards: %+v", s)
	}
	for text, n := range map[string]int{"packets to addresses that are not accepted get through: operation not permitted": 1,
		"packets to addresses that are not accepted are dropped now": 1, "was removed or changed by somebody else": 23} {
		if got := h.log.FilterMessageSnippet(text).Len(); got != n {
			t.Errorf("%d times %q, want %d", got, text, n)
		}
	}
}
