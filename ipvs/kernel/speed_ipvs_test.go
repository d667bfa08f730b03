//go:build ipvs

package kernel_test

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

// grid is a table of n services with m destinations each.
func grid(n, m int) ipvs.Table {
	t := ipvs.Table{}
	for i := range n {
		s := ipvs.Service{
			Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32},
			Dests:    map[ipvs.DestID]ipvs.DestSettings{},
		}
		for j := range m {
			a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x0a000001+uint32(i*m+j))))
			s.Dests[ipvs.DestID{Addr: a, Port: 80}] = ipvs.DestSettings{Method: ipvs.Route, Weight: 1}
		}
		a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x64000001+uint32(i))))
		t[ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: a, Port: 80}] = s
	}
	return t
}

// A hundred services with ten destinations each are in the kernel in well under the
// 0.6 s that keepalived takes for them in the same user-mode kernel; -v prints the
// medians. Times in other kernels are far shorter: compare the ratios.
func TestSpeed(t *testing.T) {
	h := openKernel(t)
	for _, size := range []struct {
		n, m, rounds int
		single       bool // also with one system call after the other
	}{{1, 1, 5, true}, {100, 10, 7, true}, {1000, 1, 3, false}, {1, 10000, 3, false}} {
		want := grid(size.n, size.m)
		laps := map[string][]time.Duration{}
		for range size.rounds {
			round(t, h, want, size.single, func(what string, f func()) {
				start := time.Now()
				f()
				laps[what] = append(laps[what], time.Since(start))
			})
		}
		median := func(what string) time.Duration {
			slices.Sort(laps[what])
			return laps[what][len(laps[what])/2]
		}
		for _, what := range slices.Sorted(maps.Keys(laps)) {
			t.Logf("%4d services x %5d: %-20s %7.1f ms", size.n, size.m, what, float64(median(what).Microseconds())/1000)
		}
		if fill := median("fill, Apply"); size.n == 100 &&
			(fill > 600*time.Millisecond || fill > median("fill, one by one")/2) {
			t.Errorf("filling took %v, one by one %v", fill, median("fill, one by one"))
		}
	}
}

// round fills, reads and empties the table.
func round(t *testing.T, h *kernel.Handle, want ipvs.Table, single bool, lap func(what string, f func())) {
	var cmds []ipvs.Command
	var have ipvs.Table
	lap("diff to a full table", func() { cmds = ipvs.Diff(nil, want) })
	if single {
		lap("fill, one by one", func() { one(t, h, cmds) })
		mustApply(t, h, ipvs.Diff(want, nil))
	}
	lap("fill, Apply", func() { mustApply(t, h, cmds) })
	lap("read", func() { have = mustRead(t, h) })
	lap("diff of equal tables", func() { cmds = ipvs.Diff(have, want) })
	if len(cmds) != 0 {
		t.Errorf("%d commands to do after the fill, first %v", len(cmds), cmds[0])
	}
	lap("empty, Apply", func() { mustApply(t, h, ipvs.Diff(have, nil)) })
	if left := mustRead(t, h); len(left) != 0 {
		t.Errorf("%d services left", len(left))
	}
}

// one carries out commands one by one.
func one(t testing.TB, h *kernel.Handle, cmds []ipvs.Command) {
	for _, c := range cmds {
		mustApply(t, h, []ipvs.Command{c})
	}
}
