//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A segment is an interface with an instance on it.
type segment struct {
	dev, vip string
	vrid     int
	ours     string // own address of the director under test, with its length
	peers    string
}

func (n segment) from(prefix string) func(lab.Advert) bool {
	src := netip.MustParsePrefix(prefix).Addr()
	return func(a lab.Advert) bool { return a.Src == src && int(a.VRID) == n.vrid }
}

// A master that loses its own address resigns, and all of its group with it: the other one is
// master after the skew time, not after the time of three adverts. It never sends from the virtual
// address. Order and speed of the kernel's news must not matter, so it is done several times.
func TestAMasterThatLosesItsAddressResigns(t *testing.T) {
	first := segment{dev: "eth0", vip: shared + "/32", vrid: 51, ours: ours + "/24", peers: peers + "/24"}
	inside, second := first, segment{dev: "eth1", vip: "10.8.0.150/32", vrid: 52, ours: "10.8.0.1/24", peers: "10.8.0.2/24"}
	inside.vip = shared + "/24"
	insideToo := second
	insideToo.vip = "10.8.0.150/24"
	for name, c := range map[string]struct {
		nets    []segment
		loses   int
		promote bool // an address that is second in its subnet stays when the first one goes
	}{
		"VIP alone":                            {nets: []segment{first}},
		"VIP in the subnet":                    {nets: []segment{inside}},
		"VIP in the subnet, which it keeps":    {nets: []segment{inside}, promote: true},
		"group, VIP alone, the first's":        {nets: []segment{first, second}},
		"group, VIP alone, the second's":       {nets: []segment{first, second}, loses: 1},
		"group, VIPs in subnets, the first's":  {nets: []segment{inside, insideToo}},
		"group, VIPs in subnets, the second's": {nets: []segment{inside, insideToo}, loses: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
				if len(c.nets) > 1 {
					s.second(h, "10.8.0.1/24")
					s.must(other.AddAddr("eth0", netip.MustParsePrefix("10.8.0.2/24")))
				}
				if c.promote {
					s.must(h.Sysctl("net/ipv4/conf/eth0/promote_secondaries", "1"))
				}
				d := s.start(h, group(c.nets, 200, false))
				for _, n := range c.nets {
					_, err := s.wire.Wait(time.Time{}, patience, "the first advert", n.from(n.ours))
					s.must(err)
				}
				ka := s.keepalived(other, group(c.nets, 100, true))
				for i := range c.nets {
					s.logged(ka, 0, fmt.Sprintf("(V%d) Entering BACKUP STATE", i))
				}
				s.heard(ours, 3) // by keepalived as well
				for range 4 {
					s.resigns(d, c.nets, c.loses)
				}
			})
		})
	}
}

const restInterval = 500 * time.Millisecond

// group is a configuration with an instance for each segment, in a group if there are several.
// The peer has all its addresses on one interface.
func group(nets []segment, prio int, peer bool) (conf string) {
	members := ""
	for i, n := range nets {
		dev, source := n.dev, ""
		if peer {
			dev, source = "eth0", "\n mcast_src_ip "+netip.MustParsePrefix(n.peers).Addr().String()
		}
		text := router(fmt.Sprint("V", i), dev, n.vrid, prio, restInterval.Seconds(), n.vip)
		conf += strings.Replace(text, " version 3", " version 3"+source, 1)
		members += fmt.Sprintf("V%d\n", i)
	}
	if len(nets) > 1 {
		conf = "vrrp_sync_group G {\n group {\n" + members + "}\n}\n" + conf
	}
	return conf
}

// second gives a host a second interface on the same switch, eth1.
func (s *site) second(h *lab.Host, addr string) {
	s.Helper()
	s.run(h, "sh", "-ec", "ip link add link eth0 name eth1 type macvlan mode bridge; ip addr add "+addr+" dev eth1; ip link set eth1 up")
}

// resigns takes the own address of one interface away and gives it back when the other one is
// master of all.
func (s *site) resigns(d *lab.Director, nets []segment, loses int) {
	s.Helper()
	skew := restInterval * (256 - 100) / 256
	loser := nets[loses]
	own := netip.MustParsePrefix(loser.ours)
	mark, at := d.Proc.LogSize(), time.Now()
	s.must(d.DelAddr(loser.dev, own))
	for _, n := range nets {
		last, err := s.wire.Wait(at, patience, "priority 0 from "+n.ours, func(a lab.Advert) bool { return n.from(n.ours)(a) && a.Priority == 0 })
		s.must(err)
		took, err := s.wire.Wait(last.At, patience, "an advert of keepalived", n.from(n.peers))
		s.must(err)
		if late := took.At.Sub(last.At); late > skew+lag {
			s.Errorf("keepalived is master of %s %v after priority 0, allowed are %v", n.vip, late, skew+lag)
		}
		if late := last.At.Sub(at); late > lag {
			s.Errorf("priority 0 for %s came %v after the address had gone", n.vip, late)
		}
		vip := netip.MustParsePrefix(n.vip)
		s.has(d.Host, n.dev, vip.Addr().String(), false)
		if list := s.wire.Adverts(time.Time{}, lab.From(vip.Addr())); len(list) > 0 {
			s.Errorf("sent from the virtual address: %v", list)
		}
	}
	s.logged(d, mark, "Entering FAULT STATE")
	if s.Failed() {
		s.FailNow()
	}
	at = time.Now()
	s.must(d.AddAddr(loser.dev, own))
	for _, n := range nets {
		_, err := s.wire.Wait(at, patience, "an advert from "+n.ours, n.from(n.ours))
		s.must(err)
		s.has(d.Host, n.dev, netip.MustParsePrefix(n.vip).Addr().String(), true)
	}
	for _, n := range nets { // keepalived has heard it
		s.must(lab.Eventually(patience, "keepalived to be silent", func() (bool, string) {
			return len(s.wire.Adverts(time.Now().Add(-2*restInterval), n.from(n.peers))) == 0, ""
		}))
	}
}
