package talk

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

func TestLinesComeAsTheyWent(t *testing.T) {
	med := uint32(0)
	orders := []Order{
		{Serial: 1, Setup: Setup{LocalAS: 65001, RouterID: addr("10.0.0.1")}},
		{Serial: 1 << 60, Leaving: true, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")},
			Setup: Setup{LocalAS: 4200000000, RouterID: addr("10.0.0.1"), Listen: true, Communities: []uint32{1, 0xffffffff},
				MED: &med, Prepend: 3, NextHops: []netip.Addr{addr("10.0.0.1"), addr("2001:db8::1")},
				Neighbors: []Neighbor{{Addr: addr("10.0.0.2"), RemoteAS: 1, LocalAddress: addr("10.0.0.1"), Port: 179,
					Password: "a\"b\n", MinTTL: 255, Multihop: 2, Hold: 9, Keepalive: 3, ConnectRetry: 5, Passive: true,
					IPv4: true, IPv6: true}}}},
	}
	var b bytes.Buffer
	for _, o := range orders {
		if err := Write(&b, &o); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.String(), "\n"); n != len(orders) {
		t.Errorf("%d lines for %d orders", n, len(orders))
	}
	r := NewReader(&b)
	for _, want := range orders {
		var got Order
		if err := r.Read(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if err := r.Read(&Order{}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestLinesAreNotTooLong(t *testing.T) {
	if err := Write(io.Discard, Word{Log: strings.Repeat("x", MaxLine)}); err == nil {
		t.Error("written")
	}
	r := NewReader(strings.NewReader(strings.Repeat("1", MaxLine+1)))
	if err := r.Read(new(int)); err == nil || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestWordsAreChecked(t *testing.T) {
	known := func(a netip.Addr) bool { return a == addr("10.0.0.1") || a == addr("10.0.0.2") }
	long := strings.Repeat("ä", maxText)
	for _, c := range []struct {
		name string
		word Word
		want *Word // nil if it is refused
	}{
		{"as it is", Word{Done: 3, Sessions: []Session{{addr("10.0.0.1"), Established, ""}, {addr("10.0.0.2"), Idle, "no way"}}},
			&Word{Done: 3, Sessions: []Session{{addr("10.0.0.1"), Established, ""}, {addr("10.0.0.2"), Idle, "no way"}}}},
		{"a neighbour that is gone", Word{Sessions: []Session{{addr("10.0.0.9"), Idle, ""}, {addr("10.0.0.2"), Active, ""}}},
			&Word{Sessions: []Session{{addr("10.0.0.2"), Active, ""}}}},
		{"no state", Word{Sessions: []Session{{addr("10.0.0.1"), "up", ""}}}, nil},
		{"no address", Word{Sessions: []Session{{netip.Addr{}, "", ""}}}, nil},
		{"twice", Word{Sessions: []Session{{addr("10.0.0.1"), Idle, ""}, {addr("10.0.0.1"), Active, ""}}}, nil},
		{"what no log has", Word{Log: "a\nb\x1b[2Jc\x00", Problem: "\u2028x\xff", Sessions: []Session{{addr("10.0.0.1"), Idle, "\r\n"}}},
			&Word{Log: "a b [2Jc", Problem: "x\ufffd", Sessions: []Session{{addr("10.0.0.1"), Idle, ""}}}},
		{"long", Word{Log: long}, &Word{Log: long[:maxText]}},
	} {
		got := c.word
		err := got.Check(known)
		switch {
		case (err == nil) != (c.want != nil):
			t.Errorf("%s: %v", c.name, err)
		case err == nil && got.Problem != c.want.Problem && strings.Trim(got.Problem, " \ufffd") != strings.Trim(c.want.Problem, " \ufffd"):
			t.Errorf("%s: problem %q", c.name, got.Problem)
		case err == nil && (got.Log != c.want.Log || got.Done != c.want.Done || len(got.Sessions) != len(c.want.Sessions)):
			t.Errorf("%s: %+v, want %+v", c.name, got, *c.want)
		}
		if err == nil {
			for i := range got.Sessions {
				if got.Sessions[i] != c.want.Sessions[i] {
					t.Errorf("%s: %+v, want %+v", c.name, got.Sessions[i], c.want.Sessions[i])
				}
			}
		}
	}
}

// Whatever is said, what is taken for good has states that there are, each neighbour once, and texts of one line.
func FuzzWord(f *testing.F) {
	f.Add([]byte(`{"done":1,"sessions":[{"neighbor":"10.0.0.1","state":"idle","error":"x"}],"log":"y"}` + "\n"))
	f.Add([]byte("{}\n{\"sessions\":[{}]}"))
	f.Add([]byte("[\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		for {
			var w Word
			if r.Read(&w) != nil {
				return
			}
			if w.Check(func(a netip.Addr) bool { return a.IsValid() && a.Is4() }) != nil {
				continue
			}
			seen := map[netip.Addr]bool{}
			for _, s := range w.Sessions {
				if seen[s.Neighbor] || !s.Neighbor.Is4() || strings.ContainsAny(s.Error, "\n\r\x1b") {
					t.Fatalf("%+v", w)
				}
				seen[s.Neighbor] = true
			}
			if strings.ContainsAny(w.Log+w.Problem, "\n\r\x1b") || len(w.Log) > maxText {
				t.Fatalf("%+v", w)
			}
		}
	})
}
