//go:build e2e

package conform

import (
	"bytes"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

// A backup answers nobody who asks for the addresses, and does not take what is for them.
func TestABackupDoesNotAnswer(t *testing.T) {
	conformance.Shows(t, "R30", "R31", "R32", "R34", "R35")
	conformance.Refuses(t, "R35", "R43", "R47")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		b := newBench(t, setup{both, false, aBackup})
		b.is("BACKUP")
		for _, addr := range []netip.Addr{vip4, vip6, local} {
			if mac, _ := b.resolves(addr); mac != "" {
				t.Errorf("%v is at %s", addr, mac)
			}
		}
		for _, mac := range []string{b.mac(), mac4} {
			if b.pings(vip4, mac) {
				t.Errorf("%v answers at %s", vip4, mac)
			}
		}
		if b.pings(vip6, mac6) {
			t.Errorf("%v answers", vip6)
		}
		if groups := b.run(b.d.Host, "ip", "-6", "maddr", "show"); strings.Contains(groups, "ff02::1:ff00:150") {
			t.Errorf("a member of the group of %v:\n%s", vip6, groups)
		}
		told := time.Now()
		b.must(b.d.Proc.Signal(syscall.SIGTERM))
		_, _, err := b.d.Proc.Wait(told, soon)
		b.must(err)
		time.Sleep(200 * time.Millisecond) // what is asserted is that nothing is said
		if list := b.capture.Adverts(time.Time{}, nil); len(list) > 0 {
			t.Errorf("a backup has said %v", list)
		}
		b.neverSaid(134, "a router advertisement")
		if n := len(b.capture.GARPs(vip4, time.Time{})) + len(b.capture.NAs(vip6, time.Time{})); n > 0 {
			t.Errorf("a backup has announced addresses %d times", n)
		}
	})
}

// neverSaid looks for messages of ICMPv6 that the router has sent.
func (b *bench) neverSaid(kind byte, name string) {
	b.Helper()
	for _, f := range b.capture.Frames() {
		if d := f.Data; len(d) > 54 && d[12] == 0x86 && d[20] == 58 && d[54] == kind {
			b.Errorf("%s: %x", name, d)
		}
	}
}

// A master announces each address with the virtual hardware address, behind its first advert, and nothing before.
func TestAMasterAnnounces(t *testing.T) {
	conformance.Shows(t, "R27", "R28", "R36", "R37", "R38", "R43", "R63", "R66", "R67")
	conformance.Refuses(t, "R36", "R37", "R38", "R63", "R66")
	t.Parallel()
	for _, lines := range []string{aMaster, anOwner} {
		lab.Judge(t, func(t *lab.Trial) {
			b := newBench(t, setup{both, false, lines})
			b.is("MASTER")
			b.must(lab.Eventually(soon, "announcements", func() (bool, string) {
				return len(b.capture.GARPs(vip4, time.Time{})) >= 5 && len(b.capture.NAs(vip6, time.Time{})) >= 5 &&
					len(b.capture.NAs(local, time.Time{})) >= 5, ""
			}))
			adverts := b.capture.Adverts(time.Time{}, nil)
			first := map[bool]time.Time{}
			for _, a := range adverts {
				six := a.Src.Is6()
				if first[six].IsZero() {
					first[six] = a.At
				}
				if want := map[bool]string{false: mac4, true: mac6}[six]; a.MAC != want {
					t.Errorf("an advert from %s, want %s", a.MAC, want)
				}
			}
			for _, g := range b.capture.GARPs(vip4, time.Time{}) {
				if g.MAC != mac4 || g.At.Before(first[false]) {
					t.Errorf("%+v, the first advert at %v", g, first[false])
				}
			}
			for _, addr := range []netip.Addr{vip6, local} {
				for _, n := range b.capture.NAs(addr, time.Time{}) {
					flags := n.Frame[58] // router and override, and not solicited
					if n.MAC != mac6 || n.At.Before(first[true]) || flags != 0xa0 {
						t.Errorf("%v announced at %s with flags %#x, %v behind the first advert", addr, n.MAC, flags, n.At.Sub(first[true]))
					}
				}
			}
			for _, f := range b.capture.Frames() {
				if isGARP(f.Data) && !bytes.HasPrefix(f.Data, bytes.Repeat([]byte{0xff}, 6)) {
					t.Errorf("gratuitous ARP to one host: %x", f.Data)
				}
			}
			if groups := b.run(b.d.Host, "ip", "-6", "maddr", "show"); !strings.Contains(groups, "ff02::1:ff00:150") {
				t.Errorf("not a member of the group of %v:\n%s", vip6, groups)
			}
		})
	}
}

// isGARP reports whether a frame is gratuitous ARP for the virtual address.
func isGARP(d []byte) bool {
	return len(d) >= 42 && d[12] == 8 && d[13] == 6 && bytes.Equal(d[28:32], vip4.AsSlice()) && bytes.Equal(d[38:42], vip4.AsSlice())
}

// Whoever asks gets the virtual hardware address, never the physical one; what is sent there is taken and forwarded.
func TestAMasterAnswers(t *testing.T) {
	conformance.Shows(t, "R42", "R46", "R47")
	conformance.Refuses(t, "R30", "R34", "R42", "R46")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		b := newBench(t, setup{four, false, aMaster})
		b.is("MASTER")
		b.resolves(vip4)
		if got := b.answers(); len(got) != 1 || got["ARP "+mac4] == 0 {
			t.Errorf("answers %v", got)
		}
		if !b.pings(vip4, mac4) {
			t.Error("a master does not take packets to its address")
		}
		if n := b.through(mac4); n != 3 {
			t.Errorf("%d packets of 3 are forwarded", n)
		}
		if n := b.through("02:00:00:00:00:99"); n != 0 {
			t.Errorf("%d packets to another hardware address are forwarded", n)
		}
	})
}

// The same over IPv6.
func TestAMasterAnswersOverIPv6(t *testing.T) {
	conformance.Shows(t, "R44", "R47")
	conformance.Refuses(t, "R31", "R44")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		b := newBench(t, setup{six, false, aMaster})
		b.is("MASTER")
		for _, addr := range []netip.Addr{vip6, local} {
			if mac, isRouter := b.resolves(addr); mac != mac6 || !isRouter {
				t.Errorf("%v is at %q, router %v, want %s", addr, mac, isRouter, mac6)
			}
		}
		if got := b.answers(); len(got) != 1 || got["NA "+mac6] == 0 {
			t.Errorf("answers %v", got)
		}
		if !b.pings(vip6, mac6) {
			t.Error("a master does not take packets to its address")
		}
		b.neverSaid(134, "a router advertisement")
	})
}

// answers are those of ARP and neighbour discovery for virtual addresses, counted by the hardware address they tell.
func (b *bench) answers() map[string]int {
	answers := map[string]int{}
	for _, f := range b.capture.Frames() {
		d := f.Data
		if len(d) >= 42 && d[12] == 8 && d[13] == 6 && d[21] == 2 && bytes.Equal(d[28:32], vip4.AsSlice()) {
			answers["ARP "+text(d[22:28])]++
		}
		if len(d) >= 86 && d[20] == 58 && d[54] == 136 && d[58]&0x40 != 0 && bytes.Equal(d[62:78], vip6.AsSlice()) {
			answers["NA "+text(d[80:86])]++
		}
	}
	return answers
}

// With no_accept a master is found, forwards, and takes nothing that is addressed to it - unless it is the owner.
func TestAMasterThatDoesNotAccept(t *testing.T) {
	conformance.Shows(t, "R25", "R26", "R48", "R71")
	conformance.Refuses(t, "R26", "R48")
	t.Parallel()
	for _, s := range []setup{{four, false, aMaster + "    no_accept\n"}, {six, false, aMaster + "    no_accept\n"}} {
		lab.Judge(t, func(t *lab.Trial) {
			b := newBench(t, s)
			b.is("MASTER")
			if s.names == four {
				b.resolves(vip4)
				if got := b.answers(); got["ARP "+mac4] == 0 {
					t.Errorf("answers %v", got)
				}
				if n := b.through(mac4); n != 3 {
					t.Errorf("%d packets of 3 are forwarded", n)
				}
				if b.pings(vip4, mac4) {
					t.Errorf("%v answers", vip4)
				}
				return
			}
			for _, addr := range []netip.Addr{vip6, local} {
				if mac, _ := b.resolves(addr); mac != mac6 {
					t.Errorf("%v is at %q, want %s", addr, mac, mac6)
				}
			}
			if b.pings(vip6, mac6) {
				t.Errorf("%v answers", vip6)
			}
			host := strings.TrimSpace(b.run(b.x, "cat", "/sys/class/net/eth0/address"))
			asked := 0
			for _, f := range b.capture.Frames() { // echo requests to the address
				if d := f.Data; len(d) > 54 && d[12] == 0x86 && d[20] == 58 && d[54] == 128 && bytes.Equal(d[38:54], vip6.AsSlice()) {
					if asked++; text(d[6:12]) != host {
						t.Errorf("forwarded: %x", d)
					}
				}
			}
			if asked == 0 {
				t.Error("nothing was asked of the address")
			}
		})
	}
}

// An owner accepts, whatever is configured.
func TestAnOwnerAccepts(t *testing.T) {
	conformance.Shows(t, "R47")
	t.Parallel()
	for _, s := range []setup{{four, false, anOwner + "    no_accept\n"}, {six, false, anOwner + "    no_accept\n"}} {
		lab.Judge(t, func(t *lab.Trial) {
			b := newBench(t, s)
			b.is("MASTER")
			addr, mac := vip4, mac4
			if s.names == six {
				addr, mac = vip6, mac6
			}
			if !b.pings(addr, mac) {
				t.Errorf("%v does not answer", addr)
			}
		})
	}
}

func text(mac []byte) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i, c := range mac {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(string([]byte{hex[c>>4], hex[c&15]}))
	}
	return b.String()
}

// What is for the virtual hardware address is not forwarded by a backup that has no interface with it.
func TestABackupForwardsNothingForTheVirtualAddress(t *testing.T) {
	conformance.Shows(t, "R33")
	conformance.Refuses(t, "R33")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		b := newBench(t, setup{both, true, aBackup})
		b.is("BACKUP")
		if n := b.through(mac4); n != 0 {
			t.Errorf("%d packets of 3 are forwarded", n)
		}
		if n := b.through(b.mac()); n != 3 { // so the way is open
			t.Errorf("%d packets of 3 to the physical address are forwarded", n)
		}
	})
}

// The groups are those of one link: a router that forwards does not pass them on.
func TestTheGroupsAreNotForwarded(t *testing.T) {
	conformance.Shows(t, "R2", "R7")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		b := newBench(t, setup{both, false, aMaster})
		b.is("MASTER")
		b.must(b.d.Sysctl("net/ipv6/conf/eth1/disable_ipv6", "0"))
		behind, err := b.d.Capture("eth1p")
		b.must(err)
		t.Cleanup(func() { behind.Close() })
		for range 5 {
			four := []byte{0x45, 0xc0, 0, 20, 0, 0, 0, 0, 255, 112, 0, 0, 192, 168, 1, 66, 224, 0, 0, 18}
			b.must(b.x.SendIP(netip.MustParseAddr("224.0.0.18"), append(four, 0x31, 51, 1, 1, 0, 10, 0, 0, 192, 168, 1, 150)))
		}
		// Both sides have been heard by now.
		_, err = b.capture.Wait(time.Now(), soon, "a further advert", func(a lab.Advert) bool { return a.MAC == mac6 })
		b.must(err)
		if list := behind.Adverts(time.Time{}, nil); len(list) > 0 {
			t.Errorf("forwarded: %v", list)
		}
	})
}
