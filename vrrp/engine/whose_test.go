package engine

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"

	"holdfast/test/lab"
)

// leave sets addresses as a former life of ours would have left them.
func leave(b *box, list ...string) {
	b.t.Helper()
	err := b.Do(func() error {
		k, err := netif.OpenKernel()
		if err != nil {
			return err
		}
		defer k.Close()
		_, err = netif.NewAddresses(k).Apply(wantedAll(vips(list...)), nil)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func wantedAll(list []config.Address) (all []netif.Wanted) {
	for _, c := range list {
		all = append(all, wantedOf(c))
	}
	return all
}

func TestWhoLeftAnAddress(t *testing.T) {
	mark := netif.Address{Proto: 18}
	secondary := func(a netif.Address) netif.Address { a.Flags = unix.IFA_F_SECONDARY; return a }
	one := func(text string, vmac bool) address {
		i := config.Instance{VIPs: vips(text)}
		a := addressesOf(&i)[0]
		a.made = vmac
		return a
	}
	c, vmac, single := one("10.0.0.5/24", false), one("10.0.0.5/24", true), one("10.0.0.5/32", false)
	listed := map[placed]bool{placedOf(c.Wanted): true, placedOf(single.Wanted): true}
	for _, x := range []struct {
		name  string
		w     witnesses
		a     netif.Address
		c     address
		marks bool
		left  bool
	}{
		{"nothing speaks for it", witnesses{}, netif.Address{}, c, false, false},
		{"the mark", witnesses{}, mark, c, true, true},
		{"the mark, whatever was written down", witnesses{former: true}, mark, c, true, true},
		{"an interface of ours", witnesses{}, netif.Address{}, vmac, true, true},
		{"written down, a kernel without marks", witnesses{former: true, listed: listed}, netif.Address{}, c, false, true},
		{"written down, but the mark is missing", witnesses{former: true, listed: listed}, netif.Address{}, c, true, false},
		{"not written down", witnesses{former: true}, netif.Address{}, single, false, false},
		{"keepalived died, the first of its subnet", witnesses{keepalived: "x.pid"}, netif.Address{}, c, true, false},
		{"keepalived died, a secondary", witnesses{keepalived: "x.pid"}, secondary(netif.Address{}), c, true, true},
		{"keepalived died, a single one", witnesses{keepalived: "x.pid"}, netif.Address{}, single, false, true},
		{"the pid file was our own", witnesses{keepalived: "x.pid", former: true}, secondary(netif.Address{}), c, false, false},
	} {
		x.a.Prefix = x.c.Prefix
		if by, left := x.w.left(x.a, x.c, x.marks); left != x.left || left != (by != "") {
			t.Errorf("%s: left %v (%q), want %v", x.name, left, by, x.left)
		}
	}
}

func TestRecordLines(t *testing.T) {
	peer := vips("10.0.0.9/32")[0]
	peer.Peer = netip.MustParsePrefix("172.16.0.1/30")
	for _, c := range append(vips("10.0.0.1/32", "fd00::1/64"), peer) {
		p := placedOf(wantedOf(c))
		if got, ok := parsePlaced(p.String()); !ok || got != p || placedOf(p.wanted()) != p {
			t.Errorf("%v is read as %v, %v", p, got, ok)
		}
	}
	for _, bad := range []string{"", "eth0", "eth0 10.0.0.1", "eth0 10.0.0.1/32 peer", "eth0 10.0.0.1/32 piers 10.0.0.2", "eth0 10.0.0.1/32 peer x"} {
		if p, ok := parsePlaced(bad); ok {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
}

// An address that the host had before is there in every state and after every end of ours.
func TestTheHostsOwnAddressStays(t *testing.T) {
	t.Parallel()
	const own, own6 = "192.168.1.151/24", "2001:db8::151/64"
	for _, c := range []struct {
		name     string
		priority uint8
	}{{"owner", 255}, {"backup", 100}} {
		t.Run(c.name, func(t *testing.T) {
			n := newNetwork(t)
			a := n.box("a", own)
			if err := a.AddAddr("eth0", netip.MustParsePrefix(own6)); err != nil {
				t.Fatal(err)
			}
			i := v3(instance("VI_1", 51, c.priority, own), tenth)
			i.ExcludedVIPs = vips(own6, "192.168.1.7/32")
			start := time.Now()
			a.engine(i)
			a.log(0, "eth0's own address")
			a.log(0, "Entering MASTER STATE")
			a.has(soon, "192.168.1.7/32")
			there := func(when string, want ...string) {
				t.Helper()
				have, err := a.Addrs("eth0")
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range append(want, own, own6) {
					if !slices.Contains(have, netip.MustParsePrefix(p)) {
						t.Fatalf("%s: %s is gone, there are %v", when, p, have)
					}
				}
			}
			n.garps(start, "192.168.1.151", 5)
			there("as master", "192.168.1.7/32")
			if err := a.CutCable(); err != nil {
				t.Fatal(err)
			}
			a.log(0, "Entering FAULT STATE")
			a.has(soon)
			there("in FAULT")
			mark := a.proc.LogSize()
			if err := a.PlugCable(); err != nil {
				t.Fatal(err)
			}
			a.log(mark, "Entering MASTER STATE")
			a.reload(instance("VI_2", 52, 100, "192.168.1.8/32"))
			a.has(soon)
			there("after a reload without it")
			a.reload(i)
			a.has(soon, "192.168.1.7/32")
			if err := a.proc.KillTree(); err != nil {
				t.Fatal(err)
			}
			there("after a crash", "192.168.1.7/32")
			a.engine(instance("VI_1", 51, c.priority, own))
			a.log(0, "Entering")
			there("after the next start")
			a.stop()
			there("at the end")
		})
	}
}

// An address that comes while we run is the host's as well: networks are often configured
// after the services are started.
func TestAnAddressThatSomebodySetsLaterIsTheirs(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	i := instance("VI_1", 51, 100, "192.168.1.150/24")
	i.DownTimerAdverts = 100
	a.engine(i)
	a.log(0, "Entering BACKUP STATE")
	if err := a.AddAddr("eth0", netip.MustParsePrefix("192.168.1.150/24")); err != nil {
		t.Fatal(err)
	}
	a.log(0, "eth0's own address")
	a.reload(instance("VI_2", 52, 100, "192.168.1.8/32"))
	a.has(soon, "192.168.1.150/24")
}

// What may be ours is written down as long as it may be there.
func TestRecordOfTheAddresses(t *testing.T) {
	t.Parallel()
	lab.Judge(t, recordOfTheAddresses)
}

func recordOfTheAddresses(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.StateFile = filepath.Join(a.Dir, "holdfast_vrrp.addresses")
	record := func() string {
		t.Helper()
		files, err := filepath.Glob(a.role.StateFile + "*")
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			said += string(text)
		}
		return said
	}
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32", "192.168.1.151/24"), tenth))
	a.has(soon, "192.168.1.150/32")
	if said := record(); !strings.Contains(said, "eth0 192.168.1.150/32\n") || strings.Contains(said, "192.168.1.151") {
		t.Errorf("the record says %q", said)
	}
	if err := a.proc.KillTree(); err != nil {
		t.Fatal(err)
	}
	a.engine(instance("VI_1", 51, 100, "192.168.1.7/32"))
	a.has(soon) // not configured any more, but written down
	a.stop()
	if said := record(); said != "" {
		t.Errorf("after the stop the record says %q", said)
	}
}
