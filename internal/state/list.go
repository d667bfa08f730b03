package state

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// A List is a JSON array that is written element by element, in the form that encoding/json gives it: of thousands of
// elements only their text is ever there, and once.
type List[T any] struct {
	expected int // elements
	plan     appender
	text     strings.Builder
	one      []byte // scratch
	n        int
}

// NewList gives an empty list, with room for the elements that are expected.
func NewList[T any](expected int) *List[T] {
	return &List[T]{expected: expected, plan: appenderOf(reflect.TypeFor[T]())}
}

// Add adds an element.
func (l *List[T]) Add(v *T) {
	l.one = append(l.one[:0], ',')
	if l.n == 0 {
		l.one[0] = '['
	}
	l.one = l.plan(l.one, reflect.ValueOf(v).Elem())
	if l.n++; l.n == 1 && l.expected > 1 {
		// By the first one: a buffer that has to grow leaves several times its size behind.
		l.text.Grow(l.expected * (len(l.one) + len(l.one)/4))
	}
	l.text.Write(l.one)
}

// array is the whole; nothing is added after it.
func (l *List[T]) array() string {
	if l.n == 0 {
		return "[]"
	}
	l.text.WriteString("]")
	return l.text.String()
}

// An appender appends the JSON of a value, which is addressable.
type appender func(b []byte, v reflect.Value) []byte

// appenderOf is how values of a type are encoded. What it has no way of its own for goes through encoding/json.
func appenderOf(t reflect.Type) appender {
	switch t {
	case reflect.TypeFor[time.Time]():
		return appendTime
	case reflect.TypeFor[netip.Addr]():
		return appendAddr
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()) {
		return appendAny
	}
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value) []byte { return appendString(b, v.String()) }
	case reflect.Bool:
		return func(b []byte, v reflect.Value) []byte { return strconv.AppendBool(b, v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) []byte { return strconv.AppendInt(b, v.Int(), 10) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value) []byte { return strconv.AppendUint(b, v.Uint(), 10) }
	case reflect.Pointer:
		return appenderOfPointer(appenderOf(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return appenderOfSlice(appenderOf(t.Elem()))
		}
	case reflect.Struct:
		return appenderOfStruct(t)
	}
	return appendAny
}

func appenderOfPointer(elem appender) appender {
	return func(b []byte, v reflect.Value) []byte {
		if v.IsNil() {
			return append(b, "null"...)
		}
		return elem(b, v.Elem())
	}
}

func appenderOfSlice(elem appender) appender {
	return func(b []byte, v reflect.Value) []byte {
		if v.IsNil() {
			return append(b, "null"...)
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = elem(b, v.Index(i))
		}
		return append(b, ']')
	}
}

// field is one of a struct.
type field struct {
	name     string // with quotes and colon
	index    int
	omitZero bool
	value    appender
}

func appenderOfStruct(t reflect.Type) appender {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous, !f.IsExported(), options != "" && options != "omitzero", name == "":
			return appendAny
		case name == "-":
			continue
		}
		all = append(all, field{`"` + name + `":`, i, options == "omitzero", appenderOf(f.Type)})
	}
	return func(b []byte, v reflect.Value) []byte {
		b = append(b, '{')
		first := true
		for i := range all {
			f := &all[i]
			value := v.Field(f.index)
			if f.omitZero && isZero(value) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = f.value(append(b, f.name...), value)
		}
		return append(b, '}')
	}
}

func isZero(v reflect.Value) bool {
	if at, is := v.Addr().Interface().(*time.Time); is {
		return at.IsZero() // also with a location
	}
	return v.IsZero()
}

func appendTime(b []byte, v reflect.Value) []byte {
	at := v.Addr().Interface().(*time.Time)
	return append(at.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

func appendAddr(b []byte, v reflect.Value) []byte {
	addr := v.Addr().Interface().(*netip.Addr)
	if !addr.IsValid() {
		return append(b, `""`...)
	}
	if addr.Zone() != "" { // it may be anything
		return appendString(b, addr.String())
	}
	return append(addr.AppendTo(append(b, '"')), '"')
}

// appendString appends a text in quotes; most are plain.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendOddString(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendOddString is apart because its argument escapes, which costs an allocation.
func appendOddString(b []byte, s string) []byte { return appendAny(b, reflect.ValueOf(s)) }

// appendAny asks encoding/json.
func appendAny(b []byte, v reflect.Value) []byte {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if e.Encode(v.Interface()) != nil {
		return append(b, "null"...)
	}
	return append(b, strings.TrimSuffix(text.String(), "\n")...)
}
