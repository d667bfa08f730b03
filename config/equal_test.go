package config

import (
	"testing"

	"holdfast/config/syntax"
)

func TestEqualIgnoresPlacesOnly(t *testing.T) {
	a := Command{Argv: []string{"x"}, Pos: syntax.Pos{File: "a", Line: 1}}
	b := a
	b.Pos = syntax.Pos{File: "b", Line: 2}
	if !Equal(a, b) {
		t.Error("places count")
	}
	b.Argv = []string{"y"}
	if Equal(a, b) {
		t.Error("arguments do not count")
	}
	if !Equal(Instance{}, Instance{VIPs: []Address{}}) {
		t.Error("nil and empty differ")
	}
	if Equal(VirtualServer{}, VirtualServer{Sorry: &RealServer{}}) || !Equal(VirtualServer{Sorry: &RealServer{Weight: 1}}, VirtualServer{Sorry: &RealServer{Weight: 1}}) {
		t.Error("pointers are not followed")
	}
}
