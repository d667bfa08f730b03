package state

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

// fill puts something into each field.
func fill(r *rand.Rand, v reflect.Value) {
	texts := []string{"", "plain", "a<b>&c", "quote\" back\\slash", "line\nbreak\ttab", "ä € \u2028 \x7f", "bad \xff utf"}
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		moments := []time.Time{{}, time.Unix(r.Int64N(1<<32), r.Int64N(1e9)), time.Unix(r.Int64N(1<<32), 0).UTC(),
			time.Unix(5, 1000).In(time.FixedZone("x", 5400)), time.Time{}.In(time.FixedZone("x", 3600))}
		*p = moments[r.IntN(len(moments))]
		return
	case *netip.Addr:
		*p = []netip.Addr{{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1%eth\"0"),
			netip.MustParseAddr("::ffff:1.2.3.4")}[r.IntN(4)]
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64() - 1<<62)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64())
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
		}
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	}
}

// sameAsJSON compares lists of a type with those of encoding/json, byte by byte.
func sameAsJSON[T any](t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		all, list := make([]T, n%4), NewList[T](n%3)
		for i := range all {
			fill(r, reflect.ValueOf(&all[i]).Elem())
			list.Add(&all[i])
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(all); err != nil {
			t.Fatal(err)
		}
		if got := list.array() + "\n"; got != want.String() {
			t.Fatalf("%T\ngot  %s\nwant %s", all, got, want.String())
		}
	}
}

func TestListsAreAsJSONHasThem(t *testing.T) {
	sameAsJSON[Server](t)
	sameAsJSON[Check](t)
	sameAsJSON[Service](t)
	sameAsJSON[Instance](t)
	sameAsJSON[Event](t)
	sameAsJSON[string](t)
	sameAsJSON[struct {
		Any   float64 `json:"any"`
		Bytes []byte  `json:"bytes"`
		Skip  int     `json:"-"`
		None  string  `json:"none,omitempty"`
	}](t)
}

// Thousands of elements leave nothing behind but their text.
func TestAListAllocatesItsText(t *testing.T) {
	s := Server{Service: "[10.0.0.1]:tcp:80", Name: "[10.1.0.1]:tcp:80", Address: netip.MustParseAddr("10.1.0.1"), Up: true}
	k := Check{Service: s.Service, Server: s.Name, Kind: "TCP_CHECK", Target: "10.1.0.1:80", Started: time.Now(),
		Next: time.Now()}
	for name, add := range map[string]func(){
		"servers": func() {
			l := NewList[Server](1000)
			for range 1000 {
				l.Add(&s)
			}
			_ = l.array()
		},
		"checks": func() {
			l := NewList[Check](1000)
			for range 1000 {
				l.Add(&k)
			}
			_ = l.array()
		},
	} {
		if n := testing.AllocsPerRun(5, add); n > 150 { // most of them are the plan's
			t.Errorf("%s: %v allocations for 1000 elements", name, n)
		}
	}
}
