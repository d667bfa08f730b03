package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const hmacSecret = "0123456789abcdef0123456789abcdef"

func ring() *Keyring {
	return NewKeyring([]Key{{7, []byte(hmacSecret)}, {8, []byte(hmacSecret + "x")}})
}

// signed is a signed advert as a receiver gets it.
func signed(version uint8, src, dst netip.Addr, stamp uint64) Packet {
	a := Advert{Version: version, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips}
	if src.Is6() {
		a.Addrs = []netip.Addr{netip.MustParseAddr("fe80::100")}
	}
	message, err := Append(nil, a, Path{Src: src, Dst: dst})
	if err != nil {
		panic(err)
	}
	b := ring().Sign(nil, src, dst, message, 7, stamp)
	p := Packet{Src: src, Dst: dst, TTL: TTL, HeaderLen: 40, Payload: b}
	if src.Is4() {
		p.HeaderLen, p.TotalLength = 20, 20+len(b)
	}
	return p
}

func expectSigned(version uint8, dst netip.Addr) Expect {
	return Expect{Version: version, Interval: time.Second, Unicast: !dst.IsMulticast(), Keys: ring(),
		Stamps: Stamps{After: 999, Spans: [2]Span{{500, 2000}}}}
}

// ways are the versions, families and destinations there are.
var ways = []struct {
	version  uint8
	src, dst netip.Addr
}{
	{2, host2, Group4()}, {3, host2, Group4()}, {3, host2, host1},
	{3, netip.MustParseAddr("fe80::2"), Group6()}, {2, netip.MustParseAddr("fe80::2"), netip.MustParseAddr("fe80::1")},
}

// TestSemantics2_14_Layout pins the bytes.
func TestSemantics2_14_Layout(t *testing.T) {
	p := signed(3, host2, Group4(), 0x0102030405060708)
	message, trailer := p.Payload[:16], p.Payload[16:]
	if !bytes.Equal(trailer[:12], []byte{1, 7, 28, 0, 1, 2, 3, 4, 5, 6, 7, 8}) || len(trailer) != TrailerLen {
		t.Fatalf("trailer % x", trailer)
	}
	m := hmac.New(sha256.New, []byte(hmacSecret))
	m.Write([]byte{10, 0, 0, 2, 224, 0, 0, 18})
	m.Write(message[:6])
	m.Write([]byte{0, 0})
	m.Write(message[8:])
	m.Write(trailer[:12])
	if !bytes.Equal(trailer[12:], m.Sum(nil)[:16]) {
		t.Errorf("tag % x", trailer[12:])
	}
}

func TestSemantics2_14_Refusals(t *testing.T) {
	for _, w := range ways {
		for name, tc := range map[string]struct {
			change func(p *Packet, e *Expect)
			want   Reason
		}{
			"right":                   {func(*Packet, *Expect) {}, Accepted},
			"no trailer":              {cut(TrailerLen), TrailerMissing},
			"no trailer, taken":       {func(p *Packet, e *Expect) { cut(TrailerLen)(p, e); e.Unsigned = true }, Accepted},
			"wrong trailer, taken":    {func(p *Packet, e *Expect) { p.Payload[len(p.Payload)-1]++; e.Unsigned = true }, InvalidHMAC},
			"cut":                     {cut(1), TrailerMalformed},
			"a byte":                  {cut(TrailerLen - 1), TrailerMalformed},
			"cut before it":           {cut(TrailerLen + 1), TooShort},
			"too long":                {longer(1), TrailerMalformed},
			"two":                     {longer(TrailerLen), TrailerMalformed},
			"another type":            {flip(0), TrailerMalformed},
			"another length":          {flip(2), TrailerMalformed},
			"something reserved":      {flip(3), TrailerMalformed},
			"unknown key":             {func(p *Packet, _ *Expect) { p.Payload[len(p.Payload)-TrailerLen+1] = 9 }, UnknownKey},
			"another key":             {func(p *Packet, _ *Expect) { p.Payload[len(p.Payload)-TrailerLen+1] = 8 }, InvalidHMAC},
			"stamp":                   {flip(11), InvalidHMAC},
			"tag":                     {flip(12), InvalidHMAC},
			"priority":                {func(p *Packet, _ *Expect) { p.Payload[2]++ }, InvalidHMAC},
			"heard":                   {func(_ *Packet, e *Expect) { e.Stamps.After = 1000 }, Replay},
			"old":                     {func(_ *Packet, e *Expect) { e.Stamps.Spans[0] = Span{1001, 3000} }, Stale},
			"from the future":         {func(_ *Packet, e *Expect) { e.Stamps.Spans[0] = Span{0, 999} }, Stale},
			"expected there":          {func(_ *Packet, e *Expect) { e.Stamps.Spans = [2]Span{{}, Around(900, 100)} }, Accepted},
			"any":                     {func(_ *Packet, e *Expect) { e.Stamps.Spans[0], e.Stamps.Any = Span{}, true }, Accepted},
			"any, heard":              {func(_ *Packet, e *Expect) { e.Stamps.Any, e.Stamps.After = true, 1000 }, Replay},
			"version":                 {func(_ *Packet, e *Expect) { e.Version ^= 1 }, WrongVersion},
			"a receiver without keys": {func(_ *Packet, e *Expect) { e.Keys = nil }, TooLong},
		} {
			p, e := signed(w.version, w.src, w.dst, 1000), expectSigned(w.version, w.dst)
			tc.change(&p, &e)
			if p.TotalLength > 0 {
				p.TotalLength = 20 + len(p.Payload)
			}
			_, v := Check(p, e, nil)
			stamped := v.Stamp == 1000
			if v.Reason != tc.want || stamped != (v.Reason == Accepted && name != "no trailer, taken") {
				t.Errorf("version %d %v to %v, %s: %s (%s), stamp %d", w.version, w.src, w.dst, name, v.Reason, v.Text(), v.Stamp)
			}
		}
	}
}

func cut(n int) func(*Packet, *Expect) {
	return func(p *Packet, _ *Expect) { p.Payload = p.Payload[:len(p.Payload)-n] }
}

func longer(n int) func(*Packet, *Expect) {
	return func(p *Packet, _ *Expect) { p.Payload = append(p.Payload, make([]byte, n)...) }
}

// flip changes a byte of the trailer.
func flip(at int) func(*Packet, *Expect) {
	return func(p *Packet, _ *Expect) { p.Payload[len(p.Payload)-TrailerLen+at] ^= 0x10 }
}

// TestSemantics2_14_EveryBitCounts, but those of the checksum, which is checked by itself; and so do the addresses.
func TestSemantics2_14_EveryBitCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SampledFrom(ways).Draw(t, "way")
		p, e := signed(w.version, w.src, w.dst, 1000), expectSigned(w.version, w.dst)
		at := rapid.IntRange(0, len(p.Payload)-1).Draw(t, "byte")
		p.Payload[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, v := Check(p, e, nil); v.Reason == Accepted || v.Stamp != 0 && v.Reason != BadChecksum {
			t.Errorf("byte %d: %s", at, v.Text())
		}
		p = signed(w.version, w.src, w.dst, 1000)
		p.Src = p.Src.Next()
		if _, v := Check(p, e, nil); v.Reason != InvalidHMAC {
			t.Errorf("another source: %s", v.Text())
		}
	})
}

func TestTrailerAllocatesNothing(t *testing.T) {
	p, e := signed(3, host2, Group4(), 1000), expectSigned(3, Group4())
	bad := p
	bad.Payload = bytes.Clone(p.Payload)
	bad.Payload[len(bad.Payload)-1]++
	addrs := make([]netip.Addr, 0, 4)
	for name, p := range map[string]Packet{"right": p, "wrong": bad} {
		if n := testing.AllocsPerRun(100, func() { Check(p, e, addrs[:0]) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzTrailer(f *testing.F) {
	for _, w := range ways {
		f.Add(signed(w.version, w.src, w.dst, 1000).Payload, w.version, w.src.Is6())
	}
	f.Fuzz(func(t *testing.T, b []byte, version uint8, six bool) {
		p := Packet{Src: host2, Dst: Group4(), TTL: TTL, HeaderLen: 20, Payload: b}
		if six {
			p.Src, p.Dst = netip.MustParseAddr("fe80::2"), Group6()
		}
		e := expectSigned(version, p.Dst)
		e.Keys = NewKeyring([]Key{{7, []byte("a key that no seed was signed with")}})
		if _, v := Check(p, e, nil); v.Reason == Accepted || v.Stamp != 0 {
			t.Fatalf("accepted % x", b)
		}
	})
}
