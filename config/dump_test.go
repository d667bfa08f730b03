package config

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"holdfast/internal/golden"
)

func TestDump(t *testing.T) {
	text, err := os.ReadFile("testdata/dump/full.conf")
	if err != nil {
		t.Fatal(err)
	}
	cfg := func() *Config { c, _ := bind(t, string(text)); return c }()
	var first, again bytes.Buffer
	Dump(&first, cfg)
	Dump(&again, cfg)
	if first.String() != again.String() {
		t.Error("two listings differ")
	}
	if strings.Contains(first.String(), "secret") {
		t.Error("the password is shown")
	}
	golden.Equal(t, "testdata/dump/full.want", first.String())
}
