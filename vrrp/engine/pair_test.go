package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/test/lab"
	"holdfast/vrrp"
)

// kaInstance is the text of a vrrp_instance for keepalived that does what instance and
// v3 do.
func kaInstance(i config.Instance) string {
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp_instance %s {\n interface eth0\n virtual_router_id %d\n priority %d\n version %d\n advert_int %g\n",
		i.Name, i.VRID, i.Priority, i.Version, i.AdvertInt.Seconds())
	if i.Auth != config.AuthNone {
		fmt.Fprintf(&b, " authentication {\n auth_type %s\n auth_pass %s\n }\n", [...]string{"", "PASS", "AH"}[i.Auth], strings.TrimRight(string(i.AuthPass[:]), "\x00"))
	}
	if i.GARPExtra.Interval > 0 {
		fmt.Fprintf(&b, " garp_extra_if %s %d\n garp_master_delay 0\n garp_master_repeat 1\n", map[bool]string{true: "all"}[i.GARPExtra.All], i.GARPExtra.Interval/time.Second)
	}
	if i.VMAC.Use {
		fmt.Fprintf(&b, " use_vmac %s\n", i.VMAC.Name)
	}
	if i.VMAC.XmitBase {
		b.WriteString(" vmac_xmit_base\n")
	}
	if i.VMAC.Addrs {
		b.WriteString(" use_vmac_addr\n")
	}
	if len(i.UnicastPeers) > 0 {
		if i.SourceIP.IsValid() {
			fmt.Fprintf(&b, " unicast_src_ip %v\n", i.SourceIP)
		}
		b.WriteString(" unicast_peer {\n")
		for _, p := range i.UnicastPeers {
			fmt.Fprintf(&b, " %v\n", p.Addr)
		}
		b.WriteString(" }\n")
	}
	if g := vrrp.MulticastGroup(&i); g != groupA && g != group6 {
		fmt.Fprintf(&b, " mcast_dst_ip %v\n", g)
	}
	for at, name := range []string{"virtual_ipaddress", "virtual_ipaddress_excluded"} {
		fmt.Fprintf(&b, " %s {\n", name)
		for _, v := range [][]config.Address{i.VIPs, i.ExcludedVIPs}[at] {
			fmt.Fprintf(&b, " %v dev %s", v.Prefix, v.Dev)
			if v.VMAC {
				b.WriteString(" use_vmac")
			}
			b.WriteString("\n")
		}
		b.WriteString(" }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// A kind is a way a pair may talk.
type kind struct {
	name     string
	down     time.Duration // at most, of the backup
	instance func(priority uint8, own, peer string) config.Instance
}

// kinds are those of IPv4, kinds6 are in family6_test.go.
var kinds = []kind{
	{"v2 PASS", 3700 * time.Millisecond, func(priority uint8, _, _ string) config.Instance {
		i := instance("VI_1", 51, priority, "192.168.1.150/32")
		i.Auth = config.AuthPass
		copy(i.AuthPass[:], "secret")
		return i
	}},
	{"v2 AH", 3700 * time.Millisecond, func(priority uint8, _, _ string) config.Instance {
		return withAH(instance("VI_1", 51, priority, "192.168.1.150/32"))
	}},
	{"v2 AH unicast", 3700 * time.Millisecond, func(priority uint8, own, peer string) config.Instance {
		i := withAH(instance("VI_1", 51, priority, "192.168.1.150/32"))
		i.SourceIP = netip.MustParseAddr(own)
		i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr(peer), MaxTTL: 255}}
		return i
	}},
	{"v3", 400 * time.Millisecond, func(priority uint8, _, _ string) config.Instance {
		return v3(instance("VI_1", 51, priority, "192.168.1.150/32"), tenth)
	}},
	{"v3 unicast", 400 * time.Millisecond, func(priority uint8, own, peer string) config.Instance {
		i := v3(instance("VI_1", 51, priority, "192.168.1.150/32"), tenth)
		i.SourceIP = netip.MustParseAddr(own)
		i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr(peer), MaxTTL: 255}}
		return i
	}},
}

func withAH(i config.Instance) config.Instance {
	i.Auth = config.AuthAH
	copy(i.AuthPass[:], "secret")
	return i
}

const (
	highAddr = "192.168.1.151"
	lowAddr  = "192.168.1.152"
)

// A pair goes through election, orderly hand-over, return and preemption, and sudden
// death, with every combination of engine and keepalived.
func TestPairs(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		testPairs(t, k, highAddr, lowAddr, "/24")
	}
	for _, k := range kinds6 {
		testPairs(t, k, highAddr6, lowAddr6, "/64")
	}
}

func testPairs(t *testing.T, k kind, highAddr, lowAddr, length string) {
	for _, who := range []string{"engine/engine", "engine/keepalived", "keepalived/engine"} {
		t.Run(k.name+"/"+who, func(t *testing.T) {
			t.Parallel() // they mostly wait
			lab.Judge(t, func(t *lab.Trial) {
				n := newNetwork(t)
				high, low := n.box("high", highAddr+length), n.box("low", lowAddr+length)
				hi, li := k.instance(150, highAddr, lowAddr), k.instance(100, lowAddr, highAddr)
				first, second, _ := strings.Cut(who, "/")
				startAs(high, first, hi)
				startAs(low, second, li)
				scenario(t, n, high, low, hi.VIPs[0].Prefix, k.down, func() { startAs(high, first, hi) })
			})
		})
	}
}

func startAs(b *box, kind string, i config.Instance) {
	b.t.Helper()
	if kind == "engine" {
		b.engine(i)
	} else {
		b.keepalived(kaInstance(i))
	}
}

// busy is how late either program may be on a busy machine.
const busy = 500 * time.Millisecond

func scenario(t testing.TB, n *network, high, low *box, address netip.Prefix, down time.Duration, restart func()) {
	vip := address.String()
	high.has(6*time.Second, vip)
	low.has(soon)
	time.Sleep(down) // what is asserted is that nothing happens in this time
	if log := low.proc.Log(); strings.Contains(log, "MASTER STATE") {
		t.Fatalf("the lower priority became master:\n%s", log)
	}

	stopped := time.Now()
	if code := high.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	came, err := n.lan.Events().Wait(low.Host, address.Addr(), true, stopped, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	zero, err := n.cap.Wait(stopped, soon, "priority 0", func(a lab.Advert) bool { return a.Priority == 0 })
	if err != nil {
		t.Fatal(err)
	}
	if took := came.Sub(zero.At); took > 609*time.Millisecond+busy { // the skew time of priority 100 at 1 s
		t.Errorf("orderly hand-over took %v", took)
	}
	high.has(soon)

	restart()
	high.has(6*time.Second, vip) // preempts
	low.has(soon)

	killed := time.Now()
	if err := high.proc.KillTree(); err != nil {
		t.Fatal(err)
	}
	came, err = n.lan.Events().Wait(low.Host, address.Addr(), true, killed, 6*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	list := n.cap.Adverts(killed.Add(-2*time.Second), lab.From(high.addr))
	if len(list) == 0 {
		t.Fatal("the master has sent nothing")
	}
	if took := came.Sub(list[len(list)-1].At); took > down+busy || took < down-busy {
		t.Errorf("take-over %v after the last advertisement, want %v", took, down)
	} else {
		t.Logf("take-over after SIGKILL: %v", took)
	}
}

// An engine that was stopped for longer than the master down interval finds the
// master's advertisements waiting and does not take over.
func TestStalledBackupDoesNotTakeOver(t *testing.T) {
	t.Parallel()
	lab.Judge(t, stalledBackupDoesNotTakeOver)
}

func stalledBackupDoesNotTakeOver(t *lab.Trial) {
	n := newNetwork(t)
	high, low := n.box("high", highAddr+"/24"), n.box("low", lowAddr+"/24")
	high.engine(v3(instance("VI_1", 51, 150, "192.168.1.150/32"), tenth))
	high.has(soon, "192.168.1.150/32")
	low.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	for range 3 {
		stalled := time.Now()
		low.signal(syscall.SIGSTOP)
		if err := lab.Eventually(5*time.Second, "ten advertisements", func() (bool, string) {
			return len(n.cap.Adverts(stalled, lab.From(high.addr))) >= 10, "fewer"
		}); err != nil {
			t.Fatal(err)
		}
		low.signal(syscall.SIGCONT)
	}
	resumed := time.Now()
	if err := lab.Eventually(5*time.Second, "five advertisements", func() (bool, string) {
		return len(n.cap.Adverts(resumed, lab.From(high.addr))) >= 5, "fewer"
	}); err != nil {
		t.Fatal(err)
	}
	if got := n.cap.Adverts(time.Time{}, lab.From(low.addr)); len(got) > 0 {
		t.Errorf("the stalled backup sent %v", got)
	}
}

func TestCutCableMakesBothMasterAndHealingMakesOne(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	high, low := n.box("high", highAddr+"/24"), n.box("low", lowAddr+"/24")
	high.engine(v3(instance("VI_1", 51, 150, "192.168.1.150/32"), tenth))
	low.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	high.has(soon, "192.168.1.150/32")
	if err := high.Detach(); err != nil { // keeps its carrier: it does not notice
		t.Fatal(err)
	}
	low.has(soon, "192.168.1.150/32")
	high.has(soon, "192.168.1.150/32")
	if err := high.Attach(); err != nil {
		t.Fatal(err)
	}
	low.has(soon)
	high.has(soon, "192.168.1.150/32")
}
