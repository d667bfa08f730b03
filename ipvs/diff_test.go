package ipvs_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

func service(p ipvs.Protocol, at string) ipvs.ServiceID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.ServiceID{Family: ipvs.FamilyOf(ap.Addr()), Protocol: p, Addr: ap.Addr(), Port: ap.Port()}
}

func mark(f ipvs.Family, n uint32) ipvs.ServiceID { return ipvs.ServiceID{Family: f, FWMark: n} }

func dest(at string) ipvs.DestID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.DestID{Addr: ap.Addr(), Port: ap.Port()}
}

// one is a table of one service with destinations of weight 1, DR.
func one(id ipvs.ServiceID, s ipvs.ServiceSettings, dests ...string) ipvs.Table {
	m := map[ipvs.DestID]ipvs.DestSettings{}
	for _, d := range dests {
		m[dest(d)] = ipvs.DestSettings{Method: ipvs.Route, Weight: 1}
	}
	return ipvs.Table{id: {Settings: s, Dests: m}}
}

// with merges tables.
func with(tables ...ipvs.Table) ipvs.Table {
	out := ipvs.Table{}
	for _, t := range tables {
		for id, s := range t {
			out[id] = s
		}
	}
	return out
}

// changed is t with one destination's settings changed.
func changed(t ipvs.Table, id ipvs.ServiceID, d string, f func(*ipvs.DestSettings)) ipvs.Table {
	s := t[id].Dests[dest(d)]
	f(&s)
	t[id].Dests[dest(d)] = s
	return t
}

func TestDiff(t *testing.T) {
	web, mail, fw := service(ipvs.TCP, "192.168.1.150:80"), service(ipvs.TCP, "192.168.1.150:25"), mark(ipvs.IPv4, 7)
	rr := ipvs.ServiceSettings{Scheduler: "rr"}
	sticky := ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Persistent, Timeout: 50 * time.Second}
	const a, b, c = "192.168.1.171:80", "192.168.1.172:80", "192.168.1.173:80"
	masked := sticky
	masked.PrefixLen = 24
	whole := sticky
	whole.PrefixLen = 32
	hashed := rr
	hashed.Flags = 0x2
	idle := rr // a timeout and mask without persistence mean nothing
	idle.Timeout, idle.PrefixLen = 300*time.Second, 24
	for _, test := range []struct {
		name       string
		have, want ipvs.Table
		cmds       []string
	}{
		{"nothing to nothing", nil, nil, nil},
		{"first fill", nil, one(web, rr, a, b), []string{
			"-A -t 192.168.1.150:80 -s rr",
			"-a -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1",
			"-a -t 192.168.1.150:80 -r 192.168.1.172:80 -g -w 1"}},
		{"unchanged", one(web, rr, a, b), one(web, rr, b, a), nil},
		{"service without destinations", nil, one(web, rr), []string{"-A -t 192.168.1.150:80 -s rr"}},
		{"everything goes: the service takes its destinations along", one(web, rr, a, b), nil,
			[]string{"-D -t 192.168.1.150:80"}},
		{"all services first, deletions last",
			with(one(web, rr, a, b), one(fw, rr, a)),
			with(one(web, sticky, b, c), one(mail, rr, a)),
			[]string{
				"-A -t 192.168.1.150:25 -s rr",
				"-E -t 192.168.1.150:80 -s rr -p 50",
				"-a -t 192.168.1.150:25 -r 192.168.1.171:80 -g -w 1",
				"-a -t 192.168.1.150:80 -r 192.168.1.173:80 -g -w 1",
				"-d -t 192.168.1.150:80 -r 192.168.1.171:80",
				"-D -f 7"}},
		{"inhibited is an edit", one(web, rr, a),
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.Weight = 0 }),
			[]string{"-e -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 0"}},
		{"method", one(web, rr, a),
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.Method = ipvs.Masq }),
			[]string{"-e -t 192.168.1.150:80 -r 192.168.1.171:80 -m -w 1"}},
		{"thresholds", one(web, rr, a),
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.UpperThreshold, s.LowerThreshold = 9, 3 }),
			[]string{"-e -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1 -x 9 -y 3"}},
		{"reported as local",
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.Method = ipvs.Local }),
			one(web, rr, a), nil},
		{"reported as local, other weight",
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.Method, s.Weight = ipvs.Local, 5 }),
			one(web, rr, a), []string{"-e -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1"}},
		{"local asked for, not there", one(web, rr, a),
			changed(one(web, rr, a), web, a, func(s *ipvs.DestSettings) { s.Method = ipvs.Local }),
			[]string{"-e -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1"}},
		{"scheduler", one(web, rr, a), one(web, ipvs.ServiceSettings{Scheduler: "wlc"}, a),
			[]string{"-E -t 192.168.1.150:80 -s wlc"}},
		{"engine", one(web, sticky, a), one(web, ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Persistent, Timeout: 50 * time.Second, Engine: "sip"}, a),
			[]string{"-E -t 192.168.1.150:80 -s rr -p 50 --pe sip"}},
		{"flags of the kernel", one(web, hashed, a), one(web, rr, a), nil},
		{"mask", one(web, sticky, a), one(web, masked, a), []string{"-E -t 192.168.1.150:80 -s rr -p 50 -M 255.255.255.0"}},
		{"no mask is the whole address", one(web, whole, a), one(web, sticky, a), nil},
		{"no persistence, no timeout", one(web, idle, a), one(web, rr, a), nil},
		{"a mask that is no prefix", one(web, ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Persistent, Timeout: 50 * time.Second, PrefixLen: ipvs.NotPrefix}, a), one(web, sticky, a),
			[]string{"-E -t 192.168.1.150:80 -s rr -p 50"}},
		{"a mark has neither protocol nor address", one(fw, rr, a),
			one(ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, FWMark: 7}, rr, a), nil},
		{"a mark of each family", one(fw, rr), with(one(fw, rr), one(mark(ipvs.IPv6, 7), rr)), []string{"-A -f 7 -6 -s rr"}},
		{"same address, other port", one(web, rr, a), one(web, rr, "192.168.1.171:81"), []string{
			"-a -t 192.168.1.150:80 -r 192.168.1.171:81 -g -w 1", "-d -t 192.168.1.150:80 -r 192.168.1.171:80"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range ipvs.Diff(test.have, test.want) {
				got = append(got, c.String())
			}
			if !reflect.DeepEqual(got, test.cmds) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(test.cmds, "\n  "))
			}
		})
	}
}

// fill is a kernel with the table.
func fill(t *rapid.T, table ipvs.Table) *fake.Kernel {
	k := fake.New()
	apply(t, k, ipvs.Diff(nil, table))
	return k
}

func apply(t *rapid.T, k *fake.Kernel, cmds []ipvs.Command) {
	for _, err := range k.Apply(cmds) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *rapid.T, k *fake.Kernel) ipvs.Table {
	table, err := k.Read()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestDiffAppliedGivesTheWantedTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := fake.Tables().Draw(t, "a"), fake.Tables().Draw(t, "b")
		k := fill(t, a)
		before := read(t, k)
		cmds := ipvs.Diff(before, b)
		apply(t, k, cmds)
		after := read(t, k)
		if again := ipvs.Diff(after, b); len(again) != 0 {
			t.Fatalf("still to do: %v", again)
		}
		if got, want := ipvs.Format(after), ipvs.Format(b); got != want {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
	})
}

// What have and want share is there all the time, and a command never needs one
// that comes later.
func TestDiffTakesAwayLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := fake.Tables().Draw(t, "a"), fake.Tables().Draw(t, "b")
		k := fill(t, a)
		for _, c := range ipvs.Diff(read(t, k), b) {
			apply(t, k, []ipvs.Command{c})
			now := read(t, k)
			for id, s := range a {
				w, ok := b[id]
				if !ok {
					continue
				}
				if _, ok := now[id]; !ok {
					t.Fatalf("after %v: service %v is missing", c, id)
				}
				for d := range s.Dests {
					if _, ok := w.Dests[d]; !ok {
						continue
					}
					if _, ok := now[id].Dests[d]; !ok {
						t.Fatalf("after %v: destination %v of %v is missing", c, d, id)
					}
				}
			}
		}
	})
}

func TestDiffIsDeterministicAndWithoutRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := fake.Tables().Draw(t, "a"), fake.Tables().Draw(t, "b")
		cmds := ipvs.Diff(a, b)
		if again := ipvs.Diff(a, b); !reflect.DeepEqual(cmds, again) {
			t.Fatalf("got %v, then %v", cmds, again)
		}
		seen := map[string]bool{}
		for _, c := range cmds {
			if seen[c.String()] {
				t.Fatalf("%v comes twice", c)
			}
			seen[c.String()] = true
		}
		if cmds := ipvs.Diff(a, a); len(cmds) != 0 {
			t.Fatalf("from a table to itself: %v", cmds)
		}
	})
}

func TestDiffChangesNeitherTable(t *testing.T) {
	web := ipvs.ServiceID{Protocol: ipvs.TCP, Addr: netip.MustParseAddr("fe80::1%eth0"), Port: 80}
	table := one(web, ipvs.ServiceSettings{Scheduler: "rr"}, "[fe80::2%eth0]:80")
	before := ipvs.Format(table)
	cmds := ipvs.Diff(nil, table)
	if ipvs.Format(table) != before || len(table) != 1 {
		t.Errorf("the table became %v", table)
	}
	if want := "-a -t [fe80::1]:80 -r [fe80::2]:80 -g -w 1"; len(cmds) != 2 || cmds[1].String() != want {
		t.Errorf("got %v, want second %s", cmds, want)
	}
	if have := one(cmds[0].Service, ipvs.ServiceSettings{Scheduler: "rr"}, "[fe80::2]:80"); len(
		ipvs.Diff(have, table),
	) != 0 {
		t.Errorf("zones make a difference: %v", ipvs.Diff(have, table))
	}
}

// grid is n services with m destinations each.
func grid(n, m int) ipvs.Table {
	t := ipvs.Table{}
	for i := range n {
		s := ipvs.Service{
			Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32},
			Dests:    map[ipvs.DestID]ipvs.DestSettings{},
		}
		for j := range m {
			s.Dests[ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 1, byte(i), byte(j)}), Port: 80}] = ipvs.DestSettings{
				Method: ipvs.Route,
				Weight: 1,
			}
		}
		t[ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 80}] = s
	}
	return t
}

// A large table is compared in a few lists, whatever its size.
func TestDiffAllocatesLists(t *testing.T) {
	want := grid(100, 10)
	for name, test := range map[string]struct {
		have, want ipvs.Table
		most       float64
		commands   int
	}{
		"to a full table": {nil, want, 8, 1100},
		"of equal tables": {want, want, 8, 0},
		"to an empty one": {want, nil, 12, 100},
	} {
		var cmds []ipvs.Command
		allocs := testing.AllocsPerRun(5, func() { cmds = ipvs.Diff(test.have, test.want) })
		if len(cmds) != test.commands || allocs > test.most {
			t.Errorf("%s: %d commands, %.0f allocations; want %d, at most %.0f", name, len(cmds), allocs, test.commands, test.most)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	want := grid(100, 10)
	b.ReportAllocs()
	for b.Loop() {
		ipvs.Diff(nil, want)
	}
}
