package netif

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// ipvlan is one on eth0.
func ipvlan(vrid uint8, six bool, called string) VMAC {
	return VMAC{Kind: IPVLAN, Owner: "VI_1", Parent: "eth0", VRID: vrid, IPv6: six, Called: called, Prefix: "vrrp",
		Flags: IPVLANPrivate}
}

// ipvlans prints all interfaces of routers as `name kind mode`, in the order of the host.
func ipvlans(t *testing.T, k linkKernel) string {
	t.Helper()
	var out []string
	for _, l := range linksOf(t, k).Links {
		if l.Virtual() {
			text := l.Name + " " + l.Kind
			if l.Flags&unix.IFF_UP == 0 {
				text += " down"
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}

func applied(t *testing.T, v *VMACs, want ...VMAC) VMACChanges {
	t.Helper()
	c, err := v.Apply(want)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// They have the hardware address of their parent, so their names tell them apart; both families, and a macvlan with
// the same number, stand side by side. The parent's settings stay as they are.
func TestSemantics3_17_IPVLANs(t *testing.T) {
	f := NewFake("eth0", "eth1")
	v := NewVMACs(f)
	defer v.Close()
	want := []VMAC{ipvlan(51, false, ""), ipvlan(51, true, ""), ipvlan(52, false, "gate")}
	applied(t, v, want...)
	if got := ipvlans(t, f); got != "vrrp.51 ipvlan, vrrp6.51 ipvlan, gate ipvlan" {
		t.Errorf("made %s", got)
	}
	l, _ := f.State().Link("gate")
	if parent, _ := f.State().Link("eth0"); l.Hardware != parent.Hardware || l.Mode != uint32(IPVLANPrivate) {
		t.Errorf("gate is %+v", l)
	}
	for path := range f.Sysctls {
		if strings.Contains(path, "/eth0/") || strings.Contains(path, "/all/") {
			t.Errorf("%s was changed to %s", path, f.Sysctls[path])
		}
	}
	if c := applied(t, v, want...); len(c.Made)+len(c.Removed)+len(c.Mended)+len(c.Found) > 0 {
		t.Errorf("once more: %+v", c)
	}
	f.RemoveLink("gate")
	applied(t, v, append(want, vmac(t, "eth0 51"))...)
	if got := ipvlans(t, f); got != "vrrp.51 ipvlan, vrrp6.51 ipvlan, gate ipvlan, vrrp1.51 macvlan" {
		t.Errorf("one was removed, and a macvlan wanted: %s", got)
	}
	applied(t, v, want[1])
	if got := ipvlans(t, f); got != "vrrp6.51 ipvlan" {
		t.Errorf("of all but one %s are left", got)
	}
	applied(t, v)
	if got := ipvlans(t, f); got != "" {
		t.Errorf("%s are left", got)
	}
}

// What a crash has left is used if it is wanted by its name, and removed otherwise; somebody else's stays.
func TestIPVLANsOfAFormerLife(t *testing.T) {
	f := NewFake("eth0")
	former := NewVMACs(f)
	applied(t, former, ipvlan(51, false, ""), ipvlan(52, false, "gate"))
	parent, _ := f.State().Link("eth0")
	theirs := VMAC{Kind: IPVLAN}.link("theirs", parent)
	if err := f.ChangeLink(LinkChange{Op: CreateLink, Link: theirs}); err != nil {
		t.Fatal(err)
	}
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	v := NewVMACs(f)
	defer v.Close()
	c := applied(t, v, ipvlan(51, false, ""), ipvlan(52, false, "door"))
	if got := ipvlans(t, f); got != "vrrp.51 ipvlan, theirs ipvlan down, door ipvlan" || len(c.Found) != 1 {
		t.Errorf("%s, %d of them found", got, len(c.Found))
	}
	applied(t, v)
	if got := ipvlans(t, f); got != "theirs ipvlan down" {
		t.Errorf("at the end %s", got)
	}
}

// One whose parent went and returned is made again.
func TestIPVLANOfAParentThatReturns(t *testing.T) {
	f := NewFake("eth0")
	v := NewVMACs(f)
	defer v.Close()
	applied(t, v, ipvlan(51, false, ""))
	f.RemoveLink("eth0")
	applied(t, v, ipvlan(51, false, ""))
	f.AddLink("eth0")
	applied(t, v, ipvlan(51, false, ""))
	if got := ipvlans(t, f); got != "vrrp.51 ipvlan" {
		t.Errorf("after the parent went and returned: %s", got)
	}
}
