package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// vmac is a VMAC as `eth0 51` or `eth0 51 6 prefix`.
func vmac(t interface{ Fatalf(string, ...any) }, text string) VMAC {
	v := VMAC{Owner: "VI_1", Prefix: "vrrp"}
	var family int
	n, err := fmt.Sscan(text, &v.Parent, &v.VRID, &family, &v.Prefix)
	if n < 2 {
		t.Fatalf("%q: %v", text, err)
	}
	v.IPv6 = family == 6
	return v
}

func vmacs(t interface{ Fatalf(string, ...any) }, texts ...string) []VMAC {
	var list []VMAC
	for _, text := range texts {
		list = append(list, vmac(t, text))
	}
	return list
}

func linksOf(t *testing.T, k linkKernel) State {
	t.Helper()
	links, err := k.Links()
	if err != nil {
		t.Fatal(err)
	}
	return State{Links: links}
}

// macvlans prints all macvlans as `name@parent address up`, by name.
func macvlans(t *testing.T, k linkKernel) string {
	t.Helper()
	s := linksOf(t, k)
	var out []string
	for _, l := range s.Links {
		if l.Kind != kindMACVLAN {
			continue
		}
		i := slices.IndexFunc(s.Links, func(p Link) bool { return p.Index == l.Parent })
		text := fmt.Sprintf("%s@%s %x", l.Name, s.Links[i].Name, l.Hardware[4:])
		if l.Flags&unix.IFF_UP == 0 {
			text += " down"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

const modeBridge = 4

// What somebody else does:

func somebodyAdds(t *testing.T, k linkKernel, name, parent, hw string, mode uint32) {
	t.Helper()
	p, ok := linksOf(t, k).Link(parent)
	if !ok {
		t.Fatalf("no %s", parent)
	}
	l := Link{Name: name, Parent: p.Index, Hardware: hw, Kind: kindMACVLAN, Mode: mode}
	if err := k.ChangeLink(LinkChange{Op: CreateLink, Link: l}); err != nil {
		t.Fatal(err)
	}
}

func somebodyDeletes(t *testing.T, k linkKernel, name string) {
	t.Helper()
	l, ok := linksOf(t, k).Link(name)
	if !ok {
		t.Fatalf("no %s", name)
	}
	if err := k.ChangeLink(LinkChange{Op: DeleteLink, Link: l}); err != nil {
		t.Fatal(err)
	}
}

func somebodyLabels(t *testing.T, k linkKernel, name, alias string) {
	t.Helper()
	l, ok := linksOf(t, k).Link(name)
	if !ok {
		t.Fatalf("no %s", name)
	}
	if err := k.ChangeLink(LinkChange{Op: ChangeLink, Link: l, Alias: alias}); err != nil {
		t.Fatal(err)
	}
}

func sysctl(t *testing.T, k settings, path string) string {
	t.Helper()
	v, err := k.Sysctl(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func setSysctl(t *testing.T, k settings, path, value string) {
	t.Helper()
	if err := k.SetSysctl(path, value); err != nil {
		t.Fatal(err)
	}
}

// describe prints what an Apply has done.
func describe(c VMACChanges) string {
	var out []string
	for _, p := range []struct {
		word string
		list []NamedVMAC
	}{{"made", c.Made}, {"found", c.Found}, {"mended", c.Mended}, {"removed", c.Removed}} {
		for _, n := range p.list {
			out = append(out, p.word+" "+n.Name)
		}
	}
	return strings.Join(out, ", ")
}

// apply applies and compares what was done and what is then there.
func apply(t *testing.T, v *VMACs, want []VMAC, done, there string) VMACChanges {
	t.Helper()
	c, err := v.Apply(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := describe(c); got != done {
		t.Errorf("did %q, want %q", got, done)
	}
	if got := macvlans(t, v.k); got != there {
		t.Errorf("there is %q, want %q", got, there)
	}
	return c
}

// onBoth runs a test on a fake host and on the real kernel, with eth0 and eth1.
func onBoth(t *testing.T, body func(t *testing.T, k linkKernel)) {
	t.Run("fake", func(t *testing.T) { body(t, NewFake("eth0", "eth1")) })
	t.Run("kernel", func(t *testing.T) {
		veth(t, "eth0", "eth1")
		body(t, openKernel(t))
	})
}

func newVMACs(t *testing.T, k linkKernel) *VMACs {
	v := NewVMACs(k)
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func TestSemantics3_13_NamesAndAddresses(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		v := newVMACs(t, k)
		apply(t, v, nil, "", "")
		// The names are those of keepalived 2.2.7 for the same list.
		want := vmacs(t, "eth0 51", "eth0 51", "eth1 51", "eth0 51 6", "eth1 51 6", "eth0 52", "eth0 7 4 zoo")
		there := "vrrp.51@eth0 0133, vrrp.52@eth0 0134, vrrp1.51@eth1 0133, vrrp2.51@eth1 0233, vrrp6.51@eth0 0233, zoo.7@eth0 0107"
		apply(t, v, want, "made vrrp.51, made vrrp1.51, made vrrp6.51, made vrrp2.51, made vrrp.52, made zoo.7", there)
		apply(t, v, want, "", there)
		for text, name := range map[string]string{"eth0 51": "vrrp.51", "eth1 51 6": "vrrp2.51", "eth1 51 6 other": "vrrp2.51"} {
			if got, ok := v.Name(vmac(t, text)); !ok || got != name {
				t.Errorf("%s is %q, want %s", text, got, name)
			}
		}
		if name, ok := v.Name(vmac(t, "eth1 99")); ok {
			t.Errorf("one that nobody wants is called %s", name)
		}
		apply(t, v, want[2:3], "removed vrrp.51, removed vrrp.52, removed vrrp2.51, removed vrrp6.51, removed zoo.7", "vrrp1.51@eth1 0133")
		apply(t, v, want[1:3], "made vrrp.51", "vrrp.51@eth0 0133, vrrp1.51@eth1 0133")
		apply(t, v, nil, "removed vrrp.51, removed vrrp1.51", "")
	})
}

func TestSemantics3_13_LongPrefixIsCut(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		v := newVMACs(t, k)
		// The first name is that of keepalived 2.2.7.
		apply(t, v, vmacs(t, "eth0 51 4 abcdefghijklmnop", "eth1 51 4 abcdefghijklmnop"), "made abcdefghijkl.51, made abcdefghijk1.51",
			"abcdefghijk1.51@eth1 0133, abcdefghijkl.51@eth0 0133")
		apply(t, v, nil, "removed abcdefghijk1.51, removed abcdefghijkl.51", "")
	})
}

func TestSemantics3_13_TakenNames(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		// Not what is wanted: another parent's, another mode, another address.
		somebodyAdds(t, k, "vrrp.51", "eth1", "\x00\x00\x5e\x00\x01\x33", modePrivate)
		somebodyAdds(t, k, "vrrp1.51", "eth0", "\x00\x00\x5e\x00\x01\x34", modePrivate)
		somebodyAdds(t, k, "vrrp6.51", "eth0", "\x00\x00\x5e\x00\x02\x33", modeBridge)
		v := newVMACs(t, k)
		others := "vrrp.51@eth1 0133 down, vrrp1.51@eth0 0134 down, "
		apply(t, v, vmacs(t, "eth0 51", "eth0 51 6"), "made vrrp2.51, made vrrp3.51",
			others+"vrrp2.51@eth0 0133, vrrp3.51@eth0 0233, vrrp6.51@eth0 0233 down")
		apply(t, v, nil, "removed vrrp2.51, removed vrrp3.51", others+"vrrp6.51@eth0 0233 down")
		for _, name := range []string{"vrrp.51", "vrrp1.51", "vrrp6.51"} {
			somebodyDeletes(t, k, name)
		}
	})
}

func TestSemantics3_13_ReuseOfAMatchingInterface(t *testing.T) {
	for _, c := range []struct{ alias, left string }{
		{"", ""}, // as keepalived: who makes such an interface makes it for us
		{"made by hand", "mine@eth0 0133"},
		{"holdfast", "mine@eth0 0133"}, // of no life of ours
	} {
		t.Run(c.alias, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k linkKernel) {
				somebodyAdds(t, k, "mine", "eth0", "\x00\x00\x5e\x00\x01\x33", modePrivate)
				if c.alias != "" {
					somebodyLabels(t, k, "mine", c.alias)
				}
				v := newVMACs(t, k)
				apply(t, v, vmacs(t, "eth0 51"), "found mine", "mine@eth0 0133")
				apply(t, v, vmacs(t, "eth0 51"), "", "mine@eth0 0133")
				l, _ := linksOf(t, k).Link("mine")
				if c.alias != "" && l.Alias != c.alias {
					t.Errorf("the alias is %q now, was %q", l.Alias, c.alias)
				}
				done := "removed mine"
				if c.left != "" {
					done = ""
				}
				apply(t, v, nil, done, c.left)
				if got := sysctl(t, k, conf4+"eth0/arp_ignore"); got != "0" {
					t.Errorf("arp_ignore of the parent is %s afterwards", got)
				}
				if c.left != "" {
					somebodyDeletes(t, k, "mine")
				}
			})
		})
	}
}

func TestSemantics3_13_Repair(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		v := newVMACs(t, k)
		want := vmacs(t, "eth0 51", "eth0 51 6")
		there := "vrrp.51@eth0 0133, vrrp6.51@eth0 0233"
		first := apply(t, v, want, "made vrrp.51, made vrrp6.51", there)
		somebodyDeletes(t, k, "vrrp.51")
		c := apply(t, v, want, "made vrrp.51", there)
		if len(c.Links) != 2 || c.Links[0].Name != "vrrp.51" || c.Links[0].Index == first.Links[0].Index || !c.Links[0].Up() || c.Links[1].Index != first.Links[1].Index {
			t.Errorf("links %+v", c.Links)
		}
		if got := sysctl(t, k, conf4+"vrrp.51/arp_ignore"); got != "1" {
			t.Errorf("made again with arp_ignore %s", got)
		}
		somebodySetsDown(t, k, "vrrp.51")
		apply(t, v, want, "mended vrrp.51", there)
		// Its name is somebody's now.
		somebodyDeletes(t, k, "vrrp6.51")
		somebodyAdds(t, k, "vrrp6.51", "eth1", "\x00\x00\x5e\x00\x02\x33", modePrivate)
		apply(t, v, want, "made vrrp1.51", "vrrp.51@eth0 0133, vrrp1.51@eth0 0233, vrrp6.51@eth1 0233 down")
		if name, _ := v.Name(want[1]); name != "vrrp1.51" {
			t.Errorf("called %s", name)
		}
		apply(t, v, nil, "removed vrrp.51, removed vrrp1.51", "vrrp6.51@eth1 0233 down")
		somebodyDeletes(t, k, "vrrp6.51")
	})
}

func TestSemantics3_13_Settings(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		setSysctl(t, k, conf4+"eth1/arp_filter", "1")
		v := newVMACs(t, k)
		see := func() string {
			var out []string
			for _, path := range []string{"eth0/arp_ignore", "eth0/arp_filter", "eth1/arp_ignore", "eth1/arp_filter"} {
				out = append(out, sysctl(t, k, conf4+path))
			}
			return strings.Join(out, " ")
		}
		for _, s := range []struct {
			want []VMAC
			see  string
		}{
			{nil, "0 0 0 1"},
			{vmacs(t, "eth0 51 6"), "0 0 0 1"}, // ARP is IPv4's
			{vmacs(t, "eth0 51"), "1 1 0 1"},
			{vmacs(t, "eth0 51", "eth1 51", "eth1 52"), "1 1 1 1"},
			{vmacs(t, "eth1 52"), "0 0 1 1"},
			{vmacs(t, "eth1 52", "eth0 51"), "1 1 1 1"},
			{nil, "0 0 0 1"},
		} {
			if _, err := v.Apply(s.want); err != nil {
				t.Fatal(err)
			}
			if got := see(); got != s.see {
				t.Errorf("with %v: %s, want %s", s.want, got, s.see)
			}
			for _, w := range s.want {
				name, _ := v.Name(w)
				want := map[string]string{conf4 + "arp_ignore": "1", conf4 + "accept_local": "1", conf4 + "rp_filter": "0",
					conf4 + "promote_secondaries": "1", conf6 + "disable_ipv6": "1"}
				if w.IPv6 {
					want = map[string]string{conf4 + "arp_ignore": "0", conf6 + "disable_ipv6": "0", conf6 + "accept_ra": "0", conf6 + "autoconf": "0"}
				}
				for path, value := range want {
					at := strings.LastIndexByte(path, '/') + 1
					if got := sysctl(t, k, path[:at]+name+"/"+path[at:]); got != value {
						t.Errorf("%s of %s is %s, want %s", path, name, got, value)
					}
				}
			}
		}
		setSysctl(t, k, conf4+"eth1/arp_filter", "0")
	})
}

// The kernel takes the stricter of `all` and the interface's own filter.
func TestSemantics3_13_ReversePathFilterMovesToTheInterfaces(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		before := map[string]string{"all": "1", "default": "0", "eth0": "0", "eth1": "2"}
		for dev, value := range before {
			setSysctl(t, k, conf4+dev+"/rp_filter", value)
		}
		see := func() map[string]string {
			got := map[string]string{}
			for dev := range before {
				got[dev] = sysctl(t, k, conf4+dev+"/rp_filter")
			}
			return got
		}
		v := newVMACs(t, k)
		for _, s := range []struct {
			want []VMAC
			see  map[string]string
		}{
			{vmacs(t, "eth0 51 6"), before},
			{vmacs(t, "eth0 51"), map[string]string{"all": "0", "default": "1", "eth0": "1", "eth1": "2"}},
			{vmacs(t, "eth0 51", "eth1 51"), map[string]string{"all": "0", "default": "1", "eth0": "1", "eth1": "2"}},
			{nil, before},
		} {
			if _, err := v.Apply(s.want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s.see, see()); d != "" {
				t.Errorf("with %v (-want +got):\n%s", s.want, d)
			}
			for _, w := range s.want {
				if name, _ := v.Name(w); !w.IPv6 && sysctl(t, k, conf4+name+"/rp_filter") != "0" {
					t.Errorf("%s has a filter", name)
				}
			}
		}
		for dev := range before {
			setSysctl(t, k, conf4+dev+"/rp_filter", "0")
		}
	})
}

// After a crash the next life uses what is wanted, removes what is not, and knows what the
// settings were before the first.
func TestSemantics3_13_CleanUpAfterACrash(t *testing.T) {
	onBoth(t, func(t *testing.T, k linkKernel) {
		setSysctl(t, k, conf4+"all/rp_filter", "1")
		setSysctl(t, k, conf4+"eth1/arp_filter", "1")
		killed := NewVMACs(k)
		apply(t, killed, vmacs(t, "eth0 51", "eth1 51"), "made vrrp.51, made vrrp1.51", "vrrp.51@eth0 0133, vrrp1.51@eth1 0133")
		// Another daemon beside it lives, and keeps what it has.
		other := newVMACs(t, k)
		all := "vrrp.51@eth0 0133, vrrp.60@eth0 013c, vrrp1.51@eth1 0133"
		apply(t, other, vmacs(t, "eth0 60"), "made vrrp.60", all)
		if err := killed.Close(); err != nil { // as the kernel does with a process that was killed
			t.Fatal(err)
		}
		v := newVMACs(t, k)
		apply(t, v, vmacs(t, "eth0 51"), "found vrrp.51, removed vrrp1.51", "vrrp.51@eth0 0133, vrrp.60@eth0 013c")
		for path, want := range map[string]string{"eth0/arp_ignore": "1", "eth1/arp_ignore": "0", "eth1/arp_filter": "1", "all/rp_filter": "0"} {
			if got := sysctl(t, k, conf4+path); got != want {
				t.Errorf("%s is %s, want %s", path, got, want)
			}
		}
		apply(t, other, nil, "removed vrrp.60", "vrrp.51@eth0 0133")
		apply(t, v, nil, "removed vrrp.51", "")
		for path, want := range map[string]string{"eth0/arp_ignore": "0", "eth0/arp_filter": "0", "all/rp_filter": "1", "default/rp_filter": "0"} {
			if got := sysctl(t, k, conf4+path); got != want {
				t.Errorf("%s is %s in the end, want %s", path, got, want)
			}
		}
		setSysctl(t, k, conf4+"all/rp_filter", "0")
		setSysctl(t, k, conf4+"eth1/arp_filter", "0")
	})
}

func somebodySetsDown(t *testing.T, k linkKernel, name string) {
	t.Helper()
	if f, ok := k.(*Fake); ok {
		l, _ := f.state.Link(name)
		f.state.Links[slices.IndexFunc(f.state.Links, func(o Link) bool { return o.Index == l.Index })].Flags &^= unix.IFF_UP
		return
	}
	setUp(t, name, false)
}

func TestVMACWaitsForItsParent(t *testing.T) {
	f := NewFake("eth0")
	v := newVMACs(t, f)
	want := vmacs(t, "eth0 51", "eth9 51")
	apply(t, v, want, "made vrrp.51", "vrrp.51@eth0 0133")
	if name, ok := v.Name(want[1]); !ok || name != "vrrp1.51" {
		t.Errorf("the one that waits is called %q", name)
	}
	f.AddLink("eth9")
	apply(t, v, want, "made vrrp1.51", "vrrp.51@eth0 0133, vrrp1.51@eth9 0133")
	f.RemoveLink("eth9") // takes it along
	apply(t, v, want, "", "vrrp.51@eth0 0133")
	if _, ok := f.Sysctls[conf4+"eth9/arp_ignore"]; ok {
		t.Error("a setting of an interface that is gone")
	}
	f.AddLink("eth9")
	apply(t, v, want, "made vrrp1.51", "vrrp.51@eth0 0133, vrrp1.51@eth9 0133")
	apply(t, v, nil, "removed vrrp.51, removed vrrp1.51", "")
	if got := sysctl(t, f, conf4+"eth9/arp_ignore"); got != "0" {
		t.Errorf("arp_ignore of the parent that came back is %s", got)
	}
}

func TestVMACErrors(t *testing.T) {
	f := NewFake("eth0", "eth1")
	v := newVMACs(t, f)
	want := vmacs(t, "eth0 51", "eth1 51")
	f.RefuseLink = func(c LinkChange) error {
		if c.Op == CreateLink && c.Link.Parent == 1 {
			return unix.EBUSY
		}
		return nil
	}
	_, err := v.Apply(want)
	if !errors.Is(err, unix.EBUSY) || !strings.Contains(err.Error(), "create VMAC vrrp.51 on eth0") {
		t.Errorf("error %v", err)
	}
	if got := macvlans(t, f); got != "vrrp1.51@eth1 0133" {
		t.Errorf("there is %s: one failure must not keep the others from being made", got)
	}
	f.RefuseLink = func(c LinkChange) error {
		if c.Up || c.Op == DeleteLink {
			return unix.EPERM
		}
		return nil
	}
	if _, err = v.Apply(want); !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "set VMAC vrrp.51 up") {
		t.Errorf("error %v", err)
	}
	if _, err = v.Apply(nil); !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "remove VMAC vrrp1.51") {
		t.Errorf("error %v", err)
	}
	f.RefuseLink = nil
	apply(t, v, want, "found vrrp.51", "vrrp.51@eth0 0133, vrrp1.51@eth1 0133")
	apply(t, v, nil, "removed vrrp.51, removed vrrp1.51", "")
	if d := cmp.Diff(map[string]string{conf4 + "eth0/arp_ignore": "0", conf4 + "eth0/arp_filter": "0",
		conf4 + "eth1/arp_ignore": "0", conf4 + "eth1/arp_filter": "0"}, f.Sysctls); d != "" {
		t.Errorf("settings left (-want +got):\n%s", d)
	}
}

func TestLinkLocalOfAVMAC(t *testing.T) {
	for text, want := range map[string]string{"eth0 51 6": "fe80::200:5eff:fe00:233/64", "eth0 255": "fe80::200:5eff:fe00:1ff/64"} {
		if got := vmac(t, text).LinkLocal(); got != netip.MustParsePrefix(want) {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

// Whatever is wanted in whatever order, there is one interface for each afterwards and
// nothing else of ours, a second Apply does nothing, and in the end all is as it was.
func TestVMACsFollowWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := NewFake("eth0", "eth1")
		if rapid.Bool().Draw(t, "strict") {
			f.Sysctls[conf4+"all/rp_filter"] = "1"
		}
		v := NewVMACs(f)
		defer v.Close()
		texts := []string{"eth0 51", "eth0 51 6", "eth1 51", "eth1 51 6", "eth0 52", "eth0 6 6", "eth9 1"}
		for range rapid.IntRange(1, 6).Draw(t, "reloads") {
			if gone := rapid.SampledFrom([]string{"", "vrrp.51", "vrrp6.51", "vrrp1.51"}).Draw(t, "gone"); gone != "" {
				f.RemoveLink(gone)
			}
			want := vmacs(t, rapid.SliceOf(rapid.SampledFrom(texts)).Draw(t, "want")...)
			if _, err := v.Apply(want); err != nil {
				t.Fatal(err)
			}
			expected := map[vmacKey]bool{}
			for _, w := range want {
				if w.Parent != "eth9" {
					expected[w.key()] = true
				}
			}
			if got := len(f.state.Links) - 2; got != len(expected) {
				t.Fatalf("%d interfaces for %d wanted:\n%v", got, len(expected), f)
			}
			if c, err := v.Apply(want); err != nil || describe(c) != "" {
				t.Fatalf("the second time did %q, %v", describe(c), err)
			}
		}
		if _, err := v.Apply(nil); err != nil {
			t.Fatal(err)
		}
		for path, value := range f.Sysctls {
			if want := path == conf4+"all/rp_filter"; (value == "1") != want {
				t.Errorf("%s is %s in the end", path, value)
			}
		}
		if len(f.state.Links) != 2 {
			t.Errorf("left behind:\n%v", f)
		}
	})
}

// The errors of the fake are the kernel's.
func TestFakeLinksFailAsTheKernelDoes(t *testing.T) {
	veth(t, "eth0", "eth1")
	real, fake := openKernel(t), NewFake("eth0", "eth1")
	run := func(k linkKernel) []error {
		var errs []error
		do := func(op LinkOp, name, parent string, up bool) {
			s := linksOf(t, k)
			l, _ := s.Link(name)
			p, _ := s.Link(parent)
			l.Name, l.Parent, l.Hardware, l.Kind, l.Mode = name, p.Index, "\x00\x00\x5e\x00\x01\x33", kindMACVLAN, modePrivate
			if l.Index == 0 && op != CreateLink {
				l.Index = 9999
			}
			if parent == "eth9" {
				l.Parent = 9999
			}
			errs = append(errs, k.ChangeLink(LinkChange{Op: op, Link: l, Up: up}))
		}
		do(CreateLink, "vrrp.1", "eth0", false)
		do(CreateLink, "vrrp.1", "eth1", false)
		do(CreateLink, "vrrp.2", "eth9", false)
		do(CreateLink, "vrrp.3", "eth0", false)
		do(ChangeLink, "vrrp.1", "eth0", true)
		do(ChangeLink, "vrrp.3", "eth0", true)
		do(DeleteLink, "vrrp.1", "eth0", false)
		do(ChangeLink, "vrrp.3", "eth0", true)
		do(ChangeLink, "vrrp.9", "eth0", true)
		do(DeleteLink, "vrrp.9", "eth0", false)
		return errs
	}
	if d := cmp.Diff(fmt.Sprint(run(real)), fmt.Sprint(run(fake))); d != "" {
		t.Errorf("(-kernel +fake):\n%s", d)
	}
}

// Many are deleted with one request; one that is gone, and what belongs to others, is no
// obstacle.
func TestLinksAreDeletedTogether(t *testing.T) {
	veth(t, "eth0", "eth1")
	for name, k := range map[string]linkKernel{"kernel": openKernel(t), "fake": NewFake("eth0", "eth1")} {
		t.Run(name, func(t *testing.T) {
			var indexes []int
			for n := range 40 {
				link := fmt.Sprintf("vrrp.%d", n)
				somebodyAdds(t, k, link, "eth0", VMAC{VRID: uint8(n)}.Hardware(), modePrivate)
				l, _ := linksOf(t, k).Link(link)
				indexes = append(indexes, l.Index)
			}
			somebodyAdds(t, k, "other", "eth0", VMAC{VRID: 99}.Hardware(), modePrivate)
			const gone = 7
			if err := k.DeleteLinks(indexes[gone : gone+1])[0]; err != nil {
				t.Fatal(err)
			}
			for i, err := range k.DeleteLinks(indexes) {
				if (i == gone) != errors.Is(err, unix.ENODEV) || i != gone && err != nil {
					t.Errorf("number %d: %v", i, err)
				}
			}
			if got, want := macvlans(t, k), "other@eth0 0163 down"; got != want {
				t.Errorf("left: %s, want %s", got, want)
			}
			if errs := k.DeleteLinks(nil); len(errs) != 0 {
				t.Errorf("of none: %v", errs)
			}
		})
	}
}

// called is a VMAC with a name, a group and, unless it is zero, a hardware address of its own.
func called(name string, group uint32, last byte) VMAC {
	v := VMAC{Owner: "VI_1", Parent: "eth0", VRID: 51, Prefix: "vrrp", Called: name, Group: group}
	if last != 0 {
		v.MAC = [6]byte{2, 0, 0, 0, 0, last}
	}
	return v
}

// What an instance calls its interface, and its hardware address, is what it gets, and a change of either is made
// although the name or the address is in use by what goes.
func TestNameAndHardwareAddressOfOnesOwn(t *testing.T) {
	f := NewFake()
	f.AddLink("eth0")
	v := NewVMACs(f)
	for _, c := range []struct {
		want  VMAC
		links string
		group uint32
	}{
		{called("", 0, 0), "vrrp.51@eth0 0133", 0},
		{called("gate", 7, 0), "gate@eth0 0133", 7},
		{called("gate", 8, 0), "gate@eth0 0133", 8},
		{called("gate", 8, 9), "gate@eth0 0009", 8},
		{called("other", 0, 9), "other@eth0 0009", 0},
		{called("gate", 0, 0), "gate@eth0 0133", 0},
		{called("", 0, 0), "gate@eth0 0133", 0}, // whatever it is called
	} {
		if _, err := v.Apply([]VMAC{c.want}); err != nil {
			t.Fatal(err)
		}
		if got := macvlans(t, f); got != c.links {
			t.Errorf("%+v: %s, want %s", c.want, got, c.links)
		}
		name, ok := v.Name(c.want)
		l, there := linksOf(t, f).Link(name)
		if !ok || !there || l.Group != c.group {
			t.Errorf("%+v: %q, link %+v", c.want, name, l)
		}
	}
	if _, err := v.Apply(nil); err != nil || macvlans(t, f) != "" {
		t.Errorf("error %v, left %s", err, macvlans(t, f))
	}
}

// A name that is somebody else's is not taken, and what cannot be made is told once and known until it can be.
func TestVMACThatCannotBeMadeIsKnown(t *testing.T) {
	f := NewFake()
	f.AddLink("eth0")
	f.AddLink("gate")
	v := NewVMACs(f)
	w, fine := called("gate", 0, 0), vmac(t, "eth0 52")
	for n := range 3 {
		_, err := v.Apply([]VMAC{w, fine})
		if told := err != nil; told != (n == 0) {
			t.Errorf("attempt %d: error %v", n, err)
		}
		if !errors.Is(v.Failure(w), unix.EEXIST) || v.Failure(fine) != nil || !v.Failing() {
			t.Errorf("attempt %d: %v, %v", n, v.Failure(w), v.Failure(fine))
		}
	}
	gate, _ := linksOf(t, f).Link("gate")
	f.removeLink(gate)
	if _, err := v.Apply([]VMAC{w, fine}); err != nil || v.Failing() || v.Failure(w) != nil {
		t.Errorf("error %v, failure %v", err, v.Failure(w))
	}
	if got := macvlans(t, f); got != "gate@eth0 0133, vrrp.52@eth0 0134" {
		t.Errorf("links %s", got)
	}
}

// A later life takes over one with a name and a hardware address of its own, or removes it.
func TestOwnNameAfterACrash(t *testing.T) {
	f := NewFake()
	f.AddLink("eth0")
	first := NewVMACs(f)
	w := called("gate", 7, 9)
	if _, err := first.Apply([]VMAC{w}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil { // as the kernel does for the dead
		t.Fatal(err)
	}
	second := NewVMACs(f)
	c, err := second.Apply([]VMAC{w})
	if err != nil || len(c.Found) != 1 || c.Found[0].Name != "gate" {
		t.Errorf("found %v, error %v", c.Found, err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	third := NewVMACs(f)
	if _, err := third.Apply([]VMAC{called("other", 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if got := macvlans(t, f); got != "other@eth0 0133" {
		t.Errorf("links %s", got)
	}
}

// Routers of both families with one hardware address share an interface, which has the settings of both; when
// one of them goes, the other's family stays on alone.
func TestAVMACOfBothFamilies(t *testing.T) {
	f := NewFake("eth0")
	v := NewVMACs(f)
	defer v.Close()
	four, six := vmac(t, "eth0 51"), vmac(t, "eth0 51 6")
	four.MAC, six.MAC = [6]byte{2, 0, 0, 0, 0, 9}, [6]byte{2, 0, 0, 0, 0, 9}
	settings := func() string {
		return f.Sysctls[conf6+"vrrp.51/disable_ipv6"] + f.Sysctls[conf4+"vrrp.51/arp_ignore"] +
			f.Sysctls[conf6+"vrrp.51/accept_ra"] + f.Sysctls[conf4+"eth0/arp_ignore"]
	}
	for _, tt := range []struct {
		want     []VMAC
		settings string
	}{
		{[]VMAC{four}, "111"}, {[]VMAC{four, six}, "011"}, {[]VMAC{six, four}, "011"},
	} {
		if _, err := v.Apply(tt.want); err != nil {
			t.Fatal(err)
		}
		if got := settings(); got != tt.settings {
			t.Errorf("%v: settings %s, want %s", tt.want, got, tt.settings)
		}
		if got := macvlans(t, f); got != "vrrp.51@eth0 0009" {
			t.Errorf("%v: %s", tt.want, got)
		}
	}
	if _, err := v.Apply([]VMAC{four}); err != nil {
		t.Fatal(err)
	}
	if got := f.Sysctls[conf6+"vrrp.51/disable_ipv6"]; got != "1" {
		t.Errorf("IPv6 is still on: %q", got)
	}
}

// A parent that is renamed and gets its name back has its interface again, under the name it had.
func TestAVMACKeepsItsNameWhenTheParentIsRenamed(t *testing.T) {
	f := NewFake("eth0")
	v := NewVMACs(f)
	defer v.Close()
	want := vmacs(t, "eth0 51")
	rename := func(from, to string) {
		for i := range f.state.Links {
			if f.state.Links[i].Name == from {
				f.state.Links[i].Name = to
			}
		}
		if _, err := v.Apply(want); err != nil {
			t.Fatal(err)
		}
	}
	rename("eth0", "eth0")
	rename("eth0", "wan0")
	if got := macvlans(t, f); got != "" {
		t.Errorf("on an interface that has another name: %s", got)
	}
	rename("wan0", "eth0")
	if got := macvlans(t, f); got != "vrrp.51@eth0 0133" {
		t.Errorf("renamed back: %s", got)
	}
}

// A parent whose MTU was small leaves its interface with that; it is made as wide again. In between the kernel has
// no IPv6 there, and refuses to be told that it makes no link-local address.
func TestAVMACAfterASmallMTU(t *testing.T) {
	f := NewFake("eth0")
	v := NewVMACs(f)
	defer v.Close()
	want, refused := vmacs(t, "eth0 51"), 0
	f.RefuseLink = func(c LinkChange) error {
		if l, _ := f.State().Link("vrrp.51"); c.Bare && l.MTU < 1280 {
			refused++
			return unix.EAFNOSUPPORT
		}
		return nil
	}
	mtu := func(parent, own int) {
		for i := range f.state.Links {
			f.state.Links[i].MTU = parent
			if f.state.Links[i].Name == "vrrp.51" {
				f.state.Links[i].MTU = own
				f.state.Links[i].Flags &^= unix.IFF_UP
			}
		}
		if _, err := v.Apply(want); err != nil {
			t.Fatal(err)
		}
	}
	mtu(1500, 1500)
	mtu(1200, 1200)
	if got := macvlans(t, f); got != "vrrp.51@eth0 0133" || refused == 0 {
		t.Errorf("with a small MTU %s, refused %d times", got, refused)
	}
	mtu(1500, 1200)
	if l, _ := f.State().Link("vrrp.51"); l.MTU != 1500 || l.Flags&unix.IFF_UP == 0 {
		t.Errorf("with a large one again: %+v", l)
	}
	calls := f.Calls
	if c, err := v.Apply(want); err != nil || len(c.Mended) > 0 || f.Calls > calls+1 {
		t.Errorf("once more: %+v, %v, %d calls", c, err, f.Calls-calls)
	}
}

// A virtual MAC interface follows its parent from one VRF into another, and out of it; somebody's bridge is left alone.
func TestAVMACIsInTheVRFOfItsParent(t *testing.T) {
	f := NewFake("eth0", "red", "blue", "br0")
	index := func(name string) int {
		l, ok := f.State().Link(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		return l.Index
	}
	change := func(name string, to func(*Link)) {
		for i := range f.state.Links {
			if f.state.Links[i].Name == name {
				to(&f.state.Links[i])
			}
		}
	}
	for _, name := range []string{"red", "blue"} {
		change(name, func(l *Link) { l.Kind = kindVRF })
	}
	enslave := func(name string, to int) { change(name, func(l *Link) { l.Master = to }) }
	v := NewVMACs(f)
	defer v.Close()
	want := vmacs(t, "eth0 51")
	for _, step := range []struct {
		parent, own, in string // where the parent is now, where somebody has put the interface, where it is then
		told            string
	}{
		{parent: "red", in: "red", told: "made"},
		{parent: "red", in: "red"},
		{parent: "blue", in: "blue", told: "moved"},
		{parent: "", in: "", told: "moved"},
		{parent: "red", in: "red", told: "moved"},
		{parent: "red", own: "blue", in: "red", told: "moved"},
		{parent: "br0", in: "", told: "moved"},
		{parent: "red", own: "br0", in: "br0"},
	} {
		at := map[string]int{"": 0, "red": index("red"), "blue": index("blue"), "br0": index("br0")}
		enslave("eth0", at[step.parent])
		if step.own != "" {
			enslave("vrrp.51", at[step.own])
		}
		c, err := v.Apply(want)
		if err != nil {
			t.Fatal(err)
		}
		told := ""
		switch {
		case len(c.Made) == 1:
			told = "made"
		case len(c.Moved) == 1:
			told = "moved"
		case len(c.Mended)+len(c.Found)+len(c.Removed) > 0:
			told = "something else"
		}
		l, _ := f.State().Link("vrrp.51")
		if l.Master != at[step.in] || told != step.told || len(c.Links) != 1 || c.Links[0].Master != l.Master {
			t.Errorf("%+v: it is in %d of %v, told %q", step, l.Master, at, told)
		}
	}
}
