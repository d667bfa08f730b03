//go:build ipvs

package kernel_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

// grid is a table of n services with m destinations each.
func grid(n, m int) ipvs.Table {
	t := ipvs.Table{}
	for i := range n {
		s := ipvs.Service{Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32}, Dests: map[ipvs.DestID]ipvs.DestSettings{}}
		for j := range m {
			a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x0a000001+uint32(i*m+j))))
			s.Dests[ipvs.DestID{Addr: a, Port: 80}] = ipvs.DestSettings{Method: ipvs.Route, Weight: 1}
		}
		a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x64000001+uint32(i))))
		t[ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: a, Port: 80}] = s
	}
	return t
}

func TestSpeed(t *testing.T) {
	start := time.Now()
	h := openKernel(t)
	t.Logf("namespace and open: %v", time.Since(start))
	for _, size := range []struct{ n, m int }{{1, 1}, {100, 10}, {1, 10000}, {1000, 1}} {
		want := grid(size.n, size.m)
		lap := func(what string, f func()) {
			start := time.Now()
			f()
			t.Logf("%4d x %5d: %-22s %8.1f ms", size.n, size.m, what, float64(time.Since(start).Microseconds())/1000)
		}
		var cmds []ipvs.Command
		lap("diff with empty", func() { cmds = ipvs.Diff(nil, want) })
		lap("fill, one by one", func() { one(t, h, cmds) })
		lap("flush", func() {
			if err := h.Flush(); err != nil {
				t.Fatal(err)
			}
		})
		lap("fill, batched", func() { mustApply(t, h, cmds) })
		var have ipvs.Table
		lap("read", func() { have = mustRead(t, h) })
		lap("diff, no difference", func() { cmds = ipvs.Diff(have, want) })
		if len(cmds) != 0 {
			t.Errorf("%d commands to do after the fill, first %v", len(cmds), cmds[0])
		}
		lap("empty, batched", func() { mustApply(t, h, ipvs.Diff(have, nil)) })
	}
}

func one(t *testing.T, h *kernel.Handle, cmds []ipvs.Command) {
	for _, c := range cmds {
		if err := h.Do(c); err != nil {
			t.Fatal(err)
		}
	}
}
