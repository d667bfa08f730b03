package codec

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
)

// A plan is how values of one type are encoded and decoded. depth is how deep
// the value may still nest.
type plan struct {
	encode func(e *encoder, v reflect.Value, depth int) error
	decode func(d *decoder, v reflect.Value, depth int) error
}

// plans are those made so far: a type that contains itself has one.
type plans map[reflect.Type]*plan

func (all plans) of(t reflect.Type) (*plan, error) {
	if p, ok := all[t]; ok {
		return p, nil
	}
	p := &plan{}
	// It is there before it is filled: a type that contains itself finds itself.
	all[t] = p
	return p, all.fill(p, t)
}

var (
	appenderType    = reflect.TypeFor[encoding.BinaryAppender]()
	unmarshalerType = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

func (all plans) fill(p *plan, t reflect.Type) error {
	// Before its kind: a netip.Addr is a struct, but its fields are nobody's business.
	if ptr := reflect.PointerTo(t); ptr.Implements(appenderType) && ptr.Implements(unmarshalerType) {
		p.encode, p.decode = encodeBinary, decodeBinary
		return nil
	}
	switch t.Kind() {
	case reflect.Bool:
		p.encode, p.decode = encodeBool, decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.encode, p.decode = encodeInt, decodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.encode, p.decode = encodeUint, decodeUint
	case reflect.Float32, reflect.Float64:
		p.encode, p.decode = encodeFloat, decodeFloat
	case reflect.String:
		p.encode, p.decode = encodeString, decodeString
	case reflect.Struct:
		return all.structure(p, t)
	case reflect.Map:
		return all.mapping(p, t)
	case reflect.Slice, reflect.Array, reflect.Pointer:
		return all.sequence(p, t)
	default:
		return fmt.Errorf(" cannot be encoded: it is a %v", t.Kind())
	}
	return nil
}

// sequence is the plan of what holds elements of one type.
func (all plans) sequence(p *plan, t reflect.Type) error {
	// elem may be empty yet, when a type contains itself: the functions made below keep the pointer
	// and look into the plan only when they run.
	elem, err := all.of(t.Elem())
	if err != nil {
		// The path grows from the inside out: each level puts its own step in front.
		return fmt.Errorf("[]%w", err)
	}
	switch t.Kind() {
	case reflect.Slice:
		p.encode, p.decode = encodeSlice(elem), decodeSlice(elem)
	case reflect.Array:
		// Every value has to take a byte: that is how a decoder knows that a length is a lie.
		if t.Len() == 0 {
			return errors.New(" cannot be encoded: it holds nothing")
		}
		p.encode, p.decode = encodeArray(elem), decodeArray(elem)
	case reflect.Pointer:
		p.encode, p.decode = encodePointer(elem), decodePointer(elem)
	}
	return nil
}

func (all plans) mapping(p *plan, t reflect.Type) error {
	key, err := all.of(t.Key())
	if err != nil {
		return fmt.Errorf("[key]%w", err)
	}
	elem, err := all.of(t.Elem())
	if err != nil {
		return fmt.Errorf("[]%w", err)
	}
	p.encode, p.decode = encodeMap(key, elem), decodeMap(key, elem)
	return nil
}

func (all plans) structure(p *plan, t reflect.Type) error {
	fields := make([]*plan, t.NumField())
	if len(fields) == 0 {
		return errors.New(" cannot be encoded: it holds nothing")
	}
	for i := range fields {
		f := t.Field(i)
		// Refused when the program starts, not left out: a setting that does not get to a role would
		// be found much later.
		if !f.IsExported() {
			return fmt.Errorf(".%s cannot be encoded: it is not exported", f.Name)
		}
		var err error
		if fields[i], err = all.of(f.Type); err != nil {
			return fmt.Errorf(".%s%w", f.Name, err)
		}
	}
	p.encode, p.decode = encodeStruct(fields), decodeStruct(fields)
	return nil
}
