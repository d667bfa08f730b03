package netif

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// addr is a virtual address as `192.168.1.10/32@eth0`, with options after blanks:
// label=x, scope=link, noprefixroute, brd=x, peer=x, preferred=0.
func addr(t interface{ Fatalf(string, ...any) }, text string) Wanted {
	words := strings.Fields(text)
	prefix, dev, _ := strings.Cut(words[0], "@")
	a := plain(dev, netip.MustParsePrefix(prefix))
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "label":
			a.Label = v
		case "scope":
			a.Scope = unix.RT_SCOPE_LINK
		case "noprefixroute":
			a.Flags |= unix.IFA_F_NOPREFIXROUTE
		case "brd":
			a.Broadcast = netip.MustParseAddr(v)
		case "peer":
			peer := netip.MustParsePrefix(v)
			a.Prefix, a.Peer = netip.PrefixFrom(a.Prefix.Addr(), peer.Bits()), peer.Addr()
		case "preferred":
			a.Preferred = 0
		case "home":
			a.Flags |= unix.IFA_F_HOMEADDRESS
		case "dad":
			a.Flags &^= unix.IFA_F_NODAD
		default:
			t.Fatalf("unknown word %q", w)
		}
	}
	return a
}

// plain is an address as most are.
func plain(dev string, prefix netip.Prefix) Wanted {
	w := Wanted{dev, Address{Prefix: prefix, Preferred: Forever}}
	if prefix.Addr().Is6() {
		w.Flags = unix.IFA_F_NODAD
	}
	return w
}

func addrs(t interface{ Fatalf(string, ...any) }, texts ...string) []Wanted {
	var list []Wanted
	for _, s := range texts {
		list = append(list, addr(t, s))
	}
	return list
}

func texts(list []Wanted) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Prefix.String()+"@"+a.Dev)
	}
	return out
}

// applySteps run on the fake kernel and on the real one alike (real_test.go): each
// states what is wanted and ours, what is reported as added, and what is then there,
// as `ip -br addr` prints it without the first address of eth0, 192.168.1.1/24.
var applySteps = []struct {
	name         string
	before       []string // put there by somebody else first
	want, owned  []string
	added, there []string
	err          string
	once         bool // what failed is not tried again
}{
	{
		name:  "add",
		want:  []string{"192.168.1.10/32@eth0", "192.168.1.11/24@eth0", "10.9.0.1/24@eth1"},
		added: []string{"192.168.1.10/32@eth0", "192.168.1.11/24@eth0", "10.9.0.1/24@eth1"},
		there: []string{"192.168.1.10/32@eth0", "192.168.1.11/24@eth0", "10.9.0.1/24@eth1"},
	},
	{
		name:   "3.3 one that is there is no error and not added",
		before: []string{"192.168.1.10/32@eth0"},
		want:   []string{"192.168.1.10/32@eth0", "192.168.1.12/32@eth0"},
		added:  []string{"192.168.1.12/32@eth0"},
		there:  []string{"192.168.1.10/32@eth0", "192.168.1.12/32@eth0"},
	},
	{
		name:   "3.1 stale ones go, others stay",
		before: []string{"192.168.1.10/32@eth0", "192.168.1.99/32@eth0"},
		owned:  []string{"192.168.1.10/32@eth0", "192.168.1.11/32@eth0"},
		there:  []string{"192.168.1.99/32@eth0"},
	},
	{
		name:   "wrong prefix length: the right one comes, the wrong one goes if it is ours",
		before: []string{"192.168.1.10/24@eth0", "192.168.1.20/24@eth0"},
		want:   []string{"192.168.1.10/32@eth0", "192.168.1.20/32@eth0"},
		owned:  []string{"192.168.1.10/32@eth0", "192.168.1.20/32@eth0", "192.168.1.10/24@eth0"},
		added:  []string{"192.168.1.10/32@eth0", "192.168.1.20/32@eth0"},
		there:  []string{"192.168.1.20/24@eth0", "192.168.1.10/32@eth0", "192.168.1.20/32@eth0"},
	},
	{
		name:   "wrong label is set anew if it is ours",
		before: []string{"192.168.1.10/32@eth0", "192.168.1.11/32@eth0"},
		want:   []string{"192.168.1.10/32@eth0 label=eth0:1", "192.168.1.11/32@eth0 label=eth0:2"},
		owned:  []string{"192.168.1.10/32@eth0"},
		added:  []string{"192.168.1.10/32@eth0"},
		there:  []string{"192.168.1.11/32@eth0", "192.168.1.10/32@eth0 label=eth0:1"},
	},
	{
		name:   "wrong scope and missing broadcast are set anew",
		before: []string{"192.168.1.10/32@eth0", "10.9.0.1/24@eth1"},
		want:   []string{"192.168.1.10/32@eth0 scope=link", "10.9.0.1/24@eth1 brd=10.9.0.255"},
		owned:  []string{"192.168.1.10/32@eth0", "10.9.0.1/24@eth1"},
		added:  []string{"192.168.1.10/32@eth0", "10.9.0.1/24@eth1"},
		there:  []string{"192.168.1.10/32@eth0 scope=link", "10.9.0.1/24@eth1 brd=10.9.0.255"},
	},
	{
		name:   "3.6 deleting a primary: what went with it is put back",
		before: []string{"10.9.0.1/24@eth1", "10.9.0.2/24@eth1", "10.9.0.3/24@eth1"},
		want:   []string{"10.9.0.2/24@eth1", "10.9.0.3/24@eth1"},
		owned:  []string{"10.9.0.1/24@eth1", "10.9.0.2/24@eth1", "10.9.0.3/24@eth1"},
		added:  []string{"10.9.0.2/24@eth1", "10.9.0.3/24@eth1"},
		there:  []string{"10.9.0.2/24@eth1", "10.9.0.3/24@eth1"},
	},
	{
		name:   "deleting a primary with all its secondaries is no error",
		before: []string{"10.9.0.1/24@eth1", "10.9.0.2/24@eth1"},
		owned:  []string{"10.9.0.1/24@eth1", "10.9.0.2/24@eth1"},
	},
	{
		name:  "peer",
		want:  []string{"192.168.1.10/32@eth0 peer=172.16.0.1/32"},
		added: []string{"192.168.1.10/32@eth0"},
		there: []string{"192.168.1.10/32@eth0 peer=172.16.0.1/32"},
	},
	{
		name:   "peer goes again",
		before: []string{"192.168.1.10/32@eth0 peer=172.16.0.1/32"},
		owned:  []string{"192.168.1.10/32@eth0 peer=172.16.0.1/32"},
	},
	{
		name:   "detection of duplicates is switched on and off in place",
		before: []string{"fd00::20/128@eth0 dad", "fd00::21/128@eth0"},
		want:   []string{"fd00::20/128@eth0", "fd00::21/128@eth0 dad"},
		owned:  []string{"fd00::20/128@eth0", "fd00::21/128@eth0"},
		there:  []string{"fd00::20/128@eth0", "fd00::21/128@eth0 dad"},
	},
	{
		name:  "IPv6, with and without a preferred lifetime",
		want:  []string{"fd00::10/128@eth0 preferred=0", "fd00::11/64@eth0", "fd00::12/64@eth0 noprefixroute home"},
		added: []string{"fd00::10/128@eth0", "fd00::11/64@eth0", "fd00::12/64@eth0"},
		there: []string{"fd00::10/128@eth0 preferred=0", "fd00::11/64@eth0", "fd00::12/64@eth0 noprefixroute home"},
	},
	{
		name:   "IPv6 lifetime is changed in place",
		before: []string{"fd00::10/128@eth0"},
		want:   []string{"fd00::10/128@eth0 preferred=0"},
		owned:  []string{"fd00::10/128@eth0"},
		there:  []string{"fd00::10/128@eth0 preferred=0"},
	},
	{
		name:  "a device that is not there: the others are set, the error names it",
		want:  []string{"192.168.1.10/32@eth9", "192.168.1.11/32@eth0"},
		owned: []string{"192.168.1.12/32@eth9"},
		added: []string{"192.168.1.11/32@eth0"},
		there: []string{"192.168.1.11/32@eth0"},
		err:   "add 192.168.1.10/32 to eth9: no such device",
	},
	{
		name:   "a scope that the kernel refuses beside the own address: the former one is put back, the rest goes on",
		before: []string{"192.168.1.10/24@eth0", "192.168.1.11/32@eth0"},
		want:   []string{"192.168.1.10/24@eth0 scope=link", "192.168.1.11/32@eth0 label=eth0:1", "192.168.1.12/32@eth0"},
		owned:  []string{"192.168.1.10/24@eth0", "192.168.1.11/32@eth0"},
		added:  []string{"192.168.1.11/32@eth0", "192.168.1.12/32@eth0"},
		there:  []string{"192.168.1.10/24@eth0", "192.168.1.11/32@eth0 label=eth0:1", "192.168.1.12/32@eth0"},
		err:    "change 192.168.1.10/24 on eth0: invalid argument; it stays as it was before",
		once:   true,
	},
	{
		name:   "a length that the kernel refuses: the former one stays",
		before: []string{"192.168.1.10/32@eth0", "192.168.1.11/32@eth0"},
		want:   []string{"192.168.1.10/24@eth0 scope=link", "192.168.1.11/24@eth0"},
		owned:  []string{"192.168.1.10/32@eth0", "192.168.1.11/32@eth0"},
		added:  []string{"192.168.1.11/24@eth0"},
		there:  []string{"192.168.1.10/32@eth0", "192.168.1.11/24@eth0"},
		err:    "change 192.168.1.10/24 on eth0: invalid argument; it stays as it was before",
	},
	{
		name:   "IPv6 has an address once: another length takes its place",
		before: []string{"fd00::10/128@eth0"},
		want:   []string{"fd00::10/64@eth0"},
		owned:  []string{"fd00::10/128@eth0"},
		added:  []string{"fd00::10/64@eth0"},
		there:  []string{"fd00::10/64@eth0"},
	},
	{
		name:  "the same address twice",
		want:  []string{"192.168.1.10/32@eth0", "192.168.1.10/32@eth0"},
		added: []string{"192.168.1.10/32@eth0"},
		there: []string{"192.168.1.10/32@eth0"},
	},
}

// lines prints addresses with everything a test can ask for.
func lines(list []Address, names map[int]string, skip ...netip.Prefix) []string {
	var out []string
next:
	for _, a := range list {
		if names[a.Index] == "" || a.Prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		for _, p := range skip {
			if a.Prefix == p {
				continue next
			}
		}
		s := a.Prefix.String() + "@" + names[a.Index]
		if a.Label != "" && a.Label != names[a.Index] {
			s += " label=" + a.Label
		}
		if a.Scope != 0 {
			s += " scope=link"
		}
		if a.Broadcast.IsValid() {
			s += " brd=" + a.Broadcast.String()
		}
		if a.Peer.IsValid() {
			s += " peer=" + netip.PrefixFrom(a.Peer, a.Prefix.Bits()).String()
		}
		if a.Preferred == 0 {
			s += " preferred=0"
		}
		if a.Flags&unix.IFA_F_NOPREFIXROUTE != 0 {
			s += " noprefixroute"
		}
		if a.Flags&unix.IFA_F_HOMEADDRESS != 0 {
			s += " home"
		}
		if a.Prefix.Addr().Is6() && a.Flags&unix.IFA_F_NODAD == 0 {
			s += " dad"
		}
		out = append(out, s)
	}
	return out
}

var own = netip.MustParsePrefix("192.168.1.1/24")

func TestSemantics3_ApplyOnFakeKernel(t *testing.T) {
	for _, s := range applySteps {
		t.Run(s.name, func(t *testing.T) {
			f := NewFake("eth0", "eth1")
			checkApply(t, f, addrs(t, s.before...), addrs(t, s.want...), addrs(t, s.owned...), s.added, s.there, s.err, s.once)
		})
	}
}

// checkApply runs one step on any kernel, twice: the second time nothing may change.
func checkApply(t *testing.T, k addressKernel, before, want, owned []Wanted, added, there []string, wantErr string, once bool) {
	t.Helper()
	a := NewAddresses(k)
	if _, err := a.Apply(append(addrs(t, "192.168.1.1/24@eth0"), before...), nil); err != nil {
		t.Fatal(err)
	}
	names := map[int]string{}
	for _, n := range []string{"eth0", "eth1"} {
		i, err := k.Index(n)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = n
	}
	for _, round := range []string{"first", "second"} {
		got, err := a.Apply(want, owned)
		if text := errorText(err); text != wantErr {
			t.Errorf("%s: error %q, want %q", round, text, wantErr)
		}
		if d := cmp.Diff(added, texts(got.Added)); d != "" {
			t.Errorf("%s: added (-want +got):\n%s", round, d)
		}
		have, err := k.Addresses()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sorted(there), sorted(lines(have, names, own))); d != "" {
			t.Errorf("%s: there (-want +got):\n%s", round, d)
		}
		added = nil
		if once {
			wantErr = ""
		}
	}
}

// What the kernel took away for a new form and then refuses is put back with all it had.
func TestApplyPutsBackWhatWasRefused(t *testing.T) {
	f := NewFake("eth0")
	a := NewAddresses(f)
	had := addrs(t, "192.168.1.10/32@eth0 label=eth0:1", "fd00::10/128@eth0")
	if _, err := a.Apply(had, nil); err != nil {
		t.Fatal(err)
	}
	before := f.State().Addresses
	f.Refuse = func(c Change[Address]) error {
		if c.Op == Add && (c.What.Label == "eth0:2" || c.What.Prefix.Bits() == 64) {
			return unix.ENOSPC
		}
		return nil
	}
	want := addrs(t, "192.168.1.10/32@eth0 label=eth0:2", "fd00::10/64@eth0")
	out, err := a.Apply(want, had)
	if !errors.Is(err, unix.ENOSPC) || len(out.Added) != 0 || len(out.Removed) != 0 || len(out.Refused) != 2 {
		t.Errorf("%+v, %v", out, err)
	}
	for i, r := range out.Refused {
		if r.Wanted != want[i] || !r.Former || !errors.Is(r, unix.ENOSPC) {
			t.Errorf("refused %+v", r)
		}
	}
	if d := cmp.Diff(before, f.State().Addresses, cmp.Comparer(func(x, y netip.Addr) bool { return x == y }),
		cmp.Comparer(func(x, y netip.Prefix) bool { return x == y })); d != "" {
		t.Errorf("host (-want +got):\n%s", d)
	}
	f.Refuse = nil
	if out, err = a.Apply(nil, had); err != nil || len(out.Removed) != 2 || len(f.State().Addresses) != 0 {
		t.Errorf("then removed %+v, %v:\n%v", out, err, f)
	}
}

// TestPreferredLifetimeOfIPv4: the kernel does not tell of it, so an address is given it when it is another one than
// was set, and else left alone.
func TestPreferredLifetimeOfIPv4(t *testing.T) {
	f := NewFake("eth0")
	changes := 0
	f.Refuse = func(Change[Address]) error {
		changes++
		return nil
	}
	a := NewAddresses(f)
	var owned []Wanted
	for _, step := range []struct {
		lifetime   uint32
		changes    int
		deprecated bool
	}{{100, 1, false}, {100, 0, false}, {200, 1, false}, {Forever, 1, false}, {0, 1, true}, {0, 0, true}, {100, 1, false},
		{0, 1, true}, {Forever, 1, false}, {Forever, 0, false}} {
		changes = 0
		want := addrs(t, "192.168.1.10/32@eth0")
		want[0].Preferred = step.lifetime
		if _, err := a.Apply(want, owned); err != nil {
			t.Fatal(err)
		}
		deprecated := f.State().Addresses[0].Flags&unix.IFA_F_DEPRECATED != 0
		if changes != step.changes || deprecated != step.deprecated {
			t.Errorf("%+v: %d changes, deprecated: %v", step, changes, deprecated)
		}
		owned = want
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func TestApplyGoesOnAfterFailures(t *testing.T) {
	f := NewFake("eth0")
	if _, err := NewAddresses(f).Apply(addrs(t, "10.0.0.9/32@eth0", "10.0.0.8/32@eth0"), nil); err != nil {
		t.Fatal(err)
	}
	f.Refuse = func(c Change[Address]) error {
		switch c.What.Prefix.Addr() {
		case netip.MustParseAddr("10.0.0.2"):
			return unix.EPERM
		case netip.MustParseAddr("10.0.0.9"):
			return unix.EBUSY
		}
		return nil
	}
	want := addrs(t, "10.0.0.1/32@eth0", "10.0.0.2/32@eth0", "10.0.0.3/32@eth0")
	added, err := NewAddresses(f).Apply(want, addrs(t, "10.0.0.9/32@eth0", "10.0.0.8/32@eth0"))
	if d := cmp.Diff([]string{"10.0.0.1/32@eth0", "10.0.0.3/32@eth0"}, texts(added.Added)); d != "" {
		t.Errorf("added (-want +got):\n%s", d)
	}
	for _, e := range []error{unix.EPERM, unix.EBUSY} {
		if !errors.Is(err, e) {
			t.Errorf("error %q does not contain %q", err, e)
		}
	}
	if got, want := strings.Count(errorText(err), "\n"), 1; got != want {
		t.Errorf("%d line breaks in %q, want one error per address", got, err)
	}
	if got, want := f.String(), "eth0             UP             10.0.0.9/32 10.0.0.1/32 10.0.0.3/32\n"; got != want {
		t.Errorf("host:\n%swant:\n%s", got, want)
	}
}

func TestApplyTakesFewCalls(t *testing.T) {
	f := NewFake("eth0")
	var want []Wanted
	for i := range 1000 {
		want = append(want, plain("eth0", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 32)))
	}
	if added, err := NewAddresses(f).Apply(want, nil); err != nil || len(added.Added) != len(want) {
		t.Fatalf("%d added, %v", len(added.Added), err)
	}
	if f.Calls != 2 {
		t.Errorf("%d calls to add 1000 addresses, want a dump and a batch", f.Calls)
	}
}

// taken reports whether an IPv6 address is there, perhaps with another length: then it cannot be
// added.
func taken(list []Address, index int, p netip.Prefix) bool {
	return p.Addr().Is6() && slices.ContainsFunc(list, func(a Address) bool { return hostOf(a) == host{index, p.Addr()} })
}

// Whatever was there before, after Apply all that is wanted is there, nothing that is
// owned and not wanted is, and nothing foreign was touched, except that the kernel drops
// foreign secondaries with an owned primary.
func TestApplyReachesWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := []string{
			"10.0.0.1/24@eth0", "10.0.0.2/24@eth0", "10.0.0.3/32@eth0", "10.0.0.1/32@eth0", "10.0.0.1/24@eth1",
			"10.1.0.1/16@eth1", "10.1.0.2/16@eth1", "10.0.0.2/24@eth0 label=eth0:1", "fd00::1/128@eth0", "fd00::1/64@eth0",
		}
		some := func(label string) []Wanted {
			return addrs(t, rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 0, 6, func(text string) string {
				if strings.HasPrefix(text, "fd00::1/") {
					return "fd00::1" // once, whatever its length
				}
				return text
			}).Draw(t, label)...)
		}
		f := NewFake("eth0", "eth1")
		f.Promote = rapid.Bool().Draw(t, "promote")
		a := NewAddresses(f)
		if _, err := a.Apply(some("before"), nil); err != nil {
			t.Fatal(err)
		}
		want, owned := some("want"), some("owned")
		had := f.State().Addresses
		added, err := a.Apply(want, owned)
		if err != nil {
			t.Fatal(err)
		}
		is := map[vipText]bool{}
		for _, x := range f.State().Addresses {
			is[vipText{x.Index, x.Prefix}] = true
		}
		wanted := map[vipText]bool{}
		for _, w := range want {
			i, _ := f.Index(w.Dev)
			wanted[vipText{i, w.Prefix}] = true
			if !is[vipText{i, w.Prefix}] && !taken(f.State().Addresses, i, w.Prefix) {
				t.Fatalf("%v is wanted and not there:\n%v", w, f)
			}
		}
		for _, o := range owned {
			i, _ := f.Index(o.Dev)
			if k := (vipText{i, o.Prefix}); is[k] && !wanted[k] {
				t.Fatalf("%v is ours, not wanted, and there:\n%v", o, f)
			}
		}
		before := map[vipText]bool{}
		for _, x := range had {
			before[vipText{x.Index, x.Prefix}] = true
		}
		for _, w := range want {
			i, _ := f.Index(w.Dev)
			reported := false
			for _, x := range added.Added {
				reported = reported || x.Prefix == w.Prefix && x.Dev == w.Dev
			}
			if !reported && !before[vipText{i, w.Prefix}] && !taken(had, i, w.Prefix) {
				t.Fatalf("%v was added and not reported", w)
			}
		}
		f.Calls = 0
		if again, err := a.Apply(want, owned); err != nil || len(again.Added) > 0 && len(want) == len(wanted) {
			t.Fatalf("a second time: added %v, %v", again, err)
		}
	})
}

type vipText struct {
	index  int
	prefix netip.Prefix
}

func TestPreferredLifetimeRunsDown(t *testing.T) {
	f := NewFake("eth0")
	want := addrs(t, "fd00::1/64@eth0")
	want[0].Preferred = 100
	a := NewAddresses(f)
	if _, err := a.Apply(want, want); err != nil {
		t.Fatal(err)
	}
	f.state.Addresses[0].Preferred = 42 // time has passed
	f.Calls = 0
	if _, err := a.Apply(want, want); err != nil {
		t.Fatal(err)
	}
	if f.Calls != 1 {
		t.Errorf("%d calls, want only the dump: a lifetime that runs down is no difference", f.Calls)
	}
}
