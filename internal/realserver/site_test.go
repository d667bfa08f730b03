package realserver

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// at is a site on a machine, in directories of the test.
func at(t testing.TB, m Machine) (*Site, *[]string) {
	t.Helper()
	dir := t.TempDir()
	told := new([]string)
	return &Site{Machine: m, RunDir: filepath.Join(dir, "run"), UnitDir: filepath.Join(dir, "units"), Program: "/usr/sbin/holdfast", Space: "1",
		Told: func(line string) { *told = append(*told, line) }}, told
}

func with(m Method, addrs ...string) func(Wish) Wish {
	return func(w Wish) Wish { return w.With(parsed(addrs...), m) }
}

func without(addrs ...string) func(Wish) Wish {
	return func(w Wish) Wish { return w.Without(parsed(addrs...)) }
}

func parsed(addrs ...string) (list []netip.Addr) {
	for _, a := range addrs {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

func nothing(Wish) Wish { return nil }

// The steps of direct routing, once, and back.
func TestApplyAndRemove(t *testing.T) {
	m := machine()
	s, told := at(t, m)
	before := m.String()
	unit := filepath.Join(s.UnitDir, UnitName)
	for _, act := range []struct {
		name   string
		change func(Wish) Wish
		want   []string
	}{
		{"apply", with(Method{}, "192.0.2.10", "2001:db8::10"), []string{
			"sysctl -w net.ipv4.conf.all.arp_announce=2", "sysctl -w net.ipv4.conf.all.arp_ignore=1",
			"sysctl -w net.ipv4.conf.lo.arp_announce=2", "sysctl -w net.ipv4.conf.lo.arp_ignore=1",
			"ip address add 192.0.2.10/32 dev lo scope host label lo:holdfast", "ip address add 2001:db8::10/128 dev lo nodad",
			"write and enable " + unit}},
		{"again", with(Method{}, "192.0.2.10"), nil},
		{"through a tunnel", with(Method{Type: GUE, Port: 6080}, "192.0.2.11"), []string{
			"modprobe fou", "modprobe ipip", "ip link set tunl0 up", "ip fou add port 6080 gue",
			"ip address add 192.0.2.11/32 dev tunl0 scope host label tunl0:holdfast", "write and enable " + unit}},
		{"from one method to another", with(Method{Type: IPIP}, "192.0.2.10"), []string{
			"ip address add 192.0.2.10/32 dev tunl0 scope host label tunl0:holdfast", "ip address del 192.0.2.10/32 dev lo", "write and enable " + unit}},
		{"GRE with checksums", with(Method{Type: GRE, Checked: netip.MustParseAddr("198.51.100.2")}, "192.0.2.12"), []string{
			"modprobe ip_gre", "ip link add hfgre4 type gre local 198.51.100.2 icsum", "ip link set hfgre4 up",
			"ip address add 192.0.2.12/32 dev hfgre4 scope host label hfgre4:holdfast", "write and enable " + unit}},
		{"to another address", with(Method{Type: GRE, Checked: netip.MustParseAddr("198.51.100.3")}, "192.0.2.12"), []string{
			"ip link del hfgre4", "ip link add hfgre4 type gre local 198.51.100.3 icsum", "ip link set hfgre4 up",
			"ip address add 192.0.2.12/32 dev hfgre4 scope host label hfgre4:holdfast", "write and enable " + unit}},
		{"no more", without("192.0.2.12"), []string{
			"ip address del 192.0.2.12/32 dev hfgre4", "ip link del hfgre4", "write and enable " + unit}},
		{"remove one", without("192.0.2.11"), []string{
			"ip address del 192.0.2.11/32 dev tunl0", "ip fou del port 6080", "write and enable " + unit}},
		{"remove all", nothing, []string{
			"ip address del 2001:db8::10/128 dev lo", "ip address del 192.0.2.10/32 dev tunl0",
			"sysctl -w net.ipv4.conf.all.arp_announce=0", "sysctl -w net.ipv4.conf.all.arp_ignore=0",
			"sysctl -w net.ipv4.conf.lo.arp_announce=0", "sysctl -w net.ipv4.conf.lo.arp_ignore=0",
			"ip link set tunl0 down", "disable and remove " + unit}},
	} {
		*told = nil
		if err := s.Change(act.change); err != nil {
			t.Fatalf("%s: %v", act.name, err)
		}
		if !slices.Equal(*told, act.want) {
			t.Errorf("%s: did\n%s\nwant\n%s", act.name, strings.Join(*told, "\n"), strings.Join(act.want, "\n"))
		}
	}
	if m.String() != before {
		t.Errorf("before\n%s\nafter\n%s", before, m)
	}
	for _, dir := range []string{s.RunDir, s.UnitDir, filepath.Join(s.UnitDir, "multi-user.target.wants")} {
		left, err := os.ReadDir(dir)
		for _, f := range left {
			if err != nil || !f.IsDir() {
				t.Errorf("left: %s (%v)", f.Name(), err)
			}
		}
	}
}

// Whatever is applied and removed in whatever order, with steps that fail and other people's changes between: at the end
// what was there before is there, and what others have done.
func TestRemoveRestoresExactlyWhatWasChanged(t *testing.T) {
	methods := []Method{{}, {Type: IPIP}, {Type: GUE, Port: 6080}, {Type: GUE, Port: 7}, {Type: GRE}}
	addrs := []string{"192.0.2.10", "192.0.2.11", "2001:db8::10"}
	rapid.Check(t, func(rt *rapid.T) {
		methods := methods
		if rapid.Bool().Draw(rt, "GRE has checksums") {
			// Both at a time is what check warns of.
			to := rapid.SampledFrom(parsed("198.51.100.2", "2001:db8::2")).Draw(rt, "to")
			methods = append(slices.Clone(methods[:4]), Method{Type: GRE, Checked: to})
		}
		m := machine()
		for key := range m.Sysctls {
			m.Sysctls[key] = rapid.SampledFrom([]string{"0", "1", "2"}).Draw(rt, key)
		}
		mine := Address{Link: "lo", Prefix: netip.MustParsePrefix("192.0.2.11/32")}
		if rapid.Bool().Draw(rt, "an address is there") {
			m.Addresses = append(m.Addresses, mine)
		}
		before := m.String()
		s, told := at(t, m)
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			a := rapid.SampledFrom(addrs).Draw(rt, "address")
			change := without(a)
			if rapid.Bool().Draw(rt, "apply") {
				change = with(rapid.SampledFrom(methods).Draw(rt, "method"), a)
			}
			m.fails, m.fail = rapid.IntRange(0, 3).Draw(rt, "fails") == 0, Kind(rapid.IntRange(0, int(DeleteAddress)).Draw(rt, "kind"))
			s.Runtime = rapid.Bool().Draw(rt, "runtime")
			first := s.Change(change)
			m.fails = false
			*told = nil
			if err := s.Change(change); err != nil {
				rt.Fatalf("after %v: %v", first, err)
			}
			// Done twice is done once.
			steps := m.steps
			if err := s.Change(change); err != nil || m.steps != steps {
				rt.Fatalf("a third time: %v, %d steps more", err, m.steps-steps)
			}
			h, _ := m.Look()
			if w, err := s.Wish(); err != nil || len(Check(w, h, nil)) > 0 {
				rt.Fatalf("%v: %v wishes for %v\n%s", err, Check(w, h, nil), w, m)
			}
		}
		s.Runtime = false
		// What is kept for the next boot and was taken away for now may be kept still.
		if err := s.Change(nothing); err != nil || m.String() != before {
			rt.Fatalf("%v: before\n%s\nafter\n%s", err, before, m)
		}
	})
}

// One interface takes GRE with checksums to one address.
func TestOneAddressForChecksums(t *testing.T) {
	m := machine()
	s, _ := at(t, m)
	to := func(a string) Method { return Method{Type: GRE, Checked: netip.MustParseAddr(a)} }
	for _, change := range []func(Wish) Wish{with(to("198.51.100.2"), "192.0.2.10"), with(to("2001:db8::2"), "192.0.2.11")} {
		if err := s.Change(change); err != nil {
			t.Fatal(err)
		}
	}
	before := m.String()
	err := s.Change(with(to("198.51.100.3"), "192.0.2.12"))
	want := "GRE with checksums to 198.51.100.2 and to 198.51.100.3: hfgre4 is for one address"
	if err == nil || err.Error() != want || m.String() != before {
		t.Errorf("%v, want %s; before\n%s\nafter\n%s", err, want, before, m)
	}
}

// What somebody else has changed since stays as it is.
func TestChangesOfOthersStay(t *testing.T) {
	m := machine()
	s, _ := at(t, m)
	if err := s.Change(with(Method{}, "192.0.2.10")); err != nil {
		t.Fatal(err)
	}
	m.Sysctls[conf("all", "arp_announce")] = "1"
	m.Addresses = nil
	if err := s.Change(nothing); err != nil {
		t.Fatal(err)
	}
	if got := m.Sysctls[conf("all", "arp_announce")]; got != "1" {
		t.Errorf("arp_announce is %s, which was set by somebody else to 1", got)
	}
	if got := m.Sysctls[conf("all", "arp_ignore")]; got != "0" {
		t.Errorf("arp_ignore is %s, and was 0", got)
	}
}

// A boot: what was set is gone, and so is the record of it; the unit knows the wish and has it served again.
func TestBoot(t *testing.T) {
	s, told := at(t, machine())
	for _, change := range []func(Wish) Wish{with(Method{}, "192.0.2.10"), with(Method{Type: GRE}, "192.0.2.11")} {
		if err := s.Change(change); err != nil {
			t.Fatal(err)
		}
	}
	m := machine()
	before := m.String()
	s.Machine = m
	if err := os.RemoveAll(s.RunDir); err != nil {
		t.Fatal(err)
	}
	s.Runtime = true // as the unit has it
	if err := s.Change(with(Method{}, "192.0.2.10")); err != nil {
		t.Fatal(err)
	}
	h, _ := m.Look()
	w, err := s.Wish()
	if err != nil || len(w) != 2 || len(Check(w, h, nil)) > 0 {
		t.Errorf("after a boot: %v %v %v", w, Check(w, h, nil), err)
	}
	s.Runtime = false
	if err := s.Change(nothing); err != nil || m.String() != before {
		t.Errorf("%v: before\n%s\nafter\n%s\n%v", err, before, m, *told)
	}
}

func TestDryRunDoesNothing(t *testing.T) {
	m := machine()
	s, told := at(t, m)
	s.DryRun = true
	before := m.String()
	if err := s.Change(with(Method{Type: IPIP}, "192.0.2.10")); err != nil {
		t.Fatal(err)
	}
	if m.steps != 0 || m.String() != before {
		t.Errorf("%d steps were done", m.steps)
	}
	if len(*told) != 8 || (*told)[0] != "modprobe ipip" || !strings.HasPrefix((*told)[7], "write and enable ") {
		t.Errorf("told %q", *told)
	}
	for _, dir := range []string{s.RunDir, s.UnitDir} {
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s was made: %v", dir, err)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	s, _ := at(t, machine())
	if err := os.MkdirAll(s.UnitDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.UnitDir, UnitName), []byte("ExecStart=/x realserver apply 10.0.0.300\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Change(nothing); err == nil || !strings.Contains(err.Error(), `"10.0.0.300" is no address`) {
		t.Errorf("a unit with a mistake: %v", err)
	}
	s.UnitDir = ""
	if err := os.WriteFile(s.recordFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Change(nothing); err == nil || !strings.Contains(err.Error(), s.recordFile()) {
		t.Errorf("a record with a mistake: %v", err)
	}
}
