//go:build e2e

package faults

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// lines reads a FIFO: next gives its next line with all of the words.
func (s *site) lines(path string) (next func(words ...string) string) {
	s.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0) // also for writing: then it opens at once and has no end
	s.must(err)
	s.Cleanup(func() { f.Close() })
	got := make(chan string, 1024)
	go func() {
		for scan := bufio.NewScanner(f); scan.Scan(); {
			got <- scan.Text()
		}
	}()
	return func(words ...string) string {
		s.Helper()
		want := strings.Join(words, " ")
		for limit := time.After(patience); ; {
			select {
			case l := <-got:
				if strings.HasPrefix(l, want) {
					return l
				}
			case <-limit:
				s.Fatalf("no line %q in the FIFO", want)
			}
		}
	}
}

// A cut that goes one way makes two masters: the one that hears the other tells it once, with both priorities, and tells when it
// is over, an interval and a bit after the cut is healed; the other one gives way and says to whom. A third, a backup,
// tells it too.
func TestTwoMastersAreTold(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, low, third := s.host("d1", ours+"/24"), s.host("d2", peers+"/24"), s.host("d3", "10.9.0.3/24")
		const interval = 200 * time.Millisecond
		conf := func(h *lab.Host, prio int) string {
			return "global_defs {\n @holdfast vrrp_notify_two_masters\n vrrp_notify_fifo " + fifo(h) + "\n}\n" +
				router("V", "eth0", 51, prio, interval.Seconds(), shared+"/32")
		}
		a := s.start(h, conf(h, 200))
		s.logged(a, 0, "(V) Entering MASTER STATE")
		b, c := s.start(low, conf(low, 100)), s.start(third, conf(third, 50))
		s.logged(b, 0, "(V) Entering BACKUP STATE")
		s.logged(c, 0, "(V) Entering BACKUP STATE")
		next, elsewhere, lower := s.lines(fifo(h)), s.lines(fifo(third)), s.lines(fifo(low))
		rule := "add table inet cut; add chain inet cut in { type filter hook input priority 0; }; add rule inet cut in ip saddr " + ours + " ip protocol 112 drop"
		s.run(low, "nft", rule)
		s.logged(b, 0, "(V) Entering MASTER STATE")
		s.logged(a, 0, "(V) two masters: "+peers+" with priority 100 is master while we ("+ours+") are with priority 200")
		s.logged(c, 0, "(V) two masters: "+peers+" with priority 100 is master while "+ours+" is with priority 200")
		if got, want := next("INSTANCE", `"V"`, "TWO_MASTERS "), `INSTANCE "V" TWO_MASTERS 200 `+peers+" 100"; got != want {
			t.Errorf("FIFO: %q, want %q", got, want)
		}
		elsewhere("INSTANCE", `"V"`, "TWO_MASTERS", "50", peers, "100")
		s.heard(peers, 10)
		s.run(low, "nft", "delete table inet cut")
		healed := time.Now()
		s.logged(b, 0, "(V) gives way to "+ours+" with priority 200, which was master beside it for ")
		s.logged(a, 0, "(V) two masters no more: "+peers+" with priority 100 is not heard as master any more, it was beside "+ours+" for ")
		if took := time.Since(healed); took > 2*interval+interval/2 {
			t.Errorf("over %v after the heal, want an interval and a quarter after the last advert", took)
		}
		next("INSTANCE", `"V"`, "TWO_MASTERS_OVER", "200", peers, "100")
		lower("INSTANCE", `"V"`, "GAVE_WAY", "100", ours, "200")
		elsewhere("INSTANCE", `"V"`, "TWO_MASTERS_OVER", "50", peers, "100")
		if log := a.Proc.Log(); strings.Count(log, "two masters:") != 1 || strings.Count(log, "lower priority") != 1 {
			t.Errorf("told more than once:\n%s", log)
		}
	})
}

// A network that was parted has two masters until it is one again: then there is one within an interval. Whichever is heard
// first, it is told: by the one that stays if it hears the other, by the one that gives way in any case.
func TestAPartedNetworkHeals(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, low := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		const interval = 200 * time.Millisecond
		conf := func(prio int) string { return router("V", "eth0", 51, prio, interval.Seconds(), shared+"/32") }
		for n := range 3 {
			rule := "add table inet cut; add chain inet cut in { type filter hook input priority 0; }; add rule inet cut in ip protocol 112 drop"
			s.run(h, "nft", rule)
			s.run(low, "nft", rule)
			a, b := s.start(h, conf(200)), s.start(low, conf(100))
			s.logged(a, 0, "(V) Entering MASTER STATE")
			s.logged(b, 0, "(V) Entering MASTER STATE")
			s.heard(peers, 2+n)
			s.run(h, "nft", "delete table inet cut")
			s.run(low, "nft", "delete table inet cut")
			healed := time.Now()
			s.logged(b, 0, "(V) gives way to "+ours+" with priority 200, which was master beside it for ")
			s.heard(ours, 6)
			if late := s.wire.Adverts(healed.Add(interval+lag), lab.From(netip.MustParseAddr(peers))); len(late) > 0 {
				t.Errorf("still master %v after the heal: %v", late[0].At.Sub(healed), late[0])
			}
			log := a.Proc.Log()
			begun, over := strings.Count(log, "two masters:"), strings.Count(log, "two masters no more:")
			if begun > 1 || begun != over || strings.Count(log, "(V) Entering") != 2 {
				t.Errorf("begun %d, over %d:\n%s", begun, over, log)
			}
			for _, d := range []*lab.Director{a, b} {
				s.must(d.Proc.Signal(syscall.SIGTERM))
				_, _, err := d.Proc.Wait(time.Now(), patience)
				s.must(err)
			}
		}
	})
}

func fifo(h *lab.Host) string { return filepath.Join(h.Dir, "fifo") }

// Routers that are not configured here are named once each, with log_unknown_vrids; thousands of forged ones do not fill the log.
func TestStrangersOnTheLink(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		d := s.start(h, "global_defs {\n log_unknown_vrids\n}\n"+router("V", "eth0", 51, 100, 1, shared+"/32"))
		s.logged(d, 0, "(V) Entering MASTER STATE")
		for range 3 {
			s.forge(other, peers, time.Second, 77, 100, "10.9.9.9")
		}
		s.logged(d, 0, "Unknown VRID(77) received on interface(eth0). ignoring... (from "+peers+", said once)")
		for n := range 2000 {
			src := netip.AddrFrom4([4]byte{192, 0, 9, byte(10 + n%200)})
			s.forge(other, src.String(), time.Second, byte(60+n%190), 100, "10.9.9.9")
		}
		s.forge(other, peers, time.Second, 51, 10, shared) // behind all of them
		s.logged(d, 0, "(V) two masters: "+peers)
		if n := strings.Count(d.Proc.Log(), "Unknown VRID("); n > 70 {
			t.Errorf("%d lines about strangers", n)
		}
		if n := strings.Count(d.Proc.Log(), fmt.Sprintf("Unknown VRID(77) received on interface(eth0). ignoring... (from %s,", peers)); n != 1 {
			t.Errorf("named %d times", n)
		}
	})
}
