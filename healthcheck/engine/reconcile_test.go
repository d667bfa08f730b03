package engine

import (
	"maps"
	"net/netip"
	"syscall"
	"testing"

	"go.uber.org/zap"

	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// What the kernel did not take is not forgotten as wanted, nor remembered as there: it is
// tried again when the service is read back, and then holds.
func TestRefusedCommandsStayWanted(t *testing.T) {
	k := fake.New()
	r := newReconciler(k, zap.NewNop(), nil, "")
	var ids []ipvs.ServiceID
	for i := range 2 {
		id := ipvs.ServiceID{Family: ipvs.IPv4, FWMark: uint32(1 + i)}
		want := ipvs.Service{
			Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32},
			Dests: map[ipvs.DestID]ipvs.DestSettings{
				mark(1): {Method: ipvs.Route, Weight: 1}, mark(2): {Method: ipvs.Route, Weight: 1},
			},
		}
		r.want(lvs.Table{Service: id, Want: want})
		ids = append(ids, id)
	}
	bad := mark(2)
	k.Refuse(func(c ipvs.Command) error {
		if c.Op == ipvs.AddDest && c.Dest == bad && c.Service == ids[0] {
			return syscall.ENOMEM
		}
		return nil
	})
	r.apply(ids)
	if _, there := r.have[ids[0]].Dests[bad]; there || len(r.have[ids[0]].Dests) != 1 || len(r.have[ids[1]].Dests) != 2 {
		t.Errorf("remembered as there: %v", r.have)
	}
	if len(r.wanted[ids[0]].Dests) != 2 || len(r.failing) != 1 {
		t.Errorf("wanted %v, failing %v", r.wanted[ids[0]], r.failing)
	}
	k.Refuse(nil)
	for range roundTicks {
		r.check()
	}
	if len(r.have[ids[0]].Dests) != 2 || len(r.failing) != 0 {
		t.Errorf("after reading back: %v, failing %v", r.have[ids[0]], r.failing)
	}
	// A change that fails half way leaves alone what is wanted, with which what is there
	// shares its destinations when all is well.
	k.Refuse(func(c ipvs.Command) error {
		if c.Op == ipvs.DeleteDest {
			return syscall.ENOMEM
		}
		return nil
	})
	before := r.wanted[ids[0]]
	copied := maps.Clone(before.Dests)
	r.want(
		lvs.Table{Service: ids[0], Want: ipvs.Service{Settings: before.Settings, Dests: map[ipvs.DestID]ipvs.DestSettings{
			bad: {Method: ipvs.Route, Weight: 7},
		}}},
	)
	r.apply(ids[:1])
	if !maps.Equal(before.Dests, copied) {
		t.Errorf("the table that was wanted before became %v", before.Dests)
	}
	if have := r.have[ids[0]].Dests; len(have) != 2 || have[bad].Weight != 7 {
		t.Errorf("remembered as there: %v", have)
	}
}

// mark is a destination under a firewall mark.
func mark(n byte) ipvs.DestID { return ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 1, 0, n})} }
