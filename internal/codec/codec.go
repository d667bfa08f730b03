// Package codec turns plain Go values into bytes and back: how the supervisor
// hands a configuration to its role processes.
//
// It takes bools, numbers, strings, arrays, slices, maps, pointers and structs
// of exported fields, and every type that implements encoding.BinaryAppender and
// encoding.BinaryUnmarshaler, as those of net/netip do. A field that is zero costs
// one bit and a string that was there before one or two bytes, so a configuration
// is smaller than its text. Nil and empty slices stay what they are.
//
// The bytes do not describe themselves: both ends must be of one build.
package codec

import (
	"errors"
	"fmt"
	"reflect"
)

// A Codec encodes and decodes values of one type. It may be used by several
// goroutines.
type Codec[T any] struct{ plan *plan }

// New gives the Codec of a type. The error names the first part of the type that is
// not plain, by its path.
func New[T any]() (Codec[T], error) {
	t := reflect.TypeFor[T]()
	p, err := plans{}.of(t)
	if err != nil {
		return Codec[T]{}, fmt.Errorf("codec: %v%w", t, err)
	}
	return Codec[T]{p}, nil
}

// Append appends the bytes of *v to b. It fails for a value that refers to itself.
func (c Codec[T]) Append(b []byte, v *T) ([]byte, error) {
	e := encoder{out: b}
	if err := c.plan.encode(&e, reflect.ValueOf(v).Elem(), maxDepth); err != nil {
		return nil, fmt.Errorf("encode %T: %w", *v, err)
	}
	return e.out, nil
}

// Decode gives the value that b, all of it, stands for. Bytes that no Append of the type
// made give an error or some value of the type, never a panic, and never take more
// than about 4096 bytes of memory for each of theirs.
func (c Codec[T]) Decode(b []byte) (T, error) {
	var v T
	d := decoder{in: b, room: minRoom + roomPerByte*len(b)}
	err := c.plan.decode(&d, reflect.ValueOf(&v).Elem(), maxDepth)
	if err == nil && len(d.in) > 0 {
		err = fmt.Errorf("%d bytes are left over", len(d.in))
	}
	if err != nil {
		var none T
		return none, fmt.Errorf("decode %T: %w", none, err)
	}
	return v, nil
}

// The bounds of what is decoded, and of how deep values nest: whatever is deeper refers
// to itself.
const (
	maxDepth    = 64
	minRoom     = 1 << 16
	roomPerByte = 4096
)

var errDeep = errors.New("nested too deep")
