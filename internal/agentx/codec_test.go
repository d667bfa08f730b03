package agentx

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parse reads one PDU of bytes.
func parse(b []byte) (PDU, error) {
	if len(b) < HeaderSize {
		return PDU{}, errShort
	}
	h, err := ParseHeader([HeaderSize]byte(b))
	if err != nil {
		return PDU{}, err
	}
	return h.Parse(b[HeaderSize:])
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes are those of RFC 2741, put together by hand from its sections 5 and 6.
func TestBytes(t *testing.T) {
	head := func(kind, length string) string { return "01" + kind + "1000 00000007 00000008 00000009 " + length }
	at := PDU{Session: 7, Transaction: 8, Packet: 9}
	with := func(kind Kind, fill func(*PDU)) PDU {
		p := at
		p.Kind = kind
		fill(&p)
		return p
	}
	for name, c := range map[string]struct {
		bytes string
		pdu   PDU
	}{
		"open": {head("01", "00000018") + "05000000 02040000 00002572 00000064 00000002 68690000 ",
			with(KindOpen, func(p *PDU) { p.Timeout, p.OID, p.Text = 5, OID{1, 3, 6, 1, 4, 9586, 100}, "hi" })},
		"close": {head("02", "00000004") + "05000000", with(KindClose, func(p *PDU) { p.Reason = ReasonShutdown })},
		"register": {head("03", "0000000c") + "007f0000 01020000 00000044",
			with(KindRegister, func(p *PDU) { p.Priority, p.OID = 127, OID{1, 3, 6, 1, 2, 68} })},
		"unregister": {head("04", "0000000c") + "007f0000 01020000 00000044",
			with(KindUnregister, func(p *PDU) { p.Priority, p.OID = 127, OID{1, 3, 6, 1, 2, 68} })},
		"get": {head("05", "00000014") + "03000000 00000001 00000000 ffffffff 00000000",
			with(KindGet, func(p *PDU) { p.Ranges = []Range{{Start: OID{1, 0, 1<<32 - 1}}} })},
		"getnext": {head("06", "00000010") + "01020100 00000044 01020000 00000045",
			with(KindGetNext, func(p *PDU) {
				p.Ranges = []Range{{Start: OID{1, 3, 6, 1, 2, 68}, Include: true, End: OID{1, 3, 6, 1, 2, 69}}}
			})},
		"getbulk": {head("07", "0000000c") + "0001 000a 00000000 00000000",
			with(KindGetBulk, func(p *PDU) { p.NonRepeaters, p.MaxRepetitions, p.Ranges = 1, 10, []Range{{}} })},
		"commit":  {head("09", "00000000"), with(KindCommitSet, func(*PDU) {})},
		"undo":    {head("0a", "00000000"), with(KindUndoSet, func(*PDU) {})},
		"cleanup": {head("0b", "00000000"), with(KindCleanupSet, func(*PDU) {})},
		"ping":    {head("0d", "00000000"), with(KindPing, func(*PDU) {})},
		"caps":    {head("10", "0000000c") + "00020000 00000001 61000000", PDU{}},
		"response": {head("12", "00000008") + "00000010 0101 0002",
			with(KindResponse, func(p *PDU) { p.UpTime, p.Error, p.Index = 16, NotOpen, 2 })},
		"values": {head("0c", "00000090") +
			"0002 0000 00000000 ffffffff" + // a name of nothing
			"0004 0000 01040000 00000001 00000005 68656c6c 6f000000" +
			"0005 0000 00000000" +
			"0006 0000 00000000 00040000" +
			"0040 0000 00000000 00000004 c0000201" +
			"0041 0000 00000000 00000001" +
			"0042 0000 00000000 00000002" +
			"0043 0000 00000000 00000003" +
			"0044 0000 00000000 00000000" +
			"0046 0000 00000000 00000001 00000000" +
			"0080 0000 00000000 0081 0000 00000000 0082 0000 00000000", PDU{}},
	} {
		b := unhex(t, c.bytes)
		p, err := parse(b)
		if name == "caps" || name == "values" {
			continue // below
		}
		if err != nil || !reflect.DeepEqual(p, c.pdu) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, p, err, c.pdu)
		}
		if again, err := c.pdu.Append([]byte("x")); err != nil || !bytes.Equal(again[1:], b) {
			t.Errorf("%s: %x, %v\nwant %x", name, again, err, b)
		}
	}
}

func TestValues(t *testing.T) {
	name := OID{1, 3, 6, 1, 4, 1, 9586}
	vars := []VarBind{
		{name, Int(-1)}, {name, Bytes("hello")}, {name, Value{Type: Null}}, {name, Value{Type: ObjectID, OID: OID{1, 2}}},
		{name, Value{Type: IPAddress, Text: "\x7f\x00\x00\x01"}}, {name, Count(1<<32 + 5)}, {name, Gauge(1<<32 - 1)},
		{name, Ticks(7)}, {name, Value{Type: Opaque}}, {name, Count64(1<<64 - 1)}, {name, Value{Type: NoSuchObject}},
		{nil, Value{Type: NoSuchInstance}}, {OID{2}, Value{Type: EndOfMIBView}},
	}
	p := PDU{Kind: KindNotify, VarBinds: vars}
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(b)
	if err != nil || !reflect.DeepEqual(got.VarBinds, vars) {
		t.Errorf("%+v, %v", got, err)
	}
	if vars[0].Value.Int() != -1 || vars[5].Value.Number != 5 {
		t.Errorf("%+v", vars)
	}
	const first = "0002 0000 02040000 00000001 00002572 ffffffff"
	if want := unhex(t, first); !bytes.Equal(b[HeaderSize:HeaderSize+len(want)], want) {
		t.Errorf("%x", b[HeaderSize:])
	}
	p.VarBinds = []VarBind{{name, Value{Type: 3}}}
	if _, err := p.Append(nil); err == nil {
		t.Error("a type that is none was encoded")
	}
	p.Kind = 99
	if _, err := p.Append(nil); err == nil {
		t.Error("a kind that is none was encoded")
	}
}

// The other order of bytes, which is what most masters send.
func TestLittleEndian(t *testing.T) {
	b := unhex(t, "01050000 07000000 08000000 09000000 1c000000 04000000 74657374 03000000 01000000 00000000 02000000 00000000")
	_, err := parse(b)
	want := PDU{Kind: KindGet, Session: 7, Transaction: 8, Packet: 9, Ranges: []Range{{Start: OID{1, 0, 2}}}}
	if err == nil {
		t.Error("a context that no flag speaks of was taken for one")
	}
	b[2] = flagContext
	want.Context = "test"
	if p, err := parse(b); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWhatIsNoPDU(t *testing.T) {
	for name, text := range map[string]string{
		"version 2":            "02050000 00000000 00000000 00000000 00000000",
		"endless":              "01050000 00000000 00000000 00000000 fcffffff",
		"no multiple of 4":     "01050000 00000000 00000000 00000000 03000000 000000",
		"unknown kind":         "01630000 00000000 00000000 00000000 00000000",
		"open with a context":  "01010800 00000000 00000000 00000000 04000000 00000000",
		"half a range":         "01051000 00000000 00000000 00000000 00000004 00000000",
		"a name of 129":        "01051000 00000000 00000000 00000000 00000008 81000000 00000000",
		"a name that ends":     "01051000 00000000 00000000 00000000 00000008 02000000 00000000",
		"a text that ends":     "01011000 00000000 00000000 00000000 0000000c 00000000 00000000 00000001",
		"a text of 4 GiB":      "01011000 00000000 00000000 00000000 0000000c 00000000 00000000 ffffffff",
		"bytes left over":      "010d1000 00000000 00000000 00000000 00000004 00000000",
		"a range of subtrees":  "01031000 00000000 00000000 00000000 00000008 007f0100 00000000",
		"an unknown type":      "010c1000 00000000 00000000 00000000 00000008 00030000 00000000",
		"a name of 128 and 5":  "01051000 00000000 00000000 00000000 00000208 80020000" + strings.Repeat("00000001", 128) + "00000000",
		"shorter than it says": "01051000 00000000 00000000 00000000 00000008 00000000",
	} {
		if p, err := parse(unhex(t, text)); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestNames(t *testing.T) {
	o, err := ParseOID(".1.3.6.1.4.1.9586")
	if err != nil || o.String() != ".1.3.6.1.4.1.9586" {
		t.Errorf("%v, %v", o, err)
	}
	for _, bad := range []string{"", "1..2", "1.a", "1.4294967296", strings.Repeat("1.", 128) + "1"} {
		if o, err := ParseOID(bad); err == nil {
			t.Errorf("%q is %v", bad, o)
		}
	}
	if more := o.With(1, 2); !more.Begins(o) || o.Begins(more) || more.Compare(o) <= 0 || len(o) != 7 {
		t.Errorf("%v, %v", more, o)
	}
	for e, text := range map[Error]string{NoError: "noError", DuplicateRegistration: "duplicateRegistration", 999: "error 999"} {
		if e.String() != text {
			t.Errorf("%v", e)
		}
	}
}

func oids() *rapid.Generator[OID] {
	number := rapid.OneOf(rapid.Uint32Range(0, 7), rapid.Uint32())
	return rapid.Custom(func(t *rapid.T) OID {
		o := OID(rapid.SliceOfN(number, 0, 12).Draw(t, "name"))
		if rapid.Bool().Draw(t, "internet") {
			o = append(OID{1, 3, 6, 1}, o...)
		}
		if len(o) == 0 {
			return nil
		}
		return o
	})
}

// Whatever is encoded is decoded to the same.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := PDU{Kind: KindGetBulk, Session: rapid.Uint32().Draw(t, "session"),
			Transaction: rapid.Uint32().Draw(t, "transaction"), Packet: rapid.Uint32().Draw(t, "packet"),
			Context: rapid.String().Draw(t, "context"), MaxRepetitions: rapid.Uint16().Draw(t, "repetitions"),
			NonRepeaters: rapid.Uint16().Draw(t, "non-repeaters")}
		for range rapid.IntRange(0, 4).Draw(t, "ranges") {
			p.Ranges = append(p.Ranges, Range{oids().Draw(t, "start"), rapid.Bool().Draw(t, "include"), oids().Draw(t, "end")})
		}
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parse(b); err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("%+v, %v\nwant %+v", got, err, p)
		}
	})
}

// Bytes of a stranger are a PDU or an error; what is a PDU means the same when it is encoded again, and takes memory in
// proportion.
func FuzzPDU(f *testing.F) {
	for _, p := range []PDU{
		{Kind: KindOpen, OID: OID{1, 3, 6, 1, 4, 1}, Text: "text"}, {Kind: KindClose, Reason: 1},
		{Kind: KindRegister, OID: OID{1, 3, 6, 1, 2, 1, 68}, Priority: 127},
		{Kind: KindGetNext, Context: "c", Ranges: []Range{{Start: OID{1}, End: OID{2}}}},
		{Kind: KindGetBulk, MaxRepetitions: 9, Ranges: []Range{{}}}, {Kind: KindPing},
		{Kind: KindTestSet, VarBinds: []VarBind{{OID{1}, Int(4)}, {OID{1}, Bytes("abc")}, {nil, Count64(3)}}},
		{Kind: KindResponse, Error: GenErr, VarBinds: []VarBind{{OID{1}, Value{Type: ObjectID, OID: OID{1, 2}}}}},
	} {
		b, err := p.Append(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parse(b)
		if err != nil {
			return
		}
		again, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		q, err := parse(again)
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%+v\n%+v, %v", p, q, err)
		}
	})
}
