package engine

import "testing"

// A limit that is small is not overdrawn: 64 gave 128 connections, most of which were
// attempts that could not be made.
func TestSlotsFitTheLimit(t *testing.T) {
	for limit, want := range map[uint64]int{2: 1, 64: 32, 256: 128, 257: 129, 1024: 896, 65536: 65408, 1 << 20: 100_000, ^uint64(0): 100_000} {
		if got := slots(limit); got != want {
			t.Errorf("limit %d: %d connections, want %d", limit, got, want)
		}
	}
}
