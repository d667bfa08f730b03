package kernel

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// recorded reads the messages a Linux 6.1 sent, little-endian: S of services, D of
// destinations of the service above.
func recorded(t testing.TB) (services, dests [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/linux-6.1.dump")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		kind, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		msg, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "S" {
			services = append(services, msg)
		} else {
			dests = append(dests, msg)
		}
	}
	return services, dests
}

func TestUnpackWhatLinuxSends(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the recording is of a little-endian machine")
	}
	services, dests := recorded(t)
	type entry struct {
		id       ipvs.ServiceID
		settings ipvs.ServiceSettings
	}
	want := []entry{
		{
			service(ipvs.TCP, "10.0.0.1:80"),
			ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Persistent, Timeout: 9 * time.Second, PrefixLen: 16},
		},
		{
			service(ipvs.UDP, "[fd00::1]:5060"),
			ipvs.ServiceSettings{Scheduler: "sh", Flags: ipvs.Persistent | ipvs.OnePacket | ipvs.Sched2,
				Timeout: 77 * time.Second, PrefixLen: 64, Engine: "sip"},
		},
		{ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 9}, ipvs.ServiceSettings{Scheduler: "wlc", PrefixLen: 32}},
	}
	if len(services) != len(want) || len(dests) != 2 {
		t.Fatalf("%d services and %d destinations recorded", len(services), len(dests))
	}
	for i, msg := range services {
		e, err := unpackService(msg)
		if err != nil {
			t.Fatal(err)
		}
		if got := (entry{e.id, e.settings}); got != want[i] {
			t.Errorf("got  %+v\nwant %+v", got, want[i])
		}
		if c, err := unpackCounters(e.stats); err != nil || c != (ipvs.Counters{}) {
			t.Errorf("counters %+v, %v", c, err)
		}
	}
	for i, want := range []destEntry{
		{id: dest("10.1.0.3:5060"), settings: ipvs.DestSettings{Method: ipvs.Tunnel, Weight: 3,
			Tunnel: ipvs.Encapsulation{Type: ipvs.GUE, Port: 6080}}},
		{id: dest("[fd00:1::2]:5061"), settings: ipvs.DestSettings{Method: ipvs.Masq, Weight: 1<<31 - 1, UpperThreshold: 9, LowerThreshold: 4}},
	} {
		got, err := unpackDest(dests[i], ipvs.IPv6)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := unpackCounters(got.stats); err != nil || c != (ipvs.Counters{}) {
			t.Errorf("counters %+v, %v", c, err)
		}
		got.stats = nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestPackDecodesToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := fake.Commands().Draw(t, "command")
		before := []byte("in front")
		b, err := appendCommand(before, 28, 1234, c)
		if err != nil || string(b[:len(before)]) != "in front" {
			t.Fatal(b, err)
		}
		var m netlink.Message
		if err := m.UnmarshalBinary(b[len(before):]); err != nil {
			t.Fatal(err)
		}
		if m.Header.Type != 28 || m.Header.Sequence != 1234 || m.Header.Flags != netlink.Request || m.Data[1] != 1 {
			t.Fatalf("header %+v, version %d", m.Header, m.Data[1])
		}
		cmd, attrs := m.Data[0], m.Data[4:]
		numbers := map[ipvs.Op]uint8{ipvs.AddService: 1, ipvs.EditService: 2, ipvs.DeleteService: 3,
			ipvs.AddDest: 5, ipvs.EditDest: 6, ipvs.DeleteDest: 7}
		if cmd != numbers[c.Op] {
			t.Fatalf("%v is command %d", c, cmd)
		}
		want := c
		if c.Op == ipvs.AddService || c.Op == ipvs.EditService {
			want.Settings.PrefixLen = c.Settings.Prefix(c.Service)
		}
		if got := decodeCommand(c.Op, attrs); got != want {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestUnpackIsTheReverseOfTheKernelsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := fake.Services().Draw(t, "service")
		s := fake.ServiceSettings(id).Draw(t, "settings")
		s.PrefixLen = s.Prefix(id)
		e, err := unpackService(encodeService(id, s))
		if err != nil || e.id != id || e.settings != s {
			t.Fatalf("got  %+v, %v\nwant %+v %+v", e, err, id, s)
		}
		d := fake.Dests(id).Draw(t, "destination")
		ds := fake.DestSettings(id, d).Draw(t, "destination settings")
		de, err := unpackDest(encodeDest(d, ds), id.Family)
		if err != nil || de.id != d || de.settings != ds {
			t.Fatalf("got  %+v, %v\nwant %+v %+v", de, err, d, ds)
		}
	})
}

func TestPrefixLen(t *testing.T) {
	native := func(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
	for _, test := range []struct {
		family ipvs.Family
		mask   []byte
		want   uint8
	}{
		{ipvs.IPv4, []byte{255, 255, 255, 255}, 32},
		{ipvs.IPv4, []byte{255, 255, 255, 0}, 24},
		{ipvs.IPv4, []byte{255, 255, 254, 0}, 23},
		{ipvs.IPv4, []byte{128, 0, 0, 0}, 1},
		{ipvs.IPv4, []byte{0, 0, 0, 0}, ipvs.NotPrefix},
		{ipvs.IPv4, []byte{255, 0, 255, 0}, ipvs.NotPrefix},
		{ipvs.IPv4, []byte{0, 0, 0, 1}, ipvs.NotPrefix},
		{ipvs.IPv4, nil, ipvs.NotPrefix},
		{ipvs.IPv6, native(128), 128},
		{ipvs.IPv6, native(1), 1},
		{ipvs.IPv6, native(0), ipvs.NotPrefix},
		{ipvs.IPv6, native(129), ipvs.NotPrefix},
		{ipvs.IPv6, native(1<<8 + 64), ipvs.NotPrefix},
		{ipvs.IPv6, []byte{1}, ipvs.NotPrefix},
	} {
		if got := prefixLen(test.family, test.mask); got != test.want {
			t.Errorf("family %d, mask %v: %d, want %d", test.family, test.mask, got, test.want)
		}
	}
}

// A kernel before 3.18 sends no family with a destination, and no 64-bit counters.
func TestUnpackFromAnOldKernel(t *testing.T) {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(2, func(ae *netlink.AttributeEncoder) error {
		ae.Bytes(1, addr16(dest("10.1.0.1:80").Addr))
		ae.Bytes(2, []byte{0, 80})
		ae.Uint32(4, 5)
		ae.Nested(10, encodeStats32)
		return nil
	})
	e, err := unpackDest(must(ae), ipvs.IPv4)
	if err != nil || e.id != dest("10.1.0.1:80") || e.settings.Weight != 5 {
		t.Fatalf("got %+v, %v", e, err)
	}
	want := ipvs.Counters{Connections: 1, PacketsIn: 2, PacketsOut: 3, BytesIn: 4, BytesOut: 5,
		ConnectionRate: 6, PacketRateIn: 7, PacketRateOut: 8, ByteRateIn: 9, ByteRateOut: 10}
	if c, err := unpackCounters(e.stats); err != nil || c != want {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestUnpackMalformed(t *testing.T) {
	whole := encodeService(service(ipvs.TCP, "10.0.0.1:80"), ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32})
	attr := func(kind uint16, value ...byte) []byte {
		b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
		b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
		return append(b, make([]byte, (4-len(b)%4)%4)...)
	}
	inside := func(b ...[]byte) []byte { return attr(1, bytes.Join(b, nil)...) }
	for _, test := range []struct {
		name string
		msg  []byte
		want string
	}{
		{"empty", nil, "no attribute 1 in an IPVS message of 0 bytes"},
		{"another attribute", attr(7, 1, 2), "no attribute 1 in an IPVS message of 8 bytes"},
		{"half a header", []byte{1, 0}, "2 bytes after the last IPVS attribute"},
		{"length below the header's", []byte{3, 0, 1, 0}, "IPVS attribute of length 3 in 4 bytes"},
		{"length beyond the end", []byte{9, 0, 1, 0, 1}, "IPVS attribute of length 9 in 5 bytes"},
		{"cut inside", whole[:30], fmt.Sprintf("IPVS attribute of length %d in 30 bytes", binary.NativeEndian.Uint16(whole))},
		{"no address", inside(attr(1, 2, 0)), "address of 0 bytes in family 2"},
		{"no family", inside(attr(3, make([]byte, 16)...)), "address of 16 bytes in family 0"},
		{"short IPv6 address", inside(attr(1, 10, 0), attr(3, 1, 2, 3, 4)), "address of 4 bytes in family 10"},
		{"short number", inside(attr(8, 1)), "IPVS attribute 8 of 1 bytes, want 4"},
		{"short port", inside(attr(4, 1)), "IPVS attribute 4 of 1 bytes, want 2"},
		{"short family", inside(attr(1, 1)), "IPVS attribute 1 of 1 bytes, want 2"},
		{"bytes left over inside", attr(1, 9, 9), "2 bytes after the last IPVS attribute"},
	} {
		if _, err := unpackService(test.msg); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := unpackCounters(attr(1, 1, 2)); err == nil || err.Error() != "IPVS counter 1 of 2 bytes" {
		t.Errorf("a counter of 2 bytes: %v", err)
	}
	if _, err := unpackDest(attr(1, 1), ipvs.IPv4); err == nil ||
		err.Error() != "no attribute 2 in an IPVS message of 8 bytes" {
		t.Errorf("a service for a destination: %v", err)
	}
}

// No bytes make the decoders panic, and what they take they agree on with the
// library's decoder.
func FuzzUnpack(f *testing.F) {
	services, dests := recorded(f)
	for _, b := range append(services, dests...) {
		f.Add(b)
	}
	f.Add([]byte{})
	f.Add([]byte{4, 0, 1, 0})
	f.Add([]byte{0, 0, 1, 0, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := unpackService(b)
		if err == nil {
			if e.id != e.id.Canonical() || e.settings.PrefixLen == 0 || e.id.FWMark == 0 && !e.id.Addr.IsValid() {
				t.Errorf("got %+v", e)
			}
			if _, err := unpackCounters(e.stats); err == nil {
				if _, err := netlink.UnmarshalAttributes(e.stats); err != nil {
					t.Errorf("the library refuses the counters: %v", err)
				}
			}
		}
		for _, family := range []ipvs.Family{0, ipvs.IPv4, ipvs.IPv6} {
			if d, err := unpackDest(b, family); err == nil && !d.id.Addr.IsValid() {
				t.Errorf("got %+v", d)
			}
		}
	})
}
