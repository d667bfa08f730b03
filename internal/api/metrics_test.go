package api

import (
	"fmt"
	"io"
	"testing"

	"holdfast/config"
	"holdfast/internal/state"
)

// Nobody who scrapes waits until a large configuration is printed for its hash: that is there some time later, and is
// the one that the lists tell. That of a small one is there at once.
func TestNobodyWaitsForTheHash(t *testing.T) {
	begun, goOn := make(chan bool, 1), make(chan bool)
	h := &handler{Options: Options{Print: func(w io.Writer, c *config.Config) error {
		begun <- true
		<-goOn
		_, err := fmt.Fprint(w, len(c.Instances))
		return err
	}}}
	of := func(generation uint64, instances int) *state.Answer {
		return &state.Answer{Config: state.Config{Generation: generation},
			Running: &config.Config{Instances: make([]config.Instance, instances)}}
	}
	seen := map[string]bool{}
	for generation := range uint64(2) {
		a := of(generation+1, longToPrint+int(generation))
		for range 3 {
			if got := h.hashSoon(a); got != "" {
				t.Errorf("hash %q before it was printed", got)
			}
		}
		<-begun
		goOn <- true
		eventually(t, "the hash", func() bool { return h.hashSoon(a) != "" })
		hash := h.hashSoon(a)
		if want := h.configOf(a, false).Hash; hash != want || seen[hash] {
			t.Errorf("%q, want %q", hash, want)
		}
		seen[hash] = true
	}
	go func() {
		<-begun
		goOn <- true
	}()
	if h.hashSoon(of(3, longToPrint-1)) == "" {
		t.Error("no hash of a small configuration")
	}
	if h.hashSoon(&state.Answer{}) != "" {
		t.Error("a hash of nothing")
	}
}
