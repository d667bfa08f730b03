package reload

import (
	"math/rand/v2"
	"testing"
)

// TestFilesAreValid: nothing is said against a configuration that is made up, or its next.
func TestFilesAreValid(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 0))
		f, what := New(rng), "the first"
		for range 10 {
			_, wrong := f.Config()
			for _, d := range wrong {
				t.Errorf("seed %d, %s: %v", seed, what, d)
			}
			if t.Failed() {
				t.Fatal(f)
			}
			f, what = f.Change(rng)
		}
	}
}
