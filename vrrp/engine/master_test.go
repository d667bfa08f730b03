package engine

import (
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

const tenth = 100 * time.Millisecond

// slack is how much later than due an advertisement may come on a busy machine without
// one having been left out.
const slack = 90 * time.Millisecond

// downTime is the master down interval of priority 100 at v3 and 100 ms (semantics 1.4).
const downTime = 361 * time.Millisecond

// master starts an engine alone on a LAN and waits until it is master.
func master(t testing.TB, instances ...config.Instance) (*network, *box) {
	t.Helper()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.engine(instances...)
	a.log(0, "Entering MASTER STATE")
	return n, a
}

func advertsOf(b *box) func(lab.Advert) bool { return lab.From(b.addr) }

func TestSemantics1_4_AloneBecomesMasterAfterTheDownTime(t *testing.T) {
	t.Parallel()
	lab.Judge(t, aloneBecomesMasterAfterTheDownTime)
}

func aloneBecomesMasterAfterTheDownTime(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.log(0, "Entering MASTER STATE")
	start := logTime(t, a.log(0, "Entering BACKUP STATE (init)"))
	first, err := n.cap.Wait(a.proc.Started, soon, "an advertisement", advertsOf(a))
	if err != nil {
		t.Fatal(err)
	}
	if waited := first.At.Sub(start); waited < downTime-5*time.Millisecond || // the line is written after the timer is set
		waited > downTime+slack {
		t.Errorf("first advertisement after %v, want %v", waited, downTime)
	}
	a.has(soon, "192.168.1.150/32")
	if _, err := n.cap.Wait(first.At.Add(3*tenth), soon, "some more advertisements", advertsOf(a)); err != nil {
		t.Fatal(err)
	}
	if log := a.proc.Log(); strings.Contains(log, "our IP address") {
		t.Errorf("it hears itself:\n%s", log)
	}
	order := []string{"notify INSTANCE \"VI_1\" BACKUP 100", "Entering MASTER STATE", "notify INSTANCE \"VI_1\" MASTER 100"}
	for at, want := 0, order; len(want) > 0; want = want[1:] {
		i := strings.Index(a.proc.LogSince(at), want[0])
		if i < 0 {
			t.Fatalf("%q is missing or too early in\n%s", want[0], a.proc.Log())
		}
		at += i
	}
}

// logTime is when a line was logged: of today, in the log's own zone.
func logTime(t testing.TB, line string) time.Time {
	t.Helper()
	clock, _, _ := strings.Cut(line, " ")
	at, err := time.ParseInLocation("15:04:05.000000", clock, time.Local)
	if err != nil {
		t.Fatal(err)
	}
	y, m, d := time.Now().Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.Local)
}

func TestSemantics1_26_StopSendsPriorityZeroAndRemovesTheAddresses(t *testing.T) {
	t.Parallel()
	conformance.Shows(t, "R49")
	conformance.Refuses(t, "R49")
	lab.Judge(t, stopSendsPriorityZeroAndRemovesTheAddresses)
}

func stopSendsPriorityZeroAndRemovesTheAddresses(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	start := time.Now()
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("stopping took %v", took)
	}
	if got := a.addresses(); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	last, err := n.cap.Wait(start, soon, "priority 0", func(ad lab.Advert) bool { return ad.Src == a.addr && ad.Priority == 0 })
	if err != nil {
		t.Fatal(err)
	}
	gone, err := n.lan.Events().Wait(a.Host, netip.MustParseAddr("192.168.1.150"), false, start, soon)
	if err != nil {
		t.Fatal(err)
	}
	if gone.Before(last.At) {
		t.Errorf("the address went %v before the priority 0 advertisement", last.At.Sub(gone))
	}
	if after := n.cap.Adverts(last.At.Add(time.Microsecond), advertsOf(a)); len(after) > 0 {
		t.Errorf("advertisements after priority 0: %v", after)
	}
	a.log(0, `notify INSTANCE "VI_1" STOP 100`)
}

// -V, cli 1
func TestKeepVIPsAtStop(t *testing.T) {
	t.Parallel()
	lab.Judge(t, keepVIPsAtStop)
}

func keepVIPsAtStop(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.KeepVIPs = true
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	a.has(soon, "192.168.1.150/32")
}

// keepalived goes to BACKUP for this (semantics 3.5); we stay master and put it back.
func TestAddressesRemovedBySomebodyElseComeBack(t *testing.T) {
	t.Parallel()
	lab.Judge(t, addressesRemovedBySomebodyElseComeBack)
}

func addressesRemovedBySomebodyElseComeBack(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32", "10.9.0.1/24", "10.9.0.2/24"), tenth))
	vips := []string{"192.168.1.150/32", "10.9.0.1/24", "10.9.0.2/24"}
	a.has(soon, vips...)
	for _, removed := range []string{"192.168.1.150/32", "10.9.0.1/24"} { // the second takes a third along
		p := netip.MustParsePrefix(removed)
		start := time.Now()
		mark := a.proc.LogSize()
		if err := a.DelAddr("eth0", p); err != nil {
			t.Fatal(err)
		}
		gone, err := n.lan.Events().Wait(a.Host, p.Addr(), false, start, soon)
		if err != nil {
			t.Fatal(err)
		}
		back, err := n.lan.Events().Wait(a.Host, p.Addr(), true, gone, soon)
		if err != nil {
			t.Fatal(err)
		}
		if took := back.Sub(gone); took > tenth {
			t.Errorf("%v came back after %v", p, took)
		}
		a.log(mark, "Netlink reflector reports IP "+p.Addr().String()+" removed")
		a.log(mark, "restored IP "+removed)
		if err := lab.Eventually(soon, "gratuitous ARP", func() (bool, string) {
			return len(n.cap.GARPs(p.Addr(), gone)) >= 5, "too few"
		}); err != nil {
			t.Error(err)
		}
	}
	if err := lab.Eventually(soon, "all addresses", func() (bool, string) {
		return len(a.addresses()) == len(vips), strings.Join(a.addresses(), " ")
	}); err != nil {
		t.Error(err)
	}
	if _, err := lab.Regular(n.cap.Adverts(a.proc.Started, advertsOf(a)), time.Now(), tenth, slack); err != nil {
		t.Error(err)
	}
	if log := a.proc.Log(); strings.Count(log, "STATE") != 2 {
		t.Errorf("there were transitions:\n%s", log)
	}
}

func TestSomebodyWhoKeepsRemovingIsFoughtOncePerSecond(t *testing.T) {
	t.Parallel()
	lab.Judge(t, somebodyWhoKeepsRemovingIsFoughtOncePerSecond)
}

func somebodyWhoKeepsRemovingIsFoughtOncePerSecond(t *lab.Trial) {
	_, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	out, err := a.Run("sh", "-c", `end=$(($(date +%s)+3)); while [ $(date +%s) -lt $end ]; do ip addr del 192.168.1.150/32 dev eth0 2>/dev/null; done; true`)
	if err != nil {
		t.Fatal(err, out)
	}
	a.log(0, "restoring once per 1s from now on")
	if got := strings.Count(a.proc.Log(), "restored IP"); got < repairsAtOnce || got > repairsAtOnce+5 {
		t.Errorf("restored %d times in 3 s, want %d at once and one per second", got, repairsAtOnce)
	}
	a.has(soon, "192.168.1.150/32")
}

func TestFlushOfManyAddressesIsRepairedAtOnce(t *testing.T) {
	t.Parallel()
	lab.Judge(t, flushOfManyAddressesIsRepairedAtOnce)
}

func flushOfManyAddressesIsRepairedAtOnce(t *lab.Trial) {
	i := v3(instance("VI_1", 51, 100), tenth)
	const many = 200 // what fits one advertisement
	for n := range many {
		i.VIPs = append(i.VIPs, vips(prefixText(10, 1, 1, n+1))...)
	}
	n, a := master(t, i)
	count := func() int { return len(a.addresses()) }
	eventually(t, "all addresses", func() bool { return count() == many })
	start := time.Now()
	if out, err := a.Run("ip", "-4", "addr", "flush", "dev", "eth0", "to", "10.0.0.0/8"); err != nil {
		t.Fatal(err, out)
	}
	eventually(t, "all addresses again", func() bool { return count() == many })
	last := start
	for at := range many {
		for _, e := range n.lan.Events().Of(a.Host, i.VIPs[at].Prefix.Addr(), start) {
			if e.Added && e.At.After(last) {
				last = e.At
			}
		}
	}
	t.Logf("%d addresses back %v after the flush began", many, last.Sub(start))
	if log := a.proc.Log(); strings.Contains(log, "from now on") || strings.Count(log, "STATE") != 2 {
		t.Errorf("log:\n%s", log)
	}
}

func TestSemantics3_1_StaleAddressesGoBeforeBackup(t *testing.T) {
	lab.Judge(t, staleAddressesGoBeforeBackup)
}

func staleAddressesGoBeforeBackup(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	leave(a, "192.168.1.150/32", "192.168.1.99/32")
	start := time.Now()
	a.engine(instance("VI_1", 51, 100, "192.168.1.150/32"))
	line := a.log(0, "Entering BACKUP STATE (init)")
	gone, err := n.lan.Events().Wait(a.Host, netip.MustParseAddr("192.168.1.150"), false, start, soon)
	if err != nil {
		t.Fatal(err)
	}
	// The event is time-stamped when it is read, the line when it is written.
	if late := gone.Sub(logTime(t, line)); late > 20*time.Millisecond {
		t.Errorf("the stale address went %v after %q", late, line)
	}
	a.has(soon, "192.168.1.99/32")
}

func TestKilledMasterLeavesNothingBehindAfterRestart(t *testing.T) {
	t.Parallel()
	lab.Judge(t, killedMasterLeavesNothingBehindAfterRestart)
}

func killedMasterLeavesNothingBehindAfterRestart(t *lab.Trial) {
	_, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32", "10.9.0.1/24"), tenth))
	a.has(soon, "192.168.1.150/32", "10.9.0.1/24")
	if err := a.proc.KillTree(); err != nil {
		t.Fatal(err)
	}
	a.has(soon, "192.168.1.150/32", "10.9.0.1/24")
	slow := instance("VI_1", 51, 100, "192.168.1.150/32", "10.9.0.1/24") // 3.6 s until master again
	a.engine(slow)
	a.has(soon)
	a.has(5*time.Second, "192.168.1.150/32", "10.9.0.1/24")
}

func TestSemantics7_2_ReloadChangesAddressesOfARunningMaster(t *testing.T) {
	t.Parallel()
	lab.Judge(t, reloadChangesAddressesOfARunningMaster)
}

func reloadChangesAddressesOfARunningMaster(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32", "192.168.1.149/32"), tenth))
	a.has(soon, "192.168.1.150/32", "192.168.1.149/32")
	start := time.Now()
	a.reload(v3(instance("VI_1", 51, 100, "192.168.1.150/32", "192.168.1.148/32"), tenth))
	a.has(soon, "192.168.1.150/32", "192.168.1.148/32")
	if err := lab.Eventually(soon, "gratuitous ARP for the new address", func() (bool, string) {
		return len(n.cap.GARPs(netip.MustParseAddr("192.168.1.148"), start)) >= 5, "too few"
	}); err != nil {
		t.Error(err)
	}
	a.reload(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	for range 20 {
		a.reload(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	}
	for _, e := range n.lan.Events().Of(a.Host, netip.MustParseAddr("192.168.1.150"), start) {
		t.Errorf("an address that did not change: %v", e)
	}
	if log := a.proc.Log(); strings.Count(log, "STATE") != 2 {
		t.Errorf("there were transitions:\n%s", log)
	}
	// A reload may send an advertisement at once (semantics 7.2), but none may be late.
	list := n.cap.Adverts(start, advertsOf(a))
	for i := 1; i < len(list); i++ {
		if gap := list[i].At.Sub(list[i-1].At); gap > tenth+slack {
			t.Errorf("%v without an advertisement around a reload", gap)
		}
	}
}

func TestSemantics7_1_RenameMovesNothing(t *testing.T) {
	t.Parallel()
	lab.Judge(t, renameMovesNothing)
}

func renameMovesNothing(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	start := time.Now()
	a.reload(v3(instance("VI_A", 51, 100, "192.168.1.150/32"), tenth))
	if evs := n.lan.Events().Of(a.Host, netip.MustParseAddr("192.168.1.150"), start); len(evs) > 0 {
		t.Errorf("the address moved: %v", evs)
	}
	a.reload(v3(instance("VI_A", 51, 100, "192.168.1.149/32"), tenth))
	a.has(soon, "192.168.1.149/32")
}

func TestSemantics7_3_RemovedInstanceGivesUpItsAddresses(t *testing.T) {
	t.Parallel()
	lab.Judge(t, removedInstanceGivesUpItsAddresses)
}

func removedInstanceGivesUpItsAddresses(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth), v3(instance("VI_2", 52, 100, "192.168.1.149/32"), tenth))
	a.has(soon, "192.168.1.150/32", "192.168.1.149/32")
	start := time.Now()
	a.reload(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	if _, err := n.cap.Wait(start, soon, "priority 0 of VRID 52", func(ad lab.Advert) bool { return ad.VRID == 52 && ad.Priority == 0 }); err != nil {
		t.Error(err)
	}
	a.log(0, `notify INSTANCE "VI_2" FAULT`)
	// An address that moves to another master never goes away.
	a.reload(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth), v3(instance("VI_2", 52, 100, "192.168.1.149/32"), tenth))
	a.has(soon, "192.168.1.150/32", "192.168.1.149/32")
	start = time.Now()
	a.reload(v3(instance("VI_1", 51, 100, "192.168.1.149/32"), tenth), v3(instance("VI_2", 52, 100, "192.168.1.150/32"), tenth))
	for _, vip := range []string{"192.168.1.149", "192.168.1.150"} {
		if evs := n.lan.Events().Of(a.Host, netip.MustParseAddr(vip), start); len(evs) > 0 {
			t.Errorf("swapping addresses between masters moved them: %v", evs)
		}
	}
}

func TestRefusedReloadTouchesNothing(t *testing.T) {
	t.Parallel()
	lab.Judge(t, refusedReloadTouchesNothing)
}

func refusedReloadTouchesNothing(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	start := time.Now()
	bad := instance("VI_2", 52, 100, "192.168.1.149/32")
	bad.Interface = "eth7"
	mark := a.proc.LogSize()
	a.write(bad)
	a.signal(syscall.SIGHUP)
	line := a.log(mark, "request failed")
	if !strings.Contains(line, "(VI_2)") || !strings.Contains(line, "eth7") {
		t.Errorf("the message does not name instance and interface: %s", line)
	}
	if err := lab.Throughout(5*tenth, "the address", func() (bool, string) {
		got := strings.Join(a.addresses(), " ")
		return got == "192.168.1.150/32", got
	}); err != nil {
		t.Error(err)
	}
	if _, err := lab.Regular(n.cap.Adverts(start, advertsOf(a)), time.Now(), tenth, slack); err != nil {
		t.Error(err)
	}
}

func TestSemantics4_1_InterfaceDownIsFaultAndUpIsBackup(t *testing.T) {
	t.Parallel()
	lab.Judge(t, interfaceDownIsFaultAndUpIsBackup)
}

func interfaceDownIsFaultAndUpIsBackup(t *lab.Trial) {
	n, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	for _, way := range []struct {
		name     string
		down, up func() error
	}{
		{"carrier", a.CutCable, a.PlugCable},
		{"administratively", func() error { return a.SetLink("eth0", false) }, func() error { return a.SetLink("eth0", true) }},
	} {
		mark := a.proc.LogSize()
		if err := way.down(); err != nil {
			t.Fatal(err)
		}
		a.log(mark, "Netlink reports eth0 down")
		a.log(mark, "(VI_1) Entering FAULT STATE")
		a.has(soon)
		up := time.Now()
		if err := way.up(); err != nil {
			t.Fatal(err)
		}
		a.log(mark, "(VI_1) Entering BACKUP STATE")
		a.log(mark, "(VI_1) Entering MASTER STATE")
		a.has(soon, "192.168.1.150/32")
		if _, err := n.cap.Wait(up, soon, way.name+": advertisements again", advertsOf(a)); err != nil {
			t.Error(err)
		}
	}
	b := n.box("b", "192.168.1.152/24") // still a member of the group?
	b.engine(v3(instance("VI_1", 51, 200, "192.168.1.150/32"), tenth))
	a.log(0, "(VI_1) Master received advert from 192.168.1.152")
	a.has(soon)
}

func TestSemantics4_4_RenameIsGoneAndBack(t *testing.T) {
	t.Parallel()
	lab.Judge(t, renameIsGoneAndBack)
}

func renameIsGoneAndBack(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	ip := func(script string) {
		t.Helper()
		for _, line := range strings.Split(script, ";") {
			if out, err := a.Run("ip", strings.Fields(line)...); err != nil {
				t.Fatal(err, out)
			}
		}
	}
	mark := a.proc.LogSize()
	ip("link set eth0 down; link set eth0 name wan0; link set wan0 up")
	a.log(mark, "(VI_1) Entering FAULT STATE")
	eventually(t, "the address to leave wan0", func() bool {
		out, err := a.Run("ip", "-br", "addr", "show", "dev", "wan0")
		return err == nil && !strings.Contains(out, "192.168.1.150") && strings.Contains(out, "192.168.1.151/24")
	})
	mark = a.proc.LogSize()
	ip("link set wan0 down; link set wan0 name eth0; link set eth0 up")
	a.log(mark, "(VI_1) Entering MASTER STATE")
	a.has(soon, "192.168.1.150/32")
	b := n.box("b", "192.168.1.152/24")
	b.engine(v3(instance("VI_1", 51, 200, "192.168.1.150/32"), tenth))
	a.log(mark, "(VI_1) Master received advert from 192.168.1.152")
}

func TestSemantics4_3_InterfaceThatIsRecreatedIsUsedAgain(t *testing.T) {
	t.Parallel()
	lab.Judge(t, interfaceThatIsRecreatedIsUsedAgain)
}

func interfaceThatIsRecreatedIsUsedAgain(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.Config.Global.DynamicInterfaces = true
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	mark := a.proc.LogSize()
	if err := a.DelLink("eth0"); err != nil {
		t.Fatal(err)
	}
	a.log(mark, "(VI_1) Entering FAULT STATE")
	// The new one is a cable to another host.
	b := n.box("b", "192.168.1.152/24")
	if _, err := b.Run("ip", "link", "add", "x0", "type", "veth", "peer", "name", "eth0", "netns", itoa(a.proc.Pid)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.SetLink("x0", true), b.AddAddr("x0", prefix("192.168.2.152/24"))); err != nil {
		t.Fatal(err)
	}
	if err := a.SetLink("eth0", true); err != nil {
		t.Fatal(err)
	}
	if err := a.AddAddr("eth0", netip.PrefixFrom(a.addr, 24)); err != nil {
		t.Fatal(err)
	}
	a.log(mark, "(VI_1) Entering MASTER STATE")
	a.has(soon, "192.168.1.150/32")
	other := v3(instance("VI_1", 51, 200, "192.168.1.150/32"), tenth)
	other.Interface, other.VIPs[0].Dev = "x0", "x0"
	b.engine(other)
	b.log(0, "received lower priority (100) advert from 192.168.1.151") // what the new interface sends
	a.log(mark, "(VI_1) Master received advert from 192.168.2.152")     // what it receives
	a.has(soon)
}

func TestSemantics3_7_GratuitousARPBursts(t *testing.T) {
	t.Parallel()
	lab.Judge(t, gratuitousARPBursts)
}

func gratuitousARPBursts(t *lab.Trial) {
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/32", "192.168.1.149/32"), tenth)
	i.GARPDelay, i.GARPRepeat, i.GARPRefresh, i.GARPRefreshRepeat = time.Second, 3, time.Second, 2
	i.ExcludedVIPs = []config.Address{{Prefix: netip.MustParsePrefix("192.168.1.148/32"), Dev: "eth0"}}
	n, a := master(t, i)
	from := n.cap.Adverts(time.Time{}, advertsOf(a))[0].At
	for _, vip := range []string{"192.168.1.150", "192.168.1.149", "192.168.1.148"} {
		count := func() int { return len(n.cap.GARPs(netip.MustParseAddr(vip), from)) }
		// 3 at once, 3 after a second, and the 2 of the first refresh then too.
		if err := lab.Eventually(5*time.Second, "8 frames for "+vip, func() (bool, string) { return count() >= 8, "fewer" }); err != nil {
			t.Fatal(err)
		}
		list := n.cap.GARPs(netip.MustParseAddr(vip), from)
		for i, want := range []time.Duration{0, 0, 0, 1, 1, 1, 1, 1} {
			// Both frames may be late.
			if got := list[i].At.Sub(from) - want*time.Second; got.Abs() > 100*time.Millisecond {
				t.Errorf("%s: frame %d %v off %d s", vip, i, got, want)
			}
		}
	}
}

func TestNoRightsIsAPermanentErrorWithAClearLine(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	path := a.write(instance("VI_1", 51, 100, "192.168.1.150/32"))
	p, err := a.Start("engine", "setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs", self(t), "role", path)
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := p.Wait(p.Started, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if code != statusRights || !strings.Contains(p.Log(), "CAP_NET_RAW") {
		t.Errorf("exit status %d, want %d; log:\n%s", code, statusRights, p.Log())
	}
}

func TestSemantics4_3_MissingInterfaceAtStartIsStatus2(t *testing.T) {
	t.Parallel()
	lab.Judge(t, missingInterfaceAtStartIsStatus2)
}

func missingInterfaceAtStartIsStatus2(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	for _, c := range []struct{ dev, want string }{{"eth7", "interface eth7 does not exist"}, {"lo", "loopback"}} {
		i := instance("VI_1", 51, 100, "192.168.1.150/32")
		i.Interface = c.dev
		p, err := a.Start("engine", self(t), "role", a.write(i))
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := p.Wait(p.Started, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if code != statusConfig || !strings.Contains(p.Log(), c.want) {
			t.Errorf("exit status %d, want %d and %q; log:\n%s", code, statusConfig, c.want, p.Log())
		}
	}
}

func TestDumpFilesOfARunningEngine(t *testing.T) { // cli 6
	_, a := master(t, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	victim, err := a.WriteFile("victim", "precious")
	if err != nil {
		t.Fatal(err)
	}
	stats := filepath.Join(a.Dir, "keepalived.stats")
	if out, err := a.Run("ln", "-s", victim, stats); err != nil {
		t.Fatal(err, out)
	}
	for _, f := range []struct {
		signal syscall.Signal
		name   string
		want   string
	}{
		{syscall.SIGUSR2, "keepalived.stats", "VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n    Sent: "},
		{syscall.SIGUSR1, "keepalived.data", "   State = MASTER\n"},
	} {
		mark := a.proc.LogSize()
		a.signal(f.signal)
		a.log(mark, "done")
		out, err := a.Run("stat", "-c", "%a %F", filepath.Join(a.Dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if out != "600 regular file\n" {
			t.Errorf("%s: %s", f.name, out)
		}
		text, err := a.Run("cat", filepath.Join(a.Dir, f.name))
		if err != nil || !strings.Contains(text, f.want) {
			t.Errorf("%s: %v\n%s", f.name, err, text)
		}
	}
	if text, err := a.Run("cat", victim); err != nil || text != "precious" {
		t.Errorf("written through a symbolic link: %q, %v", text, err)
	}
}
