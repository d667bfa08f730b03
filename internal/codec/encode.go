package codec

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
)

type encoder struct {
	out   []byte
	known map[string]uint64 // strings written so far, numbered from 1
}

func (e *encoder) uint(n uint64) { e.out = binary.AppendUvarint(e.out, n) }

func (e *encoder) string(s string) {
	// Names come again and again in a configuration: of an interface, of a user, of a script.
	if n, ok := e.known[s]; ok {
		e.uint(n)
		return
	}
	if e.known == nil {
		// Made late: the encoder of a single key of a map may never see a string.
		e.known = map[string]uint64{}
	}
	e.known[s] = uint64(len(e.known) + 1)
	// 0 is the number of no string: it says that a new one follows.
	e.uint(0)
	e.uint(uint64(len(s)))
	e.out = append(e.out, s...)
}

func encodeBool(e *encoder, v reflect.Value, _ int) error {
	n := byte(0)
	if v.Bool() {
		n = 1
	}
	e.out = append(e.out, n)
	return nil
}

func encodeInt(e *encoder, v reflect.Value, _ int) error {
	e.out = binary.AppendVarint(e.out, v.Int())
	return nil
}

func encodeUint(e *encoder, v reflect.Value, _ int) error { e.uint(v.Uint()); return nil }

func encodeFloat(e *encoder, v reflect.Value, _ int) error {
	e.uint(math.Float64bits(v.Float()))
	return nil
}

func encodeString(e *encoder, v reflect.Value, _ int) error { e.string(v.String()); return nil }

// encodeBinary leaves the bytes to the type; a length stands before them.
func encodeBinary(e *encoder, v reflect.Value, _ int) error {
	start := len(e.out)
	// The address, because the method may be one of the pointer; see addressable for maps.
	out, err := v.Addr().Interface().(encoding.BinaryAppender).AppendBinary(e.out)
	if err != nil {
		return err
	}
	// How long it is shows only now. Moving a few bytes costs less than a buffer for each address.
	n := len(out) - start
	var head [binary.MaxVarintLen64]byte
	e.out = slices.Insert(out, start, head[:binary.PutUvarint(head[:], uint64(n))]...)
	return nil
}

// encodeStruct writes a bit for each field, set if it is not zero, and the fields
// that are not.
func encodeStruct(fields []*plan) func(*encoder, reflect.Value, int) error {
	return func(e *encoder, v reflect.Value, depth int) error {
		if depth == 0 {
			return errDeep
		}
		// A place, not a slice: the bytes move when more are appended.
		bits := len(e.out)
		for range (len(fields) + 7) / 8 {
			e.out = append(e.out, 0)
		}
		for i, f := range fields {
			field := v.Field(i)
			// A pointer to a zero value is not zero: it is written, and is a pointer again.
			if field.IsZero() {
				continue
			}
			e.out[bits+i/8] |= 1 << (i % 8)
			if err := f.encode(e, field, depth-1); err != nil {
				return err
			}
		}
		return nil
	}
}

// encodeSlice writes the length plus one, 0 for nil.
func encodeSlice(elem *plan) func(*encoder, reflect.Value, int) error {
	elements := encodeArray(elem)
	return func(e *encoder, v reflect.Value, depth int) error {
		if v.IsNil() {
			e.uint(0)
			return nil
		}
		e.uint(uint64(v.Len()) + 1)
		return elements(e, v, depth)
	}
}

func encodeArray(elem *plan) func(*encoder, reflect.Value, int) error {
	return func(e *encoder, v reflect.Value, depth int) error {
		if depth == 0 {
			return errDeep
		}
		for i := range v.Len() {
			if err := elem.encode(e, v.Index(i), depth-1); err != nil {
				return err
			}
		}
		return nil
	}
}

// encodePointer writes 0 for nil, else 1 and the value.
func encodePointer(elem *plan) func(*encoder, reflect.Value, int) error {
	return func(e *encoder, v reflect.Value, depth int) error {
		if v.IsNil() {
			e.out = append(e.out, 0)
			return nil
		}
		if depth == 0 {
			return errDeep
		}
		e.out = append(e.out, 1)
		return elem.encode(e, v.Elem(), depth-1)
	}
}

// encodeMap writes the entries in the order of their encoded keys, so that equal
// maps give equal bytes.
func encodeMap(key, elem *plan) func(*encoder, reflect.Value, int) error {
	type entry struct {
		sort       []byte
		key, value reflect.Value
	}
	return func(e *encoder, v reflect.Value, depth int) error {
		if v.IsNil() {
			e.uint(0)
			return nil
		}
		if depth == 0 {
			return errDeep
		}
		e.uint(uint64(v.Len()) + 1)
		var all []entry
		// Each key is encoded twice: alone to find its place, and then where the numbers of its
		// strings are known.
		for it := v.MapRange(); it.Next(); {
			k, value := addressable(it.Key()), addressable(it.Value())
			// With strings of its own: what was written before must not decide about the order.
			var alone encoder
			if err := key.encode(&alone, k, depth-1); err != nil {
				return err
			}
			all = append(all, entry{alone.out, k, value})
		}
		slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.sort, b.sort) })
		for _, n := range all {
			if err := key.encode(e, n.key, depth-1); err != nil {
				return err
			}
			if err := elem.encode(e, n.value, depth-1); err != nil {
				return err
			}
		}
		return nil
	}
}

// addressable is a copy of v that encodeBinary can take the address of.
func addressable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
