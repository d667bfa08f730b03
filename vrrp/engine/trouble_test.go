package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A troubled is a keeper over a host that refuses changes for all reasons that a kernel has.
type troubled[W any] struct {
	*kept[W]
	now time.Time
	door
	here func() []string
}

// A door to the kernel fails for all reasons that there are: what is asked for is refused, what is there cannot be read, or
// it is done and the answer is lost.
type door struct {
	deny error // nil while it is open
	what string
}

// troubles are what can go wrong at a door.
func troubles() []string { return []string{"changes", "reads", "answers"} }

// shut draws what goes wrong from here on.
func (d *door) shut(t *rapid.T) {
	d.what = rapid.SampledFrom(troubles()).Draw(t, "what goes wrong")
	d.deny = rapid.SampledFrom([]error{nil, unix.ENOBUFS, unix.ENOMEM, unix.EPERM, unix.EINTR, unix.EAGAIN,
		unix.EBUSY}).Draw(t, "how")
}

// refuse gives a use of the door its error, some none.
func (d *door) refuse(t *rapid.T, what string) error {
	if d.deny == nil || d.what != what || rapid.IntRange(0, 3).Draw(t, "this one passes") == 0 {
		return nil
	}
	return d.deny
}

// at puts the door before a host, but for changes, which have a door for each kind.
func (d *door) at(t *rapid.T, f *netif.Fake) {
	f.RefuseRead = func() error { return d.refuse(t, "reads") }
	f.Lose = func() error { return d.refuse(t, "answers") }
}

// open does something that nothing is in the way of.
func (d *door) open(do func()) {
	deny := d.deny
	d.deny = nil
	do()
	d.deny = deny
}

// play has two routers become masters and backups, some of what they set taken away and some refused, for any reason and
// any while. When that is over the host has what is wanted and nothing else.
func (h *troubled[W]) play(t *rapid.T, steal func()) {
	masters := map[vrrp.ID]bool{}
	for range rapid.IntRange(1, 15).Draw(t, "events") {
		switch rapid.IntRange(0, 4).Draw(t, "event") {
		case 0, 1:
			id := vrrp.ID(rapid.IntRange(1, 2).Draw(t, "router"))
			masters[id] = !masters[id]
			h.want(id, masters[id])
			h.release()
			h.apply(h.now)
		case 2:
			h.shut(t)
		case 3:
			h.open(steal) // somebody else is not refused
			h.repair(h.now)
		case 4:
			if at := h.next(); at.After(h.now) {
				h.now = at
			}
			h.expire(h.now)
		}
	}
	h.deny = nil
	for range 100 {
		at := h.next()
		if at.IsZero() {
			break
		}
		h.now = at
		h.expire(h.now)
	}
	if at := h.next(); !at.IsZero() {
		t.Fatalf("it is over, and something is still tried at %v", at)
	}
	all, _ := h.owners()
	var want []string
	for _, w := range all {
		want = append(want, h.kind.text(w.what))
	}
	have := h.here()
	slices.Sort(want)
	slices.Sort(have)
	if d := cmp.Diff(want, have); d != "" {
		t.Fatalf("masters %v: (-want +have)\n%s", masters, d)
	}
}

func TestAnyTroubleWithRoutesIsMended(t *testing.T) {
	one := withRoutes(instance("VI_1", 51, 100), "10.8.0.0/16 - eth0", "10.7.0.0/16 - eth1", "10.5.0.0/16 - eth1")
	two := withRoutes(instance("VI_2", 52, 100), "10.6.0.0/16 - eth1", "10.5.0.0/16 - eth1")
	rapid.Check(t, func(rt *rapid.T) {
		fresh := newKeptHost(t)
		h := &troubled[netif.Route]{kept: fresh.kept, now: fresh.now}
		h.configure(routersOf([]config.Instance{one, two}), &config.Config{})
		h.at(rt, fresh.fake)
		fresh.fake.RefuseRoute = func(netif.Change[netif.Route]) error { return h.refuse(rt, "changes") }
		h.here = func() (all []string) {
			have, err := fresh.fake.Routes([]uint8{18, 4})
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range have {
				for i := range r.Hops {
					r.Hops[i].Dev = map[int]string{1: "eth0", 2: "eth1"}[r.Hops[i].Index]
				}
				all = append(all, h.kind.text(r))
			}
			return all
		}
		h.play(rt, func() {
			have, _ := fresh.fake.Routes([]uint8{18, 4})
			if len(have) > 0 {
				r := have[rapid.IntRange(0, len(have)-1).Draw(rt, "stolen")]
				fresh.fake.ChangeRoutes([]netif.Change[netif.Route]{{Op: netif.Delete, What: r}})
			}
		})
	})
}

func TestAnyTroubleWithRulesIsMended(t *testing.T) {
	with := func(i config.Instance, rules ...config.Rule) config.Instance { i.Rules = rules; return i }
	one := with(instance("VI_1", 51, 100), ruleTo("10.8.0.0/16", 100, 1000), ruleTo("10.7.0.0/16", 101, 1001))
	two := with(instance("VI_2", 52, 100), ruleTo("10.6.0.0/16", 102, 1002), ruleTo("10.7.0.0/16", 101, 1001))
	rapid.Check(t, func(rt *rapid.T) {
		fake := netif.NewFake("eth0")
		h := &troubled[netif.Rule]{now: time.Unix(1000, 0)}
		h.kept = newKept(keptRules(), netif.NewRules(fake), func(vrrp.Log) {})
		h.configure(routersOf([]config.Instance{one, two}), &config.Config{})
		h.at(rt, fake)
		fake.RefuseRule = func(netif.Change[netif.Rule]) error { return h.refuse(rt, "changes") }
		h.here = func() (all []string) {
			have, err := fake.Rules()
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range have {
				all = append(all, h.kind.text(r))
			}
			return all
		}
		h.play(rt, func() {
			if have, _ := fake.Rules(); len(have) > 0 {
				r := have[rapid.IntRange(0, len(have)-1).Draw(rt, "stolen")]
				fake.ChangeRules([]netif.Change[netif.Rule]{{Op: netif.Delete, What: r}})
			}
		})
	})
}

// The same with virtual addresses; and whoever is to hear of an address that is there is told of it.
func TestAnyTroubleWithAddressesIsMended(t *testing.T) {
	with := func(i config.Instance, list ...string) config.Instance {
		for _, p := range list {
			i.VIPs = append(i.VIPs, config.Address{Prefix: prefix(p), Dev: "eth0"})
		}
		return i
	}
	one := with(instance("VI_1", 51, 100), "10.8.0.1/24", "10.8.0.2/24", "10.7.0.1/24")
	two := with(instance("VI_2", 52, 100), "10.6.0.1/24", "fd00::1/64")
	rapid.Check(t, func(rt *rapid.T) {
		fake := netif.NewFake("eth0")
		own := netif.Wanted{Dev: "eth0", Address: netif.Address{Prefix: prefix("10.9.0.1/24")}}
		if _, err := netif.NewAddresses(fake).Apply([]netif.Wanted{own}, nil); err != nil {
			rt.Fatal(err)
		}
		h := &troubledAddresses{addresses: newAddresses(netif.NewAddresses(fake)), told: map[vip]bool{}}
		routers := routersOf([]config.Instance{one, two})
		h.configure(routers)
		h.settle(routers, func(vrrp.ID) bool { return false })
		h.at(rt, fake)
		fake.Refuse = func(netif.Change[netif.Address]) error { return h.refuse(rt, "changes") }
		masters := map[vrrp.ID]bool{}
		for range rapid.IntRange(1, 15).Draw(rt, "events") {
			switch rapid.IntRange(0, 2).Draw(rt, "event") {
			case 0:
				id := vrrp.ID(rapid.IntRange(1, 2).Draw(rt, "router"))
				masters[id] = !masters[id]
				h.asks(id, masters[id])
			case 1:
				h.shut(rt)
			}
			h.again()
		}
		h.deny = nil
		for n := 0; n < 10 && (n == 0 || len(h.failures) > 0 || h.unfinished); n++ {
			h.again()
		}
		h.verdict(rt, fake, masters, own)
	})
}

// troubledAddresses are addresses behind a door, with those that somebody was told of since they were asked for.
type troubledAddresses struct {
	*addresses
	door
	told map[vip]bool
}

func (h *troubledAddresses) asks(id vrrp.ID, on bool) {
	for _, a := range h.config[id] {
		delete(h.told, vipOf(a.Wanted))
	}
	h.want(id, on)
}

// again is an attempt, and what is announced after it.
func (h *troubledAddresses) again() {
	_ = h.apply() // it is in failures and unfinished
	for _, of := range []map[vrrp.ID][]netif.Wanted{h.added, h.late, h.restored} {
		for id, list := range of {
			for _, w := range list {
				h.told[vipOf(w)] = true
			}
			delete(of, id)
		}
	}
}

func (h *troubledAddresses) verdict(t *rapid.T, fake *netif.Fake, masters map[vrrp.ID]bool, own netif.Wanted) {
	want := []string{own.Prefix.String()}
	for id, is := range masters {
		for _, a := range h.config[id] {
			if !is {
				continue
			}
			want = append(want, a.Prefix.String())
			if !h.told[vipOf(a.Wanted)] {
				t.Fatalf("%v is there, and nobody was told", a.Prefix)
			}
		}
	}
	var have []string
	for _, a := range fake.State().Addresses {
		have = append(have, a.Prefix.String())
	}
	slices.Sort(want)
	slices.Sort(have)
	if d := cmp.Diff(want, have); d != "" {
		t.Fatalf("masters %v: (-want +have)\n%s", masters, d)
	}
	if len(h.mine) != len(want)-1 {
		t.Fatalf("%d addresses are taken for ours, want %d", len(h.mine), len(want)-1)
	}
}
