//go:build ipvs

package maglev_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// Whatever a service has been through, the kernel's slots are those of one that was made as it is wanted to be:
// ipvs.Diff keeps the order and the last weights. MAGLEV_HISTORIES says how many there are.
func TestKernelHasTheSlotsOfAFreshService(t *testing.T) {
	histories := number(t, "MAGLEV_HISTORIES", 4)
	seed := number(t, "MAGLEV_SEED", int(rand.Uint32N(1<<31)))
	t.Logf("MAGLEV_SEED=%d", seed)
	for n := range histories {
		w := &world{t: t, rnd: rand.New(rand.NewPCG(uint64(seed), uint64(n)))}
		w.inNamespace(func() {
			w.make(ipvs.IPv4, ipvs.MaglevFallback)
			var known ipvs.Service
			for range 8 {
				have, err := w.kernel.ReadService(w.id)
				if err != nil {
					t.Error(err)
					return
				}
				if w.rnd.IntN(3) > 0 { // else what was known died with a daemon
					have = have.Recall(known)
				}
				known = w.wanted()
				for _, err := range w.kernel.Apply(ipvs.Diff(ipvs.Table{w.id: have}, ipvs.Table{w.id: known})) {
					if err != nil {
						t.Error(err)
					}
				}
			}
			fresh := maglev.Of(w.id, known)
			table := maglev.New(fresh, maglev.Slots)
			clients := w.clients(250)
			got := w.ask(clients)
			for _, client := range clients {
				want := ""
				if i, ok := table.Pick(client); ok {
					want = fresh.Servers[i].ID.String()
				}
				if got[client] != want {
					t.Errorf("history %d: client %v gets %q, of a fresh service %q", n, client, got[client], want)
					return
				}
			}
		})
	}
}

// wanted is a service of some of twenty destinations, some of which have failed.
func (w *world) wanted() ipvs.Service {
	s := ipvs.Service{
		Settings: ipvs.ServiceSettings{Scheduler: ipvs.Maglev, Flags: ipvs.MaglevFallback},
		Dests:    map[ipvs.DestID]ipvs.DestSettings{},
		History:  &ipvs.History{Last: map[ipvs.DestID]int32{}},
	}
	for _, n := range w.rnd.Perm(20)[:1+w.rnd.IntN(20)] {
		d := ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + n)}), Port: 53}
		weight := w.rnd.Int32N(9)
		if weight == 0 {
			s.History.Last[d] = 0
		} else if w.rnd.IntN(4) == 0 {
			s.History.Last[d], weight = weight, 0
		}
		s.Dests[d] = ipvs.DestSettings{Method: ipvs.Route, Weight: weight}
	}
	return s
}
