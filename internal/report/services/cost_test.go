package services

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/memory/spent"
	"holdfast/internal/state"
)

// large is 100 virtual servers with 100 real servers each, all of them up.
func large() *Snapshot {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	s := &Snapshot{At: at}
	for n := range 100 {
		v := lvs.VirtualStatus{Name: fmt.Sprintf("[10.0.0.%d]:tcp:80", n), Quorum: "up", InTable: true, Pool: "real servers"}
		v.Config.Addr, v.Config.Port = netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 80
		for m := range 100 {
			addr := netip.AddrFrom4([4]byte{10, 1, byte(n), byte(m)})
			v.Servers = append(v.Servers, lvs.ServerStatus{
				Name: fmt.Sprintf("[%v]:tcp:80", addr), Config: &config.RealServer{Addr: addr, Port: 80, Weight: 1},
				Up: true, InTable: true, Weight: 1, Written: 1,
				Checkers: []lvs.CheckerStatus{{
					Config: &config.Checker{Kind: config.CheckTCP, Connect: netip.AddrPortFrom(addr, 80)},
					Up:     true, Ran: true, Started: at, Next: at.Add(time.Second),
				}},
			})
		}
		s.Services = append(s.Services, v)
	}
	return s
}

// What an answer about 10,000 servers leaves to the collector is little more than its text, and without their lists it
// is hardly anything.
func TestAnAnswerCostsItsText(t *testing.T) {
	s := large()
	var whole, brief state.Report
	text := func(r state.Report) (n uint64) {
		for _, list := range r.Lists {
			n += uint64(len(list))
		}
		return n
	}
	if got := spent.Least(func() { whole, _ = State(s, nil) }); got > text(whole)*2 {
		t.Errorf("the whole answer has %d bytes and allocates %d", text(whole), got)
	}
	if text(whole) < 5<<20 {
		t.Errorf("the whole answer has %d bytes", text(whole))
	}
	// Each check has a target in words.
	if got := spent.Least(func() { brief, _ = Brief(s, nil) }); got > 2<<20 || brief.Lists[state.Servers] != "" ||
		brief.Lists[state.Services] != whole.Lists[state.Services] || brief.Lists[state.Warnings] != whole.Lists[state.Warnings] {
		t.Errorf("the brief answer has %d bytes and allocates %d", text(brief), got)
	}
}

func BenchmarkAnswer(b *testing.B) {
	s := large()
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = State(s, nil)
		}
	})
	b.Run("brief", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Brief(s, nil)
		}
	})
}
