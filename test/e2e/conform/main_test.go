//go:build e2e

// Package conform shows on the wire what RFC 9568 asks for and what the kernel does once it is set up right: what a
// backup must not do, how a master announces and answers, where the virtual hardware address leads.
package conform

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

const (
	mac4 = "00:00:5e:00:01:33"
	mac6 = "00:00:5e:00:02:33"
	soon = 10 * time.Second
)

var (
	vip4  = netip.MustParseAddr("192.168.1.150")
	vip6  = netip.MustParseAddr("2001:db8::150")
	local = netip.MustParseAddr("fe80::150")
	// behind the router, on its second interface
	behind = netip.MustParseAddr("10.9.0.2")
)

// A bench is a router that forwards, and a host that talks to it.
type bench struct {
	*lab.Trial
	setup
	d       *lab.Director
	x       *lab.Host
	capture *lab.Capture
}

// A setup is a virtual router of each family, on VMACs.
type setup struct {
	names    string // which of them, "VI_4 VI_6"
	physical bool   // not on VMACs
	lines    string // what they have in common
}

func (s setup) String() string {
	var b strings.Builder
	vmac := "    use_vmac\n"
	if s.physical {
		vmac = ""
	}
	for _, name := range strings.Fields(s.names) {
		vips := map[string]string{"VI_4": "192.168.1.150/24", "VI_6": "fe80::150/64\n        2001:db8::150/64"}[name]
		fmt.Fprintf(&b, "vrrp_instance %s {\n    interface eth0\n    virtual_router_id 51\n    version 3\n%s%s\n"+
			"    virtual_ipaddress {\n        %s\n    }\n}\n", name, vmac, s.lines, vips)
	}
	return b.String()
}

const (
	four = "VI_4"
	six  = "VI_6"
	both = four + " " + six
	// aBackup hears of nobody for ever, and waits for ever to take over.
	aBackup = "    priority 100\n    advert_int 40\n"
	aMaster = "    priority 100\n    advert_int 0.1\n"
	anOwner = "    priority 255\n    advert_int 0.1\n"
)

// newBench starts a router, with a second interface behind which nobody answers.
func newBench(t *lab.Trial, s setup) *bench {
	t.Helper()
	b := &bench{Trial: t, setup: s}
	lan, err := lab.NewLAN(t.TempDir())
	b.must(err)
	t.Cleanup(func() {
		if t.Failed() && b.d != nil && b.d.Proc != nil {
			t.Logf("the log:\n%s", b.d.Proc.Log())
		}
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	host := func(name, four, six string) *lab.Host {
		h, err := lan.AddHost(name, netip.MustParsePrefix(four+"/24"))
		b.must(err)
		_, err = h.Run("ip", "addr", "add", six+"/64", "dev", "eth0", "nodad")
		b.must(err)
		return h
	}
	d := host("d", "192.168.1.151", "2001:db8::151")
	b.x = host("x", "192.168.1.66", "2001:db8::66")
	for _, name := range []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"} {
		b.must(d.Sysctl(name, "1"))
	}
	b.must(d.AddLink("eth1", nil, nil))
	for _, dev := range []string{"eth1", "eth1p"} { // nothing else is sent there
		b.must(d.Sysctl("net/ipv6/conf/"+dev+"/disable_ipv6", "1"))
	}
	b.run(d, "ip", "addr", "add", "10.9.0.1/24", "dev", "eth1")
	b.run(d, "ip", "neigh", "add", behind.String(), "lladdr", "02:00:00:00:09:02", "dev", "eth1", "nud", "permanent")
	b.capture, err = lan.Capture()
	b.must(err)
	t.Cleanup(func() { b.capture.Close() })
	b.d = lab.NewDirector(d, lab.Program())
	t.Witness(b.d.Logs)
	b.must(b.d.Configure(s.String()))
	b.must(b.d.Start())
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) run(h *lab.Host, name string, args ...string) string {
	b.Helper()
	out, err := h.Run(name, args...)
	b.must(err)
	return out
}

// is waits until all routers are in a state.
func (b *bench) is(state string) {
	b.Helper()
	for _, name := range strings.Fields(b.names) {
		_, err := b.d.WaitLog(0, "("+name+") Entering "+state+" STATE", soon)
		b.must(err)
	}
}

// resolves asks for an address, and returns what the neighbour cache of the host has then: "" is nothing.
func (b *bench) resolves(addr netip.Addr) (mac string, isRouter bool) {
	b.Helper()
	b.run(b.x, "ip", "neigh", "flush", "dev", "eth0")
	_ = b.ping(addr) // whether it is answered is another question
	words := strings.Fields(b.run(b.x, "ip", "neigh", "show", addr.String(), "dev", "eth0"))
	for i, w := range words {
		if w == "lladdr" {
			mac = words[i+1]
		}
		isRouter = isRouter || w == "router"
	}
	return mac, isRouter
}

// pings reports whether an address answers at a hardware address.
func (b *bench) pings(addr netip.Addr, mac string) bool {
	b.Helper()
	b.run(b.x, "ip", "neigh", "replace", addr.String(), "lladdr", mac, "dev", "eth0", "nud", "permanent")
	defer b.run(b.x, "ip", "neigh", "del", addr.String(), "dev", "eth0")
	return b.ping(addr) == nil
}

// ping is one echo request; nobody needs as long as is waited for an answer.
func (b *bench) ping(addr netip.Addr) error {
	if addr.IsLinkLocalUnicast() {
		addr = addr.WithZone("eth0")
	}
	return b.x.Ping(addr, 700*time.Millisecond)
}

// mac is the hardware address of the router's interface.
func (b *bench) mac() string {
	b.Helper()
	return strings.TrimSpace(b.run(b.d.Host, "cat", "/sys/class/net/eth0/address"))
}

// through is how many of three packets, sent to a hardware address for somebody behind the router, come out there.
func (b *bench) through(mac string) int {
	b.Helper()
	count := func() int {
		n, err := strconv.Atoi(strings.TrimSpace(b.run(b.d.Host, "cat", "/sys/class/net/eth1p/statistics/rx_packets")))
		b.must(err)
		return n
	}
	b.run(b.x, "ip", "route", "replace", "10.9.0.0/24", "via", vip4.String())
	b.run(b.x, "ip", "neigh", "replace", vip4.String(), "lladdr", mac, "dev", "eth0", "nud", "permanent")
	defer b.run(b.x, "ip", "neigh", "del", vip4.String(), "dev", "eth0")
	before := count()
	for range 3 {
		_ = b.ping(behind) // nobody answers
	}
	return count() - before
}
