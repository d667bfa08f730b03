package codec

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
)

type decoder struct {
	in    []byte
	known []string // strings read so far
	room  int      // bytes of memory that may still be taken
}

var errRoom = errors.New("the value takes too much memory")

func (d *decoder) uint() (uint64, error) {
	// Uvarint says 0 of bytes that end too early, and less than 0 of a number that goes on for too
	// long.
	n, size := binary.Uvarint(d.in)
	switch {
	case size == 0:
		return 0, io.ErrUnexpectedEOF
	case size < 0:
		return 0, errors.New("a number has more than 64 bits")
	}
	d.in = d.in[size:]
	return n, nil
}

// length is a number of things each of which takes a byte of what is left.
func (d *decoder) length() (int, error) {
	n, err := d.uint()
	if err != nil {
		return 0, err
	}
	// Compared as uint64: as an int a large number may be below 0, and pass.
	if n > uint64(len(d.in)) {
		return 0, io.ErrUnexpectedEOF
	}
	return int(n), nil
}

func (d *decoder) bytes(n int) ([]byte, error) {
	if n > len(d.in) {
		return nil, io.ErrUnexpectedEOF
	}
	// No copy: whoever keeps the bytes makes one (a string does so by itself).
	b := d.in[:n]
	d.in = d.in[n:]
	return b, nil
}

// take accounts for n values of a type.
func (d *decoder) take(n int, t reflect.Type) error {
	size := max(int(t.Size()), 1)
	// By division: a product of what a stranger wrote may overflow.
	if n > d.room/size {
		return errRoom
	}
	d.room -= n * size
	return nil
}

func (d *decoder) string() (string, error) {
	n, err := d.uint()
	if err != nil {
		return "", err
	}
	if n > 0 {
		// A reference to a string that has not come yet: the bytes are damaged, or of another
		// build.
		if n > uint64(len(d.known)) {
			return "", fmt.Errorf("string %d of %d", n, len(d.known))
		}
		return d.known[n-1], nil
	}
	size, err := d.length()
	if err != nil {
		return "", err
	}
	b, err := d.bytes(size)
	if err != nil {
		return "", err
	}
	// Both ends count the new ones, so the numbers need not be written.
	d.known = append(d.known, string(b))
	return d.known[len(d.known)-1], nil
}

func decodeBool(d *decoder, v reflect.Value, _ int) error {
	b, err := d.bytes(1)
	if err == nil {
		// Any byte but 0 will do: damaged bytes may give some value of the type, only never a
		// panic.
		v.SetBool(b[0] != 0)
	}
	return err
}

func decodeInt(d *decoder, v reflect.Value, _ int) error {
	u, err := d.uint()
	if err != nil {
		return err
	}
	// As binary.AppendVarint has it: the sign is the lowest bit, so small numbers below 0 are short.
	n := int64(u>>1) ^ -int64(u&1)
	// The Set functions of reflect would cut off what is too long without a word.
	if v.OverflowInt(n) {
		return fmt.Errorf("%d does not fit %v", n, v.Type())
	}
	v.SetInt(n)
	return nil
}

func decodeUint(d *decoder, v reflect.Value, _ int) error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	if v.OverflowUint(n) {
		return fmt.Errorf("%d does not fit %v", n, v.Type())
	}
	v.SetUint(n)
	return nil
}

func decodeFloat(d *decoder, v reflect.Value, _ int) error {
	n, err := d.uint()
	if err == nil {
		v.SetFloat(math.Float64frombits(n))
	}
	return err
}

func decodeString(d *decoder, v reflect.Value, _ int) error {
	s, err := d.string()
	if err == nil {
		v.SetString(s)
	}
	return err
}

func decodeBinary(d *decoder, v reflect.Value, _ int) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	b, err := d.bytes(n)
	if err != nil {
		return err
	}
	return v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}

func decodeStruct(fields []*plan) func(*decoder, reflect.Value, int) error {
	return func(d *decoder, v reflect.Value, depth int) error {
		if depth == 0 {
			return errDeep
		}
		// A bit for each field in the order of the type, the lowest one first: both ends are of one
		// build.
		bits, err := d.bytes((len(fields) + 7) / 8)
		if err != nil {
			return err
		}
		for i, f := range fields {
			// Not written because it is zero, and v is new: nothing has to be set.
			if bits[i/8]&(1<<(i%8)) == 0 {
				continue
			}
			if err := f.decode(d, v.Field(i), depth-1); err != nil {
				return err
			}
		}
		return nil
	}
}

// decodeSlice believes no length that the bytes cannot bear out: an element takes at
// least one.
func decodeSlice(elem *plan) func(*decoder, reflect.Value, int) error {
	elements := decodeArray(elem)
	return func(d *decoder, v reflect.Value, depth int) error {
		n, err := d.uint()
		if err != nil || n == 0 {
			return err
		}
		if n--; n > uint64(len(d.in)) {
			return io.ErrUnexpectedEOF
		}
		// Before MakeSlice: a length is believed only as far as there may be memory for it.
		if err := d.take(int(n), v.Type().Elem()); err != nil {
			return err
		}
		v.Set(reflect.MakeSlice(v.Type(), int(n), int(n)))
		// The same depth: decodeArray counts this level.
		return elements(d, v, depth)
	}
}

func decodeArray(elem *plan) func(*decoder, reflect.Value, int) error {
	return func(d *decoder, v reflect.Value, depth int) error {
		if depth == 0 {
			return errDeep
		}
		for i := range v.Len() {
			if err := elem.decode(d, v.Index(i), depth-1); err != nil {
				return err
			}
		}
		return nil
	}
}

func decodePointer(elem *plan) func(*decoder, reflect.Value, int) error {
	return func(d *decoder, v reflect.Value, depth int) error {
		b, err := d.bytes(1)
		// The byte is 0 for nil. A pointer to a zero value is not nil, so both can be told apart.
		if err != nil || b[0] == 0 {
			return err
		}
		if depth == 0 {
			return errDeep
		}
		if err := d.take(1, v.Type().Elem()); err != nil {
			return err
		}
		v.Set(reflect.New(v.Type().Elem()))
		return elem.decode(d, v.Elem(), depth-1)
	}
}

func decodeMap(key, elem *plan) func(*decoder, reflect.Value, int) error {
	return func(d *decoder, v reflect.Value, depth int) error {
		n, err := d.uint()
		if err != nil || n == 0 {
			return err
		}
		if depth == 0 {
			return errDeep
		}
		if n--; n > uint64(len(d.in)) {
			return io.ErrUnexpectedEOF
		}
		if err := errors.Join(d.take(int(n), v.Type().Key()), d.take(int(n), v.Type().Elem())); err != nil {
			return err
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), int(n)))
		for range n {
			// New ones for each entry: a struct leaves those of its fields alone that were not
			// written.
			k, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			if err := key.decode(d, k, depth-1); err != nil {
				return err
			}
			if err := elem.decode(d, value, depth-1); err != nil {
				return err
			}
			v.SetMapIndex(k, value)
		}
		return nil
	}
}
