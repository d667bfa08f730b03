package main

import "testing"

func TestLargeState(t *testing.T) {
	for text, want := range map[string]bool{
		"processor\t: 0\nflags\t\t: fpu amx_bf16 amx_tile amx_int8\n\n": true,
		"flags\t\t: fpu amx_tile":                            true,
		"flags\t\t: fpu avx512f\nbugs\t\t: amx_tile\n":       false,
		"flags\t\t: fpu amx_tiles\n":                         false,
		"model name\t: amx_tile\nFeatures\t: fp asimd evt\n": false,
		"": false,
	} {
		if got := largeState(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
