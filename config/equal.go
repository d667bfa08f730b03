package config

import (
	"reflect"
	"strings"

	"holdfast/config/syntax"
)

// Equal reports whether two values of this package mean the same: everything but
// the positions in the text, on whose lines it stands, and CheckDefaults, is compared. Nil and empty lists are equal.
func Equal[T any](a, b T) bool {
	return sameValue(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem())
}

func sameValue(a, b reflect.Value) bool {
	switch a.Type() {
	case reflect.TypeFor[syntax.Pos](), reflect.TypeFor[OwnLines](), reflect.TypeFor[*CheckDefaults]():
		return true
	}
	switch a.Kind() {
	case reflect.Struct:
		if strings.HasPrefix(a.Type().PkgPath(), "net/netip") {
			return a.Interface() == b.Interface()
		}
		for i := range a.NumField() {
			if !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return sameValue(a.Elem(), b.Elem())
	}
	return a.Equal(b)
}
