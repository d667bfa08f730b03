package realserver

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Each thing that can be wrong, in words; on a host that is right but for it.
func TestCheck(t *testing.T) {
	four, six, tun := "192.0.2.10", "2001:db8::10", "192.0.2.11"
	serving := func(t *testing.T) *fake {
		m := machine()
		s, _ := at(t, m)
		for _, change := range []func(Wish) Wish{with(Method{}, four, six), with(Method{Type: GUE, Port: 6080}, tun)} {
			if err := s.Change(change); err != nil {
				t.Fatal(err)
			}
		}
		m.Listeners = []Listener{{At: netip.MustParseAddrPort("[::]:80")}, {At: netip.MustParseAddrPort("192.0.2.10:443")}}
		return m
	}
	w := Wish{}.With(parsed(four, six), Method{}).With(parsed(tun), Method{Type: GUE, Port: 6080})
	drop := func(m *fake, addr string) {
		for i, a := range m.Addresses {
			if a.Prefix.Addr().String() == addr {
				m.Addresses = append(m.Addresses[:i:i], m.Addresses[i+1:]...)
				return
			}
		}
	}
	on := func(m *fake, link, prefix string) {
		m.Addresses = append(m.Addresses, Address{Link: link, Prefix: netip.MustParsePrefix(prefix)})
	}
	for _, c := range []struct {
		name  string
		spoil func(*fake)
		ports []uint16
		want  string
	}{
		{"right", func(*fake) {}, []uint16{80}, ""},
		{"address missing", func(m *fake) { drop(m, four) }, nil, "192.0.2.10 is not on lo"},
		{"address of IPv6 missing", func(m *fake) { drop(m, six) }, nil, "2001:db8::10 is not on lo"},
		{"address of the tunnel missing", func(m *fake) { drop(m, tun) }, nil, "192.0.2.11 is not on tunl0"},
		{"address on Ethernet too", func(m *fake) { on(m, "eth0", "192.0.2.10/24") }, nil,
			"192.0.2.10 is on eth0, which tells its neighbours so; want it on lo alone"},
		{"address of IPv6 on Ethernet", func(m *fake) { on(m, "eth0", "2001:db8::10/64") }, nil,
			"2001:db8::10 is on eth0, which tells its neighbours so; want it on lo alone"},
		{"network on lo", func(m *fake) { drop(m, four); on(m, "lo", "192.0.2.10/24") }, nil,
			"192.0.2.10 is on lo as 192.0.2.10/24, so all addresses of that network count as this host's; want /32"},
		{"duplicate", func(m *fake) { m.Addresses[1].Duplicate = true }, nil,
			"2001:db8::10 on lo is not used: another host was found to have it (set it with nodad)"},
		{"direct routing on a tunnel", func(m *fake) { on(m, "tunl0", "192.0.2.10/32") }, nil,
			"192.0.2.10 is on tunl0 as well as is wanted for a tunnel; for direct routing it has to be on lo"},
		{"ARP answered", func(m *fake) { m.Sysctls[conf("all", "arp_ignore")] = "0" }, nil,
			"eth0 answers ARP for addresses of other interfaces: net.ipv4.conf.eth0.arp_ignore is 0, and 0 for all; want 1"},
		{"no ARP at all", func(m *fake) { m.Sysctls[conf("eth0", "arp_ignore")] = "8" }, nil,
			"eth0 answers no ARP at all: net.ipv4.conf.eth0.arp_ignore is 8, and 1 for all; want 1"},
		{"ARP asked", func(m *fake) { m.Sysctls[conf("all", "arp_announce")] = "1" }, nil,
			"eth0 may ask with a virtual address in ARP, which neighbours learn: net.ipv4.conf.eth0.arp_announce is 0, and 1 for all; want 2"},
		{"ARP is a matter of the interface itself, too", func(m *fake) {
			m.Sysctls[conf("all", "arp_ignore")], m.Sysctls[conf("eth0", "arp_ignore")] = "0", "1"
		}, nil, ""},
		{"an interface that is down answers nothing", func(m *fake) { m.Sysctls[conf("all", "arp_ignore")], m.Links[1].Up = "0", false }, nil, ""},
		{"lo down", func(m *fake) { m.Links[0].Up = false }, nil, "lo is down"},
		{"tunnel down", func(m *fake) { m.Links[2].Up = false }, nil, "tunl0 is down, and packets of the director are not unwrapped"},
		{"no tunnel", func(m *fake) { m.Links = m.Links[:2]; drop(m, tun) }, nil,
			"192.0.2.11 is not on tunl0\ntunl0 is not there: load module ipip"},
		{"no GUE", func(m *fake) { m.Fous = nil }, nil, "packets in UDP to port 6080 are not unwrapped"},
		{"reverse path", func(m *fake) { m.Sysctls[conf("all", "rp_filter")] = "1" }, nil,
			"packets of clients that come through tunl0 are dropped: rp_filter is 0, and 1 for all; want 2 for tunl0"},
		{"reverse path loose", func(m *fake) {
			m.Sysctls[conf("all", "rp_filter")], m.Sysctls[conf("tunl0", "rp_filter")] = "1", "2"
		}, nil, ""},
		{"nobody listens", func(*fake) {}, []uint16{443, 8080}, "nothing listens on 192.0.2.10:8080\n" +
			"nothing listens on 192.0.2.11:443\nnothing listens on 192.0.2.11:8080\n" +
			"nothing listens on [2001:db8::10]:443\nnothing listens on [2001:db8::10]:8080"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := serving(t)
			c.spoil(m)
			var got []string
			for _, p := range Check(w, m.Host, c.ports) {
				got = append(got, p.Text)
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("said\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

// GRE with checksums comes in by an interface of its own, which keeps out what has none.
func TestCheckOfChecksums(t *testing.T) {
	to, other := netip.MustParseAddr("198.51.100.2"), netip.MustParseAddr("198.51.100.3")
	w := Wish{}.With(parsed("192.0.2.10"), Method{Type: GRE, Checked: to})
	gre := Link{Name: "hfgre4", Up: true, Silent: true, Checked: to}
	for _, c := range []struct {
		name  string
		links []Link
		wish  Wish
		want  string
	}{
		{"right", []Link{gre}, w, ""},
		{"missing", nil, w,
			"hfgre4 is not there, and nothing else takes GRE with checksums: ip link add hfgre4 type gre local 198.51.100.2 icsum"},
		{"for another address", []Link{{Name: "hfgre4", Up: true, Silent: true, Checked: other}}, w,
			"hfgre4 does not take GRE with checksums to 198.51.100.2: remove it, and apply again"},
		{"of another kind", []Link{{Name: "hfgre4", Up: true, Silent: true}}, w,
			"hfgre4 does not take GRE with checksums to 198.51.100.2: remove it, and apply again"},
		{"without one beside it", []Link{gre, {Name: "gre0", Up: true, Silent: true}}, w.With(parsed("192.0.2.11"), Method{Type: GRE}),
			"hfgre4 takes GRE to 198.51.100.2, and only with checksums: packets for 192.0.2.11 without one are dropped if the " +
				"director sends them there"},
	} {
		m := machine()
		m.Sysctls[conf("all", "arp_ignore")], m.Sysctls[conf("all", "arp_announce")] = "1", "2"
		m.Links = append(m.Links, c.links...)
		for _, e := range c.wish {
			m.Addresses = append(m.Addresses, Address{Link: e.link(), Prefix: e.prefix()})
		}
		var got []string
		for _, p := range Check(c.wish, m.Host, nil) {
			got = append(got, p.Text)
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: said\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), c.want)
		}
	}
}

func TestParseAddr(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.10": "", "2001:db8::1": "", "::ffff:192.0.2.1": "", "10.0.0": "is no address", "fe80::1%eth0": "is of one link", "fe80::1": "is of one link",
		"0.0.0.0": "cannot be", "224.0.0.1": "cannot be", "127.0.0.1": "cannot be", "255.255.255.255": "cannot be", "::1": "cannot be",
	} {
		_, err := ParseAddr(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// The unit says the wish, whatever it is, and the path of a program may have anything in it.
func TestUnitIsTheWish(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Wish
		for range rapid.IntRange(0, 6).Draw(t, "addresses") {
			a := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "10.0.0.1", "2001:db8::1", "fd00::1"}).Draw(t, "address")
			m := rapid.SampledFrom([]Method{{}, {Type: IPIP}, {Type: GRE}, {Type: GRE, Checked: parsed("198.51.100.2")[0]},
				{Type: GRE, Checked: parsed("fd00::7")[0]}, {Type: GUE, Port: 1}, {Type: GUE, Port: 65535}}).Draw(t, "method")
			w = w.With(parsed(a), m)
		}
		text := Unit(w, rapid.SampledFrom([]string{"/usr/sbin/holdfast", "/opt/a b/hold\"fast%i"}).Draw(t, "program"))
		got, err := ParseUnit(text)
		if err != nil || len(got) != len(w) {
			t.Fatalf("%v %v, want %v\n%s", got, err, w, text)
		}
		for i := range w {
			if got[i] != w[i] {
				t.Fatalf("%v, want %v\n%s", got, w, text)
			}
		}
	})
	for _, bad := range []string{"--tun-type=x 192.0.2.1", "--tun-port=x 192.0.2.1", "--tun-csum=x 192.0.2.1", "nowhere"} {
		if w, err := ParseUnit("ExecStart=/x realserver apply " + bad + "\n"); err == nil {
			t.Errorf("%s is %v", bad, w)
		}
	}
}

func TestParseSockets(t *testing.T) {
	const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0A0200C0:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   2: 0100007F:1F90 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 1 1
   3: B80D0120000000000000000010000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
`
	got, err := parseSockets(tcp, false)
	var text []string
	for _, l := range got {
		text = append(text, l.At.String())
	}
	if want := "0.0.0.0:8080 192.0.2.10:80 [2001:db8::10]:80"; err != nil || strings.Join(text, " ") != want {
		t.Errorf("%v (%v), want %s", text, err, want)
	}
	if got, err := parseSockets("head\n 0: 00000000:0035 00000000:0000 07 x\n 1: 00000000:0036 0100007F:0001 01 x\n", true); err != nil || len(got) != 1 {
		t.Errorf("UDP: %v %v", got, err)
	}
	for _, bad := range []string{"0: x", "0: 0000:0050 0:0 0A", "0: 00000000:XX 0:0 0A", "0: 0000000:0050 0:0 0A"} {
		if got, err := parseSockets("head\n"+bad, false); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

func FuzzParseUnit(f *testing.F) {
	f.Add("ExecStart=/usr/sbin/holdfast realserver apply --runtime --tun-type=gue --tun-port=6080 192.0.2.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseUnit(text)
		if err != nil {
			return
		}
		if again, err := ParseUnit(Unit(w, "/x")); err != nil || len(again) != len(w) {
			t.Errorf("%q is %v, then %v (%v)", text, w, again, err)
		}
	})
}
