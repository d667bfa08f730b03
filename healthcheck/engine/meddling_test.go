package engine

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// Where a command of ours shows that somebody else has changed a service, it is put right at once, without an error: what we
// add is there, what we change or take away is not.
func TestWhatACommandShowsIsMendedAtOnce(t *testing.T) {
	rr := ipvs.ServiceSettings{Scheduler: "rr"}
	odd := ipvs.DestSettings{Method: ipvs.Masq, Weight: 9}
	for name, c := range map[string]struct {
		theirs []ipvs.Command
		lines  int
	}{
		"the new service is there": {[]ipvs.Command{
			{Op: ipvs.AddService, Service: webID(82), Settings: ipvs.ServiceSettings{Scheduler: "wlc"}}}, 1},
		"the new service is there, with its destination and another": {[]ipvs.Command{
			{Op: ipvs.AddService, Service: webID(82), Settings: rr},
			{Op: ipvs.AddDest, Service: webID(82), Dest: mark(1), DestSettings: odd},
			{Op: ipvs.AddDest, Service: webID(82), Dest: mark(4), DestSettings: odd}}, 1},
		"the new destination is there":             {[]ipvs.Command{{Op: ipvs.AddDest, Service: webID(80), Dest: mark(3), DestSettings: odd}}, 1},
		"the changed destination is not there":     {[]ipvs.Command{{Op: ipvs.DeleteDest, Service: webID(80), Dest: mark(2)}}, 1},
		"the superfluous destination is not there": {[]ipvs.Command{{Op: ipvs.DeleteDest, Service: webID(80), Dest: mark(1)}}, 0},
		"the superfluous service is not there":     {[]ipvs.Command{{Op: ipvs.DeleteService, Service: webID(81)}}, 0},
		"nothing is there": {[]ipvs.Command{{Op: ipvs.DeleteService, Service: webID(80)},
			{Op: ipvs.DeleteService, Service: webID(81)}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			for _, theirs := range c.theirs {
				mustDo(t, b.k.Kernel, theirs)
			}
			b.change()
			wantTable(t, b.k.Kernel, b.after)
			if n := b.logs.FilterLevelExact(zap.ErrorLevel).Len(); n > 0 {
				t.Errorf("%d errors: %v", n, b.logs.All())
			}
			if n := b.logs.FilterMessageSnippet("was changed by somebody else, repairing (1 times so far): ipvsadm -").Len(); n != c.lines {
				t.Errorf("%d lines, want %d: %v", n, c.lines, b.logs.All())
			}
			if len(b.r.doubt)+len(b.r.failing) > 0 {
				t.Errorf("in doubt %v, failing %v", b.r.doubt, b.r.failing)
			}
		})
	}
}

// After somebody has emptied the table, a change of many services does not read all of them in one turn: the rest comes with
// the round.
func TestAnEmptiedTableIsMendedInParts(t *testing.T) {
	b := newBench(t)
	var ids []ipvs.ServiceID
	ask := func(weight int32) {
		for _, id := range ids {
			s := under(mark(1))
			s.Want.Dests[mark(1)] = ipvs.DestSettings{Method: ipvs.Route, Weight: weight}
			b.ask(id, s)
		}
	}
	for i := range readsPerTick + 50 {
		ids = append(ids, webID(uint16(1000+i)))
	}
	ask(1)
	b.r.apply(ids)
	if err := b.k.Flush(); err != nil {
		t.Fatal(err)
	}
	reads := &countedReads{Kernel: b.k}
	b.r.kernel = reads
	ask(2)
	b.r.apply(ids)
	if reads.n > readsPerTick {
		t.Errorf("%d services were read in one turn", reads.n)
	}
	for range roundTicks + 1 {
		b.r.check()
	}
	wantTable(t, b.k.Kernel, ipvs.Format(b.r.wanted))
	if n := b.logs.FilterLevelExact(zap.ErrorLevel).Len(); n > 0 {
		t.Errorf("%d errors: %v", n, b.logs.All())
	}
}

// Somebody who changes our services again and again is counted, in the log and in the dump, and does not fill the log.
func TestMeddlingIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(9))
		full := k.String()
		for n := range 99 {
			c := ipvs.Command{Op: ipvs.DeleteService, Service: webID(80)}
			if n == 1 {
				c = ipvs.Command{Op: ipvs.DeleteDest, Service: webID(80), Dest: ipvs.DestID{Addr: mark(1).Addr, Port: 80}}
			}
			mustDo(t, k, c)
			after(5 * time.Second)
			wantTable(t, k, full)
		}
		said := func() (lines []string) {
			for line := range strings.Lines(w.lines()) {
				if strings.Contains(line, "somebody else") {
					lines = append(lines, strings.TrimSpace(line))
				}
			}
			return lines
		}
		const begins = "IPVS table of VS [10.0.0.1]:tcp:80 was changed by somebody else, repairing (%d times so far): "
		for n, want := range []string{"ipvsadm -A -t 10.0.0.1:80 -s rr; ", "ipvsadm -a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1", "; 7 commands more"} {
			if all := said(); len(all) != 3 || !strings.HasPrefix(all[n], fmt.Sprintf(begins, n+1)) || !strings.Contains(all[n], want) {
				t.Errorf("line %d lacks %q: %q", n, want, all)
			}
		}
		repaired := func(want int) {
			t.Helper()
			s := w.snapshot()
			if got := s.Repaired[lvs.ID{Service: webID(80)}]; len(s.Services) != 1 || s.Services[0].ID != (lvs.ID{Service: webID(80)}) || got != want {
				t.Errorf("%v repaired %v, want %d", s.Services[0].ID, s.Repaired, want)
			}
		}
		repaired(99)
		mustDo(t, k, ipvs.Command{Op: ipvs.DeleteService, Service: webID(80)})
		after(5 * time.Second)
		if all := said(); len(all) != 4 || !strings.HasPrefix(all[3], fmt.Sprintf(begins, 100)) {
			t.Errorf("%q", all)
		}
		repaired(100)
		w.end()
	})
}
