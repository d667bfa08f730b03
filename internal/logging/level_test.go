package logging

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// The level changes for a logger and all that were made of it, and goes back to that of the options.
func TestOverride(t *testing.T) {
	var out bytes.Buffer
	log, closer, err := New(Options{Console: true, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	named := log.With(zap.String("x", "y"))
	for _, level := range []string{"", "debug", "error", "loud", "warning", "info", ""} {
		Override(log, level)
		named.Debug("debug at " + level)
		named.Info("info at " + level)
		named.Warn("warn at " + level)
		named.Error("error at " + level)
	}
	if err := closer.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(what string) int { return strings.Count(out.String(), what+" at ") }
	if d, i, w, e := count("debug"), count("info"), count("warn"), count("error"); d != 1 || i != 4 || w != 5 || e != 7 {
		t.Errorf("%d debug, %d info, %d warnings, %d errors\n%s", d, i, w, e, out.String())
	}
	Override(zap.NewNop(), "debug") // not ours: nothing happens
}
