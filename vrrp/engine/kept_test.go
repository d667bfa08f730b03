package engine

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/test/lab"
	"holdfast/vrrp"
)

// withRoutes gives an instance routes, written as `10.8.0.0/16 192.168.1.9 eth0`.
func withRoutes(i config.Instance, routes ...string) config.Instance {
	for _, text := range routes {
		i.Routes = append(i.Routes, routeTo(text))
	}
	return i
}

func routeTo(text string) config.Route {
	f := strings.Fields(text)
	r := config.Route{Type: config.RouteUnicast, Dest: prefix(f[0]), Dev: f[2], Table: config.Named{Set: true, Number: 254}, Proto: config.Named{Set: true, Number: 18}}
	if r.IPv6 = r.Dest.Addr().Is6(); f[1] != "-" {
		r.Via = netip.MustParseAddr(f[1])
	}
	return r
}

func ruleTo(from string, table, preference uint32) config.Rule {
	return config.Rule{From: prefix(from), Action: config.RuleTable, Table: config.Named{Set: true, Number: table}, Preference: preference, Proto: 18}
}

// keptHost is a keeper of routes over a fake host with eth0 and eth1, and what it has said.
type keptHost struct {
	*kept[netif.Route]
	t    *testing.T
	fake *netif.Fake
	said []string
	now  time.Time
}

func newKeptHost(t *testing.T) *keptHost {
	f := netif.NewFake("eth0", "eth1")
	if _, err := netif.NewAddresses(f).Apply([]netif.Wanted{{Dev: "eth0", Address: netif.Address{Prefix: prefix("192.168.1.1/24")}}}, nil); err != nil {
		t.Fatal(err)
	}
	h := &keptHost{t: t, fake: f, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.kept = newKept(keptRoutes(newHost(netif.State{})), netif.NewRoutes(f), func(l vrrp.Log) { h.said = append(h.said, l.Text) })
	return h
}

func (h *keptHost) load(static []config.Route, instances ...config.Instance) {
	h.configure(routersOf(instances), &config.Config{StaticRoutes: static})
}

// expect looks at the host, and at what was said since the last time.
func (h *keptHost) expect(moment string, routes []string, said ...string) {
	h.t.Helper()
	have, err := h.fake.Routes([]uint8{18, 4})
	if err != nil {
		h.t.Fatal(err)
	}
	var got []string
	for _, r := range have {
		for i := range r.Hops {
			r.Hops[i].Dev = map[int]string{1: "eth0", 2: "eth1"}[r.Hops[i].Index]
		}
		got = append(got, r.String())
	}
	slices.Sort(got)
	slices.Sort(routes)
	if d := cmp.Diff(routes, got); d != "" {
		h.t.Errorf("%s: routes (-want +got):\n%s", moment, d)
	}
	if d := cmp.Diff(said, h.said); d != "" {
		h.t.Errorf("%s: said (-want +got):\n%s", moment, d)
	}
	h.said = nil
}

// removeByHand takes a route away, and tells of it.
func (h *keptHost) removeByHand(r config.Route) {
	h.t.Helper()
	w := routesOf(r)[0]
	if out, err := netif.NewRoutes(h.fake).Apply(nil, []netif.Route{w}); err != nil || len(out.Removed) != 1 {
		h.t.Fatal(out, err)
	}
	if h.suspect(netif.RouteLost{Route: w}) {
		h.repair(h.now)
	}
}

func TestSemantics1_22_RoutesFollowTheirRouter(t *testing.T) {
	h := newKeptHost(t)
	one := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 192.168.1.9 eth0", "10.7.0.0/16 - eth1")
	two := withRoutes(instance("VI_2", 52, 100), "10.7.0.0/16 - eth1", "10.6.0.0/16 - eth1")
	static := []config.Route{routeTo("10.5.0.0/16 - eth1")}
	h.load(static, one, two)
	h.provide(h.now)
	h.expect("provided", []string{"10.5.0.0/16 dev eth1"})
	for _, s := range []struct {
		moment string
		id     vrrp.ID
		on     bool
		routes string
	}{
		{"the first is master", 1, true, "8 7 5"},
		{"both are", 2, true, "8 7 6 5"},
		{"the first is none: they share one", 1, false, "7 6 5"},
		{"none is", 2, false, "5"},
		{"the host stops", theHost, false, ""},
	} {
		h.want(s.id, s.on)
		h.release()
		h.apply(h.now)
		var want []string
		for n := range strings.FieldsSeq(s.routes) {
			want = append(want, map[string]string{"8": "10.8.0.0/16 via 192.168.1.9 dev eth0"}[n]+map[bool]string{true: "10." + n + ".0.0/16 dev eth1"}[n != "8"])
		}
		h.expect(s.moment, want)
	}
	if !h.empty() {
		t.Errorf("still ours: %v", h.mine)
	}
}

// What did not change in a reload is not touched; what takes the place of another comes before that goes.
func TestReloadOfRoutes(t *testing.T) {
	h := newKeptHost(t)
	h.load(nil, withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 192.168.1.9 eth0", "10.7.0.0/16 - eth1", "10.6.0.0/16 - eth1"))
	h.settle(func(vrrp.ID) bool { return true })
	h.apply(h.now)
	h.expect("before", []string{"10.8.0.0/16 via 192.168.1.9 dev eth0", "10.7.0.0/16 dev eth1", "10.6.0.0/16 dev eth1"})
	var changes []string
	h.fake.RefuseRoute = func(c netif.Change[netif.Route]) error {
		changes = append(changes, map[netif.Op]string{netif.Add: "add ", netif.Delete: "delete "}[c.Op]+c.What.Dst.String())
		return nil
	}
	h.load(nil, withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 192.168.1.8 eth0", "10.7.0.0/16 - eth1", "10.5.0.0/16 - eth1"))
	h.settle(func(vrrp.ID) bool { return true })
	h.release()
	if len(changes) > 0 {
		t.Errorf("the master's are gone before the new ones are there: %v", changes)
	}
	h.apply(h.now)
	h.expect("after", []string{"10.8.0.0/16 via 192.168.1.8 dev eth0", "10.7.0.0/16 dev eth1", "10.5.0.0/16 dev eth1"})
	if d := cmp.Diff([]string{"add 10.8.0.0/16", "add 10.5.0.0/16", "delete 10.6.0.0/16", "delete 10.8.0.0/16"}, changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	changes = nil
	h.settle(func(vrrp.ID) bool { return true })
	h.apply(h.now)
	if len(changes) > 0 {
		t.Errorf("the same again: %v", changes)
	}
	h.load(nil) // the router is gone
	h.want(1, false)
	h.release()
	h.expect("without it", nil)
}

func TestSemantics3_5_ARemovedRouteComesBack(t *testing.T) {
	h := newKeptHost(t)
	free := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth0", "10.7.0.0/16 - eth1")
	free.Routes[1].NoTrack = true
	h.load([]config.Route{routeTo("10.5.0.0/16 - eth1")}, free)
	h.want(1, true)
	h.apply(h.now)
	all := []string{"10.8.0.0/16 dev eth0", "10.7.0.0/16 dev eth1", "10.5.0.0/16 dev eth1"}
	h.removeByHand(free.Routes[1])
	h.expect("one that nobody minds", []string{all[0], all[2]})
	h.removeByHand(free.Routes[0])
	h.expect("another", slices.Clone(all), "(VI_1) restored route 10.8.0.0/16 dev eth0", "(VI_1) restored route 10.7.0.0/16 dev eth1")
	h.removeByHand(routeTo("10.5.0.0/16 - eth1"))
	h.expect("the host's", slices.Clone(all), "restored static route 10.5.0.0/16 dev eth1")
	for range repairsAtOnce - 1 {
		h.removeByHand(free.Routes[0])
	}
	if last := h.said[len(h.said)-1]; !strings.Contains(last, "(VI_1) route 10.8.0.0/16 dev eth0 was removed 20 times by somebody else, restoring once per 1s") {
		t.Errorf("said %q", last)
	}
	h.said = nil
	h.removeByHand(free.Routes[0])
	h.expect("fought for", all[1:])
	if at := h.next(); at != h.now.Add(repairPause) {
		t.Errorf("the next repair is at %v", at)
	}
	h.expire(h.now.Add(repairPause - 1))
	h.expire(h.now.Add(repairPause))
	h.expect("a second later", slices.Clone(all), "(VI_1) restored route 10.8.0.0/16 dev eth0")
}

func TestARefusedRouteIsTriedAgain(t *testing.T) {
	h := newKeptHost(t)
	h.load(nil, withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 172.16.0.9 eth0", "10.7.0.0/16 - eth1", "10.6.0.0/16 - eth9"))
	h.want(1, true)
	h.apply(h.now)
	h.expect("at first", []string{"10.7.0.0/16 dev eth1"}, "(VI_1) cannot add route 10.6.0.0/16 dev eth9: no such device",
		"(VI_1) cannot add route 10.8.0.0/16 via 172.16.0.9 dev eth0: network is unreachable")
	for _, wait := range []time.Duration{2 * time.Second, 4 * time.Second} {
		if at := h.next(); at != h.now.Add(wait) {
			t.Errorf("the next attempt is after %v, want %v", at.Sub(h.now), wait)
		}
		h.now = h.next()
		h.expire(h.now)
		h.expect("again, and nothing new to say", []string{"10.7.0.0/16 dev eth1"})
	}
	if _, err := netif.NewAddresses(h.fake).Apply([]netif.Wanted{{Dev: "eth0", Address: netif.Address{Prefix: prefix("172.16.0.1/24")}}}, nil); err != nil {
		t.Fatal(err)
	}
	h.hasten(h.now)
	if at := h.next(); at != h.now.Add(soonest) {
		t.Errorf("after news the next attempt is after %v", at.Sub(h.now))
	}
	h.now = h.next()
	h.expire(h.now)
	h.expect("with an address", []string{"10.8.0.0/16 via 172.16.0.9 dev eth0", "10.7.0.0/16 dev eth1"}, "(VI_1) route 10.8.0.0/16 via 172.16.0.9 dev eth0 could be set now")
	h.fake.AddLink("eth9")
	h.now = h.next()
	h.expire(h.now)
	if !h.next().IsZero() {
		t.Errorf("all is set, and the next attempt is at %v", h.next())
	}
}

// A route over an interface that is down is not tried, and one that is there nevertheless, because another leg
// is up, is not taken for one that nobody wants.
func TestARouteOverAnInterfaceThatIsDown(t *testing.T) {
	h := newKeptHost(t)
	links := newHost(netif.State{Links: h.fake.State().Links})
	h.kind = keptRoutes(links)
	one := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth1", "10.7.0.0/16 - eth0")
	both := routeTo("10.6.0.0/16 - eth0")
	both.NextHops = []config.NextHop{{Dev: "eth0", Weight: 1}, {Dev: "eth1", Weight: 1}}
	one.Routes = append(one.Routes, both)
	h.load(nil, one)
	h.want(1, true)
	h.apply(h.now)
	all := []string{"10.8.0.0/16 dev eth1", "10.7.0.0/16 dev eth0", "10.6.0.0/16 nexthop dev eth0 weight 1 nexthop dev eth1 weight 1"}
	h.expect("both up", slices.Clone(all))
	eth1, _ := links.link("eth1")
	down := eth1
	down.Flags = 0
	links.setLink(down)
	if _, err := netif.NewRoutes(h.fake).Apply(nil, routesOf(one.Routes[0])); err != nil { // as the kernel does
		t.Fatal(err)
	}
	h.apply(h.now)
	h.expect("one down", all[1:])
	links.setLink(eth1)
	h.apply(h.now)
	h.expect("both again", slices.Clone(all), "(VI_1) restored route 10.8.0.0/16 dev eth1")
	h.want(1, false)
	links.setLink(down)
	h.release()
	h.expect("no master", nil)
}

// What a former life has left is removed, or kept by who wants it; what is somebody else's stays.
func TestRoutesOfAFormerLife(t *testing.T) {
	h := newKeptHost(t)
	foreign := routeTo("10.4.0.0/16 - eth1")
	foreign.Proto.Number = 4
	one := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth0")
	one.Routes = append(one.Routes, foreign)
	former := newKept(keptRoutes(newHost(netif.State{})), netif.NewRoutes(h.fake), func(vrrp.Log) {})
	older := withRoutes(one, "10.7.0.0/16 - eth1")
	former.configure(routersOf([]config.Instance{older}), &config.Config{StaticRoutes: []config.Route{routeTo("10.5.0.0/16 - eth1")}})
	former.want(1, true)
	former.apply(h.now)
	others := routeTo("10.3.0.0/16 - eth1") // of another keepalived
	if _, err := netif.NewRoutes(h.fake).Apply(routesOf(others), nil); err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, l := range former.lines() {
		lines[l] = true
	}
	h.load([]config.Route{routeTo("10.5.0.0/16 - eth1")}, one)
	h.adopt(lines)
	h.release()
	h.provide(h.now)
	h.expect("before the election", []string{"10.5.0.0/16 dev eth1", "10.3.0.0/16 dev eth1"})
	h.want(theHost, false)
	h.release()
	h.expect("at the end", []string{"10.3.0.0/16 dev eth1"})
}

func TestARouteMovesWithItsInterface(t *testing.T) {
	h := newKeptHost(t)
	h.load(nil, withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth1"))
	h.want(1, true)
	h.apply(h.now)
	h.moved("eth1", "lan1")
	for line, m := range h.mine {
		if m.what.Hops[0].Dev != "lan1" || line != h.lineOf(m.what) {
			t.Errorf("%s: %v", line, m.what)
		}
	}
}

func TestDevicesOfThings(t *testing.T) {
	h := newKeptHost(t)
	one := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth1", "10.7.0.0/16 - eth2")
	one.Routes[1].NoTrack = true
	static := routeTo("10.5.0.0/16 - eth3")
	static.TrackGroup = "G"
	h.load([]config.Route{static, routeTo("10.4.0.0/16 - eth4")}, one, instance("VI_2", 52, 100))
	groups := []config.TrackGroup{{Name: "G", Members: []string{"VI_2"}}}
	for n, want := range [][]string{{"eth1"}, {"eth3"}} {
		if got := h.devices(routersOf([]config.Instance{one, instance("VI_2", 52, 100)})[n], groups); !slices.Equal(got, want) {
			t.Errorf("router %d must not be without %v, want %v", n+1, got, want)
		}
	}
}

func TestRoutesOfALine(t *testing.T) {
	on := true
	c := routeTo("10.8.0.0/16 192.168.1.9 eth0")
	c.TOS, c.Table, c.Proto, c.Realms = config.Named{Name: "mine", Number: 10}, config.Named{Name: "mine", Number: 9}, config.Named{Number: 99}, config.Realms{From: config.Named{Number: 3}, To: config.Named{Number: 4}}
	c.Source, c.Metric, c.OnLink, c.TTLPropagate, c.VRF = netip.MustParseAddr("192.168.1.1"), 5, true, &on, "red"
	c.Encap = config.Encap{Kind: config.EncapMPLS, Labels: [2]int32{100, -1}}
	set := func(v uint32) config.Metric { return config.Metric{Set: true, Value: v} }
	c.Metrics = config.RouteMetrics{MTU: config.Metric{Set: true, Lock: true, Value: 1400}, Window: set(7), RTT: config.TimeMetric{Set: true, Time: time.Second},
		RTTVar: config.TimeMetric{Set: true, Time: time.Second}, RTOMin: config.TimeMetric{Set: true, Time: time.Second, Lock: true}, ECN: true, CongCtl: "bbr", CongCtlLock: true}
	want := netif.Route{Type: 1, Table: 9, Dst: prefix("10.8.0.0/16"), TOS: 10, Metric: 5, Proto: 99, PrefSrc: c.Source, VRF: "red", TTLPropagate: 1,
		Hops: []netif.Hop{{Via: netip.MustParseAddr("192.168.1.9"), Dev: "eth0", OnLink: true, Flow: 3<<16 | 4,
			Encap: netif.Encap{Kind: unix.LWTUNNEL_ENCAP_MPLS, Labels: [2]int32{100, -1}}}}}
	for what, v := range map[int]uint32{unix.RTAX_MTU: 1400, unix.RTAX_WINDOW: 7, unix.RTAX_RTT: 8000, unix.RTAX_RTTVAR: 4000, unix.RTAX_RTO_MIN: 1000,
		unix.RTAX_FEATURES: unix.RTAX_FEATURE_ECN, unix.RTAX_LOCK: 1<<unix.RTAX_MTU | 1<<unix.RTAX_RTO_MIN | 1<<unix.RTAX_CC_ALGO} {
		want.Metrics.Values[what] = v
	}
	want.Metrics.CongCtl = "bbr"
	compare := cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}
	if d := cmp.Diff([]netif.Route{want}, routesOf(c), compare); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	six := routeTo("2001:db8::/48 - eth0")
	six.Add, six.Pref, six.Expires = true, config.PrefLow, time.Minute
	six.NextHops = []config.NextHop{{Via: netip.MustParseAddr("fe80::1"), Dev: "eth0", Weight: 3}, {Via: netip.MustParseAddr("fe80::2"), Dev: "eth0", Weight: 1}}
	either := config.Route{Dest: netip.MustParsePrefix("10.2.0.0/16"), Via: netip.MustParseAddr("10.0.0.8"), Dev: "eth0",
		NextHops: []config.NextHop{{Via: netip.MustParseAddr("10.0.0.7"), Weight: 1}}}
	if got := routesOf(either); len(got) != 1 || len(got[0].Hops) != 2 || got[0].Hops[0].Via != either.Via ||
		got[0].Hops[0].Dev != "eth0" || got[0].Hops[0].Weight != 1 || got[0].Hops[1].Via != either.NextHops[0].Via {
		t.Errorf("via A or B: %+v", got)
	}
	legs := routesOf(six)
	if len(legs) != 2 || legs[0].Hops[0].Weight != 3 || !legs[0].Alone || legs[1].Alone || legs[1].Pref != 3 || legs[1].Expires != 60 {
		t.Errorf("legs %+v", legs)
	}
	for kind, scope := range map[config.RouteType]uint8{unix.RTN_LOCAL: unix.RT_SCOPE_HOST, unix.RTN_BROADCAST: unix.RT_SCOPE_LINK, unix.RTN_MULTICAST: unix.RT_SCOPE_UNIVERSE} {
		r := routeTo("10.8.0.0/16 - eth0")
		if r.Type = kind; routesOf(r)[0].Scope != scope || !routesOf(r)[0].Alone {
			t.Errorf("%v: %+v", kind, routesOf(r)[0])
		}
	}
	hole := routeTo("10.8.0.0/16 - eth0")
	hole.Type, hole.Dev = unix.RTN_BLACKHOLE, ""
	if got := routesOf(hole); len(got) != 1 || len(got[0].Hops) != 0 {
		t.Errorf("blackhole %+v", got)
	}
}

func TestRuleOfALine(t *testing.T) {
	c := config.Rule{IPv6: true, Not: true, From: prefix("2001:db8::/32"), To: prefix("::/0"), InIf: "eth0", OutIf: "eth1", TOS: config.Named{Name: "mine", Number: 10}, Mark: 7, Mask: 15,
		TunnelID: 9, UIDs: config.Span{Set: true, Low: 1, High: 2}, Transport: config.Named{Name: "mine", Number: 9}, SrcPorts: config.Span{Set: true, Low: 3, High: 4},
		Action: config.RuleTable, Table: config.Named{Name: "mine", Number: 9}, SuppressPrefixLength: config.Metric{Set: true}, SuppressInterfaceGroup: config.Named{Set: true, Name: "mine", Number: 5},
		Preference: 300, Proto: 18}
	want := netif.Rule{IPv6: true, Not: true, From: prefix("2001:db8::/32"), IIF: "eth0", OIF: "eth1", TOS: 10, Mark: 7, Mask: 15, TunnelID: 9, UIDs: netif.Span{Set: true, Low: 1, High: 2},
		Transport: 9, Sport: netif.Span{Set: true, Low: 3, High: 4}, Action: netif.RuleToTable, Table: 9, SuppressLength: 0, SuppressGroup: 5, Priority: 300, Proto: 18}
	if got := ruleOf(c); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for action, number := range map[config.RuleAction]uint8{config.RuleNone: 1, config.RuleGoto: 2, config.RuleNop: 3, config.RuleBlackhole: 6, config.RuleUnreachable: 7, config.RuleProhibit: 8} {
		if got := ruleOf(config.Rule{Action: action, L3MDev: action == config.RuleNone, Goto: 9}); got.Action != number || got.SuppressLength != -1 || got.SuppressGroup != -1 {
			t.Errorf("%v: %+v", action, got)
		}
	}
}

// The record gives back what was written into it.
func TestLinesOfThings(t *testing.T) {
	h := newKeptHost(t)
	for _, text := range []string{"10.8.0.0/16 192.168.1.9 eth0", "2001:db8::/48 - eth1"} {
		w := routesOf(routeTo(text))[0]
		line := h.lineOf(w)
		got, ok := h.parse(line)
		if !ok || got.String() != w.String() || h.lineOf(got) != line {
			t.Errorf("%s: %v %v", line, got, ok)
		}
		if _, ok := parsePlaced(line); ok {
			t.Errorf("%s is taken for an address", line)
		}
	}
	for _, line := range []string{"", "route", "route {", "rule {}", "eth0 10.0.0.1/32"} {
		if got, ok := h.parse(line); ok {
			t.Errorf("%q: %v", line, got)
		}
	}
	rules := newKept(keptRules(), netif.NewRules(h.fake), nil)
	r := ruleOf(ruleTo("10.8.0.0/16", 100, 300))
	if got, ok := rules.parse(rules.lineOf(r)); !ok || got != r {
		t.Errorf("%+v %v", got, ok)
	}
}

// routing is what `ip` shows of routes and rules of ours.
func (b *box) routing() string {
	b.t.Helper()
	out, err := b.Run("sh", "-c", "{ ip route show table all; ip -6 route show table all; ip rule; } | grep 'proto keepalived'; true")
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *box) routes(parts ...string) {
	b.t.Helper()
	err := lab.Eventually(soon, strings.Join(parts, ", "), func() (bool, string) {
		out := b.routing()
		for _, p := range parts {
			if !strings.Contains(out, p) {
				return false, out
			}
		}
		return len(parts) > 0 || out == "", out
	})
	if err != nil {
		b.t.Error(err)
	}
}

func withRouting() config.Instance {
	i := withRoutes(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth), "10.8.0.0/16 192.168.1.9 eth0", "2001:db8:8::/48 - eth0")
	i.Routes[0].Source = netip.MustParseAddr("192.168.1.150") // it needs the address
	i.Rules = []config.Rule{ruleTo("10.8.0.0/16", 100, 300)}
	return i
}

// They come after the addresses and go before them; who removes one has it put back within 100 ms, and nobody loses
// the election for it.
func TestRoutesAndRulesOfAMaster(t *testing.T) {
	t.Parallel()
	lab.Judge(t, routesAndRulesOfAMaster)
}

func routesAndRulesOfAMaster(t *lab.Trial) {
	n, a := master(t, withRouting())
	all := []string{"10.8.0.0/16 via 192.168.1.9 dev eth0 proto keepalived src 192.168.1.150", "2001:db8:8::/48 dev eth0", "from 10.8.0.0/16 lookup 100"}
	a.routes(all...)
	for _, remove := range []string{"ip route del 10.8.0.0/16", "ip -6 route del 2001:db8:8::/48", "ip rule del priority 300", "ip route replace 10.8.0.0/16 dev eth0",
		"ip addr del 192.168.1.150/32 dev eth0"} {
		mark := a.proc.LogSize()
		// One program removes and looks, so that no other one has to be started in the 100 ms.
		out, err := a.Run("sh", "-c", remove+"; sleep 0.1; ip route show table all; ip -6 route show table all; ip rule")
		if err != nil {
			t.Fatal(err, out)
		}
		for _, part := range all {
			if !strings.Contains(out, part) {
				t.Errorf("100 ms after %s: no %q in\n%s", remove, part, out)
			}
		}
		a.log(mark, "(VI_1) restored ")
	}
	if _, err := lab.Regular(n.cap.Adverts(a.proc.Started, advertsOf(a)), time.Now(), tenth, slack); err != nil {
		t.Error(err)
	}
	if log := a.proc.Log(); strings.Count(log, "STATE") != 2 {
		t.Errorf("there were transitions:\n%s", log)
	}
	a.stop()
	a.routes()
}

// A killed engine's routes and rules are removed by the next, which is no master yet; those that it does not have
// in its configuration any more as well.
func TestRoutesAndRulesOfAKilledEngine(t *testing.T) {
	t.Parallel()
	lab.Judge(t, routesAndRulesOfAKilledEngine)
}

func routesAndRulesOfAKilledEngine(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.StateFile = a.Dir + "/record"
	i := withRouting()
	a.role.Config.StaticRoutes = []config.Route{routeTo("10.5.0.0/16 - eth0")}
	a.engine(i)
	a.routes("10.8.0.0/16", "2001:db8:8::/48", "from 10.8.0.0/16", "10.5.0.0/16")
	killed := time.Now()
	must(t, a.proc.Signal(syscall.SIGKILL))
	if _, _, err := a.proc.Wait(killed, soon); err != nil {
		t.Fatal(err)
	}
	a.routes("10.8.0.0/16", "2001:db8:8::/48", "from 10.8.0.0/16", "10.5.0.0/16")
	i.Routes, i.Rules, i.AdvertInt = i.Routes[1:], nil, 10*time.Second
	a.engine(i)
	if out := a.routing(); strings.Contains(out, "10.8.0.0/16") || strings.Contains(out, "2001:db8:8::/48") || !strings.Contains(out, "10.5.0.0/16") {
		t.Errorf("after the next has begun:\n%s", out)
	}
	a.stop()
	a.routes()
	if left, err := os.ReadDir(a.Dir); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "record") }) {
		t.Errorf("the record is left: %v %v", left, err)
	}
}

// The interface of a route or rule, and that of a static one in a track_group, is one that its router must have.
func TestSemantics3_4_InterfacesOfRoutesAndRulesAreTracked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Config){
		"route": func(c *config.Config) { c.Instances[0].Routes = []config.Route{routeTo("10.8.0.0/16 - eth1")} },
		"rule": func(c *config.Config) {
			c.Instances[0].Rules = []config.Rule{ruleTo("10.8.0.0/16", 100, 300)}
			c.Instances[0].Rules[0].OutIf = "eth1"
		},
		"static address": func(c *config.Config) {
			c.StaticAddresses = []config.Address{{Prefix: prefix("10.5.0.1/24"), Dev: "eth1", TrackGroup: "G"}}
			c.TrackGroups = []config.TrackGroup{{Name: "G", Members: []string{"VI_1"}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t)
			a := n.box("a", "192.168.1.151/24")
			a.do("ip link add eth1 type veth peer name eth2")
			a.do("ip link set eth1 up")
			a.do("ip link set eth2 up")
			c := config.Config{Instances: []config.Instance{v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)}}
			change(&c)
			a.role.Config = c
			a.engine(c.Instances...)
			a.log(0, "Entering MASTER STATE")
			mark := a.proc.LogSize()
			a.do("ip link set eth1 down")
			a.log(mark, "Entering FAULT STATE")
			a.routes()
			a.do("ip link set eth1 up")
			a.log(mark, "Entering MASTER STATE")
			switch name {
			case "route":
				a.routes("10.8.0.0/16 dev eth1")
			case "rule":
				a.routes("from 10.8.0.0/16 oif eth1 lookup 100")
			default:
				eventually(t, "its address", func() bool {
					out, err := a.Run("ip", "addr", "show", "eth1")
					return err == nil && strings.Contains(out, "10.5.0.1/24")
				})
			}
		})
	}
}
