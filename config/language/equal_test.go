package language

import (
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

func TestEqualIgnoresPlacesOnly(t *testing.T) {
	a := config.Command{Argv: []string{"x"}, Pos: syntax.Pos{File: "a", Line: 1}}
	b := a
	b.Pos = syntax.Pos{File: "b", Line: 2}
	if !config.Equal(a, b) {
		t.Error("places count")
	}
	b.Argv = []string{"y"}
	if config.Equal(a, b) {
		t.Error("arguments do not count")
	}
	if !config.Equal(config.Instance{}, config.Instance{VIPs: []config.Address{}}) {
		t.Error("nil and empty differ")
	}
	if config.Equal(config.VirtualServer{}, config.VirtualServer{Sorry: &config.RealServer{}}) ||
		!config.Equal(config.VirtualServer{Sorry: &config.RealServer{Weight: 1}},
			config.VirtualServer{Sorry: &config.RealServer{Weight: 1}}) {
		t.Error("pointers are not followed")
	}
}
