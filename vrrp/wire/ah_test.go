package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var secret = [AuthLen]byte{'s', 'e', 'c', 'r', 'e', 't'}

// framesOf227 are datagrams of keepalived 2.2.7 with `auth_pass secret`, as tshark saw them.
var framesOf227 = map[string]struct {
	hex      string
	sequence uint32
	id       uint16
}{
	"multicast": {"45c0 0040 0001 0000 ff33 1878 c0a80197 e0000012 70040000 c0a80197 00000001 c178e65303d6879dc971bd30" +
		"2133640102 01b68b c0a80196 0000000000000000", 1, 1},
	"multicast, third": {"45c0 0040 0002 0000 ff33 1876 c0a80198 e0000012 70040000 c0a80198 00000009 d329abb6f1a0faca783b2a40" +
		"2133320102 01e88b c0a80196 0000000000000000", 9, 2},
	"unicast, TTL 77": {"45c0 0040 0001 0000 4d33 e84a c0a80197 c0a80198 70040000 c0a80197 00000001 d86917c7bd33a69f4976366c" +
		"2133640102 01b68b c0a80196 0000000000000000", 1, 1},
	"unicast": {"45c0 0040 0001 0000 ff33 364a c0a80198 c0a80197 70040000 c0a80198 00000008 41a1462d4408c4bc7ba50000" +
		"2133320102 01e88b c0a80196 0000000000000000", 8, 1},
}

// received is a datagram of IPv4 as a receiver gives it to Check.
func received(b []byte) Packet {
	n := int(b[0]&15) * 4
	p := Packet{
		Src: netip.AddrFrom4([4]byte(b[12:16])), Dst: netip.AddrFrom4([4]byte(b[16:20])), TTL: b[8],
		TotalLength: int(binary.BigEndian.Uint16(b[2:])), HeaderLen: n, Header: b[:n], Payload: b[n:],
	}
	if b[9] == AHProtocol {
		p.AH, p.Payload, _ = SplitAH(p.Payload)
	}
	return p
}

func expectAH(p Packet) Expect {
	return Expect{Version: 2, Interval: time.Second, Auth: AuthAH, AH: NewAHKey(secret), Unicast: !p.Dst.IsMulticast()}
}

// TestSemantics2_13_DatagramsOfKeepalived makes keepalived's datagrams byte for byte, and accepts them.
func TestSemantics2_13_DatagramsOfKeepalived(t *testing.T) {
	for name, tc := range framesOf227 {
		t.Run(name, func(t *testing.T) {
			want := unhex(t, tc.hex)
			p := received(want)
			a, v := Check(p, expectAH(p), nil)
			if v.Reason != Accepted || v.Sequence != tc.sequence {
				t.Fatalf("%s, sequence %d", v.Text(), v.Sequence)
			}
			message, err := Append(nil, a, Path{Src: p.Src, Dst: p.Dst})
			if err != nil {
				t.Fatal(err)
			}
			h := Header4{Src: p.Src, Dst: p.Dst, TTL: p.TTL, Protocol: AHProtocol, ID: tc.id}
			behind := NewAHKey(secret).Seal(nil, h, tc.sequence, message)
			got := append(h.Append(nil, len(behind)), behind...)
			copy(got[10:], want[10:12]) // the kernel's
			if !bytes.Equal(got, want) {
				t.Errorf("made % x\nwant % x", got, want)
			}
		})
	}
}

// TestSemantics2_13_Refusals are those of keepalived 2.2.7, in its order.
func TestSemantics2_13_Refusals(t *testing.T) {
	seal := func(spi netip.Addr, key string, sequence uint32, change func(b []byte)) []byte {
		h := Header4{Src: host2, Dst: Group4(), TTL: TTL, Protocol: AHProtocol, ID: 7}
		message, _ := Append(nil, Advert{Version: 2, VRID: 51, Priority: 9, Interval: time.Second, Auth: AuthAH, Addrs: vips}, Path{Src: h.Src, Dst: h.Dst})
		change(message)
		k := NewAHKey([AuthLen]byte([]byte(key + "\x00\x00\x00\x00\x00\x00\x00\x00")))
		b := k.Seal(h.Append(nil, AHLen+len(message)), h, sequence, message)
		s := spi.As4()
		copy(b[24:], s[:])
		copy(b[20+icvAt:], k.check(b[:20], b[20:], b[20+AHLen:]))
		return b
	}
	same := func([]byte) {}
	for name, tc := range map[string]struct {
		b    []byte
		want string
		seq  uint32 // counted although refused
	}{
		"right":         {seal(host2, "secret", 101, same), "accepted", 101},
		"heard before":  {seal(host2, "secret", 100, same), "IPSEC-AH : sequence number 100 already processed. Packet dropped. Local(100)", 0},
		"zero":          {seal(host2, "secret", 0, same), "IPSEC-AH : sequence number 0 already processed. Packet dropped. Local(100)", 0},
		"the last":      {seal(host2, "secret", 1<<32-1, same), "accepted", 1<<32 - 1},
		"password":      {seal(host2, "guess", 101, same), "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !", 0},
		"index":         {seal(host1, "secret", 101, same), "IPSEC-AH : invalid IPSEC SPI value. 10.0.0.1 and expect 10.0.0.2", 0},
		"index and old": {seal(host1, "secret", 1, same), "IPSEC-AH : invalid IPSEC SPI value. 10.0.0.1 and expect 10.0.0.2", 0},
		"type PASS":     {seal(host2, "secret", 101, func(b []byte) { b[4] = 1 }), "received a 1 auth, expecting 2!", 0},
		"type 3":        {seal(host2, "secret", 101, func(b []byte) { b[4] = 3 }), "Invalid auth type: 3", 0},
		"interval":      {seal(host2, "secret", 101, func(b []byte) { b[5] = 2 }), "advertisement interval mismatch mine=1 sec rcv'd=2 sec", 101},
		"packet type":   {seal(host2, "secret", 101, func(b []byte) { b[0] = 0x22 }), "Invalid packet type. 2 and expect 1", 101},
		"checksum":      {seal(host2, "secret", 101, func(b []byte) { b[7]++ }), "Invalid VRRPv2 checksum", 101},
		"version":       {seal(host2, "secret", 101, func(b []byte) { b[0] = 0x31 }), "vrrp packet too long, length 68 and expect 60", 0},
		"cut":           {seal(host2, "secret", 101, same)[:60], "vrrp packet too short, length 60 and expect 68", 0},
		"padded":        {append(seal(host2, "secret", 101, same), 0, 0, 0), "accepted", 101},
	} {
		p := received(tc.b)
		e := expectAH(p)
		e.Sequence = 100
		if _, v := Check(p, e, nil); v.Text() != tc.want || v.Sequence != tc.seq {
			t.Errorf("%s: %s, sequence %d", name, v.Text(), v.Sequence)
		}
	}
}

// TestHeaderAndTypeGoTogether: type 2 is only a byte, and a header before what has another type proves nothing.
func TestHeaderAndTypeGoTogether(t *testing.T) {
	p := received(unhex(t, framesOf227["multicast"].hex))
	with := expectAH(p)
	without := p
	without.AH, without.TotalLength = nil, 0
	if _, v := Check(without, with, nil); v.Reason != WrongCarrier || v.Text() != "received by IP protocol 112, expecting 51!" {
		t.Error("without a header:", v.Text())
	}
	for auth := range AuthAH {
		for version := range uint8(2) {
			message, _ := Append(nil, Advert{Version: 2 + version, VRID: 51, Interval: time.Second, Auth: auth}, Path{Src: p.Src, Dst: p.Dst})
			q := p
			q.Payload, q.TotalLength = message, 0
			if _, v := Check(q, Expect{Version: 2 + version, Interval: time.Second, Auth: auth}, nil); v.Reason != WrongCarrier {
				t.Errorf("version %d, type %d with a header: %s", 2+version, auth, v.Text())
			}
		}
	}
}

// TestSemantics2_13_WhatIsCovered: a bit that changes anywhere is found, but for those that routers change.
func TestSemantics2_13_WhatIsCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"multicast", "unicast, TTL 77"}).Draw(t, "datagram")
		var b []byte
		for _, word := range bytes.Fields([]byte(framesOf227[name].hex)) {
			for i := 0; i+1 < len(word); i += 2 {
				b = append(b, nibble(word[i])<<4|nibble(word[i+1]))
			}
		}
		at := rapid.IntRange(0, len(b)-1).Draw(t, "byte")
		if at == 0 || at == 2 || at == 3 || at == 9 {
			t.Skip("another length, version or protocol is another packet")
		}
		b[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		p := received(b)
		e := expectAH(p)
		_, v := Check(p, e, nil)
		free := at == 1 || at == 6 || at == 7 || at == 10 || at == 11 || at == 8 && e.Unicast
		if accepted := v.Reason == Accepted; accepted != free {
			t.Errorf("%s with byte %d changed: %s", name, at, v.Text())
		}
	})
}

func nibble(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// TestAHAllocatesNothing: checking is done for every packet that anybody sends.
func TestAHAllocatesNothing(t *testing.T) {
	p := received(unhex(t, framesOf227["multicast"].hex))
	e := expectAH(p)
	addrs := make([]netip.Addr, 0, 4)
	bad := p
	bad.AH = append(bytes.Clone(p.AH[:AHLen-1]), 0)
	for name, p := range map[string]Packet{"right": p, "wrong": bad} {
		if n := testing.AllocsPerRun(100, func() { Check(p, e, addrs[:0]) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzAH(f *testing.F) {
	for _, tc := range framesOf227 {
		f.Add(unhex(f, tc.hex)[20:], uint8(20), uint32(0))
	}
	f.Add([]byte{112, 4, 0, 0}, uint8(24), uint32(5))
	f.Add([]byte{112}, uint8(60), uint32(5))
	f.Fuzz(func(t *testing.T, b []byte, headerLen uint8, last uint32) {
		ah, message, ok := SplitAH(b)
		if ok != (len(b) > 0 && b[0] == Protocol) || ok && (len(ah)+len(message) != len(b) || len(ah) > AHLen) {
			t.Fatalf("%d bytes: %d and %d, %v", len(b), len(ah), len(message), ok)
		}
		if !ok {
			return
		}
		header := Header4{Src: host2, Dst: Group4(), TTL: TTL, Protocol: AHProtocol, ID: 1}.Append(nil, len(b))
		header = append(header, make([]byte, 44)...)[:min(headerLen, 64)]
		p := Packet{Src: host2, Dst: Group4(), TTL: TTL, HeaderLen: int(headerLen), Header: header, AH: ah, Payload: message}
		e := Expect{Version: 2, Interval: time.Second, Auth: AuthAH, AH: NewAHKey(secret), Sequence: last}
		// Nobody guesses a check, so whatever gets through is a fault of ours.
		if _, v := Check(p, e, nil); v.Sequence != 0 || v.Reason == Accepted {
			t.Fatalf("accepted % x", b)
		}
	})
}
