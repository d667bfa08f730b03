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
	now  time.Time
	deny error // what changes come to, nil if they are carried out
	here func() []string
}

// refuse gives a change its error, some of them none.
func (h *troubled[W]) refuse(t *rapid.T) error {
	if h.deny == nil || rapid.IntRange(0, 3).Draw(t, "this one is carried out") == 0 {
		return nil
	}
	return h.deny
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
			h.deny = rapid.SampledFrom([]error{nil, unix.ENOBUFS, unix.ENOMEM, unix.EPERM, unix.EINTR, unix.EAGAIN,
				unix.EBUSY}).Draw(t, "deny")
		case 3:
			deny := h.deny
			h.deny = nil // somebody else is not refused
			steal()
			h.deny = deny
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
		fresh.fake.RefuseRoute = func(netif.Change[netif.Route]) error { return h.refuse(rt) }
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
		fake.RefuseRule = func(netif.Change[netif.Rule]) error { return h.refuse(rt) }
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
