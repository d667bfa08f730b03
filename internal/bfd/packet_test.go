package bfd

import (
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"
)

// captured is a packet of keepalived 2.2.7: Down, multiplier 5, 1 s, 10 ms.
const captured = "20400518c5b1a9f300000000000f42400000271000000000"

func TestPacketOfKeepalived(t *testing.T) {
	b, _ := hex.DecodeString(captured)
	want := Packet{State: Down, Multiplier: 5, Mine: 0xc5b1a9f3, MinTX: 1_000_000, MinRX: 10_000}
	got, why := Decode(b)
	if got != want || why.Reason != Accepted {
		t.Errorf("%+v, %v", got, why)
	}
	if e := want.Encode(); hex.EncodeToString(e[:]) != captured {
		t.Errorf("%x", e)
	}
}

// Whatever is refused is refused with the words that 2.2.7 has for it.
func TestRefusedPackets(t *testing.T) {
	good := func(change func(b []byte)) []byte {
		b, _ := hex.DecodeString(captured)
		change(b)
		return b
	}
	for _, c := range []struct {
		packet []byte
		reason Reason
		text   string
	}{
		{nil, TooShort, "Packet is too small: 0 bytes"},
		{good(func([]byte) {})[:20], TooShort, "Packet is too small: 20 bytes"},
		{good(func(b []byte) { b[0] = 0 }), WrongVersion, "Packet is of unsupported version: 0"},
		{good(func(b []byte) { b[0] = 2 << 5 }), WrongVersion, "Packet is of unsupported version: 2"},
		{good(func(b []byte) { b[3] = 30 }), WrongLength,
			"Packet size mismatch: length field: 30 bytes, buffer size: 24 bytes"},
		{good(func(b []byte) { b[3] = 10 }), WrongLength,
			"Packet size mismatch: length field: 10 bytes, buffer size: 24 bytes"},
		{append(good(func([]byte) {}), 1, 2, 3, 4), WrongLength,
			"Packet size mismatch: length field: 24 bytes, buffer size: 28 bytes"},
		{good(func(b []byte) { b[2] = 0 }), NoMultiplier, "Packet 'detection multiplier' field is zero"},
		{good(func(b []byte) { b[1] |= 1 }), Multipoint, "Packet has 'multipoint' flag"},
		{good(func(b []byte) { clear(b[4:8]) }), NoDiscriminator, "Packet 'my discriminator' field is zero"},
		{good(func(b []byte) { b[1] |= 0x30 }), PollAndFinal, "Packet has both poll and final flags set"},
		{good(func(b []byte) { b[1] = 3 << 6 }), NotAddressed,
			"Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown"},
		{good(func(b []byte) { b[1] = 2 << 6 }), NotAddressed,
			"Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown"},
		{good(func(b []byte) { b[1] |= 4 }), Authenticated,
			"auth bit is set, but no authentication is in use"},
		{append(good(func(b []byte) { b[1] |= 4; b[3] = 33 }), 1, 9, 1, 'p', 'a', 's', 's', 'w', 'd'), Authenticated,
			"auth bit is set, but no authentication is in use"},
	} {
		p, why := Decode(c.packet)
		if why.Reason != c.reason || why.String() != c.text || p != (Packet{}) {
			t.Errorf("%x: %v %q, want %v %q", c.packet, why.Reason, why, c.reason, c.text)
		}
	}
	for _, ok := range [][]byte{
		good(func(b []byte) { b[0] |= 31 }),                               // a diagnostic of the future
		good(func(b []byte) { b[1] |= 8 }),                                // independent of the control plane
		good(func(b []byte) { b[1] |= 2 }),                                // demand
		good(func(b []byte) { b[1] = 0 }),                                 // AdminDown
		good(func(b []byte) { clear(b[12:24]) }),                          // intervals of 0
		good(func(b []byte) { b[20], b[21] = 0xff, 0xff }),                // echo
		good(func(b []byte) { b[1] = 3 << 6; b[8], b[1] = 1, 1<<6|0x20 }), // poll
	} {
		if _, why := Decode(ok); why.Reason != Accepted {
			t.Errorf("%x: %v", ok, why)
		}
	}
}

func TestReasonsHaveWords(t *testing.T) {
	seen := map[string]bool{}
	for r := range reasons {
		text := Refusal{Reason: r}.String()
		if text == "" || seen[text] {
			t.Errorf("reason %d: %q", r, text)
		}
		seen[text] = true
	}
	if Diag(1).String() != "Control Detection Time Expired" || Diag(3).String() != "Neighbor Signaled Session Down" ||
		Diag(9).String() != "Diagnostic 9" || AdminDown.String() != "AdminDown" || Up.String() != "Up" {
		t.Error("words")
	}
}

func drawPacket(t *rapid.T) Packet {
	number := rapid.Uint32()
	p := Packet{
		Diag: Diag(rapid.IntRange(0, 31).Draw(t, "diag")), State: State(rapid.IntRange(0, 3).Draw(t, "state")),
		Poll: rapid.Bool().Draw(t, "poll"), Demand: rapid.Bool().Draw(t, "demand"),
		Multiplier: rapid.Uint8Min(1).Draw(t, "mult"), Mine: rapid.Uint32Min(1).Draw(t, "mine"),
		Yours: rapid.Uint32Min(1).Draw(t, "yours"), MinTX: number.Draw(t, "tx"), MinRX: number.Draw(t, "rx"),
		MinEchoRX: number.Draw(t, "echo"),
	}
	p.Final = !p.Poll && rapid.Bool().Draw(t, "final")
	return p
}

func TestWhatIsSentIsReceived(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPacket(t)
		b := p.Encode()
		if got, why := Decode(b[:]); got != p || why.Reason != Accepted {
			t.Fatalf("%+v became %+v, %v", p, got, why)
		}
	})
}

// No bytes make the decoder crash, and what it accepts is what would be sent for it, but for flags that are not
// looked at.
func FuzzDecode(f *testing.F) {
	b, _ := hex.DecodeString(captured)
	f.Add(b)
	f.Add(b[:23])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, why := Decode(b)
		if why.Reason != Accepted {
			if p != (Packet{}) {
				t.Errorf("refused (%v), and yet %+v", why, p)
			}
			return
		}
		if len(b) < Length || p.Multiplier == 0 || p.Mine == 0 || p.Auth {
			t.Errorf("accepted %x", b)
		}
		e := p.Encode()
		b[1] &^= 8                   // control plane independent
		b[3], b = Length, b[:Length] // more may follow, if the length says so
		if string(e[:]) != string(b) {
			t.Errorf("%x became %x", b, e)
		}
	})
}
