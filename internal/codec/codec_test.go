package codec_test

import (
	"math"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/codec"
)

// every has a field of each kind that is taken.
type every struct {
	Bool     bool
	Int      int
	Small    int8
	Uint     uint64
	Byte     uint8
	Float    float64
	Narrow   float32
	Text     string
	Wait     time.Duration
	Key      [16]byte
	Words    []string
	Pairs    [][2]uint16
	Nested   []inner
	Optional *inner
	Deep     **bool
	Addr     netip.Addr
	Prefix   netip.Prefix
	Endpoint netip.AddrPort
	Peers    []netip.Addr
	Named    map[string]inner
	Hosts    map[netip.Addr]string
	Inner    inner
}

type inner struct {
	Name string
	N    int
	Next []inner
}

// failer is a testing.TB or a rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
}

func codecOf[T any](t failer) codec.Codec[T] {
	t.Helper()
	c, err := codec.New[T]()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var sameAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
var samePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
var sameEndpoints = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })

func diff(a, b any) string { return cmp.Diff(a, b, sameAddrs, samePrefixes, sameEndpoints) }

func again[T any](t failer, v T) T {
	t.Helper()
	c := codecOf[T](t)
	b, err := c.Append([]byte("head"), &v)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Decode(b[len("head"):])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRoundTrip(t *testing.T) {
	yes := true
	pyes := &yes
	for name, v := range map[string]every{
		"zero": {},
		"full": {
			Bool: true, Int: math.MinInt, Small: -128, Uint: math.MaxUint64, Byte: 255,
			Float: math.Inf(-1), Narrow: 0.1, Text: "latin1 \xe4 and \x00", Wait: -time.Nanosecond, Key: [16]byte{0, 1, 255},
			Words: []string{"", "a", "a", "\n"}, Pairs: [][2]uint16{{1, 65535}, {}},
			Nested: []inner{{}, {Name: "a", N: 1, Next: []inner{{Name: "b"}}}}, Optional: &inner{}, Deep: &pyes,
			Addr: netip.MustParseAddr("fe80::1%eth0"), Prefix: netip.MustParsePrefix("10.1.2.3/8"),
			Endpoint: netip.MustParseAddrPort("[::1]:443"),
			Peers:    []netip.Addr{{}, netip.MustParseAddr("::ffff:1.2.3.4"), netip.MustParseAddr("1.2.3.4")},
			Named:    map[string]inner{"": {}, "x": {N: 2}}, Hosts: map[netip.Addr]string{netip.MustParseAddr("1.2.3.4"): "h"},
		},
		"empty":           {Words: []string{}, Pairs: [][2]uint16{}, Nested: []inner{}, Named: map[string]inner{}},
		"prefix too long": {Prefix: netip.PrefixFrom(netip.MustParseAddr("1.2.3.4"), 99)},
	} {
		got := again(t, v)
		if d := diff(v, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// drawn makes values of a type at random, those of net/netip among them.
func drawn[T any]() *rapid.Generator[T] {
	addr := rapid.Custom(func(t *rapid.T) netip.Addr {
		switch n := rapid.IntRange(0, 3).Draw(t, "family"); n {
		case 0:
			return netip.Addr{}
		case 1:
			return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
		default:
			a := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6")))
			if n == 3 {
				a = a.WithZone(rapid.StringMatching(`[a-z0-9]{0,15}`).Draw(t, "zone"))
			}
			return a
		}
	})
	return rapid.MakeCustom[T](rapid.MakeConfig{Kinds: map[reflect.Kind]*rapid.Generator[any]{
		reflect.String: rapid.SampledFrom([]string{"", "eth0", "a b", "\xff\x00"}).AsAny(),
	}, Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[netip.Addr](): addr.AsAny(),
		reflect.TypeFor[netip.Prefix](): rapid.Custom(func(t *rapid.T) netip.Prefix {
			return netip.PrefixFrom(addr.Draw(t, "addr").WithZone(""), rapid.IntRange(-1, 128).Draw(t, "bits"))
		}).AsAny(),
		reflect.TypeFor[netip.AddrPort](): rapid.Custom(func(t *rapid.T) netip.AddrPort {
			return netip.AddrPortFrom(addr.Draw(t, "addr"), rapid.Uint16().Draw(t, "port"))
		}).AsAny(),
		reflect.TypeFor[[]string](): rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "bc"}), 0, 3).AsAny(),
		reflect.TypeFor[[]config.Track](): rapid.SliceOfN(rapid.Custom(func(t *rapid.T) config.Track {
			return config.Track{Name: "eth1", Weight: rapid.Int().Draw(t, "weight")}
		}), 0, 2).AsAny(),
		reflect.TypeFor[[]config.RealServer](): rapid.Just[[]config.RealServer](nil).AsAny(),
		reflect.TypeFor[[]config.Checker]():    rapid.Just[[]config.Checker](nil).AsAny(),
		reflect.TypeFor[[]inner](): rapid.SliceOfN(rapid.Custom(func(t *rapid.T) inner {
			return inner{Name: rapid.String().Draw(t, "name"), N: rapid.Int().Draw(t, "n")}
		}), 0, 3).AsAny(),
	}})
}

// Everything that a role process needs to know arrives as it was, whatever fields a
// configuration gets.
func TestRoundTripOfAnything(t *testing.T) {
	t.Run("configuration", rapid.MakeCheck(func(t *rapid.T) {
		c := config.Config{VirtualServers: []config.VirtualServer{drawn[config.VirtualServer]().Draw(t, "service")}}
		switch v := &c.VirtualServers[0]; rapid.IntRange(0, 3).Draw(t, "part") {
		case 0:
			c.Global = drawn[config.Global]().Draw(t, "global")
		case 1:
			c.Instances = []config.Instance{drawn[config.Instance]().Draw(t, "instance")}
		case 2:
			v.RealServers = []config.RealServer{drawn[config.RealServer]().Draw(t, "server")}
		case 3:
			v.RealServers = []config.RealServer{{Checkers: []config.Checker{drawn[config.Checker]().Draw(t, "checker")}}}
		}
		if d := diff(c, again(t, c)); d != "" {
			t.Fatal(d)
		}
	}))
	t.Run("kinds", rapid.MakeCheck(func(t *rapid.T) {
		v := drawn[every]().Draw(t, "value")
		if math.IsNaN(v.Float) || v.Narrow != v.Narrow {
			v.Float, v.Narrow = 0, 0 // equal to nothing
		}
		if d := diff(v, again(t, v)); d != "" {
			t.Fatal(d)
		}
	}))
}

func TestEqualValuesGiveEqualBytes(t *testing.T) {
	c := codecOf[map[string]int](t)
	m := map[string]int{}
	for i := range 50 {
		m[strings.Repeat("k", i)] = i
	}
	first, err := c.Append(nil, &m)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if b, err := c.Append(nil, &m); err != nil || string(b) != string(first) {
			t.Fatal("the order of a map shows", err)
		}
	}
}

func errOf[T any]() error { _, err := codec.New[T](); return err }

func TestUnplainTypesAreNamed(t *testing.T) {
	type hidden struct{ n int }
	type reader struct{ R []interface{ Read() } }
	type empty struct{ S []struct{} }
	type none struct{ A [0]int }
	_ = hidden{n: 1}
	for want, err := range map[string]error{
		"hidden.n cannot be encoded: it is not exported":  errOf[hidden](),
		"reader.R[] cannot be encoded: it is a interface": errOf[reader](),
		"empty.S[] cannot be encoded: it holds nothing":   errOf[empty](),
		"none.A cannot be encoded: it holds nothing":      errOf[none](),
		"chan int cannot be encoded: it is a chan":        errOf[chan int](),
		"[key] cannot be encoded: it is a interface":      errOf[map[any]int](),
		"[] cannot be encoded: it is a func":              errOf[map[int]func()](),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestAValueThatRefersToItselfIsRefused(t *testing.T) {
	loop := []inner{{}}
	loop[0].Next = loop
	c := codecOf[[]inner](t)
	if _, err := c.Append(nil, &loop); err == nil || !strings.Contains(err.Error(), "too deep") {
		t.Errorf("%v", err)
	}
}

func TestDamagedBytes(t *testing.T) {
	words := codecOf[[]string](t)
	wide := codecOf[[][512]uint64](t)
	small := codecOf[int8](t)
	for name, c := range map[string]struct {
		decode func() error
		want   string
	}{
		"nothing":            {func() error { _, err := words.Decode(nil); return err }, "EOF"},
		"more than there is": {func() error { _, err := words.Decode([]byte{200, 1, 0, 0}); return err }, "EOF"},
		"left over":          {func() error { _, err := words.Decode([]byte{0, 1}); return err }, "left over"},
		"unknown string":     {func() error { _, err := words.Decode([]byte{2, 7}); return err }, "string 7 of 0"},
		"endless number":     {func() error { _, err := small.Decode([]byte(strings.Repeat("\xff", 20))); return err }, "64 bits"},
		"does not fit":       {func() error { _, err := small.Decode([]byte{128, 4}); return err }, "does not fit"},
		"much from little":   {func() error { _, err := wide.Decode(append([]byte{101}, make([]byte, 100)...)); return err }, "EOF"},
	} {
		if err := c.decode(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A length is believed only as far as the bytes go.
func TestMemoryIsBounded(t *testing.T) {
	type wide struct{ A [64]inner }
	c := codecOf[[][][]wide](t)
	b := make([]byte, 4096)
	for i := range b {
		b[i] = byte(0x7f)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := c.Decode(b); err == nil {
		t.Error("taken")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 4096*uint64(len(b))+1<<17 {
		t.Errorf("%d bytes of memory for %d", took, len(b))
	}
}

func FuzzDecode(f *testing.F) {
	c, all := codecOf[config.Config](f), codecOf[every](f)
	b, err := c.Append(
		nil,
		&config.Config{Global: config.Global{RouterID: "r"}, Instances: []config.Instance{{Name: "VI"}}},
	)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{255, 255, 255, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := c.Decode(data); err == nil {
			again(t, v)
		}
		if v, err := all.Decode(data); err == nil {
			again(t, v)
		}
	})
}
