package memory

import "testing"

// The heap may grow by a number of bytes, not by a multiple of what is in use.
func TestGarbageIsBounded(t *testing.T) {
	for live, want := range map[uint64]uint64{0: 8, 1: 9, 2: 10, 6: 14, 13: 21, 100: 150} {
		live, want := live<<20, want<<20
		p := uint64(percentFor(live))
		goal := max(live+live*p/100, minHeap*p/100)
		if goal > want || goal < want*9/10 {
			t.Errorf("%d MiB in use: collected at %d MiB (%d%%), want %d", live>>20, goal>>20, p, want>>20)
		}
	}
}
