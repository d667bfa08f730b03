// Package shown finds, for tests, what a snapshot has and no dump of it shows.
package shown

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Hidden lists the exported fields of what sample makes, down to plain values, that do not change
// text when they change. The sample has to have something in each of them, and one element in each
// slice. What is of a package whose path ends with one of skip is left out, and so is what is behind
// pointers and in maps.
func Hidden[T any](sample func() *T, text func(*T) string, skip ...string) (list []string) {
	before := text(sample())
	w := walker{skip: skip}
	w.walk(reflect.ValueOf(sample()).Elem(), reflect.TypeFor[T]().Name(), nil)
	for _, f := range w.fields {
		// A new sample for each field: a change must not be seen in the text of the next one.
		s := sample()
		v := reflect.ValueOf(s).Elem()
		for _, step := range f.way {
			v = step(v)
		}
		// false and 0 are values that a dump shows; an empty text or list may be shown as nothing,
		// and that a change of it is seen would prove little.
		if v.IsZero() && v.Kind() != reflect.Bool && !v.CanInt() && !v.CanUint() {
			list = append(list, f.name+" (the sample has none)")
			continue
		}
		change(v)
		if text(s) == before {
			list = append(list, f.name)
		}
	}
	return list
}

type field struct {
	name string
	way  []func(reflect.Value) reflect.Value // to it, from the sample
}

type walker struct {
	skip   []string
	fields []field
}

func (w *walker) walk(v reflect.Value, name string, way []func(reflect.Value) reflect.Value) {
	t := v.Type()
	for _, s := range w.skip {
		if strings.HasSuffix(t.PkgPath(), s) {
			return
		}
	}
	to := func(step func(reflect.Value) reflect.Value) []func(reflect.Value) reflect.Value {
		// The third index makes append copy: brothers would share the place behind the way
		// otherwise.
		return append(way[:len(way):len(way)], step)
	}
	_, asWord := v.Interface().(fmt.Stringer) // shown as a whole
	switch {
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Map:
	case t.Kind() == reflect.Struct && !asWord:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				w.walk(v.Field(i), name+"."+t.Field(i).Name,
					to(func(v reflect.Value) reflect.Value { return v.Field(i) }))
			}
		}
	// The first element stands for all: a dump shows each in the same words.
	case t.Kind() == reflect.Slice && v.Len() > 0 && t.Elem().Kind() == reflect.Struct:
		w.walk(v.Index(0), name+"[0]", to(func(v reflect.Value) reflect.Value { return v.Index(0) }))
	default:
		w.fields = append(w.fields, field{name, way})
	}
}

// change gives a plain value, or what is shown as a whole, another value.
func change(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Type() == reflect.TypeFor[time.Duration]():
		v.SetInt(v.Int() + int64(time.Second))
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case v.CanUint() && v.Uint() > 0:
		// Down, because the sample may have the largest number of its type.
		v.SetUint(v.Uint() - 1)
	case v.CanUint():
		v.SetUint(1)
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	default:
		// Lists, addresses and times: what is there goes away.
		v.SetZero()
	}
}
