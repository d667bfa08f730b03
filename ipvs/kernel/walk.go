package kernel

import (
	"encoding/binary"
	"fmt"
)

// A walk goes through netlink attributes without copying them: a dump of ten
// thousand destinations has half a million.
type walk struct {
	rest  []byte
	kind  uint16 // without the flags for nesting and byte order
	value []byte
	err   error // of the last attribute asked for; nil at the end
}

// next moves on to the next attribute and reports whether there is one.
func (w *walk) next() bool {
	const header, typeMask = 4, 0x3fff
	// After a bad length nobody knows where the next attribute begins.
	if w.err != nil || len(w.rest) == 0 {
		return false
	}
	if len(w.rest) < header {
		w.err = fmt.Errorf("%d bytes after the last IPVS attribute", len(w.rest))
		return false
	}
	n := int(binary.NativeEndian.Uint16(w.rest))
	// The length counts the header, too.
	if n < header || n > len(w.rest) {
		w.err = fmt.Errorf("IPVS attribute of length %d in %d bytes", n, len(w.rest))
		return false
	}
	w.kind = binary.NativeEndian.Uint16(w.rest[2:]) & typeMask
	w.value = w.rest[header:n]
	// Attributes begin at multiples of 4; the last one may lack its padding.
	w.rest = w.rest[min((n+3)&^3, len(w.rest)):]
	return true
}

// short records that the value has no n bytes.
func (w *walk) short(n int) bool {
	if len(w.value) >= n {
		return false
	}
	// The first error is the one to tell.
	if w.err == nil {
		w.err = fmt.Errorf("IPVS attribute %d of %d bytes, want %d", w.kind, len(w.value), n)
	}
	return true
}

// uint8, uint16 and uint32 are in the machine's byte order; port is big endian.
func (w *walk) uint8() uint8 {
	if w.short(1) {
		return 0
	}
	return w.value[0]
}

func (w *walk) uint16() uint16 {
	if w.short(2) {
		return 0
	}
	return binary.NativeEndian.Uint16(w.value)
}

func (w *walk) uint32() uint32 {
	if w.short(4) {
		return 0
	}
	return binary.NativeEndian.Uint32(w.value)
}

func (w *walk) port() uint16 {
	if w.short(2) {
		return 0
	}
	return binary.BigEndian.Uint16(w.value)
}

// string is the value up to its terminating zero.
func (w *walk) string() string {
	for i, b := range w.value {
		if b == 0 {
			return string(w.value[:i])
		}
	}
	return string(w.value)
}

// nested gives the content of the first attribute of a kind in a message.
func nested(msg []byte, kind uint16) ([]byte, error) {
	w := walk{rest: msg}
	for w.next() {
		if w.kind == kind {
			return w.value, nil
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	return nil, fmt.Errorf("no attribute %d in an IPVS message of %d bytes", kind, len(msg))
}
