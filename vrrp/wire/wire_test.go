package wire

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/conformance"
)

var (
	host1 = netip.MustParseAddr("10.0.0.1")
	host2 = netip.MustParseAddr("10.0.0.2")
	vips  = []netip.Addr{netip.MustParseAddr("10.0.0.100"), netip.MustParseAddr("10.0.0.101")}
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sameAddr(a, b netip.Addr) bool { return a == b }

// TestSemantics2_2_PacketsOfKeepalived encodes and decodes packets taken from the wire of
// keepalived 2.2.7.
func TestSemantics2_2_PacketsOfKeepalived(t *testing.T) {
	conformance.Shows(t, "R9", "R10", "R11", "R16", "V1", "V2")
	for name, tc := range map[string]struct {
		hex    string
		advert Advert
		path   Path
	}{
		"v2 PASS": {
			"21 33 64 02 01 01 28 b4 0a 00 00 64 0a 00 00 65 73 65 63 72 65 74 00 00",
			Advert{
				Version: 2, VRID: 51, Priority: 100, Interval: time.Second, Auth: AuthPass,
				AuthData: [8]byte{'s', 'e', 'c', 'r', 'e', 't'}, Addrs: vips,
			},
			Path{Src: host1, Dst: Group4()},
		},
		"v2": {
			"21 33 64 02 00 01 66 00 0a 00 00 64 0a 00 00 65 00 00 00 00 00 00 00 00",
			Advert{Version: 2, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips},
			Path{Src: host1, Dst: Group4()},
		},
		"v3 multicast": {
			"31 33 64 02 00 64 6b 09 0a 00 00 64 0a 00 00 65",
			Advert{Version: 3, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips},
			Path{Src: host1, Dst: Group4()},
		},
		"v3 unicast": {
			"31 33 64 02 00 64 41 1a 0a 00 00 64 0a 00 00 65",
			Advert{Version: 3, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips},
			Path{Src: host1, Dst: host2},
		},
		"v3 IPv6": {
			"31 33 64 02 00 64 3f ab fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 51 20 01 0d b8 00 01 00 00 00 00 00 00 00 00 01 00",
			Advert{Version: 3, VRID: 51, Priority: 100, Interval: time.Second,
				Addrs: []netip.Addr{netip.MustParseAddr("fe80::51"), netip.MustParseAddr("2001:db8:1::100")}},
			Path{Src: netip.MustParseAddr("fe80::ff:fe00:1"), Dst: Group6()},
		},
		"v2 IPv6, which has no authentication data": {
			"21 34 64 01 00 01 4d ef 20 01 0d b8 00 01 00 00 00 00 00 00 00 00 02 00",
			Advert{Version: 2, VRID: 52, Priority: 100, Interval: time.Second, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8:1::200")}},
			Path{Src: netip.MustParseAddr("fe80::ff:fe00:2"), Dst: Group6()},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := unhex(t, tc.hex)
			got, err := Append(nil, tc.advert, tc.path)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("encoded % x (%v)\nwant    % x", got, err, want)
			}
			back, err := Decode(want, tc.path.Src.Is6(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.advert, back, cmp.Comparer(sameAddr)); diff != "" {
				t.Error(diff)
			}
			e := Expect{
				Version: tc.advert.Version, Interval: time.Second, Auth: tc.advert.Auth,
				Password: tc.advert.AuthData, Unicast: !tc.path.Dst.IsMulticast(),
			}
			p := Packet{Src: tc.path.Src, Dst: tc.path.Dst, TTL: 255, HeaderLen: 20, TotalLength: 20 + len(want), Payload: want}
			if _, v := Check(p, e, nil); v.Reason != Accepted {
				t.Errorf("refused: %s", v.Text())
			}
		})
	}
}

// TestIPv6Checksum checks against a sum worked out by hand: all words of pseudo-header
// (RFC 9568 section 5.2.8) and packet.
func TestIPv6Checksum(t *testing.T) {
	conformance.Shows(t, "R18")
	src, vip := netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	b, err := Append(nil, Advert{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addrs: []netip.Addr{vip}}, Path{Src: src, Dst: Group6()})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0xfe80 + 0x0001 + 0xff02 + 0x0012 + 24 + 112 + // pseudo-header
		0x3101 + 0x6401 + 0x0064 + 0xfe80 + 0x0002
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	want := ^sum & 0xffff
	if got := int(b[6])<<8 | int(b[7]); got != want {
		t.Errorf("checksum %#04x, want %#04x", got, want)
	}
	if len(b) != HeaderLen+16 {
		t.Errorf("length %d", len(b))
	}
}

func TestAppendRefuses(t *testing.T) {
	conformance.Shows(t, "R16")
	conformance.Refuses(t, "R19", "V1")
	good := Advert{Version: 2, VRID: 1, Priority: 1, Interval: time.Second}
	path := Path{Src: host1, Dst: Group4()}
	for name, tc := range map[string]struct {
		change func(*Advert)
		want   error
	}{
		"version 4":            {func(a *Advert) { a.Version = 4 }, errVersion},
		"half a second in v2":  {func(a *Advert) { a.Interval = time.Second / 2 }, errInterval},
		"256 seconds in v2":    {func(a *Advert) { a.Interval = 256 * time.Second }, errInterval},
		"9 ms in v3":           {func(a *Advert) { a.Version, a.Interval = 3, 9*time.Millisecond }, errInterval},
		"40.96 s in v3":        {func(a *Advert) { a.Version, a.Interval = 3, 40960*time.Millisecond }, errInterval},
		"256 addresses":        {func(a *Advert) { a.Addrs = make([]netip.Addr, 256) }, errTooMany},
		"an IPv6 address":      {func(a *Advert) { a.Addrs = []netip.Addr{netip.IPv6Loopback()} }, errFamily},
		"no address at all":    {func(a *Advert) { a.Addrs = []netip.Addr{{}} }, errFamily},
		"the longest interval": {func(a *Advert) { a.Version, a.Interval = 3, MaxInterval3 }, nil},
		"255 addresses":        {func(a *Advert) { a.Addrs = slices.Repeat(vips[:1], 255) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := good
			tc.change(&a)
			b, err := Append([]byte("before"), a, path)
			if err != tc.want {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if !strings.HasPrefix(string(b), "before") || err != nil && len(b) != len("before") {
				t.Errorf("result %q", b)
			}
		})
	}
}

// TestSemantics2_5_ReasonsInOrder makes one packet wrong in every way and mends it step
// by step: each check must be reached in the order of the fact.
func TestSemantics2_5_ReasonsInOrder(t *testing.T) {
	conformance.Shows(t, "R4")
	conformance.Refuses(t, "R4", "R9", "R10", "R56", "V2")
	e := Expect{Version: 2, Interval: time.Second, Auth: AuthPass, Password: [8]byte{'s'}}
	// type 2, unknown auth, wrong password, interval 3, two bytes missing
	b, err := Append(nil, Advert{Version: 3, VRID: 1, Priority: 9, Interval: 3 * time.Second, Addrs: vips}, Path{Src: host2, Dst: host1})
	if err != nil {
		t.Fatal(err)
	}
	b[0] = 0x32
	p := Packet{Src: host2, Dst: host1, TTL: 1, HeaderLen: 20, TotalLength: 99, Payload: b[:len(b)-1]}
	steps := []struct {
		want Reason
		text string
		mend func()
	}{
		{TooShort, "vrrp packet too short, length 35 and expect 36", func() { p.Payload = append(b, 0) }},
		{TooLong, "vrrp packet too long, length 37 and expect 36", func() { p.Payload = b }},
		{BadTTL, "invalid TTL/HL. Received 1 and expect 255", func() { p.TTL = 255 }},
		{WrongVersion, "wrong version. Received 3 and expect 2", func() {
			b = append(b, make([]byte, 8)...)
			b[0], b[4], b[5] = 0x22, 9, 3
			p.Payload = b
		}},
		{UnknownAuth, "Invalid auth type: 9", func() { b[4] = 0 }},
		{AuthMismatch, "received a 0 auth, expecting 1!", func() { b[4] = 1 }},
		{AuthFailure, "received an invalid passwd!", func() { b[16] = 's' }},
		{IntervalMismatch, "advertisement interval mismatch mine=1 sec rcv'd=3 sec", func() { b[5] = 1 }},
		{InvalidType, "Invalid packet type. 2 and expect 1", func() { b[0] = 0x21 }},
		{BadIPLength, "ip_tot_len mismatch against received length. 99 and expect 44", func() { p.TotalLength = 44 }},
		{BadChecksum, "Invalid VRRPv2 checksum", func() {
			b[6], b[7] = 0, 0
			sum := checksum(b, 2, Path{Src: host2, Dst: host1})
			b[6], b[7] = byte(sum>>8), byte(sum)
		}},
		{WrongCast, "received a unicast packet, expecting multicast", func() { p.Dst = Group4() }},
	}
	for _, s := range steps {
		_, v := Check(p, e, nil)
		if v.Reason != s.want || v.Text() != s.text {
			t.Fatalf("%s (%q), want %s (%q)", v.Reason, v.Text(), s.want, s.text)
		}
		s.mend()
	}
	a, v := Check(p, e, nil)
	if v.Reason != Accepted || a.VRID != 1 || a.Priority != 9 || len(a.Addrs) != 2 {
		t.Errorf("%s, %+v", v.Reason, a)
	}
}

func TestSemantics2_3_Checksums(t *testing.T) {
	conformance.Shows(t, "R17")
	conformance.Refuses(t, "R17")
	build := func(path Path) Packet {
		b, err := Append(nil, Advert{Version: 3, VRID: 1, Priority: 9, Interval: time.Second, Addrs: vips}, path)
		if err != nil {
			t.Fatal(err)
		}
		return Packet{Src: path.Src, Dst: host1, TTL: 255, HeaderLen: 20, TotalLength: 36, Payload: b}
	}
	right := build(Path{Src: host2, Dst: host1})
	old := build(Path{Src: host2, Dst: Group4()})
	bare := build(Path{Src: host2, Dst: host1, Bare: true})
	for name, tc := range map[string]struct {
		p      Packet
		e      Expect
		want   Reason
		wasOld bool
	}{
		"right":                 {right, Expect{OldChecksum: true}, Accepted, false},
		"old, allowed":          {old, Expect{OldChecksum: true}, Accepted, true},
		"old, not allowed":      {old, Expect{}, BadChecksum, false},
		"bare, as v2":           {bare, Expect{Bare: true}, Accepted, false},
		"right, as v2":          {right, Expect{Bare: true}, Accepted, false},
		"bare, not as v2":       {bare, Expect{OldChecksum: true}, BadChecksum, false},
		"old, as v2, no unique": {old, Expect{Bare: true}, BadChecksum, false},
	} {
		t.Run(name, func(t *testing.T) {
			tc.e.Version, tc.e.Unicast = 3, true
			if _, v := Check(tc.p, tc.e, nil); v.Reason != tc.want || v.Old != tc.wasOld {
				t.Errorf("%s, old %v", v.Reason, v.Old)
			}
		})
	}
}

// A refusal says which form the checksum has.
func TestChecksumFormsAreExplained(t *testing.T) {
	conformance.Refuses(t, "R18", "V1")
	six := netip.MustParseAddr("fe80::1")
	advert := func(version uint8, path Path, addrs ...netip.Addr) Packet {
		b, err := Append(nil, Advert{Version: version, VRID: 1, Priority: 9, Interval: time.Second, Addrs: addrs}, path)
		if err != nil {
			t.Fatal(err)
		}
		return Packet{Src: path.Src, Dst: path.Dst, TTL: 255, Payload: b}
	}
	set := func(p Packet, sum uint16) Packet {
		p.Payload[6], p.Payload[7] = byte(sum>>8), byte(sum)
		return p
	}
	zero := func(p Packet) []byte { return set(p, 0).Payload }
	v2 := advert(2, Path{Src: host2, Dst: Group4()}, vips...)
	old := advert(3, Path{Src: host2, Dst: Group4()}, vips...)
	old.Dst = host1
	wrong := advert(3, Path{Src: host2, Dst: Group4()}, vips...)
	wrong.Payload[2]++
	group6 := advert(3, Path{Src: six, Dst: Group6()}, six)
	for name, tc := range map[string]struct {
		p    Packet
		form Form
		says string
	}{
		"v2 with a pseudo-header":    {set(v2, checksum(zero(v2), 3, Path{Src: host2, Dst: Group4()})), FullForm, "for version 3"},
		"v3 without":                 {advert(3, Path{Src: host2, Dst: Group4(), Bare: true}, vips...), BareForm, "set v3_checksum_as_v2"},
		"v3 of another destination":  {old, GroupForm, "old_unicast_checksum never"},
		"v3 over IPv6 without":       {set(group6, checksum(zero(group6), 2, Path{Src: host1})), Bare6Form, "IPv6 always has"},
		"of nothing that is in here": {wrong, WrongForm, "Invalid VRRPv3 checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			e := Expect{Version: tc.p.Payload[0] >> 4, Interval: time.Second, Unicast: !tc.p.Dst.IsMulticast()}
			_, v := Check(tc.p, e, nil)
			if v.Reason != BadChecksum || v.Form != tc.form || !strings.Contains(v.Text(), tc.says) {
				t.Errorf("%s, form %d: %s", v.Reason, v.Form, v.Text())
			}
			if tc.form == WrongForm && v.Text() != tc.says {
				t.Errorf("more is known than can be: %s", v.Text())
			}
		})
	}
}

// TestZeroInterval: adopting it would make every backup master at once.
func TestZeroInterval(t *testing.T) {
	conformance.Refuses(t, "R57")
	b := unhex(t, "31 33 64 02 00 00 00 00 0a 00 00 64 0a 00 00 65")
	sum := checksum(b, 3, Path{Src: host2, Dst: Group4()})
	b[6], b[7] = byte(sum>>8), byte(sum)
	p := Packet{Src: host2, Dst: Group4(), TTL: 255, HeaderLen: 20, TotalLength: 36, Payload: b}
	if _, v := Check(p, Expect{Version: 3, Interval: time.Second}, nil); v.Reason != IntervalMismatch || v.Text() != "advertisement interval 0 received" {
		t.Errorf("%s: %s", v.Reason, v.Text())
	}
}

// TestPadding: what an Ethernet frame was filled up with is not the packet.
func TestPadding(t *testing.T) {
	b := unhex(t, "31 33 64 02 00 64 6b 09 0a 00 00 64 0a 00 00 65 00 00 00 00 00 00 00 00 00 00")
	p := Packet{Src: host1, Dst: Group4(), TTL: 255, HeaderLen: 20, TotalLength: 36, Payload: b}
	if _, v := Check(p, Expect{Version: 3}, nil); v.Reason != Accepted {
		t.Errorf("padded: %s", v.Text())
	}
	p.TotalLength = 0
	if _, v := Check(p, Expect{Version: 3}, nil); v.Reason != TooLong {
		t.Errorf("unknown total length: %s", v.Text())
	}
}

func TestSemantics2_11_Peers(t *testing.T) {
	peers := []Peer{{Addr: host1, MaxTTL: 255}, {Addr: host2, MinTTL: 3, MaxTTL: 60}}
	stranger := netip.MustParseAddr("10.0.0.9")
	for _, tc := range []struct {
		src    netip.Addr
		ttl    uint8
		listed bool
		want   Reason
		text   string
	}{
		{host1, 1, true, Accepted, "accepted"},
		{host2, 3, true, Accepted, "accepted"},
		{host2, 60, true, Accepted, "accepted"},
		{host2, 2, true, PeerTTL, "TTL/HL 2 not in range 3 - 60"},
		{host2, 61, false, PeerTTL, "TTL/HL 61 not in range 3 - 60"},
		{stranger, 9, true, NotAPeer, "unicast source address 10.0.0.9 not a unicast peer"},
		{stranger, 9, false, Accepted, "accepted"},
	} {
		if v := CheckPeer(tc.src, tc.ttl, peers, tc.listed); v.Reason != tc.want || v.Text() != tc.text {
			t.Errorf("%s ttl %d listed %v: %s (%s)", tc.src, tc.ttl, tc.listed, v.Reason, v.Text())
		}
	}
}

func TestReasonNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range numberOfReason {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("reason %d is %q", r, r.String())
		}
		seen[r.String()] = true
	}
	if got := numberOfReason.String(); got != fmt.Sprintf("reason %d", numberOfReason) {
		t.Errorf("beyond the last: %q", got)
	}
}

func TestVRID(t *testing.T) {
	if _, ok := VRID(make([]byte, 7)); ok {
		t.Error("seven bytes are enough?")
	}
	if id, ok := VRID([]byte{0, 42, 0, 0, 0, 0, 0, 0}); !ok || id != 42 {
		t.Errorf("%d %v", id, ok)
	}
}

// anyAdvert draws an advert that can be encoded.
func anyAdvert(t *rapid.T) (Advert, Path) {
	a := Advert{
		Version:  uint8(rapid.IntRange(2, 3).Draw(t, "version")),
		VRID:     rapid.Byte().Draw(t, "vrid"),
		Priority: rapid.Byte().Draw(t, "priority"),
	}
	ipv6 := rapid.Bool().Draw(t, "ipv6")
	if a.Version == 2 {
		a.Interval = time.Duration(rapid.IntRange(1, 255).Draw(t, "s")) * time.Second
		if !ipv6 {
			a.Auth = AuthType(rapid.IntRange(0, 1).Draw(t, "auth"))
			copy(a.AuthData[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "password"))
		}
	} else {
		a.Interval = time.Duration(rapid.IntRange(1, 4095).Draw(t, "cs")) * centisecond
	}
	addr := func(name string) netip.Addr {
		n := 4
		if ipv6 {
			n = 16
		}
		x, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name))
		return x
	}
	for range rapid.IntRange(int(a.Version)-2, 12).Draw(t, "count") { // one at least in version 3
		a.Addrs = append(a.Addrs, addr("address"))
	}
	p := Path{Src: addr("source"), Dst: Group4()}
	if ipv6 {
		p.Dst = Group6()
	}
	return a, p
}

func TestRoundTrip(t *testing.T) {
	conformance.Shows(t, "R19", "R57")
	rapid.Check(t, func(t *rapid.T) {
		a, path := anyAdvert(t)
		b, err := Append(nil, a, path)
		if err != nil {
			t.Fatal(err)
		}
		e := Expect{Version: a.Version, Interval: a.Interval, Auth: a.Auth, Password: a.AuthData}
		p := Packet{Src: path.Src, Dst: path.Dst, TTL: 255, HeaderLen: 20, TotalLength: 20 + len(b), Payload: b}
		got, v := Check(p, e, nil)
		if v.Reason != Accepted {
			t.Fatalf("refused: %s", v.Text())
		}
		if diff := cmp.Diff(a, got, cmp.Comparer(sameAddr)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestEveryBitIsProtected: a packet with one bit changed is refused, or it is in a
// field that the checks compare.
func TestEveryBitIsProtected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, path := anyAdvert(t)
		b, err := Append(nil, a, path)
		if err != nil {
			t.Fatal(err)
		}
		bit := rapid.IntRange(0, 8*len(b)-1).Draw(t, "bit")
		b[bit/8] ^= 1 << (bit % 8)
		e := Expect{Version: a.Version, Interval: a.Interval, Auth: a.Auth, Password: a.AuthData}
		p := Packet{Src: path.Src, Dst: path.Dst, TTL: 255, HeaderLen: 20, TotalLength: 20 + len(b), Payload: b}
		if got, v := Check(p, e, nil); v.Reason == Accepted {
			t.Fatalf("bit %d changed and accepted as %+v", bit, got)
		}
	})
}

// FuzzCheck: whatever comes, Check does not panic, and what it accepts is exactly
// what encoding it again gives.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		"21 33 64 02 01 01 28 b4 0a 00 00 64 0a 00 00 65 73 65 63 72 65 74 00 00",
		"21 33 64 02 00 01 66 00 0a 00 00 64 0a 00 00 65 00 00 00 00 00 00 00 00",
		"31 33 64 02 00 64 6b 09 0a 00 00 64 0a 00 00 65",
		"31 33 64 ff 00 64 6b 09",
		"", "31",
	} {
		f.Add(unhex(f, s), uint8(255), uint8(3), uint16(0))
		f.Add(unhex(f, s), uint8(255), uint8(2), uint16(44))
	}
	f.Fuzz(func(t *testing.T, b []byte, ttl, version uint8, total uint16) {
		path := Path{Src: host1, Dst: Group4()}
		p := Packet{Src: path.Src, Dst: path.Dst, TTL: ttl, HeaderLen: 20, TotalLength: int(total), Payload: b}
		a, v := Check(p, Expect{Version: version, Interval: time.Second}, nil)
		if v.Text() == "" {
			t.Error("a verdict without words")
		}
		if v.Reason != Accepted {
			return
		}
		if ttl != 255 || a.Version != version {
			t.Errorf("accepted with TTL %d, version %d", ttl, a.Version)
		}
		again, err := Append(nil, a, path)
		if err != nil {
			t.Fatalf("accepted, but cannot be encoded: %v", err)
		}
		reserved := []byte{b[4] & 0xf0} // version 3 does not look at it
		if a.Version == 3 && reserved[0] != 0 {
			return
		}
		if !slices.Equal(again, b[:len(again)]) && !sameButForZero(again, b) {
			t.Errorf("accepted % x\nencodes  % x", b, again)
		}
	})
}

// sameButForZero: one's complement has two zeros, so a checksum may be told as
// 0000 or ffff.
func sameButForZero(a, b []byte) bool {
	x, y := slices.Clone(a), slices.Clone(b[:len(a)])
	if x[6] == x[7] && y[6] == y[7] && x[6]^y[6] == 0xff {
		x[6], x[7], y[6], y[7] = 0, 0, 0, 0
	}
	return slices.Equal(x, y)
}

func BenchmarkCheck(b *testing.B) {
	raw := unhex(b, "21 33 64 02 01 01 28 b4 0a 00 00 64 0a 00 00 65 73 65 63 72 65 74 00 00")
	p := Packet{Src: host1, Dst: Group4(), TTL: 255, HeaderLen: 20, TotalLength: 44, Payload: raw}
	e := Expect{Version: 2, Interval: time.Second, Auth: AuthPass, Password: [8]byte{'s', 'e', 'c', 'r', 'e', 't'}}
	buf := make([]netip.Addr, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, v := Check(p, e, buf); v.Reason != Accepted {
			b.Fatal(v.Text())
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	a := Advert{Version: 3, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips}
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Append(buf, a, Path{Src: host1, Dst: Group4()}); err != nil {
			b.Fatal(err)
		}
	}
}
